/** A short soak; `npm run soak` is the long one. THREADWORK_SEED sets the seed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soak } from './watch.js';

const SECONDS = 30;
const SEED = Number(process.env.THREADWORK_SEED ?? Date.now() % 1_000_000);

test(`a soak of ${SECONDS} s (npm run soak -- --seconds ${SECONDS} --seed ${SEED})`, async () => {
  const { failure, summary } = await soak(SECONDS, SEED);
  assert.equal(failure, undefined, failure);
  console.log(summary);
});
