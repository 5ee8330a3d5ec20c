/**
 * Messages: values in blocks of the shared heap, on their way from one thread to another. A block belongs to whoever holds
 * its address, and owns one reference on each record that it mentions.
 *
 *   word 0   length of the block in bytes
 *   word 1   form (low byte), flags
 *   Form.INTEGER, DOUBLE, CONSTANT, TEXT: the value from word 2 on; these own nothing
 *   Form.MESSAGE:
 *   word 2   number of records
 *   word 3   length in bytes of the list of modules, 0 if there are none
 *   …        addresses of the records; the list of modules (JSON); from a multiple of 8 bytes on, the encoded value
 *
 * The records stand in front so that a message whose receiver died can be discarded without decoding it.
 */
import { allocateRaw, blockBytes, free } from '../heap/allocator.js';
import { buffer, f64, i32, u8 } from '../heap/memory.js';
import { exhausted } from '../heap/pages.js';
import { release, retain } from '../heap/records.js';
import { CaptureError, HeapExhaustedError, NotSendableError } from '../errors.js';
import { noteCaptives } from './captives.js';
import { freeze } from './frozen.js';
import { storeNumbers } from './numbers.js';
import { Reader } from './reader.js';
import { SEGMENT_ALIGN } from './scratch.js';
import { type Guess, noGuess } from './shapes.js';
import { moved } from './transfer.js';
import { Writer } from './writer.js';

const Form = { MESSAGE: 1, INTEGER: 2, DOUBLE: 3, CONSTANT: 4, TEXT: 5 } as const;
/** The whole value is to be frozen. */
const FROZEN = 1 << 8;

const HEADER = 4;
/** The values that need no bytes: slots and messages hold their number in this list. */
export const CONSTANTS: readonly unknown[] = [undefined, null, true, false];
/** Longer texts take the general way. */
const SHORT = 40;

/** The byte at which the encoded value begins: aligned, because V8 copies to shared memory by words then, else by bytes. */
function bodyOf(address: number, records: number, moduleBytes: number): number {
  return Math.ceil(((address + HEADER + records) * 4 + moduleBytes) / SEGMENT_ALIGN) * SEGMENT_ALIGN;
}

/** How to pack. */
export interface PackOptions {
  /** What the value is called in error messages: `args`, `target`, `item`. */
  readonly path: string;
  /** Freeze the copy; in error hints it goes by the name `path`. What functions captured is frozen in any case. */
  readonly freeze?: boolean;
  /** For outcomes: what cannot be sent inside an error is left out, so that an error always arrives. */
  readonly lenient?: boolean;
  /** For another process: the message mentions nothing of this process's heap, so that its bytes mean the same there. */
  readonly portable?: boolean;
}

/** What wrote a whole value last: messages of one kind often follow each other. */
let rootGuess: Guess = noGuess;
/** The writer is kept for the next message; a `pack` inside another takes a new one. */
let idle: Writer | null = new Writer();

/**
 * Encodes `value` into a new block and returns its address.
 * Throws NotSendableError or CaptureError with the path of what cannot be sent, HeapExhaustedError where there is no room;
 * nothing is left behind then.
 */
export function pack(value: unknown, options: string | PackOptions): number {
  const simple = packSimple(value);
  if (simple !== 0) return simple;
  const {
    path,
    freeze: frozen = false,
    lenient = false,
    portable = false,
  }: PackOptions = typeof options === 'string' ? { path: options } : options;
  const w = idle ?? new Writer();
  idle = null;
  try {
    w.begin(path, lenient, portable);
    if (frozen) {
      w.text(path);
      w.table = w.frozen;
    }
    try {
      if (typeof value !== 'object' || value === null) w.write(value);
      else if (!rootGuess(w, value)) rootGuess = w.object(value);
    } catch (error) {
      const complaint = explained(w, error);
      w.path.length = 0;
      throw complaint;
    }
    return store(w, frozen);
  } finally {
    w.reset();
    idle = w;
  }
}

/** Values that need no encoder. Returns 0 for all others. */
function packSimple(value: unknown): number {
  if (typeof value === 'number') {
    const integer = value === (value | 0) && (value !== 0 || 1 / value > 0);
    const address = allocateRaw(16);
    i32[address] = 16;
    i32[address + 1] = integer ? Form.INTEGER : Form.DOUBLE;
    if (integer) i32[address + 2] = value;
    else f64[(address + 2) >> 1] = value;
    return address;
  }
  if (typeof value === 'string') {
    const { length } = value;
    if (length > SHORT) return 0;
    const address = allocateRaw(8 + length);
    const start = address * 4 + 8;
    for (let k = 0; k < length; k++) {
      const code = value.charCodeAt(k);
      if (code > 0xff) {
        free(address);
        return 0;
      }
      u8[start + k] = code;
    }
    i32[address] = 8 + length;
    i32[address + 1] = Form.TEXT;
    return address;
  }
  if (value === undefined || value === null || value === true || value === false) {
    const address = allocateRaw(16);
    i32[address] = 16;
    i32[address + 1] = Form.CONSTANT;
    i32[address + 2] = CONSTANTS.indexOf(value);
    return address;
  }
  return 0;
}

/** What users' code threw while it was being read gets the path; errors of ours have it. */
function explained(w: Writer, error: unknown): unknown {
  if (error instanceof NotSendableError || error instanceof HeapExhaustedError) return error;
  const inCapture = w.where.includes(' → ');
  const type = inCapture ? CaptureError : NotSendableError;
  if (error instanceof RangeError && /call stack/.test(error.message)) {
    return new type(
      `${w.where} is nested too deeply. Send it in pieces, or flat: an array whose elements name each other by index.`,
      {
        cause: error,
      },
    );
  }
  const text = error instanceof Error ? error.message : String(error);
  return new type(`${w.where} could not be read: ${text}`, { cause: error });
}

/** Copies what the writer holds into a block of its own. */
function store(w: Writer, frozen: boolean): number {
  const modules = w.modules.size > 0 ? Buffer.from(JSON.stringify([...w.modules])) : null;
  const moduleBytes = modules === null ? 0 : modules.length;
  const count = w.records.length;
  const bytes = bodyOf(0, count, moduleBytes) + w.position + w.segmentBytes;
  if (bytes > 0xffffffff) throw exhausted(bytes);
  const address = allocateRaw(bytes);
  i32[address] = bytes;
  i32[address + 1] = Form.MESSAGE | (frozen ? FROZEN : 0);
  i32[address + 2] = count;
  i32[address + 3] = moduleBytes;
  for (let k = 0; k < count; k++) i32[address + HEADER + k] = w.records[k];
  if (modules !== null) u8.set(modules, (address + HEADER + count) * 4);
  const at = bodyOf(address, count, moduleBytes);
  if (w.segments.length > 0) storeSegments(w, at, address);
  else copy(w.bytes, 0, w.position, at);
  for (let k = 0; k < count; k++) retain(w.records[k]);
  if (w.transfers.length > 0) moved(w.transfers);
  return address;
}

/** A call costs as much as copying 100 bytes here. */
const LOOP_BYTES = 128;

function copy(source: Buffer, from: number, to: number, at: number): void {
  if (to - from <= LOOP_BYTES) for (let k = from; k < to; k++) u8[at++] = source[k];
  else u8.set(source.subarray(from, to), at);
}

function storeSegments(w: Writer, start: number, address: number): void {
  let at = start;
  let from = 0;
  for (const segment of w.segments) {
    copy(w.bytes, from, segment.at, at);
    at = Math.ceil((at + segment.at - from) / SEGMENT_ALIGN) * SEGMENT_ALIGN;
    from = segment.at;
    const { source, bytes } = segment;
    if (typeof source === 'string') Buffer.from(buffer, at, bytes).write(source, segment.wide ? 'utf16le' : 'latin1');
    else if (Array.isArray(source)) {
      if (!storeNumbers(source as readonly number[], bytes, at)) changed(w, address, 'an array that');
    } else if (source.length === bytes) u8.set(source as Uint8Array, at);
    else changed(w, address, 'a buffer whose size');
    at += bytes;
  }
  copy(w.bytes, from, w.position, at);
}

/** A getter that ran later took something away or changed it. */
function changed(w: Writer, address: number, what: string): never {
  free(address);
  throw new NotSendableError(`${w.root} holds ${what} changed while it was being sent`);
}

/**
 * Decodes the block at `address` and frees it, whether decoding succeeds or not; the references on records pass to handles
 * of this thread.
 */
export function unpack(address: number): unknown {
  const bytes = i32[address] >>> 0;
  const words = i32[address + 1];
  switch (words & 0xff) {
    case Form.INTEGER: {
      const value = i32[address + 2];
      free(address);
      return value;
    }
    case Form.DOUBLE: {
      const value = f64[(address + 2) >> 1];
      free(address);
      return value;
    }
    case Form.CONSTANT: {
      const value = CONSTANTS[i32[address + 2]];
      free(address);
      return value;
    }
    default:
      break;
  }
  const records = recordsOf(address);
  try {
    return decode(address, bytes, words, records);
  } finally {
    for (let k = 0; k < records.length; k++) release(records[k]);
    free(address);
  }
}

/**
 * As `unpack`, for a block that stays: the container that owns it may be asked again. With `copies`, functions that this thread
 * sent come as the copies that other threads have of them.
 */
export function peek(address: number, copies = false): unknown {
  const words = i32[address + 1];
  switch (words & 0xff) {
    case Form.INTEGER:
      return i32[address + 2];
    case Form.DOUBLE:
      return f64[(address + 2) >> 1];
    case Form.CONSTANT:
      return CONSTANTS[i32[address + 2]];
    default:
      return decode(address, i32[address] >>> 0, words, recordsOf(address), copies);
  }
}

const NONE: readonly number[] = [];

function recordsOf(address: number): readonly number[] {
  if ((i32[address + 1] & 0xff) !== Form.MESSAGE) return NONE;
  const count = i32[address + 2];
  if (count === 0) return NONE;
  if (count < 0 || (HEADER + count) * 4 > Math.min(i32[address] >>> 0, blockBytes(address))) return NONE;
  const records: number[] = []; // word by word: a view of a few costs more than they do
  for (let k = 0; k < count; k++) records.push(i32[address + HEADER + k]);
  return records;
}

function decode(address: number, bytes: number, words: number, records: readonly number[], copies = false): unknown {
  // Loading a module, which a message may ask for, runs any code: `unpack` in there takes another reader.
  const r = waiting ?? new Reader();
  waiting = null;
  r.copies = copies;
  try {
    return readMessage(r, address, address * 4 + Math.min(bytes, blockBytes(address)), words, records);
  } finally {
    r.reset();
    waiting = r;
  }
}

/** The reader is kept for the next message. */
let waiting: Reader | null = new Reader();

function readMessage(r: Reader, address: number, end: number, words: number, records: readonly number[]): unknown {
  if ((words & 0xff) === Form.TEXT) {
    r.begin(address * 4 + 8, end, records);
    return r.text8(r.left);
  }
  const moduleBytes = i32[address + 3];
  const start = bodyOf(address, records.length, moduleBytes);
  r.begin(start, end, records);
  if ((words & 0xff) !== Form.MESSAGE || records.length !== i32[address + 2] || moduleBytes < 0 || start > end)
    r.damaged();
  if ((words & FROZEN) !== 0) r.origin = r.text();
  const value = r.read();
  const { toFreeze } = r;
  for (let k = 0; k < toFreeze.length; k += 2) freeze(toFreeze[k] as object, toFreeze[k + 1] as string);
  for (const { code, bindings } of r.rebuilt) noteCaptives(code, bindings);
  return value;
}

/** A copy of the bytes of a portable message, for another process. */
export function bytesOf(address: number): Uint8Array {
  return u8.slice(address * 4, address * 4 + (i32[address] >>> 0));
}

/** A new block with a portable message of another process. Throws HeapExhaustedError. */
export function fromBytes(bytes: Uint8Array): number {
  const address = allocateRaw(bytes.length);
  u8.set(bytes, address * 4);
  return address;
}

/** Frees the block at `address`, undecoded, with everything that it owns. */
export function discard(address: number): void {
  const records = recordsOf(address);
  for (let k = 0; k < records.length; k++) release(records[k]);
  free(address);
}

/**
 * URLs of the modules that `unpack(address)` will load. It loads them synchronously, which fails for modules with top-level
 * await: a thread that can wait imports them first.
 */
export function modulesIn(address: number): string[] {
  if ((i32[address + 1] & 0xff) !== Form.MESSAGE) return [];
  const bytes = i32[address + 3];
  if (bytes === 0) return [];
  const start = (address + HEADER + i32[address + 2]) * 4;
  return JSON.parse(Buffer.from(buffer, start, bytes).toString('utf8')) as string[];
}
