/**
 * Structs' classes, as all threads know them.
 *
 * A *schema record* stands for what `struct({ … })` returned: a message with the fields (and, of `Base.with({ … })`, the class
 * Base). A *class record* stands for the class that an instance was made with, most often one of the user's that extends
 * the former: a message with that class, written when the first instance is about to leave its thread, and what freeing an
 * instance needs to know, since whoever frees it may not have the class. Every instance refers to its class record.
 *
 *   schema record   SCHEMA
 *   class record    MESSAGE (0: no instance has left yet), LABEL (text), COUNT, then COUNT distances of the slots in words
 */
import * as atomic from '../heap/atomic.js';
import { ADDRESS, defineHandle, defineHandles, Handle, handleAt, onDeparture, seal } from '../heap/handle.js';
import { free } from '../heap/allocator.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, release, retain, typeOf } from '../heap/records.js';
import { readText, writeText } from '../heap/text.js';
import { ClassSource, noteMade } from '../wire/made-classes.js';
import { discard, pack, peek } from '../wire/message.js';
import { refuseHiddenState } from '../wire/portrait.js';
import { clearSlot, dropSlot } from '../wire/slot.js';
import type { Fields } from './struct-fields.js';
import { CLASS, type Layout } from './struct-layout.js';

export const STRUCT_TYPE = 60;
const SCHEMA_TYPE = 61;
export const CLASS_TYPE = 62;

const SCHEMA: number = Record.BODY;
const MESSAGE: number = Record.BODY;
const LABEL: number = Record.BODY + 1;
const COUNT: number = Record.BODY + 2;

// biome-ignore lint/suspicious/noExplicitAny: classes of users have whatever constructor they like
export type AnyClass = abstract new (...args: any[]) => Handle;

/** What a schema record's message holds. */
export interface Blueprint {
  readonly fields: Fields;
  readonly base: AnyClass | null;
}

defineRecord(SCHEMA_TYPE, { label: 'struct fields', dispose: (record) => discard(i32[record + SCHEMA]) });
defineRecord(CLASS_TYPE, {
  label: 'struct class',
  dispose(record) {
    if (i32[record + MESSAGE] !== 0) discard(i32[record + MESSAGE]);
    if (i32[record + LABEL] !== 0) free(i32[record + LABEL]);
  },
});
defineRecord(STRUCT_TYPE, {
  label: 'struct',
  labelOf: (record) => labelOf(i32[record + CLASS]),
  dispose(record) {
    const type = i32[record + CLASS];
    const count = i32[type + COUNT];
    for (let k = 1; k <= count; k++) dropSlot(record + i32[type + COUNT + k]);
    release(type);
  },
});

/** Name of the class that a class record stands for. */
export function labelOf(record: number): string {
  return typeOf(record) === CLASS_TYPE ? readText(i32[record + LABEL]) : 'struct';
}

let make: (blueprint: Blueprint) => AnyClass;

/** Says how a struct's class is made of its fields. */
export function onBlueprint(maker: (blueprint: Blueprint) => AnyClass): void {
  make = maker;
}

const made = new WeakMap<Schema, AnyClass>();

/** Stands for what `struct()` returned. */
class Schema extends ClassSource {
  get type(): AnyClass {
    let type = made.get(this);
    if (type === undefined) {
      type = make(peek(i32[this[ADDRESS] + SCHEMA]) as Blueprint);
      made.set(this, type);
      noteMade(type, this);
    }
    return type;
  }
}
defineHandle(SCHEMA_TYPE, Schema);

/** Writes down what `type` was made of, for other threads. Throws HeapExhaustedError, CaptureError. */
export function publish(type: AnyClass, blueprint: Blueprint): void {
  const message = pack(blueprint, 'struct()');
  let record: number;
  try {
    record = newRecord(SCHEMA_TYPE, 2);
  } catch (error) {
    discard(message);
    throw error;
  }
  i32[record + SCHEMA] = message;
  const schema = new Schema(record);
  made.set(schema, type);
  noteMade(type, schema);
}

/** Stands for a class that instances were made with. */
class ClassRecord extends Handle {}
defineHandle(CLASS_TYPE, ClassRecord);

const layouts = new WeakMap<Function, Layout>();
const records = new WeakMap<Function, ClassRecord>();
const types = new WeakMap<ClassRecord, AnyClass>();

/** Sets the layout of a class that `struct()` made. */
export function setLayout(type: Function, layout: Layout): void {
  layouts.set(type, layout);
}

/** The layout of a struct's class, or of one that extends it; undefined for any other class. */
export function layoutOf(type: Function): Layout | undefined {
  const known = layouts.get(type);
  if (known !== undefined) return known;
  const parent: unknown = Object.getPrototypeOf(type);
  if (typeof parent !== 'function') return undefined;
  const found = layoutOf(parent);
  if (found !== undefined) layouts.set(type, found);
  return found;
}

/** The class record of `type`, made where this thread has none. Throws HeapExhaustedError. */
export function recordOf(type: AnyClass, { slots }: Layout): ClassRecord {
  const known = records.get(type);
  if (known !== undefined) return known;
  const label = writeText(type.name);
  let address: number;
  try {
    address = newRecord(CLASS_TYPE, COUNT - Record.BODY + 1 + slots.length);
  } catch (error) {
    free(label);
    throw error;
  }
  i32[address + LABEL] = label;
  i32[address + COUNT] = slots.length;
  for (const [k, slot] of slots.entries()) i32[address + COUNT + 1 + k] = slot;
  const record = new ClassRecord(address);
  tie(record, type);
  return record;
}

function tie(record: ClassRecord, type: AnyClass): void {
  types.set(record, type);
  if (!records.has(type)) records.set(type, record);
}

/** A new instance's record, with all fields zero or blank. */
export function newInstance(type: AnyClass): number {
  const layout = layoutOf(type) as Layout;
  const classRecord = recordOf(type, layout)[ADDRESS];
  const record = newRecord(STRUCT_TYPE, Math.ceil(layout.bytes / 4) - Record.BODY);
  i32[record + CLASS] = classRecord;
  retain(classRecord);
  for (const slot of layout.slots) clearSlot(record + slot);
  return record;
}

/** Class records whose classes are being decoded, with the instances that were met meanwhile. */
const arriving = new Map<number, Handle[]>();

function classOf(record: number): AnyClass | undefined {
  return arriving.has(record) ? undefined : classAt(record);
}

/** This thread's class for a class record. */
export function classAt(record: number): AnyClass {
  const handle = handleAt(record) as ClassRecord;
  const known = types.get(handle);
  if (known !== undefined) return known;
  const early: Handle[] = [];
  arriving.set(record, early);
  let type: AnyClass;
  try {
    type = peek(i32[record + MESSAGE]) as AnyClass;
  } finally {
    arriving.delete(record);
  }
  tie(handle, type);
  for (const instance of early) seal(Object.setPrototypeOf(instance, type.prototype as object) as Handle);
  return type;
}

/** Says which class instances have while theirs is on its way: the base of all structs. */
export function defineInstances(base: AnyClass): void {
  defineHandles(
    STRUCT_TYPE,
    (address) => classOf(i32[address + CLASS]) ?? base,
    (bare) => {
      const early = arriving.get(i32[bare[ADDRESS] + CLASS]);
      if (early === undefined) return seal(bare);
      early.push(bare);
      return bare;
    },
  );
  onDeparture(STRUCT_TYPE, (instance) => depart(instance, instance.constructor as AnyClass));
}

const departing = new Set<number>();

/** Makes sure that other threads can have `type`, the class of `handle` or of its items: the first one is about to be sent. */
export function depart(handle: Handle, type: AnyClass): void {
  const record = i32[handle[ADDRESS] + CLASS];
  if (i32[record + MESSAGE] !== 0 || departing.has(record)) return;
  departing.add(record);
  try {
    refuseHiddenState(handle, handle.constructor === type ? undefined : (type.prototype as object));
    const message = pack(type, type.name);
    if (atomic.compareExchange(record + MESSAGE, 0, message) !== 0) discard(message);
  } finally {
    departing.delete(record);
  }
}
