/**
 * What goes wrong while a thread waits, prints or dies: the heap or a disk is full, a pipe is slow, the leader at a barrier is gone. Nobody
 * else is the worse for it.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { test } from 'node:test';
import { AbandonedError, Barrier, BrokenBarrierError, Lock, Thread } from 'threadwork';
import { programFile, runProgram } from '../conformance/thread-programs.js';

/** Runs a program whose output on `fd` finds the disk full; returns what it printed on the other one. */
function withFullDisk(fd: 1 | 2, source: string): string {
  const full = fs.openSync('/dev/full', 'w');
  const stdio = (['ignore', 'pipe', 'pipe'] as (number | 'ignore' | 'pipe')[]).with(fd, full);
  const { stdout, stderr, status } = spawnSync(process.execPath, [programFile(source)], {
    stdio,
    encoding: 'utf8',
    timeout: 60_000,
  });
  fs.closeSync(full);
  const said = fd === 1 ? stderr : stdout;
  assert.equal(status, 0, said);
  return said;
}

const onLinux = fs.existsSync('/dev/full') ? {} : { skip: 'there is no /dev/full' };

test('a full disk below an unfinished line does not end the wait of who printed it', onLinux, () => {
  const said = withFullDisk(
    1,
    `
    import { Event, Lock, Thread } from 'threadwork';
    const lock = new Lock(); const printed = new Event();
    lock.acquire();
    const thread = new Thread({ target: () => {
      process.stdout.write('unfinished'); printed.set();
      lock.acquire(); lock.release();
    } }).start();
    printed.wait();
    while (!/waiters=1/.test(String(lock)));
    lock.release();
    thread.join();
    console.error(String(lock).replace(/ name.*/, ''), lock.acquire(1000));
    process.exit(0);`,
  );
  assert.match(said, /ENOSPC.*unfinished output of a thread is lost\n<Lock unlocked true\n$/);
});

test('a full disk below stderr keeps no dead thread from being buried, and none from starting', onLinux, () => {
  const said = withFullDisk(
    2,
    `
    import { Thread } from 'threadwork';
    const resourceLimits = { maxOldGenerationSizeMb: 20, maxYoungGenerationSizeMb: 4 };
    const victim = new Thread({ resourceLimits, target: () => {
      const all = []; for (;;) all.push({ n: all.length });
    } }).start();
    console.log(victim.join(30_000));
    console.log(new Thread({ target: () => { console.log('runs'); } }).start().join(30_000));`,
  );
  assert.equal(said, 'true\nruns\ntrue\n');
});

test('lines through a slow pipe, with an unfinished one on stderr', async () => {
  const program = programFile(`
    import { Thread } from 'threadwork';
    new Thread({ target: () => {
      process.stderr.write('progress');
      for (let k = 0; k < 3000; k++) console.log('line', k, 'x'.repeat(60));
    } }).start().join();`);
  // A pipe that never blocks: socketpairs of Node's are, and are read late here.
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let lines = 0;
  setTimeout(() => {
    child.stdout.on('data', (bytes: Buffer) => {
      for (const byte of bytes) if (byte === 10) lines++;
    });
  }, 500);
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.deepEqual([lines, code], [3000, 0]);
});

test('a full heap does not keep a thread from waiting long, nor the others from going on', async () => {
  const ended = await runProgram(
    `
    import { configure, Event, Lock, sleep, SharedList, Thread } from 'threadwork';
    configure({ heapBytes: 2 ** 21 });
    const lock = new Lock(); const held = new Event(); const full = new Event();
    const holder = new Thread({ target: () => { lock.acquire(); held.set(); full.wait(); sleep(400); lock.release(); } }).start();
    const other = new Thread({ target: () => { full.wait(); lock.acquire(); lock.release(); } }).start();
    held.wait();
    full.wait(5); lock.acquire(5);
    const list = new SharedList();
    for (let size = 2000; size >= 1; size = Math.floor(size * 0.8)) {
      try { for (;;) list.append('x'.repeat(size)); } catch {}
    }
    full.set();
    console.log(lock.acquire());
    lock.release();
    console.log(other.join(20_000), holder.join(20_000), lock.locked());`,
  );
  assert.deepEqual([ended.stdout, ended.stderr], ['true\ntrue true false\n', '']);
});

test('a barrier breaks when its leader dies in the action', () => {
  const barrier = new Barrier(2, { action: () => process.exit(3) });
  const outcome = new Lock();
  outcome.name = 'nothing yet';
  const waiting = new Thread({
    target: () => {
      try {
        barrier.wait();
      } catch (error) {
        outcome.name = String((error as Error).name);
      }
    },
  }).start();
  while (barrier.nWaiting === 0);
  const leader = new Thread({ target: () => void barrier.wait() }).start();
  assert.equal(leader.join(20_000), true);
  assert.equal(waiting.join(20_000), true);
  assert.equal(outcome.name, BrokenBarrierError.name);
  assert.equal(barrier.broken, true);
  barrier.reset();
  assert.equal(barrier.broken, false);
});

test('what a dead thread holds is inherited, however many have died since', async () => {
  const ended = await runProgram(`
    import { Lock, setExcepthook, Thread } from 'threadwork';
    setExcepthook(() => {});
    const lock = new Lock();
    const die = (work) => new Thread({ target: () => { work(); throw new Error('dead'); } }).start().join();
    die(() => lock.acquire());
    for (let k = 0; k < 600; k++) die(() => {});
    try { lock.acquire(5000); console.log('not inherited'); } catch (error) { console.log(error.name); }`);
  assert.equal(ended.stdout, `${AbandonedError.name}\n`);
});
