/** Resolution of this package's own name, see self.ts. */
import { readFileSync } from 'node:fs';
import type { Context, Resolve, Resolved } from './hooks.js';

type Target = string | { default: string };

const manifest = new URL('../../../package.json', import.meta.url);
let entries: Map<string, string> | undefined;

/** The URL of this package's entry that a specifier names. */
export function selfEntry(specifier: string): string | undefined {
  if (!specifier.startsWith('threadwork')) return undefined;
  entries ??= readEntries();
  return entries.get(specifier);
}

function readEntries(): Map<string, string> {
  const { name, exports } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    name: string;
    exports: Record<string, Target>;
  };
  const url = (target: Target) => new URL(typeof target === 'string' ? target : target.default, manifest).href;
  return new Map(Object.entries(exports).map(([key, target]) => [name + key.slice(1), url(target)]));
}

export const resolveSync: Resolve = (specifier, context, next) => {
  const url = selfEntry(specifier);
  return url ? { url, shortCircuit: true } : next(specifier, context);
};

/** The hook of a hooks thread: there `next` answers a promise, and so may this. */
export function resolve(specifier: string, context: Context, next: Parameters<Resolve>[2]): Resolved {
  return resolveSync(specifier, context, next);
}
