/**
 * Structs in one thread: fields, types, errors, inheritance, text forms.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import {
  any,
  array,
  AtomicInt32,
  Barrier,
  bool,
  Event,
  HeapExhaustedError,
  f32,
  f64,
  i16,
  i32,
  i64,
  i8,
  Lock,
  NotSendableError,
  RLock,
  shared,
  str,
  struct,
  type Struct,
  StructArray,
  Thread,
  u16,
  u32,
  u64,
  u8,
  ValueError,
} from 'threadwork';

class BankAccount extends struct({ balance: f64, owner: str, lock: Lock }) {
  deposit(amount: number) {
    using held = this.lock.hold();
    assert.ok(held);
    this.balance += amount;
  }

  get isRich() {
    return this.balance > 1e6;
  }

  static of(owner: string) {
    return new this({ owner });
  }
}

class Numbers extends struct({
  a: i8,
  b: u8,
  c: i16,
  d: u16,
  e: i32,
  f: u32,
  g: f32,
  h: f64,
  i: i64,
  j: u64,
  k: bool,
}) {}

describe('fields', () => {
  test('begin as 0, false, empty, undefined or a new object', () => {
    const numbers = new Numbers();
    assert.deepEqual(numbers.toJSON(), { a: 0, b: 0, c: 0, d: 0, e: 0, f: 0, g: 0, h: 0, i: 0n, j: 0n, k: false });
    const account = new BankAccount();
    assert.equal(account.owner, '');
    assert.equal(account.balance, 0);
    assert.ok(account.lock instanceof Lock);
    assert.equal(account.lock, account.lock);
    assert.notEqual(account.lock, new BankAccount().lock);
    assert.equal(new (struct({ x: any }))().x, undefined);
  });

  test('hold the extremes of their types', () => {
    const numbers = new Numbers();
    const extremes: [keyof Numbers & string, unknown[]][] = [
      ['a', [-128, 127]],
      ['b', [0, 255]],
      ['c', [-32768, 32767]],
      ['d', [0, 65535]],
      ['e', [-(2 ** 31), 2 ** 31 - 1]],
      ['f', [0, 2 ** 32 - 1]],
      ['g', [Infinity, -Infinity, 0.5, NaN, -0, (2 - 2 ** -23) * 2 ** 127, -(2 - 2 ** -23) * 2 ** 127]],
      ['h', [Number.MAX_VALUE, Number.MIN_VALUE, -0, NaN, 0.1]],
      ['i', [-(2n ** 63n), 2n ** 63n - 1n]],
      ['j', [0n, 2n ** 64n - 1n]],
      ['k', [true, false]],
    ];
    for (const [name, values] of extremes) {
      for (const value of values) {
        (numbers as unknown as Record<string, unknown>)[name] = value;
        assert.ok(Object.is(numbers[name], value), `${name} ${String(value)}`);
      }
    }
  });

  test('do not touch their neighbours', () => {
    const values = { a: -1, b: 254, c: -3, d: 65532, e: -5, f: 4294967290, g: 0.5, h: 0.1, i: -8n, j: 9n, k: true };
    const numbers = new Numbers(values);
    assert.deepEqual(numbers.toJSON(), values);
    for (const name of Object.keys(values)) {
      const fields = numbers as unknown as Record<string, unknown>;
      const zero = typeof fields[name] === 'bigint' ? 0n : typeof fields[name] === 'boolean' ? false : 0;
      fields[name] = zero;
      assert.deepEqual(numbers.toJSON(), { ...values, [name]: zero });
      fields[name] = (values as Record<string, unknown>)[name];
    }
  });

  test('refuse what does not fit, and stay as they were', () => {
    const numbers = new Numbers({ a: 1, b: 1, e: 1, h: 1, i: 1n, k: true }) as unknown as Record<string, unknown>;
    const wrong: [string, unknown, typeof TypeError, RegExp][] = [
      ['a', 128, RangeError, /^128 does not fit Numbers\.a: i8 holds whole numbers from -128 to 127$/],
      ['b', -1, RangeError, /Numbers\.b: u8 holds whole numbers from 0 to 255/],
      ['e', 0.5, RangeError, /0\.5 does not fit Numbers\.e: i32 /],
      ['e', NaN, RangeError, /NaN does not fit/],
      ['f', 2 ** 32, RangeError, /u32/],
      [
        'g',
        1e300,
        RangeError,
        /^1e\+300 does not fit Numbers\.g: f32 holds numbers of less than 3\.4028236e38, and Infinity$/,
      ],
      ['g', -(2 ** 128 - 2 ** 103), RangeError, /f32/],
      ['e', '5', TypeError, /^Numbers\.e takes a number, not a string$/],
      ['e', 5n, TypeError, /takes a number, not a bigint/],
      ['h', null, TypeError, /Numbers\.h takes a number, not null/],
      ['h', undefined, TypeError, /not undefined/],
      ['i', 5, TypeError, /Numbers\.i takes a bigint, not a number/],
      ['i', 2n ** 63n, RangeError, /i64/],
      ['j', -1n, RangeError, /u64 holds whole numbers from 0 to 18446744073709551615/],
      ['k', 1, TypeError, /Numbers\.k takes a boolean, not a number/],
    ];
    // What is nearer to the greatest than to the next is that.
    numbers.g = 2 ** 128 - 2 ** 103 - 2 ** 75;
    assert.equal(numbers.g, (2 - 2 ** -23) * 2 ** 127);
    for (const [name, value, type, message] of wrong) {
      const before = numbers[name];
      assert.throws(
        () => (numbers[name] = value),
        (error: Error) => error instanceof type && message.test(error.message),
        `${name} = ${String(value)}`,
      );
      assert.equal(numbers[name], before);
    }
  });

  test('texts of any length and alphabet', () => {
    const account = new BankAccount();
    for (const text of ['', 'a', 'ä', '日本', 'x'.repeat(1e5), '\ud800', '\0']) {
      account.owner = text;
      assert.equal(account.owner, text);
    }
    assert.throws(() => (account.owner = 5 as never), {
      name: 'TypeError',
      message: 'BankAccount.owner takes a string, not a number',
    });
    assert.equal(account.owner, '\0');
  });

  test('any holds every value, read as a frozen copy', () => {
    const box = new (class Box extends struct({ value: any }) {})();
    for (const value of [
      1,
      0.5,
      -0,
      NaN,
      null,
      undefined,
      true,
      'text',
      10n ** 30n,
      Symbol.for('x'),
      new Date(5),
      /a/g,
    ]) {
      box.value = value;
      assert.deepEqual(box.value, value);
    }
    box.value = { list: [1, { deep: true }], map: new Map([[1, 2]]) };
    const copy = box.value;
    assert.deepEqual(copy, { list: [1, { deep: true }], map: new Map([[1, 2]]) });
    assert.throws(() => copy.list.push(2), TypeError);
    assert.throws(() => copy.map.set(3, 4), TypeError);
    const lock = new Lock();
    box.value = lock;
    assert.equal(box.value, lock);
    assert.throws(
      () => (box.value = { socket: Promise.resolve() }),
      (error: Error) => error instanceof NotSendableError && error.message.startsWith('Box.value.socket is a Promise'),
    );
    assert.equal(box.value, lock);
    box.value = { account: new BankAccount({ balance: 3 }) };
    assert.equal(box.value.account.balance, 3);
  });

  test('shared objects are checked, and the same each time', () => {
    const lock = new Lock();
    const account = new BankAccount({ lock });
    assert.equal(account.lock, lock);
    assert.throws(() => (account.lock = new RLock() as never), {
      message: 'BankAccount.lock takes a Lock, not an RLock',
    });
    assert.throws(() => (account.lock = {} as never), { message: 'BankAccount.lock takes a Lock, not an object' });
    assert.throws(() => (account.lock = null as never), TypeError);
    assert.equal(account.lock, lock);
    const other = new Lock();
    account.lock = other;
    assert.equal(account.lock, other);
    class Meeting extends struct({ barrier: Barrier, over: Event }) {}
    assert.throws(
      () => new Meeting(),
      /^TypeError: Meeting\.barrier must be given, since a Barrier cannot be made without arguments/,
    );
    assert.equal(new Meeting({ barrier: new Barrier(3) }).barrier.parties, 3);
  });

  test('structs in structs are references', () => {
    class Point extends struct({ x: f64, y: f64 }) {}
    class Line extends struct({ from: Point, to: Point }) {}
    const from = new Point({ x: 1 });
    const line = new Line({ from });
    assert.equal(line.from, from);
    line.from.x = 5;
    assert.equal(from.x, 5);
    assert.equal(line.to.x, 0);
    assert.throws(() => (line.to = new BankAccount() as never), /Line\.to takes a Point, not a BankAccount/);
  });

  test('arrays are typed arrays, the same each time', () => {
    class Body extends struct({ flag: u8, position: array(f64, 3), tags: array(u16, 5), big: array(i64, 2) }) {}
    const body = new Body({ position: [1, 2, 3], flag: 9 });
    assert.ok(body.position instanceof Float64Array);
    assert.equal(body.position, body.position);
    assert.deepEqual([...body.position], [1, 2, 3]);
    body.tags[4] = 65535;
    body.big[1] = -1n;
    assert.deepEqual(body.toJSON(), { flag: 9, position: [1, 2, 3], tags: [0, 0, 0, 0, 65535], big: [0n, -1n] });
    body.position.set([4, 5, 6]);
    (body as { position: unknown }).position = [4, 5, 6];
    assert.deepEqual([...body.position], [4, 5, 6]);
    assert.throws(
      () => (body.position = [1, 2] as never),
      /^TypeError: Body\.position takes 3 numbers at once, as an array/,
    );
    assert.throws(() => (body.tags = [1, 2, 3, 4, -5] as never), /^RangeError: -5 does not fit Body\.tags: u16/);
    assert.deepEqual([...body.tags], [0, 0, 0, 0, 65535]);
    const vector = new (class Vector extends struct({ at: array(f32, 2) }) {})({ at: [1, 2] });
    assert.throws(() => (vector.at = [3, 1e300] as never), /^RangeError: 1e\+300 does not fit Vector\.at: f32/);
    assert.deepEqual([...vector.at], [1, 2]);
    assert.throws(() => array(str as never, 3), TypeError);
    assert.throws(() => array(array(f64, 3) as never, 3), TypeError);
    assert.throws(() => array(f64, 0), ValueError);
  });

  test('a part of an array keeps the struct alive', () => {
    class Body extends struct({ position: array(f64, 8) }) {}
    const parts = Array.from({ length: 20_000 }, (_, k) =>
      new Body({ position: Array.from({ length: 8 }, () => k) }).position.subarray(3, 5),
    );
    for (const [k, part] of parts.entries()) assert.deepEqual([...part], [k, k]);
  });
});

describe('copies', () => {
  class Account extends struct({ balance: f64, owner: str, lock: Lock, notes: any, last: array(i32, 2) }) {}
  class Savings extends Account.with({ rate: f64 }) {}

  test('another struct gives its fields', () => {
    const ann = new Account({ balance: 5, owner: 'ann', notes: { vip: true }, last: [1, 2] });
    const copy = new Account(ann);
    assert.deepEqual(copy.toJSON(), ann.toJSON());
    assert.equal(copy.lock, ann.lock);
    copy.balance = 6;
    copy.last[0] = 9;
    assert.deepEqual([ann.balance, ...ann.last], [5, 1, 2]);
    const blank = new Account(new Account());
    assert.deepEqual([blank.owner, blank.notes, blank.balance], ['', undefined, 0]);
  });

  test('of a base struct, and as one', () => {
    const ann = new Account({ balance: 5, owner: 'ann' });
    const savings = new Savings(ann);
    assert.deepEqual([savings.balance, savings.owner, savings.lock, savings.rate], [5, 'ann', ann.lock, 0]);
    savings.rate = 0.5;
    const plain = new Account(savings);
    assert.deepEqual([plain.balance, plain.owner, plain.lock], [5, 'ann', ann.lock]);
    assert.equal('rate' in plain, false);
  });

  test('of other structs with such fields only', () => {
    class Owner extends struct({ owner: str }) {}
    class Named extends struct({ owner: str, title: str }) {}
    class Wrong extends struct({ owner: f64 }) {}
    assert.equal(new Account(new Owner({ owner: 'bob' })).owner, 'bob');
    assert.throws(() => new Account(new Named()), /^TypeError: Account has no field title; it has balance, owner, /);
    assert.throws(() => new Account(new Wrong() as never), /^TypeError: Account\.owner takes a string, not a number$/);
  });

  test('of an element of an array, and of shared data', () => {
    class Point extends struct({ x: f64, y: f32, ok: bool }) {}
    const points = new StructArray(Point, 2);
    Object.assign(points.at(1), { x: 1, y: 2, ok: true });
    assert.deepEqual(new Point(points.at(1)).toJSON(), { x: 1, y: 2, ok: true });
    assert.throws(() => (points.at(0).y = 1e39), /^RangeError: 1e\+39 does not fit Point\.y: f32/);
    assert.deepEqual(new Point(shared({ x: 3, ok: true })).toJSON(), { x: 3, y: 0, ok: true });
    assert.throws(() => new Point(shared({ z: 3 }) as never), /^TypeError: Point has no field z/);
  });
});

describe('classes', () => {
  test('have methods, getters and statics', () => {
    const account = BankAccount.of('ann');
    assert.ok(account instanceof BankAccount);
    account.deposit(5);
    account.deposit(7);
    assert.equal(account.balance, 12);
    assert.equal(account.isRich, false);
    assert.equal(account.owner, 'ann');
    assert.match(account.name, /^BankAccount-\d+$/);
  });

  test('may have constructors of their own', () => {
    class Counter extends struct({ n: i32, step: i32 }) {
      constructor(step: number) {
        super({ step });
        this.n = 100;
      }
    }
    const counter = new Counter(3);
    assert.deepEqual(counter.toJSON(), { n: 100, step: 3 });
  });

  test('inherit: more fields behind those of the base', () => {
    class Savings extends BankAccount.with({ rate: f64, history: any }) {
      addInterest() {
        this.deposit(this.balance * this.rate);
      }
    }
    const savings = new Savings({ balance: 100, rate: 0.5, owner: 'bob', history: [1] });
    savings.addInterest();
    assert.equal(savings.balance, 150);
    assert.ok(savings instanceof Savings && savings instanceof BankAccount);
    assert.deepEqual(Object.keys(savings.toJSON()), ['balance', 'owner', 'lock', 'rate', 'history']);
    assert.ok(Savings.of('x') instanceof Savings);
    class Base extends struct({ id: u32 }) {
      constructor(id: number) {
        super({ id });
      }
    }
    class Derived extends Base.with({ extra: str }) {}
    const derived = new Derived(7);
    derived.extra = 'e';
    assert.deepEqual(derived.toJSON(), { id: 7, extra: 'e' });
    class Plain extends Derived {
      double() {
        return this.id * 2;
      }
    }
    assert.equal(new Plain(4).double(), 8);
    assert.throws(() => BankAccount.with({ owner: str }), /the base struct has a field owner already/);
  });

  test('without a name work as they are', () => {
    const Point = struct({ x: f64, y: f64 });
    const point = new Point({ y: 2 });
    assert.equal(point.x + point.y, 2);
    assert.ok(point instanceof Point);
    assert.equal(inspect(point), 'struct { x: 0, y: 2 }');
  });

  test('may have a field called name, and fields with any text as name', () => {
    class Person extends struct({ name: str, 'date of birth': u16, 'it\'s "so"\n': u8 }) {}
    const person = new Person({ name: 'ann', 'date of birth': 1999 });
    person['it\'s "so"\n'] = 3;
    assert.deepEqual(person.toJSON(), { name: 'ann', 'date of birth': 1999, 'it\'s "so"\n': 3 });
  });

  test('refuse names that are taken, and types that are none', () => {
    for (const name of ['constructor', 'toString', 'toJSON', '__proto__', 'hasOwnProperty'])
      assert.throws(() => struct(JSON.parse(`{"${name}":0}`) as never), {
        name: 'TypeError',
        message: new RegExp(`cannot be called ${name}`),
      });
    for (const type of [undefined, null, 5, 'f64', {}, Map, Number, () => {}])
      assert.throws(() => struct({ x: type as never }), /^TypeError: the type of field x is none/);
    assert.throws(() => struct(undefined as never), TypeError);
  });

  test('take types that somebody wrote down only where they are whole', () => {
    const Point = struct({ x: { type: 'f64' }, list: { type: 'i8', length: 3 } } as never) as unknown as new (
      values: object,
    ) => Struct;
    assert.deepEqual(new Point({ x: 1, list: [1, 2, 3] }).toJSON(), { x: 1, list: [1, 2, 3] });
    for (const length of [-100, 0, 0.5, '3', null, Number.NaN, 2 ** 40])
      assert.throws(() => struct({ x: { type: 'f64', length } as never }), /^TypeError: the type of field x is none/);
    for (const type of ['str', 'any', 'bool'])
      assert.throws(() => struct({ x: { type, length: 3 } as never }), /^TypeError: the type of field x is none/);
    for (const type of ['toString', 'constructor', 'bool'])
      assert.throws(() => array({ type } as never, 3), /^TypeError: array\(\) takes a numeric type/);
  });

  test('give each field a place of its own, whatever statics the class of a shared object has', () => {
    class Owner extends struct({ id: i32 }) {
      static readonly type = 'owner';
    }
    class Thing extends struct({ owner: Owner, count: f64 }) {}
    const thing = new Thing({ count: 5 });
    thing.owner.id = 7;
    assert.deepEqual([thing.owner.id, thing.count], [7, 5]);
  });

  test('without fields are as many as there is room for, and counted', () => {
    const Nothing = struct({});
    assert.equal(new StructArray(Nothing, 100).length, 100);
    assert.throws(() => new StructArray(Nothing, 2 ** 32 + 1), HeapExhaustedError);
  });

  test('have fields that say so when they are read of a prototype', () => {
    class Thing extends struct({ text: str, lock: Lock, list: array(f64, 2) }) {}
    for (const name of ['text', 'lock', 'list'] as const) {
      const refused = {
        name: 'TypeError',
        message: `the field ${name} of a struct was used on what is no instance of it`,
      };
      assert.throws(() => Thing.prototype[name], refused);
      assert.throws(() => Reflect.set(Thing.prototype, name, [1, 2]), refused);
    }
  });

  test('refuse an endless iterator as the elements of an array', () => {
    class Body extends struct({ position: array(f64, 3) }) {}
    function* endless() {
      for (;;) yield 1;
    }
    assert.throws(() => new Body({ position: endless() }), /^TypeError: Body.position takes 3 numbers at once/);
    assert.throws(() => new Body({ position: { [Symbol.iterator]: 5 } as never }), /^TypeError: Body.position takes 3/);
  });

  test('refuse fields that they do not have', () => {
    assert.throws(() => new BankAccount({ balanse: 5 } as never), {
      name: 'TypeError',
      message: 'BankAccount has no field balanse; it has balance, owner, lock',
    });
    assert.throws(() => new BankAccount(5 as never), TypeError);
    assert.throws(() => ((new BankAccount() as unknown as { foo: number }).foo = 5), TypeError);
    class Sloppy extends struct({ x: f64 }) {
      cache = 1;
    }
    assert.throws(() => new Sloppy(), TypeError);
  });

  test('text forms', () => {
    const account = new BankAccount({ balance: 100, owner: 'ann' });
    account.lock.name = 'door';
    assert.equal(inspect(account), "BankAccount { balance: 100, owner: 'ann', lock: <Lock unlocked name=door> }");
    assert.equal(String(account), inspect(account));
    assert.equal(
      JSON.stringify(new (struct({ a: f64, b: array(u8, 2), c: str }))({ c: 'x' })),
      '{"a":0,"b":[0,0],"c":"x"}',
    );
    class Ring extends struct({ next: any }) {}
    const ring = new Ring();
    ring.next = ring;
    assert.equal(inspect(ring), 'Ring { next: [Circular Ring] }');
    ring.next = undefined;
    const keys: string[] = [];
    for (const key in account) keys.push(key);
    assert.deepEqual(
      keys.filter((key) => key !== 'name'),
      ['balance', 'owner', 'lock'],
    );
    assert.ok('balance' in account);
  });

  test('also where no code may be compiled', async () => {
    const { spawnSync } = await import('node:child_process');
    const program = `import { struct, f64, u8, bool } from 'threadwork';
      const P = struct({ x: f64, y: u8, z: bool });
      const p = new P({ x: 0.5, y: 200, z: true });
      p.y += 55; let error = ''; try { p.y++; } catch (e) { error = e.name; }
      console.log(JSON.stringify([p, error]));`;
    const { stdout } = spawnSync(
      process.execPath,
      ['--disallow-code-generation-from-strings', '--input-type=module', '-e', program],
      { encoding: 'utf8' },
    );
    assert.equal(stdout, '[{"x":0.5,"y":255,"z":true},"RangeError"]\n');
  });
});

test('a struct of a struct of atomics keeps its parts alive', () => {
  class Stats extends struct({ hits: AtomicInt32 }) {}
  class Server extends struct({ stats: Stats }) {}
  const servers = Array.from({ length: 10_000 }, () => new Server());
  for (const [k, server] of servers.entries()) server.stats.hits.add(k);
  for (const [k, server] of servers.entries()) assert.equal(server.stats.hits.value, k);
  assert.ok(Thread);
});
