/**
 * Which waits begin with a look: those of a kind in which that has helped lately.
 */
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { comesSoon, looksPay, unpaid } from '../../src/park/patience.js';

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
  let looks = 0;
  const comesAtTheThird = () => ++looks === 3;
  assert.equal(comesSoon(KIND, comesAtTheThird), false);
  assert.equal(looks, 0);
  assert.equal(comesSoon(OTHER, comesAtTheThird), true, 'other kinds are not concerned');
  assert.equal(looks, 3);
  for (let k = 0; k < 32; k++) unpaid(KIND);
  assert.equal(
    comesSoon(KIND, () => true),
    true,
  );
  unpaid(KIND);
  assert.equal(looksPay(KIND), true, 'a success brings it back');
});
