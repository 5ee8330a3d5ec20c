import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startNode, startProgram } from '../conformance/thread-programs.js';

const module = `
  import { AtomicInt32, Thread } from 'threadwork';
  import { basename } from 'node:path';
  const sum = new AtomicInt32();
  const add = (n) => { sum.add(n); console.log('in a thread', basename('/a/b')); };
  new Thread({ target: add, args: [5] }).start().join();
  console.log(sum.value);
`;
const commonJs = `
  const { AtomicInt32, Thread } = require('threadwork');
  const { basename } = require('node:path');
  const sum = new AtomicInt32();
  const add = (n) => { sum.add(n); console.log('in a thread', basename('/a/b')); };
  new Thread({ target: add, args: [5] }).start().join();
  console.log(sum.value);
`;

async function assertRuns(args: string[], input?: string): Promise<void> {
  const ended = await startNode(args, input).ended;
  assert.deepEqual([ended.stdout, ended.stderr, ended.code], ['in a thread b\n5\n', '', 0]);
}

test('threads of a program on the command line, a module', () => assertRuns(['--input-type=module', '-e', module]));
test('threads of a program on the command line, CommonJS', () => assertRuns(['-e', commonJs]));
test('threads of a program on stdin, a module', () => assertRuns(['--input-type', 'module'], module));
test('threads of a program on stdin, CommonJS', () => assertRuns(['-'], commonJs));

test('threads of a program whose Node was given options of all kinds', async () => {
  for (const options of [
    ['--expose-gc', '--max-old-space-size=300', '--stack-trace-limit=50', '--title=named'],
    ['--no-warnings', '--enable-source-maps', '--conditions=development', '--unhandled-rejections=warn'],
    ['--expose-gc', '--import', 'tsx', '--max-old-space-size=300', '--title=named'],
    ['--conditions', 'development', '--require', 'tsx/cjs', '--stack-trace-limit=50'],
  ]) {
    const { stdout, stderr, code } = await startProgram(module, options).ended;
    assert.deepEqual([stdout, stderr, code], ['in a thread b\n5\n', '', 0], options.join(' '));
  }
  await assertRuns(['--expose-gc', '--input-type=module', '--eval', module]);
});
