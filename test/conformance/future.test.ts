/** Future. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import {
  AtomicInt32,
  CancelledError,
  Event,
  Future,
  InvalidStateError,
  RuntimeError,
  sleep,
  Thread,
  TimeoutError,
} from 'threadwork';
import { Crew, taking, until } from './crew.js';
import { asynchronous } from './forms.js';
import { failure, futures, inBothForms } from './future-forms.js';
import { runProgram } from './thread-programs.js';

test('FUT-001 a callback is called with the future, which has its result', () => {
  const future = new Future<number>();
  const seen: unknown[] = [];
  future.addDoneCallback((done) => seen.push(done, done.result()));
  future.setResult(5);
  assert.deepEqual(seen, [future, 5]);
  assert.equal(seen[0], future);
});

test('FUT-001 async a callback runs in the thread that added it, when another one sets the result', async () => {
  const future = new Future<number>();
  let seen = 0;
  future.addDoneCallback((done) => (seen = done.result()));
  new Thread({ target: () => future.setResult(5) }).start();
  await until('the callback ran', () => seen === 5);
});

test('a callback runs while its thread sleeps in a call of the library', () => {
  const future = new Future<number>();
  let seen = 0;
  future.addDoneCallback((done) => (seen = done.result()));
  const thread = new Thread({ target: () => future.setResult(5) }).start();
  thread.join();
  for (let k = 0; k < 1000 && seen === 0; k++) sleep(1);
  assert.equal(seen, 5);
});

test('FUT-003 cancel() runs the callbacks', () => {
  const future = new Future();
  let cancelled: boolean | undefined;
  future.addDoneCallback((done) => (cancelled = done.cancelled()));
  assert.equal(future.cancel(), true);
  assert.equal(cancelled, true);
});

test('FUT-004 what a callback throws is printed, and the others run', async () => {
  const { stdout, stderr, code } = await runProgram(`
    import { Future } from 'threadwork';
    const future = new Future();
    future.addDoneCallback(() => { throw new Error('first goes wrong'); });
    future.addDoneCallback(() => console.log('second'));
    future.setResult(5);
  `);
  assert.equal(stdout, 'second\n');
  assert.match(stderr, /exception calling callback for <Future .*state=finished[^]*Error: first goes wrong/);
  assert.equal(code, 0);
});

test('FUT-005 a callback that comes late is called at once', () => {
  const future = new Future<number>();
  future.setResult(5);
  let seen: Future<number> | undefined;
  future.addDoneCallback((done) => void (seen = done));
  assert.equal(seen, future);
});

test('FUT-009 the text forms', () => {
  const { pending, running, cancelled, notified, failed, finished } = futures();
  for (const text of [String, inspect]) {
    assert.match(text(pending), /state=pending/);
    assert.match(text(running), /state=running/);
    assert.match(text(cancelled), /state=cancelled/);
    assert.match(text(notified), /state=cancelled/);
    assert.match(text(failed), /state=finished raised RangeError>/);
    assert.match(text(finished), /state=finished returned number>/);
  }
});

test('FUT-010 cancel() by state', () => {
  const { pending, running, cancelled, notified, failed, finished } = futures();
  for (const future of [pending, cancelled, notified]) {
    assert.equal(future.cancel(), true);
    assert.match(String(future), /state=cancelled/);
  }
  for (const future of [running, failed, finished]) {
    const before = String(future);
    assert.equal(future.cancel(), false);
    assert.equal(String(future), before);
  }
});

test('FUT-011 cancelled() by state', () => {
  const { pending, running, cancelled, notified, failed, finished } = futures();
  const all = [pending, running, cancelled, notified, failed, finished];
  assert.deepEqual(
    all.map((future) => future.cancelled()),
    [false, false, true, true, false, false],
  );
  assert.deepEqual(
    all.map((future) => future.done()),
    [false, false, true, true, true, true],
  );
});

test('FUT-013 running() by state', () => {
  const { pending, running, cancelled, notified, failed, finished } = futures();
  assert.deepEqual(
    [pending, running, cancelled, notified, failed, finished].map((future) => future.running()),
    [false, true, false, false, false, false],
  );
});

inBothForms('FUT-014 result() without waiting, by state', async (form) => {
  const { pending, running, cancelled, notified, failed, finished } = futures();
  const result = async (future: Future) => form.result(future, 0);
  for (const future of [pending, running]) await assert.rejects(result(future), TimeoutError);
  for (const future of [cancelled, notified]) await assert.rejects(result(future), CancelledError);
  await assert.rejects(result(failed), (error) => error === failure);
  assert.equal(await result(finished), 42);
});

inBothForms('FUT-015 result() waits for what another thread sets', async (form) => {
  const future = new Future<number>();
  const thread = new Thread({
    target: () => {
      sleep(1000);
      future.setResult(42);
    },
  }).start();
  assert.equal(await taking(1000, () => form.result(future, 5000)), 42);
  thread.join();
});

inBothForms('FUT-018 exception() waits for what another thread sets', async (form) => {
  const future = new Future<number>();
  const thread = new Thread({
    target: () => {
      sleep(1000);
      future.setException(new RangeError('from afar'));
    },
  }).start();
  const error = await taking(1000, () => form.exception(future));
  assert.ok(error instanceof RangeError);
  assert.equal(error.message, 'from afar');
  assert.equal(future.exception(), error, 'the same object every time');
  thread.join();
});

test('FUT-019 a second result is refused', () => {
  const future = new Future<number>();
  future.setResult(1);
  for (const again of [() => future.setResult(2), () => future.setException(new Error('late'))]) {
    assert.throws(
      again,
      (error) => error instanceof InvalidStateError && error.message.startsWith('FINISHED: <Future'),
    );
  }
  assert.equal(future.result(), 1);
  const { cancelled } = futures();
  assert.throws(() => cancelled.setResult(1), InvalidStateError);
});

inBothForms('FUT-021 a snapshot is consistent', async (form) => {
  const { pending, cancelled, failed, finished } = futures();
  const nothing = { done: false, cancelled: false, result: undefined, exception: null };
  assert.deepEqual(pending.snapshot(), nothing);
  assert.deepEqual(cancelled.snapshot(), { ...nothing, done: true, cancelled: true });
  assert.deepEqual(failed.snapshot(), { ...nothing, done: true, exception: failure });
  assert.deepEqual(finished.snapshot(), { ...nothing, done: true, result: 42 });
  const wrong = new AtomicInt32();
  const crew = new Crew(4, () => {
    for (let k = 0; k < 1000; k++) {
      const { done, result, exception } = finished.snapshot();
      if (!done || result !== 42 || exception !== null) wrong.add(1);
    }
  });
  await crew.join(asynchronous);
  assert.equal(wrong.value, 0);
  assert.equal(await form.exception(finished), null);
});

test('FUT-022 a pending future takes a result', () => {
  const future = new Future<string>();
  future.setResult('early');
  assert.equal(future.result(), 'early');
});

test('FUT-025 callbacks run in order, each as often as it was added', () => {
  const future = new Future();
  const seen: string[] = [];
  const a = () => void seen.push('a');
  const b = () => void seen.push('b');
  for (const callback of [a, a, b, a, b]) future.addDoneCallback(callback);
  future.setResult(0);
  assert.deepEqual(seen, ['a', 'a', 'b', 'a', 'b']);
});

test('FUT-025 callbacks of a future that another thread ends, or that is cancelled, run in order too', async () => {
  for (const end of [
    (future: Future) => void new Thread({ target: () => future.setResult(0) }).start().join(),
    (future: Future) => void future.cancel(),
  ]) {
    const future = new Future();
    const seen: number[] = [];
    for (let k = 0; k < 20; k++) future.addDoneCallback(() => seen.push(k));
    end(future);
    await until('all were called', () => seen.length === 20);
    assert.deepEqual(
      seen,
      Array.from({ length: 20 }, (_, k) => k),
    );
  }
});

test('a callback that a callback adds runs at once, before those that are left', () => {
  const future = new Future();
  const seen: string[] = [];
  future.addDoneCallback(() => {
    seen.push('first');
    future.addDoneCallback(() => seen.push('inner'));
  });
  future.addDoneCallback(() => seen.push('second'));
  future.setResult(0);
  assert.deepEqual(seen, ['first', 'inner', 'second']);
});

test('FUT-029 a second cancel() is true and calls nobody', () => {
  const future = new Future();
  let calls = 0;
  future.addDoneCallback(() => calls++);
  assert.deepEqual([future.cancel(), future.cancel()], [true, true]);
  assert.equal(future.setRunningOrNotifyCancel(), false);
  assert.equal(future.cancel(), true);
  assert.equal(calls, 1);
});

inBothForms('FUT-030 exception() is null for a result, and a failed future throws the very error', async (form) => {
  const { failed, finished } = futures();
  assert.equal(await form.exception(finished), null);
  assert.equal(await form.exception(failed), failure);
  await assert.rejects(
    async () => form.result(failed),
    (error) => error === failure,
  );
});

test('FUT-031 the errors are the library’s', async () => {
  const library = await import('threadwork');
  for (const type of [CancelledError, InvalidStateError, TimeoutError]) {
    assert.ok(Object.values(library).includes(type as never));
    assert.equal(new type('x').name, type.name);
    assert.match(new type('x').code, /^ERR_/);
  }
});

test('setRunningOrNotifyCancel() refuses what is neither pending nor cancelled', () => {
  const { running, notified, failed } = futures();
  for (const future of [running, notified, failed])
    assert.throws(() => future.setRunningOrNotifyCancel(), RuntimeError);
});

test('a future can be awaited, in any thread, and its error is silent until then', async () => {
  const future = new Future<{ a: number }>();
  const seen = new AtomicInt32();
  const crew = new Crew(3, async () => seen.add((await future).a));
  const failing = new Future();
  failing.setException(new Error('nobody asks'));
  future.setResult({ a: 7 });
  assert.equal(await future, await future);
  assert.deepEqual(await future.finally(() => seen.add(100)), { a: 7 });
  await crew.join(asynchronous);
  assert.equal(seen.value, 121);
  await assert.rejects(failing.then(), /nobody asks/);
  assert.equal(await failing.catch((error: unknown) => (error as Error).message), 'nobody asks');
});

test('a wait for a future is ended by its signal', async () => {
  const future = new Future();
  const controller = new AbortController();
  const waiting = future.resultAsync({ signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  const over = new Event();
  over.set();
  await assert.rejects(future.resultAsync({ signal: over.signal }), { name: 'AbortError' });
});

test('a future is itself in every thread', () => {
  const future = new Future<Future>();
  const thread = new Thread({ target: (same: Future) => same.setResult(same), args: [future as Future] }).start();
  thread.join();
  assert.equal(future.result(), future);
});
