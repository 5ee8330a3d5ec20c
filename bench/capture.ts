/**
 * What it costs to look into the target's closure: at its first start, and when it is known.
 *
 * Every function literal can be new only once, so modules full of them are written first: about 4 KB each, of the kind that
 * programs have, with locks, counters, constants and functions of the module in their closures.
 */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { AtomicInt32, Lock, Thread } from 'threadwork';
import type { Figure } from './row.js';
import { median, middleOf, takeTurns } from './sampling.js';

const MODULES = 60;
const LITERALS = 5;
const ROUNDS = 25;
const THREADS = 100;
const WORKERS = 9;

type Target = () => void;

interface Written {
  /** Function literals that nobody has started yet. */
  readonly literals: readonly Target[];
  /** A new closure of one literal, every time. */
  another(step: number): Target;
}

// Beside this file, so that `threadwork` means the same there.
const folder = fileURLToPath(new URL(`./written-${process.pid}/`, import.meta.url));

function moduleText(number: number): string {
  const literal = (k: number): string => `  () => {
    const amount = step * ${k + 1};
    lock.acquire();
    try {
      total.add(bounded(amount, limits.least, limits.most));
    } finally {
      lock.release();
    }
  },`;
  const filler = (k: number): string => `
export function settle${k}(accounts, by = ${k}) {
  const moved = new Map();
  for (const { id, balance } of accounts) {
    const due = balance > limits.most ? balance - limits.most : 0;
    if (due === 0) continue;
    moved.set(id, (moved.get(id) ?? 0) + due * by);
  }
  return [...moved].map(([id, due]) => ({ id, due, text: \`\${id}: \${due.toFixed(2)}\` }));
}`;
  return `import { AtomicInt32, Lock } from 'threadwork';

const lock = new Lock();
const total = new AtomicInt32();
const step = ${number};
const limits = { least: 0, most: 1000 };

function bounded(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

export const literals = [
${Array.from({ length: LITERALS }, (_, k) => literal(k)).join('\n')}
];

export function another(by) {
  return () => void total.add(by);
}
${Array.from({ length: 6 }, (_, k) => filler(k)).join('\n')}
`;
}

async function writeModules(): Promise<Written[]> {
  mkdirSync(folder, { recursive: true });
  const written: Written[] = [];
  for (let number = 0; number < MODULES; number++) {
    const file = path.join(folder, `module-${number}.js`);
    writeFileSync(file, moduleText(number));
    // As old as a program's files are: one that is younger than the process was perhaps compiled by a loader.
    utimesSync(file, 1e9, 1e9);
    written.push((await import(pathToFileURL(file).href)) as Written);
  }
  return written;
}

/** ms that the start alone takes: capturing happens there. The thread is joined, off the clock. */
function startOf(target: Target): number {
  const start = performance.now();
  const thread = new Thread({ target }).start();
  const took = performance.now() - start;
  thread.join();
  return took;
}

/** ms from a new worker with its code as text until that ran: what a new function costs without capturing. */
async function workerWithCode(): Promise<number> {
  const words = new Int32Array(new SharedArrayBuffer(4));
  const code = `const { workerData } = require('node:worker_threads');
    Atomics.store(workerData, 0, 1);
    Atomics.notify(workerData, 0);`;
  const start = performance.now();
  const worker = new Worker(code, { eval: true, workerData: words });
  Atomics.wait(words, 0, 0);
  const took = performance.now() - start;
  await new Promise((resolve) => worker.on('exit', resolve));
  return took;
}

const lock = new Lock();
const counter = new AtomicInt32();
const step = 1;

function nothing(): void {}

function known(): void {
  lock.acquire();
  counter.add(step);
  lock.release();
}

function startAndJoin(target: Target): () => void {
  return () => void new Thread({ target }).start().join();
}

export async function measure(): Promise<Figure[]> {
  try {
    const modules = await writeModules();
    const warm = await takeTurns(
      ROUNDS,
      {
        plain: () => middleOf(THREADS, 1000, startAndJoin(nothing)),
        known: () => middleOf(THREADS, 1000, startAndJoin(known)),
      },
      10,
    );
    // The first of them warm the capturing code up, as in any program that uses it more than a few times.
    const first: number[] = [];
    const further: number[] = [];
    const again: number[] = [];
    for (const { literals, another } of modules) {
      first.push(startOf(literals[0]));
      for (const literal of literals.slice(1)) further.push(startOf(literal));
      startOf(another(1));
      again.push(startOf(another(2)), startOf(another(3)));
    }
    const raw = await takeTurns(WORKERS, { worker: workerWithCode });
    const isNew = {
      unit: 'ms',
      yardstick: 'new Worker(code) until it ran',
      yardstickValue: median(raw.worker),
      most: 1.5,
    };
    return [
      { name: 'start(): new function in a new module', ours: median(first), ...isNew },
      { name: 'start(): new function in a known module', ours: median(further), ...isNew },
      { name: 'start(): new closure of a known function', ours: median(again), ...isNew },
      {
        name: 'start() + join(): known closure',
        ours: median(warm.known),
        unit: 'µs',
        yardstick: 'the same of a function without closure',
        yardstickValue: median(warm.plain),
        times: 1.2,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
