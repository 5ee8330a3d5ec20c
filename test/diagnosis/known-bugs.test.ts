/**
 * Bugs that threaded programs are known for. A deadlock among them is reported, with every stuck thread and what it waits for; and
 * the same program without the bug is left alone, however often it runs. THREADWORK_STRESS=10 runs it ten times as often.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KNOWN_DEADLOCKS } from './known-deadlocks.js';
import { knownProgram } from './known-program.js';
import { KNOWN_RACES } from './known-races.js';

const ROUNDS = Math.ceil(50 * Number(process.env.THREADWORK_STRESS ?? 1));
/** A race is given this long to show: where all threads come to share one core, it takes many rounds. */
const PATIENCE_MS = 45_000;
/** The grace time of 100 ms and 200 ms more, with the factor that CONFORMANCE allows for a busy machine. */
const LATEST_MS = 300 * 10;

const MANY = `for (let k = 0; k < ${ROUNDS}; k++) round(); console.log(wrong === 0 ? 'sound' : 'wrong ' + wrong);`;

for (const { name, body, stuck } of KNOWN_DEADLOCKS) {
  test(`known bug: ${name}`, async () => {
    const ended = await knownProgram(body, false, 'round();');
    const [report] = ended.stderr.split(/^(?!Deadlock| )/m);
    assert.match(report, /^Deadlock: \d+ threads wait/, ended.stderr);
    for (const line of stuck) assert.match(report, line);
    const waited = Array.from(report.matchAll(/\(for (\d+) ms\)/g), ([, ms]) => Number(ms));
    assert.ok(Math.min(...waited) <= LATEST_MS, report);
    // Nobody is stuck for good: the errors end one wait after the other.
    assert.equal(ended.signal, null);
  });
  test(`without the bug: ${name}`, async () => {
    const ended = await knownProgram(body, true, MANY);
    assert.deepEqual(ended.stderr, '');
    assert.equal(ended.stdout, 'sound\n');
  });
}

for (const { name, body } of KNOWN_RACES) {
  test(`known bug: ${name}`, async () => {
    const ended = await knownProgram(
      body,
      false,
      `const until = Date.now() + ${PATIENCE_MS};
       while (wrong === 0 && Date.now() < until) round();
       console.log(wrong > 0 ? 'seen' : 'not seen');`,
    );
    assert.equal(ended.stderr, '');
    assert.equal(ended.stdout, 'seen\n');
  });
  test(`without the bug: ${name}`, async () => {
    const ended = await knownProgram(body, true, MANY);
    assert.deepEqual(ended.stderr, '');
    assert.equal(ended.stdout, 'sound\n');
  });
}
