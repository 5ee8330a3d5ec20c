/** Another thread that does as it is told: a plain worker, which finds the heap by itself. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { preloadModules } from '../../src/capture/modules.js';
import { discard, modulesIn, pack, unpack } from '../../src/wire/message.js';
import './thing.js';

interface Order {
  readonly what: 'echo' | 'call' | 'same' | 'forget';
  readonly address: number;
}
interface Answer {
  readonly failed: boolean;
  readonly address: number;
}

function serve(): void {
  let earlier: unknown;
  const work = (what: Order['what'], value: unknown): unknown => {
    if (what === 'echo') return value;
    if (what === 'call') {
      const [fn, ...args] = value as [(...args: unknown[]) => unknown, ...unknown[]];
      return fn(...args);
    }
    if (what === 'forget') {
      earlier = undefined;
      return undefined;
    }
    const same = earlier === value;
    earlier = value;
    return same;
  };
  parentPort?.on('message', (order: Order) => {
    void (async () => {
      let answer: Answer;
      try {
        const modules = modulesIn(order.address);
        if (modules.length > 0) await preloadModules(modules);
        answer = {
          failed: false,
          address: pack(await work(order.what, unpack(order.address)), { path: 'result', lenient: true }),
        };
      } catch (error) {
        answer = { failed: true, address: pack(error, { path: 'error', lenient: true }) };
      }
      parentPort?.postMessage(answer);
    })();
  });
}

if (!isMainThread && (workerData as { peer?: boolean } | null)?.peer === true) serve();
export class Peer {
  private readonly worker = new Worker(new URL(import.meta.url), { workerData: { peer: true } });

  private async order(what: Order['what'], value: unknown): Promise<unknown> {
    const address = pack(value, 'value');
    this.worker.postMessage({ what, address } satisfies Order);
    const [answer] = (await once(this.worker, 'message')) as [Answer];
    const result = unpack(answer.address);
    if (answer.failed) throw result;
    return result;
  }

  /** The value, there and back. */
  echo<T>(value: T): Promise<T> {
    return this.order('echo', value) as Promise<T>;
  }

  /** What `fn` returns or throws there. */
  call<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
    return this.order('call', [fn, ...args]) as Promise<Awaited<R>>;
  }

  /** Whether the value is there the same object as the one that came before it. */
  async sameAsBefore(value: unknown): Promise<boolean> {
    return (await this.order('same', value)) as boolean;
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

/** There and back in one thread. */
export function roundTrip<T>(value: T): T {
  return unpack(pack(value, 'value')) as T;
}

export { discard, pack, unpack };
