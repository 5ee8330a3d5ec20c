import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram, startProgram } from '../conformance/thread-programs.js';

test('what threads print appears at once, while main is blocked', async () => {
  const running = startProgram(`
    import { Event, Thread } from 'threadwork';
    const never = new Event();
    const print = (number) => {
      if (number === 1) console.log('stdout of', number);
      else if (number === 2) console.error('stderr of', number);
      else process.stdout.write('a part ');
      if (number === 3) process.stdout.write('and the rest\\n');
      never.wait();
    };
    const threads = [1, 2, 3].map((number) => new Thread({ target: print, args: [number] }).start());
    for (const thread of threads) thread.join();
  `);
  try {
    await running.until(() => running.stdout.length === 'stdout of 1\na part and the rest\n'.length);
    await running.until(() => running.stderr.length === 'stderr of 2\n'.length);
    assert.deepEqual(running.stdout.split('\n').sort(), ['', 'a part and the rest', 'stdout of 1']);
    assert.equal(running.stderr, 'stderr of 2\n');
  } finally {
    running.child.kill('SIGKILL');
  }
});

test('lines of many threads stay whole, main blocked and stdout a pipe', async () => {
  const COUNT = 10;
  const LINES = 200;
  const ended = await runProgram(`
    import { Barrier, Thread } from 'threadwork';
    const together = new Barrier(${COUNT});
    const print = (name) => {
      together.wait();
      for (let k = 0; k < ${LINES}; k++) {
        const text = name.repeat(50 + (k * 37) % 3000);
        (k % 3 === 0 ? console.error : console.log)(\`\${name}\${k} \${text}.\`);
      }
    };
    const threads = Array.from({ length: ${COUNT} }, (_, k) =>
      new Thread({ target: print, args: [String.fromCharCode(97 + k)] }).start());
    for (const thread of threads) thread.join();
    console.log('the end');
  `);
  assert.equal(ended.code, 0);
  const next: Record<string, number[]> = {};
  const lines = [...ended.stdout.trimEnd().split('\n'), ...ended.stderr.trimEnd().split('\n')];
  assert.ok(ended.stdout.endsWith('\nthe end\n'));
  for (const line of lines) {
    if (line === 'the end') continue;
    const match = /^([a-j])(\d+) (\1+)\.$/.exec(line);
    assert.ok(match, `a line that is not whole: ${line.slice(0, 100)}`);
    const k = Number(match[2]);
    assert.equal(match[3].length, 50 + ((k * 37) % 3000));
    (next[match[1]] ??= []).push(k);
  }
  assert.equal(Object.keys(next).length, COUNT);
  for (const [name, order] of Object.entries(next)) {
    assert.equal(order.length, LINES, name);
    const [printed, failed] = [order.filter((k) => k % 3 !== 0), order.filter((k) => k % 3 === 0)];
    assert.deepEqual(
      printed,
      printed.toSorted((a, b) => a - b),
      `lines of ${name} came in another order`,
    );
    assert.deepEqual(
      failed,
      failed.toSorted((a, b) => a - b),
    );
  }
});

test('a line that a thread wrote in pieces is not torn apart by others', async () => {
  const ended = await runProgram(`
    import { Barrier, Thread } from 'threadwork';
    const together = new Barrier(4);
    const print = (name) => {
      together.wait();
      for (let k = 0; k < 200; k++) {
        for (let piece = 0; piece < 10; piece++) process.stdout.write(name);
        process.stdout.write('\\n');
      }
    };
    const threads = ['a', 'b', 'c', 'd'].map((name) => new Thread({ target: print, args: [name] }).start());
    for (const thread of threads) thread.join();
  `);
  const lines = ended.stdout.trimEnd().split('\n');
  assert.equal(lines.length, 800);
  for (const line of lines) assert.match(line, /^([abcd])\1{9}$/);
});

test('a part of a line appears when its thread goes to sleep or ends', async () => {
  const running = startProgram(`
    import { Event, Thread } from 'threadwork';
    const goOn = new Event();
    process.once('SIGUSR2', () => goOn.set());
    const thread = new Thread({ target: () => {
      process.stdout.write('asleep, ');
      process.stderr.write('on stderr, too, ');
      goOn.wait();
      process.stdout.write('ended');
    } }).start();
    await thread.joinAsync();
    console.log('.');
  `);
  await running.until(() => running.stdout === 'asleep, ' && running.stderr === 'on stderr, too, ');
  running.child.kill('SIGUSR2');
  assert.equal((await running.ended).stdout, 'asleep, ended.\n');
});

test('binary output, encodings and large texts arrive as they are', async () => {
  const ended = await runProgram(`
    import { Thread } from 'threadwork';
    new Thread({ target: () => {
      process.stdout.write(Buffer.from([0xe2, 0x82]));
      process.stdout.write(Buffer.from([0xac, 0x0a]));
      process.stdout.write('c3bc0a', 'hex');
      process.stdout.write('x'.repeat(3_000_000) + '\\n', () => console.log('written'));
      process.stdout.write('last ');
    } }).start().join();
  `);
  assert.equal(ended.stderr, '');
  const sizes = ended.stdout.split('\n').map((line) => (line.length < 100 ? line : line.length));
  assert.deepEqual(sizes, ['€', 'ü', 3_000_000, 'last written', '']);
});

test('a reader that goes away early harms no thread', async () => {
  const running = startProgram(`
    import { Thread } from 'threadwork';
    new Thread({ target: () => {
      for (let k = 0; k < 10_000; k++) console.log('line', k);
      console.error('done');
    } }).start().join();
  `);
  await running.until(() => running.stdout.length > 0);
  running.child.stdout!.destroy();
  const ended = await running.ended;
  assert.deepEqual([ended.stderr, ended.code], ['done\n', 0]);
});

test('console methods of a thread work as on main', async () => {
  const ended = await runProgram(`
    import { Thread } from 'threadwork';
    const show = () => {
      console.log('%s is %d', 'six', 6);
      console.table([{ a: 1 }]);
      console.group('group');
      console.info({ deep: { deeper: { deepest: {} } } });
      console.groupEnd();
      console.warn('careful');
      console.assert(false, 'asserted');
      process.stdout.write(String([process.stdout.fd, process.stdout.isTTY, process.stderr.fd, process.stdout.writable]) + '\\n');
    };
    if (process.argv.length === 2) new Thread({ target: show }).start().join();
    show();
  `);
  const half = (text: string) => [text.slice(0, text.length / 2), text.slice(text.length / 2)];
  const [threads, mains] = half(ended.stdout);
  assert.equal(threads, mains);
  const [threadsErrors, mainsErrors] = half(ended.stderr);
  assert.equal(threadsErrors, mainsErrors);
  assert.equal(threadsErrors, 'careful\nAssertion failed: asserted\n');
});
