/**
 * Where the code of the library's workers stands. This module, or the chunk that it became part of, lies one folder below
 * the root, as the workers' entry point does.
 */
export const bootFile: URL = new URL('../host/boot.cjs', import.meta.url);
/** What it loads, below the root. */
export const SUPERVISOR = 'supervisor/supervisor.js';
export const THREAD = 'threading/thread-main.js';
/** Everything of the library lies below this. */
export const libraryRoot: string = new URL('../', import.meta.url).href;
