/**
 * Whether debug mode is on: a word in the control block. A thread looks at it when it begins, and loads what debug mode takes
 * only then; so without it nothing is different.
 */
import { fileURLToPath } from 'node:url';
import { quietRequire } from '../capture/modules.js';
import { ValueError } from '../errors.js';
import { Control } from '../heap/layout.js';
import { i32, isFounder } from '../heap/memory.js';
import { libraryRoot } from '../host/entry-points.js';
import type * as Debug from './debug.js';

/** Details of debug mode; see {@link Configuration.debug}. */
export interface DebugOptions {
  /** Milliseconds after which a wait is told of; default 5000. */
  slow?: number;
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

/** Switches debug mode on or off, for this thread and those that begin from now on. */
export function setDebugging(value: boolean | DebugOptions, source: string): void {
  Atomics.store(i32, Control.DEBUG, slowMsOf(value, source));
  followDebugging();
}

function slowMsOf(value: unknown, source: string): number {
  if (value === false) return 0;
  if (value === true) return DEFAULT_SLOW_MS;
  if (typeof value !== 'object' || value === null) throw new TypeError(`${source} must be true, false or { slow }`);
  const { slow = DEFAULT_SLOW_MS } = value as DebugOptions;
  if (!Number.isInteger(slow) || slow < 1 || slow > LARGEST_SLOW_MS) {
    throw new ValueError(
      `${source}: slow is ${String(slow)}; it must be a whole number of ms from 1 to ${LARGEST_SLOW_MS}`,
    );
  }
  return slow;
}

/** A thread begins on this worker, or the setting has changed: does what it wants. */
export function followDebugging(): void {
  const wanted = Atomics.load(i32, Control.DEBUG) !== 0;
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

function readEnvironment(): void {
  const text = process.env['THREADWORK_DEBUG'];
  if (text === undefined || text === '' || text === '0') return;
  const [, ms] = /^slow=(\d+)$/.exec(text) ?? [];
  if (ms === undefined && text !== '1') {
    throw new ValueError(`THREADWORK_DEBUG is ${text}; it must be 1 or slow=MILLISECONDS`);
  }
  i32[Control.DEBUG] = slowMsOf(ms === undefined ? true : { slow: Number(ms) }, 'THREADWORK_DEBUG');
}

if (isFounder) readEnvironment();
