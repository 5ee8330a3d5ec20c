import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programFile, startNode } from '../conformance/thread-programs.js';

const PROGRAM = `
import { run, Thread } from 'threadwork';

interface Config {
  level: number;
  nested: { a: number };
}
const arr: number[] = [];
const config: Config = { level: 1, nested: { a: 1 } };
const when: Date = new Date(0);
const rule: RegExp = /x/g;
const attempts: (() => unknown)[] = [
  () => arr.push(2),
  () => { const { length } = arr; config.level = length; },
  () => {
    const value: number = arr.length;
    config.nested.a = value;
  },
  () => delete (config as Partial<Config>).level,
  () => Object.assign(rule, { extra: arr.length }),
  () => when.setTime(5),
];
for (const attempt of attempts) {
  try {
    await run(attempt as () => number);
  } catch (error) {
    console.log((error as Error).message);
  }
}
class Pushing extends Thread {
  override run(): void {
    arr.push(3);
  }
}
new Pushing().start().join();
`;
const HINTS = [
  'Cannot add property 0, object is not extensible (`arr` is a frozen copy: use `shared([])`)',
  "Cannot assign to read only property 'level' of object '#<Object>' (`config` is a frozen copy: use `shared({})`)",
  "Cannot assign to read only property 'a' of object '#<Object>' (`config` is a frozen copy: use `shared({})`)",
  "Cannot delete property 'level' of #<Object> (`config` is a frozen copy: use `shared({})`)",
  'Cannot add property extra, object is not extensible (`rule` is a frozen copy: change a copy of it, `new RegExp(rule)`)',
  'Cannot setTime a frozen Date (`when` is a frozen copy: set a copy of it, `new Date(when)`)',
];

test('in a TypeScript program, writing to a captured value says what to do', async () => {
  const ended = await startNode(['--import', 'tsx', programFile(PROGRAM, 'mts')]).ended;
  assert.deepEqual(ended.stdout.trimEnd().split('\n'), HINTS, ended.stderr);
  assert.match(ended.stderr, /at Pushing\.run \(.*\.mts:32:9\)\nTypeError: .*`arr` is a frozen copy/);
});

test('in JavaScript as well, in statements over several lines, too', async () => {
  const program = `
    import { run } from 'threadwork';
    const first = [], second = [], table = { list: [] };
    const attempts = [
      () => { first.length; second
        .push(1) },
      () => table
        .list
        .push(first.length),
    ];
    for (const attempt of attempts) await run(attempt).catch((error) => console.log(error.message));
  `;
  const ended = await startNode([programFile(program)]).ended;
  assert.equal(ended.stderr, '');
  assert.deepEqual(
    ended.stdout.match(/`\w+` is a frozen copy/g),
    ['`second` is a frozen copy', '`table` is a frozen copy'],
    ended.stdout,
  );
});
