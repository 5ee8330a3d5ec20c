/**
 * Buffers and views of them. Views over one ArrayBuffer share the copy; a view over the shared heap is sent as its place
 * there; a user's SharedArrayBuffer is shared (keeper.ts).
 */
import { types } from 'node:util';
import { ADDRESS, handleAt, type Handle } from '../heap/handle.js';
import { buffer as heap, u8 } from '../heap/memory.js';
import { writePrototype } from './classes.js';
import { isBuiltinPrototype } from './known.js';
import { LITERAL } from './paths.js';
import type { Reader } from './reader.js';
import { LARGE_BYTES } from './scratch.js';
import { Kept, keptFor } from './keeper.js';
import { BUFFER, DERIVED, HEAP_VIEW, KEPT, VIEW } from './tags.js';
import { isMoving } from './transfer.js';
import type { Writer } from './writer.js';

type View = ArrayBufferView<ArrayBufferLike>;
type ViewClass = new (buffer: ArrayBufferLike, offset: number, length: number) => View;

/** Kinds of views; their numbers are part of the encoding. */
const KINDS: readonly string[] = [
  'Buffer',
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
  'Float16Array',
];

/** What this runtime's pool of small Buffers takes: `Buffer.poolSize`, or a little more. */
const POOL_BYTES = Buffer.allocUnsafe(1).buffer.byteLength;

const globals = globalThis as unknown as Record<string, ViewClass | undefined>;
const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get as (
  this: unknown,
) => string | undefined;

function kindOf(view: View): number {
  if (Buffer.isBuffer(view)) return 0;
  return KINDS.indexOf(tagOf.call(view) ?? 'DataView');
}

function lengthOf(view: View): number {
  return types.isDataView(view) ? view.byteLength : (view as Uint8Array).length;
}

const owners = new WeakMap<object, Handle>();
/** The views that a handle's record has, except parts of others. */
const wholeViews = new WeakMap<Handle, View[]>();

/**
 * Ties a typed array over the shared heap to the handle of the record whose words it shows: the record lives as long as the
 * view does, and the view is sent as a place in that record. So are its `subarray`s.
 */
export function ownView(view: View, handle: Handle): void {
  tie(view, handle);
  const views = wholeViews.get(handle);
  if (views === undefined) wholeViews.set(handle, [view]);
  else views.push(view);
}

function tie(view: View, handle: Handle): void {
  owners.set(view, handle);
  // A part is a view of its own, which the engine does not tie to the one it was made of.
  if ('subarray' in view) Object.defineProperty(view, 'subarray', TIED_SUBARRAY);
}

const TIED_SUBARRAY: PropertyDescriptor = {
  value: function subarray(this: Uint8Array, start?: number, end?: number): View {
    const part = (Object.getPrototypeOf(this) as Uint8Array).subarray.call(this, start, end);
    tie(part, owners.get(this) as Handle);
    return part;
  },
  configurable: true,
  writable: true,
};

function knownView(handle: Handle, type: unknown, offset: number, length: number): View | undefined {
  const views = wholeViews.get(handle);
  if (views === undefined) return undefined;
  for (const view of views)
    if (view.byteOffset === offset && lengthOf(view) === length && view.constructor === type) return view;
  return undefined;
}

/** The view of `length` elements of the heap, from byte `offset` on, in the record of `handle`: the same one each time. */
export function viewOf<T extends View>(
  handle: Handle,
  type: new (buffer: ArrayBufferLike, offset: number, length: number) => T,
  offset: number,
  length: number,
): T {
  const known = knownView(handle, type, offset, length);
  if (known !== undefined) return known as T;
  const view = new type(heap, offset, length);
  ownView(view, handle);
  return view;
}

export function writeView(w: Writer, view: View, prototype: object): void {
  const kind = kindOf(view);
  const usual = kind === 0 ? prototype === Buffer.prototype : isBuiltinPrototype(prototype, KINDS[kind]);
  if (!usual) w.byte(DERIVED);
  if (view.buffer === heap) writeHeapView(w, view, kind);
  else writePlainView(w, view, kind);
  if (!usual) {
    writePrototype(w, prototype);
    w.size(0);
  }
}

function writePlainView(w: Writer, view: View, kind: number): void {
  const { buffer } = view;
  w.reserve(view);
  w.byte(VIEW);
  w.byte(kind);
  // Small Buffers share a pool with whatever else the program handles: only the Buffer's own bytes may leave.
  const pooled =
    kind === 0 &&
    (buffer.byteLength === POOL_BYTES || buffer.byteLength === Buffer.poolSize) &&
    view.byteLength < buffer.byteLength &&
    w.table.find(buffer) < 0 &&
    !types.isSharedArrayBuffer(buffer);
  if (pooled) {
    writeBytes(w, new Uint8Array(buffer, view.byteOffset, view.byteLength), {}, 0);
    w.size(0);
  } else {
    const depth = w.enter(LITERAL);
    w.path[depth] = '.buffer';
    w.write(buffer);
    w.depth--;
    w.size(view.byteOffset);
  }
  w.size(lengthOf(view));
}

export function readView(r: Reader): View {
  const slot = r.reserve();
  const type = globals[KINDS[r.byte()]] ?? r.damaged();
  const buffer = r.read() as ArrayBufferLike;
  if (!types.isAnyArrayBuffer(buffer)) r.damaged();
  const offset = r.size();
  const length = r.size();
  const view =
    type === (Buffer as unknown)
      ? Buffer.from(buffer as ArrayBuffer, offset, length)
      : new type(buffer, offset, length);
  r.objects[slot] = view;
  return view;
}

function writeHeapView(w: Writer, view: View, kind: number): void {
  if (w.portable) w.refuseShared('is an array in the shared heap');
  const owner = owners.get(view);
  w.reserve(view);
  w.byte(HEAP_VIEW);
  w.byte(kind);
  w.size(view.byteOffset);
  w.size(lengthOf(view));
  w.size(owner === undefined ? 0 : w.record(owner[ADDRESS], owner) + 1);
}

export function readHeapView(r: Reader): View {
  const type = globals[KINDS[r.byte()]] ?? r.damaged();
  const offset = r.size();
  const length = r.size();
  if (r.peek() === 0) {
    r.byte();
    return r.keep(new type(heap, offset, length));
  }
  const handle = handleAt(r.recordBefore());
  const known = knownView(handle, type, offset, length);
  if (known !== undefined) return r.keep(known);
  const view = new type(heap, offset, length);
  if (wholeViews.has(handle)) tie(view, handle);
  else ownView(view, handle);
  return r.keep(view);
}

export function writeBuffer(w: Writer, buffer: ArrayBuffer): void {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(buffer);
  } catch {
    w.refuse(
      'is an ArrayBuffer that was transferred away',
      'Its bytes belong to another owner now: send what that has.',
    );
  }
  const resizable = (buffer as { resizable?: boolean }).resizable === true;
  const largest = resizable ? (buffer as unknown as { maxByteLength: number }).maxByteLength + 1 : 0;
  if (isMoving(buffer)) w.transfers.push(buffer);
  writeBytes(w, bytes, buffer, largest);
}

function writeBytes(w: Writer, bytes: Uint8Array, identity: object, largest: number): void {
  w.reserve(identity);
  w.byte(BUFFER);
  w.size(bytes.length);
  w.size(largest);
  w.raw(bytes);
}

export function readBuffer(r: Reader): ArrayBuffer {
  const length = r.size();
  const largest = r.size();
  const start = r.takeLarge(length);
  if (largest > 0) {
    const type = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
    const resizable = new type(length, { maxByteLength: largest - 1 });
    new Uint8Array(resizable).set(u8.subarray(start, start + length));
    return r.keep(resizable);
  }
  const { buffer } = length < LARGE_BYTES ? copySmall(start, length) : u8.slice(start, start + length);
  return r.keep(buffer as ArrayBuffer);
}

/** slice() takes longer to set up than to copy. */
function copySmall(start: number, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  if (length > 64) copy.set(u8.subarray(start, start + length));
  else for (let k = 0; k < length; k++) copy[k] = u8[start + k];
  return copy;
}

/** Writes a SharedArrayBuffer or what else the keeper keeps. */
export function writeKept(w: Writer, thing: object): void {
  if (thing === heap) w.refuse('is the heap of this library', 'Send the object that it belongs to.');
  if (w.portable) w.refuseShared(`is a ${thing.constructor.name}`);
  const handle = keptFor(thing);
  w.reserve(thing);
  w.byte(KEPT);
  w.size(w.record(handle[ADDRESS], handle));
}

export function readKept(r: Reader): object {
  const handle = handleAt(r.record());
  if (!(handle instanceof Kept)) r.damaged();
  return r.keep(handle.thing);
}
