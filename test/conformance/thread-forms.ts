import { test } from 'node:test';
import { type Event, type Lock, sleep, sleepAsync, type Thread, type Wait } from 'threadwork';

/** A thread, whatever its target takes. */
type AnyThread = Pick<Thread, 'join' | 'joinAsync'>;

/** The waiting calls in one of their two forms. Callers await them either way, in threads too. */
export interface Form {
  readonly name: 'blocking' | 'async';
  join(thread: AnyThread, wait?: Wait): Promise<boolean>;
  wait(event: Event, wait?: Wait): Promise<boolean>;
  acquire(lock: Lock): Promise<boolean>;
  sleep(ms: number): Promise<void>;
}

export const blocking: Form = {
  name: 'blocking',
  join: async (thread, wait) => thread.join(wait),
  wait: async (event, wait) => event.wait(wait),
  acquire: async (lock) => lock.acquire(),
  sleep: async (ms) => sleep(ms),
};

export const asynchronous: Form = {
  name: 'async',
  join: (thread, wait) => thread.joinAsync(wait),
  wait: (event, wait) => event.waitAsync(wait),
  acquire: (lock) => lock.acquireAsync(),
  sleep: (ms) => sleepAsync(ms),
};

/** Two tests of one behaviour: with the blocking calls and with their async twins. */
export function inBothForms(name: string, body: (form: Form) => Promise<void>): void {
  for (const form of [blocking, asynchronous]) void test(`${name} (${form.name})`, () => body(form));
}
