/**
 * What can be measured: a file each.
 */
import type { Figure } from './row.js';

export const TOPICS: Record<string, () => Promise<{ measure(): Promise<Figure[]> }>> = {
  atomics: () => import('./atomics.js'),
  struct: () => import('./struct.js'),
  lock: () => import('./lock.js'),
  contended: () => import('./contended.js'),
  queue: () => import('./queue.js'),
  start: () => import('./start.js'),
  capture: () => import('./capture.js'),
  pool: () => import('./pool.js'),
  map: () => import('./map.js'),
  'process-pool': () => import('./process-pool.js'),
  http: () => import('./http.js'),
  'first-start': () => import('./first-start.js'),
  memory: () => import('./memory.js'),
  import: () => import('./import.js'),
  idle: () => import('./idle.js'),
  codec: () => import('./codec.js'),
  shared: () => import('./shared.js'),
  scaling: () => import('./scaling.js'),
};
