/**
 * Code of functions in the heap: written once in the process, by the first thread that sends it, and named by its address from
 * then on. The blocks are never freed: there are as many as there are function literals in the program that were ever sent.
 *
 *   word 0   CODE_MARK
 *   word 1   length of the text in bytes
 *   word 2   the next block in the list of its bucket
 *   word 3   hash of the text
 *   …        JSON of a Code
 *
 * Threads find each other's blocks by the text, in a table of lists. A list only grows, at its head and by a compare-and-swap:
 * whoever loses looks at what came before its own block meanwhile, so that no text has two.
 */
import type { Code } from '../capture/captured.js';
import * as atomic from '../heap/atomic.js';
import { allocate, allocateRaw, free } from '../heap/allocator.js';
import { Control } from '../heap/layout.js';
import { buffer, i32, u8 } from '../heap/memory.js';

/** Tells code from anything else that a damaged message may name. */
const CODE_MARK = 0x434f4445;
const HEAD_WORDS = 4;
const BUCKETS = 256;

const addresses = new WeakMap<Code, number>();
const codes = new Map<number, Code>();

/** Address of the block that holds `code`, written when there is none. Throws HeapExhaustedError. */
export function addressOfCode(code: Code): number {
  let address = addresses.get(code);
  if (address === undefined) {
    address = intern(Buffer.from(JSON.stringify(code), 'utf8'));
    enter(address, code);
  }
  return address;
}

function intern(text: Buffer): number {
  const hash = hashOf(text);
  const bucket = buckets() + (hash & (BUCKETS - 1));
  const first = atomic.load(bucket);
  const known = find(text, hash, first, 0);
  if (known !== 0) return known;
  const block = allocateRaw(HEAD_WORDS * 4 + text.length);
  i32[block] = CODE_MARK;
  i32[block + 1] = text.length;
  i32[block + 3] = hash;
  u8.set(text, (block + HEAD_WORDS) * 4);
  for (let seen = first; ; ) {
    i32[block + 2] = seen;
    const now = atomic.compareExchange(bucket, seen, block);
    if (now === seen) return block;
    const meanwhile = find(text, hash, now, seen);
    if (meanwhile !== 0) {
      free(block);
      return meanwhile;
    }
    seen = now;
  }
}

/** The block with this text, from `block` on and before `end`; 0 if there is none. */
function find(text: Buffer, hash: number, block: number, end: number): number {
  for (; block !== end; block = i32[block + 2]) {
    if (i32[block + 3] === hash && i32[block + 1] === text.length && text.equals(bytesAt(block))) return block;
  }
  return 0;
}

function bytesAt(block: number): Buffer {
  return Buffer.from(buffer, (block + HEAD_WORDS) * 4, i32[block + 1]);
}

function buckets(): number {
  const table = atomic.load(Control.CODES);
  if (table !== 0) return table;
  const made = allocate(BUCKETS * 4);
  const first = atomic.compareExchange(Control.CODES, 0, made);
  if (first === 0) return made;
  free(made);
  return first;
}

/** FNV-1a */
function hashOf(text: Buffer): number {
  let hash = 0x811c9dc5;
  for (const byte of text) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash | 0;
}

/** The code in the block at `address`, the same object every time; undefined where there is none. */
export function codeAt(address: number): Code | undefined {
  let code = codes.get(address);
  if (code === undefined) {
    if (address % 2 !== 0 || i32[address] !== CODE_MARK) return undefined;
    if ((address + HEAD_WORDS) * 4 + i32[address + 1] > buffer.byteLength) return undefined;
    code = JSON.parse(bytesAt(address).toString('utf8')) as Code;
    enter(address, code);
  }
  return code;
}

const texts = new WeakMap<Code, string>();
const foreign = new Map<string, Code>();

/** The code as text, for another process. */
export function textOfCode(code: Code): string {
  let text = texts.get(code);
  if (text === undefined) {
    text = JSON.stringify(code);
    texts.set(code, text);
  }
  return text;
}

/** The code that another process wrote as `text`, the same object every time. */
export function codeOfText(text: string): Code {
  let code = foreign.get(text);
  if (code === undefined) {
    code = JSON.parse(text) as Code;
    foreign.set(text, code);
    texts.set(code, text);
  }
  return code;
}

function enter(address: number, code: Code): void {
  addresses.set(code, address);
  codes.set(address, code);
}
