/**
 * A queue between two threads: how much goes through, and how long a hand-over takes, while both are busy and while the
 * other side sleeps.
 */
import { Queue, Thread } from 'threadwork';
import type { Figure } from './row.js';
import { median, middleOf, takeTurns } from './sampling.js';
import { inC, inPeer, inPython, missing } from './yardsticks.js';

const ROUNDS = 7;
const NUMBERS = 500_000;
const OBJECTS = 200_000;
const TRIPS = 20_000;
const SLEEPY_TRIPS = 200;
/** A fraction of ours: it takes as long. */
const PEER_ITEMS = 2000;

const queue = new Queue<unknown>();
const there = new Queue<number>();
const back = new Queue<number>();

/** ns per item from this thread to another. */
function throughput(count: number, item: (k: number) => unknown): number {
  const start = performance.now();
  const consumer = new Thread({
    target: (items: Queue<unknown>, times: number) => {
      for (let k = 0; k < times; k++) items.get();
    },
    args: [queue, count],
  }).start();
  for (let k = 0; k < count; k++) queue.put(item(k));
  consumer.join();
  return ((performance.now() - start) * 1e6) / count;
}

/** The middle of `times` round trips of a number through two queues, in µs; `prepare` runs before each. */
function roundTrip(times: number, prepare: () => void): number {
  const echo = new Thread({
    target: (from: Queue<number>, to: Queue<number>, count: number) => {
      for (let k = 0; k < count; k++) to.put(from.get());
    },
    args: [there, back, times],
  }).start();
  const took = middleOf(
    times,
    1000,
    () => {
      there.put(1);
      back.get();
    },
    prepare,
  );
  echo.join();
  return took;
}

const pause = new Int32Array(new SharedArrayBuffer(4));
const sleep = () => void Atomics.wait(pause, 0, 0, 1);

/** As `roundTrip`, with nothing but two words that two threads wake each other by. */
function bareRoundTrip(times: number): number {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const echo = new Thread({
    target: (shared: Int32Array, count: number) => {
      for (let k = 0; k < count; k++) {
        Atomics.wait(shared, 0, k);
        Atomics.store(shared, 1, k + 1);
        Atomics.notify(shared, 1);
      }
    },
    args: [words, times],
  }).start();
  let trip = 0;
  const took = middleOf(
    times,
    1000,
    () => {
      Atomics.store(words, 0, trip + 1);
      Atomics.notify(words, 0);
      Atomics.wait(words, 1, trip++);
    },
    sleep,
  );
  echo.join();
  return took;
}

export async function measure(): Promise<Figure[]> {
  const c = inC('futex');
  const python = inPython('throughput');
  const peer = inPeer('channel');
  const samples = await takeTurns(ROUNDS, {
    numbers: () => throughput(NUMBERS, (k) => k),
    python: python && (() => python.sample(NUMBERS / 5)),
    peer: peer && (() => peer.sample(PEER_ITEMS)),
    objects: () => throughput(OBJECTS, (k) => ({ id: k, name: 'item' })),
    busy: () => roundTrip(TRIPS, () => undefined),
    asleep: () => roundTrip(SLEEPY_TRIPS, sleep),
    bare: () => bareRoundTrip(SLEEPY_TRIPS),
    futex: c && (() => c.sample(SLEEPY_TRIPS)),
  });
  const noPython = python === null ? { note: missing('python3') as string } : {};
  const numbers = { name: 'number, one thread to another', ours: median(samples.numbers), unit: 'ns/item' };
  const busy = median(samples.busy);
  return [
    {
      ...numbers,
      yardstick: 'CPython: queue.Queue',
      yardstickValue: median(samples.python),
      times: 0.1,
      most: 500,
      ...noPython,
    },
    { ...numbers, yardstick: 'multithreading: channel', yardstickValue: median(samples.peer), times: 0.05 },
    {
      name: 'small object, one thread to another',
      ours: median(samples.objects),
      unit: 'ns/item',
      yardstick: null,
      yardstickValue: null,
      most: 1428,
    },
    {
      name: 'hand-over, both busy',
      ours: busy === null ? null : busy / 2,
      unit: 'µs',
      yardstick: null,
      yardstickValue: null,
      most: 2,
    },
    {
      name: 'there and back, both asleep',
      ours: median(samples.asleep),
      unit: 'µs',
      yardstick: 'Atomics.wait + notify, there and back',
      yardstickValue: median(samples.bare),
      times: 1.3,
    },
    {
      name: 'there and back, both asleep',
      ours: median(samples.asleep),
      unit: 'µs',
      yardstick: 'C: futex, there and back',
      yardstickValue: median(samples.futex),
      times: 1.3,
      ...(c === null ? { note: missing('gcc') as string } : {}),
    },
  ];
}
