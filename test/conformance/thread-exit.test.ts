import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ended, runProgram, startProgram } from './thread-programs.js';

/** The program printed these lines, nothing on stderr, and ended well. */
function assertPrinted(ended: Ended, ...lines: string[]): void {
  assert.deepEqual(
    { stdout: ended.stdout, stderr: ended.stderr, code: ended.code },
    { stdout: lines.map((line) => `${line}\n`).join(''), stderr: '', code: 0 },
  );
}

/** The ways in which a main program ends without an error. */
const ends = ['', 'process.exit();', 'exit();', 'setTimeout(() => process.exit(), 20);'];
/** The same sleep, blocking and not. */
const sleeps = ['() => { sleep(1000); work(); }', 'async () => { await sleepAsync(1000); work(); }'];

for (const end of ends) {
  test(`THREAD-013 the process waits for a thread that still works, main having ended by “${end}”`, async () => {
    const programs = sleeps.map((target) =>
      runProgram(`
        import { createHash } from 'node:crypto';
        import { AtomicInt32, Lock, Thread, exit, sleep, sleepAsync } from 'threadwork';
        const lock = new Lock();
        const count = new AtomicInt32();
        const work = () => {
          lock.with(() => count.add(1));
          new Thread({ target: () => { count.add(1); } }).start().join();
          console.log('woke up', count.value, createHash('sha1').update('').digest('hex').slice(0, 6));
        };
        new Thread({ target: ${target} }).start();
        ${end}
      `),
    );
    for (const ended of await Promise.all(programs)) {
      assertPrinted(ended, 'woke up 2 da39a3');
      assert.ok(ended.ms >= 600, `it ended after ${ended.ms} ms`);
    }
  });
}

test('THREAD-029 the process waits for the clean-up of a thread’s local values', async () => {
  for (const end of ends) {
    const ended = await runProgram(`
      import { Thread, exit, local, sleep, sleepAsync } from 'threadwork';
      class Resource { [Symbol.dispose]() { sleep(10); console.log('disposed'); } }
      class Slow { async [Symbol.asyncDispose]() { await sleepAsync(10); console.log('disposed later'); } }
      const values = local(() => ({ resource: new Resource() }));
      const others = local();
      const thread = new Thread({ target: () => { values.resource.used = true; others.slow = new Slow(); } });
      thread.start();
      ${end}
    `);
    assertPrinted(ended, 'disposed', 'disposed later');
  }
});

test('THREAD-036 main’s thread-local values are there when the process exits', async () => {
  const ended = await runProgram(`
    import { Thread, local } from 'threadwork';
    const values = local();
    values.x = 42;
    new Thread({ target: () => { values.x = 1; } }).start();
    process.on('exit', () => console.log('at exit', values.x));
  `);
  assertPrinted(ended, 'at exit 42');
});

test('THREAD-040 no thread can be started when the process exits', async () => {
  for (const end of ends) {
    const ended = await runProgram(`
      import { Thread, exit } from 'threadwork';
      const before = new Thread({ target: () => console.log('ran') });
      process.on('exit', () => {
        for (const thread of [before, new Thread({ target: () => console.log('ran') })]) {
          try {
            thread.start();
          } catch (error) {
            console.log(error.name, /at (interpreter )?shutdown/.test(error.message), thread.isAlive());
          }
        }
      });
      ${end}
    `);
    assertPrinted(ended, 'RuntimeError true false', 'RuntimeError true false');
  }
});

test('THREAD-042 a daemon that has ended can be joined when the process exits', async () => {
  const ended = await runProgram(`
    import { Thread } from 'threadwork';
    const thread = new Thread({ target: () => undefined, daemon: true }).start();
    thread.join();
    process.on('exit', () => console.log(thread.join(), thread.isAlive()));
  `);
  assertPrinted(ended, 'true false');
});

test('THREAD-047 who joins the main thread goes on when the main program has ended', async () => {
  const joins = ['() => { mainThread().join(); done(); }', 'async () => { await mainThread().joinAsync(); done(); }'];
  for (const end of ends) {
    for (const target of joins) {
      const ended = await runProgram(`
        import { Thread, exit, mainThread } from 'threadwork';
        const done = () => console.log('end of thread', mainThread().isAlive());
        new Thread({ target: ${target} }).start();
        console.log('end of main');
        ${end}
      `);
      assert.equal(ended.stdout.replace(/ (true|false)/, ''), 'end of main\nend of thread\n');
      assertPrinted({ ...ended, stdout: '' });
    }
  }
});

test('THREAD-051 the process waits for a thread that another thread started', async () => {
  for (const end of ends) {
    const ended = await runProgram(`
      import { Thread, exit, sleep } from 'threadwork';
      const second = () => { sleep(200); console.log('thread 2'); };
      const first = () => { new Thread({ target: second }).start(); console.log('thread 1'); };
      new Thread({ target: first }).start();
      ${end}
    `);
    assertPrinted(ended, 'thread 1', 'thread 2');
  }
});

test('THREAD-065 an uncaught error ends its thread with a message on stderr, and nothing else', async () => {
  for (const target of ['function failing()', 'async function failing()']) {
    const ended = await runProgram(`
      import { Thread } from 'threadwork';
      class ZeroDivisionError extends Error {}
      ${target} { throw new ZeroDivisionError('by zero'); }
      const thread = new Thread({ target: failing, name: 'calculating' }).start();
      thread.join();
      if (thread.isAlive()) console.log('it lives');
    `);
    assert.equal(ended.code, 0);
    assert.equal(ended.stdout, '');
    assert.match(ended.stderr, /^Exception in thread calculating:\n/);
    assert.match(ended.stderr, /at (async )?failing \(.*program\d+\.mjs:4:\d+\)/, 'the place in the user’s file');
    assert.match(ended.stderr, /ZeroDivisionError: by zero\n$/);
    assert.doesNotMatch(ended.stderr, /Unhandled|node:internal\/process/);
  }
});

test('THREAD-087 a function registered for the end of main runs then', async () => {
  for (const end of ends) {
    const ended = await runProgram(`
      import { Event, Thread, exit, registerAtExit } from 'threadwork';
      const stop = new Event();
      new Thread({ target: () => { stop.wait(); console.log('stopped'); } }).start();
      registerAtExit(() => { console.log('registered first'); stop.set(); });
      registerAtExit(() => console.log('registered last'));
      console.log('end of main');
      ${end}
    `);
    assertPrinted(ended, 'end of main', 'registered last', 'registered first', 'stopped');
  }
});

test('THREAD-089 nothing can be registered while the registered functions run', async () => {
  for (const end of ends) {
    const ended = await runProgram(`
      import { exit, registerAtExit } from 'threadwork';
      const late = () => console.log('ran');
      const register = () => {
        try {
          registerAtExit(late);
        } catch (error) {
          console.log(error.name);
        }
      };
      registerAtExit(register);
      process.on('exit', register);
      ${end}
    `);
    assertPrinted(ended, 'RuntimeError', 'RuntimeError');
  }
});

test('THREAD-123 the process does not wait for daemons', async () => {
  for (const end of ends) {
    const running = startProgram(`
      import { Thread, exit, sleep } from 'threadwork';
      new Thread({ daemon: true, target: () => { sleep(5000); console.log('the daemon') } }).start();
      new Thread({ target: () => { sleep(200); console.log('the other'); } }).start();
      ${end}
    `);
    await running.until(() => running.stdout !== '');
    const start = performance.now();
    const ended = await running.ended;
    assertPrinted(ended, 'the other');
    assert.ok(ended.ms >= 120, `it ended after ${ended.ms} ms`);
    assert.ok(performance.now() - start < 4000, 'it waited for the daemon');
  }
});
