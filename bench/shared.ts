/**
 * Shared data: what one operation costs, beside the plain containers of the language and those of CPython.
 */
import { shared, SharedList, SharedMap, Thread } from 'threadwork';
import { KEYS, mixed } from './mixed.js';
import type { Figure } from './row.js';
import { least, median, takeTurns } from './sampling.js';
import { inPython, missing } from './yardsticks.js';

const ROUNDS = 15;
const TURNS = 200_000;

const numbers = new SharedMap<number, number>();
const texts = new SharedMap<string, number>();
const plainNumbers = new Map<number, number>();
const plainTexts = new Map<string, number>();
const names = Array.from({ length: KEYS }, (_, k) => `user:${k}`);
for (let k = 0; k < KEYS; k++) {
  numbers.set(k, k);
  texts.set(names[k], k);
  plainNumbers.set(k, k);
  plainTexts.set(names[k], k);
}
const point = shared({ x: 1, y: 2, z: 3 });
const plainPoint = { x: 1, y: 2, z: 3 };
const list = new SharedList<number>();
const plainList: number[] = [];
for (let k = 0; k < KEYS; k++) {
  list.push(k);
  plainList.push(k);
}

let sink: unknown;

/** ns that one turn of `body` takes, which does `TURNS` of them. */
function timed(body: () => unknown): () => number {
  return () => {
    const start = performance.now();
    sink = body();
    return ((performance.now() - start) * 1e6) / TURNS;
  };
}

interface MapLike<K> {
  get(key: K): number | undefined;
  set(key: K, value: number): unknown;
}

// A function each: shared by several kinds of maps, the compiler's knowledge of one would get lost.
function gets(source: string): (map: MapLike<never>) => unknown {
  return new Function(
    'names',
    `return function (map) { let sum = 0; for (let k = 0; k < ${TURNS}; k++) sum += map.get(${source}); return sum; }`,
  )(names) as never;
}
function sets(source: string): (map: MapLike<never>) => unknown {
  return new Function('names', `return function (map) { for (let k = 0; k < ${TURNS}; k++) map.set(${source}, k); }`)(
    names,
  ) as never;
}
const NUMBER = `k & ${KEYS - 1}`;
const TEXT = `names[k & ${KEYS - 1}]`;
const mapSides = (key: string, ours: MapLike<never>, plain: MapLike<never>) => {
  const [get, set, plainGet, plainSet] = [gets(key), sets(key), gets(key), sets(key)];
  return {
    get: timed(() => get(ours)),
    set: timed(() => set(ours)),
    plainGet: timed(() => plainGet(plain)),
    plainSet: timed(() => plainSet(plain)),
  };
};

function readsProperty(): number {
  let sum = 0;
  for (let k = 0; k < TURNS; k++) sum += point.y;
  return sum;
}
function writesProperty(): void {
  for (let k = 0; k < TURNS; k++) point.y = k;
}
function readsPlain(): number {
  let sum = 0;
  for (let k = 0; k < TURNS; k++) sum += plainPoint.y;
  return sum;
}
function writesPlain(): void {
  for (let k = 0; k < TURNS; k++) plainPoint.y = k;
}
function at(): number {
  let sum = 0;
  for (let k = 0; k < TURNS; k++) sum += list.at(k & (KEYS - 1)) as number;
  return sum;
}
function plainAt(): number {
  let sum = 0;
  for (let k = 0; k < TURNS; k++) sum += plainList.at(k & (KEYS - 1)) as number;
  return sum;
}
function push(): void {
  const grown = new SharedList<number>();
  for (let k = 0; k < TURNS; k++) grown.push(k);
}
function plainPush(): void {
  const grown: number[] = [];
  for (let k = 0; k < TURNS; k++) grown.push(k);
  sink = grown;
}

const MIXED = 1_000_000;

/** ms that `threads` threads take to do their part of the same work. */
function together(threads: number): number {
  const map = numbers;
  const run = mixed;
  const start = performance.now();
  const crew = Array.from({ length: threads }, (_, k) =>
    new Thread({ target: () => run(map, k + 1, MIXED / threads) }).start(),
  );
  for (const thread of crew) thread.join();
  return performance.now() - start;
}

export async function measure(): Promise<Figure[]> {
  const python = inPython('containers');
  const pythonThreads = inPython('dict_threads');
  const number = mapSides(NUMBER, numbers as never, plainNumbers as never);
  const text = mapSides(TEXT, texts as never, plainTexts as never);
  const ofPython = (what: number) => python && (() => python.sample(what));
  const samples = await takeTurns(
    ROUNDS,
    {
      numberGet: number.get,
      numberSet: number.set,
      numberPlainGet: number.plainGet,
      numberPlainSet: number.plainSet,
      textGet: text.get,
      textSet: text.set,
      textPlainGet: text.plainGet,
      textPlainSet: text.plainSet,
      property: timed(readsProperty),
      write: timed(writesProperty),
      plainProperty: timed(readsPlain),
      plainWrite: timed(writesPlain),
      at: timed(at),
      plainAt: timed(plainAt),
      push: timed(push),
      plainPush: timed(plainPush),
      pythonGet: ofPython(0),
      pythonSet: ofPython(1),
      pythonAt: ofPython(2),
      pythonPush: ofPython(3),
    },
    3,
  );
  const threads = await takeTurns(5, {
    one: () => together(1),
    two: () => together(2),
    python: pythonThreads && (() => pythonThreads.sample(MIXED)),
  });
  void sink;
  const row = (
    name: string,
    ours: readonly number[],
    yardstick: string,
    values: readonly number[],
    most?: number,
  ): Figure => ({
    name,
    ours: least(ours),
    unit: 'ns',
    yardstick,
    yardstickValue: least(values),
    ...(most === undefined ? {} : { most }),
  });
  const note = python === null ? { note: missing('python3') as string } : {};
  const one = median(threads.one) as number;
  const two = median(threads.two) as number;
  return [
    row('SharedMap.get(number)', samples.numberGet, 'Map.get', samples.numberPlainGet, 150),
    row('SharedMap.set(number, number)', samples.numberSet, 'Map.set', samples.numberPlainSet, 150),
    row('SharedMap.get(short string)', samples.textGet, 'Map.get', samples.textPlainGet, 300),
    row('SharedMap.set(short string, number)', samples.textSet, 'Map.set', samples.textPlainSet, 300),
    { ...row('SharedMap.get(number)', samples.numberGet, 'CPython: dict[number]', samples.pythonGet), ...note },
    {
      ...row('SharedMap.set(number, number)', samples.numberSet, 'CPython: dict[number] = …', samples.pythonSet),
      ...note,
    },
    row('SharedObject: read a property', samples.property, 'plain object', samples.plainProperty, 60),
    row('SharedObject: write a property', samples.write, 'plain object', samples.plainWrite, 60),
    row('SharedList.at', samples.at, 'Array.at', samples.plainAt, 100),
    row('SharedList.push', samples.push, 'Array.push', samples.plainPush, 100),
    { ...row('SharedList.at', samples.at, 'CPython: list[index]', samples.pythonAt), ...note },
    { ...row('SharedList.push', samples.push, 'CPython: list.append', samples.pythonPush), ...note },
    {
      name: '2 threads on one SharedMap: 900,000 get, 100,000 set',
      ours: two,
      unit: 'ms',
      yardstick: 'the same work in 1 thread',
      yardstickValue: one,
      times: 0.77,
    },
    {
      name: '2 threads on one SharedMap: 900,000 get, 100,000 set',
      ours: two,
      unit: 'ms',
      yardstick: 'CPython: 2 threads on one dict',
      yardstickValue: median(threads.python),
      ...note,
    },
  ];
}
