import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { describe, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Ended, main, root, temporaryFolder, threadwork } from './commands.js';

const library = pathToFileURL(path.join(root, 'dist/index.js')).href;

/** Writes files into a folder outside every project and runs the first of them from there. */
async function run(
  context: TestContext,
  files: Record<string, string>,
  ...args: string[]
): Promise<Ended & { folder: string }> {
  const folder = temporaryFolder(context);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return { folder, ...(await threadwork(['run', Object.keys(files)[0], ...args], { cwd: folder })) };
}

/** What a program printed as its last line, as JSON. */
function said({ status, stdout, stderr }: Ended): unknown {
  assert.equal(stderr, '');
  assert.equal(status, 0);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
}

describe('threadwork run, of a file outside every project', () => {
  const asModule = `import * as threadwork from 'threadwork';\nimport * as threading from 'threadwork/threading';\n`;
  const asCommonJs = `const threadwork = require('threadwork');\nconst threading = require('threadwork/threading');\n`;
  const tell = `console.log(JSON.stringify([process.argv.slice(1), threadwork.Lock === threading.Lock]));\n`;
  const typed = 'const n: number = 1; void n;\n';
  const programs: [name: string, text: string][] = [
    ['program.ts', asModule + typed + tell],
    ['program.mts', asModule + typed + tell],
    ['program.cts', asCommonJs.replaceAll(' = require', ' : any = require') + typed + tell],
    ['program.js', asModule + tell],
    ['program.mjs', asModule + tell],
    ['program.cjs', asCommonJs + tell],
    ['with space.ts', `${asModule}${typed}await null;\n${tell}`],
  ];
  for (const [name, text] of programs) {
    test(`${name} finds threadwork and gets its arguments`, async (t) => {
      const ended = await run(t, { [name]: text }, 'one', '--two', 'three four');
      assert.deepEqual(said(ended), [[path.join(ended.folder, name), 'one', '--two', 'three four'], true]);
    });
  }

  test('imports modules of its own, TypeScript and JavaScript, with or without their extension .ts', async (t) => {
    const ended = await run(t, {
      'program.ts': `import { a } from './lib/a.js';\nimport { b } from './lib/b.mjs';\nimport { c } from './lib/c.ts';\nconsole.log(JSON.stringify([a, b, c]));`,
      'lib/a.ts': `export const a: string = 'a';`,
      'lib/b.mjs': `export const b = 'b';`,
      'lib/c.ts': `export const c: string = 'c';`,
    });
    assert.deepEqual(said(ended), ['a', 'b', 'c']);
  });

  test('a CommonJS project in TypeScript requires its modules and threadwork', async (t) => {
    const ended = await run(
      t,
      {
        'program.cts': `const { Lock } = require('threadwork') as any;\nconst { other } = require('./other.cts') as any;\nimport('threadwork').then((m) => console.log(JSON.stringify([require.main === module, m.Lock === Lock, other === Lock])));`,
        'other.cts': `const { Lock } = require('threadwork') as any;\nmodule.exports = { other: Lock as unknown };`,
      },
      'x',
    );
    assert.deepEqual(said(ended), [true, true, true]);
  });

  test('--tsx translates what Node would not strip', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(
      path.join(folder, 'program.ts'),
      `import { Lock } from 'threadwork';\nenum E { A = 7 }\nconsole.log(JSON.stringify([E.A, typeof Lock]));`,
    );
    assert.deepEqual(said(await threadwork(['run', '--tsx', 'program.ts'], { cwd: folder })), [7, 'function']);
  });

  test('there is one copy of the library, however it is asked for, and it is not translated', async (t) => {
    for (const name of ['program.ts', 'program.mjs']) {
      const ended = await run(t, {
        [name]: `import { createRequire } from 'node:module';\nimport { Lock } from 'threadwork';\nconst asked = [await import('threadwork'), await import(${JSON.stringify(library)}), createRequire(import.meta.url)('threadwork')];\nconsole.log(JSON.stringify(asked.map((m) => m.Lock === Lock)));`,
      });
      assert.deepEqual(said(ended), [true, true, true]);
    }
  });

  test("the program's own workers find threadwork too", async (t) => {
    const ended = await run(t, {
      'program.ts': `import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
const script = "import('threadwork').then((m) => require('worker_threads').parentPort.postMessage(m.Lock === require('threadwork').Lock))";
const workers = [new Worker(new URL('./worker.ts', import.meta.url)), new Worker(script, { eval: true })];
console.log(JSON.stringify((await Promise.all(workers.map((worker) => once(worker, 'message')))).flat()));`,
      'worker.ts': `import { parentPort } from 'node:worker_threads';\nimport { Lock } from 'threadwork';\nconst answer: boolean = typeof Lock === 'function';\nparentPort!.postMessage(answer);`,
    });
    assert.deepEqual(said(ended), [true, true]);
  });

  test('threads start from its closures', async (t) => {
    for (const name of ['program.ts', 'program.mjs']) {
      const ended = await run(t, {
        [name]:
          `import { AtomicInt32, currentThread, Thread } from 'threadwork';\nconst total = new AtomicInt32(0);\nfunction add(n) { if (currentThread().name === 'adder') total.add(n); }\nconst thread = new Thread({ target: () => add(5), name: 'adder' });\nthread.start();\nthread.join();\nconsole.log(JSON.stringify(total.load()));`.replace(
            '(n)',
            name.endsWith('.ts') ? '(n: number)' : '(n)',
          ),
      });
      assert.equal(said(ended), 5);
    }
  });
});

describe('threadwork run', () => {
  test('passes the exit code on', async (t) => {
    assert.equal((await run(t, { 'program.ts': 'process.exitCode = 7 as number;' })).status, 7);
  });

  test('shows an uncaught error with its place in the TypeScript source', async (t) => {
    const { status, stderr, folder } = await run(t, {
      'program.ts': `interface Unused {\n  n: number;\n}\nfunction fails(): never {\n  throw new Error('on purpose');\n}\nfails();\nexport type { Unused };\n`,
    });
    assert.equal(status, 1);
    assert.match(stderr, /Error: on purpose/);
    assert.match(stderr.replaceAll('%20', ' '), new RegExp(`at fails \\((file://)?${folder}/program\\.ts:5:9\\)`));
  });

  test('the program sees its terminal, its folder and nothing of the command', async (t) => {
    const ended = await run(t, {
      'program.cjs': 'console.log(JSON.stringify([process.cwd(), require.main === module]))',
    });
    assert.deepEqual(said(ended), [ended.folder, true]);
  });

  test('a file of a project that has threadwork runs without anything preloaded', async () => {
    const { stdout } = await threadwork(['run', path.join(root, 'dist/cli/main.js'), '--version']);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });

  for (const [signal, handled] of [
    ['SIGINT', false],
    ['SIGTERM', false],
    ['SIGTERM', true],
  ] as const) {
    test(`${signal} reaches the program${handled ? ', which decides' : ''}`, async (t) => {
      const folder = temporaryFolder(t);
      const file = path.join(folder, 'program.cjs');
      const handler = handled ? `process.on('${signal}', () => process.exit(9));` : '';
      writeFileSync(file, `${handler} setInterval(() => {}, 1000); console.log('ready');`);
      const child = spawn(process.execPath, [main, 'run', file], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      child.kill(signal);
      assert.deepEqual(await once(child, 'exit'), handled ? [9, null] : [null, signal]);
    });
  }
});

test('threadwork run --heap-report shows what is left in the heap, by kind and by thread', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(
    path.join(folder, 'program.mjs'),
    `import { Lock, Semaphore, struct, f64 } from 'threadwork';
class Account extends struct({ balance: f64, lock: Lock }) {}
globalThis.kept = [new Account(), new Account(), new Semaphore(2)];
console.log('done');`,
  );
  const { status, stdout, stderr } = await threadwork(['run', '--heap-report', 'program.mjs'], { cwd: folder });
  assert.equal(status, 0);
  assert.equal(stdout, 'done\n');
  assert.match(stderr, /^shared heap: \d.* used, .* at most; limit .*, reserved .*\n  kind +count +bytes\n/);
  assert.match(stderr, /\n  struct +2 +\d+ B\n/);
  assert.match(stderr, /\n  Semaphore +1 +\d+ B\n/);
  assert.match(stderr, /\n  MainThread +\d+ +[\d.]+ (?:B|KiB)\n/);
  assert.match(stderr, /\n  MainThread has .*2 Account/);
});

test('of a hang in a TypeScript program, the program is shown and not the library', async (t) => {
  const ended = await run(t, {
    'hang.ts': `import { Lock } from 'threadwork';
const lock: Lock = new Lock();
function take(again: boolean): void {
  if (again) lock.acquire();
  else lock.with(() => take(true));
}
take(false);
`,
  });
  const frames = [...ended.stderr.matchAll(/ at .*?([^/ (]+:\d+:\d+)/g)].map(([, place]) => place);
  const places = ['hang.ts:4:19', 'hang.ts:5:24', 'hang.ts:5:13', 'hang.ts:7:1'];
  // Newer engines point at the bracket behind a method that is called like a keyword.
  const found = frames.map((place) => place.replace(/^hang\.ts:5:17$/, 'hang.ts:5:13'));
  assert.deepEqual(found, [...places, ...places], ended.stderr);
  assert.equal(
    ended.stderr.split('\n').findIndex((line) => line.startsWith('DeadlockError')),
    2 + places.length,
  );
});
