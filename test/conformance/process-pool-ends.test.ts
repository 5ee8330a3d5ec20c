/** ProcessPoolExecutor: which processes run, how they end, and how the pool ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BrokenExecutor,
  BrokenProcessPool,
  CancelledError,
  type Future,
  ProcessPoolExecutor,
  RuntimeError,
  sleep,
} from 'threadwork';
import { promptly, until } from './crew.js';
import { type FutureForm, inBothForms } from './future-forms.js';
import * as cases from './pool-cases.js';
import { range } from './pool-cases.js';
import { isOpen, lives, markAndWait, marksAt, newGate, openGate, pidsAt, waitAt } from './process-gates.js';
import { runProgram } from './thread-programs.js';

const ownPid = () => process.pid;

/** The future failed because a process died; returns what the cause says. */
async function brokenBy(form: FutureForm, future: Future<unknown>): Promise<string> {
  const error = await form.exception(future as Future);
  assert.ok(error instanceof BrokenProcessPool, String(error));
  assert.ok(error.cause instanceof Error);
  return error.cause.message;
}

inBothForms('PPE-017 shutdown right after map', async (form) => {
  const pool = new ProcessPoolExecutor(2);
  const results = pool.map(() => sleep(10), range(0, 3));
  await form.shutdown(pool);
  assert.equal((await form.all(results)).length, 3);
});

inBothForms('PPE-023 a process that is killed breaks the pool', async (form) => {
  const pool = new ProcessPoolExecutor(2);
  const gate = newGate();
  const running = [pool.submit(markAndWait, gate), pool.submit(markAndWait, gate)];
  const queued = pool.submit(Math.abs, -1);
  await until('both run', () => marksAt(gate) === 2);
  const [victim] = pidsAt(gate);
  process.kill(victim, 'SIGKILL');
  const causes = [];
  for (const future of [...running, queued]) causes.push(await brokenBy(form, future));
  for (const cause of causes) assert.equal(cause, `process ${victim} was ended by SIGKILL`);
  assert.notEqual(running[0].exception(), running[1].exception());
  assert.throws(() => pool.submit(ownPid), BrokenProcessPool);
  await form.shutdown(pool);
});

inBothForms('PPE-030 an idle process takes the next task', async (form) => {
  using pool = new ProcessPoolExecutor(4);
  const pids = new Set<number>();
  for (let k = 0; k < 3; k++) pids.add(await form.result(pool.submit(ownPid)));
  assert.equal(pids.size, 1);
  assert.match(String(pool), /^<ProcessPoolExecutor ProcessPoolExecutor-\d+ workers=1 queued=0>$/);
});

inBothForms('PPE-031 no more processes than are needed', async (form) => {
  using pool = new ProcessPoolExecutor(4);
  const pids: Future<number>[] = [];
  for (let k = 0; k < 6; k++) {
    const future = pool.submit(ownPid);
    pids.push(future);
    if (k % 2 === 1) await form.result(future);
  }
  const different = new Set<number>();
  for (const future of pids) different.add(await form.result(future));
  assert.ok(different.size <= 3, `${different.size} processes`);
});

inBothForms('PPE-032 a process is replaced after so many tasks', async (form) => {
  using pool = new ProcessPoolExecutor({ maxWorkers: 1, maxTasksPerChild: 3 });
  const pids = [];
  for (let k = 0; k < 4; k++) pids.push(await form.result(pool.submit(ownPid)));
  assert.equal(new Set(pids.slice(0, 3)).size, 1);
  assert.notEqual(pids[3], pids[2]);
  assert.equal(lives(pids[0]), false);
});

inBothForms('PPE-035 replaced also after shutdown', async (form) => {
  const pool = new ProcessPoolExecutor({ maxWorkers: 1, maxTasksPerChild: 1 });
  const gate = newGate();
  const all = range(0, 3).map(() => pool.submit(waitAt, gate));
  await promptly(() => form.shutdown(pool, { wait: false }));
  openGate(gate);
  const pids = new Set<number>();
  for (const future of all) pids.add(await form.result(future));
  assert.equal(pids.size, 3);
});

inBothForms('PPE-038 a process that cannot be started', async (form) => {
  const pool = new ProcessPoolExecutor({ maxWorkers: 1, maxTasksPerChild: 1 });
  const gate = newGate();
  const first = pool.submit(markAndWait, gate);
  const others = [pool.submit(ownPid), pool.submit(ownPid)];
  await until('the first runs', () => marksAt(gate) === 1);
  const { NODE_OPTIONS } = process.env;
  try {
    // Node does not start with options that it does not know.
    process.env.NODE_OPTIONS = '--no-such-option';
    openGate(gate);
    assert.equal(typeof (await form.result(first)), 'number');
    for (const future of others) {
      assert.equal(
        await brokenBy(form, future).then((cause) => cause.replace(/\d+/, 'N')),
        'process N ended with exit code 9',
      );
      assert.match(String(future.exception()), /could not be started/);
    }
  } finally {
    if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = NODE_OPTIONS;
  }
  await form.shutdown(pool);
});

for (const [id, again, method, signal] of [
  ['PPE-041', 'PPE-044', 'terminateWorkers', 'SIGTERM'],
  ['PPE-042', 'PPE-044', 'killWorkers', 'SIGKILL'],
] as const) {
  inBothForms(`${id} ${again} ${method}`, async (form) => {
    const pool = new ProcessPoolExecutor(1);
    const [gate, never] = [newGate(), newGate()];
    const running = pool.submit(
      (at: string, then: string) => {
        markAndWait(at);
        openGate(then);
      },
      gate,
      never,
    );
    const queued = pool.submit(ownPid);
    await until('it runs', () => marksAt(gate) === 1);
    await promptly(() => pool[method]());
    pool[method]();
    assert.match(await brokenBy(form, running), new RegExp(`^process \\d+ was ended by ${signal}$`));
    assert.match(String(running.exception()), new RegExp(`ended by ${method}\\(\\)`));
    await assert.rejects(async () => form.result(queued), CancelledError);
    assert.throws(() => pool.submit(ownPid), RuntimeError);
    await form.shutdown(pool);
    openGate(gate);
    assert.equal(isOpen(never), false);
  });
}

inBothForms('PPE-046 there may be nothing to end', async (form) => {
  for (const method of ['terminateWorkers', 'killWorkers'] as const) {
    const pool = new ProcessPoolExecutor(1);
    pool[method]();
    assert.throws(() => pool.submit(ownPid), RuntimeError);
    await form.shutdown(pool);
  }
});

inBothForms('PPE-048 submit after shutdown', (form) => cases.refusesAfterShutdown(new ProcessPoolExecutor(1), form));

test('PPE-049 the process waits for a task', () => cases.endsWithTheProcess('ProcessPoolExecutor'));

inBothForms('PPE-051 shutdown waits for what was submitted', (form) =>
  cases.shutdownWaits(new ProcessPoolExecutor(4), form),
);

inBothForms('PPE-052 shutdown that cancels', (form) => cases.shutdownCancels(new ProcessPoolExecutor(3), form));

inBothForms('PPE-055 shutdown ends the processes', async (form) => {
  const pool = new ProcessPoolExecutor(3);
  const gate = newGate();
  const all = range(0, 3).map(() => pool.submit(waitAt, gate));
  openGate(gate);
  await form.shutdown(pool);
  for (const future of all) assert.equal(lives(future.result(0)), false);
});

test('PPE-056 a scoped pool ends its processes', () => {
  let pid: number;
  {
    using pool = new ProcessPoolExecutor(2);
    pid = pool.submit(ownPid).result();
    assert.deepEqual(Array.from(pool.map(Math.abs, range(-5, 5))), [5, 4, 3, 2, 1, 0, 1, 2, 3, 4]);
    assert.ok(lives(pid));
  }
  assert.equal(lives(pid), false);
});

test('PPE-056 async a scoped pool ends its processes', async () => {
  let pid: Future<number>;
  {
    await using pool = new ProcessPoolExecutor(2);
    pid = pool.submit(ownPid);
  }
  assert.equal(lives(await pid), false);
});

inBothForms('PPE-059 shutdown after a task that failed', async (form) => {
  const pool = new ProcessPoolExecutor({ maxWorkers: 2, maxTasksPerChild: 1 });
  const task = (n: number) => {
    if (n === 1) throw new RangeError('bad');
    return n;
  };
  const all = range(0, 3).map((n) => pool.submit(task, n));
  assert.ok((await form.exception(all[1])) instanceof RangeError);
  await form.shutdown(pool, { wait: false });
  assert.deepEqual([await form.result(all[0]), await form.result(all[2])], [0, 2]);
});

inBothForms('PPE-068 a process that crashes', async (form) => {
  for (const crash of [() => process.kill(process.pid, 'SIGKILL'), () => process.exit(7)]) {
    const pool = new ProcessPoolExecutor(2);
    const cause = await brokenBy(form, pool.submit(crash) as Future);
    assert.match(cause, /^process \d+ (?:ended with exit code 7|was ended by SIGKILL)$/);
    await form.shutdown(pool);
  }
});

test('PPE-068 an idle process that dies breaks the pool, too', async () => {
  const pool = new ProcessPoolExecutor(2);
  const pid = await pool.submit(ownPid);
  process.kill(pid, 'SIGKILL');
  await until('it is noticed', () => {
    try {
      pool.submit(ownPid).cancel();
      return false;
    } catch (error) {
      return error instanceof BrokenExecutor;
    }
  });
  await pool.shutdownAsync();
});

inBothForms('PPE-076 a crash while shutdown waits', async (form) => {
  const pool = new ProcessPoolExecutor(1);
  await form.result(pool.submit(ownPid));
  const future = pool.submit(() => {
    sleep(100);
    process.exit(1);
  });
  await form.shutdown(pool);
  assert.match(await brokenBy(form, future), /ended with exit code 1/);
});

test('processes do not outlive the one that started them', async () => {
  const { stdout, signal } = await runProgram(`
    import { ProcessPoolExecutor } from 'threadwork';
    const pool = new ProcessPoolExecutor(1);
    console.log(pool.submit(() => process.pid).result());
    process.kill(process.pid, 'SIGKILL');
  `);
  assert.equal(signal, 'SIGKILL');
  await until('it is gone', () => !lives(Number(stdout)));
});
