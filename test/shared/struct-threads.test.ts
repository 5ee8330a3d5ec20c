/**
 * Structs between threads: classes, identity, and what is left when threads die.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  any,
  array,
  AtomicInt32,
  CaptureError,
  Event,
  f64,
  i32,
  Lock,
  memoryUsage,
  sharedArray,
  sleepAsync,
  str,
  struct,
  StructArray,
  Thread,
} from 'threadwork';
import { untilUsed } from './garbage.js';

class BankAccount extends struct({ balance: f64, owner: str, lock: Lock }) {
  deposit(amount: number) {
    using held = this.lock.hold();
    assert.ok(held);
    this.balance += amount;
  }
}

class Savings extends BankAccount.with({ rate: f64 }) {
  addInterest() {
    this.deposit(this.balance * this.rate);
  }
}

/** What `target` returns in another thread. */
function there<A extends unknown[], R>(target: (...args: A) => R, ...args: A): R {
  const result = new (struct({ value: any, error: any }))();
  const thread = new Thread({
    target: () => {
      try {
        result.value = target(...args);
      } catch (error) {
        result.error = error;
      }
    },
  }).start();
  assert.ok(thread.join(20_000));
  if (result.error !== undefined) throw result.error as Error;
  return result.value as R;
}

describe('an instance in another thread', () => {
  test('has its class, methods and fields', () => {
    const account = new BankAccount({ balance: 1, owner: 'ann' });
    const seen = there((a: BankAccount) => {
      a.deposit(41);
      a.owner += '!';
      return [a instanceof BankAccount, a.constructor === BankAccount, a.balance, a.owner, a.lock.locked()];
    }, account);
    assert.deepEqual(seen, [true, true, 42, 'ann!', false]);
    assert.equal(account.balance, 42);
    assert.equal(account.owner, 'ann!');
  });

  test('is captured as well as sent', () => {
    const account = new BankAccount();
    there(() => account.deposit(5));
    assert.equal(account.balance, 5);
  });

  test('of a struct with a base', () => {
    const savings = new Savings({ balance: 100, rate: 0.5 });
    const seen = there(() => {
      savings.addInterest();
      return [
        savings instanceof Savings,
        savings instanceof BankAccount,
        Object.getPrototypeOf(savings) === Savings.prototype,
      ];
    });
    assert.deepEqual(seen, [true, true, true]);
    assert.equal(savings.balance, 150);
  });

  test('of a class within a function, and one without a class of its own', () => {
    const factor = 3;
    class Local extends struct({ n: i32, at: array(i32, 4) }) {
      triple() {
        return this.n * factor;
      }
    }
    const Point = struct({ x: f64, y: f64 });
    const local = new Local({ n: 5 });
    const point = new Point({ x: 1 });
    const seen = there(() => {
      local.at[2] = 7;
      point.y = 9;
      return [local.triple(), local instanceof Local, point instanceof Point, local.at === local.at];
    });
    assert.deepEqual(seen, [15, true, true, true]);
    assert.equal(local.at[2], 7);
    assert.equal(point.y, 9);
  });

  test('made there comes back as an instance of the class here', () => {
    const made = there(() => [new BankAccount({ balance: 7, owner: 'there' }), new Savings({ rate: 0.25 })] as const);
    assert.ok(made[0] instanceof BankAccount && made[0].constructor === BankAccount);
    assert.ok(made[1] instanceof Savings);
    assert.equal(made[0].owner, 'there');
    assert.equal(made[0].lock.locked(), false);
  });

  test('of a struct that only the other thread knows', () => {
    const made = there(() => {
      class Inner extends struct({ n: i32 }) {
        twice() {
          return this.n * 2;
        }
      }
      return new Inner({ n: 21 });
    });
    assert.equal(made.twice(), 42);
    assert.equal(made.constructor.name, 'Inner');
  });

  test('refers to other structs and to itself', () => {
    class Node extends struct({ value: i32, next: any }) {
      sum(): number {
        return this.value + ((this.next as Node | undefined)?.sum() ?? 0);
      }
    }
    const tail = new Node({ value: 3 });
    const head = new Node({ value: 1, next: new Node({ value: 2, next: tail }) });
    assert.equal(
      there(() => head.sum()),
      6,
    );
    assert.equal(
      there((list: Node[]) => (list[0].next as Node).next === list[1], [head, tail]),
      true,
    );
  });

  test('whose class mentions instances of it', () => {
    class Registry extends struct({ n: i32 }) {
      main() {
        return root.n;
      }
    }
    const root = new Registry({ n: 8 });
    const other = new Registry({ n: 9 });
    assert.deepEqual(
      there(() => [other.main(), other instanceof Registry, root instanceof Registry]),
      [8, true, true],
    );
    assert.deepEqual(
      there(() => [root.main(), root instanceof Registry]),
      [8, true],
    );
    assert.throws(() => ((root as unknown as { x: number }).x = 1), TypeError);
  });

  test('with #private members is refused, naming the class', () => {
    class Secret extends struct({ n: i32 }) {
      #hidden = 1;
      look() {
        return this.#hidden;
      }
    }
    const secret = new Secret();
    assert.equal(secret.look(), 1);
    assert.throws(
      () => new Thread({ target: () => secret.n }).start(),
      (error: Error) =>
        error instanceof CaptureError && /is an instance of Secret, which has #private members/.test(error.message),
    );
  });

  test('arrays in it and parts of them are the same memory', () => {
    class Body extends struct({ position: array(f64, 6) }) {}
    const body = new Body();
    const part = body.position.subarray(2, 4);
    there(() => {
      part[1] = 0.5;
      body.position[0] = 1;
    });
    assert.deepEqual([...body.position], [1, 0, 0, 0.5, 0, 0]);
    assert.equal(
      there((view: Float64Array) => view === body.position, body.position),
      true,
    );
  });
});

describe('sharedArray', () => {
  test('is a typed array over one memory', () => {
    const sums = sharedArray(Float64Array, 4);
    assert.ok(sums instanceof Float64Array);
    assert.equal(sums.constructor, Float64Array);
    const words = sharedArray(Int32Array, [1, 2, 3]);
    const big = sharedArray(BigInt64Array, new Set([5n]));
    const half = words.subarray(1);
    there(() => {
      sums[3] = 0.5;
      half[0] = 20;
      Atomics.add(words, 2, 30);
      big[0]++;
    });
    assert.deepEqual([...sums], [0, 0, 0, 0.5]);
    assert.deepEqual([...words], [1, 20, 33]);
    assert.equal(big[0], 6n);
    assert.equal(words.map((n) => n + 1).buffer === words.buffer, false);
    assert.equal(sharedArray(Uint8Array, 0).length, 0);
  });

  test('refuses what is no array', () => {
    assert.throws(() => sharedArray(Array as never, 4), TypeError);
    assert.throws(() => sharedArray(Float64Array, -1), RangeError);
    assert.throws(() => sharedArray(Float64Array, 0.5), RangeError);
    assert.throws(() => sharedArray(Float64Array, null as never), TypeError);
    assert.throws(() => sharedArray(BigInt64Array, [1] as never), TypeError);
  });

  test('is freed when nobody has it', async () => {
    const before = memoryUsage().used;
    for (let round = 0; round < 3; round++) {
      let view: Float64Array | null = sharedArray(Float64Array, 1e6);
      there((v) => {
        v[0] = 1;
      }, view);
      assert.equal(view[0], 1);
      view = null;
      await untilUsed(before + 256 * 1024);
    }
  });
});

describe('StructArray', () => {
  class Point extends struct({ x: f64, y: f64, tag: i32 }) {
    get norm() {
      return Math.hypot(this.x, this.y);
    }
  }

  test('holds structs one behind the other', () => {
    const points = new StructArray(Point, 1000);
    assert.equal(points.length, 1000);
    for (const [k, point] of [...points].entries()) point.x = k;
    assert.equal(points.at(7).x, 7);
    assert.equal(points.at(-1).x, 999);
    points.at(2).y = 5;
    points.at(2).x = 12;
    points.at(2).tag = 3;
    assert.equal(points.at(2).norm, 13);
    assert.ok(points.at(2) instanceof Point);
    assert.deepEqual(
      [points.at(1).toJSON(), points.at(3).toJSON()],
      [
        { x: 1, y: 0, tag: 0 },
        { x: 3, y: 0, tag: 0 },
      ],
    );
    assert.equal(String(points.at(2)), 'Point { x: 12, y: 5, tag: 3 }');
    assert.throws(() => (points.at(2).tag = 0.5), /^RangeError: 0\.5 does not fit Point\.tag/);
    for (const index of [1000, -1001, 0.5, NaN]) assert.throws(() => points.at(index), RangeError);
  });

  test('is shared', () => {
    const points = new StructArray(Point, 10);
    assert.equal(
      there(() => {
        for (const point of points) point.y = 4;
        points.at(9).x = 3;
        return points.at(9).norm;
      }),
      5,
    );
    assert.equal(points.at(9).norm, 5);
    assert.equal(points.at(0).y, 4);
  });

  test('takes structs of numbers only; an element cannot be sent alone', () => {
    assert.throws(
      () => new StructArray(BankAccount, 3),
      /^TypeError: a StructArray holds numbers: BankAccount\.owner is something else/,
    );
    assert.throws(() => new StructArray(Object as never, 3), TypeError);
    assert.throws(() => new StructArray(Point, -3), RangeError);
    const points = new StructArray(Point, 2);
    assert.throws(() => there((point) => point.x, points.at(0)), /send the array and the element's index/);
    const box = new (struct({ value: any }))();
    assert.throws(() => (box.value = points.at(0)), /send the array and the element's index/);
  });
});

test('single writes of many threads do not tear or corrupt fields of any type', () => {
  class Board extends struct({ text: str, thing: any, lock: Lock, number: f64 }) {}
  const board = new Board();
  const rounds = 5000;
  const done = new AtomicInt32();
  const threads = [0, 1, 2, 3].map((number) =>
    new Thread({
      target: () => {
        for (let k = 0; k < rounds; k++) {
          board.text = String.fromCharCode(97 + number).repeat(1 + (k % 60));
          if (new Set(board.text).size > 1) throw new Error(`torn: ${board.text}`);
          board.thing = k % 3 === 0 ? number : { number, list: [number, number] };
          const thing = board.thing as number | { number: number; list: number[] };
          if (typeof thing === 'object' && (thing.list[0] !== thing.number || thing.list[1] !== thing.number))
            throw new Error('torn object');
          if (k % 16 === 0) board.lock = new Lock();
          if (board.lock.locked()) throw new Error('a lock that nobody took');
          board.number = number;
          if (![0, 1, 2, 3].includes(board.number)) throw new Error('torn number');
        }
        done.add(1);
      },
    }).start(),
  );
  for (const thread of threads) assert.ok(thread.join(60_000));
  assert.equal(done.value, 4);
});

test('threads that die leave nothing behind', async () => {
  const account = new BankAccount({ balance: 1 });
  const started = new AtomicInt32();
  let before = 0;
  for (let round = 0; round < 8; round++) {
    const never = new Event();
    const thread = new Thread({
      target: async () => {
        const mine = Array.from({ length: 500 }, (_, k) => new Savings({ owner: `number ${k}`, rate: k }));
        const array = sharedArray(Float64Array, 10_000);
        const points = new StructArray(struct({ x: f64 }), 1000);
        started.add(1);
        void never.waitAsync();
        await sleepAsync(1);
        account.owner = `${mine.length} ${array.length} ${points.length}`;
        process.exit(0);
      },
    }).start();
    assert.ok(await thread.joinAsync(20_000));
    if (round === 1) before = memoryUsage().used;
  }
  assert.equal(started.value, 8);
  assert.equal(account.owner, '500 10000 1000');
  await untilUsed(before + 32 * 1024);
});
