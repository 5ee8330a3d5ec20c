/** The processes of a pool, as its threads enter them: none escapes a signal, and no stranger gets one. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { enterProcess, leaveProcess, newProcesses, signalAll, strikeProcess } from '../../src/futures/processes.js';
import { free } from '../../src/heap/allocator.js';

const FIRST = 100;
const SECOND = 200;

function idle(): ChildProcess {
  return spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
}

test('a thread that dies takes its process with it and leaves its place to the next', async () => {
  const block = newProcesses(1, 0);
  const [orphan, successor] = [idle(), idle()];
  enterProcess(block, FIRST, orphan.pid as number);
  leaveProcess(block, FIRST);
  assert.deepEqual(await once(orphan, 'exit'), [null, 'SIGKILL']);
  enterProcess(block, SECOND, successor.pid as number);
  signalAll(block, 'SIGTERM');
  assert.deepEqual(await once(successor, 'exit'), [null, 'SIGTERM']);
  free(block);
});

test('a process that has ended gets no signal, also where its thread dies afterwards', async () => {
  const block = newProcesses(2, 0);
  // Stands for one that got the number of a process that had ended.
  const stranger = idle();
  const pid = stranger.pid as number;
  enterProcess(block, FIRST, pid);
  strikeProcess(block, FIRST, pid);
  leaveProcess(block, FIRST);
  signalAll(block, 'SIGKILL');
  stranger.kill('SIGTERM');
  assert.deepEqual(await once(stranger, 'exit'), [null, 'SIGTERM']);
  free(block);
});

test('a process that is started after the signal gets it, in each place again', async () => {
  const block = newProcesses(2, 0);
  signalAll(block, 'SIGTERM');
  for (const thread of [FIRST, SECOND, FIRST]) {
    const late = idle();
    enterProcess(block, thread, late.pid as number);
    assert.deepEqual(await once(late, 'exit'), [null, 'SIGTERM']);
    strikeProcess(block, thread, late.pid as number);
  }
  free(block);
});
