/**
 * Ctrl-C where there are other processes: pools of processes, and the tour.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { programFile, Running } from '../conformance/thread-programs.js';

/** Starts Node as a terminal would: in a process group of its own. */
function inGroup(args: string[]): Running {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, FORCE_COLOR: undefined };
  return new Running(spawn(process.execPath, args, { detached: true, env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Processes that live and carry `mark` in their environment. */
function marked(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`MARK=${mark}`);
    } catch {
      return false;
    }
  });
}

async function noneIsLeft(mark: string): Promise<void> {
  for (let k = 0; k < 200 && marked(mark).length > 0; k++) await delay(50);
  assert.deepEqual(marked(mark), [], 'processes that are left');
}

const onLinux = { skip: process.platform === 'linux' ? false : 'needs procfs' };

for (const to of ['the process group, as from a terminal', 'the process alone']) {
  test(
    `SIGINT to ${to} ends a program that is blocked in a result of a process pool, and its processes`,
    onLinux,
    async () => {
      // A task that keeps its process busy is told only when it is done that nobody wants it any more, as in Python.
      const mark = `pool-${process.pid}-${to.length}`;
      const running = inGroup([
        programFile(`
        process.env.MARK = '${mark}';
        import { ProcessPoolExecutor, sleep } from 'threadwork';
        const pool = new ProcessPoolExecutor(2);
        const wait = (n) => { process.stdout.write('at work\\n'); ${to === 'the process alone' ? 'return new Promise((resolve) => setTimeout(resolve, 30_000))' : 'for (;;)'}; };
        const futures = [1, 2].map((n) => pool.submit(wait, n));
        futures[0].result();`),
      ]);
      await running.until(() => running.stdout.split('at work').length > 2);
      assert.equal(marked(mark).length, 2);
      const pid = running.child.pid as number;
      process.kill(to === 'the process alone' ? pid : -pid, 'SIGINT');
      assert.equal((await running.ended).signal, 'SIGINT');
      await noneIsLeft(mark);
    },
  );
}

test('SIGINT, once or twice, ends the tour at once, with exit code 130 and what it runs', onLinux, async () => {
  const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
  for (const times of [1, 2]) {
    const mark = `tour-${process.pid}-${times}`;
    process.env.MARK = mark;
    const running = inGroup([cli, 'tour', '003-2', '003-3', '003-4']);
    delete process.env.MARK;
    await running.until(() => running.stdout !== '');
    for (let k = 0; k < times; k++) process.kill(-(running.child.pid as number), 'SIGINT');
    const ended = await running.ended;
    assert.equal(ended.code, 130, JSON.stringify(ended));
    await noneIsLeft(mark);
  }
});
