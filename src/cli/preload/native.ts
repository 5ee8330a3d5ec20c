/**
 * Loaded before a TypeScript program that Node runs by itself. Node wants `./other.ts` in an import; programs that are compiled elsewhere say
 * `./other.js`, and mean the same file.
 */
import { addResolveHook, type Resolve } from './hooks.js';

const resolve: Resolve = (specifier, context, next) => {
  try {
    return next(specifier, context);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    if (!isMissing || !/^(\.|\/|file:).*\.[cm]?js$/.test(specifier)) throw error;
    try {
      return next(specifier.replace(/js$/, 'ts'), context);
    } catch {
      throw error;
    }
  }
};

addResolveHook(resolve, new URL(import.meta.url));
