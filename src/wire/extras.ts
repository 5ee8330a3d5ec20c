/** What a function has besides its code and variables: flags of the encoding. */
export const PROPERTIES = 1;
export const PROTOTYPE_PROPERTIES = 2;
export const PROTOTYPE_PARENT = 4;
export const PARENT = 8;

/** Flags of one property. */
export const ENUMERABLE = 1;
export const WRITABLE = 2;
export const CONFIGURABLE = 4;
export const ACCESSOR = 8;
