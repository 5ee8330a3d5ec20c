/**
 * Texts in the heap: names of objects and threads. A word with the length in bytes, then UTF-8.
 */
import { allocateRaw } from './allocator.js';
import { i32, u8 } from './memory.js';

/** Copies `text` into a block of its own and returns the block's address. */
export function writeText(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  const address = allocateRaw(4 + bytes.length);
  i32[address] = bytes.length;
  u8.set(bytes, (address + 1) * 4);
  return address;
}

/** The text at `address`, which its owner may free at any moment: null if that does not hold it any more afterwards. */
export function peekText(address: number, stillHolds: () => boolean): string | null {
  try {
    const text = readText(address);
    return stillHolds() ? text : null;
  } catch {
    // What stands there now gave no sensible length.
    return null;
  }
}

/** The text at `address`. */
export function readText(address: number): string {
  const start = (address + 1) * 4;
  // TextDecoder refuses shared memory, Buffer reads it.
  return Buffer.from(u8.buffer, start, i32[address]).toString('utf8');
}
