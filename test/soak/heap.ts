/** Whether the shared heap is what it was, once everybody's garbage is collected. */
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Barrier, memoryUsage, shared, Thread } from 'threadwork';
import { THREADS } from './actor.js';

const gathering = new Barrier(THREADS);

/** A thread holds on to the container that it used last: that is this one. */
const anchor = shared([0]);

function collect(): void {
  anchor.toArray();
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** In all parked workers at once, so that each of them gets a turn: each has handles until its own garbage is collected. */
async function collectEverywhere(): Promise<void> {
  const target = async () => {
    await gathering.waitAsync(60_000);
    collect();
    await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const collectors = Array.from({ length: THREADS }, () => new Thread({ target }).start());
  for (const thread of collectors) await thread.joinAsync();
  // A worker parks itself before its thread's joiners go on, the others end.
  await delay(5);
  collect();
  await delay(1);
}

export interface HeapState {
  readonly used: number;
  /** Objects by their kind. */
  readonly kinds: Readonly<Record<string, number>>;
}

/**
 * Not counted: what threads keep for themselves, parked workers too (the thread that one ran last, the shapes of the shared objects that
 * it made, the meeting that futures summon it to), and classes of structs.
 */
const KEPT = ['Thread', 'shape', 'Meeting', 'struct class', 'struct fields'];

/** What is used now. */
async function state(): Promise<HeapState> {
  await collectEverywhere();
  const { used, kinds } = memoryUsage();
  const counts = Object.entries(kinds).map(([kind, { count }]) => [kind, count] as const);
  return { used, kinds: Object.fromEntries(counts.filter(([kind]) => !KEPT.includes(kind))) };
}

/** What is used once that has stopped falling. */
export async function settled(): Promise<HeapState> {
  let before = await state();
  for (;;) {
    const after = await state();
    if (after.used >= before.used) return after;
    before = after;
  }
}

/**
 * Stocks of free blocks count as free, but a thread's waiters, seats for its handles and its agent's page do not: those of the
 * parked workers may be a few more or less. An object lost in a round would be counted in its kind, a value lost in each of a
 * thousand operations is more than this.
 */
const SLACK_BYTES = 128 * 1024;
const PATIENCE_MS = 20_000;

/** What is there beyond `start` of objects, and beyond `base` of bytes; undefined if nothing. Who died last is buried a moment later, and a garbage collection may come late. */
export async function surplus(start: HeapState, base: HeapState): Promise<string | undefined> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const now = await state();
    const more = Object.entries(now.kinds).filter(([kind, count]) => count > (start.kinds[kind] ?? 0));
    if (more.length === 0 && now.used <= base.used + SLACK_BYTES) return undefined;
    if (performance.now() < end) continue;
    const kinds = more.map(([kind, count]) => `${count - (start.kinds[kind] ?? 0)} × ${kind} (${holdersOf(kind)})`);
    return `${now.used - base.used} bytes more than after the first rounds${kinds.map((kind) => `, ${kind}`).join('')}`;
  }
}

/** Who refers to objects of the kind. */
function holdersOf(kind: string): string {
  const holders = memoryUsage().threads.filter(({ holds }) => holds[kind] !== undefined);
  return holders.map(({ name, holds }) => `${name}: ${holds[kind]}`).join(', ');
}
