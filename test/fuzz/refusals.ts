/** Calls that are refused, by name: each of them must throw, whatever `bad` is of what unsendable.ts has. */
import * as library from 'threadwork';
import { unsendableFunction } from './unsendable.js';

const { any, f64, i8, str } = library;

/** A call that throws; a promise: it rejects. */
export type Refusal = (bad: unknown) => unknown;

class Point extends library.struct({ x: f64, small: i8, label: str, more: any, lock: library.Lock }) {}

const TEXT = 'of some length '.repeat(40);
const SENDABLE = { text: TEXT, bytes: new Uint8Array(2000), list: [1, [2n ** 90n]] };

const queues = {
  Queue: new library.Queue<unknown>(),
  LifoQueue: new library.LifoQueue<unknown>(),
  PriorityQueue: new library.PriorityQueue<unknown>(),
  SimpleQueue: new library.SimpleQueue<unknown>(),
};
const ranked = new library.PriorityQueue<unknown>(0, { priority: () => Symbol('none') as never });

function full<Q extends library.Queue<unknown>>(queue: Q): Q {
  queue.put(1);
  return queue;
}
const fullQueues = {
  Queue: full(new library.Queue<unknown>(1)),
  LifoQueue: full(new library.LifoQueue<unknown>(1)),
};
const fullPriorities = full(new library.PriorityQueue<unknown>(1));
const empty = new library.Queue<unknown>();
const shutDown = new library.Queue<unknown>();
shutDown.shutdown();

const list = new library.SharedList<unknown>(['a', TEXT]);
const map = new library.SharedMap<unknown, unknown>([['a', TEXT]]);
const set = new library.SharedSet<unknown>(['a', TEXT]);
const object = library.shared({ a: TEXT as unknown, b: 1 });
const point = new Point({ label: TEXT, more: SENDABLE });
const points = new library.StructArray(class extends library.struct({ x: f64, small: i8 }) {}, 3);
const pool = new library.ThreadPoolExecutor(1);
const closedPool = new library.ThreadPoolExecutor(1);
closedPool.shutdown();
const processes = new library.ProcessPoolExecutor(1);
const closedProcesses = new library.ProcessPoolExecutor(1);
closedProcesses.shutdown();
const done = new library.Future<unknown>();
done.setResult(SENDABLE);
const lock = new library.Lock();
lock.acquire();
const free = new library.Lock();
const event = new library.Event();
const semaphore = new library.Semaphore(0);
const barrier = new library.Barrier(2);
const numbers = [1, 2];

/** Ends the pools. */
export function endRefusals(): void {
  for (const each of [pool, processes]) each.shutdown();
}

function rejected(future: library.Future<unknown>): never {
  throw future.exception() as Error;
}

async function aborted(call: (signal: AbortSignal) => unknown): Promise<unknown> {
  const controller = new AbortController();
  const pending = call(controller.signal);
  controller.abort();
  return await pending;
}

class Worker extends library.Thread {
  constructor(readonly baggage: unknown) {
    super();
  }
  override run(): unknown {
    return this.baggage;
  }
}

class Context extends library.Local {
  constructor(readonly baggage: unknown) {
    super(baggage);
  }
}

const nothing = (..._args: unknown[]) => undefined;

function forEach<T>(objects: Readonly<Record<string, T>>, calls: (one: T, name: string) => Record<string, Refusal>) {
  return Object.assign({}, ...Object.entries(objects).map(([name, one]) => calls(one, name))) as Record<
    string,
    Refusal
  >;
}

/** What is not sent. */
const sending: Record<string, Refusal> = {
  ...forEach(queues, (queue, name) => ({
    [`${name}.put`]: (bad) => queue.put(bad),
    [`${name}.putNowait`]: (bad) => queue.putNowait(bad),
    [`${name}.putAsync`]: (bad) => queue.putAsync(bad),
  })),
  'PriorityQueue.put of a priority and what cannot be sent': (bad) => queues.PriorityQueue.put([1, bad]),
  'PriorityQueue.put of no priority': () => ranked.put(SENDABLE),
  'new PriorityQueue with no priority function': (bad) => new library.PriorityQueue(1, { priority: [bad] as never }),
  'SharedMap.set of a value': (bad) => map.set('a', bad),
  'SharedMap.set of a new value': (bad) => map.set(TEXT, bad),
  'SharedMap.set of a key': (bad) => map.set([bad], SENDABLE),
  'SharedMap.getOrInsert': (bad) => map.getOrInsert(TEXT, bad),
  'SharedMap.setDefault': (bad) => map.setDefault(TEXT, bad),
  'SharedMap.getOrInsertComputed': (bad) => map.getOrInsertComputed(TEXT, () => bad),
  'SharedMap.update': (bad) => map.update('a', () => bad),
  'SharedMap.update of a new key': (bad) => map.update(TEXT, () => bad),
  'SharedMap.compareExchange': (bad) => map.compareExchange('a', TEXT, bad),
  'new SharedMap': (bad) =>
    new library.SharedMap<unknown, unknown>([
      ['a', SENDABLE],
      ['b', bad],
    ]), // prettier-ignore
  'SharedList.push': (bad) => list.push(TEXT, SENDABLE, bad),
  'SharedList.unshift': (bad) => list.unshift(TEXT, SENDABLE, bad),
  'SharedList.splice': (bad) => list.splice(0, 1, TEXT, SENDABLE, bad),
  'SharedList.extend': (bad) => list.extend([TEXT, SENDABLE, bad]),
  'SharedList.insert': (bad) => list.insert(1, bad),
  'SharedList.set': (bad) => list.set(0, bad),
  'SharedList.set beyond the end': () => list.set(99, SENDABLE),
  'SharedList.update': (bad) => list.update(0, () => bad),
  'SharedList.compareExchange': (bad) => list.compareExchange(0, 'a', bad),
  'new SharedList': (bad) => new library.SharedList<unknown>([TEXT, SENDABLE, bad]),
  'SharedSet.add': (bad) => set.add([bad]),
  'SharedSet.insert': (bad) => set.insert([bad]),
  'new SharedSet': (bad) => new library.SharedSet<unknown>([TEXT, 2n ** 90n, [bad]]),
  'property of a SharedObject': (bad) => {
    object.a = bad;
  },
  'SharedObject.update': (bad) => library.SharedObject.update(object, 'a', () => bad),
  'SharedObject.compareExchange': (bad) => library.SharedObject.compareExchange(object, 'a', TEXT, bad),
  'shared of an array': (bad) => library.shared([SENDABLE, new Map([['k', ['v', bad]]])]),
  'shared of an object': (bad) => library.shared({ [TEXT]: SENDABLE, bad }),
  'shared of a Map': (bad) => library.shared(new Map([['k', bad]])),
  'shared of a Set': (bad) => library.shared(new Set([[TEXT, bad]])),
  'Future.setResult': (bad) => new library.Future<unknown>().setResult(bad),
  'ThreadPoolExecutor.submit of an argument': (bad) => pool.submit(nothing, bad),
  'ThreadPoolExecutor.submit of arguments': (bad) => pool.submit(nothing, SENDABLE, bad),
  'ThreadPoolExecutor.submit of a function': () => pool.submit(unsendableFunction()),
  'ThreadPoolExecutor.submitWithPriority': (bad) => pool.submitWithPriority(1, nothing, bad),
  'ThreadPoolExecutor.map': (bad) => pool.map(nothing, [bad]),
  'ThreadPoolExecutor.map of chunks': (bad) => pool.map(nothing, [SENDABLE, bad], { chunksize: 2 }),
  'new ThreadPoolExecutor with an initializer': () =>
    new library.ThreadPoolExecutor({ initializer: unsendableFunction() }),
  'new ThreadPoolExecutor with initargs': (bad) =>
    new library.ThreadPoolExecutor({ initializer: nothing, initargs: [SENDABLE, bad] as never }),
  'ProcessPoolExecutor.submit of an argument': (bad) => rejected(processes.submit(nothing, bad)),
  'ProcessPoolExecutor.submit of a function': () => rejected(processes.submit(unsendableFunction())),
  'ProcessPoolExecutor.submit of a lock': () => rejected(processes.submit(nothing, SENDABLE, free)),
  'ProcessPoolExecutor.map of chunks': (bad) => processes.map(nothing, [SENDABLE, bad], { chunksize: 2 }).next(),
  'new ProcessPoolExecutor with initargs': (bad) =>
    new library.ProcessPoolExecutor({ initializer: nothing, initargs: [SENDABLE, bad] as never }),
  'new ProcessPoolExecutor with an initializer': () =>
    new library.ProcessPoolExecutor({ initializer: unsendableFunction() }),
  'run of an argument': (bad) => library.run(nothing, SENDABLE, bad),
  'run of a function': () => library.run(unsendableFunction()),
  'Thread.start with an argument': (bad) =>
    new library.Thread({ target: nothing, args: [SENDABLE, bad] as never }).start(),
  'Thread.start with a target': () => new library.Thread({ target: unsendableFunction() }).start(),
  'Thread.start with kwargs': (bad) => new library.Thread({ target: nothing, kwargs: { SENDABLE, bad } }).start(),
  'Thread.start of a subclass': (bad) => new Worker([SENDABLE, bad]).start(),
  'Timer.start': (bad) => new library.Timer(1, nothing, [SENDABLE, bad]).start(),
  'new Barrier with an action': () => new library.Barrier(2, { action: unsendableFunction() as never }),
  'struct field any': (bad) => {
    point.more = bad;
  },
  'new struct': (bad) => new Point({ x: 1, label: TEXT, more: bad }),
  local: () => library.local(unsendableFunction()),
  'new Local': (bad) => new Context([SENDABLE, bad]),
};

/** What is refused for other reasons. */
const others: Record<string, Refusal> = {
  ...forEach(fullQueues, (queue, name) => ({
    [`${name}.putNowait when it is full`]: () => queue.putNowait(SENDABLE),
    [`${name}.put when it is full`]: () => queue.put(SENDABLE, 0),
    [`${name}.putAsync when it is full`]: () => aborted((signal) => queue.putAsync(SENDABLE, { signal })),
  })),
  'PriorityQueue.putNowait when it is full': () => fullPriorities.putNowait(7),
  'Queue.put after shutdown': () => shutDown.put(SENDABLE),
  'Queue.get when it is empty': () => empty.getNowait(),
  'Queue.getAsync when it is empty': () => aborted((signal) => empty.getAsync({ signal })),
  'Queue.maxsize': () => {
    empty.maxsize = {} as never;
  },
  'new Queue': () => new library.Queue({} as never),
  'Future.setResult of one that is done': () => done.setResult(SENDABLE),
  'Future.setException of one that is done': () => done.setException(new Error(TEXT)),

  'Future.result that is late': () => new library.Future().result(0),
  'Future.resultAsync that is aborted': () => aborted((signal) => new library.Future().resultAsync({ signal })),
  'Future.addDoneCallback': () => new library.Future().addDoneCallback(SENDABLE as never),
  'wait for what is no future': () => library.wait([done, SENDABLE as never]),
  'waitAsync that is aborted': () => aborted((signal) => library.waitAsync([new library.Future()], { signal })),
  'asCompleted that is late': () => [...library.asCompleted([new library.Future()], 0)],
  'ThreadPoolExecutor.submit after shutdown': () => closedPool.submit(nothing, SENDABLE),
  'ThreadPoolExecutor.map after shutdown': () => closedPool.map(nothing, [SENDABLE]),
  'ThreadPoolExecutor.submit of no function': () => pool.submit(SENDABLE as never),
  'ThreadPoolExecutor.submitWithPriority of no priority': () => pool.submitWithPriority(0.5, nothing),
  'ThreadPoolExecutor.map with options': () => pool.map(nothing, [SENDABLE], { chunksize: 0 }),
  'ThreadPoolExecutor.map of an iterable that fails': () => pool.map(nothing, failing()),
  'ProcessPoolExecutor.submit after shutdown': () => closedProcesses.submit(nothing, SENDABLE),
  'new ThreadPoolExecutor with a prefix': () =>
    new library.ThreadPoolExecutor({ threadNamePrefix: {} as never, initializer: nothing }),
  'new ThreadPoolExecutor with limits': () => new library.ThreadPoolExecutor({ resourceLimits: { stackSizeMb: -1 } }),
  'new ThreadPoolExecutor with workers': () => new library.ThreadPoolExecutor(-1),
  'new ProcessPoolExecutor with tasks': () => new library.ProcessPoolExecutor({ maxTasksPerChild: 0 }),
  'new ProcessPoolExecutor with more processes than the heap has room for': () =>
    new library.ProcessPoolExecutor(2 ** 31),
  'new Thread with a name': () => new library.Thread({ name: {} as never }),
  'new Thread with limits': () => new library.Thread({ resourceLimits: { stackSizeMb: -1 } }),
  'new Timer': () => new library.Timer(Number.NaN, nothing),
  'Thread.join before its start': () => new library.Thread().join(),
  'name of a Lock': () => {
    free.name = {} as never;
  },
  'Lock.release when it is free': () => free.release(),
  'Lock.acquireAsync that is aborted': () => aborted((signal) => lock.acquireAsync({ signal })),
  'Lock.hold that is late': () => lock.hold(0),
  'new Lock': () => new (library.Lock as new (x: unknown) => object)(SENDABLE),
  'Event.waitAsync that is aborted': () => aborted((signal) => event.waitAsync({ signal })),
  'Semaphore.acquireAsync that is aborted': () => aborted((signal) => semaphore.acquireAsync({ signal })),
  'new Semaphore': () => new library.Semaphore(-1),
  'BoundedSemaphore.release too often': () => new library.BoundedSemaphore(1).release(),
  'Condition.wait without the lock': () => new library.Condition().wait(),
  'Condition.notify without the lock': () => new library.Condition().notify(),
  'new Condition': () => new library.Condition(SENDABLE as never),
  'Barrier.waitAsync that is aborted': async () => {
    try {
      return await aborted((signal) => barrier.waitAsync({ signal }));
    } finally {
      barrier.reset();
    }
  },
  'new Barrier': () => new library.Barrier(0),
  'RWLock.writeLock.release': () => new library.RWLock().writeLock.release(),
  struct: () => library.struct({ [TEXT]: any, bad: {} as never }),
  'struct.with': () => (Point as unknown as library.StructClass<object, []>).with({ x: f64 }),
  'struct field f64': () => {
    point.x = TEXT as never;
  },
  'struct field i8': () => {
    point.small = 1000;
  },
  'struct field str': () => {
    point.label = SENDABLE as never;
  },
  'struct field Lock': () => {
    point.lock = event as never;
  },
  'new struct with a number': () => new Point({ label: TEXT, x: TEXT as never }),
  'new struct with a field that it has not': () => new Point({ label: TEXT, y: 1 } as never),
  'new StructArray with a length': () => new library.StructArray(Point, -1),
  'new StructArray with other fields': () => new library.StructArray(Point, 1),
  'StructArray.at': () => points.at(3),
  'field of an element': () => {
    points.at(0).small = 1000;
  },
  'SharedList.get': () => list.get(99),
  'SharedList.remove': () => list.remove('nothing like this '.repeat(20)),
  'SharedList.indexOf': () => (list as { indexOf(item: unknown, start: unknown): unknown }).indexOf(TEXT, Symbol('x')),
  'SharedList.sort': () =>
    list.sort(() => {
      throw new RangeError('no order');
    }), // prettier-ignore
  'SharedMap.pop': () => map.pop('nothing like this '.repeat(20)),
  'SharedSet.remove': () => set.remove('nothing like this '.repeat(20)),
  'SharedMap.update by a function that throws': () =>
    map.update('a', () => {
      throw new RangeError('no');
    }), // prettier-ignore
  'new AtomicInt32': () => new library.AtomicInt32(0.5),
  'new AtomicBigInt64': () => new library.AtomicBigInt64(2n ** 63n),
  'AtomicFloat64.store': () => new library.AtomicFloat64().store(TEXT as never),
  serializeIterator: () => library.serializeIterator(5 as never),
  'concurrentTee of no iterable': () => library.concurrentTee(5 as never),
  'concurrentTee of a negative number': () => library.concurrentTee(numbers, -1),
  'transfer of what is none': () => library.transfer(SENDABLE as never),
  registerAtExit: () => library.registerAtExit(5 as never),
};

function* failing(): Generator<number> {
  yield 1;
  throw new RangeError('no more');
}

/** All of them. */
export const REFUSALS: Readonly<Record<string, Refusal>> = { ...sending, ...others };
/** Those that refuse what `bad` is. */
export const TAKES_BAD: ReadonlySet<string> = new Set(Object.keys(sending));
