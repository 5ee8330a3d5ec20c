import {
  asCompleted,
  type CurrentTask,
  currentTask,
  type DoneAndNotDone,
  Event,
  type Future,
  type MapResult,
  ProcessPoolExecutor,
  type ProcessPoolOptions,
  run,
  ThreadPoolExecutor,
  wait,
  waitAsync,
} from 'threadwork';
import { compiles, type Same, same } from './typed.js';

declare const pool: ThreadPoolExecutor;
declare const work: { module: URL; name: string };
declare const number: Future<number>;
declare const text: Future<string>;

compiles('an initializer and its arguments are checked against each other', () => {
  new ThreadPoolExecutor({ initializer: (n: number) => n, initargs: [5] });
  new ProcessPoolExecutor({ initializer: (n: number) => n, initargs: [5], maxTasksPerChild: 2 });
  new ThreadPoolExecutor({ initializer: (n, event) => event.wait(n), initargs: [5, new Event()] });
  new ProcessPoolExecutor({ initializer: () => undefined });
  new ThreadPoolExecutor({ initializer: work, initargs: [5] });
  new ProcessPoolExecutor({ initializer: work });
  new ThreadPoolExecutor({ initializer: null, maxWorkers: null });
  // @ts-expect-error no number
  new ThreadPoolExecutor({ initializer: (n: number) => n, initargs: ['5'] });
  // @ts-expect-error no number
  new ProcessPoolExecutor({ initializer: (n: number) => n, initargs: ['5'] });
  // @ts-expect-error one too many
  new ThreadPoolExecutor({ initializer: (n: number) => n, initargs: [5, 6] });
  // @ts-expect-error a promise
  new ProcessPoolExecutor({ initializer: (n: Promise<number>) => n, initargs: [Promise.resolve(5)] });
  // @ts-expect-error a misspelt option
  new ThreadPoolExecutor({ initialiser: () => undefined });
  const any: ThreadPoolExecutor = new ThreadPoolExecutor({ initializer: (n: number) => n, initargs: [5] });
  void any;
  class Own extends ProcessPoolExecutor<[number]> {
    constructor(options: ProcessPoolOptions<[number]>) {
      super({ ...options, initargs: [5] });
    }
  }
  new Own({ initializer: (n) => n.toFixed() });
});

compiles('tasks are checked against their arguments', () => {
  same<Same<ReturnType<typeof doubled>, Future<number>>>();
  function doubled() {
    return pool.submit((n) => n * 2, 12);
  }
  const identity = pool.submit(<T>(x: T) => x, 5);
  same<Same<typeof identity, Future<number>>>();
  const later = pool.submit(async (a: string, b?: number) => `${a}${b}`, 'x');
  same<Same<typeof later, Future<string>>>();
  const most = pool.submit(Math.max, 1, 2, 3);
  same<Same<typeof most, Future<number>>>();
  const first = pool.submitWithPriority(-1, (n: number) => n, 5);
  same<Same<typeof first, Future<number>>>();
  const alone = run(async (n: number) => n, 5);
  same<Same<typeof alone, Future<number>>>();
  // @ts-expect-error no number
  pool.submit((n: number) => n, 'x');
  // @ts-expect-error it is missing
  pool.submit((n: number) => n);
  // @ts-expect-error one too many
  pool.submit((n: number) => n, 1, 2);
  // @ts-expect-error no number
  pool.submitWithPriority(1, (n: number) => n, 'x');
  // @ts-expect-error no number
  run((n: number) => n, 'x');
});

compiles('a task may be the export of a module', () => {
  const future = pool.submit(work, 4, 'x');
  same<Same<typeof future, Future>>();
  const first = pool.submitWithPriority(-1, work, 4);
  same<Same<typeof first, Future>>();
  const alone = run({ module: 'file:///work.js', name: 'work' }, 4);
  same<Same<typeof alone, Future>>();
  const results = pool.map(work, [1], ['x'], { chunksize: 5 });
  same<Same<typeof results, MapResult<unknown>>>();
  // @ts-expect-error the name of the export is missing
  pool.submit({ module: 'file:///work.js' }, 4);
  // @ts-expect-error no inputs
  pool.map(work);
  // @ts-expect-error no iterable
  pool.map(work, 5);
});

compiles('what cannot be sent is no argument of a task', () => {
  // @ts-expect-error a promise
  pool.submit((n: Promise<number>) => n, Promise.resolve(5));
  // @ts-expect-error a promise, of which the function says nothing
  pool.submit(async (n) => await n, Promise.resolve(5));
  // @ts-expect-error a promise in an object
  pool.submit((o: { later: Promise<number> }) => o, { later: Promise.resolve(5) });
  // @ts-expect-error a weak collection
  run((o: WeakMap<object, number>) => o, new WeakMap<object, number>());
  // @ts-expect-error a signal
  pool.submitWithPriority(1, (signal: AbortSignal) => signal, new AbortController().signal);
  // Code that is generic in what it sends.
  const forward = <A extends unknown[], R>(fn: (...args: A) => R, ...args: A) => pool.submit(fn, ...args);
  same<Same<ReturnType<typeof forwarded>, Future<number>>>();
  function forwarded() {
    return forward((n: number) => n, 5);
  }
  const single = <T, R>(fn: (item: T, all: T[]) => R, item: T) => run(fn, item, [item]);
  void single;
});

compiles('map is checked against its inputs', () => {
  const doubled = pool.map((n) => n * 2, [1, 2], { chunksize: 2 });
  same<Same<typeof doubled, MapResult<number>>>();
  const two = pool.map(async (a, b) => a + b, [1, 2], 'xy');
  same<Same<typeof two, MapResult<string>>>();
  const three = pool.map((a, b, c) => a + b + c, [1], ['x'], new Set([1n]), { timeout: null });
  same<Same<typeof three, MapResult<string>>>();
  const four = pool.map((a, b, c, d) => a + b + c + d, [1], [2], [3], ['x']);
  same<Same<typeof four, MapResult<string>>>();
  const five = pool.map((a, b, c, d, e) => a + b + c + d + e, [1], [2], [3], [4], ['x'], { buffersize: 2 });
  same<Same<typeof five, MapResult<string>>>();
  const most = pool.map(Math.max, [1], [2], [3], [4], [5], { chunksize: 5 });
  same<Same<typeof most, MapResult<number>>>();
  pool.map(() => 5, [1, 2], { chunksize: 5 });
  pool.map((a: number, b?: string) => [a, b], [1], { chunksize: 5 });
  pool.map((n: number) => n, [1], undefined);
  const columns: number[][] = [];
  pool.map(Math.max, ...columns);
  pool.map(Math.max, ...columns, { chunksize: 5 });
  const forward = <T, R>(fn: (item: T) => R, items: Iterable<T>) => pool.map(fn, items, { chunksize: 5 });
  void forward;
});

compiles('map refuses what it refuses when it runs, and more', () => {
  // @ts-expect-error texts are no numbers
  pool.map((n: number) => n, ['x']);
  // @ts-expect-error a misspelt option
  pool.map((n: number) => n, [1], { chunkSize: 5 });
  // @ts-expect-error a misspelt option
  pool.map(() => 5, [1], { chunkSize: 5 });
  // @ts-expect-error a number is no iterable
  pool.map((n: number) => n, 5);
  // @ts-expect-error the second input is of another type
  pool.map((a: number, b: number) => a + b, [1], ['x']);
  // @ts-expect-error the second input is missing
  pool.map((a: number, b: number) => a + b, [1]);
  // @ts-expect-error all are missing
  pool.map((n: number) => n);
  // @ts-expect-error the fourth input is of another type
  pool.map((a: number, b: number, c: number, d: string) => [a, b, c, d], [1], [2], [3], [4]);
  // @ts-expect-error a misspelt option
  pool.map((a: number, b: number, c: number, d: string) => [a, b, c, d], [1], [2], [3], ['x'], { timeOut: 5 });
  // @ts-expect-error no function
  pool.map(5, [1]);
});

compiles('futures of several types can be waited for together', () => {
  const both = wait([number, text]);
  same<Same<typeof both, DoneAndNotDone<number | string>>>();
  const later = waitAsync(new Set([number, text]), 5);
  same<Same<typeof later, Promise<DoneAndNotDone<number | string>>>>();
  for (const future of asCompleted([number, text])) same<Same<typeof future, Future<number | string>>>();
  void (async () => {
    for await (const future of asCompleted([number, text], 5)) {
      const result = future.result();
      same<Same<typeof result, number | string>>();
    }
  });
  const one = wait([number, number], { returnWhen: 'FIRST_COMPLETED' });
  same<Same<typeof one, DoneAndNotDone<number>>>();
  const said = wait<number>([number]);
  same<Same<typeof said, DoneAndNotDone<number>>>();
  wait([]);
  const generic = <T>(futures: Future<T>[]): Set<Future<T>> => wait(futures).done;
  void generic;
  // @ts-expect-error a number is no future
  wait([number, 5]);
  // @ts-expect-error a list of futures
  asCompleted(number);
});

compiles('what a task knows of itself has a name', () => {
  const task: CurrentTask | undefined = currentTask();
  void task;
});
