/** The set of threads that have died. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDead, noteDeath } from '../../src/heap/deaths.js';

test('the last 131,071 deaths are remembered, however many there were, and nobody else is dead', () => {
  // No thread of this process comes so far.
  const first = 2 ** 29;
  for (let count = 1; count <= 400_000; count++) {
    noteDeath(first + count);
    if (count % 20_000 !== 0) continue;
    for (let back = 0; back < Math.min(count, 131_071); back++) assert.ok(isDead(first + count - back));
    assert.ok(!isDead(first));
    assert.ok(!isDead(first + count + 1));
  }
});
