/**
 * Keys of maps and sets: what can be one, their hashes, and comparing one with what stands in a cell.
 *
 * The key of the operation at hand is in the variables below: `chooseKey` sets them, and no code of users' runs between
 * that and the end of the operation.
 */
import { inspect } from 'node:util';
import * as atomic from '../heap/atomic.js';
import { Agent, self } from '../heap/agents.js';
import { ADDRESS, departing, type Handle, isHandle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { noteShared, retain } from '../heap/records.js';
import { Tag, writeSlot } from '../wire/slot.js';
import { HASH, hashOf, isString, newBigint, newString } from './strings.js';
import { TEXT_TYPE } from './types.js';

/** Where the words of a key are prepared. */
const STAGE: number = self.address + Agent.STAGE + 2;

/** Words of the key, where it is no text and no bigint. */
let low = 0;
let high = 0;
let text: string | null = null;
let big = false;
/** Hash of the text as its record has it. */
let textHash = 0;
let holder: Handle | null = null;

/** Hash of the key. */
export let keyHash = 0;

/** Spreads the bits: the upper ones choose the stripe, the lower ones the place in it. */
function mix(bits: number): number {
  const hash = Math.imul(bits, 0x9e37_79b1);
  return hash ^ (hash >>> 15);
}

function hashOfWords(low: number, high: number): number {
  return mix(high === Tag.INTEGER ? low : low ^ Math.imul(high, 0x85eb_ca6b));
}

/** Makes `key` the key of the operation that follows. Throws a TypeError for what cannot be one. */
export function chooseKey(key: unknown): void {
  if (typeof key === 'string') {
    text = key;
    big = false;
    textHash = hashOf(key);
    keyHash = mix(textHash);
    return;
  }
  if (typeof key === 'bigint') {
    text = String(key);
    big = true;
    textHash = hashOf(text);
    keyHash = mix(textHash);
    return;
  }
  text = null;
  holder = null;
  if (typeof key === 'number') {
    const integer = key | 0;
    if (integer === key) {
      // Both zeros are one key, as in a Map.
      low = integer;
      high = Tag.INTEGER;
      keyHash = mix(integer);
      return;
    }
  } else if (isHandle(key)) {
    departing(key);
    text = null;
    holder = key;
    low = key[ADDRESS];
    high = Tag.RECORD;
    keyHash = hashOfWords(low, high);
    return;
  } else if (key !== null && key !== undefined && typeof key !== 'boolean') {
    throw new TypeError(
      `${inspect(key, { depth: 0 })} cannot be a key of shared data: keys are numbers, strings, bigints, booleans, null, undefined and shared objects (by identity)`,
    );
  }
  writeSlot(STAGE, key, '');
  low = i32[STAGE];
  high = i32[STAGE + 1];
  keyHash = hashOfWords(low, high);
}

/** Whether the key is a text or bigint, for which a cell needs a record of its own. */
export function needsRecord(): boolean {
  return text !== null;
}

/** Whether the cell at word `cell` holds the key. Also for those who look without a latch. */
export function isKeyAt(cell: number): boolean {
  if (atomic.load(cell + 1) !== (text === null ? high : Tag.RECORD)) return false;
  const found = atomic.load(cell);
  if (text === null) return found === low;
  if (found <= 0 || found + Record.BODY >= i32.length || atomic.load(found + Record.TYPE) !== TEXT_TYPE) return false;
  return isString(found, text, textHash, big);
}

/** A record for the key, with a reference of the caller's; outside of the latch. Throws HeapExhaustedError. */
export function newKeyRecord(): number {
  return big ? newBigint(BigInt(text as string)) : newString(text as string);
}

/** Writes the key to the cell at word `cell`, under the latch; `record` is its record where it needs one. */
export function writeKey(cell: number, record: number): void {
  if (text !== null) {
    i32[cell] = record;
    i32[cell + 1] = Tag.RECORD;
    return;
  }
  if (holder !== null) {
    retain(low);
    noteShared(low);
  }
  i32[cell] = low;
  i32[cell + 1] = high;
}

/** Hash of the key in the cell at word `cell`, under the latch. */
export function hashAt(cell: number): number {
  const found = i32[cell];
  const tag = i32[cell + 1];
  if (tag === Tag.RECORD && i32[found + Record.TYPE] === TEXT_TYPE) return mix(i32[found + HASH]);
  return hashOfWords(found, tag);
}
