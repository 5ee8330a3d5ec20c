/**
 * What the errors of this room say: the variable, its place, and what to write instead.
 */
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import { CaptureError } from '../errors.js';
import type { Script } from './source.js';
import { resolveSource } from './stacks.js';

const sourceMaps = new WeakMap<Script, SourceMap>();

/** `file:line:column` as the user knows the file; `line` and `column` are zero-based. */
export function placeText(script: Script | null, line: number, column: number): string {
  if (!script?.url) return `line ${line + 1}`;
  const payload = script.sourceMap;
  if (payload) {
    const map = sourceMaps.get(script) ?? new SourceMap(payload);
    sourceMaps.set(script, map);
    const entry = map.findEntry(line, column);
    if ('originalSource' in entry && entry.originalSource) {
      return `${resolveSource(entry.originalSource, script.url)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    }
  }
  return `${script.url.startsWith('file:') ? fileURLToPath(script.url) : script.url}:${line + 1}:${column + 1}`;
}

export function nameOf(fn: Function): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value;
  return typeof name === 'string' && name !== '' ? name : 'an anonymous function';
}

export function refuse(path: string, what: string, cause?: unknown): CaptureError {
  return new CaptureError(`${path}: ${what}`, cause === undefined ? undefined : { cause });
}

/** The package that a script belongs to; null for the program's own. */
export function packageOf(script: Script | null): string | null {
  const folders = script?.url.split(/[\\/]node_modules[\\/]/) ?? [];
  const [, name] = (folders.length > 1 ? /^((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(folders[folders.length - 1]) : null) ?? [];
  return name ?? null;
}

/** How to have in each thread what `path` leads into, as in `fn → schema.parse → check`, and where `fn` stands. */
export function oneInEach(path: string, fn: Function): string {
  const [all, variable] = /^[^→]*→ ([\w$]+)/.exec(path) ?? [];
  if (variable === undefined) return 'make it in a function of your own that the thread calls';
  // A constructor at the variable itself is that of an object in it.
  const isFunction = all === path && Reflect.ownKeys((fn.prototype as object | undefined) ?? {}).length < 2;
  const made = isFunction ? `({ ${variable}: … })` : '…';
  return `make one in each thread with const ${variable} = local(() => ${made}), or in the function that uses it`;
}
