import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import {
  activeCount,
  AtomicInt32,
  currentThread,
  enumerate,
  Event,
  getIdent,
  Lock,
  mainThread,
  OverflowError,
  RuntimeError,
  stackSize,
  Thread,
  TIMEOUT_MAX,
  ValueError,
} from 'threadwork';
import * as everything from 'threadwork';
import * as threading from 'threadwork/threading';
import { inBothForms } from './thread-forms.js';
import { untilAlone } from './thread-time.js';

function numberIn(name: string): number {
  const match = /^Thread-(\d+)/.exec(name);
  assert.ok(match, `${name} has no number`);
  return Number(match[1]);
}

test('THREAD-002 a thread has the name it was given, or one of its own with a rising number and its target’s name', () => {
  function func() {}
  assert.equal(new Thread({ name: 'myname1' }).name, 'myname1');
  assert.equal(new Thread({ name: 123 as unknown as string }).name, '123');
  assert.equal(new Thread({ target: func, name: 'myname2' }).name, 'myname2');

  const unnamed = new Thread();
  const empty = new Thread({ name: '' });
  const targeted = new Thread({ target: func });
  const nameless = new Thread({ target: (() => () => {})() });
  assert.match(unnamed.name, /^Thread-\d+$/);
  assert.match(empty.name, /^Thread-\d+$/);
  assert.match(targeted.name, /^Thread-\d+ \(func\)$/);
  assert.match(nameless.name, /^Thread-\d+$/, 'a target without a name adds nothing');
  const numbers = [unnamed, empty, targeted, nameless].map((thread) => numberIn(thread.name));
  const [first] = numbers;
  assert.deepEqual(numbers, [first, first + 1, first + 2, first + 3]);
});

inBothForms('THREAD-003 the target receives exactly the arguments of args', async (form) => {
  for (const args of [[1], ['str'], [[1]], [], [1, [2, [3]], 'four', null]]) {
    const right = new AtomicInt32(-1);
    const thread = new Thread<unknown[]>({
      target: (...received) => {
        right.value = isDeepStrictEqual(received, args) ? 1 : 0;
      },
      args,
    });
    await form.join(thread.start());
    assert.equal(right.value, 1, JSON.stringify(args));
  }
});

test('THREAD-020 a thread made by main is no daemon unless it is made one', () => {
  assert.equal(new Thread().daemon, false);
  assert.equal(new Thread({ daemon: false }).daemon, false);
  assert.equal(new Thread({ daemon: true }).daemon, true);
});

inBothForms('THREAD-023 mainThread() is the same thread wherever it is asked', async (form) => {
  assert.equal(mainThread().name, 'MainThread');
  assert.equal(mainThread().ident, currentThread().ident);
  assert.equal(mainThread().ident, getIdent());
  const seen = new AtomicInt32();
  const own = new AtomicInt32();
  const thread = new Thread({
    target: () => {
      seen.value = mainThread().ident!;
      own.value = currentThread().ident!;
    },
  });
  await form.join(thread.start());
  assert.equal(seen.value, mainThread().ident);
  assert.notEqual(own.value, mainThread().ident);
});

inBothForms('THREAD-063 daemon cannot be changed once the thread was started', async (form) => {
  const goOn = new Event();
  const thread = new Thread({ target: () => goOn.wait() }).start();
  assert.throws(() => (thread.daemon = true), RuntimeError);
  goOn.set();
  await form.join(thread);
  assert.throws(() => (thread.daemon = true), RuntimeError);
  assert.equal(thread.daemon, false);
});

test('THREAD-084 the module exports the documented names and nothing private', () => {
  const documented = `
    Thread Timer Lock RLock Condition Semaphore BoundedSemaphore Event Barrier RWLock
    currentThread mainThread enumerate activeCount getIdent getNativeId stackSize
    sleep sleepAsync exit setExcepthook defaultExcepthook registerAtExit local Local
    serializeIterator synchronizedIterator concurrentTee TIMEOUT_MAX`;
  // What their signatures mention, and the conversion of units.
  const besides = 'Guard RWLockSide SerializedIterator BrokenBarrierError ThreadError SystemExit seconds';
  assert.deepEqual(Object.keys(threading).sort(), `${documented} ${besides}`.trim().split(/\s+/).sort());
  for (const [name, value] of Object.entries(threading)) {
    assert.ok(value !== undefined, name);
    assert.equal((everything as Record<string, unknown>)[name], value, `${name} is the same from both entry points`);
  }
  assert.equal(threading.ThreadError, RuntimeError);
});

test('THREAD-091 stackSize() takes zero or a size that a stack can have', () => {
  assert.equal(stackSize(), 0);
  assert.equal(stackSize(0), 0);
  assert.equal(stackSize(), 0);
  for (const wrong of [123, -4096, -1, Number.NaN, 32767, 40_000.5]) {
    assert.throws(() => stackSize(wrong), ValueError, String(wrong));
    assert.equal(stackSize(), 0);
  }
  assert.equal(stackSize(262_144), 0, 'the answer is the size in force before');
  assert.equal(stackSize(0), 262_144);
});

inBothForms('THREAD-107 ident and nativeId are null before the start and stay after the end', async (form) => {
  const goOn = new Event();
  const thread = new Thread({ target: () => goOn.wait() });
  assert.equal(thread.ident, null);
  assert.equal(thread.nativeId, null);
  assert.equal(thread.isAlive(), false);
  thread.start();
  const { ident, nativeId } = thread;
  assert.ok(ident !== null && ident !== 0);
  if (process.platform === 'linux') assert.ok(nativeId !== null && nativeId > 0);
  goOn.set();
  await form.join(thread);
  assert.equal(thread.isAlive(), false);
  assert.equal(thread.ident, ident);
  assert.equal(thread.nativeId, nativeId);
});

inBothForms('THREAD-111 a thread is a daemon if the thread that makes it is one', async (form) => {
  for (const daemon of [true, false]) {
    const inherited = new AtomicInt32(-1);
    const overruled = new AtomicInt32(-1);
    const thread = new Thread({
      daemon,
      target: () => {
        inherited.value = new Thread().daemon ? 1 : 0;
        overruled.value = new Thread({ daemon: !daemon }).daemon ? 1 : 0;
      },
    });
    await form.join(thread.start());
    assert.equal(inherited.value, daemon ? 1 : 0);
    assert.equal(overruled.value, daemon ? 0 : 1);
  }
});

test('THREAD-114 names need not be unique, and what is assigned becomes a string', () => {
  const one = new Thread({ name: 'same' });
  const other = new Thread({ name: 'same' });
  assert.equal(one.name, other.name);
  one.name = 'changed';
  assert.equal(one.name, 'changed');
  assert.equal(other.name, 'same');
  one.name = 77 as unknown as string;
  assert.equal(one.name, '77');
  assert.ok(String(one).includes('77'));
});

inBothForms('THREAD-115 in its target, currentThread() is the thread that its starter holds', async (form) => {
  const same = new AtomicInt32(-1);
  const ident = new AtomicInt32();
  const named = new AtomicInt32(-1);
  const thread: Thread = new Thread({
    name: 'known by this name',
    target: () => {
      same.value = currentThread() === thread ? 1 : 0;
      ident.value = currentThread().ident!;
      named.value = currentThread().name === 'known by this name' ? 1 : 0;
    },
  });
  await form.join(thread.start());
  assert.equal(same.value, 1);
  assert.equal(ident.value, thread.ident);
  assert.equal(named.value, 1);
});

inBothForms('THREAD-116 enumerate() lists the threads alive, and activeCount() counts them', async (form) => {
  await untilAlone();
  const goOn = new Event();
  const before = activeCount();
  assert.equal(before, enumerate().length);
  assert.ok(enumerate().includes(mainThread()));
  const threads = [1, 2, 3].map((n) => new Thread({ target: () => goOn.wait(), daemon: n === 3 }));
  assert.equal(activeCount(), before);
  for (const thread of threads) thread.start();
  assert.equal(activeCount(), before + 3);
  assert.equal(enumerate().length, activeCount());
  const listed = enumerate();
  for (const thread of [...threads, mainThread()]) assert.ok(listed.includes(thread), String(thread));
  goOn.set();
  for (const thread of threads) await form.join(thread);
  assert.equal(activeCount(), before);
  assert.equal(enumerate().length, before);
});

inBothForms('THREAD-117 getIdent() tells the living threads apart', async (form) => {
  const goOn = new Event();
  const idents = [new AtomicInt32(), new AtomicInt32()];
  const agrees = new AtomicInt32();
  const threads = idents.map((ident) =>
    new Thread({
      target: () => {
        ident.value = getIdent();
        if (getIdent() === currentThread().ident) agrees.add(1);
        goOn.wait();
      },
    }).start(),
  );
  goOn.set();
  for (const thread of threads) await form.join(thread);
  const [first, second] = idents.map((ident) => ident.value);
  assert.equal(agrees.value, 2);
  assert.equal(getIdent(), currentThread().ident);
  assert.equal(new Set([first, second, getIdent()]).size, 3);
  for (const ident of [first, second, getIdent()]) assert.ok(Number.isInteger(ident) && ident !== 0, String(ident));
  assert.deepEqual(
    threads.map((thread) => thread.ident),
    [first, second],
  );
});

test('THREAD-125 TIMEOUT_MAX is finite, and a lock takes no longer timeout', async () => {
  assert.ok(Number.isFinite(TIMEOUT_MAX) && TIMEOUT_MAX > 0);
  const lock = new Lock();
  assert.throws(() => lock.acquire(TIMEOUT_MAX * 2), OverflowError);
  await assert.rejects(lock.acquireAsync(TIMEOUT_MAX * 2), OverflowError);
  assert.equal(lock.locked(), false);
  assert.equal(lock.acquire(TIMEOUT_MAX), true);
});
