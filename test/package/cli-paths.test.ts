/** What people write on the command line by mistake, and files that are not as they should be: one line, and the right exit code. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import test, { describe, type TestContext } from 'node:test';
import { type Ended, main, temporaryFolder, threadwork } from './commands.js';

const PROGRAM = `console.log('ran', process.argv.slice(2).join());\n`;

/** Such a message, and no more. */
function refuses({ status, stdout, stderr }: Ended, message: RegExp, code = 2): void {
  assert.match(stderr, /^threadwork: [^\n]+\n$/);
  assert.match(stderr, message);
  assert.equal(stdout, '');
  assert.equal(status, code);
}

function inFolder(t: TestContext, files: Record<string, string>): string {
  const folder = temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  return folder;
}

describe('threadwork run, of files with names like', () => {
  const names = [
    'ünï.ts',
    'a#b.ts',
    'a%20b.ts',
    'a%zz.mts',
    'a?b.mjs',
    'a[1].cts',
    "it's.js",
    'a&b.mjs',
    '(x).cjs',
    'none',
    '💥.ts',
  ]; // prettier-ignore
  for (const name of names) {
    test(name, async (t) => {
      const cwd = inFolder(t, { [name]: PROGRAM });
      assert.deepEqual(await threadwork(['run', name, 'x'], { cwd }), {
        status: 0,
        signal: null,
        stdout: 'ran x\n',
        stderr: '',
      }); // prettier-ignore
    });
  }

  test('-dash.ts: a line that says how; ./-dash.ts and -- run it', async (t) => {
    const cwd = inFolder(t, { '-dash.ts': PROGRAM });
    refuses(
      await threadwork(['run', '-dash.ts'], { cwd }),
      /no option -dash\.ts\. To run the file: threadwork run \.\/-dash\.ts/,
    );
    for (const args of [['./-dash.ts'], ['--', '-dash.ts']])
      assert.equal((await threadwork(['run', ...args, 'x'], { cwd })).stdout, 'ran x\n');
  });

  test('a link, and a path that goes up', async (t) => {
    const cwd = inFolder(t, { 'a.ts': PROGRAM });
    mkdirSync(path.join(cwd, 'below'));
    symlinkSync('a.ts', path.join(cwd, 'link.ts'));
    for (const file of ['link.ts', 'below/../a.ts', './/a.ts'])
      assert.equal((await threadwork(['run', file, 'x'], { cwd })).stdout, 'ran x\n');
  });

  test('empty files do nothing', async (t) => {
    const cwd = inFolder(t, { 'a.ts': '', 'a.mjs': '', 'a.cjs': '' });
    for (const file of ['a.ts', 'a.mjs', 'a.cjs'])
      assert.deepEqual(await threadwork(['run', file], { cwd }), { status: 0, signal: null, stdout: '', stderr: '' });
  });
});

describe('threadwork run refuses', () => {
  test('what is no file, or cannot be reached', async (t) => {
    const cwd = inFolder(t, { 'a.ts': PROGRAM });
    symlinkSync('nowhere.ts', path.join(cwd, 'dangling.ts'));
    symlinkSync('loop.ts', path.join(cwd, 'loop.ts'));
    const cases: [string, RegExp][] = [
      ['dangling.ts', /there is no such file/],
      ['loop.ts', /its symbolic links lead round in a circle/],
      ['a.ts/b.ts', /a part of its path is a file/],
      ['.', /it is a folder/],
      ['', /the name of the file is empty/i],
      ['new\nline.ts', /"new\\nline\.ts": there is no such file/],
      [`${'x'.repeat(300)}.ts`, /its name is too long/],
    ];
    for (const [file, message] of cases) refuses(await threadwork(['run', file], { cwd }), message);
  });

  test('a file that may not be read', async (t) => {
    if (process.getuid?.() === 0) return t.skip('root may read everything');
    const cwd = inFolder(t, { 'a.ts': PROGRAM });
    chmodSync(path.join(cwd, 'a.ts'), 0);
    return refuses(await threadwork(['run', 'a.ts'], { cwd }), /you are not allowed to read it/);
  });

  test('TypeScript that is none, where tsx translates it', async (t) => {
    const cwd = inFolder(t, { 'a.ts': 'let x: = 5;\n', 'b.cts': 'const y = (;\n' });
    for (const file of ['a.ts', 'b.cts'])
      refuses(await threadwork(['run', '--tsx', file], { cwd }), /[ab]\.c?ts:1:\d+: SyntaxError: Unexpected/, 1);
  });

  test('a question mark, where tsx would run another file', async (t) => {
    const cwd = inFolder(t, { 'a?b.ts': PROGRAM, 'a.ts': 'console.log("the wrong one")' });
    refuses(await threadwork(['run', '--tsx', 'a?b.ts'], { cwd }), /a\?b\.ts: tsx takes a question mark/);
  });

  test('options that do not exist, values that they do not take, numbers that are no process', async () => {
    const cases: [string[], RegExp][] = [
      [['run', '--'], /Name a file/],
      [['run', '--tsx'], /Name a file/],
      [['run', '--tsx=5', 'a.ts'], /'--tsx' does not take an argument/],
      [['tour', '--list=3'], /does not take an argument/],
      [['tour', ''], /no program ""/],
      [['dump'], /Name a process/],
      [['dump', '1', '2'], /Name a process/],
      [['dump', '0'], /takes the number of a process, not 0/],
      [['dump', '99999999999999999999'], /takes the number of a process/],
      [['dump', 'a\nb'], /not "a\\nb"/],
      [['dump', '2147483647'], /there is no process 2147483647/],
      [[''], /no command ""/],
      [['-'], /no option -/],
    ];
    for (const [args, message] of cases) refuses(await threadwork(args), message);
  });
});

/** How a command ends when the reader of its output goes after the first bytes. */
async function readBriefly(args: string[], cwd?: string): Promise<Ended> {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const child = spawn(process.execPath, [main, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.once('data', () => child.stdout.destroy());
  const stderr = text(child.stderr);
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('exit', (...ended) => resolve(ended));
  });
  return { status, signal, stdout: '', stderr: await stderr };
}

describe('output that nobody takes', () => {
  test('the reader of a program leaves early: it ends as by SIGPIPE, without a word', async (t) => {
    const cwd = inFolder(t, {
      'main.mjs': `for (let k = 0; k < 50_000; k++) process.stdout.write(\`line \${k}\\n\`);\nsetTimeout(() => undefined, 60_000);`,
      'threads.ts': `import { Thread } from 'threadwork';
const print = () => { for (let k = 0; k < 20_000; k++) console.log('line', k); };
const threads = [1, 2, 3].map(() => new Thread({ target: print }).start());
for (const thread of threads) thread.join();
for (let k = 0; k < 50_000; k++) process.stdout.write('main ' + k + '\\n');`,
    });
    for (const file of ['main.mjs', 'threads.ts']) {
      const { status, stderr } = await readBriefly(['run', file], cwd);
      assert.equal(stderr, '');
      assert.equal(status, 141);
    }
  });

  test('the reader of the tour leaves early: that is no error', async () => {
    const { status, stderr } = await readBriefly(['tour', '002-4']);
    assert.equal(stderr, '');
    assert.equal(status, 0);
  });

  test('a full disk: one line, exit code 1', { skip: process.platform !== 'linux' }, async () => {
    for (const args of [['--help'], ['tour', '--list'], ['tour', '002-4']]) {
      const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
      const child = spawn(process.execPath, [main, ...args], {
        env,
        stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
      });
      const stderr = text(child.stderr!);
      const status = await new Promise((resolve) => {
        child.on('exit', resolve);
      });
      assert.match(await stderr, /^threadwork: cannot write: ENOSPC[^\n]*\n$/);
      assert.equal(status, 1);
    }
  });

  test('stdin, stdout or stderr closed from the start', { skip: process.platform === 'win32' }, (t) => {
    const cwd = inFolder(t, { 'a.ts': PROGRAM });
    const shell = (line: string) => execFileSync('sh', ['-c', line], { cwd, encoding: 'utf8' });
    const command = `"${process.execPath}" "${main}"`;
    assert.equal(shell(`${command} run a.ts x <&-`), 'ran x\n');
    assert.equal(shell(`${command} run a.ts x >&-; echo $?`), '0\n');
    assert.equal(shell(`${command} run none.ts 2>&-; echo $?`), '2\n');
    assert.equal(shell(`${command} tour --list >&-; echo $?`), '0\n');
  });
});

test('without a terminal, and with NO_COLOR even if colours are forced, nothing is coloured', async () => {
  const escape = String.fromCharCode(27);
  for (const env of [{}, { NO_COLOR: '1', FORCE_COLOR: '1' }, { TERM: 'dumb' }])
    for (const args of [['--help'], ['tour', '002-4'], ['run', 'none.ts']]) {
      const { stdout, stderr } = await threadwork(args, { env });
      assert.ok(!(stdout + stderr).includes(escape), `${args.join(' ')} ${JSON.stringify(env)}`);
    }
});
