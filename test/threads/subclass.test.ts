import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AtomicInt32,
  currentThread,
  Event,
  exit,
  getIdent,
  Lock,
  NotSendableError,
  RuntimeError,
  Thread,
} from 'threadwork';
import { inBothForms } from '../conformance/thread-forms.js';
import { runProgram } from '../conformance/thread-programs.js';

class Summing extends Thread {
  readonly numbers: number[];
  sum: number | undefined;
  readonly log: string[] = [];
  readonly ready = new Event();

  constructor(numbers: number[]) {
    super({ name: 'summing' });
    this.numbers = numbers;
  }

  protected add(): number {
    return this.numbers.reduce((a, b) => a + b, 0);
  }

  override run() {
    this.sum = this.add();
    this.log.push(`by ${currentThread().name}`);
    this.ready.set();
  }
}

class Doubling extends Summing {
  factor = 2;

  protected override add(): number {
    return super.add() * this.factor;
  }
}

inBothForms('fields go into the thread at its start, and come back when it is joined', async (form) => {
  for (const [thread, sum] of [
    [new Summing([1, 2, 3]), 6],
    [new Doubling([1, 2, 3]), 12],
  ] as const) {
    const { ready, numbers } = thread;
    thread.start();
    await form.wait(thread.ready);
    assert.equal(thread.sum, undefined, 'not before the join');
    await form.join(thread);
    assert.equal(thread.sum, sum);
    assert.deepEqual(thread.log, ['by summing']);
    assert.equal(thread.ready, ready, 'a handle is the same object as before');
    assert.deepEqual(numbers, [1, 2, 3]);
    thread.sum = 7;
    await form.join(thread);
    assert.equal(thread.sum, 7, 'they come back once');
  }
});

inBothForms('an async run() is awaited, and its fields come back', async (form) => {
  class Later extends Thread {
    result?: { readonly total: number; readonly at: Date };
    override async run() {
      await form.sleep(5);
      this.result = { total: 5, at: new Date(0) };
    }
  }
  const thread = new Later().start();
  await form.join(thread);
  assert.deepEqual(thread.result, { total: 5, at: new Date(0) });
});

inBothForms('in run(), currentThread() is this', async (form) => {
  class Myself extends Thread {
    same?: boolean;
    kind?: boolean;
    override run() {
      this.same = currentThread() === this;
      this.kind = currentThread() instanceof Myself && this.constructor === Myself;
    }
  }
  const thread = new Myself().start();
  await form.join(thread);
  assert.deepEqual([thread.same, thread.kind], [true, true]);
  assert.match(String(thread), /^<Myself\(Thread-\d+, stopped \d+\)>$/);
});

inBothForms('a subclass may call the target that it was given', async (form) => {
  const calls = new AtomicInt32();
  class Twice extends Thread<[number]> {
    override run() {
      calls.add(100);
      super.run();
      super.run(); // the target is forgotten by now
    }
  }
  await form.join(new Twice({ target: (n) => void calls.add(n), args: [3] }).start());
  assert.equal(calls.value, 103);
});

test('run() called directly runs in the calling thread, once', () => {
  const idents: number[] = [];
  const thread = new Thread({ target: () => idents.push(getIdent()) });
  thread.run();
  thread.run();
  assert.deepEqual(idents, [getIdent()]);
});

inBothForms('fields that were deleted, added and left alone', async (form) => {
  class Fields extends Thread {
    kept = 'kept';
    changed = 1;
    added?: Map<string, Set<number>>;
    override run() {
      this.changed++;
      this.added = new Map([['a', new Set([1])]]);
    }
  }
  const thread = new Fields();
  thread.start();
  thread.kept = 'written by main meanwhile';
  await form.join(thread);
  assert.equal(thread.kept, 'written by main meanwhile', 'what run() did not write stays');
  assert.equal(thread.changed, 2);
  assert.deepEqual(thread.added, new Map([['a', new Set([1])]]));
});

inBothForms('accessors and private fields of a subclass', async (form) => {
  class Guarded extends Thread {
    readonly lock = new Lock();
    private count = 0;
    get total() {
      return this.count;
    }
    override run() {
      for (let k = 0; k < 10; k++) this.lock.with(() => this.count++);
    }
  }
  const thread = new Guarded().start();
  await form.join(thread);
  assert.equal(thread.total, 10);
});

test('#private state of a subclass cannot reach the thread, and that is said', async () => {
  class Hidden extends Thread {
    #secret = 1;
    override run() {
      return this.#secret;
    }
  }
  // Whoever uses it learns of it: at start(), or when run() fails in the thread.
  const ended = await runProgram(`
    import { Thread } from 'threadwork';
    class Hidden extends Thread {
      #secret = 1;
      run() { console.log('secret', this.#secret); }
    }
    try { new Hidden().start().join(); } catch (error) { console.error(error.message); }
  `);
  assert.equal(ended.stdout, '');
  assert.match(ended.stderr, /#secret/);
  assert.ok(new Hidden() instanceof Thread);
});

test('a field that cannot be sent is refused at start(), by its name', () => {
  class Holding extends Thread {
    readonly pending = { promise: Promise.resolve() };
    override run() {}
  }
  const thread = new Holding();
  assert.throws(() => thread.start(), { name: NotSendableError.prototype.name, message: /this\.pending\.promise/ });
  assert.equal(thread.isAlive(), false);
});

test('a field that run() wrote and that cannot come back is reported; the others come', async () => {
  const ended = await runProgram(`
    import { Thread } from 'threadwork';
    class Holding extends Thread {
      run() { this.number = 5; this.pending = Promise.resolve(); }
    }
    const thread = new Holding({ name: 'holding' }).start();
    thread.join();
    console.log(thread.number, thread.pending);
  `);
  assert.equal(ended.stdout, '5 undefined\n');
  assert.match(ended.stderr, /^Exception in thread holding:\n[^]*NotSendableError: this\.pending/);
  assert.equal(ended.code, 0);
});

test('a subclass that does not call super() cannot be made', () => {
  class Wrong extends Thread {
    // @ts-expect-error the call of super() is missing on purpose
    // oxlint-disable-next-line constructor-super
    constructor() {}
  }
  assert.throws(() => new Wrong(), ReferenceError);
});

inBothForms('a subclass can be given options, and kept as a local variable of a function', async (form) => {
  const make = (factor: number) => {
    class Multiplying extends Thread<[number]> {
      product = 0;
      override run() {
        this.product = factor * Number(this.name);
      }
    }
    return new Multiplying({ name: '7', daemon: true });
  };
  const [six, seven] = [make(6).start(), make(7).start()];
  assert.equal(six.daemon, true);
  for (const thread of [six, seven]) await form.join(thread);
  assert.deepEqual([six.product, seven.product], [42, 49]);
});

inBothForms('a thread’s object serves other threads, too', async (form) => {
  class Stoppable extends Thread {
    readonly stop = new Event();
    override run() {
      this.stop.wait();
    }
    end() {
      this.stop.set();
    }
  }
  const thread = new Stoppable().start();
  const facts = new AtomicInt32();
  const other = new Thread({
    target: async () => {
      if (thread.isAlive() && thread instanceof Stoppable) facts.or(1);
      thread.end();
      if (await form.join(thread)) facts.or(2);
      if (!thread.isAlive()) facts.or(4);
    },
  });
  await form.join(other.start());
  thread.stop.set();
  assert.equal(facts.value, 7);
});

inBothForms('only the thread that made a thread can start it; others are told so', async (form) => {
  const refused = new AtomicInt32();
  const thread = new Thread({ target: () => undefined });
  const other = new Thread({
    target: () => {
      try {
        thread.start();
      } catch (error) {
        if (error instanceof RuntimeError && error.message.includes('the thread that made it')) refused.value = 1;
      }
    },
  });
  await form.join(other.start());
  assert.equal(refused.value, 1);
  await form.join(thread.start());
});

inBothForms('a target runs once, also when run() is called where the thread was started', async (form) => {
  const runs = new AtomicInt32();
  const thread = new Thread({ target: (n: number) => void runs.add(n), args: [1] });
  await form.join(thread.start());
  assert.equal(thread.run(), undefined);
  assert.equal(runs.value, 1);
  const started = new Thread({ target: () => void runs.add(1) }).start();
  started.run();
  await form.join(started);
  assert.equal(runs.value, 2);
  // What cannot be sent is still there.
  const held = new Thread({ target: (socket: unknown) => typeof socket, args: [new WeakMap() as never] });
  assert.throws(() => held.start(), NotSendableError);
  assert.equal(held.run(), 'object');
  assert.equal(held.run(), undefined);
});

const MARK = Symbol.for('threadwork.test.mark');

inBothForms(
  'fields that run() deletes, and those with a symbol for a key, are the same after the join',
  async (form) => {
    class Changing extends Thread {
      kept? = 1;
      dropped?: number = 2;
      late?: number;
      fails: boolean;
      [MARK]? = 3;
      constructor(fails: boolean) {
        super();
        this.fails = fails;
      }
      override run() {
        delete this.dropped;
        if (this[MARK] === 3) this[MARK] = 4;
        this.late = 5;
        if (this.fails) exit();
      }
    }
    for (const fails of [false, true]) {
      const thread = new Changing(fails);
      await form.join(thread.start());
      assert.equal('dropped' in thread, false);
      assert.deepEqual([thread.kept, thread[MARK], thread.late], [1, 4, 5]);
    }
    class Emptied extends Thread {
      only?: number = 1;
      override run() {
        delete this.only;
      }
    }
    const emptied = new Emptied();
    await form.join(emptied.start());
    assert.equal('only' in emptied, false);
  },
);
