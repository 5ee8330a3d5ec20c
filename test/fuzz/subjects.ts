/**
 * What can be called: for each class of the library, objects to call methods of, what they look like, and how to see that they
 * still work.
 */
import assert from 'node:assert/strict';
import * as library from 'threadwork';

const { f64, str } = library;

/** A struct of the tests' own. */
export class Point extends library.struct({ x: f64, label: str }) {}
class Numbers extends library.struct({ x: f64 }) {}

export interface Subject {
  /** Objects in various states; none of them makes a method wait that has no time limit. */
  readonly make: readonly (() => unknown)[];
  /** What must be the same after a call that was refused. */
  readonly state?: (object: never) => unknown;
  /** Throws if the object does not work any more. */
  readonly probe?: (object: never) => void;
}

function lockProbe(lock: { acquire(o: number): boolean; release(): void; locked?(): boolean }): void {
  if (lock.locked?.() === true) lock.release();
  assert.equal(lock.acquire(0), true);
  lock.release();
}

function lockState(lock: { locked(): boolean; name: string }): unknown {
  return [lock.locked(), lock.name];
}

function semaphoreProbe(semaphore: library.Semaphore): void {
  const before = String(semaphore);
  const taken = semaphore.acquire(0);
  if (taken) semaphore.release();
  assert.equal(String(semaphore), before);
}

type AnyQueue = library.Queue<unknown>;

function queueProbe(queue: AnyQueue): void {
  if (queue.isShutdown === true) return;
  while (!queue.empty()) queue.getNowait();
  queue.put(7, 0);
  assert.equal(queue.get(0), 7);
}

function queueState(queue: AnyQueue): unknown {
  return [queue.qsize(), queue.unfinishedTasks, queue.maxsize, queue.isShutdown, queue.name];
}

function filled<Q extends { put(item: unknown): void }>(queue: Q): Q {
  for (const item of [3, 1, 2]) queue.put(item);
  return queue;
}

function atomicState(atomic: { value: unknown; name: string }): unknown {
  return [atomic.value, atomic.name];
}

function listProbe(list: library.SharedList<unknown>): void {
  list.push('probe');
  assert.equal(list.at(-1), 'probe');
  assert.equal(list.pop(), 'probe');
}

function mapProbe(map: library.SharedMap<unknown, unknown>): void {
  const before = map.size;
  map.set('the probe', 1);
  assert.equal(map.get('the probe'), 1);
  assert.equal(map.delete('the probe'), true);
  assert.equal(map.size, before);
}

function setProbe(set: library.SharedSet<unknown>): void {
  assert.equal(set.insert('the probe'), true);
  assert.equal(set.delete('the probe'), true);
}

function done(): library.Future<unknown> {
  const future = new library.Future<unknown>();
  future.setResult(1);
  return future;
}

function failed(): library.Future<unknown> {
  const future = new library.Future<unknown>();
  future.setException(new Error('failed'));
  return future;
}

function cancelled(): library.Future<unknown> {
  const future = new library.Future<unknown>();
  future.cancel();
  return future;
}

function ended(): library.Thread {
  const thread = new library.Thread({ target: () => 1 }).start();
  thread.join();
  return thread;
}

function atomic<T>(type: new () => T): Subject {
  return { make: [() => new type()], state: atomicState };
}

const pools: library.Executor[] = [];

/** One pool for all: its threads are kept. */
function pool(): library.Executor {
  pools[0] ??= new library.ThreadPoolExecutor(2);
  return pools[0];
}

/** Ends what subjects have started. */
export function endSubjects(): void {
  for (const started of pools.splice(0)) started.shutdown();
}

const mutexLike = { state: lockState, probe: lockProbe };

/** By name of the class. */
export const SUBJECTS: Readonly<Record<string, Subject>> = {
  Lock: { make: [() => new library.Lock()], ...mutexLike },
  RLock: { make: [() => new library.RLock()], ...mutexLike },
  Condition: {
    make: [
      () => new library.Condition(),
      () => {
        const condition = new library.Condition();
        condition.acquire();
        return condition;
      },
    ],
    ...mutexLike,
  },
  Semaphore: { make: [() => new library.Semaphore(1)], state: String, probe: semaphoreProbe },
  BoundedSemaphore: { make: [() => new library.BoundedSemaphore(1)], state: String, probe: semaphoreProbe },
  RWLock: { make: [() => new library.RWLock()], state: String },
  RWLockSide: {
    make: [() => new library.RWLock().readLock, () => new library.RWLock().writeLock],
    state: (side: library.RWLockSide) => side.locked(),
    probe: lockProbe,
  },
  Event: {
    make: [
      () => new library.Event(),
      () => {
        const event = new library.Event();
        event.set();
        return event;
      },
    ],
    state: String,
    probe: (event: library.Event) => {
      event.set();
      assert.equal(event.wait(0), true);
      event.clear();
      assert.equal(event.wait(0), false);
    },
  },
  Barrier: {
    make: [() => new library.Barrier(1), () => new library.Barrier(2), () => new library.Barrier(3, { timeout: 2 })],
    state: (barrier: library.Barrier) => [barrier.parties, barrier.nWaiting, barrier.broken, barrier.name],
    probe: (barrier: library.Barrier) => {
      barrier.reset();
      if (barrier.parties === 1) assert.equal(barrier.wait(0), 0);
    },
  },
  Guard: { make: [() => new library.Lock().hold()] },
  Queue: {
    make: [() => new library.Queue(), () => filled(new library.Queue(3)), () => filled(new library.Queue())],
    state: queueState,
    probe: queueProbe,
  },
  LifoQueue: { make: [() => filled(new library.LifoQueue())], state: queueState, probe: queueProbe },
  PriorityQueue: { make: [() => filled(new library.PriorityQueue())], state: queueState, probe: queueProbe },
  SimpleQueue: { make: [() => filled(new library.SimpleQueue())], state: queueState, probe: queueProbe },
  Future: {
    make: [() => new library.Future(), done, failed, cancelled],
    state: (future: library.Future) => [future.done(), future.running(), future.cancelled(), future.name],
    probe: (future: library.Future) => {
      if (!future.done() && !future.running()) assert.equal(future.cancel(), true);
    },
  },
  Thread: {
    make: [() => new library.Thread({ target: () => 1 }), ended],
    state: (thread: library.Thread) => [thread.isAlive(), thread.ident, thread.daemon, thread.name],
    probe: (thread: library.Thread) => {
      if (thread.ident === null) thread.start();
      assert.equal(thread.join(20_000), true);
    },
  },
  Timer: {
    make: [() => new library.Timer(1, () => 1)],
    state: (timer: library.Timer) => [timer.isAlive(), timer.ident, timer.daemon, timer.name],
  },
  Local: { make: [() => library.local(), () => new library.Local()] },
  AtomicInt32: atomic(library.AtomicInt32),
  AtomicUint32: atomic(library.AtomicUint32),
  AtomicBigInt64: atomic(library.AtomicBigInt64),
  AtomicFloat64: atomic(library.AtomicFloat64),
  AtomicBoolean: atomic(library.AtomicBoolean),
  SharedList: {
    make: [() => new library.SharedList(), () => library.shared([3, 'b', 1, null])],
    state: (list: library.SharedList<unknown>) => [list.toArray(), list.name],
    probe: listProbe,
  },
  SharedMap: {
    make: [
      () => new library.SharedMap(),
      () =>
        library.shared(
          new Map<unknown, unknown>([
            ['a', 1],
            [2, 'b'],
          ]),
        ),
    ], // prettier-ignore
    state: (map: library.SharedMap<unknown, unknown>) => [map.toMap(), map.name],
    probe: mapProbe,
  },
  SharedSet: {
    make: [() => new library.SharedSet(), () => library.shared(new Set(['a', 1]))],
    state: (set: library.SharedSet<unknown>) => [set.toSet(), set.name],
    probe: setProbe,
  },
  SharedObject: {
    make: [() => library.shared({ a: 1, b: 'text' })],
    state: (object: { a: unknown; b: unknown; name: string }) => [object.a, object.b, object.name],
  },
  Struct: {
    make: [() => new Point({ x: 1, label: 'here' })],
    state: (point: Point) => [point.x, point.label, point.name],
  },
  StructArray: {
    make: [() => new library.StructArray(Numbers, 3)],
    state: (points: library.StructArray<Numbers>) => [points.toJSON(), points.name],
  },
  SerializedIterator: {
    make: [() => library.serializeIterator([1, 2, 3]), () => library.serializeIterator(endless())],
  },
  TeeIterator: { make: [() => library.concurrentTee([1, 2, 3])[0]] },
  Executor: { make: [pool] },
  ThreadPoolExecutor: { make: [pool] },
  ProcessPoolExecutor: { make: [() => new library.ProcessPoolExecutor(1)] },
  MapResult: { make: [() => pool().map((n: number) => n, [1, 2])] },
  ThreadDump: { make: [() => library.threadDump()] },
};

function* endless(): Generator<number, void, unknown> {
  for (let n = 0; ; n++) yield n;
}
