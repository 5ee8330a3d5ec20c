/** Event loops that have nothing left but waits nobody can end; and those that only look like it. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { type Ended, programFile, runProgram, startNode, startProgram } from '../conformance/thread-programs.js';

const IMPORTS = `
  import {
    Barrier, Condition, configure, Event, Future, Lock, Queue, RLock, registerAtExit, run, sleep, Thread, ThreadPoolExecutor, Timer,
  } from 'threadwork';
`;

function program(body: string): Promise<Ended> {
  return runProgram(`${IMPORTS} ${body}`);
}

describe('found', () => {
  const waits: Record<string, [body: string, report: RegExp]> = {
    'a lock that the thread has': ['const lock = new Lock(); lock.acquire(); await lock.acquireAsync();', /Lock-\d+/],
    'an item that nobody puts': ['await new Queue().getAsync();', /an item of Queue-\d+/],
    'room that nobody makes': ['const q = new Queue(1); q.put(1); await q.putAsync(2);', /room in Queue-\d+/],
    'an event': ['await new Event().waitAsync();', /Event-\d+/],
    'a future': ['await new Future();', /Future-\d+/],
    'the result of a future': ['await new Future().resultAsync();', /Future-\d+/],
    'a barrier': ['await new Barrier(2).waitAsync();', /Barrier-\d+/],
    'a notification': [
      'const c = new Condition(); await c.acquireAsync(); await c.waitAsync();',
      /a notification of Condition-\d+/,
    ],
  };
  for (const [name, [body, report]] of Object.entries(waits)) {
    test(name, async () => {
      const ended = await program(
        `try { ${body} } catch (error) { console.log(error.name, error.code, error.message); }`,
      );
      assert.match(ended.stdout, /^DeadlockError ERR_DEADLOCK MainThread would wait for .* for ever\n$/, ended.stderr);
      assert.match(
        ended.stderr,
        /^Deadlock: 1 thread waits, and nobody is left who could end that\.\n {2}MainThread awaits /,
      );
      assert.match(ended.stderr, report);
      assert.equal(ended.code, 0);
    });
  }

  test('uncaught, it ends the program', async () => {
    const ended = await program('await new Queue().getAsync();');
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /DeadlockError: MainThread would wait for an item of Queue-\d+ for ever/);
  });

  test('where functions of registerAtExit are to run', async () => {
    const ended = await program(`
      registerAtExit(() => console.log('the end'));
      try { await new Queue().getAsync(); } catch (error) { console.log(error.name); }
    `);
    assert.equal(ended.stdout, 'DeadlockError\nthe end\n', ended.stderr);
    assert.equal(ended.code, 0);
  });

  test('under the command tsx, which listens to signals secretly', async () => {
    const file = programFile(
      "import { Queue } from 'threadwork';\nconst queue: Queue<number> = new Queue();\nawait queue.getAsync();",
      'mts',
    );
    const ended = await startNode([createRequire(import.meta.url).resolve('tsx/cli'), file]).ended;
    assert.match(ended.stderr, /DeadlockError: MainThread would wait for an item of Queue-\d+ for ever/);
    assert.equal(ended.code, 1);
  });

  test('several waits of one loop: the one that began last is given up', async () => {
    const ended = await program(`
      const results = await Promise.allSettled([new Queue().getAsync(), new Event().waitAsync(5000).then(() => 'time'), new Lock().acquireAsync()]);
      console.log(results.map(({ value, reason }) => value === undefined ? 'error' : 'ok').length);
      const two = [new Queue().getAsync()];
      await new Promise((resolve) => setTimeout(resolve, 50));
      two.push(new Event().waitAsync());
      await Promise.race(two).catch((error) => console.log(error.message));
      process.exit();
    `);
    assert.match(ended.stdout, /^3\nMainThread would wait for Event-\d+ for ever\n$/, ended.stderr);
    assert.match(ended.stderr, /MainThread awaits an item of Queue-\d+ \(for .*\n {2}MainThread awaits Event-\d+/);
  });

  test('with threads that block', async () => {
    const ended = await program(`
      const accounts = new Lock();
      const journal = new Lock();
      const both = new Barrier(2);
      const update = (first, second) => { first.acquire(); both.wait(); second.acquire(); return 'done'; };
      const pool = new ThreadPoolExecutor(2);
      const tasks = [pool.submit(update, accounts, journal), pool.submit(update, journal, accounts)];
      const results = await Promise.allSettled(tasks);
      console.log(results.some(({ reason }) => reason?.name === 'DeadlockError'));
      process.exit();
    `);
    assert.match(ended.stdout, /^true\n$/, ended.stderr);
    assert.match(
      ended.stderr,
      /^Deadlock: 3 threads wait, and nobody is left who could end that\.\n {2}MainThread awaits Future-/,
    );
    assert.match(ended.stderr, /ThreadPoolExecutor-0_1 waits for Lock-\d+, held by ThreadPoolExecutor-0_0/);
  });

  test('a thread whose target waits asynchronously, and who joins it', async () => {
    const ended = await program(`
      const queue = new Queue();
      new Thread({ name: 'consumer', target: async () => { await queue.getAsync(); } }).start().join();
    `);
    assert.match(ended.stderr, /^Deadlock: 2 threads wait/);
    assert.match(ended.stderr, /consumer awaits an item of Queue-\d+/);
    assert.match(ended.stderr, /MainThread waits for the end of thread consumer/);
  });

  test('several threads in empty loops, of which one gives up', async () => {
    const ended = await program(`
      const [here, there] = [new Queue(), new Queue()];
      const other = new Thread({ name: 'other', target: async () => {
        await there.getAsync().catch((error) => console.log('there', error.name));
        here.put(1);
      } }).start();
      await here.getAsync().then(() => there.put(1), (error) => { console.log('here', error.name); there.put(1); });
      await other.joinAsync();
    `);
    assert.match(ended.stdout, /^(here|there) DeadlockError\n$/, ended.stderr);
    assert.match(ended.stderr, /^Deadlock: 2 threads wait, and nobody is left who could end that\.\n/);
    assert.equal(ended.stderr.match(/Deadlock: /g)?.length, 1, ended.stderr);
    assert.match(ended.stderr, / {2}MainThread awaits an item of Queue-\d+/);
    assert.match(ended.stderr, / {2}other awaits an item of Queue-\d+/);
    assert.equal(ended.code, 0);
  });

  test('asynchronous tasks of a pool that wait for each other', async () => {
    const ended = await program(`
      const pool = new ThreadPoolExecutor(2);
      const queue = new Queue();
      const task = async () => await queue.getAsync();
      const results = await Promise.allSettled([pool.submit(task), pool.submit(task)]);
      console.log(results.map(({ reason }) => reason?.name).join());
      process.exit();
    `);
    assert.match(ended.stdout, /DeadlockError/, ended.stderr);
    assert.match(ended.stderr, /^Deadlock: 3 threads wait/);
  });

  test("with 'report' it is told once, though each of several could tell", async () => {
    const running = startProgram(`${IMPORTS}
      configure({ onDeadlock: 'report' });
      const queue = new Queue();
      const target = async () => { await queue.getAsync(); };
      const threads = [1, 2, 3].map(() => new Thread({ target, daemon: true }).start());
      setTimeout(() => process.exit(3), 4000).unref();
      await Promise.all(threads.map((thread) => thread.joinAsync()));
    `);
    const ended = await running.ended;
    assert.equal(ended.stderr.match(/Deadlock: 4 threads wait/g)?.length, 1, ended.stderr);
    assert.equal(ended.code, 3);
  });

  test('a thread that main, which has ended, waits for', async () => {
    const ended = await program(`
      const queue = new Queue();
      new Thread({ name: 'consumer', target: async () => { await queue.getAsync(); } }).start();
      setTimeout(() => console.log('main ends'), 1500);
    `);
    assert.match(ended.stderr, /^Deadlock: 1 thread waits, .*\n {2}consumer awaits an item of Queue-\d+/);
    assert.deepEqual([ended.stdout, ended.code], ['main ends\n', 0]);
  });

  test('when the last thread that could have helped has ended, and after waits that others ended', async () => {
    const ended = await program(`
      const event = new Event();
      for (let round = 0; round < 2; round++) {
        event.clear();
        new Thread({ target: () => { sleep(1500); event.set(); } }).start();
        console.log(await event.waitAsync());
      }
      event.clear();
      const helper = new Thread({ target: () => { sleep(1500); } }).start();
      await event.waitAsync().catch((error) => console.log(error.name, helper.isAlive()));
    `);
    assert.equal(ended.stdout, 'true\ntrue\nDeadlockError false\n', ended.stderr);
  });

  test('what onDeadlock says is done', async () => {
    const ended = await program(`
      configure({ onDeadlock: (report) => { console.log(report.certain, report.threads.join(), report.text.slice(0, 17)); process.exit(7); } });
      await new Queue().getAsync();
    `);
    assert.equal(ended.stdout, 'true MainThread Deadlock: 1 threa\n', ended.stderr);
    assert.equal(ended.code, 7);
  });
});

describe('left alone', () => {
  /** Each ends its wait after more than a second, in a way that the library cannot see. */
  const ends: Record<string, string> = {
    'a timer': 'setTimeout(() => event.set(), 2500);',
    'an interval':
      'let n = 0; const t = setInterval(() => { if (++n === 10) { clearInterval(t); event.set(); } }, 250);',
    'a server and its client': `
      const { createServer } = await import('node:http');
      const server = createServer((request, response) => { setTimeout(() => response.end(), 2500); });
      server.listen(0, '127.0.0.1', async () => {
        await (await fetch('http://127.0.0.1:' + server.address().port)).text();
        event.set();
        server.close();
      });`,
    'a child process': `
      const { execFile } = await import('node:child_process');
      execFile(process.execPath, ['-e', 'setTimeout(() => {}, 2500)'], () => event.set());`,
    "work in Node's pool of threads": `
      const { pbkdf2 } = await import('node:crypto');
      const end = Date.now() + 2500;
      const again = () => { if (Date.now() < end) pbkdf2('a', 'b', 1_000_000, 32, 'sha512', again); else event.set(); };
      again();`,
    'a thread that computes':
      'new Thread({ target: () => { const end = Date.now() + 2500; while (Date.now() < end); event.set(); } }).start();',
    'a thread with a timer':
      'new Thread({ target: async () => { await new Promise((f) => setTimeout(f, 2500)); event.set(); } }).start();',
    'a Timer of this library': 'new Timer(2500, () => { event.set(); }).start();',
    'a plain worker': `
      const { Worker } = await import('node:worker_threads');
      new Worker('setTimeout(() => require("node:worker_threads").parentPort.postMessage(1), 2500)', { eval: true }).on('message', () => event.set());`,
    'another copy of the wait, with a limit': 'void new Event().waitAsync(2500).then(() => event.set());',
    'an AbortSignal': `
      const other = new Event();
      other.waitAsync({ signal: AbortSignal.timeout(2500) }).catch(() => event.set());`,
  };
  for (const [name, body] of Object.entries(ends)) {
    test(name, async () => {
      const ended = await program(`const event = new Event(); ${body} console.log(await event.waitAsync());`);
      assert.deepEqual([ended.stdout, ended.stderr, ended.code], ['true\n', '', 0]);
    });
  }

  test('a signal that the program listens to', async () => {
    const running = startProgram(`${IMPORTS}
      const stop = new Event();
      process.on('SIGUSR2', () => stop.set());
      console.log('waits');
      setTimeout(() => process.kill(process.pid, 'SIGUSR2'), 2500).unref();
      console.log(await stop.waitAsync());
    `);
    const ended = await running.ended;
    assert.deepEqual([ended.stdout, ended.stderr, ended.code], ['waits\ntrue\n', '', 0]);
  });

  test('a program that listens to beforeExit: it hears of the end alone', async () => {
    const ended = await program(`
      let calls = 0;
      process.on('beforeExit', () => { if (calls++ === 0) console.log('empty'); });
      const event = new Event();
      new Thread({ target: () => { sleep(2500); event.set(); } }).start();
      console.log(await event.waitAsync());
    `);
    assert.deepEqual([ended.stdout, ended.stderr, ended.code], ['true\nempty\n', '', 0]);
  });

  test('the end of main comes after its last wait, and once', async () => {
    const ended = await program(`
      registerAtExit(() => console.log('main has ended'));
      const event = new Event();
      new Thread({ target: () => { sleep(2500); event.set(); sleep(300); console.log('thread ends'); } }).start();
      await event.waitAsync();
      console.log('woken');
    `);
    assert.deepEqual([ended.stdout, ended.stderr, ended.code], ['woken\nmain has ended\nthread ends\n', '', 0]);
  });

  test('threads that wait asynchronously for each other in turns', async () => {
    const ended = await program(`
      const [ping, pong] = [new Queue(), new Queue()];
      const player = new Thread({ target: async () => {
        for (;;) {
          const n = await ping.getAsync();
          if (n < 0) return;
          sleep(n === 0 ? 1500 : 0);
          await pong.putAsync(n + 1);
        }
      } }).start();
      for (let n = 0; n < 3; n++) { ping.put(n); console.log(await pong.getAsync()); }
      setTimeout(() => ping.put(-1), 1500);
      await player.joinAsync();
    `);
    assert.deepEqual([ended.stdout, ended.stderr, ended.code], ['1\n2\n3\n', '', 0]);
  });

  test("onDeadlock: 'ignore'", async () => {
    const running = startProgram(`${IMPORTS}
      configure({ onDeadlock: 'ignore' });
      setTimeout(() => process.exit(3), 3000).unref();
      await new Queue().getAsync();
    `);
    const ended = await running.ended;
    assert.deepEqual([ended.stderr, ended.code], ['', 3]);
  });
});
