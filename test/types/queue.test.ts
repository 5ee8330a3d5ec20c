import { LifoQueue, PriorityQueue, Queue, type QueueOptions, type Sent, SimpleQueue } from 'threadwork';
import { compiles, type Same, same } from './typed.js';

compiles('what is put is checked against the queue', () => {
  const jobs = new Queue<{ url: string; retries?: number }>();
  jobs.put({ url: '/' });
  jobs.put({ url: '/', retries: 3 }, { timeout: 500 });
  void jobs.putAsync({ url: '/' });
  jobs.putNowait({ url: '/' });
  same<Same<ReturnType<typeof jobs.get>, { url: string; retries?: number }>>();
  // @ts-expect-error a misspelt member
  jobs.put({ url: '/', retires: 3 });
  // @ts-expect-error no job
  jobs.put('/');
  type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
  new LifoQueue<Json>().put({ a: [1, { b: null }] });
  new PriorityQueue<[number, string]>().put([1, 'x']);
  new SimpleQueue<(n: number) => number>().put((n) => n + 1);
  new Queue<unknown>().put(5);
  const wide: Queue<unknown> = new Queue<number>();
  void wide;
});

compiles('what cannot be sent cannot be put', () => {
  const later = Promise.resolve(5);
  // @ts-expect-error a promise
  new Queue<Promise<number>>().put(later);
  // @ts-expect-error a promise
  void new Queue<Promise<number>>().putAsync(later);
  // @ts-expect-error a promise
  new SimpleQueue<Promise<number>>().putNowait(later);
  // @ts-expect-error a promise in an object
  new LifoQueue<{ later: Promise<number> }>().put({ later });
  // @ts-expect-error a weak collection
  new PriorityQueue<WeakSet<object>>().put(new WeakSet());
  new Queue<number | Promise<number>>().put(5);
  // @ts-expect-error now it is the promise
  new Queue<number | Promise<number>>().put(later);
});

compiles('code that is generic in what it puts', () => {
  const one = <T>(queue: Queue<T>, item: T) => queue.put(item);
  const list = <T>(queue: SimpleQueue<T[]>, item: T) => queue.put([item]);
  const member = <T extends object>(queue: Queue<{ item: T }>, item: T) => queue.put({ item });
  const map = <T>(queue: Queue<Map<string, T>>, item: T) => queue.put(new Map([['item', item]]));
  const declared = <T>(queue: Queue<T>, item: Sent<T>) => queue.put(item);
  void [one, list, member, map, declared];
  class Noisy<T> extends Queue<T> {
    override put(item: T, options?: QueueOptions) {
      super.put(item, options);
    }
  }
  class Texts extends Queue<string> {
    override put(item: string, options?: QueueOptions) {
      super.put(item, options);
    }
  }
  new Noisy<number>().put(5);
  const texts: Queue<string> = new Texts();
  void texts;
});
