/** Which of tsx's modules are ES modules: see format.ts. */
import { fileURLToPath } from 'node:url';
import { isModule } from './format.js';
import type { Context, Resolve, Resolved } from './hooks.js';

export const resolveSync: Resolve = (specifier, context, next) => settle(next(specifier, context), context);

/** The hook of a hooks thread. */
export async function resolve(
  specifier: string,
  context: Context,
  next: (specifier: string, context: Context) => Promise<Resolved>,
): Promise<Resolved> {
  return settle(await next(specifier, context), context);
}

function settle(resolved: Resolved, context: Context): Resolved {
  const isImported = context.conditions.includes('import');
  if (!isImported || resolved.format !== 'commonjs' || !resolved.url.startsWith('file:')) return resolved;
  return isModule(fileURLToPath(resolved.url)) ? { ...resolved, format: 'module' } : resolved;
}
