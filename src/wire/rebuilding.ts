/**
 * Functions and classes on the reading side: see functions.ts for the form. All parts are read even where the thread has the
 * function already, because later references count the objects in them.
 */
import type { Binding, Captured, Code, Properties, Reference } from '../capture/captured.js';
import { loadReference } from '../capture/modules.js';
import { dress, type Extras, rebuild, type Shell } from '../capture/rebuild.js';
import { codeAt, codeOfText } from './codes.js';
import {
  ACCESSOR,
  CONFIGURABLE,
  ENUMERABLE,
  PARENT,
  PROPERTIES,
  PROTOTYPE_PARENT,
  PROTOTYPE_PROPERTIES,
  WRITABLE,
} from './extras.js';
import { noteReceived } from './functions.js';
import { enterFunction, functionWith } from './identities.js';
import type { Reader } from './reader.js';
import { GLOBAL, MODULE, REQUIRE } from './tags.js';

/** A function whose late part is still to come. */
export interface Pending {
  readonly fn: Function;
  /** Null where the function was there before. */
  readonly shell: Shell | null;
  readonly id: number;
  readonly version: number;
  readonly code: Code;
  readonly bindings: Binding[];
}

export function readReference(r: Reader, tag: number): unknown {
  return loadReference(parseReference(r, tag));
}

function parseReference(r: Reader, tag: number): Reference {
  if (tag === REQUIRE) return { kind: 'require', url: r.text() };
  const url = tag === MODULE ? r.text() : '';
  const path: string[] = [];
  for (let left = r.size(); left > 0; left--) path.push(r.text());
  return tag === MODULE ? { kind: 'module', url, path } : { kind: 'global', path };
}

function readBinding(r: Reader, name: string, code: Code): Binding {
  const label = name === code.needsThis ? 'this' : name;
  const before = r.origin;
  r.origin = label;
  const tag = r.peek();
  let binding: Binding;
  if (tag === MODULE || tag === GLOBAL || tag === REQUIRE) {
    r.byte();
    const reference = parseReference(r, tag);
    binding = { kind: 'reference', name, label, reference, value: loadReference(reference) };
  } else binding = { kind: 'value', name, label, value: r.read() };
  r.origin = before;
  return binding;
}

export function readFunction(r: Reader): Function {
  const slot = r.reserve();
  const id = r.size();
  const version = r.size();
  const address = r.size();
  const code = (address === 0 ? codeOfText(r.text()) : codeAt(address)) ?? r.damaged();
  const bindings: Binding[] = [];
  r.early++;
  for (const name of code.early) bindings.push(readBinding(r, name, code));
  r.early--;
  const isClass = code.kind === 'class';
  const existing = r.copies && !isClass ? undefined : functionWith(id, version, isClass);
  let shell: Shell | null = null;
  if (existing === undefined) {
    shell = rebuild(
      code,
      bindings.map((binding) => binding.value),
    );
    if (!r.copies || isClass) enterFunction(id, version, shell.fn);
  }
  const fn = existing ?? (shell as Shell).fn;
  r.objects[slot] = fn;
  const pending: Pending = { fn, shell, id, version, code, bindings };
  if (r.early > 0 && code.kind === 'class') r.pending.set(slot, pending);
  else readLate(r, pending);
  if (code.early.length > 0 && r.early === 0) {
    while (r.byte() === 1) {
      const waiting = r.size();
      readLate(r, r.pending.get(waiting) ?? r.damaged());
      r.pending.delete(waiting);
    }
  }
  return fn;
}

function readLate(r: Reader, { fn, shell, id, version, code, bindings }: Pending): void {
  for (const name of code.late) bindings.push(readBinding(r, name, code));
  const flags = r.byte();
  const before = r.origin;
  r.origin = code.name;
  const properties = (flags & PROPERTIES) !== 0 ? readProperties(r) : [];
  const prototypeProperties = (flags & PROTOTYPE_PROPERTIES) !== 0 ? readProperties(r) : [];
  let prototypeParent: Extras['prototypeParent'] = null;
  if ((flags & PROTOTYPE_PARENT) !== 0)
    prototypeParent = { of: r.byte() === 1 ? 'prototype' : 'object', value: r.read() };
  const parent = (flags & PARENT) !== 0 ? { value: r.read() } : null;
  r.origin = before;
  if (shell === null) return;
  shell.setLate(bindings.slice(code.early.length).map((binding) => binding.value));
  const captured: Captured = { kind: 'code', code, bindings, properties, prototypeProperties, prototypeParent, parent };
  dress(fn, captured);
  r.rebuilt.push(captured);
  noteReceived(fn, id, version, captured);
}

function readProperties(r: Reader): Properties {
  const properties: [string | symbol, PropertyDescriptor][] = [];
  for (let left = r.size(); left > 0; left--) {
    const flags = r.byte();
    const key = r.read();
    if (typeof key !== 'string' && typeof key !== 'symbol') r.damaged();
    const enumerable = (flags & ENUMERABLE) !== 0;
    const configurable = (flags & CONFIGURABLE) !== 0;
    if ((flags & ACCESSOR) !== 0) {
      // Either may be undefined, which the type of descriptors has no word for.
      const get = r.read() as () => unknown;
      properties.push([key, { get, set: r.read() as (value: unknown) => void, enumerable, configurable }]);
    } else properties.push([key, { value: r.read(), writable: (flags & WRITABLE) !== 0, enumerable, configurable }]);
  }
  return properties;
}

export function readBound(r: Reader): Function {
  const slot = r.reserve();
  const id = r.size();
  const version = r.size();
  const target = r.read();
  if (typeof target !== 'function') r.damaged();
  const before = r.origin;
  r.origin = 'this';
  const self = r.read();
  const args: unknown[] = [];
  for (let left = r.size(); left > 0; left--) {
    r.origin = `bound argument ${args.length}`;
    args.push(r.read());
  }
  r.origin = before;
  // The name and length of a bound function follow from its target.
  let fn = r.copies ? undefined : functionWith(id, version, false);
  const known = fn !== undefined;
  fn ??= Function.prototype.bind.call(target as (...args: unknown[]) => unknown, self, ...args) as Function;
  r.objects[slot] = fn;
  const properties = readProperties(r);
  if (!known) {
    for (const [key, descriptor] of properties) Object.defineProperty(fn, key, descriptor);
    if (!r.copies) enterFunction(id, version, fn);
    noteReceived(fn, id, version, { kind: 'bound', target: target as Function, self, args, properties });
  }
  return fn;
}
