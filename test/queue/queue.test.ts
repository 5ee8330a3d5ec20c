/** What queues do beyond Python's test suites: items of all kinds, loops, subclasses, deaths, memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import {
  AtomicInt32,
  configure,
  Empty,
  Event,
  Full,
  Future,
  HeapExhaustedError,
  LifoQueue,
  Lock,
  memoryUsage,
  NotSendableError,
  PriorityQueue,
  Queue,
  ShutDown,
  SimpleQueue,
  sleepAsync,
  Thread,
  transfer,
} from 'threadwork';
import { usedBytes } from '../../src/heap/allocator.js';
import { queueLength } from '../../src/park/waiter.js';
import { Crew, promptly, until } from '../conformance/crew.js';
import { asynchronous } from '../conformance/forms.js';

const MAKERS: [string, () => Queue<unknown> | SimpleQueue<unknown>][] = [
  ['Queue', () => new Queue()],
  ['LifoQueue', () => new LifoQueue()],
  ['PriorityQueue', () => new PriorityQueue(0, { priority: () => 0 })],
  ['SimpleQueue', () => new SimpleQueue()],
];

for (const [name, make] of MAKERS) {
  test(`${name}: any value that can be sent`, () => {
    const queue = make();
    const lock = new Lock();
    for (const item of [
      1,
      -0,
      Number.NaN,
      'text',
      'é€😀',
      10n,
      null,
      undefined,
      true,
      { a: [1, new Map()] },
      new Date(5),
    ]) {
      queue.put(item);
      assert.deepEqual(queue.get(), item);
    }
    queue.put(lock);
    assert.equal(queue.get(), lock);
    queue.put((n: number) => n + 1);
    assert.equal((queue.get() as (n: number) => number)(1), 2);
    assert.throws(() => queue.put({ deep: new WeakMap() }), { name: 'NotSendableError', message: /item\.deep/ });
    assert.equal(queue.qsize(), 0);
  });

  test(`${name}: leaves the heap as it was`, () => {
    const round = () => {
      const queue = make();
      for (let k = 0; k < 3000; k++) queue.put(k % 3 === 0 ? k : { k });
      for (let k = 0; k < 3000; k++) queue.get();
      const used = usedBytes();
      for (let k = 0; k < 3000; k++) queue.put(k % 3 === 0 ? k : { k });
      if (queue instanceof Queue) queue.shutdown({ immediate: true });
      else for (let k = 0; k < 3000; k++) queue.get();
      return usedBytes() - used;
    };
    round();
    // A batch of blocks may be on its way to the thread's stock.
    assert.ok(Math.abs(round()) < 100_000);
  });
}

test('text forms', () => {
  const queue = new Queue<number>(10);
  queue.name = 'jobs';
  for (let k = 0; k < 3; k++) queue.put(k);
  assert.equal(String(queue), '<Queue size=3 maxsize=10 name=jobs>');
  assert.equal(inspect(queue), String(queue));
  assert.match(String(new PriorityQueue()), /^<PriorityQueue size=0 maxsize=0 name=PriorityQueue-\d+>$/);
  assert.match(String(new SimpleQueue()), /^<SimpleQueue size=0 name=SimpleQueue-\d+>$/);
});

test('what makes no sense', () => {
  for (const maxsize of ['3', null, Number.NaN]) assert.throws(() => new Queue(maxsize as never), TypeError);
  assert.throws(() => new (SimpleQueue as never as new (n: number) => unknown)(3), TypeError);
  assert.throws(() => new Queue().get({ block: 1 as never }), TypeError);
  assert.throws(() => new Queue().get('5' as never), TypeError);
});

test('loops end at shutdown', async () => {
  const queue = new Queue<number>();
  const sum = new AtomicInt32();
  const crew = new Crew(4, async (number) => {
    if (number % 2 === 0) for (const item of queue) sum.add(item);
    else for await (const item of queue) sum.add(item);
  });
  for (let item = 1; item <= 1000; item++) queue.put(item);
  await until('all are taken', () => queue.empty());
  queue.shutdown();
  await crew.join(asynchronous);
  assert.equal(sum.value, 500_500);
  // One that is left early leaves the rest inside.
  const rest = new Queue<number>();
  for (const item of [1, 2, 3]) rest.put(item);
  for (const item of rest) if (item === 1) break;
  for await (const item of rest) if (item === 2) break;
  assert.equal(rest.qsize(), 1);
});

test('an asynchronous loop does not wait for items that look like promises', async () => {
  const queue = new Queue<unknown>();
  // Whoever awaited this would wait for ever.
  // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
  queue.put({ then: () => undefined });
  queue.shutdown();
  for await (const item of queue) assert.deepEqual(Object.keys(item as object), ['then']);
});

test('an abort ends a wait, and nothing is lost', async () => {
  const queue = new Queue<number>(1);
  const reason = new URIError('had enough');
  for (const call of [
    (signal: AbortSignal) => queue.getAsync({ signal }),
    (signal: AbortSignal) => queue.joinAsync({ signal }),
    (signal: AbortSignal) => queue.putAsync(2, { signal }),
  ]) {
    const controller = new AbortController();
    const waiting = call(controller.signal);
    await sleepAsync(5);
    controller.abort(reason);
    await promptly(() => assert.rejects(waiting, reason));
    assert.throws(() => queue.get({ signal: AbortSignal.abort(reason) }), reason);
    if (queue.empty()) queue.put(1);
  }
  assert.equal(queue.get(), 1);
  queue.taskDone();
  assert.deepEqual([queue.qsize(), queue.unfinishedTasks], [0, 0]);
});

class Jobs<T> extends Queue<T> {
  readonly retries = 3;
  constructor(public readonly label: string) {
    super(5);
  }
  putTwice(item: T): void {
    this.put(item);
    this.put(item);
  }
  override get(options?: never): T {
    return super.get(options);
  }
}

test('a subclass goes with its methods and fields', () => {
  const jobs = new Jobs<string>('work');
  const inner = new Queue<Jobs<string>>();
  inner.put(jobs);
  new Thread({
    target: () => {
      const mine = inner.get();
      mine.putTwice(`${mine.label} ${mine.retries} ${mine instanceof Jobs} ${mine.maxsize}`);
    },
  })
    .start()
    .join();
  assert.deepEqual([jobs.get(), jobs.get()], ['work 3 true 5', 'work 3 true 5']);
  assert.match(String(jobs), /^<Jobs size=0 maxsize=5 name=Queue-\d+>$/);
});

test('a subclass cannot replace the storage', () => {
  class Own extends Queue<number> {
    _put(): void {}
  }
  assert.throws(() => new Own(), { name: 'TypeError', message: /cannot replace _put\(\)/ });
  class WithSocket extends Queue<number> {
    readonly socket = new WeakMap();
  }
  const queue = new WithSocket();
  assert.throws(() => new Queue<unknown>().put(queue), NotSendableError);
});

test('errors are the same classes in other threads', () => {
  const result = new SimpleQueue<unknown>();
  new Thread({
    target: () => {
      for (const call of [() => new Queue().getNowait(), () => new Queue(0).shutdown()]) {
        try {
          call();
        } catch (error) {
          result.put(error);
        }
      }
      result.put(new Full('full'));
      result.put(new ShutDown('shut'));
    },
  })
    .start()
    .join();
  for (const type of [Empty, Full, ShutDown]) assert.ok(result.get() instanceof type);
});

test('getters are served in the order of arrival, in both forms', async () => {
  const queue = new Queue<number>();
  const places = Array.from({ length: 6 }, () => new AtomicInt32(-1));
  const [key] = Object.getOwnPropertySymbols(queue);
  const address = (queue as unknown as Record<symbol, number>)[key];
  const crews: Crew[] = [];
  for (let place = 0; place < 6; place++) {
    crews.push(
      new Crew(1, async () => {
        const own = places[place];
        own.value = place % 2 === 0 ? queue.get() : await queue.getAsync();
      }),
    );
    await until('it stands in line', () => queueLength(address) === place + 1);
  }
  for (let item = 0; item < 6; item++) queue.put(item);
  for (const crew of crews) await crew.join(asynchronous);
  assert.deepEqual(
    places.map((place) => place.value),
    [0, 1, 2, 3, 4, 5],
  );
});

test('what a getter was given that died before it saw it comes out next', async () => {
  for (const make of [() => new Queue<number>(), () => new LifoQueue<number>(), () => new PriorityQueue<number>()]) {
    const queue = make();
    const still = new Event();
    const enough = new Event();
    const mortal = new Thread({
      target: async () => {
        for (let k = 0; k < 2; k++) void queue.getAsync();
        await sleepAsync(1);
        // From here on its event loop stands still: none of its waits can resume.
        still.set();
        enough.wait();
        process.exit(0);
      },
    }).start();
    await still.waitAsync();
    for (let item = 0; item < 4; item++) queue.put(item);
    assert.equal(queue.qsize(), 2);
    enough.set();
    assert.ok(await mortal.joinAsync(20_000));
    await until('they are back', () => queue.qsize() === 4);
    const out = [0, 1, 2, 3].map(() => queue.get());
    assert.deepEqual(
      [...out].sort((a, b) => a - b),
      [0, 1, 2, 3],
    );
    if (queue instanceof PriorityQueue) assert.deepEqual(out, [0, 1, 2, 3]);
    assert.equal(queue.unfinishedTasks, 4);
  }
});

test('what a putter brought that died goes with it, the others go on', async () => {
  const queue = new Queue<number>(1);
  queue.put(0);
  const still = new Event();
  const mortal = new Thread({
    target: async () => {
      for (let k = 0; k < 3; k++) void queue.putAsync(100 + k);
      await sleepAsync(1);
      still.set();
      process.exit(0);
    },
  }).start();
  await still.waitAsync();
  assert.ok(await mortal.joinAsync(20_000));
  await until('it is buried', () => !memoryUsage().threads.some(({ name }) => name === mortal.name));
  const living = queue.putAsync(1);
  assert.deepEqual([queue.get(), queue.get()], [0, 1]);
  await living;
  assert.equal(queue.unfinishedTasks, 2);
});

test('a full heap leaves the queue as it is', () => {
  const queue = new Queue<unknown>();
  configure({ heapBytes: 2 ** 27 });
  const big = new Uint8Array(2 ** 22);
  let count = 0;
  assert.throws(() => {
    for (; count < 1000; count++) queue.put(big);
  }, HeapExhaustedError);
  assert.equal(queue.qsize(), count);
  assert.equal(queue.unfinishedTasks, count);
  for (let k = 0; k < count; k++) assert.equal((queue.get() as Uint8Array).length, big.length);
  queue.put(1);
  assert.equal(queue.get(), 1);
});

test('a buffer that was to be moved stays where the queue refuses it', async () => {
  const buffer = (): Uint8Array<ArrayBuffer> => transfer(new Uint8Array([1, 2, 3]));
  for (const queue of [new Queue<unknown>(1), new PriorityQueue<unknown>(1, { priority: () => 0 })]) {
    queue.put(0);
    const bytes = buffer();
    assert.throws(() => queue.put(bytes, false), Full);
    assert.throws(() => queue.put({ a: [bytes] }, 1), Full);
    await assert.rejects(queue.putAsync(bytes, { timeout: 1 }), Full);
    assert.deepEqual([...bytes], [1, 2, 3]);
    const waiting = queue.putAsync(bytes);
    assert.equal(queue.get(), 0);
    await waiting;
    assert.equal(bytes.length, 0);
    assert.deepEqual(queue.get(), new Uint8Array([1, 2, 3]));
    const refused = buffer();
    queue.put(0);
    const shut = assert.rejects(queue.putAsync(refused), ShutDown);
    queue.shutdown();
    await shut;
    assert.equal(refused.length, 3);
    assert.throws(() => queue.put(refused), ShutDown);
    assert.equal(refused.length, 3);
  }
  const simple = new SimpleQueue<Uint8Array>();
  const bytes = buffer();
  simple.put(bytes);
  assert.deepEqual([bytes.length, simple.get().length], [0, 3]);
});

test('a future’s value whose buffer was moved is seen by this thread as by others', () => {
  const future = new Future<Uint8Array>();
  const bytes = transfer(new Uint8Array([1, 2, 3]));
  future.setResult(bytes);
  assert.equal(bytes.length, 0);
  assert.deepEqual(future.result(), new Uint8Array([1, 2, 3]));
  const again = transfer(new Uint8Array(2));
  assert.throws(() => future.setResult(again));
  assert.equal(again.length, 2);
});
