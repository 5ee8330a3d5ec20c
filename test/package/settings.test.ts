import assert from 'node:assert/strict';
import path from 'node:path';
import test, { describe } from 'node:test';
import { pathToFileURL } from 'node:url';
import { configure, memoryUsage, NotSendableError, Thread, ValueError } from 'threadwork';
import { node, root } from './commands.js';

const library = pathToFileURL(path.join(root, 'dist/index.js')).href;

/** A program that uses the library, with that variable in its environment. */
function withVariable(name: string, value: string) {
  const program = `import { memoryUsage, Thread } from ${JSON.stringify(library)};
new Thread({ target: () => 1 }).start().join();
console.log(memoryUsage().limit);`;
  return node(['--input-type=module', '--eval', program], { env: { [name]: value } });
}

describe('environment variables that make no sense', () => {
  const numbers = ['abc', '-1', '1.5', ' ', '1e99'];
  const switches = ['true', ' 1'];
  const wrong: [name: string, allowed: RegExp, values: string[]][] = [
    [
      'THREADWORK_HEAP_BYTES',
      /a whole number of bytes from 1048576 to (4294967296|8589934592)\./,
      [...numbers, '0', '1000'],
    ],
    ['THREADWORK_WARM_THREADS', /a whole number from 0 to 1024/, [...numbers, '1025']],
    ['THREADWORK_ON_DEADLOCK', /one of throw, report, exit, ignore/, ['THROW', 'toString']],
    ['THREADWORK_DUMP', /1 \(on\) or 0 \(off\)/, [...switches, 'constructor']],
    ['THREADWORK_HEAP_REPORT', /1 \(on\) or 0 \(off\)/, switches],
  ];
  for (const [name, allowed, values] of wrong) {
    test(`${name}: one line names it, its value and what is allowed, and the program runs`, async () => {
      for (const value of values) {
        const { status, stdout, stderr } = await withVariable(name, value);
        assert.equal(status, 0, value);
        assert.equal(stdout, `${2 ** 30}\n`);
        assert.match(stderr, /^threadwork: [^\n]+ It is ignored\.\n$/);
        assert.ok(stderr.includes(`${name} is ${JSON.stringify(value)}; it must be `), stderr);
        assert.match(stderr, allowed);
      }
    });
  }

  test('those that are empty count as not set, and good ones are taken in silence', async () => {
    const good: [string, string, number][] = [
      ['THREADWORK_HEAP_BYTES', '', 2 ** 30],
      ['THREADWORK_HEAP_BYTES', '16777216', 2 ** 24],
      ['THREADWORK_HEAP_BYTES', '0x2000000', 2 ** 25],
      ['THREADWORK_WARM_THREADS', '0', 2 ** 30],
      ['THREADWORK_ON_DEADLOCK', 'report', 2 ** 30],
      ['THREADWORK_DUMP', '0', 2 ** 30],
    ];
    for (const [name, value, limit] of good)
      assert.deepEqual(await withVariable(name, value), { status: 0, signal: null, stdout: `${limit}\n`, stderr: '' });
  });
});

describe('configure()', () => {
  const cases: [string, unknown, new () => Error][] = [
    ['no object', 5, TypeError],
    ['null', null, TypeError],
    ['a setting that does not exist', { heapbytes: 2 ** 24 }, TypeError],
    ['a heap without an integer size', { heapBytes: '64M' }, ValueError],
    ['an object without prototype', { heapBytes: Object.create(null) as unknown }, ValueError],
    ['a symbol', { warmThreads: Symbol('many') }, ValueError],
    ['a reaction that does not exist', { onDeadlock: 'panic' }, ValueError],
    ['a word for a switch', { dump: 'yes' }, TypeError],
  ];
  for (const [name, settings, type] of cases) {
    test(`refuses ${name}`, () => {
      const before = memoryUsage().limit;
      assert.throws(() => configure(settings as never), type);
      assert.equal(memoryUsage().limit, before);
    });
  }

  test('changes nothing when one of several settings is refused, wherever that stands', () => {
    const before = memoryUsage().limit;
    const socket = new Promise(() => undefined);
    for (const wrong of [{ warmThreads: -1 }, { onDeadlock: 'panic' }, { dump: 1 }]) {
      assert.throws(() => configure({ heapBytes: 2 ** 26, ...(wrong as object) }), /must be/);
      assert.equal(memoryUsage().limit, before);
    }
    const reaction = () => void socket;
    assert.throws(() => configure({ heapBytes: 2 ** 26, onDeadlock: reaction }), NotSendableError);
    assert.equal(memoryUsage().limit, before);
    new Thread({ target: () => 1 }).start().join();
  });
});
