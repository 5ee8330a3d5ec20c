import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtomicInt32, Event, getIdent, RuntimeError, Thread, Timer } from 'threadwork';
import { inBothForms } from './thread-forms.js';
import { runProgram } from './thread-programs.js';
import { assertAtOnce } from './thread-time.js';

inBothForms('TIMER-001 timers do not share the arguments that they were not given', async (form) => {
  const received = new AtomicInt32(-1);
  const fired = new Event();
  const callback = (...args: unknown[]) => {
    received.value = args.length;
    fired.set();
  };
  const first = new Timer(10, callback);
  first.start();
  assert.equal(await form.wait(fired), true);
  await form.join(first);
  assert.equal(received.value, 0);
  first.args.push('blah');
  first.kwargs.foo = 'bar';

  fired.clear();
  received.value = -1;
  const second = new Timer(10, callback);
  second.start();
  assert.equal(await form.wait(fired), true);
  await form.join(second);
  assert.equal(received.value, 0);
  assert.deepEqual([second.args, second.kwargs], [[], {}]);
});

inBothForms('TIMER-002 a timer calls its function once, after its time, in a thread of its own', async (form) => {
  const sum = new AtomicInt32();
  const calls = new AtomicInt32();
  const ident = new AtomicInt32();
  const fired = new Event();
  const timer = new Timer(
    100,
    (n: number) => {
      sum.add(n);
      calls.add(1);
      ident.value = getIdent();
      fired.set();
    },
    [1],
  );
  assert.equal(await form.wait(fired, 150), false, 'nothing happens before start()');
  const start = performance.now();
  timer.start();
  assert.equal(await form.wait(fired), true);
  const elapsed = performance.now() - start;
  assert.ok(elapsed >= 99 && elapsed < 1000, `it took ${elapsed} ms`);
  await form.join(timer);
  assert.equal(await form.wait(timer.finished, 0), true);
  assert.deepEqual([sum.value, calls.value], [1, 1]);
  assert.equal(ident.value, timer.ident);
});

inBothForms('TIMER-005 cancel() comes too late once the function ran, and does no harm', async (form) => {
  const calls = new AtomicInt32();
  const timer = new Timer(1, () => void calls.add(1));
  timer.start();
  await form.join(timer);
  assert.equal(timer.cancel(), undefined);
  assert.equal(timer.cancel(), undefined);
  assert.equal(calls.value, 1);
  assert.equal(timer.finished.isSet(), true);
});

inBothForms('TIMER-007 a timer is a thread', async (form) => {
  const timer = new Timer(60_000, () => undefined);
  assert.ok(timer instanceof Thread);
  assert.match(timer.name, /^Thread-\d+$/);
  assert.match(String(timer), /^<Timer\(Thread-\d+, initial\)>$/);
  assert.equal(timer.isAlive(), false);
  assert.equal(timer.daemon, false);
  timer.daemon = true;
  timer.start();
  assert.equal(timer.isAlive(), true);
  assert.throws(() => timer.start(), RuntimeError);
  assert.equal(await form.join(timer, 1), false);
  timer.cancel();
  assert.equal(await form.join(timer), true);
  assert.equal(timer.isAlive(), false);
  assert.throws(() => timer.start(), RuntimeError);
});

test('TIMER-008 a timer keeps the process alive until it has fired', async () => {
  const ended = await runProgram(`
    import { Timer } from 'threadwork';
    new Timer(300, (text) => console.log(text), ['fired']).start();
    console.log('end of main');
  `);
  assert.deepEqual([ended.stdout, ended.stderr, ended.code], ['end of main\nfired\n', '', 0]);
  assert.ok(ended.ms >= 180);
});

test('TIMER-010 what the constructor was given can be read', () => {
  const callback = () => undefined;
  const timer = new Timer(30_000, callback, [1, 'two'], { three: 3 });
  assert.equal(timer.interval, 30_000);
  assert.equal(timer.function, callback);
  assert.deepEqual(timer.args, [1, 'two']);
  assert.deepEqual(timer.kwargs, { three: 3 });
  assert.equal(timer.finished.isSet(), false);
  const bare = new Timer(1, callback);
  assert.deepEqual([bare.args, bare.kwargs], [[], {}]);
});

inBothForms('a timer that was cancelled before its start ends at once and calls nothing', async (form) => {
  const calls = new AtomicInt32();
  const timer = new Timer(60_000, () => void calls.add(1));
  timer.cancel();
  const start = performance.now();
  timer.start();
  await form.join(timer);
  assertAtOnce(performance.now() - start);
  assert.equal(calls.value, 0);
});

inBothForms('any thread may cancel a timer that waits', async (form) => {
  const calls = new AtomicInt32();
  const timer = new Timer(60_000, () => void calls.add(1));
  const started = new Event();
  const canceller = new Thread({
    target: (given: Timer) => {
      started.wait();
      if (given === timer) timer.cancel();
    },
    args: [timer],
  }).start();
  const start = performance.now();
  timer.start();
  started.set();
  await form.join(canceller);
  await form.join(timer);
  assertAtOnce(performance.now() - start);
  assert.equal(calls.value, 0);
  assert.equal(timer.finished.isSet(), true);
});

inBothForms('a timer with a negative interval fires at once, and hands over its named arguments last', async (form) => {
  const sum = new AtomicInt32();
  const timer = new Timer(-1, (n: number, { factor }: { factor: number }) => void sum.add(n * factor), [3], {
    factor: 5,
  });
  timer.start();
  await form.join(timer);
  assert.equal(sum.value, 15);
});

inBothForms('a timer may call an async function, and is finished when that is', async (form) => {
  const goOn = new Event();
  const done = new AtomicInt32();
  const timer = new Timer(1, async () => {
    await goOn.waitAsync();
    done.value = 1;
  });
  timer.start();
  assert.equal(await form.join(timer, 50), false);
  assert.equal(timer.finished.isSet(), false);
  goOn.set();
  await form.join(timer);
  assert.equal(done.value, 1);
  assert.equal(timer.finished.isSet(), true);
});

test('a timer whose function fails reports that and is not finished', async () => {
  const ended = await runProgram(`
    import { Timer } from 'threadwork';
    const timer = new Timer(1, function late() { throw new RangeError('too late'); });
    timer.start();
    console.log(timer.join(), timer.finished.isSet());
  `);
  assert.equal(ended.stdout, 'true false\n');
  assert.match(ended.stderr, /^Exception in thread Thread-1:\n(.*\n)* {4}at late .*\n(.*\n)*RangeError: too late\n$/);
  assert.equal(ended.code, 0);
});
