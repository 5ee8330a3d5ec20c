/**
 * Debug mode: warnings of what could hang, each with the right names and lines; and programs that only look like it, about which
 * nothing is said.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ended, programFile, runProgram, startNode } from '../conformance/thread-programs.js';
import { KNOWN_DEADLOCKS } from './known-deadlocks.js';
import { knownProgram } from './known-program.js';
import { KNOWN_RACES } from './known-races.js';

const TOOLS = `
  let count = 0;
  const named = (object, name) => Object.assign(object, { name });
  const newLocks = () => ['A', 'B', 'C'].map((letter) => named(new Lock(), letter + ++count));
  const run = (name, target, ...args) => { new Thread({ name, target, args }).start().join(); };
  function nest(...locks) {
    const [first, ...rest] = locks;
    first?.with(() => nest(...rest));
  }
  async function nestAsync(...locks) {
    const [first, ...rest] = locks;
    await first?.withAsync(async () => { await sleepAsync(1); await nestAsync(...rest); });
  }
  async function hold(first, second) {
    const one = await first.holdAsync();
    await sleepAsync(1);
    const two = await second.holdAsync();
    two.release();
    one.release();
  }
  /** Waits until a thread sleeps, or looks for something to come. */
  const untilAsleep = (name) => { while (!threadDump().threads.some((t) => t.name === name && t.state === 'waiting')) sleep(1); };
`;

/** On a busy machine everything is slow. */
const PATIENT = '{ slow: 60_000 }';

function program(body: string, setting = PATIENT, nodeOptions: readonly string[] = []): Promise<Ended> {
  return runProgram(
    `
    import { AtomicInt32, Condition, configure, Event, Future, Lock, memoryUsage, Queue, RLock, RWLock, Semaphore, sleep, sleepAsync, Thread, threadDump, ThreadPoolExecutor, wait } from 'threadwork';
    configure({ debug: ${setting} });
    ${TOOLS}
    ${body}
  `,
    nodeOptions,
  );
}

/** The warnings in the order in which they came, each a text of several lines. */
function warnings(ended: Ended): string[] {
  return ended.stderr.split(/^(?=\S)/m);
}

function parts(...lines: string[]): RegExp {
  return new RegExp(`^${lines.join('\\n')}\\n$`);
}

/** The program's file with the line that has this mark. */
const FRAME = String.raw`    at .*program\d+\.m?[jt]s:\d+:\d+\)?`;
const FRAMES = `${FRAME}(?:\\n${FRAME})*`;

for (const type of ['Lock', 'RLock']) {
  test(`two ${type}s taken in opposite order, one thread after the other: a deadlock that could happen`, async () => {
    const ended = await program(`
      const accounts = named(new ${type}(), 'accounts');
      const journal = named(new ${type}(), 'journal');
      function book(first, second) {
        first.acquire();
        second.acquire();
        second.release();
        first.release();
      }
      for (let k = 0; k < 3; k++) {
        run('teller', book, accounts, journal);
        run('auditor', book, journal, accounts);
      }
    `);
    assert.match(
      ended.stderr,
      parts(
        `Possible deadlock: ${type} journal, ${type} accounts are acquired in a circle\\.`,
        `  auditor acquired ${type} journal`,
        String.raw`    at book \(.*:(\d+):15\)`,
        `  and, holding it, ${type} accounts`,
        String.raw`    at book \(.*:(\d+):16\)`,
        `  teller acquired ${type} accounts`,
        String.raw`    at book \(.*:\1:15\)`,
        `  and, holding it, ${type} journal`,
        String.raw`    at book \(.*:\2:16\)`,
      ),
    );
    assert.equal(ended.code, 0);
  });
}

test('longer circles, a gate that only two of three hold, and conditions that take their lock back', async () => {
  const ended = await program(`
    {
      const [a, b, c] = newLocks();
      run('one', nest, a, b);
      run('two', nest, b, c);
      run('three', nest, c, a);
    }
    {
      const [a, b, gate] = newLocks();
      run('gated', nest, gate, a, b);
      run('open', nest, b, a);
    }
    {
      const [a, b] = newLocks();
      const changed = new Condition(a);
      const waits = () => { a.with(() => b.with(() => changed.wait())); };
      const waiter = new Thread({ name: 'waiter', target: waits }).start();
      untilAsleep('waiter');
      a.with(() => changed.notify());
      waiter.join();
      // From elsewhere, so that the places are others.
      run('other', () => { a.acquire(); b.acquire(); b.release(); a.release(); });
    }
  `);
  const [three, gate, condition, ...rest] = warnings(ended);
  assert.match(three, /^Possible deadlock: Lock C3, Lock A1, Lock B2 are acquired in a circle\./);
  for (const name of ['one', 'two', 'three']) assert.match(three, new RegExp(`^  ${name} acquired`, 'm'));
  assert.match(gate, /^Possible deadlock: Lock B5, Lock A4 are acquired/);
  assert.match(condition, /^Possible deadlock: Lock A7, Lock B8 are acquired/);
  assert.match(condition, /^  waiter acquired Lock B8\n.*\n.*\n  and, holding it, Lock A7\n/m);
  assert.deepEqual(rest, []);
});

test('an RWLock: writers, readers behind a writer, and a reader that reads again', async () => {
  const ended = await program(`
    const both = () => ['X', 'Y'].map((letter) => named(new RWLock(), letter + ++count));
    {
      const [x, y] = both();
      run('one', nest, x.readLock, y.writeLock);
      run('two', nest, y.readLock, x.writeLock);
    }
    {
      const [x, y] = both();
      run('one', () => { x.readLock.with(() => y.readLock.with(() => {})); });
      run('two', () => { y.readLock.with(() => x.readLock.with(() => {})); });
      run('writer', nest, x.writeLock);
      console.error('so far x is written only');
      run('writer', nest, y.writeLock);
    }
    {
      const [x] = both();
      const size = () => x.readLock.with(() => 3);
      run('reader', () => { x.readLock.with(() => size()); });
      console.error('and x is only read');
      run('writer', nest, x.writeLock);
    }
  `);
  const [writers, soFar, readers, only, again, ...rest] = warnings(ended);
  assert.match(
    writers,
    /^Possible deadlock: RWLock Y2, RWLock X1 are acquired in a circle\.\n  two acquired RWLock Y2 for reading\n/,
  );
  assert.match(soFar, /^so far/);
  assert.match(
    readers,
    /^  (one|two) acquired RWLock (X3|Y4) for reading\n.*\n  and, holding it, RWLock (X3|Y4) for reading$/m,
  );
  assert.match(only, /^and x/);
  assert.match(
    again,
    /^Possible deadlock: a reader of RWLock X5 reads again, and would wait behind a writer who comes in between\.\n  reader acquired RWLock X5 for reading\n/,
  );
  assert.deepEqual(rest, []);
});

test('asynchronous acquires: in other threads, on main, and of two flows of one thread', async () => {
  const ended = await program(`
    {
      const [a, b] = newLocks();
      await hold(a, b);
      await new Thread({ name: 'other', target: (a, b) => hold(a, b), args: [b, a] }).start().joinAsync();
    }
    {
      const [a, b, c] = newLocks();
      await Promise.all([nestAsync(a, b), nestAsync(c)]);
      await Promise.all([nestAsync(c), nestAsync(b, a)]);
    }
    {
      const [a, b] = [new RLock(), new RLock()].map((lock) => named(lock, 'R' + ++count));
      const target = async (first, second) => { await first.withAsync(() => second.withAsync(() => sleepAsync(1))); };
      await new Thread({ name: 'three', target, args: [a, b] }).start().joinAsync();
      await new Thread({ name: 'four', target, args: [b, a] }).start().joinAsync();
    }
  `);
  const [threads, flows, reentrant, ...rest] = warnings(ended);
  assert.match(
    threads,
    /^Possible deadlock: Lock B2, Lock A1 are acquired in a circle\.\n  other acquired Lock B2\n    at hold /,
  );
  assert.match(
    threads,
    /^  MainThread acquired Lock A1\n    at hold .*\n(.*\n)*?  and, holding it, Lock B2\n    at hold /m,
  );
  assert.match(flows, /^Possible deadlock: Lock (B5|A4), Lock (A4|B5) are acquired/);
  assert.equal(flows.match(/MainThread acquired/g)?.length, 2);
  assert.match(reentrant, /^Possible deadlock: RLock R\d+, RLock R\d+ are acquired/);
  assert.deepEqual(rest, []);
});

test('nothing is said about programs that cannot deadlock', async () => {
  const ended = await program(`
    const cases = {
      'the same order'(a, b) {
        run('one', nest, a, b);
        run('two', nest, a, b);
      },
      'a gate around both orders'(a, b, gate) {
        run('one', nest, gate, a, b);
        run('two', nest, gate, b, a);
      },
      'a gate for writers'(a, b) {
        const gate = new RWLock();
        run('one', nest, gate.writeLock, a, b);
        run('two', nest, gate.readLock, b, a);
      },
      'one thread that does both'(a, b) {
        run('one', () => { nest(a, b); nest(b, a); });
      },
      'a circle of which one thread does all but what is behind a gate'(a, b, c) {
        run('one', () => { nest(a, b); nest(b, c); nest(c, a); });
      },
      'recursion'() {
        const [a, b] = [new RLock(), new RLock()];
        run('one', nest, a, b, a, b);
        run('two', nest, a, a, b, a);
      },
      'acquires that do not wait, or not for ever'(a, b) {
        run('one', nest, a, b);
        run('two', () => b.with(() => {
          for (const how of [false, { blocking: false }, 100, { timeout: 100 }]) if (a.acquire(how)) a.release();
        }));
      },
      'semaphores'(a) {
        const b = new Semaphore(1);
        run('one', nest, a, b);
        run('two', nest, b, a);
      },
      'a Lock as a signal'(a, b) {
        // Main "holds" a while it takes b, and the consumer waits for a under b: the signaller needs neither.
        a.acquire();
        nest(b);
        const consumer = new Thread({ name: 'consumer', target: () => b.with(() => { a.acquire(); }) }).start();
        untilAsleep('consumer');
        run('signaller', () => { a.release(); });
        consumer.join();
        a.release();
      },
      'readers without a writer'() {
        const [x, y] = [new RWLock(), new RWLock()];
        run('one', nest, x.readLock, y.readLock, x.readLock);
        run('two', nest, y.readLock, x.readLock);
      },
      'a writer that is the only one to read again'() {
        const x = new RWLock();
        run('one', () => { nest(x.writeLock); nest(x.readLock, x.readLock); });
      },
      'a condition that is waited for'(a, b) {
        const changed = new Condition(a);
        const waiter = new Thread({ name: 'waiter', target: () => a.with(() => { changed.wait(); nest(b); }) }).start();
        untilAsleep('waiter');
        nest(b);
        a.with(() => changed.notify());
        waiter.join();
        run('other', nest, a, b);
      },
      async 'one asynchronous flow'(a, b) {
        await hold(a, b);
        await nestAsync(b, a);
      },
      async 'flows side by side that hold one each'(a, b, c) {
        await Promise.all([hold(a, c), hold(b, c), nestAsync(a), nestAsync(b)]);
        await new Thread({ target: (a, b) => nestAsync(b, a), args: [a, b] }).start().joinAsync();
      },
      async 'asynchronous recursion'() {
        const [a, b] = [new RLock(), new RLock()];
        await Promise.all([nestAsync(a, b, a), nestAsync(a, b), nestAsync(a, a, b)]);
      },
      'a wait under a lock that need not wait'(a) {
        const jobs = new Queue();
        jobs.put(1);
        const done = new Thread({ target: () => {} }).start();
        done.join();
        a.with(() => { jobs.get(); done.join(); jobs.taskDone(); jobs.join(); });
      },
      'a wait that holds nothing'(a) {
        const jobs = new Queue();
        const feeder = new Thread({ target: () => { untilAsleep('MainThread'); jobs.put(1); } }).start();
        nest(a);
        jobs.get();
        feeder.join();
      },
      'a join while "holding" a signal'(a) {
        a.acquire();
        const other = new Thread({ target: () => { a.release(); untilAsleep('MainThread'); } }).start();
        other.join();
      },
      'a signal that a thread leaves behind'(a) {
        a.acquire();
        run('one', () => { a.release(); });
        run('two', () => { a.acquire(); });
        a.release();
      },
    };
    for (const [name, body] of Object.entries(cases)) {
      console.error(name);
      await body(...newLocks());
    }
    console.log(Object.keys(cases).join('\\n'));
  `);
  assert.equal(ended.stderr, ended.stdout);
  assert.ok(ended.stdout.length > 100);
});

const HELD: [string, string, RegExp][] = [
  [
    'a join',
    'const other = new Thread({ name: "other", target: () => { untilAsleep("MainThread"); } }).start(); lock.with(() => other.join());',
    /the end of thread other/,
  ],
  [
    'an item',
    'const feeder = later(() => jobs.put(1)); lock.with(() => jobs.get()); feeder.join();',
    /an item of Queue jobs/,
  ],
  [
    'room',
    'for (const k of [1, 2]) jobs.put(k); const taker = later(() => jobs.get()); lock.with(() => jobs.put(3)); taker.join();',
    /room in Queue jobs/,
  ],
  [
    'the last item',
    'jobs.put(1); const doer = later(() => { jobs.get(); jobs.taskDone(); }); lock.with(() => jobs.join()); doer.join();',
    /all items of Queue jobs to be done/,
  ],
  ['a result', 'const future = pool.submit(task); lock.with(() => future.result());', /Future/],
  ['results', 'const futures = [pool.submit(task), pool.submit(task)]; lock.with(() => wait(futures));', /./],
  ['the end of a pool', 'pool.submit(task); lock.with(() => pool.shutdown());', /./],
  [
    'a join, asynchronously',
    'const other = later(() => {}); await lock.withAsync(() => other.joinAsync());',
    /the end of thread later/,
  ],
  [
    'an item, asynchronously',
    'const feeder = later(() => jobs.put(1)); await lock.withAsync(() => jobs.getAsync()); await feeder.joinAsync();',
    /an item of Queue jobs/,
  ],
];

test('a lock held across waits for what others do', async () => {
  const cases = HELD.map(([, body]) => `async () => { ${body} }`).join(',\n');
  const ended = await program(`
    const lock = named(new Lock(), 'lock');
    const jobs = named(new Queue(2), 'jobs');
    const pool = new ThreadPoolExecutor(2);
    const task = () => { sleep(100); };
    const later = (target) => new Thread({ name: 'later', target: () => { sleep(100); target(); } }).start();
    for (const body of [${cases}]) {
      console.error('next');
      while (jobs.unfinishedTasks > 0) { if (!jobs.empty()) jobs.get(); jobs.taskDone(); }
      await body();
    }
  `);
  const found = ended.stderr.split('next\n').slice(1);
  assert.equal(found.length, HELD.length, ended.stderr);
  for (const [k, [what, , wait]] of HELD.entries()) {
    const head = /^Lock held across a wait: MainThread waits for (.*), and holds Lock lock\.\n/.exec(found[k]);
    assert.ok(head, `${what}: ${found[k]}`);
    assert.match(head[1], wait);
    assert.match(found[k], new RegExp(`\\.\\n${FRAMES}\\n  Lock lock was acquired\\n${FRAMES}\\n$`), what);
  }
});

test('a lock that is held when its thread ends, and what becomes of it', async () => {
  const ended = await program(`
    const kept = named(new Lock(), 'kept');
    const lost = named(new RLock(), 'lost');
    run('tidy', () => { new Lock().with(() => {}); });
    run('keeper', () => { kept.acquire(); });
    run('keeper', () => { kept.release(); kept.acquire(); });
    run('failer', () => { lost.acquire(); throw new Error('of its own'); });
    try { lost.acquire(); } catch (error) { console.log(error.name); }
  `);
  const [keeper, failure, , failer, main, ...rest] = warnings(ended);
  assert.match(keeper, parts('Lock held at the end: keeper ends and has not released Lock kept, acquired', FRAME));
  assert.match(failure, /^Exception in thread failer/);
  assert.match(failer, parts('Lock held at the end: failer ends and has not released RLock lost, acquired', FRAME));
  assert.match(main, /^Lock held at the end: MainThread ends and has not released RLock lost, acquired\n/);
  assert.deepEqual(rest, []);
  assert.equal(ended.stdout, 'AbandonedError\n');
});

test('a slow wait, blocking and asynchronous, with a limit and without', async () => {
  const ended = await program(
    `
    const lock = named(new RLock(), 'table');
    const told = named(new Event(), 'told');
    const never = named(new Queue(), 'jobs');
    const hog = new Thread({ name: 'hog', target: () => lock.with(() => { told.wait(); }) }).start();
    while (!lock.locked()) sleep(1);
    sleep(500);
    run('patient', () => { lock.acquire(600); });
    run('getter', () => { try { never.get(500); } catch {} });
    const blocked = new Thread({ name: 'blocked', target: () => { lock.acquire(); lock.release(); } }).start();
    for (let k = 0; k < 2; k++) await lock.acquireAsync(600);
    told.set();
    blocked.join();
    hog.join();
  `,
    '{ slow: 300 }',
  );
  const found = warnings(ended).map((text) => text.replace(/for \d+ ms\n[^]*/, ''));
  // Main also waits for the ends of the others.
  const others = found.filter((text) => !text.includes('MainThread has been waiting for the end'));
  assert.deepEqual(others.toSorted(), [
    'Slow wait: MainThread has been waiting for RLock table, held by hog ',
    'Slow wait: blocked has been waiting for RLock table, held by hog ',
    'Slow wait: getter has been waiting for an item of Queue jobs ',
    'Slow wait: hog has been waiting for Event told ',
    'Slow wait: patient has been waiting for RLock table, held by hog ',
  ]);
  for (const text of warnings(ended)) {
    const ms = Number(/for (\d+) ms\n {4}at /.exec(text)?.[1]);
    assert.ok(ms >= 299, text);
  }
});

test('locks that come and go: their edges go with them, and are not taken for those of others', async () => {
  const ended = await program(
    `
    const pairs = (crossed) => {
      for (let k = 0; k < 3000; k++) {
        const [a, b] = [new Lock(), new Lock()];
        const order = crossed ? [b, a] : [a, b];
        order[0].with(() => order[1].with(() => {}));
      }
    };
    const left = () => memoryUsage().kinds.Lock?.count ?? 0;
    const before = memoryUsage().used;
    pairs(false);
    const between = memoryUsage().used;
    while (left() > 10) {
      gc();
      await sleepAsync(1);
    }
    // An edge takes some hundred bytes, more than the lock itself.
    console.log(between - before > 600_000, memoryUsage().used - before < 100_000);
    run('two', pairs, true);
  `,
    PATIENT,
    ['--expose-gc'],
  );
  assert.equal(ended.stderr, '');
  assert.equal(ended.stdout, 'true true\n');
});

test('the setting: from the environment, switched on while threads run, and off; values that do not exist are refused', async () => {
  const crossing = `
    const book = (first, second) => { first.with(() => second.with(() => {})); };
    const [a, b] = newLocks();
    run('one', book, a, b);
    run('two', book, b, a);
  `;
  const off = await program(crossing, 'false');
  assert.equal(off.stderr, '');
  const later = await program(
    `run('early', nest, ...newLocks()); configure({ debug: ${PATIENT} }); ${crossing}`,
    'false',
  );
  assert.match(later.stderr, /^Possible deadlock/);
  const offAgain = await program(`configure({ debug: false }); ${crossing}`);
  assert.equal(offAgain.stderr, '');
  for (const [value, expected] of [
    ['1', /^Possible deadlock/m],
    ['slow=70000', /^Possible deadlock/],
    ['0', /^$/],
    [
      'yes',
      /^threadwork: THREADWORK_DEBUG is "yes"; it must be 1 \(on\), 0 \(off\) or slow=MILLISECONDS, .*It is ignored\.\n$/,
    ],
    ['slow=0', /^threadwork: THREADWORK_DEBUG is "slow=0"; it must be .*It is ignored\.\n$/],
  ] as const) {
    process.env['THREADWORK_DEBUG'] = value;
    try {
      const ended = await runProgram(`import { Lock, Thread } from 'threadwork'; ${TOOLS} ${crossing}`);
      assert.match(ended.stderr, expected, value);
    } finally {
      delete process.env['THREADWORK_DEBUG'];
    }
  }
  const refused = await program(`
    for (const debug of [1, 'on', null, { slow: 0 }, { slow: 1.5 }, { slow: '9' }]) {
      try { configure({ debug }); console.log('taken'); } catch (error) { console.log(error.name); }
    }
  `);
  assert.equal(refused.stdout, 'TypeError\nTypeError\nTypeError\nValueError\nValueError\nValueError\n');
});

test('lines are those of the TypeScript source', async () => {
  const file = programFile(
    `import { configure, Lock, Thread } from 'threadwork';

// Lines that the compiler drops.
interface Pair {
  first: Lock;
  second: Lock;
}

configure({ debug: { slow: 60_000 } });
function book(pair: Pair): void {
  pair.first.with(() => {
    pair.second.with(() => undefined); // line 12
  }); // begins at line 11
}
const [a, b] = [new Lock(), new Lock()];
new Thread({ target: book, args: [{ first: a, second: b }], name: 'one' }).start().join();
book({ first: b, second: a });
`,
    'ts',
  );
  const tsx = import.meta.resolve('tsx');
  const ended = await startNode(['--import', tsx, file]).ended;
  assert.match(ended.stderr, /^Possible deadlock/);
  const lines = Array.from(ended.stderr.matchAll(/program\d+\.ts:(\d+):/g), ([, line]) => Number(line));
  assert.deepEqual(
    [...new Set(lines)].toSorted((x, y) => x - y),
    [11, 12, 17],
    ended.stderr,
  );
});

for (const { name, body } of [...KNOWN_DEADLOCKS, ...KNOWN_RACES]) {
  test(`in debug mode, without the bug: ${name}`, async () => {
    const ended = await knownProgram(
      body,
      true,
      'configure({ debug: { slow: 60_000 } }); for (let k = 0; k < 5; k++) round();',
    );
    // That sender holds the lock while the queue is full; its keeper knows.
    if (name.includes('keeper')) {
      assert.match(
        ended.stderr,
        /^Lock held across a wait: sender waits for room in Queue outbox, and holds Lock peers\./,
      );
    } else assert.equal(ended.stderr, '');
    assert.equal(ended.code, 0);
  });
}
