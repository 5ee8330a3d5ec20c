/**
 * Hostile values for every parameter of every export: see trial.ts for what must hold. In child processes, so that a hang or a crash
 * is a failure like any other.
 *
 * THREADWORK_STRESS=10 makes ten times as many calls; THREADWORK_SEED sets the seed, which failures show.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import test, { describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SCALE } from '../stress/contest.js';

const SEED = Number(process.env.THREADWORK_SEED ?? Date.now() % 1_000_000);
/** No call takes as long by far, on a machine with other things to do. */
const WATCHDOG_MS = 30_000;
const CALLS: number = Math.ceil(10_000 * SCALE);

interface Outcome {
  readonly status: number | string | null;
  readonly failures: string;
  /** The call under way when it ended. */
  readonly last: string;
  readonly said: string;
}

/** Runs calls in a process of their own. */
function fuzz(calls: number, part = ''): Promise<Outcome> {
  const file = fileURLToPath(new URL('./child.js', import.meta.url));
  const child = spawn(process.execPath, [file, String(SEED), String(calls), part], {
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // What hostile callbacks and threads print is no part of the test, but its end may say why the process has ended.
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  let failures = '';
  let last = '';
  let isFailure = false;
  let late = false;
  const bark = () => {
    late = true;
    child.kill('SIGKILL');
  };
  let watchdog = setTimeout(bark, WATCHDOG_MS);
  createInterface({ input: child.stdout }).on('line', (line) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(bark, WATCHDOG_MS);
    if (line.startsWith('>')) {
      last = line.slice(2);
      isFailure = false;
      return;
    }
    isFailure ||= line.startsWith('!');
    if (isFailure) failures += `${line}\n`;
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(watchdog);
      resolve({ status: late ? 'hangs' : (signal ?? code), failures, last, said });
    });
  });
}

function judge({ status, failures, last, said }: Outcome): void {
  const again = `\nAgain: THREADWORK_SEED=${SEED} THREADWORK_STRESS=${SCALE} npm test -- fuzz/`;
  assert.equal(failures, '', failures + again);
  assert.equal(status, 0, `it ended with ${status} at ${last}${again}\n${said}`);
}

describe('hostile values', () => {
  test('for every parameter of everything that is exported', async () => {
    judge(await fuzz(CALLS));
  });

  test('from several threads at once', async () => {
    judge(await fuzz(CALLS, 'threads'));
  });

  test('in whole lives of executors', async () => {
    judge(await fuzz(CALLS / 20, 'executors'));
  });
});
