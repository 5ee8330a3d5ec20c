import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { describe, type TestContext } from 'node:test';
import { node, root, temporaryFolder } from './commands.js';

interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  exports: Record<string, string | { types: string; default: string }>;
}

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;
const entries = Object.keys(manifest.exports).filter((key) => key !== './package.json');
const specifiers = entries.map((key) => `threadwork${key.slice(1)}`);

/** The paths of the files that would be published. */
function packed(): string[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const npm = process.env.npm_execpath;
  const { stdout, stderr } = spawnSync(npm ? process.execPath : 'npm', npm ? [npm, ...args] : args, {
    cwd: root,
    encoding: 'utf8',
  });
  const [{ files }] = JSON.parse(stdout || `no answer: ${stderr}`) as [{ files: { path: string }[] }];
  return files.map((file) => file.path);
}

/** A project that has the package installed as npm would do it, and the given files. */
function project(context: TestContext, files: Record<string, string>): string {
  const folder = temporaryFolder(context);
  const installed = path.join(folder, 'node_modules/threadwork');
  for (const file of packed()) cpSync(path.join(root, file), path.join(installed, file));
  for (const name of Object.keys(manifest.dependencies))
    symlinkSync(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  mkdirSync(path.join(folder, 'sub'));
  return folder;
}

describe('package', () => {
  test('the lock file belongs to package.json', () => {
    const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
      packages: { '': Manifest };
    };
    assert.deepEqual(packages[''].dependencies, manifest.dependencies);
    assert.deepEqual(packages[''].devDependencies, manifest.devDependencies);
  });

  test('holds the library with types and source maps, the command and the examples, and nothing else', () => {
    const files = packed();
    for (const target of Object.values(manifest.exports)) {
      for (const file of typeof target === 'string' ? [target] : Object.values(target))
        assert.ok(files.includes(path.normalize(file)), file);
    }
    for (const file of [
      'dist/cli/main.js',
      'dist/index.js.map',
      'dist/index.d.ts.map',
      'src/index.ts',
      'LICENSE',
      'package.json',
    ])
      assert.ok(files.includes(file), file);
    assert.ok(files.some((file) => /^dist\/examples\/000-1-.*\.js$/.test(file)));
    const strays = files.filter(
      (file) =>
        !/^((dist|src|examples)\/[\w/.-]+\.([cm]?js|[cm]?ts|map|wat)|examples\/README\.md|LICENSE|README\.md|package\.json)$/.test(
          file,
        ),
    );
    assert.deepEqual(strays, []);
    const compiled = files.filter((file) => /^dist\/(?!examples|chunks).*\.js$/.test(file));
    const orphans = compiled.filter((file) => !files.includes(file.replace('dist/', 'src/').replace(/js$/, 'ts')));
    assert.deepEqual(orphans, []);
  });

  test('every entry can be imported, and required from CommonJS, as one copy', async (t) => {
    const folder = project(t, {
      'esm.mjs': specifiers.map((name) => `import '${name}';\n`).join(''),
      'cjs.cjs': `const entries = ${JSON.stringify(specifiers)};\nfor (const entry of entries) {\n  const required = require(entry);\n  import(entry).then((imported) => console.log(entry, Object.keys(required).length > 0, Object.keys(imported).every((key) => key === 'module.exports' || imported[key] === required[key])));\n}`,
    });
    assert.deepEqual(await node(['esm.mjs'], { cwd: folder }), { status: 0, signal: null, stdout: '', stderr: '' });
    const { stdout, stderr, status } = await node(['cjs.cjs'], { cwd: folder });
    assert.equal(stderr.replace(/^.*ExperimentalWarning: (CommonJS|Support).*\n|^.*--trace-warnings.*\n/gm, ''), '');
    assert.equal(status, 0);
    assert.deepEqual(stdout.trimEnd().split('\n').toSorted(), specifiers.map((name) => `${name} true true`).toSorted());
  });

  test('a CommonJS program starts threads', async (t) => {
    const folder = project(t, {
      'program.cjs': `const { AtomicInt32, Thread } = require('threadwork');\nconst n = new AtomicInt32(0);\nconst thread = new Thread({ target: () => { n.add(3); } });\nthread.start();\nthread.join();\nconsole.log(n.load());`,
    });
    const { status, stdout } = await node(['program.cjs'], { cwd: folder });
    assert.equal(stdout, '3\n');
    assert.equal(status, 0);
  });

  test('under tsx a thread has the classes of the library, once, and imports TypeScript', async (t) => {
    const folder = project(t, {
      'package.json': '{ "type": "module" }',
      'other.ts': `import { Lock } from 'threadwork';\nexport const made = (): Lock => new Lock();`,
      'program.ts': `import { Queue } from 'threadwork/queue';\nimport { Lock, Thread } from 'threadwork/threading';\nconst answers = new Queue<boolean>();\nnew Thread({ target: async () => { const own: Lock = new Lock(); const { made } = await import('./other.ts'); answers.put(own.acquire()); answers.put(made() instanceof Lock); } }).start().join();\nconsole.log(answers.get(), answers.get());`,
    });
    const ran = await node(['--import', 'tsx', 'program.ts'], { cwd: folder });
    assert.deepEqual(ran, { status: 0, signal: null, stdout: 'true true\n', stderr: '' });
  });

  test('the installed command runs programs and the tour', async (t) => {
    const folder = project(t, {
      'program.ts': `import { Lock } from 'threadwork';\nconst lock: Lock = new Lock();\nconsole.log(lock.locked(), process.execArgv.filter((arg) => arg.includes('self')).length);`,
    });
    const command = path.join(folder, 'node_modules/threadwork/dist/cli/main.js');
    const ran = await node([command, 'run', 'program.ts'], { cwd: folder });
    assert.deepEqual({ ...ran, stderr: '' }, { status: 0, signal: null, stdout: 'false 0\n', stderr: '' });
    assert.equal(ran.stderr, '');
    const tour = await node([command, 'tour', '002-4'], { cwd: folder });
    assert.match(tour.stdout, /✓ 1 program/);
    assert.equal(tour.status, 0);
  });
});
