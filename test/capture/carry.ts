/**
 * A small wire for these tests: it carries functions to a real thread and results back, without the shared heap.
 */
import type { Binding, Bound, Captured, Code, Reference } from '../../src/capture/captured.js';
import { captureFunction } from '../../src/capture/capture.js';
import { loadReference } from '../../src/capture/modules.js';
import { dress, rebuild } from '../../src/capture/rebuild.js';
import { originOf } from '../../src/capture/known.js';

/** Plain data for `postMessage`: entries that point at each other by index. */
type Entry =
  | { type: 'plain'; value: unknown }
  | { type: 'symbol'; name: string }
  | { type: 'reference'; reference: Reference }
  | { type: 'bound'; target: number; self: number; args: number[] }
  | {
      type: 'function';
      code: Code;
      bindings: number[];
      properties: [number, Descriptor][];
      prototypeProperties: [number, Descriptor][];
      prototypeParent: { of: 'prototype' | 'object'; value: number } | null;
      parent: number | null;
    }
  | { type: 'array'; items: number[] }
  | { type: 'map'; items: [number, number][] }
  | { type: 'set'; items: number[] }
  | { type: 'error'; constructor: number; message: string; stack: string | undefined }
  | { type: 'object'; constructor: number | null; nullPrototype: boolean; properties: [number, number][] };
interface Descriptor {
  value?: number;
  get?: number;
  set?: number;
  flags: [boolean, boolean, boolean];
}

/** Values as data. */
export function pack(root: unknown): Entry[] {
  const entries: Entry[] = [];
  const seen = new Map<unknown, number>();
  const add = (value: unknown, path: string): number => {
    const known = seen.get(value);
    if (known !== undefined) return known;
    const index = entries.length;
    seen.set(value, index);
    entries.push({ type: 'plain', value: undefined });
    entries[index] = entryOf(value, path);
    return index;
  };
  const describe = (list: Captured['properties'], path: string): [number, Descriptor][] =>
    list.map(([key, d]) => [
      add(key, path),
      {
        ...('value' in d ? { value: add(d.value, `${path}.${String(key)}`) } : {}),
        ...(d.get ? { get: add(d.get, path) } : {}),
        ...(d.set ? { set: add(d.set, path) } : {}),
        flags: [d.enumerable ?? false, d.configurable ?? false, d.writable ?? false],
      },
    ]);
  const entryOf = (value: unknown, path: string): Entry => {
    if (typeof value === 'symbol') return { type: 'symbol', name: value.description ?? '' };
    if (typeof value === 'function') {
      const captured: Captured | Bound | Reference = captureFunction(value, path);
      if (captured.kind === 'bound') {
        return {
          type: 'bound',
          target: add(captured.target, path),
          self: add(captured.self, path),
          args: captured.args.map((a) => add(a, path)),
        };
      }
      if (captured.kind !== 'code') return { type: 'reference', reference: captured };
      return {
        type: 'function',
        code: captured.code,
        bindings: captured.bindings.map((b: Binding) =>
          b.kind === 'reference'
            ? entries.push({ type: 'reference', reference: b.reference }) - 1
            : add(b.value, `${path} → ${b.label}`),
        ),
        properties: describe(captured.properties, path),
        prototypeProperties: describe(captured.prototypeProperties, path),
        prototypeParent: captured.prototypeParent && {
          of: captured.prototypeParent.of,
          value: add(captured.prototypeParent.value, path),
        },
        parent: captured.parent && add(captured.parent.value, path),
      };
    }
    if (typeof value !== 'object' || value === null) return { type: 'plain', value };
    const origin = originOf(value);
    if (origin) return { type: 'reference', reference: origin };
    if (Array.isArray(value)) return { type: 'array', items: value.map((item, i) => add(item, `${path}[${i}]`)) };
    if (value instanceof Map) return { type: 'map', items: [...value].map(([k, v]) => [add(k, path), add(v, path)]) };
    if (value instanceof Set) return { type: 'set', items: [...value].map((v) => add(v, path)) };
    if (value instanceof Error)
      return { type: 'error', constructor: add(value.constructor, path), message: value.message, stack: value.stack };
    if (value instanceof Date || value instanceof RegExp || ArrayBuffer.isView(value)) return { type: 'plain', value };
    const prototype = Object.getPrototypeOf(value) as object | null;
    const plain = prototype === null || prototype === Object.prototype;
    if (!plain && Object.hasOwn(prototype, 'constructor') && /native code/.test(String(prototype.constructor)))
      throw new TypeError(`${path}: a ${prototype.constructor.name} cannot be sent`);
    return {
      type: 'object',
      nullPrototype: prototype === null,
      constructor: plain ? null : add((prototype as { constructor: unknown }).constructor, path),
      properties: Reflect.ownKeys(value).map((key) => [
        add(key, path),
        add((value as Record<string | symbol, unknown>)[key], `${path}.${String(key)}`),
      ]),
    };
  };
  add(root, 'target');
  return entries;
}

/** The value that was packed. */
export function unpack(entries: readonly Entry[]): unknown {
  const made = new Map<number, unknown>();
  const later: (() => void)[] = [];
  const get = (index: number): unknown => {
    if (made.has(index)) return made.get(index);
    const entry = entries[index] as Entry;
    const put = <T>(value: T): T => {
      made.set(index, value);
      return value;
    };
    switch (entry.type) {
      case 'plain':
        return put(entry.value);
      case 'symbol': {
        const known = /^Symbol\.(\w+)$/.exec(entry.name)?.[1];
        return put(known ? (Symbol as unknown as Record<string, symbol>)[known] : Symbol.for(entry.name));
      }
      case 'reference':
        return put(loadReference(entry.reference));
      case 'bound':
        return put((get(entry.target) as () => void).bind(get(entry.self), ...(entry.args.map(get) as [])));
      case 'array': {
        const array: unknown[] = put([]);
        for (const item of entry.items) array.push(get(item));
        return array;
      }
      case 'map': {
        const map = put(new Map());
        for (const [k, v] of entry.items) map.set(get(k), get(v));
        return map;
      }
      case 'set': {
        const set = put(new Set());
        for (const v of entry.items) set.add(get(v));
        return set;
      }
      case 'error': {
        const error = put(Object.create((get(entry.constructor) as { prototype: object }).prototype) as Error);
        Object.assign(error, { message: entry.message, stack: entry.stack });
        return error;
      }
      case 'object': {
        const type = entry.constructor === null ? null : (get(entry.constructor) as { prototype: object });
        const object = put(
          Object.create(type ? type.prototype : entry.nullPrototype ? null : Object.prototype) as Record<
            string,
            unknown
          >,
        );
        for (const [key, value] of entry.properties) object[get(key) as string] = get(value);
        return object;
      }
      case 'function': {
        const { code } = entry;
        const early = entry.bindings.slice(0, code.early.length).map(get);
        const shell = rebuild(code, early);
        put(shell.fn);
        later.push(() => {
          const properties = (list: [number, Descriptor][]): Captured['properties'] =>
            list.map(([key, d]) => [
              get(key) as string,
              {
                ...(d.value === undefined
                  ? {
                      ...(d.get !== undefined && { get: get(d.get) as () => unknown }),
                      ...(d.set !== undefined && { set: get(d.set) as () => void }),
                    }
                  : { value: get(d.value), writable: d.flags[2] }),
                enumerable: d.flags[0],
                configurable: d.flags[1],
              },
            ]);
          shell.setLate(entry.bindings.slice(code.early.length).map(get));
          dress(shell.fn, {
            properties: properties(entry.properties),
            prototypeProperties: properties(entry.prototypeProperties),
            prototypeParent: entry.prototypeParent && {
              of: entry.prototypeParent.of,
              value: get(entry.prototypeParent.value),
            },
            parent: entry.parent === null ? null : { value: get(entry.parent) },
          });
        });
        return shell.fn;
      }
    }
  };
  const root = get(0);
  for (let next = later.shift(); next; next = later.shift()) next();
  return root;
}
