/**
 * Lives of executors: made with hostile options, given hostile functions, values and inputs, shut down and killed at any time
 * with hostile options. Only documented errors come out, a call that was refused leaves the pool as it was, nothing can be
 * submitted after the end, and in the end every future is done.
 */
import assert from 'node:assert/strict';
import * as library from 'threadwork';
import { chanceFrom } from '../stress/chance.js';
import { HOSTILE, USUAL, valueOf } from './hostile.js';
import { say } from './say.js';
import { isDocumented } from './trial.js';

const VALUES = [...Object.keys(HOSTILE), ...Object.keys(USUAL)];
/** Of so many lives one is that of a pool of processes, which takes a hundred times as long. */
const LIVES_PER_PROCESS = 10;
const CALLS_PER_LIFE = 12;
const DONE_MS = 20_000;

type Chance = (below: number) => number;

/** What tasks do. */
const TASKS: Readonly<Record<string, (...args: never[]) => unknown>> = {
  nothing: () => undefined,
  identity: (value: unknown) => value,
  'returns a symbol': () => Symbol('result'),
  'returns a function': () => () => 5,
  'returns a class': () => class Result {},
  'returns a promise of a promise': async () => await Promise.resolve(Promise.resolve(5)),
  'returns a throwing thenable': () => ({
    // oxlint-disable-next-line unicorn/no-thenable -- on purpose
    get then(): never {
      throw new RangeError('failed');
    },
  }),
  'throws undefined': () => {
    throw undefined;
  },
  'throws a symbol': () => {
    throw Symbol('thrown');
  },
  'throws a frozen error': () => {
    throw Object.freeze(new RangeError('failed'));
  },
  'throws an error that causes itself': () => {
    const error = new RangeError('failed');
    error.cause = error;
    throw error;
  },
  'throws an error with a throwing message': () => {
    throw Object.defineProperty(new RangeError('failed'), 'message', {
      get() {
        throw new RangeError('failed');
      },
    });
  },
  rejects: () => Promise.reject(new RangeError('failed')),
  'rejects with nothing': () => Promise.reject(),
  'sends to nobody': () => {
    for (const message of [
      5,
      null,
      'text',
      {},
      { bytes: 5 },
      { useless: 5 },
      { begun: 1 },
      { bytes: new Uint8Array(9), failed: false },
    ])
      process.send?.(message);
  },
};
/** What ends a process, and breaks its pool. */
const DEADLY: Readonly<Record<string, () => unknown>> = {
  'exits its process': () => process.exit(3),
  'kills its process': () => process.kill(process.pid, 'SIGKILL'),
  'leaves its pool': () => process.disconnect(),
};

function pick<T>(chance: Chance, from: readonly T[]): T {
  return from[chance(from.length)];
}

function hostileOptions(chance: Chance, names: readonly string[]): { shown: string; options: unknown } {
  if (chance(8) === 0) {
    const name = pick(chance, VALUES);
    return { shown: name, options: valueOf(name) };
  }
  const chosen = Object.fromEntries(
    Array.from({ length: chance(3) }, () => [pick(chance, names), pick(chance, VALUES)]),
  );
  return {
    shown: JSON.stringify(chosen),
    options: Object.fromEntries(Object.entries(chosen).map(([key, name]) => [key, valueOf(name)])),
  };
}

/** What tasks throw arrives as it is, even if it is no error: that is another result then. */
async function errorsOnly<T>(result: Promise<T>): Promise<T | { done: false }> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Error) throw error;
    return { done: false };
  }
}

/** What of a life is observed. */
class Life {
  readonly futures: library.Future[] = [];
  readonly results: library.MapResult<unknown>[] = [];
  closed = false;
  /** A pool of processes can break at any time once one was killed. */
  mayBreak = false;

  constructor(
    readonly pool: library.ThreadPoolExecutor | library.ProcessPoolExecutor,
    readonly chance: Chance,
  ) {}

  private get isProcesses(): boolean {
    return this.pool instanceof library.ProcessPoolExecutor;
  }

  /** Makes a call; what it throws must be documented. Answers whether it went through. */
  private async attempt(what: string, call: () => unknown): Promise<boolean> {
    say(`> ${this.pool.name}: ${what}`);
    try {
      await call();
      return true;
    } catch (error) {
      if (!isDocumented(error)) assert.fail(`${what} threw ${error instanceof Error ? error.stack : String(error)}`);
      if (error instanceof library.BrokenExecutor) assert.ok(this.mayBreak, `${what}: ${error.message}`);
      return false;
    }
  }

  private task(): [string, (...args: never[]) => unknown] {
    const { chance } = this;
    if (this.isProcesses && chance(12) === 0) {
      this.mayBreak = true;
      return pick(chance, Object.entries(DEADLY));
    }
    if (chance(3) === 0) {
      const name = pick(chance, VALUES);
      return [name, valueOf(name) as () => unknown];
    }
    return pick(chance, Object.entries(TASKS));
  }

  private async submit(): Promise<void> {
    const [what, fn] = this.task();
    const args = Array.from({ length: this.chance(3) }, () => pick(this.chance, VALUES));
    const taken = await this.attempt(`submit(${[what, ...args].join(', ')})`, () => {
      this.futures.push(this.pool.submit(fn, ...(args.map(valueOf) as never[])));
    });
    assert.ok(!(taken && this.closed), `submit(${what}) was taken after the end`);
  }

  private async map(): Promise<void> {
    const [what, fn] = this.task();
    const inputs = Array.from({ length: this.chance(3) }, () =>
      Array.from({ length: this.chance(4) }, () => pick(this.chance, VALUES)),
    ); // prettier-ignore
    const { shown, options } = hostileOptions(this.chance, ['timeout', 'chunksize', 'buffersize', 'signal']);
    await this.attempt(`map(${what}, ${JSON.stringify(inputs)}, ${shown})`, () => {
      const given = inputs.map((names) => names.map(valueOf));
      this.results.push(this.pool.map(fn as () => unknown, ...([...given, options] as never as [])));
    });
  }

  private async shutDown(): Promise<void> {
    const { shown, options } = hostileOptions(this.chance, ['wait', 'cancelFutures']);
    const form = pick(this.chance, ['shutdown', 'shutdownAsync'] as const);
    const ended = await this.attempt(`${form}(${shown})`, () => this.pool[form](options as library.ShutdownOptions));
    if (ended) this.closed = true;
  }

  private async force(): Promise<void> {
    const method = pick(this.chance, ['terminateWorkers', 'killWorkers'] as const);
    this.mayBreak = true;
    await this.attempt(method, () => (this.pool as library.ProcessPoolExecutor)[method]());
    this.closed = true;
  }

  private async dispose(): Promise<void> {
    const isAsync = this.chance(2) === 0;
    await this.attempt(isAsync ? 'await using' : 'using', async () => {
      if (isAsync) await this.pool[Symbol.asyncDispose]();
      else this.pool[Symbol.dispose]();
    });
    this.closed = true;
  }

  async live(): Promise<void> {
    for (let k = 0; k < CALLS_PER_LIFE; k++) {
      const what = this.chance(20);
      if (what < 10) await this.submit();
      else if (what < 15) await this.map();
      else if (what < 17) await this.shutDown();
      else if (what === 17) await this.dispose();
      else if (what === 18 && this.isProcesses) await this.force();
      else assert.match(String(this.pool), /^<(?:Thread|Process)PoolExecutor /);
    }
    for (const results of this.results) {
      for (let going = true; going; ) {
        await this.attempt('next of map()', async () => {
          going = (await errorsOnly(results.nextAsync())).done !== true;
        });
      }
    }
    await this.attempt('the last shutdown()', () => this.pool.shutdownAsync());
    this.closed = true;
    await this.submit();
    for (const future of this.futures) {
      await this.attempt('result()', () => errorsOnly(future.resultAsync(DONE_MS)));
      assert.ok(future.done(), `${future} is not done after the end of ${this.pool}`);
    }
  }
}

const CONSTRUCTED = ['maxWorkers', 'threadNamePrefix', 'initializer', 'initargs', 'resourceLimits', 'maxTasksPerChild'];

/** Makes pools and lets them live; answers how many lives failed. */
export async function livesOfExecutors(seed: number, calls: number): Promise<number> {
  const chance = chanceFrom(seed);
  let failures = 0;
  for (let k = 0; k < Math.ceil(calls / CALLS_PER_LIFE); k++) {
    const type = k % LIVES_PER_PROCESS === 0 ? library.ProcessPoolExecutor : library.ThreadPoolExecutor;
    try {
      const { shown, options } = hostileOptions(chance, CONSTRUCTED);
      say(`> new ${type.name}(${shown})`);
      let pool: library.ThreadPoolExecutor | library.ProcessPoolExecutor = new type(2);
      let mayBreak = false;
      try {
        const other = new type(options as number);
        // Of more processes than that the machine has nothing.
        if (type === library.ThreadPoolExecutor) {
          pool.shutdown();
          pool = other;
          // The initialiser may fail, or its thread be too small to start.
          mayBreak = typeof options === 'object' && options !== null;
        }
      } catch (error) {
        if (!isDocumented(error) && !(error instanceof library.HeapExhaustedError)) throw error;
      }
      const life = new Life(pool, chance);
      life.mayBreak = mayBreak;
      await life.live();
    } catch (error) {
      failures++;
      say(`! ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  return failures;
}
