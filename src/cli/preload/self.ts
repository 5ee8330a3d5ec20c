/**
 * Loaded by `node --require` before a program whose folder has no threadwork installed, in its main thread and in its workers:
 * `import 'threadwork'` and `require('threadwork')` mean this package then, in every module, so that there is one copy of it.
 */
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { addResolveHook, isHooksThread } from './hooks.js';
import { resolveSync, selfEntry } from './self-hooks.js';

/** Of Node's CommonJS loader; not in its types, but stable for as long as there have been loaders to patch it. */
interface CommonJs {
  _resolveFilename(request: string, ...rest: unknown[]): string;
}

if (!isHooksThread()) {
  const commonJs = module as unknown as CommonJs;
  const resolveFilename = commonJs._resolveFilename;
  commonJs._resolveFilename = function (request, ...rest) {
    const own = selfEntry(request);
    return own ? fileURLToPath(own) : resolveFilename.call(this, request, ...rest);
  };
  addResolveHook(resolveSync, new URL('./self-hooks.js', import.meta.url));
}
