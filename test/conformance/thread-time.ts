import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { activeCount } from 'threadwork';

/** Far more than anything here takes; only a failure ever waits so long. */
const PATIENCE_MS = 20_000;

/** Waits until the condition holds. */
export async function until(what: string, holds: () => boolean, patience = PATIENCE_MS): Promise<void> {
  for (const start = performance.now(); !holds(); await pause(2)) {
    assert.ok(performance.now() - start < patience, `${what}: not within ${patience / 1000} s`);
  }
}

/** Waits until only main is alive: an earlier test's threads may be ending still. */
export function untilAlone(): Promise<void> {
  return until('only main is alive', () => activeCount() === 1);
}

/** CPython's own tolerance for a measured time: from 60 % of what was expected to ten times as long. */
export function assertAbout(elapsed: number, expected: number): void {
  assert.ok(
    elapsed >= 0.6 * expected && elapsed < 10 * expected,
    `it took ${elapsed.toFixed(1)} ms; about ${expected} ms were expected`,
  );
}

/** A measured time that only the machine's load explains: no wait took place. */
export function assertAtOnce(elapsed: number): void {
  assert.ok(elapsed < 1000, `it took ${elapsed.toFixed(1)} ms; it should not have waited`);
}
