// Bundles the library's entry points in place, after tsc has written its modules. Node loads an ES module in 0.5 to 1 ms, and
// the library has more than a hundred: unbundled, importing it took 60 to 90 ms, and every thread's worker imports it too.
import fs from 'node:fs';
import path from 'node:path';
import { filesBelow, root } from './project.mjs';

/** What is loaded from outside: by users, and as the code of workers. The rest becomes chunks, each in the process once. */
const entries = ['index', 'threading/index', 'shared/index', 'threading/thread-main', 'supervisor/supervisor'];

/** Bundles src/ into `out`, one level of folders below it as in src/: URLs of workers are relative to that (host/entry-points.ts). */
export async function bundle(out, { prune }) {
  const { build } = await import('esbuild');
  const folder = path.join(root, out);
  fs.rmSync(path.join(folder, 'chunks'), { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries.map((entry) => `src/${entry}.ts`),
    outbase: 'src',
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    sourcemap: true,
    keepNames: true,
    supported: { 'import-attributes': true },
    metafile: true,
    tsconfigRaw: { compilerOptions: { target: 'ES2022', useDefineForClassFields: true } },
    logLevel: 'warning',
  });
  if (prune) removeBundled(folder, metafile);
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
    if (file.endsWith('.js') && !written.has(file) && fs.existsSync(source) && !/\S/.test(fs.readFileSync(file, 'utf8').replace(/export \{\};|\/\/#.*|\/\*[^]*?\*\//g, ''))) {
      fs.rmSync(file);
      fs.rmSync(`${file}.map`, { force: true });
    }
  }
}
