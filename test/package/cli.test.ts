import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { describe } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { main, root, temporaryFolder, threadwork } from './commands.js';

describe('command line', () => {
  test('--help and no command at all show the commands', async () => {
    for (const args of [['--help'], ['-h'], [], ['run', '--help'], ['tour', '--help']]) {
      const { status, stdout, stderr } = await threadwork(args);
      assert.equal(status, 0);
      assert.match(stdout, /threadwork run FILE/);
      assert.equal(stderr, '');
    }
  });

  test('--version shows the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    assert.deepEqual(await threadwork(['--version']), { status: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  });

  const mistakes: [name: string, args: string[], message: RegExp][] = [
    ['an unknown command', ['frobnicate'], /no command frobnicate/],
    ['a file without a command', ['my.ts'], /threadwork run my\.ts/],
    ['an unknown option', ['--frobnicate'], /no option --frobnicate/],
    ['run without a file', ['run'], /Name a file/],
    ['an unknown option of run', ['run', '--inspect', 'my.ts'], /'--inspect'/],
    [
      'a file that does not exist',
      ['run', 'does not exist.ts'],
      /cannot run does not exist\.ts: there is no such file/,
    ],
    ['a folder', ['run', root], /it is a folder/],
    ['a file that is no program', ['run', path.join(root, 'package.json')], /neither TypeScript .* nor JavaScript/],
    ['an unknown program of the tour', ['tour', '999'], /no program 999/],
    ['an unknown option of the tour', ['tour', '--frobnicate'], /'--frobnicate'/],
  ];
  for (const [name, args, message] of mistakes) {
    test(`${name}: one line on stderr and exit code 2`, async () => {
      const { status, stdout, stderr } = await threadwork(args);
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.match(stderr, /^threadwork: [^\n]+\n$/);
    });
  }

  test('a reader that leaves early is no error', async () => {
    const child = spawn(process.execPath, [main, 'tour', '--list'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [status] = (await once(child, 'close')) as [number];
    assert.equal(status, 0);
    assert.equal(stderr, '');
  });
});

/** A process that was killed and that nobody has asked about yet is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('tour', () => {
  test('--list shows the programs in the order of their numbers, each with a title of its own', async () => {
    const { status, stdout } = await threadwork(['tour', '--list']);
    assert.equal(status, 0);
    const rows = stdout.trimEnd().split('\n');
    assert.ok(rows.length >= 20);
    const numbers = rows.map((row) => row.split('-').slice(0, 2).map(Number));
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]),
    );
    const titles = rows.map((row) => row.replace(/^\S+\s+/, ''));
    assert.equal(new Set(titles).size, rows.length);
    for (const title of titles) assert.match(title, /^[A-Z]/); // not the file's name, which stands in for a missing one
  });

  test('examples/README.md has a row for each program, in the same order', async () => {
    const { stdout } = await threadwork(['tour', '--list']);
    const names = stdout.match(/^\S+/gm);
    const rows = readFileSync(path.join(root, 'examples/README.md'), 'utf8').matchAll(
      /^\| (\S+) +\| .+ \| \[(\1-.*)\.ts\]\(\2\.ts\) +\|/gm,
    );
    assert.deepEqual(
      Array.from(rows, ([, , name]) => name),
      names,
    );
  });

  test('a number selects what begins with it, a word what has it in its name', async () => {
    const list = async (...names: string[]) =>
      (await threadwork(['tour', '--list', ...names])).stdout.match(/^\d+-\d+/gm);
    assert.deepEqual(await list('000-1'), ['000-1']);
    assert.ok((await list('000'))?.every((id) => id.startsWith('000-')));
    assert.deepEqual(await list('timer', '000-1'), ['000-1', '003-10']);
  });

  test('runs a program, and shows its output, its checks and its time', async () => {
    const { status, stdout, stderr } = await threadwork(['tour', '002-4']);
    assert.equal(stderr, '');
    assert.match(
      stdout,
      /^002-4 {2}\S.*\n( {7}.*\n)+ {7}✓ .*\n( {7}.*\n)* {7}\d+\.\d\d s\n\n✓ 1 program, \d+ checks?, all true/,
    );
    assert.equal(status, 0);
  });

  test('Ctrl-C ends it with 130, and the program with it', async (t) => {
    const folder = temporaryFolder(t);
    const log = path.join(folder, 'pid');
    // Loaded into every process of the tour: the first program's leaves its id.
    const spy = path.join(folder, 'spy.cjs');
    writeFileSync(
      spy,
      `if (/examples/.test(process.argv[1])) require('fs').writeFileSync(${JSON.stringify(log)}, String(process.pid));`,
    );
    const child = spawn(process.execPath, [main, 'tour', '001-1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: `--require ${JSON.stringify(spy)}` },
    });
    child.stdout.setEncoding('utf8');
    let stdout = '';
    for await (const text of child.stdout as AsyncIterable<string>) {
      stdout += text;
      if (stdout.split('\n').length > 2 && !child.killed) child.kill('SIGINT');
    }
    assert.equal(child.exitCode ?? (await once(child, 'exit'))[0], 130);
    const program = Number(readFileSync(log, 'utf8'));
    while (isAlive(program)) await setImmediate();
  });
});
