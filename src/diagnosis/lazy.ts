/**
 * Looking into hangs is loaded by a thread that has waited for long, and by whoever asks for a dump.
 */
import { fileURLToPath } from 'node:url';
import { quietRequire } from '../capture/modules.js';
import { onLongWait } from '../park/drive.js';
import type * as Diagnosis from './diagnosis.js';
import type { ThreadDump } from './dump.js';

let diagnosis: typeof Diagnosis | undefined;

function load(): typeof Diagnosis {
  diagnosis ??= quietRequire(fileURLToPath(new URL('./diagnosis.js', import.meta.url))) as typeof Diagnosis;
  return diagnosis;
}

/**
 * What every thread does at the moment: its state, what it waits for and since when, who holds that, and where in the program
 * it waits. Its text is readable, its fields are for programs. Python's nearest is `faulthandler.dump_traceback`.
 *
 * @example
 * console.error(String(threadDump()));
 */
export function threadDump(): ThreadDump {
  return load().dumpThreads();
}

onLongWait((waiter, nap) => load().examineWait(waiter, nap));
