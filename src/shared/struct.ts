/**
 * Structs: objects in the shared heap with fields of fixed types, at fixed places.
 */
import { inspect, type InspectOptions } from 'node:util';
import { ADDRESS, Handle, seal } from '../heap/handle.js';
import {
  type AnyClass,
  type Blueprint,
  defineInstances,
  layoutOf,
  newInstance,
  onBlueprint,
  publish,
  setLayout,
} from './struct-class.js';
import type { Fields, FieldValue, HandleType } from './struct-fields.js';
import { type FieldLayout, layOut } from './struct-layout.js';
import { isBlank } from './struct-values.js';

declare const initial: unique symbol;

/** The fields of a struct, with the types that they are read as. */
export type FieldValues<F extends Fields> = { -readonly [K in keyof F]: FieldValue<F[K]> };

/** What a struct's constructor takes: values for some of its fields. */
export type Initial<V> = { readonly [K in keyof V]?: Settable<V[K]> | undefined } & { readonly [initial]?: V };

/** Arrays take their elements from anything that has as many. */
type Settable<T> = T extends ArrayBufferView
  ? Iterable<T extends { at(index: number): infer N } ? NonNullable<N> : never>
  : T;

/** What {@link struct} returns: a class to make instances of or to extend. */
export interface StructClass<V, P extends unknown[]> {
  /**
   * Makes an instance. Fields without a value are 0, false, '', undefined, or a new object of their class. Another struct with
   * such fields gives their values: a shallow copy, as Python's `copy.copy()`, which has the same shared objects.
   */
  new (...initial: P): Struct & V;
  /** What its instances inherit. */
  readonly prototype: Struct & V;
  /**
   * A struct with more fields, behind those of this one; it inherits the methods.
   *
   * @example
   * class Savings extends BankAccount.with({ rate: f64 }) {}
   */
  with<C extends HandleType, F extends Fields>(this: C, fields: F): Extended<C, F>;
}

type Extended<C extends HandleType, F extends Fields> = Pick<C, Exclude<keyof C, 'prototype' | 'with'>> &
  StructClass<InstanceType<C> & FieldValues<F>, ExtendedParameters<ConstructorParameters<C>, F>>;

/** A constructor that takes values of fields takes those of the new ones, too; any other stays what it is. */
type ExtendedParameters<P extends unknown[], F extends Fields> = P extends [Initial<infer V>?]
  ? [initial?: Initial<V & FieldValues<F>>]
  : P;

/** Those that `inspect` is in: it does not tell them to methods. */
const showing = new Set<Struct>();

/** Elements of a StructArray have its methods, too. */
function mustBeStruct(struct: unknown): void {
  if (!(struct instanceof Struct)) throw new TypeError('a method of a struct was called on something else');
}

/** What all structs have. */
export abstract class Struct extends Handle {
  /** @internal */
  constructor(values?: unknown) {
    if (layoutOf(new.target) === undefined)
      throw new TypeError('struct({ … }) makes classes of structs: extend one of those');
    super(newInstance(new.target));
    seal(this);
    fill(this, new.target, values);
  }

  /** A plain object with the fields' values; arrays as arrays, shared objects as they are. What `JSON.stringify` shows. */
  toJSON(): Record<string, unknown> {
    mustBeStruct(this);
    return Object.fromEntries(
      fieldsOf(this).map(({ name }) => {
        const value = (this as unknown as Record<string, unknown>)[name];
        return [name, ArrayBuffer.isView(value) ? [...(value as Uint8Array)] : value];
      }),
    );
  }

  /** Text form, such as `BankAccount { balance: 100, owner: 'ann', lock: <Lock unlocked name=Lock-3> }`. */
  override toString(): string {
    return inspect(this);
  }

  /** @internal */
  [inspect.custom](depth: number, options?: InspectOptions): string {
    mustBeStruct(this);
    const { name } = this.constructor;
    if (depth < 0) return `[${name}]`;
    if (showing.has(this)) return `[Circular ${name}]`;
    showing.add(this);
    try {
      const values = Object.fromEntries(
        fieldsOf(this).map((field) => [field.name, (this as unknown as Record<string, unknown>)[field.name]]),
      );
      return `${name} ${inspect(values, { ...options, depth: options?.depth === null ? null : depth })}`;
    } finally {
      showing.delete(this);
    }
  }
}
defineInstances(Struct);

function fieldsOf(instance: Struct): readonly FieldLayout[] {
  return layoutOf(instance.constructor)?.fields ?? [];
}

/** Sets the fields of a new instance: to the values given, and shared objects that are missing to new ones. */
function fill(instance: Struct, type: AnyClass, values: unknown): void {
  const layout = layoutOf(type);
  if (layout === undefined) return;
  if (values !== undefined) {
    if (typeof values !== 'object' || values === null)
      throw new TypeError(
        `new ${type.name}() takes the values of its fields as an object: new ${type.name}({ ${layout.fields[0]?.name ?? ''}: … })`,
      );
    // Another struct's fields are accessors of its class. One that extends this one may have more.
    const isOther = values instanceof Struct && !(values instanceof type);
    for (const name in values) {
      const field = layout.byName.get(name);
      if (field === undefined) {
        if (!isOther && !Object.hasOwn(values, name)) continue;
        throw new TypeError(`${type.name} has no field ${name}; it has ${[...layout.byName.keys()].join(', ')}`);
      }
      const value = (values as Record<string, unknown>)[name];
      if (value !== undefined) field.set.call(instance, value);
    }
  }
  for (const { name, spec, offset, set } of layout.fields)
    if (typeof spec === 'function' && isBlank(instance[ADDRESS] + offset / 4))
      set.call(instance, fresh(type, name, spec));
}

function fresh(type: AnyClass, name: string, spec: HandleType): Handle {
  try {
    return Reflect.construct(spec, []) as Handle;
  } catch (cause) {
    if (!(cause instanceof TypeError || cause instanceof RangeError)) throw cause;
    throw new TypeError(
      `${type.name}.${name} must be given, since a ${spec.name} cannot be made without arguments: new ${type.name}({ ${name}: … })`,
      { cause },
    );
  }
}

/**
 * Makes a class whose instances stand in the shared memory, with the given fields. Any thread that has an instance reads and
 * writes the same fields; several steps that belong together need a lock, as in Python. Fields of a numeric type are plain
 * accesses to that memory.
 *
 * @param fields their types: `i8` … `f64`, `bool`, `str`, `any`, `array(type, length)`, or the class of a shared object
 * (`Lock`, another struct …).
 * @returns a class to extend, or to use as it is. `new` takes values for some of the fields.
 * @throws TypeError for what is no type, and for field names that every struct has as methods. Instances throw TypeError for
 * values of another type and for unknown fields, RangeError for numbers that do not fit; nothing changes then.
 *
 * @example
 * class BankAccount extends struct({ balance: f64, owner: str, lock: Lock }) {
 *   deposit(amount: number) {
 *     using held = this.lock.hold();
 *     this.balance += amount;
 *   }
 * }
 * const account = new BankAccount({ balance: 100, owner: 'ann' });
 *
 * Python: an object with attributes; `ctypes.Structure` for the layout.
 */
export function struct<F extends Fields>(fields: F): StructClass<FieldValues<F>, [initial?: Initial<FieldValues<F>>]> {
  return define({ fields, base: null }) as never;
}

/** Makes a new class, and writes down for other threads how. */
function define(blueprint: Blueprint): AnyClass {
  const type = build(blueprint);
  publish(type, blueprint);
  return type;
}

/** The class for these fields, in this thread. */
function build({ fields, base }: Blueprint): AnyClass {
  const parent = base ?? Struct;
  const layout = layOut(fields, base === null ? null : (layoutOf(base) ?? null), parent.prototype as object);
  const type = class extends (parent as new (...values: unknown[]) => Struct) {
    static with(this: AnyClass, more: Fields): AnyClass {
      return define({ fields: more, base: this });
    }
  };
  Object.defineProperty(type, 'name', { value: base === null ? 'struct' : base.name, configurable: true });
  for (const { name, get, set } of layout.fields.slice(base === null ? 0 : layoutOf(base)?.fields.length))
    Object.defineProperty(type.prototype, name, { get, set, enumerable: true, configurable: true });
  setLayout(type, layout);
  return type;
}
onBlueprint(build);
