import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from '../conformance/thread-programs.js';

/** A program whose main part ends while one thread works on and a daemon sleeps. */
function program(rest: string): string {
  return `
    import { Event, Thread, exit, registerAtExit, sleep, sleepAsync } from 'threadwork';
    const goOn = new Event();
    new Thread({ daemon: true, name: 'daemon', target: () => { sleep(20_000); console.log('daemon ended'); } }).start();
    const thread = new Thread({ name: 'worker', target: () => { goOn.wait(); sleep(100); console.log('worker ended'); } });
    thread.start();
    ${rest}
  `;
}

test('the process ends with main’s exit code, after its threads', async () => {
  for (const [end, code] of [
    ['process.exit(3);', 3],
    ['process.exitCode = 4;', 4],
    ['process.exitCode = 5; process.exit();', 5],
    ['setImmediate(() => process.exit(6));', 6],
    ['exit();', 0],
    ['', 0],
  ] as const) {
    const ended = await runProgram(program(`goOn.set(); ${end}`));
    assert.equal(ended.stdout, 'worker ended\n', end);
    assert.equal(ended.stderr, '', end);
    assert.equal(ended.code, code, end);
  }
});

test('an uncaught error in main is shown at once, and threads are waited for', async () => {
  for (const end of [
    'throw new RangeError("main failed");',
    'setTimeout(() => { throw new RangeError("main failed"); }, 10);',
    'Promise.reject(new RangeError("main failed"));',
  ]) {
    const ended = await runProgram(program(`goOn.set(); ${end}`));
    assert.match(ended.stderr, /RangeError: main failed/);
    assert.equal(ended.stdout, 'worker ended\n');
    assert.equal(ended.code, 1);
  }
});

test('process.exit() in a thread ends that thread alone, and its joiners go on', async () => {
  const ended = await runProgram(`
    import { AtomicInt32, Thread, sleep } from 'threadwork';
    const reached = new AtomicInt32();
    const targets = {
      atOnce: () => { reached.add(1); process.exit(7); reached.add(100); },
      later: async () => { await null; reached.add(1); process.exit(7); },
      fromTimer: () => { setTimeout(() => { reached.add(1); process.exit(7); }, 5); return new Promise(() => undefined); },
    };
    for (const target of Object.values(targets)) {
      const other = new Thread({ target: () => { sleep(50); reached.add(10); } }).start();
      const thread = new Thread({ target }).start();
      console.log(thread.join(), thread.isAlive(), other.join());
    }
    console.log(reached.value);
  `);
  assert.equal(ended.stdout, 'true false true\n'.repeat(3) + '33\n');
  assert.equal(ended.stderr, '');
  assert.equal(ended.code, 0);
});

test('threads that are started while main waits are waited for, too', async () => {
  const ended = await runProgram(`
    import { Thread, sleep } from 'threadwork';
    const chain = (n) => {
      sleep(20);
      console.log('link', n);
      if (n > 0) new Thread({ target: chain, args: [n - 1] }).start();
    };
    new Thread({ target: chain, args: [4] }).start();
    process.exit();
  `);
  assert.equal(ended.stdout, 'link 4\nlink 3\nlink 2\nlink 1\nlink 0\n');
  assert.equal(ended.stderr, '');
});

test('main serves timers, promises and signals while it waits for threads', async () => {
  const ended = await runProgram(
    program(`
      process.once('SIGUSR2', () => { console.log('signal'); goOn.set(); });
      process.once('beforeExit', () => setTimeout(() => process.kill(process.pid, 'SIGUSR2'), 20));
    `),
  );
  assert.equal(ended.stdout, 'signal\nworker ended\n');
  assert.equal(ended.code, 0);
});

test('a function registered for the end that fails is reported, and the others run', async () => {
  const ended = await runProgram(
    program(`
      registerAtExit(() => goOn.set());
      registerAtExit(() => { throw new RangeError('hook failed'); });
      registerAtExit(() => console.log('last'));
    `),
  );
  assert.equal(ended.stdout, 'last\nworker ended\n');
  assert.match(ended.stderr, /RangeError: hook failed\n$/);
  assert.equal(ended.code, 0);
});

test('a signal ends the process at once, whatever its threads do', async () => {
  const ended = await runProgram(program(`setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50);`));
  assert.equal(ended.signal, 'SIGTERM');
  assert.equal(ended.stdout, '');
});

test('a program that starts no thread ends as ever', async () => {
  const ended = await runProgram(`
    import { Event, Lock, Thread } from 'threadwork';
    new Lock().acquire();
    new Thread({ target: () => undefined });
    new Event().waitAsync(5).then((set) => console.log('waited', set));
  `);
  assert.equal(ended.stdout, 'waited false\n');
  assert.equal(ended.stderr, '');
  assert.equal(ended.code, 0);
});

test('a promise that nobody fulfils keeps no process alive, a wait does', async () => {
  const ended = await runProgram(`
    import { Event, Thread, sleep } from 'threadwork';
    const event = new Event();
    new Thread({ daemon: true, target: () => { sleep(100); event.set(); } }).start();
    console.log(await event.waitAsync());
  `);
  assert.equal(ended.stdout, 'true\n');
  assert.equal(ended.code, 0);
});

test('daemons are dropped wherever they are', async () => {
  for (const target of [
    '() => { for (;;); }',
    '() => { new Event().wait(); }',
    'async () => { await new Event().waitAsync(); }',
  ]) {
    for (const end of ['', 'process.exit();']) {
      const ended = await runProgram(`
        import { Event, Thread } from 'threadwork';
        const started = new Event();
        const endless = ${target};
        const daemon = new Thread({ daemon: true, target: () => { started.set(); return endless(); } }).start();
        started.wait();
        console.log('end of main', daemon.isAlive());
        ${end}
      `);
      assert.equal(ended.stdout, 'end of main true\n');
      assert.equal(ended.stderr, '');
      assert.equal(ended.code, 0);
    }
  }
});
