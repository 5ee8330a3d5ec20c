/**
 * Which waits begin with a look: those of a kind in which that has helped lately.
 */
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { looksPay, paid, spinsFor, unpaid } from '../../src/park/patience.js';

const KIND = 30;
const OTHER = 29;

test('three vain looks end it, a few waits later it is tried once more, a success brings it back', (t) => {
  if (availableParallelism() === 1) return t.skip('with one core nobody looks');
  for (let k = 0; k < 3; k++) {
    assert.equal(looksPay(KIND), true);
    unpaid(KIND);
  }
  // One more try, then long rests with one try after each.
  const tries: number[] = [];
  for (let k = 0; k < 100; k++) {
    if (looksPay(KIND)) tries.push(k);
    unpaid(KIND);
  }
  assert.deepEqual(tries, [0, 33, 66, 99]);
  assert.equal(spinsFor(KIND), 0);
  assert.ok(spinsFor(OTHER) > 0, 'other kinds are not concerned');
  paid(KIND);
  assert.ok(spinsFor(KIND) > 0);
});
