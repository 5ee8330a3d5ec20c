/**
 * Whether debug mode is on: a word in the control block. A thread looks at it when it begins, and loads what debug mode takes
 * only then; so without it nothing is different.
 */
import { fileURLToPath } from 'node:url';
import { mustKnow, told } from '../arguments.js';
import { quietRequire } from '../capture/modules.js';
import { ValueError } from '../errors.js';
import * as atomic from '../heap/atomic.js';
import { Control } from '../heap/layout.js';
import { i32, isFounder } from '../heap/memory.js';
import { libraryRoot } from '../host/entry-points.js';
import { variable } from '../host/variables.js';
import type * as Debug from './debug.js';

/** Details of debug mode; see {@link Configuration.debug}. */
export interface DebugOptions {
  /** Milliseconds after which a wait is told of; default 5000. */
  slow?: number | undefined;
}

/** Long for a lock and short for a person; a wait by plan for what comes seldom is told of once. */
const DEFAULT_SLOW_MS = 5000;
const LARGEST_SLOW_MS = 2 ** 30;

let debug: typeof Debug | undefined;
let installed = false;

/** Gives the thread what debug mode takes. */
export function provideDebug(loaded: typeof Debug): void {
  debug = loaded;
}

/** Throws a TypeError or ValueError for what is no setting of debug mode. */
export function mustBeDebug(value: boolean | DebugOptions): void {
  slowMsOf(value);
}

/** Switches debug mode on or off, for this thread and those that begin from now on. */
export function setDebugging(value: boolean | DebugOptions): void {
  atomic.store(Control.DEBUG, slowMsOf(value));
  followDebugging();
}

/** The word for the setting: after how many ms a wait is told of; 0: no debug mode. */
function slowMsOf(value: unknown): number {
  if (value === false) return 0;
  if (value === true) return DEFAULT_SLOW_MS;
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`debug must be true, false or { slow }, not ${told(value)}`);
  }
  mustKnow(value, ['slow'], 'debug');
  const { slow = DEFAULT_SLOW_MS } = value as DebugOptions;
  if (!isSlow(slow)) {
    throw new ValueError(`debug: slow is ${told(slow)}; it must be a whole number of ms from 1 to ${LARGEST_SLOW_MS}`);
  }
  return slow;
}

function isSlow(ms: number): boolean {
  return Number.isInteger(ms) && ms >= 1 && ms <= LARGEST_SLOW_MS;
}

/** A thread begins on this worker, or the setting has changed: does what it wants. */
export function followDebugging(): void {
  const wanted = atomic.load(Control.DEBUG) !== 0;
  if (wanted === installed) return;
  debug ??= quietRequire(fileURLToPath(new URL('diagnosis/debug.js', libraryRoot))) as typeof Debug;
  installed = wanted;
  if (wanted) debug.install();
  else debug.uninstall();
}

/** The thread that runs on this worker ends. */
export function threadEnds(): void {
  if (installed) debug?.threadEnds();
}

if (isFounder) {
  const allowed = `1 (on), 0 (off) or slow=MILLISECONDS, a whole number from 1 to ${LARGEST_SLOW_MS}`;
  const slow = variable('THREADWORK_DEBUG', allowed, (text) => {
    if (text === '0' || text === '1') return slowMsOf(text === '1');
    const ms = Number(/^slow=(\d+)$/.exec(text)?.[1]);
    return isSlow(ms) ? ms : undefined;
  });
  if (slow !== undefined) i32[Control.DEBUG] = slow;
}
