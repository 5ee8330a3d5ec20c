/**
 * Texts in shared data: records of their own, so that a reader can keep one while the container goes on. They are compared and
 * hashed where they stand.
 *
 *   HASH    of the UTF-16 code units
 *   LENGTH  in units × 4 + form: one byte a unit, two bytes, or the decimal digits of a bigint
 *   …       the units
 *
 * What reads here (`isString`, `shortStringAt`) may be called by those who look without a latch (park/versioned.ts): it stays within the
 * heap whatever it finds, and what it returns counts only once the look was confirmed.
 */
import * as atomic from '../heap/atomic.js';
import { Record } from '../heap/layout.js';
import { buffer, i32, u8 } from '../heap/memory.js';
import { defineRecord, newValue, release } from '../heap/records.js';
import { sliceText } from '../wire/reader.js';
import { TEXT_TYPE } from './types.js';

export const HASH: number = Record.BODY;
const LENGTH: number = HASH + 1;
const UNITS: number = LENGTH + 1;

const Form = { NARROW: 0, WIDE: 1, BIGINT: 2 } as const;

defineRecord(TEXT_TYPE, { label: 'text' });

function step(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x0100_0193);
}

/** Hash of a text (FNV-1a over its units). */
export function hashOf(text: string): number {
  let hash = 0;
  for (let k = 0; k < text.length; k++) hash = step(hash, text.charCodeAt(k));
  return hash;
}

/** A new record with the text; the caller's reference keeps it. Throws HeapExhaustedError. */
export function newString(text: string): number {
  const { length } = text;
  const address = newValue(TEXT_TYPE, 8 + length);
  const start = (address + UNITS) * 4;
  let hash = 0;
  for (let k = 0; k < length; k++) {
    const unit = text.charCodeAt(k);
    if (unit > 0xff) {
      release(address);
      return newWide(text);
    }
    hash = step(hash, unit);
    u8[start + k] = unit;
  }
  i32[address + HASH] = hash;
  i32[address + LENGTH] = (length << 2) | Form.NARROW;
  return address;
}

function newWide(text: string): number {
  const bytes = text.length * 2;
  const address = newValue(TEXT_TYPE, 8 + bytes);
  Buffer.from(buffer, (address + UNITS) * 4, bytes).write(text, 'utf16le');
  i32[address + HASH] = hashOf(text);
  i32[address + LENGTH] = (text.length << 2) | Form.WIDE;
  return address;
}

/** A new record with the bigint; the caller's reference keeps it. Throws HeapExhaustedError. */
export function newBigint(value: bigint): number {
  const address = newString(String(value));
  i32[address + LENGTH] |= Form.BIGINT;
  return address;
}

/** Whether two records hold the same text or bigint. For those who hold the latch over both. */
export function sameStrings(a: number, b: number): boolean {
  const head = i32[a + LENGTH];
  if (head !== i32[b + LENGTH] || i32[a + HASH] !== i32[b + HASH]) return false;
  const length = head >>> 2;
  const bytes = (head & 3) === Form.WIDE ? length * 2 : length;
  for (let k = 0; k < bytes; k++) if (u8[(a + UNITS) * 4 + k] !== u8[(b + UNITS) * 4 + k]) return false;
  return true;
}

/** Whether the record at `address` holds this text, or these digits of a bigint, which have this hash. */
export function isString(address: number, text: string, hash: number, big = false): boolean {
  if (address + UNITS >= i32.length || atomic.load(address + HASH) !== hash) return false;
  const { length } = text;
  const head = atomic.load(address + LENGTH);
  const form = head & 3;
  if (head >>> 2 !== length || (form === Form.BIGINT) !== big) return false;
  const start = (address + UNITS) * 4;
  if (start + length * 2 > u8.length) return false;
  if (form === Form.WIDE) {
    for (let k = 0; k < length; k++) {
      const unit = Atomics.load(u8, start + 2 * k) | (Atomics.load(u8, start + 2 * k + 1) << 8);
      if (unit !== text.charCodeAt(k)) return false;
    }
    return true;
  }
  for (let k = 0; k < length; k++) if (Atomics.load(u8, start + k) !== text.charCodeAt(k)) return false;
  return true;
}

/** Short texts that this thread read lately, by hash: most are read again, and comparing is cheaper than making one. */
const RECENT = 1024;
const recent: string[] = Array.from({ length: RECENT }, () => '');
const SHORT = 32;

/** The short text in the record at `address`; undefined where there is something else. For those who look without a latch, too. */
export function shortStringAt(address: number): string | undefined {
  if (address + UNITS >= i32.length) return undefined;
  const head = atomic.load(address + LENGTH);
  const length = head >>> 2;
  const start = (address + UNITS) * 4;
  if (length > SHORT || (head & 3) !== Form.NARROW || start + SHORT > u8.length) return undefined;
  const hash = atomic.load(address + HASH);
  const place = (hash ^ (hash >>> 10)) & (RECENT - 1);
  const known = recent[place];
  return isString(address, known, hash) ? known : (recent[place] = sliceText(start, length, false));
}

/** The text or bigint in the record at `address`, which the caller has a reference on. */
export function stringAt(address: number): string | bigint {
  const head = i32[address + LENGTH];
  const length = head >>> 2;
  const start = (address + UNITS) * 4;
  if ((head & 3) === Form.WIDE) return sliceText(start, length * 2, true);
  if ((head & 3) === Form.BIGINT) return BigInt(sliceText(start, length, false));
  return shortStringAt(address) ?? sliceText(start, length, false);
}
