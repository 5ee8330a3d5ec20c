// Bundles the library's entry points in place, after tsc has written its modules. Node loads an ES module in 0.5 to 1 ms, and
// the library has more than a hundred: unbundled, importing it took 60 to 90 ms, and every thread's worker imports it too.
import fs from 'node:fs';
import path from 'node:path';
import { filesBelow, root } from './project.mjs';

/**
 * What is bundled together: parts that several of a group need become chunks, each in a thread once. The supervisor is alone in
 * its thread and shares nothing with others. capture/lazy.ts looks for its entry beside the chunks.
 */
const groups = [
  [
    { in: 'src/index.ts', out: 'index' },
    ...['threading', 'queue', 'futures', 'shared'].flatMap((room) => [
      { in: `src/entries/${room}.ts`, out: `entries/${room}` },
      { in: `src/${room}/index.ts`, out: `${room}/index` },
    ]),
    { in: 'src/threading/thread-main.ts', out: 'threading/thread-main' },
    { in: 'src/futures/worker.ts', out: 'futures/worker' },
    { in: 'src/futures/process-main.ts', out: 'futures/process-main' },
    { in: 'src/capture/entry.ts', out: 'chunks/entry' },
    { in: 'src/diagnosis/diagnosis.ts', out: 'diagnosis/diagnosis' },
    { in: 'src/diagnosis/debug.ts', out: 'diagnosis/debug' },
  ],
  [{ in: 'src/supervisor/supervisor.ts', out: 'supervisor/supervisor' }],
  // For the command. It keeps no state: the others have it among what they need together.
  [{ in: 'src/host/dump-socket.ts', out: 'host/dump-socket' }],
];
/** Globals that the library keeps as they were when it was loaded. */
const intrinsics = 'src/host/intrinsics.ts';
const atomics = [
  'add',
  'and',
  'compareExchange',
  'exchange',
  'load',
  'notify',
  'or',
  'store',
  'sub',
  'wait',
  'waitAsync',
  'xor',
];
const kept = Object.fromEntries(
  atomics.map((name) => [`Atomics.${name}`, `atomics${name[0].toUpperCase()}${name.slice(1)}`]),
);

const options = () => ({
  absWorkingDir: root,
  outbase: 'src',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  metafile: true,
  inject: [intrinsics],
  define: {
    ...kept,
    'Function.prototype.toString.call': 'sourceTextOf',
    'Symbol.dispose': 'symbolDispose',
    'Symbol.asyncDispose': 'symbolAsyncDispose',
  },
  minifyWhitespace: true,
  minifySyntax: true,
  supported: { 'import-attributes': true },
  tsconfigRaw: { compilerOptions: { target: 'ES2022', useDefineForClassFields: true } },
  logLevel: 'warning',
  logOverride: { 'unsupported-dynamic-import': 'silent' }, // import() of what only the program knows stays as it is
  plugins: [plainBuiltins],
});

/**
 * Takes Node's own modules as `require` has them. To import one makes Node read every property that it exports, also those that
 * load a further part of Node only when they are read: streams by `node:fs`, parsers of options and types by `node:util`.
 */
const plainBuiltins = {
  name: 'plain-builtins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path: name, kind }) =>
      kind === 'import-statement' ? { path: name, namespace: 'builtin', sideEffects: false } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'builtin' }, ({ path: name }) => ({
      contents: [
        `const found = process.getBuiltinModule('${name}'); export default found;`,
        ...namesImported(name).map((each) => `export const ${each} = /* @__PURE__ */ (() => found.${each})();`),
      ].join('\n'),
    }));
  },
};

/** What the sources import of a module by name. */
function namesImported(module) {
  const clause = new RegExp(`(?:import|export) (?!type )(?:\\w+, )?\\{([^}]*)\\} from '${module}'`, 'g');
  const names = filesBelow(path.join(root, 'src'))
    .flatMap((file) => [...fs.readFileSync(file, 'utf8').matchAll(clause)])
    .flatMap(([, list]) => list.split(','))
    .map((each) => each.trim().split(' as ')[0])
    .filter((each) => each !== '' && !each.startsWith('type '));
  return [...new Set(names)];
}

/**
 * Bundles src/ into `out`, one level of folders below it as in src/: URLs of workers are relative to that (host/entry-points.ts).
 * `publish`: what is parts of bundles now goes, and the bundles become as small as they can, which takes some seconds.
 */
export async function bundle(out, { publish }) {
  const { build } = await import('esbuild');
  const folder = path.join(root, out);
  fs.rmSync(path.join(folder, 'chunks'), { recursive: true, force: true });
  const written = { inputs: {}, outputs: {} };
  for (const entryPoints of groups) {
    const { metafile } = await build({
      ...options(),
      entryPoints,
      outdir: folder,
      chunkNames: 'chunks/[name]-[hash]',
      splitting: true,
      sourcemap: true,
    });
    for (const file of Object.keys(metafile.outputs)) if (file.endsWith('.js')) ignoreInherited(path.join(root, file));
    Object.assign(written.inputs, metafile.inputs);
    Object.assign(written.outputs, metafile.outputs);
  }
  if (!publish) return;
  removeBundled(folder, written);
  for (const file of Object.keys(written.outputs)) if (file.endsWith('.js')) await shrink(path.join(root, file));
}

/** esbuild's helper for `import *` would take what a program has added to Object.prototype for exports. */
function ignoreInherited(file) {
  const code = fs.readFileSync(file, 'utf8');
  const safe = code.replace('for(var name in all)', 'for(var name of Object.keys(all))');
  if (safe !== code) fs.writeFileSync(file, safe);
}

/**
 * Shortens local names and drops what is never used: parsing is half of the time that the import takes, in every thread again.
 * Functions and classes keep their names, for stacks and users' eyes.
 */
async function shrink(file) {
  const { minify } = await import('terser');
  const map = `${file}.map`;
  const names = { keep_classnames: true, keep_fnames: true };
  const code = fs.readFileSync(file, 'utf8');
  // A class is named after the variable that esbuild assigns it to.
  const reserved = Array.from(code.matchAll(/([\w$]+) ?= ?class\b/g), ([, name]) => name);
  const shrunk = await minify(code, {
    module: true,
    ecma: 2022,
    compress: { ...names },
    mangle: { ...names, reserved },
    // One character beyond Latin-1 doubles the memory that the text takes in each thread. Of an uncaught error Node shows the line.
    format: { ascii_only: true, max_line_len: 160 },
    sourceMap: { content: fs.readFileSync(map, 'utf8'), url: path.basename(map) },
  });
  fs.writeFileSync(file, shrunk.code);
  fs.writeFileSync(map, shrunk.map);
}

/** Removes the modules that now are parts of bundles; their declarations stay. */
function removeBundled(folder, { inputs, outputs }) {
  const written = new Set(Object.keys(outputs).map((file) => path.join(root, file)));
  for (const input of Object.keys(inputs)) {
    const module = path.join(folder, path.relative('src', input)).replace(/\.ts$/, '.js');
    for (const file of [module, `${module}.map`]) if (!written.has(file)) fs.rmSync(file, { force: true });
  }
  for (const file of filesBelow(folder)) {
    const source = path.join(root, 'src', path.relative(folder, file)).replace(/\.js$/, '.ts');
    // Type-only modules are in no bundle, and are empty.
    if (
      file.endsWith('.js') &&
      !written.has(file) &&
      fs.existsSync(source) &&
      !/\S/.test(fs.readFileSync(file, 'utf8').replace(/export \{\};|\/\/#.*|\/\*[^]*?\*\//g, ''))
    ) {
      fs.rmSync(file);
      fs.rmSync(`${file}.map`, { force: true });
    }
  }
}
