/**
 * Structs with hostile definitions, values and handling: whatever is assigned, either the field takes it and reads as the
 * same, or it throws and the whole instance is as before. No field ever touches what is not its own.
 *
 * THREADWORK_SEED sets the seed, THREADWORK_STRESS=10 makes ten times as many runs; failures show the seed.
 */
import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { inspect, isDeepStrictEqual } from 'node:util';
import { isTypedArray } from 'node:util/types';
import fc from 'fast-check';
import * as library from 'threadwork';
import { SCALE } from '../stress/contest.js';
import { HOSTILE, USUAL, valueOf } from './hostile.js';
import { isDocumented } from './trial.js';

const { array, struct, StructArray } = library;

const SEED = Number(process.env.THREADWORK_SEED ?? Date.now() % 1_000_000);
const RUNS = Math.ceil(300 * SCALE);

const { i8, u8, i16, u16, i32, u32, f32, f64, i64, u64 } = library;
const NUMERIC = { i8, u8, i16, u16, i32, u32, f32, f64, i64, u64 };
type NumberName = keyof typeof NUMERIC;
const NUMBERS = Object.keys(NUMERIC) as NumberName[];

class Inner extends struct({ n: library.i32 }) {}
/** The name of its own `type`, and a constructor without parameters: nothing of that is a field type's. */
class Typed extends struct({ n: library.i32 }) {
  static readonly type = 'typed';
  constructor() {
    super({ n: 7 });
  }
}

/** Types of fields, by name. */
const TYPES: Readonly<Record<string, library.Field<unknown> | library.HandleType>> = {
  ...NUMERIC,
  ...Object.fromEntries(
    NUMBERS.map((name) => [`array(${name}, 3)`, array(NUMERIC[name] as library.Field<number, 'f64'>, 3)]),
  ),
  bool: library.bool,
  str: library.str,
  any: library.any,
  Lock: library.Lock,
  Inner,
  Typed,
  Queue: library.Queue,
};

const EDGES: Readonly<Record<string, () => unknown>> = {
  127: () => 127,
  128: () => 128,
  '-128': () => -128,
  '-129': () => -129,
  255: () => 255,
  256: () => 256,
  65535: () => 65535,
  65536: () => 65536,
  '-32768': () => -32768,
  '2**31-1': () => 2 ** 31 - 1,
  '-2**31': () => -(2 ** 31),
  '2**32-1': () => 2 ** 32 - 1,
  '2**32': () => 2 ** 32,
  '2n**63n-1n': () => 2n ** 63n - 1n,
  '2n**63n': () => 2n ** 63n,
  '-2n**63n': () => -(2n ** 63n),
  '2n**64n-1n': () => 2n ** 64n - 1n,
  '2n**64n': () => 2n ** 64n,
  '[1, 2, 3]': () => [1, 2, 3],
  '[1n, 2n, 3n]': () => [1n, 2n, 3n],
  '[1, 300, 3]': () => [1, 300, 3],
  '[1, 2n, 3]': () => [1, 2n, 3],
  'array with holes': () => [1, , 3], // oxlint-disable-line no-sparse-arrays -- on purpose
  'Float64Array of 3': () => new Float64Array([1.5, Number.NaN, -0]),
  'BigInt64Array of 3': () => new BigInt64Array([1n, -1n, 2n ** 62n]),
  'Set of 3': () => new Set([1, 2, 3]),
  'endless iterator': () => ({
    *[Symbol.iterator]() {
      for (;;) yield 1;
    },
  }),
  'an Inner': () => new Inner({ n: 3 }),
  'a Typed': () => new Typed(),
};

function make(name: string): unknown {
  return (EDGES[name] ?? valueOf.bind(undefined, name))();
}
const VALUES = [...Object.keys(HOSTILE), ...Object.keys(USUAL), ...Object.keys(EDGES)];

type Fields = Record<string, unknown>;

/** The fields; what is in one of type `any` as a text, since it is another copy each time. */
function read(instance: object, names: readonly string[]): Fields {
  return Object.fromEntries(
    names.map((name) => {
      const value = (instance as Fields)[name];
      if (
        typeof value !== 'object' ||
        value === null ||
        value instanceof library.Lock ||
        value instanceof library.Struct
      )
        return [name, value];
      return [name, isTypedArray(value) ? [...(value as Uint8Array)] : inspect(value)];
    }),
  );
}

/** Throws unless the error is one that users are told of. */
function mustBeDocumented(error: unknown, what: string): void {
  if (!isDocumented(error)) assert.fail(`${what} threw ${error instanceof Error ? error.stack : String(error)}`);
}

const layout = fc.array(fc.constantFrom(...Object.keys(TYPES)), { minLength: 1, maxLength: 6 });
const value = fc.constantFrom(...VALUES);

/** What a value reads as once it is in a field. */
function stored(type: string, given: unknown): unknown {
  if (type === 'f32') return Math.fround(given as number);
  if (type === 'array(f32, 3)') return [...(given as Iterable<number>)].map(Math.fround);
  if (type.startsWith('array')) return [...(given as Iterable<number>)].map((each) => stored(type.slice(6, -4), each));
  // Whole numbers have one zero.
  if (given === 0 && type !== 'f64') return 0;
  // What has a handle as its prototype stands for that.
  const prototype = Object.getPrototypeOf(Object(given)) as object;
  if (prototype instanceof library.Lock) return prototype;
  return given instanceof library.Queue ? inspect(given) : given;
}

/** The type of a field: one of those, by name; a hostile value, by name; or as it is. */
function specOf(given: unknown): unknown {
  return typeof given === 'string' ? (TYPES[given] ?? make(given)) : given;
}

function define(types: readonly string[]) {
  const fields = Object.fromEntries(types.map((type, k) => [`f${k}`, TYPES[type]]));
  return struct(fields as Record<string, library.Field<unknown>>);
}

/** Things that are done to instances. None of them changes what the fields hold. */
const HANDLING: Readonly<Record<string, (instance: object, name: string) => unknown>> = {
  delete: (instance, name) => Reflect.deleteProperty(instance, name),
  'define a field': (instance, name) => Object.defineProperty(instance, name, { value: 5 }),
  'define another': (instance) => Object.defineProperty(instance, 'other', { value: 5 }),
  'set another': (instance) => Reflect.set(instance, 'other', 5),
  freeze: (instance) => Object.freeze(instance),
  seal: (instance) => Object.seal(instance),
  'set its prototype': (instance) => Reflect.setPrototypeOf(instance, null),
  'set __proto__': (instance) => Reflect.set(instance, '__proto__', null),
  'assign from it': (instance) => Object.assign({}, instance),
  'spread it': (instance) => ({ ...instance }),
  keys: (instance) => Reflect.ownKeys(instance),
  'show it': (instance) => String(instance),
  'toJSON of its prototype': (instance) => (Object.getPrototypeOf(instance) as library.Struct).toJSON(),
  'clone it': (instance) => structuredClone(instance),
};

describe(`hostile structs (THREADWORK_SEED=${SEED})`, () => {
  test('a value is taken as it is, or refused and nothing has changed', () => {
    const assignment = fc.record({ field: fc.nat(5), value, handling: fc.constantFrom('', ...Object.keys(HANDLING)) });
    fc.assert(
      fc.property(layout, fc.array(assignment, { minLength: 1, maxLength: 12 }), (types, assignments) => {
        const type = define(types);
        const names = types.map((_, k) => `f${k}`);
        const instance = new type() as unknown as Fields & object;
        const neighbour = new type();
        const beside = read(neighbour, names);
        for (const { field, value: what, handling } of assignments) {
          const at = field % types.length;
          const name = names[at];
          const before = read(instance, names);
          const given = make(what);
          let taken = true;
          try {
            instance[name] = given;
          } catch (error) {
            taken = false;
            mustBeDocumented(error, `${types[at]} = ${what}`);
          }
          const after = read(instance, names);
          if (taken && types[at] !== 'any')
            assert.deepEqual(after[name], stored(types[at], given), `${types[at]} = ${what}`);
          const others = (all: Fields) => ({ ...all, [name]: null });
          assert.deepEqual(
            taken ? others(after) : after,
            taken ? others(before) : before,
            `${types[at]} = ${what} (${types.join()})`,
          );
          try {
            HANDLING[handling]?.(instance, name);
          } catch (error) {
            assert.ok(
              error instanceof TypeError || (error as Error).name === 'DataCloneError' || isDocumented(error),
              `${handling}: ${String(error)}`,
            );
          }
          assert.deepEqual(read(instance, names), after, handling);
        }
        assert.deepEqual(read(neighbour, names), beside);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  test('initial values: an instance has all of them, or there is none', () => {
    const initial = fc.array(fc.record({ field: fc.nat(7), value }), { maxLength: 4 });
    fc.assert(
      fc.property(layout, initial, fc.option(value), (types, chosen, whole) => {
        const type = define(types);
        const values = Object.fromEntries(chosen.map(({ field, value: what }) => [`f${field}`, make(what)]));
        let instance: object;
        try {
          instance = new type((whole === null ? values : make(whole)) as never);
        } catch (error) {
          mustBeDocumented(error, `new struct(${whole ?? JSON.stringify(chosen)})`);
          return;
        }
        if (whole !== null) return;
        for (const [name, given] of Object.entries(values)) {
          const kind = types[Number(name.slice(1))];
          if (given !== undefined && kind !== 'any')
            assert.deepEqual(read(instance, [name])[name], stored(kind, given));
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  test('definitions: fields that do not overlap, or a TypeError', () => {
    const scalar = fc.constantFrom(...NUMBERS);
    const lengths = fc.constantFrom<unknown>(
      undefined,
      1,
      3,
      0,
      -1,
      -100,
      0.5,
      Number.NaN,
      '2',
      2 ** 31,
      2 ** 53,
      null,
    );
    const spec = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...Object.keys(TYPES)) },
      { weight: 1, arbitrary: fc.record({ type: scalar, length: lengths }) },
      {
        weight: 1,
        arbitrary: fc.record({
          type: fc.constantFrom('str', 'any', 'bool', 'constructor', '__proto__'),
          length: lengths,
        }),
      },
      { weight: 1, arbitrary: value },
    );
    const name = fc.constantFrom(
      'a',
      'b',
      'c',
      '0',
      'a b',
      '"',
      '\u2028',
      '__proto__',
      'constructor',
      'name',
      'toJSON',
      'with',
      '',
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, spec), { maxLength: 5 }),
        fc.array(fc.tuple(name, spec), { maxLength: 2 }),
        (own, more) => {
          let type: library.StructClass<Fields, []>;
          try {
            type = struct(
              Object.fromEntries(own.map(([key, given]) => [key, specOf(given)])) as library.Fields,
            ) as never;
            if (more.length > 0)
              type = type.with(
                Object.fromEntries(more.map(([key, given]) => [key, specOf(given)])) as library.Fields,
              ) as never;
          } catch (error) {
            mustBeDocumented(error, `struct(${String(own.map(([key]) => key))})`);
            return;
          }
          let instance: Fields;
          try {
            instance = new type() as unknown as Fields;
          } catch (error) {
            if (!(error instanceof library.HeapExhaustedError)) mustBeDocumented(error, 'new');
            return;
          }
          const neighbour = new type();
          const keys = Object.keys((neighbour as library.Struct).toJSON());
          const beside = read(neighbour, keys);
          // Each numeric field gets a value of its own, and keeps it when the others get theirs.
          const expected: Fields = {};
          for (const [k, key] of keys.entries()) {
            const now = instance[key];
            if (typeof now === 'number') instance[key] = expected[key] = k + 1;
            else if (typeof now === 'bigint') instance[key] = expected[key] = BigInt(k + 1);
            else if (typeof now === 'string') instance[key] = expected[key] = `text ${k}`;
            else if (typeof now === 'boolean') instance[key] = expected[key] = true;
            else if (ArrayBuffer.isView(now))
              instance[key] = expected[key] = [...(now as Uint8Array)].map((zero) =>
                typeof zero === 'bigint' ? BigInt(k + 1) : k + 1,
              ); // prettier-ignore
            else expected[key] = read(instance, [key])[key];
          }
          assert.deepEqual(read(instance, keys), expected);
          assert.deepEqual(read(neighbour, keys), beside);
          if (!keys.includes('name')) instance['name'] = 'still a record';
        },
      ),
      { seed: SEED, numRuns: RUNS },
    );
  });

  test('array() takes numeric types and lengths', () => {
    const type = fc.oneof(
      fc.constantFrom(...Object.keys(TYPES)),
      value,
      fc.record({ type: fc.constantFrom('constructor', 'toString', '__proto__', 'f64') }),
    ); // prettier-ignore
    fc.assert(
      fc.property(type, value, (given, length) => {
        let made: library.Field<unknown>;
        const count = make(length);
        try {
          made = array(specOf(given) as library.Field<number, NumberName>, count as number);
        } catch (error) {
          mustBeDocumented(error, 'array()');
          return;
        }
        assert.ok(NUMBERS.includes(made.type as NumberName), made.type);
        assert.equal(made.length, count);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  test('StructArray: hostile lengths, indices and values', () => {
    const names = fc.array(fc.constantFrom(...NUMBERS, 'bool' as const), { maxLength: 4 });
    const index = fc.oneof(value, fc.integer({ min: -5, max: 5 }));
    const step = fc.record({ index, field: fc.nat(3), value });
    const lengths = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0, 1, 3) }, { weight: 1, arbitrary: value });
    fc.assert(
      fc.property(names, lengths, fc.array(step, { maxLength: 10 }), (types, count, steps) => {
        const type = define(types);
        const length = typeof count === 'string' ? make(count) : count;
        let points: library.StructArray<object>;
        try {
          points = new StructArray(type as never, length as number);
        } catch (error) {
          if (!(error instanceof library.HeapExhaustedError)) mustBeDocumented(error, `new StructArray(${count})`);
          return;
        }
        assert.equal(points.length, length === 0 ? 0 : length);
        if (points.length > 3) return;
        const fields = types.map((_, k) => `f${k}`);
        const all = () => Array.from(points, (element) => read(element, fields));
        for (const { index: chosen, field, value: what } of steps) {
          const at = typeof chosen === 'string' ? make(chosen) : chosen;
          let element: Fields;
          try {
            element = points.at(at as number) as Fields;
          } catch (error) {
            mustBeDocumented(error, 'at()');
            continue;
          }
          const k = (at as number) < 0 ? (at as number) + points.length : (at as number);
          assert.ok(Number.isInteger(k) && k >= 0 && k < points.length);
          if (types.length === 0) continue;
          const name = fields[field % fields.length];
          const kind = types[field % fields.length];
          const before = all();
          const given = make(what);
          let taken = true;
          try {
            element[name] = given;
          } catch (error) {
            taken = false;
            mustBeDocumented(error, `${kind} = ${what}`);
          }
          const expected = taken
            ? before.map((each, n) => (n === k ? { ...each, [name]: stored(kind, given) } : each))
            : before;
          assert.ok(isDeepStrictEqual(all(), expected), `[${k}].${kind} = ${what}`);
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});
