/**
 * What a program does with every room of the library, for programs that run it in odd company: prints `done` if all came out as it
 * should, else throws what did not.
 */
import type * as Library from 'threadwork';

function same(found: unknown, expected: unknown, what: string): void {
  if (found !== expected) throw new Error(`${what}: ${String(found)} instead of ${String(expected)}`);
}

function threw(name: string, task: () => unknown): void {
  let found = 'nothing';
  try {
    task();
  } catch (error) {
    found = (error as Error).name;
  }
  same(found, name, 'what was thrown');
}

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
  doubled(): number {
    return this.x * 2;
  }
}

/** Runs it; `inThread` is called at the beginning of what threads and tasks do. */
export async function exercise(library: typeof Library, inThread: () => void = () => undefined): Promise<void> {
  const write = process.stdout.write.bind(process.stdout);
  await threads(library, inThread);
  await waits(library, inThread);
  await queues(library, inThread);
  await pools(library, inThread);
  sharedData(library, inThread);
  refusals(library);
  write('done\n');
}

async function threads(
  { AtomicInt32, Lock, Queue, Thread, Timer, Event, local }: typeof Library,
  inThread: () => void,
) {
  const count = new AtomicInt32();
  const lock = new Lock();
  const captured = { list: [1, 2, 3], map: new Map([[1, { b: 2 }]]) };
  const out = new Queue<{ got: number; sum: number; doubled: number }>();
  const work = (given: { v: number; map: Map<string, number[]>; set: Set<number>; bytes: Uint8Array }) => {
    inThread();
    for (let k = 0; k < 200; k++) {
      lock.acquire();
      count.value = count.value + 1;
      lock.release();
    }
    const sum = captured.list[2] + captured.map.get(1)!.b + given.bytes[1] + given.set.size + given.map.get('x')![0];
    out.put({ got: given.v, sum, doubled: new Point(4).doubled() });
  };
  const both: Library.Thread[] = [];
  for (let v = 0; v < 2; v++) {
    const given = { v, map: new Map([['x', [1]]]), set: new Set([1]), bytes: new Uint8Array([1, 2]) };
    both[v] = new Thread({ target: work, args: [given] }).start();
  }
  same(both[0].join() && both[1].join(), true, 'join');
  same(count.value, 400, 'count');
  const [first, second] = [out.getNowait(), out.getNowait()];
  same(first.got + second.got, 1, 'arguments');
  same(first.sum + second.doubled, 17, 'captured values');

  class Counting extends Thread {
    n = 1;
    override run(): void {
      inThread();
      this.n = 7;
    }
  }
  const counting = new Counting();
  counting.start().join();
  same(counting.n, 7, 'fields of a subclass');
  const own = local(() => ({ v: 1 }));
  own.v++;
  same(own.v, 2, 'local');
  const fired = new Event();
  new Timer(5, () => {
    fired.set();
  }).start();
  same(fired.wait(20_000), true, 'timer');
}

async function waits(library: typeof Library, inThread: () => void) {
  const { Barrier, Condition, Event, Lock, RLock, RWLock, Semaphore, Thread, shared, sleep } = library;
  const lock = new Lock();
  await lock.acquireAsync();
  same(lock.acquire(20), false, 'timeout');
  same(await lock.acquireAsync(20), false, 'timeout, asynchronous');
  lock.release();
  const nested = new RLock();
  nested.with(() => nested.with(() => undefined));
  new RWLock().writeLock.with(() => undefined);
  sleep(2);
  const begin = new Event();
  const condition = new Condition();
  const slots = new Semaphore(2);
  const barrier = new Barrier(2);
  const state = shared({ ready: false });
  const thread = new Thread({
    target: () => {
      inThread();
      begin.wait();
      barrier.wait();
      slots.with(() => condition.with(() => ((state.ready = true), condition.notifyAll())));
    },
  }).start();
  begin.set();
  barrier.wait();
  condition.with(() => condition.waitFor(() => state.ready));
  same(thread.join(), true, 'join');
}

async function queues({ PriorityQueue, Queue, Thread }: typeof Library, inThread: () => void) {
  const queue = new Queue<{ deep: { n: number }[] }>(2);
  const producer = new Thread({
    target: () => {
      inThread();
      for (let n = 0; n < 50; n++) queue.put({ deep: [{ n }] });
      queue.shutdown();
    },
  }).start();
  let sum = 0;
  for (let k = 0; k < 50; k++) sum += (k % 2 === 0 ? queue.get() : await queue.getAsync()).deep[0].n;
  same(sum, 1225, 'items');
  producer.join();
  const sorted = new PriorityQueue<[number, string]>();
  sorted.put([2, 'b']);
  sorted.put([1, 'a']);
  same(sorted.get()[1] + sorted.get()[1], 'ab', 'priorities');
}

async function pools({ ThreadPoolExecutor, asCompleted, run, wait }: typeof Library, inThread: () => void) {
  const pool = new ThreadPoolExecutor(2);
  const square = (k: number) => {
    inThread();
    return { k, square: k * k };
  };
  const futures: Library.Future<{ k: number; square: number }>[] = [];
  for (let k = 0; k < 6; k++) futures[k] = pool.submit(square, k);
  let sum = 0;
  for (const future of asCompleted(futures)) sum += future.result().square;
  for await (const future of asCompleted(futures)) sum += future.result().k;
  for (const n of pool.map((n: number) => n * 2, [1, 2, 3, 4], { chunksize: 2 })) sum += n;
  same(sum, 55 + 15 + 20, 'results');
  same(wait(futures).done.size, 6, 'wait');
  same((await pool.submit(square, 7)).square, 49, 'await');
  const fail = () => {
    throw new RangeError('bad', { cause: new Error('why') });
  };
  const error = pool.submit(fail).exception() as RangeError;
  same(error.message, 'bad', 'error');
  // From a vm context, the library's realm is another.
  if (ThreadPoolExecutor instanceof Function) same(error instanceof RangeError, true, 'error is a RangeError');
  same((error.cause as Error).message, 'why', 'cause');
  let name = '';
  try {
    await pool.submit(async () => fail());
  } catch (thrown) {
    ({ name } = thrown as Error);
  }
  same(name, 'RangeError', 'asynchronous error');
  pool.shutdown();
  same(await run(() => 42), 42, 'run');
}

function sharedData({ Thread, f64, shared, str, struct }: typeof Library, inThread: () => void) {
  const map = shared(new Map<string, unknown>([['a', 1]]));
  map.set('b', { list: [1] });
  map.update('a', (n) => (n as number) + 1);
  const list = shared([1, 2]);
  const set = shared(new Set([1]));
  class Account extends struct({ balance: f64, owner: str }) {
    doubled(): number {
      return this.balance * 2;
    }
  }
  const account = new Account({ balance: 2, owner: 'x' });
  new Thread({
    target: () => {
      inThread();
      account.balance = account.doubled() + 1;
      map.set('t', 1);
      list.push(9);
      set.add(3);
    },
  })
    .start()
    .join();
  same(account.balance, 5, 'struct');
  same(`${String(map.get('a'))} ${String(map.get('t'))} ${list.at(-1)} ${set.has(3)}`, '2 1 9 true', 'containers');
}

function refusals({ Lock, Queue, Thread, memoryUsage, threadDump }: typeof Library) {
  let count = 0;
  threw('CaptureError', () => new Thread({ target: () => void count++ }).start());
  threw('NotSendableError', () => new Queue<unknown>().put(new WeakMap()));
  const lock = new Lock();
  threw('RuntimeError', () => lock.release());
  same(String(threadDump()).includes('MainThread'), true, 'dump');
  same(memoryUsage().used > 0, true, 'memory');
  lock.acquire();
  threw('DeadlockError', () => lock.acquire());
}
