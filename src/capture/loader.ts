/**
 * `import()` and `import.meta` of captured code: they mean what they meant in the module where the code was written.
 */
import { isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { libraryRoot } from '../host/entry-points.js';
import { loadLoaders } from '../host/loaders.js';
import type { Host } from './captured.js';
import { loadModule } from './modules.js';

/** The value of a host name in code from `url`. */
export function hostValue(what: Host['what'], url: string): unknown {
  return what === 'import' ? importFrom(url) : metaOf(url);
}

function importFrom(url: string): (specifier: unknown, options?: ImportCallOptions) => Promise<unknown> {
  return async (specifier, options) => {
    const href = await resolve(String(specifier), url);
    if (href.startsWith('file:')) await loadLoaders();
    return (await (options === undefined ? import(href) : import(href, options))) as unknown;
  };
}

async function resolve(specifier: string, from: string): Promise<string> {
  const own = /^threadwork(\/\w+)?$/.exec(specifier);
  if (own) return new URL(`.${own[1] ?? ''}/index.js`, libraryRoot).href; // this copy, whatever the file's folder has
  const simple = resolveSimple(specifier, from);
  if (simple !== null) return simple;
  const { resolve: resolvePackage } = await import('import-meta-resolve');
  return resolvePackage(specifier, baseOf(from));
}

/** Resolves what needs no look into `package.json` files; null for the rest. */
export function resolveSimple(specifier: string, from: string): string | null {
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
  if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, baseOf(from)).href;
  return URL.canParse(specifier) ? specifier : null;
}

/** The url of a script that V8 knows by url or by path. */
export function baseOf(url: string): string {
  if (url.startsWith('/') || /^[A-Za-z]:[\\/]/.test(url)) return pathToFileURL(url).href;
  return URL.canParse(url) ? url : pathToFileURL(`${process.cwd()}/[eval]`).href;
}

function metaOf(url: string): object {
  const href = baseOf(url);
  const meta: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  if (href.startsWith('file:')) {
    meta.filename = fileURLToPath(href);
    meta.dirname = dirname(meta.filename as string);
  }
  meta.resolve = (specifier: unknown): string => {
    const simple = resolveSimple(String(specifier), url);
    if (simple !== null) return simple;
    return packageResolver()(String(specifier), href);
  };
  meta.url = href;
  return meta;
}

let resolver: ((specifier: string, parent: string) => string) | undefined;

/** The resolution algorithm of ES modules, synchronously loaded. */
export function packageResolver(): (specifier: string, parent: string) => string {
  resolver ??= (
    loadModule(import.meta.resolve('import-meta-resolve'), []) as {
      resolve: (specifier: string, parent: string) => string;
    }
  ).resolve;
  return resolver;
}
