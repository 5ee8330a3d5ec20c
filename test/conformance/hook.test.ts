import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { AtomicInt32, currentThread, defaultExcepthook, exit, setExcepthook, Thread, ValueError } from 'threadwork';
import { inBothForms } from './thread-forms.js';
import { runProgram } from './thread-programs.js';

/** How the default hook shows an error. */
const SHOWN =
  /^Exception in thread excepthook thread:\n( {4}at .*\n)*? {4}at (async )?failing \(.*program\d+\.mjs:\d+:\d+\)\n( {4}at .*\n)*ValueError: run failed\n$/;

const failing = `
  import { Thread, ValueError, defaultExcepthook, exit, setExcepthook } from 'threadwork';
  function failing() { throw new ValueError('run failed'); }
  async function failingLater() { return failing(); }
`;

afterEach(() => void setExcepthook(defaultExcepthook));

test('HOOK-001 the default hook names the thread, and shows stack and error on stderr', async () => {
  for (const target of ['failing', 'failingLater']) {
    const ended = await runProgram(`${failing}
      const thread = new Thread({ target: ${target}, name: 'excepthook thread' }).start();
      thread.join();
    `);
    assert.match(ended.stderr, SHOWN);
    assert.equal(ended.stdout, '');
    assert.equal(ended.code, 0);
  }
});

test('HOOK-003 a thread that asks for its own end prints nothing', async () => {
  const targets = [
    '() => { exit(); }',
    '() => { try { exit(); } finally { console.log("finally"); } }',
    'async () => { exit(); }',
    'async () => { await null; exit(); }',
    '() => { process.exit(); }',
    'async () => { await null; process.exit(0); }',
  ];
  for (const target of targets) {
    const ended = await runProgram(`${failing}
      const thread = new Thread({ target: ${target} }).start();
      console.log(thread.join(), thread.isAlive());
    `);
    assert.equal(ended.stderr, '', target);
    assert.equal(ended.stdout.replace('finally\n', ''), 'true false\n', target);
    assert.equal(ended.code, 0, target);
  }
});

inBothForms('HOOK-004 a custom hook is told the error and the thread before join() returns', async (form) => {
  const calls = new AtomicInt32();
  const right = new AtomicInt32();
  const before = setExcepthook(({ type, value, traceback, thread }) => {
    calls.add(1);
    const facts = [
      type === ValueError,
      value instanceof ValueError && value.message === 'run failed',
      traceback?.includes('ValueError: run failed') && traceback.includes('hook.test'),
      thread === currentThread() && thread.name === 'failing',
    ];
    right.value = facts.reduce((bits, fact, k) => bits | (fact === true ? 1 << k : 0), 0);
  });
  assert.equal(before, defaultExcepthook);
  const blockingTarget = () => {
    throw new ValueError('run failed');
  };
  const asyncTarget = async () => {
    await form.sleep(1);
    throw new ValueError('run failed');
  };
  for (const target of [blockingTarget, asyncTarget]) {
    calls.value = right.value = 0;
    await form.join(new Thread({ target, name: 'failing' }).start());
    assert.equal(calls.value, 1);
    assert.equal(right.value, 0b1111, `facts, last first: ${right.value.toString(2)}`);
  }
});

test('HOOK-006 the original hook can be put back', async () => {
  const ended = await runProgram(`${failing}
    const custom = () => console.log('custom hook');
    const fail = () => new Thread({ target: failing, name: 'excepthook thread' }).start().join();
    console.log(setExcepthook(custom) === defaultExcepthook);
    fail();
    console.log(setExcepthook(defaultExcepthook) === custom);
    fail();
    console.log(setExcepthook(defaultExcepthook) === defaultExcepthook);
  `);
  assert.equal(ended.stdout, 'true\ncustom hook\ntrue\ntrue\n');
  assert.match(ended.stderr, SHOWN);
  assert.equal(ended.code, 0);
});

inBothForms('HOOK-008 a custom hook is told of a thread that asks for its own end, too', async (form) => {
  const told = new AtomicInt32();
  setExcepthook(({ type, value }) => {
    told.value = type?.name === 'SystemExit' && value instanceof type ? 1 : -1;
  });
  for (const target of [() => exit(), async () => exit()]) {
    told.value = 0;
    await form.join(new Thread({ target }).start());
    assert.equal(told.value, 1);
  }
});
