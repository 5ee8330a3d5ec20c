/**
 * The two forms of every call that waits. A case is written once against a Form and runs with each: it counts only when it
 * holds in both.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  AcquireOptions,
  Barrier,
  Condition,
  Event,
  Guard,
  Lock,
  Queue,
  QueueOptions,
  RLock,
  Semaphore,
  SimpleQueue,
  Thread,
  Wait,
} from 'threadwork';

export type Holdable = Lock | RLock | Condition | Semaphore;
export type AnyQueue<T> = Queue<T> | SimpleQueue<T>;
type Perhaps<T> = T | Promise<T>;

/** One form of the calls that wait. Threads may use it too: its functions stand on their own. */
export interface Form {
  readonly isAsync: boolean;
  acquire(what: Holdable, options?: AcquireOptions): Perhaps<boolean>;
  hold(what: Holdable, options?: AcquireOptions): Perhaps<Guard>;
  with<R>(what: Holdable, body: () => R): Perhaps<R>;
  wait(what: Event | Condition, wait?: Wait): Perhaps<boolean>;
  pass(barrier: Barrier, wait?: Wait): Perhaps<number>;
  waitFor<T>(condition: Condition, predicate: () => T, wait?: Wait): Perhaps<T>;
  join(thread: Thread | Queue<unknown>, wait?: Wait): Perhaps<boolean>;
  put<T>(queue: AnyQueue<T>, item: T, options?: QueueOptions): Perhaps<void>;
  get<T>(queue: AnyQueue<T>, options?: QueueOptions): Perhaps<T>;
}

export const blocking: Form = {
  isAsync: false,
  acquire: (what, options) => what.acquire(options),
  hold: (what, options) => what.hold(options),
  with: (what, body) => what.with(body),
  wait: (what, wait) => what.wait(wait),
  pass: (barrier, wait) => barrier.wait(wait),
  waitFor: (condition, predicate, wait) => condition.waitFor(predicate, wait),
  join: (thread, wait) => thread.join(wait),
  put: (queue, item, options) => queue.put(item, options),
  get: (queue, options) => queue.get(options),
};

export const asynchronous: Form = {
  isAsync: true,
  acquire: (what, options) => what.acquireAsync(options),
  hold: (what, options) => what.holdAsync(options),
  with: (what, body) => what.withAsync(body),
  wait: (what, wait) => what.waitAsync(wait),
  pass: (barrier, wait) => barrier.waitAsync(wait),
  waitFor: (condition, predicate, wait) => condition.waitForAsync(predicate, wait),
  join: (thread, wait) => thread.joinAsync(wait),
  put: (queue, item, options) => queue.putAsync(item, options),
  get: (queue, options) => queue.getAsync(options),
};

/** Registers the case under its name, which begins with its id, once for each form. */
export function inBothForms(name: string, body: (form: Form) => void | Promise<void>): void {
  const [id, ...title] = name.split(' ');
  test(name, () => body(blocking));
  test([id, 'async', ...title].join(' '), () => body(asynchronous));
}

type ErrorClass = abstract new (...args: never[]) => Error;

/** The call fails with the error: at once in the blocking form, as a rejection in the other, where it must not throw. */
export async function refuses(form: Form, error: ErrorClass, call: () => unknown): Promise<void> {
  if (form.isAsync) await assert.rejects(call() as Promise<unknown>, error as never);
  else assert.throws(call, error as never);
}
