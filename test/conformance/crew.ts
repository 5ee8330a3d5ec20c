/**
 * Threads for the cases, and ways to wait for what they do. Every wait has a deadline, so that a case that does not hold
 * fails and does not hang.
 */
import assert from 'node:assert/strict';
import { AtomicInt32, sleepAsync, Thread } from 'threadwork';
import type { Form } from './forms.js';

/** Nothing here takes longer on a machine that is busy with other things; a hang does. */
const DEADLINE_MS = 20_000;

/** Several threads that run the same body, each with its number. */
export class Crew {
  readonly finished = new AtomicInt32();
  readonly failed = new AtomicInt32();
  private readonly threads: Thread[];

  constructor(size: number, body: (number: number) => unknown) {
    const { finished, failed } = this;
    const target = async (number: number) => {
      try {
        await body(number);
        finished.add(1);
      } catch (error) {
        failed.add(1);
        throw error;
      }
    };
    this.threads = Array.from({ length: size }, (_, k) => new Thread({ target, args: [k] }).start() as Thread);
  }

  /** Waits until all have ended; each of them must have reached the end of its body. */
  async join(form: Form, deadline = DEADLINE_MS): Promise<void> {
    const start = performance.now();
    for (const thread of this.threads) {
      const left = Math.max(0, deadline - (performance.now() - start));
      assert.equal(await form.join(thread, left), true, `${thread} ended`);
    }
    assert.equal(this.failed.value, 0, 'threads that failed (stderr has their errors)');
    assert.equal(this.finished.value, this.threads.length);
  }

  /** How many have neither finished nor failed: after a while, so that whoever could go on has done so. */
  async stillInside(): Promise<number> {
    await settle(this.threads.length);
    return this.threads.length - this.finished.value - this.failed.value;
  }
}

/** Runs `body` in another thread and returns what it returned, as a number. */
export async function elsewhere(form: Form, body: () => unknown): Promise<number> {
  const result = new AtomicInt32(-1);
  await new Crew(1, async () => result.store(Number(await body()))).join(form);
  return result.value;
}

/** Waits until the condition holds. */
export async function until(what: string, holds: () => boolean, deadline = DEADLINE_MS): Promise<void> {
  const end = performance.now() + deadline;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await sleepAsync(1);
  }
}

/** Gives `threads` threads the time in which they would go on, if nothing held them. */
export async function settle(threads: number): Promise<void> {
  await sleepAsync(10 * threads);
}

/** Checks that the call took about as long as expected, in ms, and returns its result. */
export async function taking<T>(expected: number, call: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await call();
  const elapsed = performance.now() - start;
  assert.ok(elapsed >= expected * 0.6 && elapsed < expected * 10, `took ${elapsed} ms instead of ${expected}`);
  return result;
}

/** Checks that the call did not wait, and returns its result. */
export async function promptly<T>(call: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await call();
  const elapsed = performance.now() - start;
  assert.ok(elapsed < 1000, `took ${elapsed} ms`);
  return result;
}
