import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { describe, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type FileResult, runFile } from './file.js';

const TIMEOUT = 60_000;

/** What the runner makes of a test file with this text. */
function run(
  context: TestContext,
  text: string,
  options: { timeout?: number; pattern?: string } = {},
): Promise<FileResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'threadwork-runner-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'sample.test.mjs');
  writeFileSync(file, `import test, { describe, it } from 'node:test';\n${text}`);
  return runFile(file, { timeout: TIMEOUT, live: false, ...options });
}

function names(result: FileResult): string[] {
  return result.failures.map((failure) => failure.name);
}

describe('a test file in the runner', () => {
  test('counts its leaf tests, not its suites', async (t) => {
    const result = await run(
      t,
      `describe('suite', () => { it('a', () => {}); describe('inner', () => { it('b', () => {}); it.skip('c', () => {}); it.todo('d'); }); });
       test('parent', async (t) => { await t.test('e', () => {}); await t.test('f', () => {}); });
       test('g', () => {});`,
    );
    assert.deepEqual([result.passed, result.skipped, names(result)], [5, 2, []]);
  });

  test('names what failed by its whole path, and a parent only for a failure of its own', async (t) => {
    const result = await run(
      t,
      `describe('suite', () => { it('a', () => { throw new Error('one', { cause: new Error('two') }); }); });
       test('of a failing child', async (t) => { await t.test('b', () => { throw 'three'; }); });
       test('by itself', async (t) => { await t.test('c', () => {}); throw new Error('four'); });`,
    );
    assert.deepEqual(names(result), ['suite › a', 'of a failing child › b', 'by itself']);
    assert.match(result.failures[0].error, /^Error: one\n[^]*\ncaused by Error: two\n/);
    assert.equal(result.failures[1].error, 'three');
    assert.equal(result.passed, 1);
  });

  test('runs only what a pattern selects, and does not count the rest', async (t) => {
    const result = await run(t, `describe('suite', () => { it('LOCK-1 x', () => {}); it('LOCK-2 y', () => {}); });`, {
      pattern: 'LOCK-2',
    });
    assert.deepEqual([result.passed, result.skipped, names(result)], [1, 0, []]);
  });

  test('fails when it hangs, even with its main thread blocked, and takes along what it started', async (t) => {
    const result = await run(
      t,
      `import { spawn } from 'node:child_process';
       process.on('SIGTERM', () => {});
       test('good', () => {});
       test('bad', async () => {
         const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
         console.log('child', child.pid);
         await new Promise((resolve) => setTimeout(resolve, 10));
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
       });`,
      { timeout: 2_000 },
    );
    assert.deepEqual([result.passed, names(result)], [1, ['the file']]);
    assert.match(result.failures[0].error, /did not end within 2 s: it hung in “bad”/);
    const pid = /child (\d+)/.exec(result.output)![1];
    // Its parent is gone: a child that is not alive has left the table, or is waiting there for its new one.
    // The kill was sent; a busy system takes its time to carry it out.
    const isGone = () => stateOf(pid) === null || stateOf(pid) === 'Z';
    for (const deadline = Date.now() + 10_000; !isGone() && Date.now() < deadline; ) await delay(5);
    assert.ok(isGone(), `child ${pid} is ${stateOf(pid)}`);
  });

  test('ends though a process that it left behind holds its output open', async (t) => {
    const result = await run(
      t,
      `import { spawn } from 'node:child_process';
       test('good', () => { spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }).unref(); });`,
    );
    assert.deepEqual([result.passed, names(result)], [1, []]);
  });

  test('fails when it ends early, does not load, or holds no test', async (t) => {
    const errors = async (text: string) => (await run(t, text)).failures.map((failure) => failure.error);
    assert.deepEqual(
      await errors(`test('a', async () => { await new Promise((r) => setTimeout(r, 10)); process.exit(0); });`),
      ['ended early (exit code 0) in “a”.'],
    );
    assert.deepEqual(await errors(`throw new Error('on purpose');`), [
      'ended early (exit code 1) before its first test.',
    ]);
    assert.deepEqual(await errors(''), ['holds no test.']);
  });
});

/** The state letter of a process, null when there is none. */
function stateOf(pid: string): string | null {
  try {
    return /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))![1];
  } catch {
    return null;
  }
}
