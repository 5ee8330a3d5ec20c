/**
 * Ctrl-C and SIGTERM in programs whose main thread is blocked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Ended, startNode, startProgram } from '../conformance/thread-programs.js';

const IMPORTS = `import { Event, Lock, Queue, registerAtExit, sleep, Thread } from 'threadwork';`;

/** How a program ends that is sent the signal once it has printed `blocks` and has been blocked for a while. */
async function signalled(signal: NodeJS.Signals, body: string, times = 1): Promise<Ended> {
  const running = startProgram(`${IMPORTS}
    const blocks = () => new Thread({ daemon: true, target: () => { sleep(400); console.log('blocks'); } }).start();
    ${body}`);
  for (let k = 1; k <= times; k++) {
    await running.until(() => running.stdout.split('blocks').length > k);
    running.child.kill(signal);
  }
  return running.ended;
}

const WAITS: [string, string][] = [
  ['join()', `new Thread({ daemon: true, target: () => { sleep(30_000); } }).start().join()`],
  ['get()', `new Queue().get()`],
  ['acquire()', `const lock = new Lock(); lock.acquire(); lock.acquire()`],
  ['sleep()', `sleep(30_000)`],
];
const ALIVE = `new Thread({ daemon: true, target: () => { sleep(30_000); } }).start();`;

for (const [what, wait] of WAITS) {
  test(`main is blocked in ${what}: SIGINT and SIGTERM end the process`, async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const ended = await signalled(signal, `${ALIVE} blocks(); ${wait};`);
      assert.equal(ended.signal, signal, JSON.stringify(ended));
      assert.equal(ended.stderr, '');
    }
  });
  test(`main is blocked in ${what}: a listener runs in the wait, and its error comes out of the call`, async () => {
    const ended = await signalled(
      'SIGINT',
      `${ALIVE}
      let interrupts = 0;
      process.on('SIGINT', () => { console.log('interrupt', ++interrupts); if (interrupts === 2) throw new Error('KeyboardInterrupt'); else blocks(); });
      blocks();
      try { ${wait}; console.log('not interrupted'); } catch (error) { console.log(error.message); }
      setTimeout(() => { console.log('interrupts:', interrupts); process.exit(0); }, 200);`,
      2,
    );
    assert.equal(ended.stderr, '');
    assert.equal(ended.stdout, 'blocks\ninterrupt 1\nblocks\ninterrupt 2\nKeyboardInterrupt\ninterrupts: 2\n');
  });
}

test('what was waited for can be had after an interrupt', async () => {
  const ended = await signalled(
    'SIGINT',
    `const lock = new Lock();
    const release = new Event();
    const holder = new Thread({ target: () => { lock.with(() => { release.wait(); }); } }).start();
    while (!lock.locked()) sleep(1);
    process.once('SIGINT', () => { throw new Error('stop'); });
    blocks();
    try { lock.acquire(); } catch (error) { console.log(error.message, String(lock).includes('waiters=0')); }
    release.set();
    console.log(lock.acquire());
    lock.release();
    holder.join();`,
  );
  assert.equal(ended.stdout, 'blocks\nstop true\ntrue\n');
  assert.equal(ended.code, 0, ended.stderr);
});

test('the functions of registerAtExit run before a signal ends the process', async () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    for (const wait of ['sleep(30_000);', 'setInterval(() => {}, 1000);']) {
      const ended = await signalled(
        signal,
        `registerAtExit(() => { console.log('bye'); }); ${ALIVE} blocks(); ${wait}`,
      );
      assert.equal(ended.stdout, 'blocks\nbye\n', ended.stderr);
      assert.equal(ended.code, code);
    }
  }
});

test('a function of registerAtExit that hangs, or a main that never looks, is cut short', async () => {
  for (const rest of [
    `registerAtExit(() => { for (;;); }); blocks(); sleep(30_000);`,
    `registerAtExit(() => {}); blocks(); for (;;);`,
  ]) {
    const ended = await signalled('SIGTERM', rest);
    assert.equal(ended.signal, 'SIGKILL');
  }
});

test('a program that listens to SIGTERM decides for itself, whatever is registered', async () => {
  const ended = await signalled(
    'SIGTERM',
    `registerAtExit(() => { console.log('bye'); });
    process.on('SIGTERM', () => { console.log('later'); setTimeout(() => process.exit(7), 3500); });
    blocks();
    sleep(3000);`,
  );
  assert.equal(ended.stdout, 'blocks\nlater\nbye\n');
  assert.equal(ended.code, 7);
});

test('SIGHUP ends a blocked program as well, or runs its listeners', async () => {
  const plain = await signalled('SIGHUP', `${ALIVE} blocks(); sleep(30_000);`);
  assert.equal(plain.signal, 'SIGHUP', JSON.stringify(plain));
  const registered = await signalled('SIGHUP', `registerAtExit(() => {}); ${ALIVE} blocks(); sleep(30_000);`);
  assert.equal(registered.signal, 'SIGHUP', JSON.stringify(registered));
  const listening = await signalled(
    'SIGHUP',
    `process.on('SIGHUP', () => { console.log('hangup'); throw new Error('stop'); });
    ${ALIVE} blocks();
    try { new Queue().get(); } catch (error) { console.log(error.message); process.exit(3); }`,
  );
  assert.equal(listening.stdout, 'blocks\nhangup\nstop\n');
  assert.equal(listening.code, 3);
});

test('SIGINT at any moment of a program that starts threads ends it', async () => {
  for (let k = 0; k < 30; k++) {
    const running = startProgram(`${IMPORTS}
      console.log('begins');
      for (;;) { const threads = [1, 2, 3].map(() => new Thread({ target: () => { sleep(1); } }).start()); for (const thread of threads) thread.join(); }`);
    await running.until(() => running.stdout.includes('begins'));
    await delay(k * 10);
    running.child.kill('SIGINT');
    const sent = performance.now();
    const ended = await running.ended;
    assert.equal(ended.signal, 'SIGINT', JSON.stringify(ended));
    assert.ok(performance.now() - sent < 20_000, `it took ${performance.now() - sent} ms`);
    assert.equal(ended.stderr, '');
  }
});

test('threadwork run passes a signal on to a blocked program, and ends as that does', async () => {
  const cli = new URL('../../src/cli/main.js', import.meta.url).pathname;
  const { programFile } = await import('../conformance/thread-programs.js');
  const file = programFile(`${IMPORTS} ${ALIVE} console.log('blocks'); sleep(30_000);`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const running = startNode([cli, 'run', file]);
    await running.until(() => running.stdout.includes('blocks'));
    running.child.kill(signal);
    assert.equal((await running.ended).signal, signal);
  }
});
