/**
 * The decoder. It reads straight from the shared heap, never beyond the end of the block, so that a damaged block gives an
 * error and not a crash.
 */
import type { Captured } from '../capture/captured.js';
import { handleAt } from '../heap/handle.js';
import { buffer, u8 } from '../heap/memory.js';
import { readObject } from './objects.js';
import type { Pending } from './rebuilding.js';
import { readArray, readMembers, readShaped, wellKnown } from './containers.js';
import { LARGE_BYTES, SEGMENT_ALIGN } from './scratch.js';
import type { ReadShape } from './shapes.js';
import {
  ARRAY,
  BIGINT,
  BIGINT64,
  DOUBLE,
  FALSE,
  HANDLE,
  INTEGER,
  KNOWN_SYMBOL,
  MEMBERS,
  NAMED_ARRAY,
  NEW_SHAPE,
  NULL,
  REFERENCE,
  SHAPE,
  SHORT_INTEGER,
  SHORT_TEXT,
  SHORT_TEXT_END,
  SYMBOL,
  TEXT16,
  TEXT8,
  TRUE,
  UNDEFINED,
} from './tags.js';

const view = new DataView(buffer);
/** Text methods of Buffer over the heap; a Buffer may not be as long as the largest heap, so windows of a GiB. */
const WINDOW = 2 ** 30;
const windows: Buffer[] = [];

interface TextReader {
  latin1Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
}

/** `bytes` bytes of the heap from `start` on as text. */
export function sliceText(start: number, bytes: number, wide: boolean): string {
  const index = Math.floor(start / WINDOW);
  const base = index * WINDOW;
  let window: Buffer;
  let from = start - base;
  if (from + bytes <= WINDOW) {
    window = windows[index] ??= Buffer.from(buffer, base, Math.min(WINDOW, buffer.byteLength - base));
  } else {
    window = Buffer.from(buffer, start, bytes);
    from = 0;
  }
  const reader = window as unknown as TextReader;
  return wide ? reader.ucs2Slice(from, from + bytes) : reader.latin1Slice(from, from + bytes);
}

/** Short texts met before, by a hash of their bytes. */
const CACHED_TEXTS = 4096;
const CACHED_LENGTH = 20;
const texts: string[] = Array.from({ length: CACHED_TEXTS }, () => '');

/**
 * Of longer messages, stretches of this many bytes become texts as a whole, and short texts are cut out of those. From 13
 * characters on the engine does not copy what is cut out, and the stretch lives as long: so it is not much longer.
 */
const STRETCH = 1024;
const CUT_LENGTH = 200;

const FEW = 32;
const NONE: readonly number[] = [];

const registeredNames: ReadonlyMap<string, symbol> = new Map([...wellKnown].map(([symbol, name]) => [name, symbol]));

export class Reader {
  position = 0;
  private end = 0;
  /** The objects of the message by slot; undefined while only their slot is known. */
  readonly objects: unknown[] = [];
  private count = 0;
  readonly shapes: ReadShape[] = [];
  private records: readonly number[] = NONE;
  /** What was decoded as a whole: bytes from `stretchFrom` to `stretchTo`. Short messages have no such part. */
  private stretch = '';
  private stretchFrom = 0;
  private stretchTo = 0;
  private long = false;

  /** Name of the variable whose value is being read, when that is to be frozen; else null. */
  origin: string | null = null;
  /** What to freeze when all is read, each followed by its origin. */
  readonly toFreeze: unknown[] = [];
  /** Depth of values that are needed to create a function, and the functions whose late part waits for that (rebuilding.ts). */
  early = 0;
  readonly pending = new Map<number, Pending>();
  /** Functions that were new to this thread. */
  readonly rebuilt: Captured[] = [];
  /** Whether functions that this thread sent arrive as copies here, too; classes are what they are. */
  copies = false;

  /** Begins with the message whose value stands from `start` to `end`. */
  begin(start: number, end: number, records: readonly number[]): void {
    this.position = start;
    this.end = end;
    this.records = records;
    this.long = end - start > STRETCH / 2;
  }

  /** Forgets the message, whether it was read to its end or not. */
  reset(): void {
    this.records = NONE;
    // The array's memory is kept, what it refers to is not.
    if (this.count > FEW) this.objects.length = 0;
    else for (let k = 0; k < this.count; k++) this.objects[k] = undefined;
    this.count = 0;
    if (this.shapes.length > 0) this.shapes.length = 0;
    if (this.toFreeze.length > 0) this.toFreeze.length = 0;
    if (this.rebuilt.length > 0) this.rebuilt.length = 0;
    if (this.pending.size > 0) this.pending.clear();
    this.origin = null;
    this.copies = false;
    this.early = 0;
    this.stretch = '';
    this.stretchTo = 0;
  }

  read(): unknown {
    const at = this.position;
    if (at >= this.end) this.damaged();
    const tag = u8[at];
    this.position = at + 1;
    if (tag < SHORT_TEXT) return tag;
    if (tag < SHORT_TEXT_END) return this.text8(tag - SHORT_TEXT);
    switch (tag) {
      case UNDEFINED:
        return undefined;
      case NULL:
        return null;
      case TRUE:
        return true;
      case FALSE:
        return false;
      case SHORT_INTEGER: {
        const start = this.take(2);
        return u8[start] | ((u8[start + 1] << 24) >> 16);
      }
      case INTEGER: {
        this.position = at;
        return this.integer();
      }
      case DOUBLE:
        return this.double();
      case TEXT8:
        return this.text8(this.size());
      case TEXT16:
        return this.text16(this.size());
      case REFERENCE:
        return this.reference(this.size());
      case ARRAY:
      case NAMED_ARRAY:
        return readArray(this, tag === NAMED_ARRAY);
      case NEW_SHAPE:
      case SHAPE:
        return readShaped(this, tag).read(this);
      case MEMBERS: {
        const object = {};
        this.made(object);
        readMembers(this, object);
        return object;
      }
      case HANDLE:
        return this.keep(handleAt(this.record()));
      case BIGINT64: {
        const start = this.take(8);
        return view.getBigInt64(start, true);
      }
      case BIGINT: {
        const negative = this.byte() === 1;
        const size = BigInt(`0x${this.text()}`);
        return negative ? -size : size;
      }
      case SYMBOL:
        return Symbol.for(this.text());
      case KNOWN_SYMBOL: {
        const name = this.text();
        const symbol = registeredNames.get(name);
        // A newer runtime's worker cannot exist beside an older one; a damaged block can.
        return symbol ?? this.damaged();
      }
      default:
        return readObject(this, tag);
    }
  }

  /** Enters an object in the next slot, and in the list of what will be frozen where that is due. */
  made<T extends object>(object: T): T {
    this.objects[this.count++] = object;
    if (this.origin !== null) this.toFreeze.push(object, this.origin);
    return object;
  }

  /** Enters an object that is never frozen in the next slot. */
  keep<T>(object: T): T {
    this.objects[this.count++] = object;
    return object;
  }

  /** Takes the next slot for an object that does not exist yet. */
  reserve(): number {
    this.objects[this.count] = undefined;
    return this.count++;
  }

  private reference(slot: number): unknown {
    if (slot >= this.count) this.damaged();
    const found = this.objects[slot];
    if (found !== undefined) return found;
    // Only an instance can be referred to before it was made: by its own class. It gets its prototype later.
    return (this.objects[slot] = {});
  }

  /** Address of the record whose number in the message's list comes next. */
  record(): number {
    const index = this.size();
    if (index >= this.records.length) this.damaged();
    return this.records[index];
  }

  /** As `record`, where 0 stands for none and was ruled out. */
  recordBefore(): number {
    const index = this.size() - 1;
    if (index >= this.records.length) this.damaged();
    return this.records[index];
  }

  damaged(): never {
    throw new Error('damaged message in the shared heap: it ends early or holds what no encoder wrote');
  }

  /** Bytes that are left. */
  get left(): number {
    return this.end - this.position;
  }

  /** Passes over `count` bytes and returns where they begin. */
  take(count: number): number {
    const start = this.position;
    if (count > this.end - start) this.damaged();
    this.position = start + count;
    return start;
  }

  /** As `take`, for what the encoder may have stored as a segment. */
  takeLarge(count: number): number {
    if (count >= LARGE_BYTES) this.position = Math.ceil(this.position / SEGMENT_ALIGN) * SEGMENT_ALIGN;
    return this.take(count);
  }

  byte(): number {
    if (this.position >= this.end) this.damaged();
    return u8[this.position++];
  }

  peek(): number {
    if (this.position >= this.end) this.damaged();
    return u8[this.position];
  }

  size(): number {
    let byte = this.byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let scale = 128; ; scale *= 128) {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 49) this.damaged();
    }
  }

  /** A four-byte integer, tag included. */
  integer(): number {
    const start = this.take(5);
    return u8[start + 1] | (u8[start + 2] << 8) | (u8[start + 3] << 16) | (u8[start + 4] << 24);
  }

  double(): number {
    return view.getFloat64(this.take(8), true);
  }

  /** A text with its tag. */
  text(): string {
    const text = this.read();
    return typeof text === 'string' ? text : this.damaged();
  }

  text8(length: number): string {
    const start = this.takeLarge(length);
    if (this.long && length <= CUT_LENGTH) return this.cut(start, length);
    if (length > CACHED_LENGTH) return sliceText(start, length, false);
    let hash = length;
    const end = start + length;
    for (let k = start; k < end; k++) hash = (Math.imul(hash, 31) + u8[k]) | 0;
    const place = (hash ^ (hash >>> 12)) & (CACHED_TEXTS - 1);
    const known = texts[place];
    if (known.length === length) {
      let k = 0;
      while (k < length && known.charCodeAt(k) === u8[start + k]) k++;
      if (k === length) return known;
    }
    return (texts[place] = length < 6 ? spell(start, end) : sliceText(start, length, false));
  }

  private cut(start: number, length: number): string {
    if (start + length > this.stretchTo || start < this.stretchFrom) {
      this.stretchFrom = start;
      this.stretchTo = Math.min(start + STRETCH, this.end);
      this.stretch = sliceText(start, this.stretchTo - start, false);
    }
    const from = start - this.stretchFrom;
    return this.stretch.substring(from, from + length);
  }

  private text16(length: number): string {
    const start = this.takeLarge(length * 2);
    return sliceText(start, length * 2, true);
  }
}

/** A few characters are put together faster here than in C++. */
function spell(start: number, end: number): string {
  let text = '';
  for (let k = start; k < end; k++) text += String.fromCharCode(u8[k]);
  return text;
}
