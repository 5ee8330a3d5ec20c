import {
  type Acquirable,
  Barrier,
  Condition,
  configure,
  dumpLater,
  f64,
  Future,
  type Handle,
  type Holdable,
  Lock,
  PriorityQueue,
  ProcessPoolExecutor,
  Queue,
  RLock,
  RWLock,
  Semaphore,
  sleepAsync,
  str,
  struct,
  type TeeIterator,
  concurrentTee,
  Thread,
  ThreadPoolExecutor,
  wait,
} from 'threadwork';
import { compiles, type Same, same } from './typed.js';

// The project is compiled with exactOptionalPropertyTypes: what is not declared to may not be undefined there.
compiles('an option that is undefined is one that is not given', () => {
  const limit = { timeout: undefined, signal: undefined };
  new Lock().acquire({ ...limit, blocking: undefined });
  new Queue<number>().get({ ...limit, block: undefined });
  new Queue().shutdown({ immediate: undefined });
  new PriorityQueue(0, { priority: undefined });
  new Condition().wait(limit);
  new Barrier(2, { action: undefined, timeout: undefined }).wait(limit);
  new Future().cancel({ running: undefined });
  wait([], { ...limit, returnWhen: undefined });
  void sleepAsync(1, { signal: undefined });
  new Thread({
    target: undefined,
    args: undefined,
    kwargs: undefined,
    name: undefined,
    daemon: undefined,
    resourceLimits: undefined,
  });
  const pool = new ThreadPoolExecutor({
    maxWorkers: undefined,
    threadNamePrefix: undefined,
    initializer: undefined,
    initargs: undefined,
    resourceLimits: undefined,
  });
  pool.map((n: number) => n, [1], { ...limit, chunksize: undefined, buffersize: undefined });
  pool.shutdown({ wait: undefined, cancelFutures: undefined });
  new ProcessPoolExecutor({
    maxWorkers: undefined,
    initializer: undefined,
    initargs: undefined,
    maxTasksPerChild: undefined,
  });
  dumpLater(1000, { repeat: undefined });
  configure({ heapBytes: undefined, warmThreads: undefined, onDeadlock: undefined, dump: undefined, debug: undefined });
  configure({ debug: { slow: undefined } });
  class Point extends struct({ x: f64, label: str }) {}
  new Point({ x: undefined, label: undefined });
});

compiles('what can be held, and what threads share, have names', () => {
  const locks: Holdable[] = [new Lock(), new RLock(), new Condition(), new Semaphore()];
  const sides: Acquirable[] = [...locks, new RWLock().readLock];
  const shared: Handle[] = [...locks, new Queue<number>(), new Thread()];
  void [sides, shared];
  const tees: TeeIterator<number>[] = concurrentTee([1]);
  void tees;
  const held = (lock: Holdable) => lock.with(() => 5);
  same<Same<ReturnType<typeof held>, number>>();
  // @ts-expect-error a number cannot be held
  held(5);
});
