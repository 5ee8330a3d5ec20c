/**
 * Other copies of the library in the same thread: of another version, or from another folder. Copies of one version share the heap,
 * but each has handles of its own; each version has a heap of its own. Whoever loads a second one is told.
 */
import { libraryRoot } from './entry-points.js';

/** The version of the package: heaps of different versions are kept apart. */
export const VERSION = '0.1.0';

/** Marks the handles of every copy. */
export const OF_THREADWORK: symbol = Symbol.for('threadwork.handle');

interface Copy {
  readonly version: string;
  readonly root: string;
}

const KEY = Symbol.for('threadwork.copy');
const place = globalThis as unknown as Record<symbol, Copy | undefined>;
const first = place[KEY];

if (first === undefined) {
  // Where the global object is frozen nobody is told.
  Reflect.set(place, KEY, Object.freeze({ version: VERSION, root: libraryRoot }));
} else if (first.root !== libraryRoot) {
  process.emitWarning(
    `two copies of threadwork are loaded, ${first.version} from ${first.root} and ${VERSION} from ${libraryRoot}: ` +
      'locks, queues and other objects of one cannot be used with the other',
    { code: 'THREADWORK_TWO_COPIES' },
  );
}
