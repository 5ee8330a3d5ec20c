/** What a thread does in a soak: one operation after the other, of all workloads, until the round is over or it dies. */
import { turn } from '../stress/chance.js';
import { Actor, CHAINS, type Stage } from './actor.js';
import { containers } from './containers.js';
import { locks } from './locks.js';
import { pools } from './pools.js';
import { queues } from './queues.js';
import { signals } from './signals.js';
import { structs } from './structs.js';
import { threads } from './threads.js';
import type { Workload } from './workload.js';

export const workloads: readonly Workload<unknown>[] = [
  locks,
  signals,
  queues,
  pools,
  containers,
  structs,
  threads,
] as Workload<never>[] as Workload<unknown>[];

/** In `fates`: the thread has come to its end. */
export const SURVIVED = -1;

/** Even threads block, and every other one of these never turns its event loop; odd ones have several chains of calls. */
export async function act(stage: Stage, states: readonly unknown[], slot: number, seed: number): Promise<void> {
  const own = { count: 0 };
  stage.arrived.add(1);
  if (slot % 2 === 0) await block(stage, states, new Actor(stage, slot, 0, seed, own));
  else {
    const chains = Array.from({ length: CHAINS }, (_, chain) => new Actor(stage, slot, chain, seed, own));
    // Each begins in a job of its own: what one acquires is not the others'.
    await Promise.all(chains.map((actor) => Promise.resolve(actor).then((one) => goOn(stage, states, one))));
  }
  stage.fates[slot] = SURVIVED;
}

async function block(stage: Stage, states: readonly unknown[], actor: Actor): Promise<void> {
  const turns = actor.slot % 4 === 0;
  for (let k = 0; !stage.over.isSet(); k++) {
    const which = actor.chance(workloads.length);
    workloads[which].step(states[which], actor);
    Atomics.add(stage.counts, which, 1);
    if (turns && k % 16 === 0) {
      await turn();
      await actor.mayDieAsync();
    }
  }
}

async function goOn(stage: Stage, states: readonly unknown[], actor: Actor): Promise<void> {
  while (!stage.over.isSet()) {
    const which = actor.chance(workloads.length);
    await workloads[which].stepAsync(states[which], actor);
    Atomics.add(stage.counts, which, 1);
    if (actor.chance(8) === 0) await turn();
  }
}
