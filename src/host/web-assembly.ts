/** What the library uses of WebAssembly, which the types for Node 20 leave out. */

/** A memory that threads share. */
export interface ModuleMemory {
  readonly buffer: SharedArrayBuffer;
}

interface Tools {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => ModuleMemory;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

/** Undefined where the runtime has none (`--jitless`). */
export const webAssembly: Tools | undefined = (globalThis as { readonly WebAssembly?: Tools }).WebAssembly;
