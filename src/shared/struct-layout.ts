/**
 * Layouts: where the fields of a struct stand in its record, and the accessors that read and write them. Those are compiled
 * once per struct, each with its constant offset and an access site of its own: read through one shared function, a field
 * of a program with a dozen structs takes several times as long.
 */
import { told, withArticle } from '../arguments.js';
import { ADDRESS, type Handle, isHandle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { viewOf } from '../wire/buffers.js';
import {
  type Field,
  type Fields,
  type HandleType,
  hasArrays,
  isArrayLength,
  NUMBERS,
  type NumberType,
} from './struct-fields.js';
import { loadHandle, loadValue, storeValue } from './struct-values.js';

/** A record's first word of its own: the address of its class record (struct-class.ts). */
export const CLASS: number = Record.BODY;
export const FIRST_BYTE: number = (CLASS + 2) * 4;

/** Something that fields are read of: its class is what errors name. */
interface Instance {
  readonly constructor: { readonly name: string };
}

/** A field and where it stands. */
interface Place {
  readonly name: string;
  readonly spec: Field<unknown> | HandleType;
  /** Distance from the record in bytes. */
  readonly offset: number;
  /** How the values of numeric fields and arrays stand there; null for slots. */
  readonly number: NumberType | null;
}

export interface FieldLayout extends Place {
  readonly get: (this: object) => unknown;
  readonly set: (this: object, value: unknown) => void;
}

export interface Layout {
  readonly fields: readonly FieldLayout[];
  readonly byName: ReadonlyMap<string, FieldLayout>;
  /** Length in bytes, with the record's header. */
  readonly bytes: number;
  /** Distances in words of the slots. */
  readonly slots: readonly number[];
}

type Accessors = globalThis.Record<string, PropertyDescriptor>;

/** Lays `fields` out behind those of `base`. Throws TypeError for what is no type and for names that cannot be fields'. */
export function layOut(fields: Fields, base: Layout | null, reserved: object): Layout {
  if (typeof fields !== 'object' || fields === null)
    throw new TypeError('struct() takes the fields as an object: struct({ balance: f64, owner: str })');
  const placed: Place[] = [];
  let end = base?.bytes ?? FIRST_BYTE;
  for (const [name, given] of Object.entries(fields)) {
    if (base?.byName.has(name)) throw new TypeError(`the base struct has a field ${name} already`);
    if (name in reserved && name !== 'name')
      throw new TypeError(`a field cannot be called ${name}: every struct has that`);
    const { spec, number } = typeOfField(name, given);
    const size = number?.bytes ?? 8;
    const offset = Math.ceil(end / size) * size;
    end = offset + size * (isClass(spec) ? 1 : (spec.length ?? 1));
    placed.push({ name, spec, offset, number });
  }
  const own = accessorsOf(placed);
  const all = [
    ...(base?.fields ?? []),
    ...placed.map((field) => ({ ...field, get: own[field.name].get, set: own[field.name].set }) as FieldLayout),
  ];
  return {
    fields: all,
    byName: new Map(all.map((field) => [field.name, field])),
    bytes: end,
    slots: all.filter(({ number }) => number === null).map(({ offset }) => offset / 4),
  };
}

/** The type of a field, of an object that nobody else can change: where fields stand follows from it. */
function typeOfField(name: string, given: unknown): Pick<Place, 'spec' | 'number'> {
  if (typeof given === 'function' && isHandle(given.prototype)) return { spec: given as HandleType, number: null };
  if (typeof given === 'object' && given !== null) {
    const { type, length } = given as { type?: unknown; length?: unknown };
    if (typeof type === 'string' && Object.hasOwn(NUMBERS, type) && (length === undefined || isArray(type, length))) {
      return { spec: length === undefined ? { type } : { type, length }, number: NUMBERS[type] };
    }
    if ((type === 'str' || type === 'any') && length === undefined) return { spec: { type }, number: null };
  }
  throw new TypeError(
    `the type of field ${name} is none: take i8 … f64, bool, str, any, array(type, length), or a class of shared objects such as Lock or another struct`,
  );
}

function isArray(type: string, length: unknown): length is number {
  return hasArrays(type) && isArrayLength(length);
}

function isClass(spec: Field<unknown> | HandleType): spec is HandleType {
  return typeof spec === 'function';
}

/** Throws what is wrong with a value that `field` does not take. */
function refuse(instance: Instance, { name, spec, number }: Place, value: unknown): never {
  const where = `${instance.constructor.name}.${name}`;
  const given = value === null ? 'null' : value === undefined ? 'undefined' : withArticle(typeof value);
  if (isClass(spec))
    throw new TypeError(
      `${where} takes ${withArticle(spec.name)}, not ${isHandle(value) ? withArticle(value.constructor.name) : given}`,
    );
  if (number === null) throw new TypeError(`${where} takes a string, not ${given}`);
  if (spec.length !== undefined)
    throw new TypeError(`${where} takes ${spec.length} ${number.takes}s at once, as an array: ${where} = […]`);
  if (typeof value !== number.takes) throw new TypeError(`${where} takes a ${number.takes}, not ${given}`);
  throw new RangeError(`${told(value)} does not fit ${where}: ${spec.type} holds ${number.range}`);
}

/** Accessors of all fields. Descriptors are enumerable: `for … in` lists the fields. */
function accessorsOf(fields: readonly Place[]): Accessors {
  const compiled = compile(fields, ADDRESS);
  const found: Accessors = {};
  for (const field of fields) {
    found[field.name] =
      field.number === null
        ? slotAccessors(field)
        : (field.spec as Field<unknown>).length === undefined
          ? (compiled?.[field.name] ?? numberAccessors(field, field.number, ADDRESS))
          : arrayAccessors(field, field.number);
  }
  return found;
}

/** Address of the instance; TypeError for what has the accessors, but no fields: a prototype. */
function recordOf(instance: Partial<Handle> | undefined, { name }: Place): number {
  const record = instance?.[ADDRESS];
  if (record === undefined) throw new TypeError(`the field ${name} of a struct was used on what is no instance of it`);
  return record;
}

function slotAccessors(field: Place): PropertyDescriptor {
  const { name, spec } = field;
  const word = field.offset / 4;
  if (isClass(spec)) {
    return {
      get(this: Handle) {
        const record = recordOf(this, field);
        return loadHandle(record, record + word);
      },
      set(this: Handle, value: unknown) {
        const record = recordOf(this, field);
        if (!(value instanceof spec)) refuse(this, field, value);
        storeValue(record, record + word, value, `${this.constructor.name}.${name}`);
      },
    };
  }
  const isText = spec.type === 'str';
  return {
    get(this: Handle) {
      const record = recordOf(this, field);
      const value = loadValue(record, record + word);
      return isText ? (value ?? '') : value;
    },
    set(this: Handle, value: unknown) {
      const record = recordOf(this, field);
      if (isText && typeof value !== 'string') refuse(this, field, value);
      storeValue(record, record + word, value, `${this.constructor.name}.${name}`);
    },
  };
}

function arrayAccessors(field: Place, number: NumberType): PropertyDescriptor {
  const length = (field.spec as Field<unknown>).length as number;
  const view = (handle: Handle) =>
    viewOf(handle, number.array, recordOf(handle, field) * 4 + field.offset, length) as unknown as Float64Array;
  return {
    get(this: Handle) {
      return view(this);
    },
    set(this: Handle, values: unknown) {
      const copy = elementsOf(values, length);
      if (copy === null) refuse(this, field, values);
      for (const value of copy)
        if (isUnfit(number, value))
          refuse(this, { ...field, spec: { type: (field.spec as Field<unknown>).type } }, value);
      view(this).set(copy as number[]);
    },
  };
}

function elementsOf(values: unknown, length: number): readonly unknown[] | null {
  if (typeof values !== 'object' || values === null) return null;
  if (typeof (values as Partial<Iterable<unknown>>)[Symbol.iterator] !== 'function') return null;
  const copy: unknown[] = [];
  // Not with `...`: it may have no end.
  for (const value of values as Iterable<unknown>) if (copy.push(value) > length) return null;
  return copy.length === length ? copy : null;
}

function isUnfit(number: NumberType, value: unknown): boolean {
  return typeof value !== number.takes || number.isMisfit(value as never);
}

/** Scale and distance of a field's index, from the address of its record. */
function indexOf(offset: number, { bytes }: NumberType): { factor: number; distance: number } {
  return { factor: 4 / bytes, distance: offset / bytes };
}

/** The accessors of a numeric field where no code may be compiled. */
function numberAccessors(field: Place, number: NumberType, base: symbol): PropertyDescriptor {
  const { factor, distance } = indexOf(field.offset, number);
  const view = number.view as unknown[] & ArrayLike<unknown>;
  const isBool = number.takes === 'boolean';
  return {
    enumerable: true,
    get(this: never) {
      const found = view[this[base] * factor + distance];
      return isBool ? found === 1 : found;
    },
    set(this: never, value: unknown) {
      if (isUnfit(number, value)) refuse(this, field, value);
      view[this[base] * factor + distance] = isBool ? Number(value) : value;
    },
  };
}

/** Compiles the accessors of the numeric fields, for objects that have the address under the key `base`; null where that is not allowed. */
function compile(fields: readonly Place[], base: symbol): Accessors | null {
  const names: string[] = [];
  const values: unknown[] = [];
  const members: string[] = [];
  for (const [k, field] of fields.entries()) {
    const { number } = field;
    if (number === null || (field.spec as Field<unknown>).length !== undefined) continue;
    const { factor, distance } = indexOf(field.offset, number);
    const place = `w${k}[${factor === 0.5 ? '(this[b]>>1)' : factor === 1 ? 'this[b]' : `this[b]*${factor}`}+${distance}]`;
    const isBool = number.takes === 'boolean';
    const key = JSON.stringify(field.name);
    names.push(`w${k}`, `f${k}`);
    values.push(number.view, field);
    members.push(
      `get[${key}](){return ${place}${isBool ? '===1' : ''}}`,
      `set[${key}](v){if(typeof v!=='${number.takes}'${number.misfit === null ? '' : `||${number.misfit}`})r(this,f${k},v);${place}=${isBool ? 'v?1:0' : 'v'}}`,
    );
  }
  try {
    // Constants of a closure, unlike parameters, are constants to the optimising compiler.
    const constants = names.map((name, k) => `const ${name}=a[${k}];`).join('');
    const make = new Function('b0', 'r0', 'a', `'use strict';const b=b0,r=r0;${constants}return{${members.join(',')}}`);
    return Object.getOwnPropertyDescriptors(make(base, refuse, values) as object) as Accessors;
  } catch {
    return null;
  }
}

/** The accessors of a struct's numbers for objects that have the address under the key `base`. */
export function accessorsAt(layout: Layout, base: symbol): Accessors {
  const compiled = compile(layout.fields, base);
  return Object.fromEntries(
    layout.fields.map((field) => [
      field.name,
      compiled?.[field.name] ?? numberAccessors(field, field.number as NumberType, base),
    ]),
  );
}
