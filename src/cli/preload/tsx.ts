/** Loaded before a TypeScript program, in its main thread and in its workers, where Node does not run TypeScript by itself: tsx translates it. */
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { register as translateRequired } from 'tsx/cjs/api';
import { register as translateImported } from 'tsx/esm/api';
import { resolveSync } from './format-hooks.js';
import { addResolveHook, isHooksThread } from './hooks.js';

/** Of Node's CommonJS loader; not in its types, but stable for as long as there have been loaders to patch it. */
interface CommonJs {
  _extensions: Record<'.js', (target: object, filename: string) => void>;
}

if (!isHooksThread()) {
  const { _extensions: extensions } = module as unknown as CommonJs;
  const plain = extensions['.js'];
  translateRequired();
  translateImported();
  const translating = extensions['.js'];

  // tsx would translate this package's modules for require(): a second copy of the library beside the imported one.
  const own = fileURLToPath(new URL('../../', import.meta.url));
  extensions['.js'] = (target, filename) => (filename.startsWith(own) ? plain : translating)(target, filename);

  addResolveHook(resolveSync, new URL('./format-hooks.js', import.meta.url));
}
