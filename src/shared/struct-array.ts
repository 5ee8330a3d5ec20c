/**
 * Many structs of numbers, one behind the other in one block.
 */
import { inspect } from 'node:util';
import { told } from '../arguments.js';
import { NotSendableError, ValueError } from '../errors.js';
import { ADDRESS, defineHandle, Handle, onDeparture } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType, release, retain } from '../heap/records.js';
import { type AnyClass, classAt, depart, labelOf, layoutOf, recordOf } from './struct-class.js';
import type { Struct } from './struct.js';
import { accessorsAt, FIRST_BYTE } from './struct-layout.js';

const ARRAY_TYPE = 65;
/** Words of the record. */
const CLASS: number = Record.BODY;
const LENGTH: number = Record.BODY + 1;
/** Bytes from one element to the next. */
const STRIDE: number = Record.BODY + 2;
const ELEMENTS: number = Record.BODY + 4;

defineRecord(ARRAY_TYPE, {
  label: 'StructArray',
  labelOf: (record) => `StructArray(${labelOf(i32[record + CLASS])})`,
  dispose: (record) => release(i32[record + CLASS]),
});

/** Where the fields of an element would begin if it were a record of its own, less that record's header. */
const PLACE: unique symbol = Symbol('threadwork.place');
const OWNER: unique symbol = Symbol('threadwork.owner');

/** An element of an array. */
interface Element {
  [PLACE]: number;
  [OWNER]: StructArray<object>;
}

type ElementMaker = new (owner: StructArray<object>, place: number) => Element;
const makers = new WeakMap<AnyClass, ElementMaker>();

/** What makes views of elements: objects with the class's methods, whose accessors start from PLACE. */
function makerOf(type: AnyClass): ElementMaker {
  let maker = makers.get(type);
  if (maker === undefined) {
    const layout = layoutOf(type) as NonNullable<ReturnType<typeof layoutOf>>;
    maker = function element(this: Element, owner: StructArray<object>, place: number) {
      this[OWNER] = owner;
      this[PLACE] = place;
    } as unknown as ElementMaker;
    maker.prototype = Object.create(type.prototype as object, {
      ...accessorsAt(layout, PLACE),
      [ADDRESS]: {
        get(): never {
          throw new NotSendableError(
            `an element of a StructArray cannot be sent by itself: send the array and the element's index`,
          );
        },
      },
    });
    makers.set(type, maker);
  }
  return maker;
}

function at(array: Handle): number {
  return ofType(array?.[ADDRESS], ARRAY_TYPE);
}

/**
 * A fixed number of structs in one block of the shared memory, for many small ones: an instance of its own takes more than 64
 * bytes and is counted, an element takes its fields only. The struct's fields must be numbers or `bool`.
 *
 * @example
 * class Point extends struct({ x: f64, y: f64 }) {
 *   length() { return Math.hypot(this.x, this.y); }
 * }
 * const points = new StructArray(Point, 1000);
 * points.at(3).x = 1.5;
 */
export class StructArray<T extends object> extends Handle implements Iterable<T> {
  /**
   * @param type a struct's class
   * @param length how many; their fields are 0. ValueError when it is no whole number.
   * @throws TypeError when the struct has other fields than numbers.
   */
  // biome-ignore lint/suspicious/noExplicitAny: classes of users have whatever constructor they like
  constructor(type: abstract new (...args: any[]) => T & Struct, length: number) {
    const layout = typeof type === 'function' ? layoutOf(type) : undefined;
    if (layout === undefined)
      throw new TypeError('new StructArray(type, length) takes a class that struct() made, or one that extends it');
    const other = layout.fields.find(
      ({ number, spec }) => number === null || (spec as { length?: number }).length !== undefined,
    );
    if (other !== undefined)
      throw new TypeError(`a StructArray holds numbers: ${type.name}.${other.name} is something else`);
    if (!Number.isInteger(length) || length < 0)
      throw new ValueError(`a StructArray has a length of 0 or more, not ${told(length)}`);
    const classRecord = recordOf(type, layout);
    // Whole words of 8 bytes: then the accessors' offsets are right for each element. At least one: without room for each
    // element the array could have more of them than its record can count.
    const stride = Math.max(1, Math.ceil((layout.bytes - FIRST_BYTE) / 8)) * 8;
    const record = newRecord(ARRAY_TYPE, ELEMENTS - Record.BODY + Math.ceil((length * stride) / 4));
    i32[record + CLASS] = classRecord[ADDRESS];
    i32[record + LENGTH] = length;
    i32[record + STRIDE] = stride;
    retain(classRecord[ADDRESS]);
    super(record);
  }

  /** Number of elements. */
  get length(): number {
    return i32[at(this) + LENGTH];
  }

  /**
   * The element at `index`, counted from the end where it is negative: an object with the struct's fields and methods, made at
   * each call, which reads and writes the array.
   *
   * @throws RangeError when there is no such element.
   */
  at(index: number): T {
    at(this);
    if (typeof index !== 'number') throw new TypeError(`at() takes a number, not ${told(index)}`);
    const { length } = this;
    const k = index < 0 ? index + length : index;
    if (!Number.isInteger(k) || k < 0 || k >= length)
      throw new RangeError(`index ${String(index)} is out of range: the array has ${length} elements`);
    const record = at(this);
    const maker = makerOf(classAt(i32[record + CLASS]));
    const place = record + ELEMENTS - FIRST_BYTE / 4 + (k * i32[record + STRIDE]) / 4;
    return new maker(this as StructArray<object>, place) as unknown as T;
  }

  /** The elements, in their order. */
  *[Symbol.iterator](): IterableIterator<T> {
    at(this);
    for (let k = 0; k < this.length; k++) yield this.at(k);
  }

  /** The elements as plain objects. What `JSON.stringify` shows. */
  toJSON(): unknown[] {
    at(this);
    return Array.from(this, (element) => (element as unknown as Struct).toJSON());
  }

  /** Text form, such as `<StructArray Point length=1000 name=StructArray(Point)-7>`. */
  override toString(): string {
    at(this);
    return `<StructArray ${labelOf(i32[at(this) + CLASS])} length=${this.length} name=${this.name}>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

defineHandle(ARRAY_TYPE, StructArray);
onDeparture(ARRAY_TYPE, (handle) => depart(handle, classAt(i32[handle[ADDRESS] + CLASS])));
