/**
 * What a function is once it has left its thread: plain descriptions that `capture.ts` makes, `wire/` carries and `rebuild.ts`
 * turns into a function again.
 */

/** The form in which the source of a function was written; it decides how the source is compiled again. */
export type CodeKind = 'function' | 'arrow' | 'method' | 'getter' | 'setter' | 'class';

/**
 * What never changes about a function: plain JSON data. The same object for the same function literal of the same script, so
 * that it can be sent once and named by a number afterwards.
 */
export interface Code {
  /** Text that evaluates to the function (methods: the member of an object literal), as long as the original on every line. */
  readonly source: string;
  /** Script url or path as V8 reports it (`file:///…`, `/…`); the empty string where it is unknown. */
  readonly url: string;
  /** Zero-based position of `source` in that script. */
  readonly line: number;
  readonly column: number;
  readonly name: string;
  readonly kind: CodeKind;
  /** Whether the function was compiled in strict mode; the copy is compiled in the same. */
  readonly strict: boolean;
  /** Variables that are needed while the function is being created: class heritage, computed keys. */
  readonly early: readonly string[];
  /** The other variables: set after creation, before the first call. */
  readonly late: readonly string[];
  /** Names under which `source` uses what the loader of its module provides. */
  readonly hosts: readonly Host[];
  /** How `late` variables become more than a variable. */
  readonly special: Readonly<Record<string, 'arguments' | 'private'>>;
  /** The variable in `early` that `super` looks things up in: the parent class, the parent's `prototype`, or an object. */
  readonly parent: { readonly name: string; readonly of: 'prototype' | 'object' } | null;
  /** An arrow function that uses the `this` around it: the name of the variable in `late` that stands for it. */
  readonly needsThis: string | null;
  /** `true` for a `function` declaration whose name was given another value: the name is then a variable in `late`. */
  readonly declaration: boolean;
  /** JSON of this code's part of the script's source map, where the runner has source maps on. */
  readonly sourceMap: string | null;
}

/** Something that the module loader puts into the scope of a module, and the name that `source` uses for it. */
export interface Host {
  readonly name: string;
  readonly what: 'import' | 'import.meta';
}

/** A value that the other thread finds by itself instead of receiving a copy: see `loadReference()`. */
export type Reference =
  /** An export: `path` is `[]` for the namespace, `['default']`, `['promises', 'readFile']`; `url` is `node:…`, a file URL or a path. */
  | { readonly kind: 'module'; readonly url: string; readonly path: readonly string[] }
  /** A property path from `globalThis`, such as `['Object', 'defineProperty']`. */
  | { readonly kind: 'global'; readonly path: readonly string[] }
  /** The `require` of the module at `url`. */
  | { readonly kind: 'require'; readonly url: string };

/** The value of one variable of a function. */
export type Binding =
  | {
      readonly kind: 'value';
      readonly name: string;
      /** What to call it in messages: the variable as the user wrote it. */
      readonly label: string;
      /** To be copied, frozen, captured in turn: the wire's business. May be a pruned copy that has only the members that are read. */
      readonly value: unknown;
    }
  | {
      readonly kind: 'reference';
      readonly name: string;
      readonly label: string;
      readonly reference: Reference;
      /** The value here: lets the wire prefer a handle's identity over an import. */
      readonly value: unknown;
    };

/** Own properties, in order. */
export type Properties = readonly (readonly [key: string | symbol, descriptor: PropertyDescriptor])[];

/** A function with everything that it needs. */
export interface Captured {
  readonly kind: 'code';
  readonly code: Code;
  /** One for each name in `code.early`, then one for each in `code.late`, in that order. */
  readonly bindings: readonly Binding[];
  /** Own properties to reproduce: statics, caches, renamed functions. What the class body itself defines is not here. */
  readonly properties: Properties;
  /** Own properties of `fn.prototype` that the source does not define (`A.prototype.m = …`). */
  readonly prototypeProperties: Properties;
  /** The object that `fn.prototype` inherits from, where that does not follow from the source: a class's `prototype` or an object. */
  readonly prototypeParent: { readonly of: 'prototype' | 'object'; readonly value: unknown } | null;
  /** What the function itself inherits from, where that does not follow from the source. */
  readonly parent: { readonly value: unknown } | null;
}

/** A bound function: what it binds travels in turn. */
export interface Bound {
  readonly kind: 'bound';
  readonly target: Function;
  readonly self: unknown;
  readonly args: readonly unknown[];
  readonly properties: Properties;
}
