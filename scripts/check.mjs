// npm run check [-- names…] [--local]: what a change must pass besides the tests. `check api --local` accepts a changed API.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build, fail, install, root, step } from './project.mjs';

const checks = {
  types: () => build(['dist', 'examples', 'tests']),
  lint: () => tool('oxlint', 'bin/oxlint', '--type-aware'),
  format: () => tool('@biomejs/biome', 'bin/biome', 'format'),
  unused: () => tool('knip', 'bin/knip.js', '--no-progress'),
  api: async () =>
    (await build(['dist'])) ||
    tool('@microsoft/api-extractor', 'bin/api-extractor', 'run', ...(isLocal ? ['--local'] : [])),
  package: async () => (await build(['dist', 'examples'])) || lintPackage(),
};

const words = process.argv.slice(2);
const isLocal = words.includes('--local');
const wanted = words.filter((word) => word !== '--local');
const unknown = wanted.find((name) => !(name in checks));
if (unknown) fail(`there is no check ${unknown}. The checks are ${Object.keys(checks).join(', ')}.`, 2);

await install();
const failed = [];
for (const name of wanted.length > 0 ? wanted : Object.keys(checks)) {
  step(`checking ${name} …`);
  if ((await checks[name]()) !== 0) failed.push(name);
}
if (failed.length > 0) fail(`not in order: ${failed.join(', ')}.`);
step('all in order.');

function tool(name, bin, ...args) {
  return run(process.execPath, [path.join(root, 'node_modules', name, bin), ...args]);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  return status ?? 1;
}

/** Looks at the package as it would be published. */
function lintPackage() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'threadwork-pack-'));
  try {
    const npm = process.env.npm_execpath ?? fail('start this through npm: npm run check.');
    const status = run(process.execPath, [npm, 'pack', '--ignore-scripts', '--silent', `--pack-destination=${folder}`]);
    if (status !== 0) return status;
    const tarball = path.join(folder, fs.readdirSync(folder)[0]);
    return (
      tool('publint', 'src/cli.js', 'run', tarball, '--strict') ||
      tool('@arethetypeswrong/cli', 'dist/index.js', tarball, '--profile', 'esm-only')
    );
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
