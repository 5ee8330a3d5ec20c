/**
 * A program whose threads all wait: ten of them, and the main thread that joins one. Looked at from outside, through procfs,
 * which knows the CPU time of every OS thread in ns and how often it was switched to.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freshProgram } from './processes.js';
import type { Figure } from './row.js';
import { missing, script } from './yardsticks.js';

const WATCHED_MS = 5000;
/** Boots leave work for the engine's own threads, compiling and collecting garbage: it has to be done first. */
const SETTLED_MS = 1000;
const PATIENCE_MS = 20_000;
/** A tick of the kernel's clock: less than that in five seconds is none. */
const MOST_MS = 10;

interface Use {
  readonly ms: number;
  readonly switches: number;
}

/** What the process has used so far. */
function used(pid: number): Use {
  let ns = 0;
  let switches = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const [ran, , times] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ');
    ns += Number(ran);
    switches += Number(times);
  }
  return { ms: ns / 1e6, switches };
}

async function begin(command: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.on('exit', (code) => reject(new Error(`${command} ${args.join(' ')} ended with ${code}`)));
  });
  return child;
}

export async function measure(): Promise<Figure[]> {
  const name = '10 threads and main, all waiting, 5 s';
  if (!existsSync('/proc/self/task')) {
    const note = 'needs procfs';
    return [{ name, ours: null, unit: 'ms CPU', yardstick: null, yardstickValue: null, most: MOST_MS, note }];
  }
  const lacks = missing('python3');
  const children = {
    ours: await begin(process.execPath, [freshProgram('idle')]),
    raw: await begin(process.execPath, [freshProgram('raw-idle')]),
    python: lacks === null ? await begin('python3', [script('idle')]) : null,
  };
  try {
    await settled(children);
    const before = usedByAll(children);
    await sleep(WATCHED_MS);
    const after = usedByAll(children);
    const difference = (side: keyof typeof children, what: keyof Use): number | null => {
      const [a, b] = [before[side], after[side]];
      return a === null || b === null ? null : b[what] - a[what];
    };
    const ours = { name, ours: difference('ours', 'ms'), unit: 'ms CPU', most: MOST_MS };
    return [
      {
        ...ours,
        yardstick: '10 workers in Atomics.wait',
        yardstickValue: difference('raw', 'ms'),
        note: `switched to ${difference('ours', 'switches')} times; the workers ${difference('raw', 'switches')}`,
      },
      {
        ...ours,
        yardstick: 'CPython: 10 threads',
        yardstickValue: difference('python', 'ms'),
        note:
          lacks ?? `switched to ${difference('ours', 'switches')} times; Python's ${difference('python', 'switches')}`,
      },
    ];
  } finally {
    for (const child of Object.values(children)) child?.kill('SIGKILL');
  }
}

/** Waits until nobody used the CPU for a while; what never comes to rest shows in the figure. */
async function settled(children: Record<string, ChildProcess | null>): Promise<void> {
  const total = (): number => Object.values(usedByAll(children)).reduce((sum, use) => sum + (use?.ms ?? 0), 0);
  for (let waited = 0, last = Number.NaN; waited < PATIENCE_MS; waited += SETTLED_MS) {
    const now = total();
    if (now === last) return;
    last = now;
    await sleep(SETTLED_MS);
  }
}

function usedByAll<Side extends string>(children: Record<Side, ChildProcess | null>): Record<Side, Use | null> {
  const entries = Object.entries(children) as [Side, ChildProcess | null][];
  return Object.fromEntries(entries.map(([side, child]) => [side, child && used(child.pid as number)])) as Record<
    Side,
    Use | null
  >;
}
