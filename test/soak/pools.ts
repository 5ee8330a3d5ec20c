/** A pool of threads and one of processes: every future ends as its task says, and every task runs once, or was cancelled. */
import assert from 'node:assert/strict';
import {
  asCompleted,
  AtomicInt32,
  BrokenThreadPool,
  type Future,
  ProcessPoolExecutor,
  sleepAsync,
  ThreadPoolExecutor,
  TimeoutError,
  wait,
} from 'threadwork';
import type { Actor } from './actor.js';
import type { Workload } from './workload.js';

const WORKERS = 3;
/** A task goes to the process instead so rarely: it takes a hundred times as long. */
const PROCESS_RARITY = 40;

interface Pools {
  threads: ThreadPoolExecutor;
  processes: ProcessPoolExecutor;
  submitted: AtomicInt32;
  begun: AtomicInt32;
  cancelled: AtomicInt32;
}

/** How a task ends. */
const RETURN = 0;
const THROW = 1;
const LATER = 2;
const DIE = 3;

function task(begun: AtomicInt32, n: number, how: number): number | Promise<number> {
  begun.add(1);
  if (how === THROW) throw new RangeError(`task ${n}`);
  if (how === DIE) process.exit(3);
  return how === LATER ? sleepAsync(1).then(() => 2 * n) : 2 * n;
}

const triple = (n: number) => 3 * n;

interface Submitted {
  readonly n: number;
  readonly how: number;
  readonly future: Future<number>;
}

function submit({ threads, submitted, begun }: Pools, { chance }: Actor): Submitted {
  const n = chance(1000);
  const how = chance(200) === 0 ? DIE : chance(8) === 0 ? THROW : chance(8) === 0 ? LATER : RETURN;
  const future = threads.submit(task, begun, n, how) as Future<number>;
  submitted.add(1);
  return { n, how, future };
}

/** The future has ended as it must. */
function verify({ n, how, future }: Submitted): void {
  const error = future.exception(0);
  if (how === DIE) assert.ok(error instanceof BrokenThreadPool, `the future of a dead worker has ${error}`);
  else if (how === THROW) assert.equal(`${error}`, `RangeError: task ${n}`);
  else assert.equal(future.result(0), 2 * n);
}

function mayCancel({ cancelled }: Pools, { future }: Submitted): boolean {
  if (!future.cancel()) return false;
  cancelled.add(1);
  return true;
}

function batch(state: Pools, actor: Actor): Submitted[] {
  return Array.from({ length: 4 }, () => submit(state, actor));
}

const futuresOf = (all: Submitted[]) => all.map(({ future }) => future);

export const pools: Workload<Pools> = {
  name: 'pools',

  open: () => ({
    threads: new ThreadPoolExecutor(WORKERS),
    processes: new ProcessPoolExecutor(1),
    submitted: new AtomicInt32(),
    begun: new AtomicInt32(),
    cancelled: new AtomicInt32(),
  }),

  step(state, actor) {
    const { threads, processes, submitted, begun } = state;
    if (actor.chance(PROCESS_RARITY) === 0) {
      const n = actor.chance(1000);
      assert.equal(processes.submit(triple, n).result(), 3 * n);
      return;
    }
    switch (actor.chance(5)) {
      case 0: {
        const all = batch(state, actor);
        assert.equal(wait(futuresOf(all)).notDone.size, 0);
        all.forEach(verify);
        return;
      }
      case 1: {
        const all = batch(state, actor);
        let ended = 0;
        for (const future of asCompleted(futuresOf(all))) ended += Number(future.done());
        assert.equal(ended, new Set(futuresOf(all)).size);
        all.forEach(verify);
        return;
      }
      case 2: {
        const inputs = [1, 2, 3, 4].map(() => actor.chance(1000));
        const results = threads.map((n: number) => task(begun, n, 0), inputs);
        submitted.add(inputs.length);
        actor.mayDie();
        assert.deepEqual(
          [...results],
          inputs.map((n) => 2 * n),
        );
        return;
      }
      default: {
        const one = submit(state, actor);
        actor.mayDie();
        if (actor.chance(3) === 0 && mayCancel(state, one)) return;
        try {
          one.future.exception(actor.chance(3) === 0 ? actor.chance(3) : undefined);
        } catch (error) {
          if (error instanceof TimeoutError) return;
          throw error;
        }
        verify(one);
      }
    }
  },

  async stepAsync(state, actor) {
    const { threads, processes, submitted, begun } = state;
    if (actor.chance(PROCESS_RARITY) === 0) {
      const n = actor.chance(1000);
      assert.equal(await processes.submit(triple, n), 3 * n);
      return;
    }
    switch (actor.chance(4)) {
      case 0: {
        const all = batch(state, actor);
        let ended = 0;
        for await (const future of asCompleted(futuresOf(all))) ended += Number(future.done());
        assert.equal(ended, all.length);
        all.forEach(verify);
        return;
      }
      case 1: {
        const inputs = [1, 2, 3, 4].map(() => actor.chance(1000));
        const results = threads.map((n: number) => task(begun, n, 0), inputs);
        submitted.add(inputs.length);
        await actor.mayDieAsync();
        const doubled: number[] = [];
        for await (const result of results) doubled.push(result);
        assert.deepEqual(
          doubled,
          inputs.map((n) => 2 * n),
        );
        return;
      }
      default: {
        const one = submit(state, actor);
        await actor.mayDieAsync();
        if (actor.chance(3) === 0 && mayCancel(state, one)) return;
        try {
          await one.future.exceptionAsync(actor.chance(3) === 0 ? actor.chance(3) : undefined);
        } catch (error) {
          if (error instanceof TimeoutError) return;
          throw error;
        }
        verify(one);
      }
    }
  },

  async check({ threads, processes, submitted, begun, cancelled }) {
    await threads.shutdownAsync();
    await processes.shutdownAsync();
    assert.equal(begun.value + cancelled.value, submitted.value, 'each task ran once or was cancelled');
  },
};
