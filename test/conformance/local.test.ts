import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { AtomicInt32, Barrier, Event, getIdent, Local, Lock, local, memoryUsage, sleep, Thread } from 'threadwork';
import { Queue } from 'threadwork/queue';
import { collectGarbage } from '../shared/garbage.js';
import { until } from './crew.js';
import { inBothForms } from './thread-forms.js';

inBothForms('LOCAL-002 threads that write the same attribute read back what they wrote', async (form) => {
  class Slow extends Local {
    declare x: number;
    constructor() {
      super();
      sleep(10);
    }
  }
  const values = new Slow();
  const right = new AtomicInt32();
  const failed = new AtomicInt32();
  const target = (i: number) => {
    values.x = i;
    if (values.x === i) right.add(1);
    else failed.add(1);
  };
  const threads = Array.from({ length: 10 }, (_, i) => new Thread({ target, args: [i] }).start());
  for (const thread of threads) await form.join(thread);
  assert.deepEqual([right.value, failed.value], [10, 0]);
});

inBothForms('LOCAL-005 an attribute that one thread sets and deletes was never there for another', async (form) => {
  const values = local<{ x?: string; y?: string }>();
  const set = new Event();
  const looked = new Event();
  const facts = new AtomicInt32();
  const first = new Thread({
    target: async () => {
      values.x = 'foo';
      values.y = 'bar';
      delete values.y;
      set.set();
      await form.wait(looked);
      if (values.x === 'foo' && !('y' in values)) facts.or(1);
    },
  });
  const second = new Thread({
    target: async () => {
      await form.wait(set);
      if (values.x === undefined && !('x' in values) && Object.keys(values).length === 0) facts.or(2);
      looked.set();
    },
  });
  for (const thread of [first, second]) thread.start();
  for (const thread of [first, second]) await form.join(thread);
  assert.equal(facts.value, 3);
});

inBothForms('LOCAL-007 a thread sees its own attributes and no others, and the bag stays what it is', async (form) => {
  const values = local<{ x?: number; z?: number }>();
  values.x = 5;
  const check = () => {
    const right =
      JSON.stringify(Object.entries(values)) === '[["x",5]]' &&
      JSON.stringify({ ...values }) === '{"x":5}' &&
      Reflect.ownKeys(values).length === 1;
    // Nobody can close the bag, for one thread or for all.
    return right && !Reflect.preventExtensions(values) && Object.isExtensible(values) ? 1 : -1;
  };
  assert.equal(check(), 1);
  assert.throws(() => Object.freeze(values), TypeError);
  const seen = new AtomicInt32();
  const thread = new Thread({
    target: () => {
      if (Object.keys(values).length > 0) return;
      values.x = 5;
      seen.value = check();
    },
  });
  await form.join(thread.start());
  assert.equal(seen.value, 1);
  values.z = 6;
  assert.deepEqual({ ...values }, { x: 5, z: 6 });
});

inBothForms(
  'LOCAL-012 a subclass runs its constructor in each thread, and shares what is not an attribute',
  async (form) => {
    const constructed = new AtomicInt32();
    class Tally extends Local {
      static readonly lock = new Lock();
      static readonly total = new AtomicInt32();
      /** A default for all threads. */
      declare step: number;
      static {
        this.prototype.step = 2;
      }
      readonly start: number;
      count = 0;
      constructor(start: number, unit: { factor: number }) {
        super(start, unit);
        constructed.add(1);
        this.start = start * unit.factor;
      }
      tick() {
        this.count += this.step;
        Tally.lock.with(() => Tally.total.add(this.step));
        return this.start + this.count;
      }
    }
    const tally = new Tally(10, { factor: 10 });
    assert.equal(tally.tick(), 102);
    assert.equal(tally.step, 2);
    assert.ok(tally instanceof Tally);
    tally.step = 5;
    assert.equal(tally.tick(), 107);

    const right = new AtomicInt32();
    const target = () => {
      if (tally.step === 2 && tally.start === 100 && tally.count === 0 && tally instanceof Tally) right.add(1);
      if (tally.tick() === 102 && tally.tick() === 104) right.add(1);
    };
    const threads = [1, 2].map(() => new Thread({ target }).start());
    for (const thread of threads) await form.join(thread);
    assert.equal(right.value, 4);
    assert.equal(constructed.value, 3, 'once in each thread');
    assert.equal(Tally.total.value, 2 + 5 + 4 * 2, 'what stands on the class is the same for all');
    assert.deepEqual([tally.count, tally.step], [7, 5]);
  },
);

inBothForms('LOCAL-013 the initialiser runs at a thread’s first touch, once, or never', async (form) => {
  const runs = new AtomicInt32();
  const values = local(() => ({ number: runs.add(1) }));
  assert.equal(runs.value, 0, 'main has not touched it');
  const idle = new Thread({ target: () => void typeof values });
  await form.join(idle.start());
  assert.equal(runs.value, 0);
  const busy = new Thread({
    target: () => {
      for (let k = 0; k < 5; k++) values.number += 10;
    },
  });
  await form.join(busy.start());
  assert.equal(runs.value, 1);
  assert.equal(values.number, 1);
  assert.equal(values.number, 1);
  assert.equal(runs.value, 2);
});

inBothForms('LOCAL-014 what one thread writes never appears in another', async (form) => {
  const values = local<{ x?: number; y?: number }>();
  values.x = 1;
  const seen = new AtomicInt32(-1);
  const thread = new Thread({
    target: () => {
      seen.value = values.x === undefined ? 0 : 1;
      values.x = 2;
      values.y = 3;
      seen.add(values.x + values.y);
    },
  });
  await form.join(thread.start());
  assert.equal(seen.value, 5);
  assert.equal(values.x, 1);
  assert.equal('y' in values, false);
});

inBothForms('LOCAL-016 an attribute that was never set is undefined, and deleting it does nothing', async (form) => {
  const values = local<{ x?: number }>();
  assert.equal(values.x, undefined);
  assert.equal(delete values.x, true);
  assert.equal('x' in values, false);
  values.x = 1;
  const seen = new AtomicInt32();
  const thread = new Thread({
    target: () => {
      seen.value = values.x === undefined && delete values.x && !('x' in values) ? 1 : -1;
    },
  });
  await form.join(thread.start());
  assert.equal(seen.value, 1);
  assert.equal(values.x, 1);
});

test('a local without a subclass takes no arguments', () => {
  assert.throws(() => new Local(1), TypeError);
  assert.throws(() => local(5 as never), TypeError);
});

inBothForms('a thread finds a local empty, though its worker ran another thread before', async (form) => {
  const values = local<{ mine?: number }>();
  const leftOver = new AtomicInt32();
  const target = () => {
    if (values.mine !== undefined) leftOver.add(1);
    values.mine = getIdent();
  };
  for (let round = 0; round < 20; round++) await form.join(new Thread({ target }).start());
  assert.equal(leftOver.value, 0);
});

inBothForms('threads have the same local, whichever way it reached them', async (form) => {
  const values = local<{ x?: number }>();
  const same = new AtomicInt32();
  const together = new Barrier(2);
  const target = (given: typeof values) => {
    given.x = getIdent();
    together.wait();
    if (given === values && values.x === getIdent()) same.add(1);
  };
  const threads = [1, 2].map(() => new Thread({ target, args: [values] }).start());
  for (const thread of threads) await form.join(thread);
  assert.equal(same.value, 2);
});

inBothForms('an initialiser that fails runs again at the next touch', async (form) => {
  const tries = new AtomicInt32();
  const values = local(() => {
    if (tries.add(1) === 0) throw new RangeError('not yet');
    return { x: 7 };
  });
  const seen = new AtomicInt32();
  const thread = new Thread({
    target: () => {
      try {
        values.x = 1;
      } catch (error) {
        if (error instanceof RangeError) seen.value = values.x;
      }
    },
  });
  await form.join(thread.start());
  assert.equal(seen.value, 7);
  assert.equal(tries.value, 2);
});

const localsNow = () => memoryUsage().kinds.local?.count ?? 0;

test('a local that nobody has any more is freed while its threads live, and its values are disposed of', async () => {
  const disposed = new AtomicInt32();
  const make = (count: number) => {
    for (let k = 0; k < count; k++) {
      const bag = local<{ value?: Disposable; own?: object }>();
      bag.value = { [Symbol.dispose]: () => void disposed.add(1) };
      bag.own = { k };
    }
  };
  const count = 1000;
  const before = localsNow();
  make(count);
  assert.ok(localsNow() >= before + count);
  await until('they are freed', () => {
    collectGarbage();
    return localsNow() <= before;
  });
  // What is left over of them is looked for when there are twice as many as before.
  make(3 * count);
  await until('their values are disposed of', () => {
    collectGarbage();
    return disposed.value >= count;
  });
});

inBothForms('a thread finds its values again after it had no handle on the local for a while', async (form) => {
  const there = new Queue<{ x?: number }>();
  const back = new Queue<number>();
  const thread = new Thread({
    target: async () => {
      (await there.getAsync()).x = 7;
      back.put(0);
      // Its handle is gone by now, or soon.
      for (let k = 0; k < 20; k++) {
        collectGarbage();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      back.put((await there.getAsync()).x ?? -1);
    },
  }).start();
  const bag = local<{ x?: number }>();
  there.put(bag);
  assert.equal(await back.getAsync(), 0);
  there.put(bag);
  assert.equal(await back.getAsync(), 7);
  await form.join(thread);
  assert.equal(bag.x, undefined);
});

class Account extends Local {
  balance = 1;
  get doubled() {
    return 2 * this.balance;
  }
  set doubled(amount: number) {
    this.balance = amount / 2;
  }
  get fixed() {
    return 5;
  }
  override toString() {
    return `account of ${this.balance}`;
  }
}

inBothForms('accessors and methods of a subclass are its own in every thread', async (form) => {
  const account = new Account();
  const right = () => {
    account.doubled = 18;
    const facts = [
      account.balance === 9 && account.doubled === 18,
      Object.keys(account).join() === 'balance',
      `${account}` === 'account of 9' && account.constructor === Account,
      account.valueOf() === account,
      !Reflect.set(account, 'fixed', 6) && account.fixed === 5,
    ];
    return facts.reduce((bits, fact, k) => bits | (fact ? 1 << k : 0), 0);
  };
  assert.equal(right().toString(2), '11111');
  const seen = new AtomicInt32();
  await form.join(
    new Thread({
      target: () => {
        seen.value = right();
      },
    }).start(),
  );
  assert.equal(seen.value.toString(2), '11111');
});

test('a local is shown with the attributes of the thread that looks', () => {
  const account = new Account();
  account.name = 'mine';
  assert.match(inspect(account), /^<Account balance=1 name='mine' name=local-\d+>$/);
  const plain = local<{ self?: object; list?: number[][] }>();
  assert.match(String(plain), /^<Local name=local-\d+>$/);
  plain.list = [[1]];
  plain.self = plain;
  assert.match(inspect(plain), /^<Local list=\[ \[Array\] \] self=<Local name=local-\d+> name=local-\d+>$/);
  const runs = new AtomicInt32();
  const made = local(() => ({ x: runs.add(1) }));
  assert.match(inspect(made), /^<Local name=local-\d+>$/);
  assert.equal(runs.value, 0, 'to look at it is no touch');
  assert.equal(made.x, 0);
  assert.match(`${made as unknown as string}`, /^<Local x=0 name=local-\d+>$/);
});

test('an object that an initialiser made says what it says', () => {
  class Point {
    x = 1;
    toString() {
      return `at ${this.x}`;
    }
  }
  const point = local(() => new Point());
  assert.equal(String(point), 'at 1');
  assert.equal(point.constructor, Point);
  const bare = local(() => ({ toString: () => 'bare' }));
  assert.equal(String(bare), 'bare');
  assert.equal(bare.constructor, Local);
});
