// The steps that `npm start`, `npm test` and the other commands share. Node's builtins only: it runs before anything is installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Says on stderr which step is under way, so that stdout stays the program's own. */
export function step(text) {
  process.stderr.write(`threadwork: ${text}\n`);
}

/** Ends this process with a message and without a stack: the reader is someone at a prompt. */
export function fail(text, status = 1) {
  process.stderr.write(`threadwork: ${text}\n`);
  process.exit(status);
}

/** Runs a Node program with our stdio and answers its exit status; a signal counts as the shell counts it, 128 and its number. */
export function node(args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', ...options });
    // Ctrl-C reaches the child too. It decides what that means, and this process reports how it ended.
    const ignore = () => {};
    process.on('SIGINT', ignore).on('SIGTERM', ignore);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore).off('SIGTERM', ignore);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** Installs what package-lock.json asks for, unless it is there already. */
export async function install(directory = root) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) fail(`Node 20.19 or later is needed; this is ${process.version}.`);
  const where = path.relative(root, directory);
  if (isInstalled(directory)) return;
  step(`installing dependencies${where && ` of ${where}`} …`);
  // npm names itself here when it runs us; called directly, look beside node, where its installers put it.
  const npm =
    process.env.npm_execpath ??
    path.join(fs.realpathSync(process.execPath), '../../lib/node_modules/npm/bin/npm-cli.js');
  // Not `npm ci`: it refuses a lock file that was written where the registry lacks some other platform's optional packages.
  const args = [
    'install',
    '--no-save',
    '--include=dev',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--loglevel=error',
  ];
  const status = fs.existsSync(npm)
    ? await node([npm, ...args], { cwd: directory, stdio: ['ignore', 2, 2] })
    : fail('npm was not found. Start this through npm: npm start, npm test.');
  if (status !== 0) fail('npm install failed (see above). The npm registry must be reachable the first time.', status);
}

function isInstalled(directory) {
  const wanted = readLock(path.join(directory, 'package-lock.json'));
  const present = readLock(path.join(directory, 'node_modules/.package-lock.json'));
  if (!wanted) fail(`${path.join(directory, 'package-lock.json')} is missing or broken: restore it from git.`);
  if (!present) return false;
  return Object.entries(wanted).every(([name, entry]) => {
    if (name === '' || (entry.optional && !present[name])) return true; // optional: made for another platform
    return present[name]?.version === entry.version && present[name]?.integrity === entry.integrity;
  });
}

function readLock(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * What the compiler builds, by the name of its configuration.
 * `from` is the source folder that each output's path begins in, `sources` what it reads, `others` what others write below its folder.
 */
const targets = {
  dist: { config: 'tsconfig.build.json', out: 'dist', from: 'src', sources: ['src'], others: ['examples'] },
  examples: {
    config: 'tsconfig.examples.json',
    out: 'dist/examples',
    from: 'examples',
    sources: ['src', 'examples'],
    others: [],
  },
  tests: {
    config: 'tsconfig.tests.json',
    out: 'build',
    from: '.',
    sources: ['src', 'test', 'examples', 'bench'],
    others: [],
  },
  bench: {
    config: 'bench/tsconfig.json',
    out: 'build-bench',
    from: '.',
    sources: ['src', 'bench'],
    others: [],
  },
};

/** Compiles the named targets, each only when one of its sources changed since it was last compiled. */
export async function build(names, { clean = false } = {}) {
  if (clean) for (const name of names) fs.rmSync(path.join(root, targets[name].out), { recursive: true, force: true });
  for (const name of names) {
    const target = targets[name];
    if (!target.sources.some((folder) => fs.existsSync(path.join(root, folder)))) continue;
    const stamp = path.join(root, target.out, `${name}-stamp`);
    const state = fingerprint(target);
    if (readText(stamp) === state) continue;
    step(`compiling ${name} …`);
    fs.rmSync(stamp, { force: true });
    const status = await node([path.join(root, 'node_modules/@typescript/native/bin/tsc'), '-p', target.config], {
      stdio: ['ignore', 2, 2],
    });
    if (status !== 0) return status;
    removeOrphans(target);
    if (target.out === 'build') describeBuild();
    if (name === 'dist') await bundle('dist', { publish: true });
    if (target.out === 'build') await bundle('build/src', { publish: false });
    if (name === 'dist') fs.chmodSync(path.join(root, 'dist/cli/main.js'), 0o755);
    fs.writeFileSync(stamp, state);
  }
  return 0;
}

function fingerprint(target) {
  const hash = createHash('sha256');
  const add = (file) => {
    const { size, mtimeMs } = fs.statSync(file);
    hash.update(`${path.relative(root, file)} ${size} ${mtimeMs}\n`);
  };
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json', target.config, 'scripts/bundle.mjs'])
    add(path.join(root, file));
  for (const folder of target.sources)
    for (const file of filesBelow(path.join(root, folder))) if (/\.[cm]?tsx?$/.test(file)) add(file);
  return hash.digest('hex');
}

/** Every file below a folder, sorted; not those of packages installed there. */
export function filesBelow(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(path.join(folder, entry.name)) : [path.join(folder, entry.name)],
    );
}

/** Removes outputs whose source is gone: a deleted test must not run on, nor a deleted module be published. */
function removeOrphans({ out, from, others }) {
  const folder = path.join(root, out);
  for (const file of filesBelow(folder)) {
    const name = path.relative(folder, file);
    const output = /^(.*)\.(d\.([cm]?)ts|([cm]?)js)(\.map)?$/.exec(name);
    if (!output || others.includes(name.split(path.sep)[0])) continue;
    const extension = `${output[3] ?? output[4] ?? ''}ts`;
    if (!fs.existsSync(path.join(root, from, `${output[1]}.${extension}`))) fs.rmSync(file);
  }
}

/**
 * Makes build/ a package of the same name, so that `import 'threadwork'` in a compiled test means build/src, as its relative imports do:
 * one process must never hold two copies of the library, each with a heap of its own.
 */
function describeBuild() {
  const { name, version, type, exports } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const text = JSON.stringify({ name, version, type, private: true, exports }, null, 2).replaceAll('./dist/', './src/');
  fs.writeFileSync(path.join(root, 'build/package.json'), `${text}\n`);
}

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
