/**
 * Loaded before a fixture program (`--import`): gives it `capture` and `refuse`, and prints one line of JSON per case.
 */
import assert from 'node:assert/strict';
import { captureFunction } from '../../src/capture/capture.js';
import { CaptureError } from '../../src/errors.js';
import { elsewhere } from './elsewhere.js';

interface Harness {
  __BUNDLED__: boolean;
  capture(name: string, fn: (...args: never[]) => unknown, expected: unknown, ...args: unknown[]): void;
  samePlace(name: string, fn: () => unknown): void;
  refuse(name: string, fn: () => unknown, message: RegExp): void;
}
const jobs: { name: string; run(): Promise<void> }[] = [];
const harness = globalThis as unknown as Harness;

harness.capture = (name, fn, expected, ...args) => {
  if (jobs.length === 0) setImmediate(() => void runAll());
  jobs.push({
    name,
    async run() {
      assert.deepEqual(await elsewhere(fn, ...args), expected);
    },
  });
};
harness.samePlace = (name, fn) => {
  jobs.push({
    name,
    async run() {
      const here = await failureOf(async () => fn());
      const there = await failureOf(() => elsewhere(fn));
      assert.equal(firstPlace(there), firstPlace(here), `there:\n${there}\nhere:\n${here}`);
    },
  });
};
harness.__BUNDLED__ = false;
// Refused at once: what is wrong can be that something comes later.
harness.refuse = (name, fn, message) => {
  let failure: unknown;
  try {
    refuseDeep(fn);
  } catch (error) {
    failure = error;
  }
  jobs.push({
    name: `refuses ${name}`,
    async run() {
      assert.ok(failure instanceof CaptureError, `a CaptureError, not ${String(failure)}`);
      assert.match(failure.message, message);
    },
  });
};

async function failureOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    return (error as Error).stack ?? '';
  }
  throw new Error('nothing was thrown');
}

/** `file:line:column` of the innermost frame. */
function firstPlace(stack: string): string | undefined {
  return /\(?([^\s(]+:\d+:\d+)\)?/.exec(stack)?.[1];
}

function refuseDeep(fn: Function): void {
  const captured = captureFunction(fn, 'target');
  if (captured.kind === 'code')
    for (const { value } of captured.bindings) if (typeof value === 'function') refuseDeep(value);
}

async function runAll(): Promise<void> {
  for (const { name, run } of jobs) {
    let error: string | null = null;
    try {
      await run();
    } catch (reason) {
      error = (reason as Error).stack ?? String(reason);
    }
    process.stdout.write(`${JSON.stringify({ name, error })}\n`);
  }
  process.exit(0);
}
