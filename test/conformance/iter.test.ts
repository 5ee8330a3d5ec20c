/** Iterators that threads share. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import {
  AtomicInt32,
  concurrentTee,
  Event,
  Lock,
  NotSendableError,
  RuntimeError,
  Semaphore,
  serializeIterator,
  sleep,
  synchronizedIterator,
  Thread,
  ValueError,
} from 'threadwork';
import { Crew, elsewhere, until } from './crew.js';
import { asynchronous, blocking, type Form } from './forms.js';

interface Twins<T> {
  next(...value: [] | [unknown]): IteratorResult<T, unknown>;
  nextAsync(...value: [] | [unknown]): Promise<IteratorResult<T, unknown>>;
}

/** The next result in one of the two forms; threads may call it. */
function nextOf<T>(form: Form, from: Twins<T>): IteratorResult<T, unknown> | Promise<IteratorResult<T, unknown>> {
  return form.isAsync ? from.nextAsync() : from.next();
}

/** The case once with blocking calls and once with their async twins, on main and in its threads. */
function inBothForms(name: string, body: (form: Form) => Promise<void>): void {
  const [id, ...title] = name.split(' ');
  test(name, () => body(blocking));
  test([id, 'async', ...title].join(' '), () => body(asynchronous));
}

function counters(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * 4));
}

function* upTo(end: number): Generator<number, string, unknown> {
  for (let n = 0; n < end; n++) yield n;
  return 'the end';
}

/** Takes everything that is left; returns how many items that were. */
async function drain(form: Form, from: Twins<number>, taken: Int32Array): Promise<number> {
  let count = 0;
  for (let result = await nextOf(form, from); result.done !== true; result = await nextOf(form, from)) {
    Atomics.add(taken, result.value, 1);
    count++;
  }
  return count;
}

inBothForms('ITER-001 eight threads drain one generator', async (form) => {
  const taken = counters(400);
  const total = new AtomicInt32();
  const numbers = serializeIterator(upTo(400));
  await new Crew(8, async () => total.add(await drain(form, numbers, taken))).join(form);
  assert.deepEqual(
    [...taken],
    Array.from({ length: 400 }, () => 1),
  );
  assert.equal(total.value, 400);
});

inBothForms('ITER-001 fifty sources, one after the other', async (form) => {
  const taken = Array.from({ length: 50 }, () => counters(100));
  const sources = taken.map(() => serializeIterator(upTo(100)));
  await new Crew(8, async () => {
    for (const [k, source] of sources.entries()) await drain(form, source, taken[k]);
  }).join(form);
  for (const counts of taken) assert.ok(counts.every((count) => count === 1));
});

inBothForms('ITER-001 the owner draws too', async (form) => {
  const taken = counters(400);
  const numbers = serializeIterator(upTo(400));
  const crew = new Crew(4, () => drain(form, numbers, taken));
  await drain(form, numbers, taken);
  await crew.join(form);
  assert.ok(taken.every((count) => count === 1));
});

test('ITER-001 an array, a string and a Map', async () => {
  const objects = serializeIterator([{ a: 1 }, [2n], 'three']);
  const letters = serializeIterator('xyz');
  const entries = serializeIterator(new Map([['k', new Date(5)]]));
  await new Crew(1, () => {
    assert.deepEqual([...objects], [{ a: 1 }, [2n], 'three']);
    assert.deepEqual([...letters], ['x', 'y', 'z']);
    assert.deepEqual([...entries], [['k', new Date(5)]]);
  }).join(blocking);
});

test('ITER-001 the other form of loop', async () => {
  const taken = counters(200);
  const numbers = serializeIterator(upTo(200));
  await new Crew(3, async (k) => {
    if (k === 0) for (const n of numbers) Atomics.add(taken, n, 1);
    else for await (const n of numbers) Atomics.add(taken, n, 1);
  }).join(blocking);
  assert.ok(taken.every((count) => count === 1));
});

inBothForms('ITER-001 nothing is buffered: the source is as far as its takers', async (form) => {
  let given = 0;
  const source = serializeIterator(
    (function* () {
      for (;;) yield ++given;
    })(),
  );
  const crew = new Crew(3, async () => {
    for (let k = 0; k < 20; k++) await nextOf(form, source);
  });
  await crew.join(form);
  assert.equal(given, 60);
});

test('ITER-001 what is no iterable', () => {
  for (const bad of [5, null, undefined, {}]) assert.throws(() => serializeIterator(bad as never), TypeError);
  assert.throws(() => serializeIterator((async function* () {})() as never), /Queue/);
});

inBothForms('ITER-003 exhaustion, again and again, for everybody', async (form) => {
  const numbers = serializeIterator(upTo(10));
  const ends = new AtomicInt32();
  await new Crew(4, async () => {
    for (let k = 0; k < 30; k++) if ((await nextOf(form, numbers)).done === true) ends.add(1);
  }).join(form);
  assert.equal(ends.value, 110);
  for (let k = 0; k < 3; k++) assert.deepEqual(await nextOf(form, numbers), { done: true, value: undefined });
  assert.match(String(numbers), /^<SerializedIterator SerializedIterator-\d+: exhausted>$/);
});

test('ITER-003 exhaustion outlives the owner', async () => {
  const [numbers] = await fromThread(() => {
    const made = serializeIterator([1]);
    made.next();
    made.next();
    return made;
  });
  assert.equal(numbers.next().done, true);
});

/** Runs `make` in a thread that ends, and returns what it made. */
async function fromThread<T>(make: () => T): Promise<[T, Thread]> {
  class Maker extends Thread {
    made: T | undefined;
    override run(): void {
      this.made = make();
    }
  }
  const maker = new Maker().start();
  await maker.joinAsync();
  return [maker.made as T, maker];
}

function* echo(): Generator<unknown, string, unknown> {
  let got: unknown = 'first';
  for (;;) {
    try {
      got = yield got;
      if (got === 'stop') return 'stopped';
    } catch (error) {
      got = `caught ${(error as Error).message}`;
    }
  }
}

test('ITER-005 next(value), throw() and return() reach a generator', async () => {
  for (const away of [false, true]) {
    const echoes = serializeIterator(echo());
    const body = async () => {
      assert.deepEqual(echoes.next(), { done: false, value: 'first' });
      assert.deepEqual(echoes.next('sent'), { done: false, value: 'sent' });
      assert.deepEqual(await echoes.nextAsync({ deep: [1] }), { done: false, value: { deep: [1] } });
      assert.deepEqual(echoes.throw(new Error('this')), { done: false, value: 'caught this' });
      assert.deepEqual(await echoes.throwAsync(new Error('that')), { done: false, value: 'caught that' });
      assert.deepEqual(echoes.next('stop'), { done: true, value: 'stopped' });
      assert.deepEqual(echoes.next('late'), { done: true, value: undefined });
      assert.deepEqual(echoes.return('back'), { done: true, value: 'back' });
      assert.throws(() => echoes.throw(new Error('late')), /late/);
    };
    if (away) await new Crew(1, body).join(blocking);
    else await body();
  }
});

test('ITER-005 return() ends the source for all threads, and its finally runs', async () => {
  let cleaned = 0;
  const numbers = serializeIterator(
    (function* () {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        cleaned++;
      }
    })(),
  );
  const drained = new AtomicInt32();
  const crew = new Crew(4, async (k) => {
    if (k === 0) {
      for (let n = 0; n < 10; n++) numbers.next();
      assert.deepEqual(await numbers.returnAsync('over'), { done: true, value: 'over' });
    } else for (const _ of numbers) drained.add(1);
  });
  await crew.join(blocking);
  assert.equal(cleaned, 1);
  assert.equal(numbers.next().done, true);
});

test('ITER-005 a source without them', async () => {
  const list = serializeIterator([1, 2]);
  const body = async () => {
    assert.throws(() => list.throw(new Error('no')), /has no throw\(\)/);
    assert.throws(() => list.return(), TypeError);
    await assert.rejects(list.returnAsync(), TypeError);
  };
  await body();
  await new Crew(1, body).join(blocking);
});

test('ITER-005 a loop that is left early leaves the source as it is', async () => {
  const numbers = serializeIterator(upTo(10));
  await new Crew(1, async () => {
    for (const n of numbers) if (n === 2) break;
    for await (const n of numbers) if (n === 4) break;
    const [five, six] = numbers;
    assert.deepEqual([five, six], [5, 6]);
  }).join(blocking);
  for (const n of numbers) {
    assert.equal(n, 7);
    break;
  }
  assert.deepEqual([...numbers], [8, 9]);
});

test('ITER-007 name, length, and an iterator of its own for each call', async () => {
  const countTo = synchronizedIterator(function* countTo(this: unknown, end: number, _step = 1) {
    for (let n = 0; n < end; n++) yield n;
  });
  assert.equal(countTo.name, 'countTo');
  assert.equal(countTo.length, 1);
  const a = countTo(3);
  const b = countTo(100);
  assert.deepEqual([a.next().value, a.next().value, b.next().value], [0, 1, 0]);
  const taken = counters(100);
  taken[0] = 1;
  await new Crew(4, () => {
    for (const n of b) Atomics.add(taken, n, 1);
  }).join(blocking);
  assert.ok(taken.every((count) => count === 1));
  assert.deepEqual([...a], [2]);
  const sum = await elsewhere(blocking, () => [...countTo(5)].reduce((x, y) => x + y, 0));
  assert.equal(sum, 10);
  assert.throws(() => synchronizedIterator(5 as never), TypeError);
});

test('ITER-007 `this` is passed on', () => {
  class Range {
    end = 3;
    items = synchronizedIterator(function* (this: Range) {
      for (let n = 0; n < this.end; n++) yield n;
    });
  }
  assert.deepEqual([...new Range().items()], [0, 1, 2]);
});

inBothForms('ITER-009 each of several threads sees everything in order', async (form) => {
  let advanced = 0;
  const source = (function* () {
    for (; advanced < 300; advanced++) yield { n: advanced };
  })();
  const tees = concurrentTee(source, 4);
  await new Crew(4, async (k) => {
    let n = 0;
    for (let result = await nextOf(form, tees[k]); result.done !== true; result = await nextOf(form, tees[k])) {
      assert.equal(result.value.n, n++);
      // Copies of its own.
      result.value.n = -1;
    }
    assert.equal(n, 300);
    for (let again = 0; again < 3; again++) assert.equal((await nextOf(form, tees[k])).done, true);
  }).join(form);
  assert.equal(advanced, 300);
});

test('ITER-009 two by default, drained one after the other in the same thread', () => {
  let advanced = 0;
  const tees = concurrentTee(
    (function* () {
      for (; advanced < 50; advanced++) yield advanced;
    })(),
  );
  assert.equal(tees.length, 2);
  const numbers = Array.from({ length: 50 }, (_, k) => k);
  assert.deepEqual([...tees[0]], numbers);
  assert.equal(advanced, 50);
  assert.deepEqual([...tees[1]], numbers);
  assert.deepEqual([...tees[1]], []);
  assert.equal(advanced, 50);
});

test('ITER-009 of one of its own iterators it makes more from the same place', () => {
  const [first, other] = concurrentTee(upTo(4));
  first.next();
  first.next();
  const [a, b] = concurrentTee(first);
  assert.deepEqual([...a], [2, 3]);
  assert.deepEqual([...first], [2, 3]);
  assert.deepEqual([...b], [2, 3]);
  assert.deepEqual([...other], [0, 1, 2, 3]);
});

test('ITER-009 an error goes to who advanced the source, an item that cannot travel to all', async () => {
  let failures = 0;
  const values = [1, 'fail', () => values, new WeakMap(), 4];
  const source: Iterator<unknown> & Iterable<unknown> = {
    next() {
      if (values.length === 0) return { done: true, value: undefined };
      const value = values.shift();
      if (value === 'fail') throw new Error(`failure ${++failures}`);
      return { done: false, value: typeof value === 'function' ? 3 : value };
    },
    [Symbol.iterator]() {
      return this;
    },
  };
  const [here, there] = concurrentTee(source);
  await new Crew(1, () => {
    assert.equal(there.next().value, 1);
    assert.throws(() => there.next(), /failure 1/);
    assert.equal(there.next().value, 3);
    assert.throws(() => there.next(), NotSendableError);
    assert.equal(there.next().value, 4);
    assert.equal(there.next().done, true);
  }).join(blocking);
  assert.equal(here.next().value, 1);
  assert.equal(here.next().value, 3);
  assert.throws(() => here.next(), NotSendableError);
  assert.deepEqual([...here], [4]);
});

test('ITER-009 what was buffered outlives the owner', async () => {
  const [[ahead, behind]] = await fromThread(() => {
    const tees = concurrentTee(upTo(3));
    tees[0].next();
    tees[0].next();
    return tees;
  });
  assert.deepEqual([behind.next().value, behind.next().value], [0, 1]);
  for (const tee of [ahead, behind]) assert.throws(() => tee.next(), /has lost its source/);
});

test('ITER-010 how many', () => {
  let touched = false;
  const iterable = {
    *[Symbol.iterator]() {
      touched = true;
      yield 1;
    },
  };
  assert.deepEqual(concurrentTee(iterable, 0), []);
  assert.throws(() => concurrentTee(iterable, -1), ValueError);
  for (const bad of [1.5, Number.NaN, '2', null, true])
    assert.throws(() => concurrentTee(iterable, bad as never), TypeError);
  assert.equal(touched, false);
  assert.equal(concurrentTee(iterable, 1).length, 1);
  assert.throws(() => concurrentTee(5 as never), TypeError);
});

inBothForms('ITER-001 what the source throws goes to the caller, with class, stack and fields', async (form) => {
  class Trouble extends Error {
    level = 3;
  }
  function* troubled(): Generator<number> {
    yield 1;
    throw new Trouble('no more');
  }
  const numbers = serializeIterator(troubled());
  const caught = new AtomicInt32();
  await new Crew(3, async () => {
    for (let k = 0; k < 5; k++) {
      try {
        await nextOf(form, numbers);
      } catch (error) {
        assert.ok(error instanceof Error);
        assert.equal(error.message, 'no more');
        assert.equal((error as Trouble).level, 3);
        assert.match(error.stack ?? '', /troubled/);
        caught.add(1);
      }
    }
  }).join(form);
  assert.equal(caught.value, 1);
  assert.equal(numbers.next().done, true);
});

test('ITER-001 an item that cannot travel is an error for who asked; the next one follows', async () => {
  const odd = serializeIterator([1, { socket: new WeakMap() }, 3]);
  await new Crew(1, () => {
    assert.equal(odd.next().value, 1);
    assert.throws(
      () => odd.next(),
      (error: Error) => error instanceof NotSendableError && error.message.includes('item.socket'),
    );
    assert.equal(odd.next().value, 3);
  }).join(blocking);
});

/** The owner serves while it waits in each of these ways, for something that the thread does once it has its item. */
const waits: Record<string, (go: Event, lock: Lock, slots: Semaphore) => unknown> = {
  'wait of an event': (go) => go.wait(),
  'wait with a timeout': (go) => go.wait(20_000),
  'acquire of a lock': (_go, lock) => lock.acquire(),
  'acquire of a semaphore': (_go, _lock, slots) => slots.acquire(),
  sleep: (go) => {
    while (!go.isSet()) sleep(5);
  },
  'event loop': (go) => go.waitAsync(),
};
for (const [title, wait] of Object.entries(waits)) {
  test(`ITER-001 the owner serves in its ${title}`, async () => {
    const numbers = serializeIterator(upTo(100));
    const go = new Event();
    const lock = new Lock();
    const slots = new Semaphore(0);
    const holding = new Event();
    const crew = new Crew(1, () => {
      lock.acquire();
      holding.set();
      assert.equal([...numbers].length, 100);
      go.set();
      slots.release();
      lock.release();
    });
    holding.wait();
    await wait(go, lock, slots);
    assert.equal(numbers.next().done, true);
    await crew.join(blocking);
  });
}

test('ITER-001 the source uses the lock that its owner waits for', async () => {
  const lock = new Lock();
  const slots = new Semaphore(1);
  let inside = 0;
  let given = 0;
  const source = serializeIterator(
    (function* () {
      for (; given < 3000; given++) {
        lock.with(() => assert.equal(++inside, 1));
        slots.with(() => assert.equal(--inside, 0));
        yield given;
      }
    })(),
  );
  const busy = new Crew(3, () => {
    for (let result = source.next(); result.done !== true; result = source.next()) {
      lock.with(() => undefined);
      slots.with(() => undefined);
    }
  });
  while (given < 3000) {
    lock.with(() => undefined);
    slots.with(() => undefined);
    sleep(0);
  }
  await busy.join(blocking);
});

test('ITER-001 a source that waits inside holds up its takers, not the others', async () => {
  const gate = new Event();
  const slow = serializeIterator(
    (function* () {
      gate.wait();
      yield 'slow';
    })(),
  );
  const quick = serializeIterator(upTo(10));
  const done = new AtomicInt32();
  const waiting = new Crew(2, () => done.add([...slow].length));
  const other = new Crew(1, () => {
    assert.equal([...quick].length, 10);
    assert.equal(done.value, 0);
    gate.set();
  });
  await other.join(blocking);
  await waiting.join(blocking);
  assert.equal(done.value, 1);
});

test('ITER-001 sources of several threads that draw from each other', async () => {
  const numbers = serializeIterator(upTo(200));
  const taken = counters(200);
  await new Crew(3, () => {
    const own = serializeIterator(
      (function* () {
        for (const n of numbers) yield n;
      })(),
    );
    const target = () => {
      for (const n of own) Atomics.add(taken, n, 1);
    };
    new Thread({ target }).start().join();
  }).join(blocking);
  assert.ok(taken.every((count) => count === 1));
});

/** An iterator that hands what threads send to main. */
function mailbox<T>(): { post: (letter: T) => void; letters: T[] } {
  const letters: T[] = [];
  const into = serializeIterator<null>({
    [Symbol.iterator]: () => ({
      next(letter?: unknown) {
        letters.push(letter as T);
        return { done: false, value: null };
      },
    }),
  });
  return { post: (letter) => void into.next(letter), letters };
}

inBothForms('ITER-001 an iterator that another thread made', async (form) => {
  const { post, letters } = mailbox<ReturnType<typeof serializeIterator<number>>>();
  const done = new Event();
  const owners = new Crew(2, async () => {
    post(serializeIterator(upTo(100)));
    await form.wait(done);
  });
  await until('both have arrived', () => letters.length === 2);
  for (const numbers of letters) {
    const taken = counters(100);
    assert.equal(await drain(form, numbers, taken), 100);
    assert.ok(taken.every((count) => count === 1));
  }
  done.set();
  await owners.join(form);
});

test('ITER-001 a source that calls for itself', async () => {
  const loop: { it?: ReturnType<typeof serializeIterator<number>> } = {};
  loop.it = serializeIterator<number>({
    [Symbol.iterator]: () => ({ next: () => (loop.it as NonNullable<typeof loop.it>).next() }),
  });
  const { it } = loop;
  assert.throws(() => it.next(), RuntimeError);
  await new Crew(1, () => assert.throws(() => it.next(), /two would wait for each other/)).join(blocking);
});

inBothForms('ITER-001 the owner has ended', async (form) => {
  const [numbers, maker] = await fromThread(() => serializeIterator([1, 2, 3]));
  assert.equal(maker.isAlive(), false);
  const failing = async () => {
    await nextOf(form, numbers);
  };
  await assert.rejects(failing, (error: Error) => error instanceof RuntimeError && /has ended/.test(error.message));
  await new Crew(2, () => assert.rejects(failing, RuntimeError)).join(form);
  assert.match(inspect(numbers), /: closed>$/);
});

inBothForms('ITER-001 the owner ends while others draw from it', async (form) => {
  const drawn = new AtomicInt32();
  const refused = new AtomicInt32();
  const owner = new Thread({
    target: () => {
      const numbers = serializeIterator(upTo(Number.POSITIVE_INFINITY));
      const target = async () => {
        try {
          for (;;) {
            await nextOf(form, numbers);
            drawn.add(1);
          }
        } catch (error) {
          assert.ok(error instanceof RuntimeError);
          refused.add(1);
        }
      };
      for (let k = 0; k < 3; k++) new Thread({ target }).start();
      while (drawn.value < 100) sleep(1);
    },
  }).start();
  assert.equal(await form.join(owner, 20_000), true);
  await until('all were refused', () => refused.value === 3);
});

test('ITER-001 the owner dies while others wait for it', async () => {
  const waiting = new AtomicInt32();
  const refused = new AtomicInt32();
  const owner = new Thread({
    target: () => {
      const numbers = serializeIterator(upTo(5));
      const target = () => {
        waiting.add(1);
        try {
          for (;;) numbers.next();
        } catch (error) {
          if (error instanceof RuntimeError) refused.add(1);
        }
      };
      for (let k = 0; k < 3; k++) new Thread({ target }).start();
      while (waiting.value < 3);
      process.exit(3);
    },
  }).start();
  assert.equal(owner.join(20_000), true);
  await until('all were refused', () => refused.value === 3);
});

test('ITER-001 the owner runs out of memory while others wait for it', async () => {
  const waiting = new AtomicInt32();
  const refused = new AtomicInt32();
  const owner = new Thread({
    resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 },
    target: () => {
      const numbers = serializeIterator(upTo(5));
      const tees = concurrentTee(upTo(5), 2);
      const target = (k: number) => {
        waiting.add(1);
        try {
          for (const source = k === 2 ? numbers : tees[k]; ; ) source.next();
        } catch (error) {
          if (error instanceof RuntimeError) refused.add(1);
        }
      };
      for (let k = 0; k < 3; k++) new Thread({ target, args: [k] }).start();
      while (waiting.value < 3);
      for (const hoard: number[][] = []; ; ) hoard.push(Array.from({ length: 1000 }, Math.random));
    },
  }).start();
  assert.equal(owner.join(20_000), true);
  await until('all were refused', () => refused.value === 3);
});

test('ITER-001 a busy owner serves when it calls sleep(0)', async () => {
  const numbers = serializeIterator(upTo(20));
  const taken = new AtomicInt32();
  const crew = new Crew(2, () => {
    for (const _ of numbers) taken.add(1);
  });
  const end = performance.now() + 20_000;
  while (taken.value < 20 && performance.now() < end) sleep(0);
  assert.equal(taken.value, 20);
  await crew.join(blocking);
});

test('ITER-001 a taker that dies takes nothing with it but its own items', async () => {
  const gate = new Event();
  const total = new AtomicInt32();
  const numbers = serializeIterator(
    (function* () {
      gate.wait();
      yield* upTo(50);
    })(),
  );
  const lost = new Thread({
    target: () => {
      void numbers.nextAsync();
      void numbers.nextAsync();
      setImmediate(() => process.exit(1));
    },
  }).start();
  const crew = new Crew(3, (k) => {
    // Main, which may be inside the source, cannot open the gate.
    if (k === 0) {
      lost.join();
      gate.set();
    } else for (const _ of numbers) total.add(1);
  });
  await crew.join(blocking);
  // Of the two items that the dead thread asked for, none, one or both were taken out for it.
  assert.ok(total.value >= 48 && total.value <= 50, `${total.value} items arrived`);
});
