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

/** The text at `address`. */
export function readText(address: number): string {
  const start = (address + 1) * 4;
  // TextDecoder refuses shared memory, Buffer reads it.
  return Buffer.from(u8.buffer, start, i32[address]).toString('utf8');
}
