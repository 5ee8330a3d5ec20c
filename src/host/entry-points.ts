/**
 * Where the code of the library's workers stands. This module, or the chunk that it became part of, lies one folder below
 * the root, as the workers' entry points do.
 */
export const supervisorEntry: URL = new URL('../supervisor/supervisor.js', import.meta.url);
export const threadEntry: URL = new URL('../threading/thread-main.js', import.meta.url);
/** Everything of the library lies below this. */
export const libraryRoot: string = new URL('../', import.meta.url).href;
