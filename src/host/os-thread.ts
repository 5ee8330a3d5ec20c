/**
 * The operating system's side of a thread: its number and its name, where the platform shows them (Linux: procfs).
 */
import { existsSync, openSync, readlinkSync, writeFileSync, writeSync } from 'node:fs';
import { threadId } from 'node:worker_threads';

/** Node's number of this worker; 0 for the main thread. */
export const workerNumber: number = threadId;

/** The kernel's number of this thread, 0 where it cannot be had. */
export function nativeThreadId(): number {
  if (process.platform !== 'linux') return 0;
  try {
    // "<pid>/task/<tid>"
    return Number(readlinkSync('/proc/thread-self').split('/')[2]) || 0;
  } catch {
    return 0;
  }
}

const own = { file: -1, name: '' };

/** Names the calling thread, whose number is `nativeId`: as `nameOsThread`, with one system call. */
export function nameThisOsThread(nativeId: number, name: string): void {
  if (nativeId === 0 || name === own.name || process.platform !== 'linux') return;
  try {
    if (own.file < 0) own.file = openSync(`/proc/self/task/${nativeId}/comm`, 'w');
    writeSync(own.file, osName(name), 0);
    own.name = name;
  } catch {
    // As below.
  }
}

/** Names the thread `nativeId` of this process for top, gdb and perf. */
export function nameOsThread(nativeId: number, name: string): void {
  if (nativeId === 0 || process.platform !== 'linux') return;
  try {
    writeFileSync(`/proc/self/task/${nativeId}/comm`, osName(name));
  } catch {
    // A sandbox without procfs: the name is a convenience.
  }
}

/** Linux keeps 15 bytes. */
function osName(name: string): Buffer {
  return Buffer.from(name, 'utf8').subarray(0, 15);
}

/** Whether the thread `nativeId` of this process still exists; true where that cannot be told. */
export function osThreadExists(nativeId: number): boolean {
  return nativeId === 0 || process.platform !== 'linux' || existsSync(`/proc/self/task/${nativeId}`);
}
