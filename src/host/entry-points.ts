/**
 * Where the code of the library's workers stands. This module, or the chunk that it became part of, lies one folder below
 * the root, as the workers' entry point does.
 */
export const bootFile: URL = new URL('../host/boot.cjs', import.meta.url);
/** Watches signals where only a worker of its own can. */
export const signalWatcherFile: URL = new URL('../host/signal-watcher.cjs', import.meta.url);
/** Entry point of the processes of a pool. */
export const processFile: URL = new URL('../futures/process-main.js', import.meta.url);
/** What the workers' loads, below the root. */
export const SUPERVISOR = 'supervisor/supervisor.js';
export const THREAD = 'threading/thread-main.js';
/** Everything of the library lies below this. */
export const libraryRoot: string = new URL('../', import.meta.url).href;
