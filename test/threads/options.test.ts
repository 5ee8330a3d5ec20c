import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import {
  asCompleted,
  Barrier,
  BoundedSemaphore,
  Condition,
  configure,
  dumpLater,
  Event,
  Future,
  Lock,
  PriorityQueue,
  ProcessPoolExecutor,
  Queue,
  RLock,
  RWLock,
  Semaphore,
  SimpleQueue,
  sleepAsync,
  Thread,
  ThreadPoolExecutor,
  Timer,
  wait,
  waitAsync,
} from 'threadwork';

/** What JavaScript may pass. */
const wrong = (name: string): never => ({ [name]: 5 }) as never;

function refuses(call: () => unknown, message: string): void {
  assert.throws(call, { name: 'TypeError', message });
}

test('an option that a lock does not have is refused, and the lock is not taken', async () => {
  const locks = [new Lock(), new RLock(), new Semaphore(), new BoundedSemaphore(), new Condition()];
  const rw = new RWLock();
  for (const lock of [...locks, rw.readLock, rw.writeLock]) {
    const message = 'acquire() has no option timeOut: it takes blocking, timeout, signal';
    refuses(() => lock.acquire(wrong('timeOut')), message);
    refuses(() => lock.acquire({ blocking: false, timeOut: 5 } as never), message);
    refuses(() => lock.hold(wrong('timeOut')), message);
    await assert.rejects(async () => lock.acquireAsync(wrong('timeOut')), { name: 'TypeError', message });
    await assert.rejects(async () => lock.holdAsync(wrong('timeOut')), { name: 'TypeError', message });
    if (!(lock instanceof Semaphore)) assert.equal(lock.locked(), false);
    assert.equal(lock.acquire({ blocking: true, timeout: 1000 }), true);
    lock.release();
  }
});

test('a wait takes timeout and signal, and nothing else', async () => {
  const event = new Event();
  const future = new Future();
  const done = new Thread().start();
  const queue = new Queue();
  const barrier = new Barrier(1, { timeout: 1000 });
  const condition = new Condition();
  condition.acquire();
  const waits: [string, (options: never) => unknown][] = [
    ['wait', (o) => event.wait(o)],
    ['waitAsync', (o) => event.waitAsync(o)],
    ['wait', (o) => barrier.wait(o)],
    ['waitAsync', (o) => barrier.waitAsync(o)],
    ['wait', (o) => condition.wait(o)],
    ['waitAsync', (o) => condition.waitAsync(o)],
    ['waitFor', (o) => condition.waitFor(() => true, o)],
    ['waitForAsync', (o) => condition.waitForAsync(() => true, o)],
    ['join', (o) => done.join(o)],
    ['joinAsync', (o) => done.joinAsync(o)],
    ['join', (o) => queue.join(o)],
    ['joinAsync', (o) => queue.joinAsync(o)],
    ['result', (o) => future.result(o)],
    ['resultAsync', (o) => future.resultAsync(o)],
    ['exception', (o) => future.exception(o)],
    ['exceptionAsync', (o) => future.exceptionAsync(o)],
    ['asCompleted', (o) => asCompleted([future], o)],
  ];
  for (const [name, call] of waits) {
    const message = `${name}() has no option tiemout: it takes timeout, signal`;
    await assert.rejects(async () => call(wrong('tiemout')), { name: 'TypeError', message });
  }
  condition.release();
  assert.equal(barrier.broken, false);
  done.join();
  refuses(() => wait([], wrong('when')), 'wait() has no option when: it takes timeout, returnWhen, signal');
  const message = 'waitAsync() has no option when: it takes timeout, returnWhen, signal';
  await assert.rejects(async () => waitAsync([], wrong('when')), { message });
  await assert.rejects(
    async () => sleepAsync(0, wrong('timeout')),
    /sleepAsync\(\) has no option timeout: it takes signal/,
  );
  const { signal } = new AbortController();
  await assert.rejects(async () => sleepAsync(0, signal as never), /write \{ signal \}/);
  refuses(() => void dumpLater(1000, wrong('repeated')), 'dumpLater() has no option repeated: it takes repeat');
});

test('an option that a queue does not have is refused, and nothing is put or taken', async () => {
  for (const queue of [new Queue<number>(), new Queue<number>(2), new SimpleQueue<number>()]) {
    const put = 'put() has no option timeot: it takes block, timeout, signal';
    refuses(() => queue.put(1, wrong('timeot')), put);
    await assert.rejects(async () => queue.putAsync(1, wrong('timeot')), { name: 'TypeError', message: put });
    assert.equal(queue.qsize(), 0);
    queue.put(1, { block: true, timeout: 1000 });
    const get = 'get() has no option blocking: it takes block, timeout, signal';
    refuses(() => queue.get(wrong('blocking')), get);
    await assert.rejects(async () => queue.getAsync(wrong('blocking')), { name: 'TypeError', message: get });
    assert.equal(queue.get({ block: true, timeout: 1000 }), 1);
  }
  refuses(() => new Queue().shutdown(wrong('immediat')), 'shutdown() has no option immediat: it takes immediate');
  refuses(() => new PriorityQueue(0, wrong('key')), 'new PriorityQueue() has no option key: it takes priority');
});

test('constructors and executors take the options that they have', () => {
  const threads = 'it takes target, args, kwargs, name, daemon, resourceLimits';
  refuses(() => new Thread(wrong('targt')), `new Thread() has no option targt: ${threads}`);
  refuses(() => new Barrier(2, wrong('actoin')), 'new Barrier() has no option actoin: it takes action, timeout');
  const pools = 'it takes maxWorkers, threadNamePrefix, initializer, initargs, resourceLimits';
  refuses(
    () => new ThreadPoolExecutor(wrong('max_workers')),
    `new ThreadPoolExecutor() has no option max_workers: ${pools}`,
  );
  const processes = 'it takes maxWorkers, initializer, initargs, maxTasksPerChild';
  refuses(
    () => new ProcessPoolExecutor(wrong('mpContext')),
    `new ProcessPoolExecutor() has no option mpContext: ${processes}`,
  );
  refuses(() => new Future().cancel(wrong('force')), 'cancel() has no option force: it takes running');
  refuses(() => configure({ debug: wrong('slwo') }), 'debug has no option slwo: it takes slow');
  using pool = new ThreadPoolExecutor(1);
  refuses(
    () => pool.shutdown(wrong('cancel_futures')),
    'shutdown() has no option cancel_futures: it takes wait, cancelFutures',
  );
  const message = 'map() has no option chunkSize: it takes timeout, chunksize, buffersize, signal';
  refuses(() => pool.map((n: number) => n, [1, 2], wrong('chunkSize')), message);
  refuses(() => pool.map((n: number) => n, [1], { length: 1 } as never), message.replace('chunkSize', 'length'));
  const negative = pool.map((n: number) => -n, [1, 2], { chunksize: 2 });
  assert.deepEqual([...negative], [-1, -2]);
  // What can be iterated over is an input, whatever else it is.
  const sums = pool.map((a: number, b: number) => a + b, [1], Object.assign([2], { chunkSize: 1 }));
  assert.deepEqual([...sums], [3]);
  async function* later() {
    yield await Promise.resolve(1);
  }
  assert.throws(() => pool.map((n: number) => n, [1], later() as never), /map\(\) takes iterables, not object/);
});

test('a list has no named arguments', () => {
  const kwargs = [1] as never;
  refuses(() => new Thread({ target: () => undefined, kwargs }), 'kwargs must be an object, not an array');
  refuses(() => new Timer(1, () => undefined, [], kwargs), 'kwargs must be an object, not an array');
});

test('what all objects have is no option, and inherited options are options', () => {
  const lock = new Lock();
  const everywhere = Object.prototype as { extra?: number };
  everywhere.extra = 1;
  try {
    assert.equal(lock.acquire({ timeout: 1000 }), true);
    lock.release();
    const foreign = runInNewContext('Object.prototype.more = 1; ({ timeout: 1000 })') as { timeout: number };
    assert.equal(lock.acquire(foreign), true);
    lock.release();
  } finally {
    delete everywhere.extra;
  }
  assert.equal(lock.acquire(Object.create({ timeout: 1000 }) as never), true);
  lock.release();
  refuses(
    () => lock.acquire(Object.create({ timout: 1000, timeout: 1 }) as never),
    'acquire() has no option timout: it takes blocking, timeout, signal',
  );
});
