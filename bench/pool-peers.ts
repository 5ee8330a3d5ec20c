/** Other pools of threads, from bench/node_modules, each behind the same two functions. */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface Peer {
  readonly name: string;
  call(n: number): Promise<unknown>;
  end(): unknown;
}

const THREADS = 2;
const require = createRequire(new URL('../../bench/package.json', import.meta.url));
const task = fileURLToPath(new URL('../../bench/peers/tiny.mjs', import.meta.url));
const poolifierWorker = fileURLToPath(new URL('../../bench/peers/poolifier-worker.mjs', import.meta.url));

type Runner = { run(n: number): Promise<unknown>; destroy(): Promise<unknown> };
type RunnerClass = new (options: object) => Runner;

async function load(name: string): Promise<Record<string, unknown>> {
  const module = (await import(pathToFileURL(require.resolve(name)).href)) as Record<string, unknown>;
  return { ...(module['default'] as Record<string, unknown> | undefined), ...module };
}

/** All peers that are installed, each with two threads; those that are not are left out. */
export async function peers(): Promise<Peer[]> {
  const found: Peer[] = [];
  const makers: (() => Promise<Peer>)[] = [
    async () => {
      const module = require('piscina') as RunnerClass & { Piscina?: RunnerClass; default?: RunnerClass };
      const Piscina = module.Piscina ?? module.default ?? module;
      const pool = new Piscina({ filename: task, minThreads: THREADS, maxThreads: THREADS });
      return { name: 'piscina', call: (n) => pool.run(n), end: () => pool.destroy() };
    },
    async () => {
      const { Tinypool } = (await load('tinypool')) as { Tinypool: RunnerClass };
      const pool = new Tinypool({ filename: task, minThreads: THREADS, maxThreads: THREADS });
      return { name: 'tinypool', call: (n) => pool.run(n), end: () => pool.destroy() };
    },
    async () => {
      const module = (await load('workerpool')) as {
        default: {
          pool(options: object): { exec(fn: unknown, args: unknown[]): Promise<unknown>; terminate(): unknown };
        };
      };
      const pool = module.default.pool({ maxWorkers: THREADS, workerType: 'thread' });
      const tiny = (n: number) => n + 1;
      return { name: 'workerpool', call: (n) => pool.exec(tiny, [n]), end: () => pool.terminate() };
    },
    async () => {
      const { FixedThreadPool } = (await load('poolifier')) as {
        FixedThreadPool: new (
          size: number,
          file: string,
        ) => { execute(n: number): Promise<unknown>; destroy(): Promise<unknown> };
      };
      const pool = new FixedThreadPool(THREADS, poolifierWorker);
      return { name: 'poolifier', call: (n) => pool.execute(n), end: () => pool.destroy() };
    },
  ];
  for (const make of makers) {
    try {
      const peer = await make();
      await peer.call(1);
      found.push(peer);
    } catch (error) {
      console.error(`a peer is left out: ${String(error)}`);
    }
  }
  return found;
}
