/**
 * What cannot leave its thread, and what to write instead. Whatever is not recognised here has at least no hidden state that
 * the engine tells us of.
 */
import { EventEmitter } from 'node:events';
import { types } from 'node:util';
import { MessagePort, Worker } from 'node:worker_threads';
import { hasClassNamed, isInstance, isNative, webAssemblyClassOf } from './known.js';
import type { Writer } from './writer.js';

const EACH = 'one per thread with local(() => …), or in the function that uses it.';
/** What to do with an object that has its state to itself. */
export const OWN: string = `Make ${EACH}`;

/** A kind of objects that cannot leave their thread. */
export interface Refusal {
  readonly what: string;
  readonly remedy: string;
  readonly test: (object: object) => boolean;
}

/** Those of the language, of whatever realm: their prototypes have a `next` of the engine's, and are no class's. */
function isIterator(object: object): boolean {
  const prototype = Object.getPrototypeOf(object) as object;
  const next: unknown = Object.getOwnPropertyDescriptor(prototype, 'next')?.value;
  return typeof next === 'function' && isNative(next) && !Object.hasOwn(prototype, 'constructor');
}

const REFUSALS: Refusal[] = [
  {
    what: 'a Promise',
    remedy: 'Await it first and send the result, or send a Future.',
    test: types.isPromise,
  },
  { what: 'a WeakMap', remedy: 'Send a Map of what the receiver needs.', test: types.isWeakMap },
  { what: 'a WeakSet', remedy: 'Send a Set of what the receiver needs.', test: types.isWeakSet },
  { what: 'a WeakRef', remedy: 'Send what it refers to.', test: isInstance('WeakRef') },
  { what: 'a FinalizationRegistry', remedy: OWN, test: isInstance('FinalizationRegistry') },
  {
    what: 'a generator',
    remedy: 'Send an array of its values, or put them in a Queue.',
    test: types.isGeneratorObject,
  },
  {
    what: 'an iterator',
    remedy: 'Send an array of its values, or put them in a Queue.',
    test: isIterator,
  },
  {
    what: 'an AbortController',
    remedy: 'Send an Event: any thread can set it, and its `signal` is an AbortSignal in each.',
    test: isInstance('AbortController'),
  },
  {
    what: 'an AbortSignal',
    remedy: 'Send an Event: any thread can set it, and its `signal` is an AbortSignal in each.',
    test: isInstance('AbortSignal'),
  },
  { what: 'a Worker', remedy: 'Send a Queue to talk to other threads.', test: (object) => object instanceof Worker },
  {
    what: 'a MessagePort',
    remedy: 'Send a Queue: any number of threads can put and get.',
    test: (object) => object instanceof MessagePort,
  },
  { what: 'a MessageChannel', remedy: 'Send a Queue.', test: isInstance('MessageChannel') },
  { what: 'a BroadcastChannel', remedy: OWN, test: isInstance('BroadcastChannel') },
  {
    what: 'a timer',
    remedy: 'Send an Event to cancel what it does, or use a Timer of this library.',
    test: (object) => 'hasRef' in object && '_onTimeout' in object,
  },
  {
    what: 'a stream or socket',
    remedy:
      'Send the data, the path or the address; open it in the thread that uses it, or make one per thread with local(() => …).',
    test: (object) => object instanceof EventEmitter && 'pipe' in object,
  },
  {
    what: 'a server',
    remedy: 'Send the address; listen in the thread that serves.',
    test: (object) => object instanceof EventEmitter && 'listen' in object,
  },
  {
    what: 'an EventEmitter',
    remedy: `Its listeners belong to this thread. Send the data that it holds, use a Queue or an Event, or make ${EACH}`,
    test: (object) => object instanceof EventEmitter,
  },
  {
    what: 'a stream',
    remedy: 'Send the data, or put it in a Queue piece by piece.',
    test: (object) =>
      isInstance('ReadableStream')(object) ||
      isInstance('WritableStream')(object) ||
      isInstance('TransformStream')(object),
  },
  {
    what: 'an EventTarget',
    remedy: 'Its listeners belong to this thread. Send the data that it holds, or use a Queue or an Event.',
    test: isInstance('EventTarget'),
  },
  {
    what: 'a Blob',
    remedy: 'Send `await blob.arrayBuffer()`.',
    test: isInstance('Blob'),
  },
  {
    what: 'a key',
    remedy: 'Send what `export()` or crypto.subtle.exportKey() gives.',
    // To ask loads Node's cryptography.
    test: (object) =>
      (hasClassNamed(object, 'KeyObject') && types.isKeyObject(object)) ||
      (hasClassNamed(object, 'CryptoKey') && types.isCryptoKey(object)),
  },
  {
    what: 'a WebAssembly.Instance',
    remedy: 'Send its WebAssembly.Module: each thread makes an instance of its own.',
    test: (object) => webAssemblyClassOf(object) === 'Instance',
  },
  {
    what: 'a WebAssembly.Memory that is not shared',
    remedy: 'Make it with `shared: true` and a `maximum`.',
    test: (object) => webAssemblyClassOf(object) === 'Memory',
  },
  {
    what: 'a native object',
    remedy: OWN,
    test: (object) => types.isExternal(object),
  },
  {
    what: 'a thing of a native addon or of Node itself',
    remedy: OWN,
    test: (object) =>
      '_handle' in object &&
      typeof (object as { _handle: unknown })._handle === 'object' &&
      (object as { _handle: unknown })._handle !== null,
  },
];

/** Adds a kind of objects of this library. */
export function defineRefusal(refusal: Refusal): void {
  REFUSALS.push(refusal);
}

/** Throws if `object` is of a kind that cannot leave its thread. */
export function refuseObject(w: Writer, object: object): void {
  const found = REFUSALS.find((refusal) => refusal.test(object));
  if (found === undefined) return;
  const name: unknown = (Object.getPrototypeOf(object) as { constructor?: { name?: unknown } } | null)?.constructor
    ?.name;
  const label = typeof name === 'string' && name !== '' && !found.what.includes(name) ? ` (${name})` : '';
  w.refuse(`is ${found.what}${label}, which cannot be sent to another thread`, found.remedy);
}
