/**
 * The first byte of every encoded value. Two ranges hold the value itself: 0x00 … 0x7f are the integers 0 … 127, and
 * SHORT_TEXT … SHORT_TEXT + 31 begin a Latin-1 text of that many characters. What follows a tag stands beside it.
 */
export const SHORT_TEXT = 0x80;
export const SHORT_TEXT_END = 0xa0;

export const UNDEFINED = 0xa0;
export const NULL = 0xa1;
export const TRUE = 0xa2;
export const FALSE = 0xa3;
/** 4 bytes */
export const INTEGER = 0xa4;
/** 8 bytes */
export const DOUBLE = 0xa5;
/** 8 bytes */
export const BIGINT64 = 0xa6;
/** negative?, text of hexadecimal digits */
export const BIGINT = 0xa7;
/** length, one byte a character */
export const TEXT8 = 0xa8;
/** length, two bytes a character */
export const TEXT16 = 0xa9;
/** text: `Symbol.for(text)` */
export const SYMBOL = 0xaa;
/** text: `Symbol[text]` */
export const KNOWN_SYMBOL = 0xab;
/** slot of an object that was met before */
export const REFERENCE = 0xac;

/** length, elements */
export const ARRAY = 0xad;
/** as ARRAY, then members */
export const NAMED_ARRAY = 0xae;
/** number of missing elements; stands only where an element would */
export const HOLES = 0xaf;
/** byte length, key list; the members' values */
export const NEW_SHAPE = 0xb0;
/** number of the shape in this message; the members' values */
export const SHAPE = 0xb1;
/** count; key, value pairs */
export const MEMBERS = 0xb2;
/** MEMBERS without the tag */
export const NULL_PROTOTYPE = 0xb3;
/** prototype (class or object), then NEW_SHAPE, SHAPE or MEMBERS */
export const INSTANCE = 0xb4;
/** a value of a built-in class; prototype or NULL where it is the usual one; MEMBERS without the tag */
export const DERIVED = 0xb5;

export const DATE = 0xb6;
export const REGEXP = 0xb7;
export const URL_ = 0xb8;
export const SEARCH = 0xb9;
/** key, value pairs up to END */
export const MAP = 0xba;
/** items up to END */
export const SET = 0xbb;
export const END = 0xbc;
/** the primitive */
export const BOXED = 0xbd;

/** length, maximum length + 1 or 0, bytes */
export const BUFFER = 0xbe;
/** kind; buffer; offset, length */
export const VIEW = 0xbf;
/** kind; byte offset in the heap, length, index of the owning record + 1 or 0 */
export const HEAP_VIEW = 0xc0;
/** index of its record */
export const KEPT = 0xc1;

/** prototype; stack; count of (flags, key, value) */
export const ERROR = 0xc2;
/** name, message, code unused; stack; count of (flags, key, value) */
export const DOM_EXCEPTION = 0xc3;

/** index of its record */
export const HANDLE = 0xc4;
/** see functions.ts */
export const FUNCTION = 0xc5;
export const BOUND = 0xc6;
/** url, path */
export const MODULE = 0xc7;
/** path */
export const GLOBAL = 0xc8;
/** name of a class that every thread has registered */
export const KNOWN_CLASS = 0xc9;
/** url: the `require` of that module */
export const REQUIRE = 0xca;
/** 2 bytes */
export const SHORT_INTEGER = 0xcb;
/** index of the record that says how the class is made (made-classes.ts) */
export const MADE_CLASS = 0xcc;
/** length, 4 bytes per element */
export const INTEGERS = 0xcd;
/** length, 8 bytes per element */
export const DOUBLES = 0xce;
/** text: class and arguments, as JSON */
export const REMADE = 0xcf;
