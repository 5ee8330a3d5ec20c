/**
 * A call that was refused has taken nothing of the shared memory: thousands of them leave it as it was. What is refused half
 * way has made messages, records and references by then, which must all be given back.
 *
 * THREADWORK_SEED sets the seed, which failures show.
 */
import assert from 'node:assert/strict';
import test, { after, describe } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { memoryUsage } from 'threadwork';
import { chanceFrom, turn } from '../stress/chance.js';
import { SCALE } from '../stress/contest.js';
import { endRefusals, type Refusal, REFUSALS, TAKES_BAD } from './refusals.js';
import { UNSENDABLE } from './unsendable.js';

const SEED = Number(process.env.THREADWORK_SEED ?? Date.now() % 1_000_000);
const CALLS = Math.ceil(500 * SCALE);
const VALUES = Object.entries(UNSENDABLE);
/** Of the smallest blocks, one for each time that a value has its turn: a leak with one of the values is more. */
const MOST_BYTES = 16 * Math.floor(CALLS / VALUES.length) - 16;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use once the handles that nobody has any more are gone. */
async function settled(): Promise<number> {
  let used = memoryUsage().used;
  for (let same = 0; same < 3; ) {
    collectGarbage();
    await turn();
    const now = memoryUsage().used;
    same = now >= used ? same + 1 : 0;
    used = now;
  }
  return used;
}

const chance = chanceFrom(SEED);

/** Makes the call many times. Throws where it is not refused. */
async function refuse(name: string, call: Refusal, calls: number): Promise<void> {
  const first = chance(VALUES.length);
  for (let k = 0; k < calls; k++) {
    const [what, make] = VALUES[(first + k) % VALUES.length];
    let answer: unknown;
    try {
      answer = await call(TAKES_BAD.has(name) ? make() : undefined);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      continue;
    }
    assert.fail(`${name} took ${TAKES_BAD.has(name) ? what : 'what it must not'} and answered ${String(answer)}`);
  }
}

describe(`the shared memory after thousands of refused calls (THREADWORK_SEED=${SEED})`, { concurrency: false }, () => {
  for (const [name, call] of Object.entries(REFUSALS)) {
    test(name, async () => {
      await refuse(name, call, CALLS);
      let before = await settled();
      for (let attempt = 1; ; attempt++) {
        await refuse(name, call, CALLS);
        const now = await settled();
        if (now < before + MOST_BYTES) return;
        // What is kept on purpose, such as seats of handles, grows once.
        assert.ok(
          attempt < 3,
          `${CALLS} refused calls left ${now - before} bytes in use: ${JSON.stringify(memoryUsage().kinds)}`,
        );
        before = now;
      }
    });
  }
  after(endRefusals);
});
