/**
 * Threads that wait for each other for ever: found, named, and ended; and programs that only look like it, which are left alone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleepAsync } from 'threadwork';
import { type Ended, runProgram, startProgram } from '../conformance/thread-programs.js';

const CROSSED = `
  const both = new Barrier(2);
  function update(first, second) {
    first.acquire();
    both.wait();
    try {
      second.acquire();
      second.release();
      console.log(currentThread().name, 'had both');
    } catch (error) {
      console.log(currentThread().name, error.name, error.code);
    } finally {
      first.release();
    }
  }
  const teller = new Thread({ target: update, args: [accounts, journal], name: 'teller' }).start();
  const auditor = new Thread({ target: update, args: [journal, accounts], name: 'auditor' }).start();
`;

const IMPORTS = `
  import {
    AtomicInt32, Barrier, Condition, configure, currentThread, Event, Lock, RLock, RWLock, Semaphore, sleep, Thread, threadDump, Timer,
  } from 'threadwork';
`;

function program(body: string): Promise<Ended> {
  return runProgram(`${IMPORTS} ${body}`);
}

function locks(type: string): string {
  return `
    const accounts = new ${type}();
    const journal = new ${type}();
    accounts.name = 'accounts';
    journal.name = 'journal';
  `;
}

for (const type of ['Lock', 'RLock']) {
  test(`two threads that take two ${type}s crosswise: one gets the error, the other goes on`, async () => {
    const ended = await program(`${locks(type)}${CROSSED} teller.join(); auditor.join(); console.log('joined');`);
    const lines = ended.stdout.trimEnd().split('\n').toSorted();
    assert.equal(lines.length, 3, ended.stdout + ended.stderr);
    assert.match(lines.join(), /(auditor|teller) DeadlockError ERR_DEADLOCK/);
    assert.match(lines.join(), /(auditor|teller) had both/);
    assert.match(ended.stderr, /^Deadlock: 3 threads wait/);
    assert.match(
      ended.stderr,
      new RegExp(`teller waits for ${type} journal, held by auditor \\(for \\d+ ms\\)\\n {4}at update`),
    );
    assert.match(
      ended.stderr,
      new RegExp(`auditor waits for ${type} accounts, held by teller \\(for \\d+ ms\\)\\n {4}at update`),
    );
    assert.match(ended.stderr, /MainThread waits for the end of thread (teller|auditor)/);
    assert.equal(ended.code, 0);
  });
}

test('crossed RLocks are found though other threads run', async () => {
  const ended = await program(`${locks('RLock')}${CROSSED} await teller.joinAsync(); await auditor.joinAsync();`);
  assert.match(ended.stdout, /DeadlockError/);
  assert.match(ended.stderr, /^Deadlock: 2 threads wait/);
});

test('crossed Locks are reported, and nobody is interrupted, while some thread runs that could release them', async () => {
  const running = startProgram(`
    ${IMPORTS}
    ${locks('Lock')}
    ${CROSSED}
    // Main runs on, and resolves it as only it can.
    process.once('SIGUSR2', () => accounts.release());
    await teller.joinAsync();
    await auditor.joinAsync();
  `);
  await running.until(() => running.stderr.includes('journal'));
  // A second report would come as soon as the first one.
  await sleepAsync(500);
  running.child.kill('SIGUSR2');
  const ended = await running.ended;
  assert.match(ended.stderr, /^Probable deadlock: 2 threads wait for each other's locks\.\n/);
  assert.equal(ended.stderr.match(/Probable deadlock/g)?.length, 1, ended.stderr);
  assert.doesNotMatch(ended.stdout, /DeadlockError/);
});

test('a circle is reported also if its threads came to wait one long after the other', async () => {
  const running = startProgram(`
    ${IMPORTS}
    ${locks('Lock')}
    const both = new Event();
    const daemon = true;
    new Thread({ daemon, target: () => { accounts.acquire(); both.wait(); journal.acquire(); }, name: 'teller' }).start();
    new Thread({ daemon, target: () => { journal.acquire(); both.set(); sleep(700); accounts.acquire(); }, name: 'auditor' }).start();
    setInterval(() => undefined, 1000);
  `);
  await running.until(() => running.stderr.includes('auditor waits for Lock accounts'));
  running.child.kill('SIGKILL');
  const ended = await running.ended;
  assert.match(ended.stderr, /^Probable deadlock: 2 threads wait for each other's locks\.\n/);
});

test('what was probable and is certain later is told again, and ended', async () => {
  const ended = await program(`
    ${locks('Lock')}
    ${CROSSED}
    // Main runs for three seconds, and ends.
    setTimeout(() => undefined, 3000);
  `);
  assert.match(ended.stderr, /^Probable deadlock: 2 threads wait for each other's locks\.\n/);
  assert.match(ended.stderr, /\nDeadlock: 2 threads wait, and nobody is left who could end that\.\n/);
  assert.match(ended.stdout, /(auditor|teller) DeadlockError ERR_DEADLOCK/);
  assert.match(ended.stdout, /(auditor|teller) had both/);
});

test('main may wait for a signal that the program listens to', async () => {
  const running = startProgram(`
    ${IMPORTS}
    const stop = new Event();
    process.on('SIGTERM', () => stop.set());
    console.log('waits');
    console.log(stop.wait());
  `);
  await running.until(() => running.stdout.includes('waits'));
  // Had it been looked into, that would have been after 100 ms, and as probable after two seconds.
  await sleepAsync(3000);
  running.child.kill('SIGTERM');
  const ended = await running.ended;
  assert.deepEqual([ended.stdout, ended.stderr, ended.code], ['waits\ntrue\n', '', 0]);
});

test('where only a listener to a signal could end it, a deadlock is probable', async () => {
  const running = startProgram(`
    ${IMPORTS}
    process.on('SIGINT', () => {});
    const lock = new Lock();
    lock.acquire();
    const other = new Thread({ target: () => lock.acquire(), name: 'other' }).start();
    other.join();
  `);
  await running.until(() => running.stderr.includes('other waits for'));
  running.child.kill('SIGKILL');
  const ended = await running.ended;
  assert.match(ended.stderr, /^Probable deadlock: 2 threads wait, and nothing but a signal could end that\.\n/);
  assert.match(ended.stderr, /MainThread waits for the end of thread other/);
});

test('a thread that takes its own Lock again is told so', async () => {
  const ended = await program(`
    const lock = new Lock();
    lock.name = 'mine';
    new Thread({ name: 'selfish', target: () => { lock.acquire(); lock.acquire(); } }).start().join();
  `);
  assert.match(ended.stderr, /selfish waits for Lock mine, held by itself/);
  assert.match(ended.stderr, /DeadlockError: selfish would wait for Lock mine for ever, as would MainThread/);
});

test('the report says where in the program a thread waits, however deep in the library that is', async () => {
  const ended = await program(`
    const lock = new Lock();
    lock.acquire();
    const hold = () => { const held = lock.hold(); };
    const within = () => lock.with(() => undefined);
    function outer(inner) { try { inner(); } catch {} }
    const threads = [hold, within].map((inner) => new Thread({ name: inner.name, target: outer, args: [inner] }).start());
    for (const thread of threads) thread.join();
  `);
  for (const name of ['hold', 'within']) {
    const waits = `${name} waits for Lock-\\d+, held by MainThread \\(for \\d+ ms\\)`;
    assert.match(ended.stderr, new RegExp(`${waits}\\n {4}at ${name} .*\\n {4}at outer .*\\n(?! {4}at)`));
  }
});

test('an uncaught DeadlockError shows the program alone: no line and no frame of the library', async () => {
  const inMain = await program(`
    const lock = new Lock();
    function outer() { lock.acquire(); lock.with(() => undefined); }
    outer();
  `);
  assert.equal(inMain.code, 1);
  assert.match(
    inMain.stderr,
    /^Deadlock: .*\n {2}MainThread waits .*\n(?: {4}at .*\n)+DeadlockError: MainThread would wait for Lock-\d+ for ever\n {4}at outer .*\n {4}at .*program\d+\.mjs:\d+:\d+ \{\n/,
  );
  const later = await program(`
    const lock = new Lock();
    lock.acquire();
    function callback() { lock.acquire(); }
    setImmediate(callback);
  `);
  assert.match(later.stderr, /\nDeadlockError: .* for ever\n {4}at .*callback .*\n/);
  assert.doesNotMatch(later.stderr.split('\nDeadlockError')[0], /\^/);
  const inThread = await program(`
    function selfish() { const lock = new Lock(); lock.acquire(); lock.acquire(); }
    new Thread({ name: 'selfish', target: selfish }).start().join();
  `);
  assert.match(inThread.stderr, /Exception in thread selfish:\n {4}at selfish .*\nDeadlockError: /);
});

test('a wait for several futures names them', async () => {
  const ended = await runProgram(`
    import { asCompleted, Future, wait } from 'threadwork';
    const attempt = (body) => { try { body(); } catch (error) { console.log(error.message); } };
    const futures = [1, 2, 3].map(() => new Future());
    futures[0].setResult(1);
    attempt(() => wait(futures));
    attempt(() => wait(futures.slice(1), { returnWhen: 'FIRST_COMPLETED' }));
    attempt(() => wait([futures[2]]));
    attempt(() => { for (const future of asCompleted(futures)); });
    attempt(() => wait(Array.from({ length: 9 }, () => new Future())));
  `);
  assert.equal(
    ended.stdout.replace(/Future-\d+/g, 'F'),
    [
      '2 of 2 futures (F, F)',
      '1 of 2 futures (F, F)',
      '1 of 1 future (F)',
      '1 of 2 futures (F, F)',
      '9 of 9 futures (F, F, F, F, F, …)',
    ]
      .map((what) => `MainThread would wait for ${what} for ever\n`)
      .join(''),
    ended.stderr,
  );
});

const FOR_EVER: [string, string, RegExp][] = [
  ['an event', 'new Event().wait()', /MainThread waits for Event-\d+/],
  ['a semaphore', 'new Semaphore(0).acquire()', /MainThread waits for Semaphore-\d+/],
  ['a barrier', 'new Barrier(2).wait()', /MainThread waits for Barrier-\d+/],
  [
    'a condition',
    'const c = new Condition(); c.acquire(); c.wait()',
    /MainThread waits for a notification of Condition-\d+/,
  ],
];
for (const [what, wait, expected] of FOR_EVER) {
  test(`the only thread waits for ${what}: a DeadlockError instead of a hang`, async () => {
    const ended = await program(`try { ${wait}; } catch (error) { console.log(error.name, error.message); }`);
    assert.match(ended.stdout, /^DeadlockError MainThread would wait for .* for ever\n$/);
    assert.match(ended.stderr, expected);
    assert.equal(ended.code, 0);
  });
}

test('the last thread that could have ended a wait ends: the wait is looked at again', async () => {
  const ended = await program(`
    const event = new Event();
    const waiter = new Thread({ name: 'waiter', target: () => { event.wait(); } }).start();
    const other = new Thread({ name: 'other', target: () => { sleep(600); } }).start();
    waiter.join();
    console.log('joined');
  `);
  assert.match(ended.stdout, /joined/);
  assert.match(ended.stderr, /waiter waits for Event-\d+/);
});

test('a condition that is given up is held again, and a barrier is broken', async () => {
  const ended = await program(`
    const condition = new Condition(new Lock());
    condition.acquire();
    try { condition.wait(); } catch (error) { console.log(error.name, condition.locked()); }
    condition.release();
    const barrier = new Barrier(2);
    try { barrier.wait(); } catch (error) { console.log(error.name, barrier.broken); }
  `);
  assert.deepEqual(ended.stdout.trimEnd().split('\n'), ['DeadlockError true', 'DeadlockError true']);
});

test('onDeadlock: report prints and leaves the threads alone; ignore says nothing; exit ends the process', async () => {
  const hang = `new Thread({ daemon: true, target: () => { sleep(1500); process.kill(process.pid, 'SIGTERM'); } });
    new Event().wait();`;
  const exit = await program(`configure({ onDeadlock: 'exit' }); ${hang}`);
  assert.match(exit.stderr, /^Deadlock: 1 thread waits/);
  assert.equal(exit.signal, 'SIGKILL');
  // The other two would hang: a thread that may end them is alive, but only says how things stand.
  const dump = (mode: string) => `
    configure({ onDeadlock: '${mode}' });
    const own = new RLock();
    const lock = new RLock();
    const both = new Barrier(2);
    const cross = (a, b) => { a.acquire(); both.wait(); b.acquire(); };
    new Thread({ name: 'one', daemon: true, target: cross, args: [own, lock] }).start();
    new Thread({ name: 'two', daemon: true, target: cross, args: [lock, own] }).start();
    let waiting;
    do { sleep(50); waiting = threadDump().threads.filter((t) => t.stack !== ''); } while (waiting.length < 2);
    sleep(300);
    console.log(threadDump().threads.map((t) => t.name + ' ' + t.state + ' ' + (t.waitsFor?.heldBy ?? '')).join());
    process.exit(0);
  `;
  const report = await program(dump('report'));
  assert.match(report.stderr, /^Deadlock: 2 threads wait/);
  assert.equal(report.stderr.match(/Deadlock:/g)?.length, 1);
  assert.match(report.stdout, /MainThread running ,one waiting two,two waiting one/);
  const ignore = await program(dump('ignore'));
  assert.equal(ignore.stderr, '');
  assert.match(ignore.stdout, /one waiting two,two waiting one/);
});

test('onDeadlock: a function is called with the report, in a thread that found it', async () => {
  const ended = await program(`
    configure({ onDeadlock: (report) => { console.log(report.certain, report.threads.join(), report.text.includes('at ')); process.kill(process.pid, 'SIGKILL'); } });
    new Event().wait();
  `);
  assert.equal(ended.stdout, 'true MainThread true\n');
});

test('settings of onDeadlock that do not exist are refused, and the environment is read', async () => {
  const ended = await program(`
    try { configure({ onDeadlock: 'panic' }); } catch (error) { console.log(error.name, error.message); }
  `);
  assert.match(
    ended.stdout,
    /^ValueError onDeadlock is "panic"; it must be 'throw', 'report', 'exit', 'ignore' or a function/,
  );
});

test('locks that serve as signals, slow threads, timers and timeouts are no deadlocks', async () => {
  const ended = await program(`
    // Two locks, each released by the other side.
    const full = new Lock();
    const free = new Lock();
    full.acquire();
    const rounds = 3;
    const producer = new Thread({ target: () => { for (let k = 0; k < rounds; k++) { free.acquire(); full.release(); } } }).start();
    const consumer = new Thread({ target: () => { for (let k = 0; k < rounds; k++) { full.acquire(); sleep(700); free.release(); } } }).start();
    producer.join();
    consumer.join();
    const event = new Event();
    new Timer(600, () => { event.set(); }).start();
    event.wait();
    const held = new Lock();
    held.acquire();
    console.log(held.acquire(500));
    const slow = new Event();
    const later = new Thread({ target: () => { const end = performance.now() + 600; while (performance.now() < end); slow.set(); } }).start();
    slow.wait();
    later.join();
    setTimeout(() => { event.clear(); console.log('main goes on'); }, 300);
  `);
  assert.equal(ended.stderr, '');
  assert.equal(ended.stdout, 'false\nmain goes on\n');
});
