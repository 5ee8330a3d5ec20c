/**
 * Instances of users' classes: the class travels by capture, the own members by value. Constructors do not run.
 */
import { privateMembersOf } from '../capture/lazy.js';
import { OF_THREADWORK } from '../host/copies.js';
import { readMembers, readShaped, writeMembers } from './containers.js';
import { captureOf } from './functions.js';
import { isNative, knownName, ownConstructor } from './known.js';
import { LITERAL } from './paths.js';
import type { Reader } from './reader.js';
import { OWN } from './refusals.js';
import { INSTANCE, MEMBERS, NEW_SHAPE, NULL, SHAPE } from './tags.js';
import type { Writer } from './writer.js';

/** Prototypes of classes that were found to have no hidden state. */
const open = new WeakSet<object>();

/** Whether instances of this prototype were sent before, so that nothing about it need be checked again. */
export function isOpen(prototype: object): boolean {
  return open.has(prototype);
}

/** Writes an object whose prototype is of the user's making. */
export function writeInstance(w: Writer, object: object, prototype: object): void {
  if (!open.has(prototype)) {
    if (OF_THREADWORK in prototype) {
      w.refuse(
        'belongs to another copy of threadwork that this program has loaded',
        'Import threadwork from one place: `npm ls threadwork` shows who brings which version.',
      );
    }
    refuseHiddenState(w, prototype);
    open.add(prototype);
  }
  const type = ownConstructor(prototype);
  const at = w.position;
  // The first instance is entered before its class is written: that may mention it.
  let slot = -1;
  if (type !== undefined && w.live.find(type) >= 0) slot = w.reserveFirst(object);
  else w.reserve(object);
  w.byte(INSTANCE);
  writePrototype(w, prototype);
  writeMembers(w, object, at, slot);
}

/** Writes the class that `prototype` belongs to, or the object itself where no class has it; NULL for none. */
export function writePrototype(w: Writer, prototype: object | null): void {
  if (prototype === null) {
    w.byte(NULL);
    return;
  }
  const depth = w.enter(LITERAL);
  w.path[depth] = '.constructor';
  w.write(ownConstructor(prototype) ?? prototype);
  w.depth--;
}

/** The prototype that comes next; null where the object has the usual one. */
export function readPrototype(r: Reader): object | null {
  const found = r.read();
  if (typeof found === 'function') {
    const prototype: unknown = found.prototype;
    return typeof prototype === 'object' && prototype !== null ? prototype : r.damaged();
  }
  return typeof found === 'object' ? found : r.damaged();
}

export function readInstance(r: Reader): object {
  const slot = r.reserve();
  const prototype = readPrototype(r);
  let object = r.objects[slot] as object | undefined;
  if (object === undefined) object = r.objects[slot] = Object.create(prototype) as object;
  else Object.setPrototypeOf(object, prototype);
  if (r.origin !== null) r.toFreeze.push(object, r.origin);
  const tag = r.byte();
  if (tag === MEMBERS) readMembers(r, object);
  else if (tag === SHAPE || tag === NEW_SHAPE) readShaped(r, tag).define(r, object);
  else r.damaged();
  return object;
}

/** Throws where a class in the chain keeps state that only its own constructor can make. */
function refuseHiddenState(w: Writer, prototype: object): void {
  for (
    let at: object | null = prototype;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const type = ownConstructor(at);
    if (type === undefined || knownName(type) !== undefined) continue;
    if (isNative(type)) {
      // Of another realm's Object: that is the end of the chain.
      if (Object.getPrototypeOf(at) === null) return;
      w.refuse(`is an instance of ${type.name}, whose state only the runtime knows`, OWN);
    }
    const captured = captureOf(w, type);
    const isPackage = captured.kind === 'module' && !captured.url.startsWith('node:');
    if (captured.kind !== 'code' && captured.kind !== 'bound' && !isPackage) {
      w.refuse(`is an instance of ${type.name}, whose state only the runtime knows`, OWN);
    }
    refusePrivateMembers(w, hiddenStateOf(type));
  }
}

/** The same for classes derived from those of the language, whose own state travels. */
export function refuseDerived(w: Writer, prototype: object): void {
  refusePrivateMembers(w, hiddenStateAbove(prototype));
}

function refusePrivateMembers(w: Writer, hidden: HiddenState | null): void {
  if (hidden === null) return;
  const { owner, what, change } = hidden;
  w.refuse(
    `is an instance of ${owner}, ${what}`,
    `Send its public data and call new ${owner}(…) in the thread, ${change}, or make one per thread with local(() => …).`,
  );
}

/** Why instances of a class cannot be made without its constructor, and how it could be written instead. */
interface HiddenState {
  /** The name of the class. */
  readonly owner: string;
  readonly what: string;
  readonly change: string;
}

/** What the first class of the chain that hides something in its instances hides; the language's own classes end the chain. */
export function hiddenStateAbove(prototype: object): HiddenState | null {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const type = ownConstructor(at);
    if (type === undefined) continue;
    if (isNative(type)) return null;
    const hidden = hiddenStateOf(type);
    if (hidden !== null) return hidden;
  }
  return null;
}

const hiddenStates = new WeakMap<Function, HiddenState | null>();

/** What the class itself, not those that it extends, hides in its instances. Looked up once: the text of a class does not change. */
function hiddenStateOf(type: Function): HiddenState | null {
  let found = hiddenStates.get(type);
  if (found === undefined) hiddenStates.set(type, (found = describe(type)));
  return found;
}

function describe(type: Function): HiddenState | null {
  const { names, accessors } = privateMembersOf(type);
  if (names.length === 0) return null;
  if (accessors.length < names.length)
    return {
      owner: type.name,
      what: `which has #private members (#${names.join(', #')}): they cannot leave the object`,
      change: "make the members TypeScript's `private`",
    };
  return {
    owner: type.name,
    what: `whose \`accessor ${accessors[0]}\` is stored in a #private member: that cannot leave the object`,
    change: 'leave the word `accessor` out',
  };
}
