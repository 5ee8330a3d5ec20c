/**
 * Functions and classes. One is created in two steps, because functions mention each other in circles: with the variables
 * that its creation needs (a class its parent), after which it can be referred to, then with all others.
 *
 *   FUNCTION  id, version, address of the code (for another process: 0, its text); early values;  late part
 *   late part: late values; extras
 *
 * While something is being created, the late parts of the classes that it needs must wait: `Base` may mention `Derived`,
 * which extends it. They follow after the creation: (1, slot, late part)*, 0.
 *
 * What functions captured is written as frozen copies.
 */
import { captureFunction, settledCapture } from '../capture/lazy.js';
import type { Binding, Bound, Captured, Properties, Reference } from '../capture/captured.js';
import { isHandle } from '../heap/handle.js';
import { addressOfCode, textOfCode } from './codes.js';
import { enterFunction, newFunctionId, ORIGINAL } from './identities.js';
import { knownName } from './known.js';
import { isMade, writeMade } from './made-classes.js';
import { CAPTURED, LITERAL, MEMBER } from './paths.js';
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
import { BOUND, FUNCTION, GLOBAL, KNOWN_CLASS, MODULE, REQUIRE } from './tags.js';
import type { Writer } from './writer.js';

type Description = Captured | Bound | Reference;

/** What this thread knows of a function that it sent or received. */
interface Sent {
  readonly id: number;
  version: number;
  /** What the function mentioned when it was sent last: values; for functions their versions after them. */
  mentioned: readonly unknown[] | null;
}

const sent = new WeakMap<Function, Sent>();
/** Descriptions of functions that came from other threads: what they captured is frozen, so these hold for ever. */
const received = new WeakMap<Function, Captured | Bound>();
/** Descriptions made for the message that is being written. */
const described = new WeakMap<Function, { readonly serial: number; readonly description: Description }>();

/** Notes what a function from another thread was made of. */
export function noteReceived(fn: Function, id: number, version: number, description: Captured | Bound): void {
  sent.set(fn, { id, version, mentioned: null });
  received.set(fn, description);
}

/** Describes `fn`, once per message. Throws CaptureError. */
export function captureOf(w: Writer, fn: Function): Description {
  const known = received.get(fn);
  if (known !== undefined) return known;
  const recent = described.get(fn);
  if (recent !== undefined && recent.serial === w.serial) return recent.description;
  const description = captureFunction(fn, w.where);
  described.set(fn, { serial: w.serial, description });
  return description;
}

export function writeFunction(w: Writer, fn: Function): void {
  const slot = w.live.find(fn);
  if (slot >= 0) {
    w.refer(slot, fn);
    return;
  }
  const name = knownName(fn);
  if (name !== undefined) {
    w.byte(KNOWN_CLASS);
    w.text(name);
    return;
  }
  if (writeMade(w, fn)) return;
  const description = captureOf(w, fn);
  if (description.kind === 'code') writeCode(w, fn, description);
  else if (description.kind === 'bound') writeBound(w, fn, description);
  else writeReference(w, description);
}

/** Writes where the other thread finds the value. */
export function writeReference(w: Writer, reference: Reference): void {
  if (reference.kind === 'require') {
    w.byte(REQUIRE);
    w.text(reference.url);
    return;
  }
  if (reference.kind === 'module') {
    w.byte(MODULE);
    w.text(reference.url);
    if (!reference.url.startsWith('node:')) w.modules.add(reference.url);
  } else w.byte(GLOBAL);
  w.size(reference.path.length);
  for (const step of reference.path) w.text(step);
}

/** A function whose message is the same every time, with all functions that it mentions and what each is made of. */
export type Fixture = readonly (readonly [fn: Function, captured: Captured])[];

/** What `fn` is made of, if its message will be the same the next time; else null. For a function that was just sent. */
export function fixtureOf(fn: Function): Fixture | null {
  const parts: [Function, Captured][] = [];
  return isFixed(fn, parts) ? parts : null;
}

function isFixed(fn: Function, parts: [Function, Captured][]): boolean {
  if (parts.some(([part]) => part === fn) || knownName(fn) !== undefined || received.has(fn)) return true;
  const captured = settledCapture(fn);
  // A class's statics and what instances are made of are more than its variables.
  if (captured === null || captured.code.kind === 'class') return false;
  parts.push([fn, captured]);
  return captured.bindings.every(
    ({ kind, value }) =>
      kind === 'reference' ||
      isPrimitive(value) ||
      isHandle(value) ||
      (typeof value === 'function' && isFixed(value, parts)),
  );
}

function isPrimitive(value: unknown): boolean {
  return (typeof value !== 'object' && typeof value !== 'function') || value === null;
}

/** Whether the functions of a fixture are made of the same as before. */
export function isUnchanged(fixture: Fixture): boolean {
  for (const [fn, captured] of fixture) if (settledCapture(fn) !== captured) return false;
  return true;
}

/** The function's number, and the version that its variables have now. */
function identify(w: Writer, fn: Function, description: Captured | Bound): Sent {
  let identity = sent.get(fn);
  if (identity === undefined) {
    identity = { id: newFunctionId(), version: 0, mentioned: null };
    sent.set(fn, identity);
    enterFunction(identity.id, ORIGINAL, fn);
  }
  if (received.has(fn) || isClass(description)) return identity;
  const before = identity.mentioned;
  // In a circle, a function that is looked at already counts as unchanged.
  if (looking.has(fn)) return identity;
  looking.add(fn);
  try {
    const now = mentions(w, description);
    if (before !== null && !(now !== null && sameList(before, now))) identity.version++;
    identity.mentioned = now ?? [];
    if (now === null) identity.mentioned = CHANGING;
  } finally {
    looking.delete(fn);
  }
  return identity;
}

const looking = new Set<Function>();
/** Stands for variables whose values may have changed inside. */
const CHANGING: readonly unknown[] = [Symbol('changing')];

function isClass(description: Description): boolean {
  return description.kind === 'code' && description.code.kind === 'class';
}

/** What a function mentions, in a form that can be compared with a later one; null where contents may change unseen. */
function mentions(w: Writer, description: Captured | Bound): unknown[] | null {
  const values: unknown[] =
    description.kind === 'bound'
      ? [description.target, description.self, ...description.args]
      : description.bindings.map((binding) => binding.value);
  for (const [, descriptor] of description.properties) values.push(descriptor.value, descriptor.get, descriptor.set);
  if (description.kind === 'code') {
    for (const [, descriptor] of description.prototypeProperties)
      values.push(descriptor.value, descriptor.get, descriptor.set);
  }
  const result: unknown[] = [];
  for (const [index, value] of values.entries()) {
    result.push(value);
    if (typeof value === 'function' && !isMade(value)) {
      const label = description.kind === 'code' ? description.bindings[index]?.label : undefined;
      const version = versionOf(w, value, label);
      if (version !== null) result.push(version);
    } else if (typeof value === 'object' && value !== null && !isHandle(value)) {
      if (description.kind === 'code' && description.bindings[index]?.kind === 'reference') continue;
      return null;
    }
  }
  return result;
}

/** Version of a function that another mentions as `label`; null where it goes by name. */
function versionOf(w: Writer, fn: Function, label: string | undefined): number | null {
  const { depth } = w;
  if (label !== undefined) w.path[w.enter(CAPTURED)] = label; // for errors
  const description = captureOf(w, fn);
  const version =
    description.kind === 'code' || description.kind === 'bound' ? identify(w, fn, description).version : null;
  w.depth = depth;
  return version;
}

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, k) => Object.is(value, b[k]));
}

function writeCode(w: Writer, fn: Function, captured: Captured): void {
  const { code, bindings } = captured;
  const identity = identify(w, fn, captured);
  const slot = w.slots++;
  w.live.add(fn, slot);
  w.byte(FUNCTION);
  w.size(identity.id);
  w.size(identity.version);
  if (w.portable) {
    w.size(0);
    w.text(textOfCode(code));
  } else w.size(addressOfCode(code));
  const before = w.table;
  w.table = w.frozen;
  const early = code.early.length;
  if (early > 0) {
    w.creating.push(fn);
    w.early++;
    for (let k = 0; k < early; k++) writeBinding(w, bindings[k]);
    w.early--;
    w.creating.pop();
  }
  if (w.early > 0 && code.kind === 'class') {
    const { depth } = w;
    const steps = w.path.slice(0, depth + 1);
    const kinds = w.kinds.slice(0, depth + 1);
    w.deferred.push(() => {
      w.byte(1);
      w.size(slot);
      restorePath(w, steps, kinds);
      writeLate(w, captured);
    });
  } else writeLate(w, captured);
  if (early > 0 && w.early === 0) writeDeferred(w);
  w.table = before;
}

function restorePath(w: Writer, steps: readonly unknown[], kinds: readonly number[]): void {
  w.depth = steps.length - 1;
  for (let k = 1; k < steps.length; k++) {
    w.path[k] = steps[k];
    w.kinds[k] = kinds[k];
  }
}

function writeDeferred(w: Writer): void {
  const { depth } = w;
  const steps = w.path.slice(0, depth + 1);
  const kinds = w.kinds.slice(0, depth + 1);
  for (let next = w.deferred.shift(); next !== undefined; next = w.deferred.shift()) next();
  restorePath(w, steps, kinds);
  w.byte(0);
}

function writeBinding(w: Writer, binding: Binding): void {
  const depth = w.enter(CAPTURED);
  w.path[depth] = binding.label;
  if (binding.kind === 'reference' && !isHandle(binding.value)) writeReference(w, binding.reference);
  else w.write(binding.value);
  w.depth--;
}

function writeLate(w: Writer, captured: Captured): void {
  const { code, bindings, properties, prototypeProperties, prototypeParent, parent } = captured;
  for (let k = code.early.length; k < bindings.length; k++) writeBinding(w, bindings[k]);
  w.byte(
    (properties.length > 0 ? PROPERTIES : 0) |
      (prototypeProperties.length > 0 ? PROTOTYPE_PROPERTIES : 0) |
      (prototypeParent !== null ? PROTOTYPE_PARENT : 0) |
      (parent !== null ? PARENT : 0),
  );
  if (properties.length > 0) writeProperties(w, properties);
  const depth = w.enter(LITERAL);
  w.path[depth] = '.prototype';
  if (prototypeProperties.length > 0) writeProperties(w, prototypeProperties);
  if (prototypeParent !== null) {
    w.byte(prototypeParent.of === 'prototype' ? 1 : 0);
    w.write(prototypeParent.value);
  }
  if (parent !== null) {
    w.path[depth] = ' (what it inherits from)';
    w.write(parent.value);
  }
  w.depth--;
}

function writeProperties(w: Writer, properties: Properties): void {
  w.size(properties.length);
  const depth = w.enter(MEMBER);
  for (const [key, descriptor] of properties) {
    w.path[depth] = key;
    const accessor = 'get' in descriptor || 'set' in descriptor;
    w.byte(
      (descriptor.enumerable === true ? ENUMERABLE : 0) |
        (descriptor.writable === true ? WRITABLE : 0) |
        (descriptor.configurable === true ? CONFIGURABLE : 0) |
        (accessor ? ACCESSOR : 0),
    );
    w.write(key);
    if (accessor) {
      w.write(descriptor.get);
      w.write(descriptor.set);
    } else w.write(descriptor.value);
  }
  w.depth--;
}

function writeBound(w: Writer, fn: Function, bound: Bound): void {
  const identity = identify(w, fn, bound);
  w.live.add(fn, w.slots++);
  w.byte(BOUND);
  w.size(identity.id);
  w.size(identity.version);
  const before = w.table;
  w.table = w.frozen;
  w.creating.push(fn);
  const depth = w.enter(LITERAL);
  w.path[depth] = '';
  w.write(bound.target);
  w.kinds[depth] = CAPTURED;
  w.path[depth] = 'this';
  w.write(bound.self);
  w.size(bound.args.length);
  for (const [k, argument] of bound.args.entries()) {
    w.path[depth] = `bound argument ${k}`;
    w.write(argument);
  }
  w.depth--;
  w.creating.pop();
  if (bound.properties.length > 0) writeProperties(w, bound.properties);
  else w.size(0);
  w.table = before;
}
