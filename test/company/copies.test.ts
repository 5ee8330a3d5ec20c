/**
 * Two copies of the library in one process.
 */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../conformance/thread-programs.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const build = path.join(root, 'build');
const other = path.join(build, 'test', 'company', 'other-copy');
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
cpSync(path.join(build, 'src'), other, { recursive: true });
after(() => rmSync(other, { recursive: true, force: true }));

const USE = `
  import * as one from 'threadwork';
  import * as two from '${other}/index.js';
  const lock = new one.Lock();
  const refusal = (task) => { try { task(); return 'none'; } catch (error) { return error.name + ': ' + error.message.split('. ')[0]; } };
  console.log(refusal(() => new two.Queue().put(lock)));
  console.log(refusal(() => new two.Thread({ target: () => lock.acquire() }).start()));
  for (const { Thread, AtomicInt32, Lock } of [one, two]) {
    const sum = new AtomicInt32(); const own = new Lock();
    const target = () => { for (let k = 0; k < 1000; k++) own.with(() => (sum.value = sum.value + 1)); };
    const threads = [1, 2].map(() => new Thread({ target }).start());
    for (const thread of threads) thread.join();
    console.log(sum.value);
  }
  // Each keeps the buffers of its own programs only.
  for (let round = 0; round < 50; round++) {
    const made = [one, two].map(({ Thread }) => {
      const words = new Int32Array(new SharedArrayBuffer(8));
      new Thread({ target: (there) => { there[0] = 40; }, args: [words] }).start().join();
      new Thread({ target: () => { words[0] += 2; } }).start().join();
      return words[0];
    });
    if (String(made) !== '42,42') console.log(made);
  }
  console.log('buffers arrived');`;
const OUTPUT = `NotSendableError: item belongs to another copy of threadwork that this program has loaded
CaptureError: target → lock belongs to another copy of threadwork that this program has loaded
2000
2000
buffers arrived
`;

async function bothWork(second: string): Promise<void> {
  const ended = await runProgram(USE);
  assert.equal(ended.stdout, OUTPUT, ended.stderr);
  const told = ended.stderr.split('\n').filter((line) => line.includes('THREADWORK_TWO_COPIES'));
  assert.equal(told.length, 1, ended.stderr);
  assert.match(told[0], new RegExp(`two copies of threadwork are loaded, ${version} from .* and ${second} from `));
  assert.equal(ended.code, 0);
}

test('copies of one version work side by side, and the second says so', () => bothWork(version));

test('a thread that loads a copy of its own is the same thread in it, also in how it ends', async () => {
  const ended = await runProgram(`
    import { Queue, Thread, ThreadPoolExecutor, currentThread, enumerate, memoryUsage } from 'threadwork';
    const told = new Queue();
    const work = async (how) => {
      const { Lock, Thread, AtomicInt32, currentThread: ownThread } = await import('${other}/index.js');
      const sum = new AtomicInt32(); const lock = new Lock();
      const add = () => { for (let k = 0; k < 500; k++) lock.with(() => (sum.value = sum.value + 1)); };
      const adding = [1, 2].map(() => new Thread({ target: add }).start());
      for (const thread of adding) thread.join();
      lock.acquire();
      try { lock.acquire(); } catch (error) { told.put([sum.value, ownThread().name === currentThread().name, error.name]); }
      // Whoever waits for the lock inherits it.
      const next = () => { try { lock.acquire(); console.log('acquired'); } catch (error) { console.log(error.name); } };
      const waiting = new Thread({ target: next }).start();
      while (!String(lock).includes('waiters=1')) await new Promise((resolve) => setTimeout(resolve, 1));
      if (how === 'throw') throw new Error('on purpose');
      process.exit(1);
    };
    for (const how of ['throw', 'exit', 'throw']) {
      new Thread({ target: work, args: [how] }).start().join();
      console.log(...told.get());
    }
    console.log(enumerate().map(({ name }) => name).filter((name) => name.startsWith('Dummy')).length);
  `);
  const lines = ended.stdout.split('\n').filter((line) => line !== '');
  const expected = ['1000 true DeadlockError', 'AbandonedError'].flatMap((line) => [line, line, line]);
  assert.deepEqual(lines.toSorted(), ['0', ...expected], ended.stderr);
  assert.equal(ended.code, 0, ended.stderr);
});

test('copies of two versions do', async () => {
  for (const file of readdirSync(other, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.js')) continue;
    const text = readFileSync(path.join(other, file), 'utf8');
    writeFileSync(path.join(other, file), text.replaceAll(`"${version}"`, '"99.0.0"'));
  }
  await bothWork('99.0.0');
});
