/**
 * Writing to stdout and stderr from any thread: at once, and whole, whatever the others write.
 */
import { writeSync } from 'node:fs';
import { self } from '../heap/agents.js';
import { Control } from '../heap/layout.js';
import { i32, isFounder } from '../heap/memory.js';
import { newRecord, retain } from '../heap/records.js';
import { block } from '../park/drive.js';
import { FOREVER } from '../park/limit.js';
import { acquire, MUTEX_WORDS, release, tryBarge } from '../park/mutex.js';
import { doze } from '../park/patience.js';

if (isFounder) {
  const mutex = newRecord(0, MUTEX_WORDS);
  retain(mutex);
  i32[Control.STDIO_MUTEX] = mutex;
}

/** A full pipe whose other end is slow: look again after this long. */
const RETRY_MS = 2;

/** Writes all of `bytes`; a closed reader is no error of the thread. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Not a wait of the library's: this thread would print there what it still has to print, and has the mutex.
      if (code === 'EAGAIN') doze(RETRY_MS);
      else if (code === 'EPIPE' || code === 'EBADF' || code === 'EIO') return;
      else throw error;
    }
  }
}

/** Writes `text` to `fd` whole: no other thread's output comes between. */
export function writeWhole(fd: number, bytes: Uint8Array): void {
  const mutex = i32[Control.STDIO_MUTEX];
  const owner = self.ident;
  if (!tryBarge(mutex, owner)) block(acquire(mutex, owner, FOREVER), FOREVER);
  try {
    writeAll(fd, bytes);
  } finally {
    release(mutex);
  }
}

/** Writes to stderr at once, from any thread. Where that cannot be written to, there is nobody to tell: the caller goes on. */
export function writeError(text: string): void {
  try {
    writeWhole(2, Buffer.from(text));
  } catch {
    // A full disk, or no heap or stack to wait for the others.
  }
}
