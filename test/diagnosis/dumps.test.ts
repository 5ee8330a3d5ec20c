/**
 * What threads do, asked for from outside and by the clock, while main is blocked and others are busy.
 */
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { dumpSocket } from '../../src/host/dump-socket.js';
import { type Ended, startNode, startProgram } from '../conformance/thread-programs.js';

const cli = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

const HANGS = `
  import { configure, dumpLater, Event, Lock, Queue, sleep, Thread } from 'threadwork';
  const jobs = Object.assign(new Queue(), { name: 'jobs' });
  const lock = Object.assign(new Lock(), { name: 'accounts' });
  function hang() {
    const spinner = new Thread({ name: 'spinner', daemon: true, target: () => { for (;;); } }).start();
    const holder = new Thread({ name: 'holder', daemon: true, target: () => { lock.acquire(); jobs.get(); } }).start();
    while (!lock.locked()) sleep(1);
    const clerk = new Thread({ name: 'clerk', daemon: true, target: () => { lock.acquire(); } }).start();
    while (!String(lock).includes('waiters=1')) sleep(1);
    sleep(300);
    console.log('hangs');
    spinner.join();
  }
`;

async function ask(pid: number): Promise<Ended> {
  return startNode([cli, 'dump', String(pid)]).ended;
}

/** Asks until the dump shows what is expected: on a busy machine the program is not yet where it says that it is. */
async function askUntil(pid: number, expected: RegExp): Promise<Ended> {
  for (let attempt = 0; ; attempt++) {
    const ended = await ask(pid);
    if (expected.test(ended.stdout) || attempt === 20) return ended;
  }
}

function isHangDump(text: string): void {
  assert.match(text, /^MainThread \(ident 1.*\): waits for the end of thread spinner \(for \d+ ms\)/m);
  assert.match(text, /^spinner \(ident.*daemon\): running$/m);
  assert.match(text, /^holder .*waits for an item of Queue jobs \(for \d+ ms\)\n {4}at /m);
  assert.match(text, /^clerk .*waits for Lock accounts, held by holder \(for \d+ ms\)\n {4}at /m);
}

test('threadwork dump shows what a hung program does, to its user alone', async () => {
  const running = startProgram(`${HANGS} configure({ dump: true }); hang();`);
  await running.until(() => running.stdout.includes('hangs'));
  const pid = running.child.pid!;
  const dumped = await askUntil(pid, /waits for the end of thread spinner[^]*^clerk .*held by holder .*\n {4}at /m);
  isHangDump(dumped.stdout);
  assert.equal(dumped.code, 0);
  assert.equal(statSync(path.dirname(dumpSocket(pid))).mode & 0o077, 0);
  running.child.kill('SIGTERM');
  assert.equal((await running.ended).signal, 'SIGTERM');
  const gone = await ask(pid);
  assert.equal(gone.stderr, `threadwork: there is no process ${pid}.\n`);
  assert.equal(gone.code, 2);
});

test('SIGQUIT prints the dump, and the program goes on; its socket goes with it', async () => {
  process.env.THREADWORK_DUMP = '1';
  const running = startProgram(`${HANGS} setTimeout(() => { process.exit(0); }, 0);
    const over = new Event();
    new Thread({ daemon: true, target: () => { console.log('ready'); sleep(30_000); } }).start();
    over.wait(4000);`);
  delete process.env.THREADWORK_DUMP;
  await running.until(() => running.stdout.includes('ready'));
  const pid = running.child.pid!;
  // It listens to the signal before it listens at the socket.
  await askUntil(pid, /MainThread/);
  running.child.kill('SIGQUIT');
  const ended = await running.ended;
  assert.match(ended.stderr, /^MainThread \(ident 1/m);
  assert.equal(ended.code, 0);
  assert.equal(existsSync(dumpSocket(pid)), false);
});

test('without the setting nobody answers, and the command says what to do', async () => {
  const running = startProgram(`${HANGS} hang();`);
  await running.until(() => running.stdout.includes('hangs'));
  const asked = await ask(running.child.pid!);
  assert.match(asked.stderr, /^threadwork: process \d+ does not answer: start it with THREADWORK_DUMP=1/);
  assert.equal(asked.code, 2);
  running.child.kill('SIGKILL');
  for (const [args, message] of [
    [['x'], /dump takes the number of a process, not x/],
    [[], /dump what\?/],
  ] as const) {
    const { stderr, code } = await startNode([cli, 'dump', ...args]).ended;
    assert.match(stderr, message);
    assert.equal(code, 2);
  }
});

test('dumpLater prints it when the time is up, once or again and again, unless it is cancelled', async () => {
  const cancelled = await startProgram(`${HANGS}
    dumpLater(100)[Symbol.dispose]();
    const old = dumpLater(60_000);
    const watchdog = dumpLater(400, { repeat: true });
    old[Symbol.dispose]();
    watchdog[Symbol.dispose]();
    new Event().wait(1000);
    for (const wrong of [0, -1, NaN, 2 ** 31]) try { dumpLater(wrong); } catch (error) { console.log(error.name); }
  `).ended;
  assert.equal(cancelled.stderr, '');
  assert.equal(cancelled.stdout, 'ValueError\n'.repeat(4));
  const running = startProgram(`${HANGS} dumpLater(800, { repeat: true }); hang();`);
  await running.until(() => running.stderr.split('waits for the end of thread spinner').length > 2);
  running.child.kill('SIGKILL');
  isHangDump(running.stderr.slice(running.stderr.lastIndexOf('Time is up:\n')));
});
