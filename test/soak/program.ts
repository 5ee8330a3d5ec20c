/**
 * The program that is soaked: `program.js SECONDS SEED`. Rounds of some seconds: threads work and die, everybody stops, the
 * invariants are checked, the heap must be what it was. Who watches over it (watch.ts) hears of each step on descriptor 3.
 */
import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { AtomicInt32, configure, Event, memoryUsage, setExcepthook, sharedArray, Thread } from 'threadwork';
import { act, SURVIVED, workloads } from './acting.js';
import { CHAINS, LIMITED_FROM, type Stage, THREADS } from './actor.js';
import { INTENDED, WAYS } from './deaths.js';
import { type HeapState, settled, surplus } from './heap.js';
import { growth } from './rss.js';

const ROUND_MS = 3000;
/** A death is due so often. */
const DEATH_MS = 150;
const LIMITS = { maxOldGenerationSizeMb: 64 };
const MIB = 2 ** 20;

// Workers live on from round to round, unless their thread died.
configure({ warmThreads: THREADS });

const [seconds, seed] = process.argv.slice(2).map(Number);
const failed = new AtomicInt32();
const operations = Array.from(workloads, () => 0);
const deaths = Array.from(WAYS, () => 0);

const tell = (step: string) => writeSync(3, `${step}\n`);

setExcepthook(({ value, thread }) => {
  if (value instanceof Error && INTENDED.test(value.message)) return;
  failed.add(1);
  writeSync(2, `soak: ${thread?.name} failed: ${value instanceof Error ? value.stack : String(value)}\n`);
});

/** Keeps a thread in the slot until the round is over. */
async function occupy(slot: number, stage: Stage, states: readonly unknown[], round: number): Promise<void> {
  for (let life = 0; ; life++) {
    stage.fates[slot] = 0;
    const limits = slot < LIMITED_FROM ? undefined : LIMITS;
    const args = [stage, states, slot, seed * 7919 + round * 127 + life] as [Stage, readonly unknown[], number, number];
    const thread = new Thread({ target: act, args: args as never, name: `actor ${slot}`, resourceLimits: limits });
    await thread.start().joinAsync();
    const fate = stage.fates[slot];
    if (fate === SURVIVED) return;
    assert.ok(fate > 0, `the thread in slot ${slot} ended without having been told to`);
    deaths[fate - 1]++;
    for (let index = slot * CHAINS; index < (slot + 1) * CHAINS; index++) {
      const [phase, subject] = stage.journal.subarray(index * 2, index * 2 + 2);
      stage.journal[index * 2] = 0;
      workloads.forEach((workload, k) => workload.bury?.(states[k], phase, subject));
    }
    if (stage.over.isSet()) return;
  }
}

async function work(round: number): Promise<void> {
  const stage: Stage = {
    over: new Event(),
    arrived: new AtomicInt32(),
    warrants: new AtomicInt32(),
    journal: sharedArray(Int32Array, THREADS * CHAINS * 2),
    fates: sharedArray(Int32Array, THREADS),
    counts: sharedArray(Int32Array, workloads.length),
  };
  const states = workloads.map((workload) => workload.open());
  tell(`round ${round}: start`);
  let ended = false;
  const all = Promise.all(Array.from({ length: THREADS }, (_, slot) => occupy(slot, stage, states, round)));
  const threads = all.finally(() => {
    ended = true;
  });
  while (!ended && stage.arrived.value < THREADS) await Promise.race([delay(5), threads]);
  tell(`round ${round}: work`);
  const executioner = setInterval(() => stage.warrants.store(Math.min(3, stage.warrants.load() + 1)), DEATH_MS);
  await Promise.race([delay(ROUND_MS), threads]);
  clearInterval(executioner);
  stage.over.set();
  tell(`round ${round}: stop`);
  while (!ended) {
    workloads.forEach((workload, k) => workload.close?.(states[k]));
    await Promise.race([delay(5), threads]);
  }
  await threads;
  assert.equal(failed.value, 0, 'threads failed');
  tell(`round ${round}: check`);
  for (const [k, workload] of workloads.entries()) {
    assert.ok(stage.counts[k] > 0, `${workload.name} did something`);
    operations[k] += stage.counts[k];
    await workload.check(states[k]);
  }
}

async function soak(): Promise<void> {
  const end = performance.now() + seconds * 1000;
  const rss: number[] = [];
  const start = await settled();
  let base: HeapState | undefined;
  let round = 0;
  for (; round < 2 || performance.now() < end; round++) {
    await work(round);
    tell(`round ${round}: collect`);
    // The code of what was captured stays in the heap, and is complete after two rounds.
    const now = round < 2 ? await settled() : undefined;
    base = now ?? base ?? start;
    const more = await surplus(start, base);
    assert.equal(more, undefined, `the heap is not what it was: ${more}`);
    rss.push(process.memoryUsage().rss);
    console.log(
      `round ${round}: heap ${(memoryUsage().used / 1024).toFixed(0)} KiB, RSS ${(rss[round] / MIB).toFixed(0)} MiB`,
    );
  }
  assert.equal(growth(rss), undefined);
  const list = (names: readonly string[], counts: number[]) => counts.map((n, k) => `${names[k]} ${n}`).join(', ');
  const names = workloads.map(({ name }) => name);
  console.log(
    `soak: ${round} rounds in ${seconds} s; operations: ${list(names, operations)}; deaths: ${list(WAYS, deaths)}; ` +
      `heap ${(memoryUsage().peak / MIB).toFixed(1)} MiB at most, ${((base?.used ?? 0) / MIB).toFixed(2)} MiB between rounds; ` +
      `RSS ${(rss[0] / MIB).toFixed(0)} MiB first, ${(rss[rss.length - 1] / MIB).toFixed(0)} MiB last`,
  );
}

soak().then(
  () => process.exit(0),
  (error: unknown) => {
    tell('failed');
    writeSync(2, `soak: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.kill(process.pid, 'SIGKILL');
  },
);
