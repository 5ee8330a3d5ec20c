/**
 * The encoder. It writes into memory of its own thread, because the size is known only at the end and getters, proxies and
 * captured scopes may run any code meanwhile, another `pack` included; message.ts then copies the result into the heap.
 */
import { ADDRESS, type Handle } from '../heap/handle.js';
import { CaptureError, NotSendableError } from '../errors.js';
import { writeArray, writeMembers, writeSymbol } from './containers.js';
import { writeFunction } from './functions.js';
import { writeObject } from './objects.js';
import { CAPTURED, formatPath } from './paths.js';
import { References } from './references.js';
import {
  BIGINT,
  BIGINT64,
  DOUBLE,
  FALSE,
  HANDLE,
  INTEGER,
  NULL,
  REFERENCE,
  SHORT_INTEGER,
  SHORT_TEXT,
  TEXT16,
  TEXT8,
  TRUE,
  UNDEFINED,
} from './tags.js';

/** What was written, so that a part that failed can be taken back. */
export interface Mark {
  position: number;
  slots: number;
  inFrozen: boolean;
  records: number;
  segments: number;
  depth: number;
  deferred: number;
  transfers: number;
  creating: number;
  early: number;
}

/** Bytes or text that go from where they are straight into the heap, at `at` of the scratch memory. */
export interface Segment {
  readonly at: number;
  readonly source: Uint8Array | string;
  readonly bytes: number;
  readonly wide: boolean;
}

/** Texts and buffers from this size on are not copied twice. */
export const LARGE_BYTES = 8192;
/** Shorter texts are copied in a loop: a call into C++ costs as much as 40 characters. */
const LOOP_TEXT = 48;
const SCRATCH = 16384;
/** Scratch memory beyond this is not kept for the next message. */
const SCRATCH_KEPT = 1 << 20;

const BEYOND_LATIN1 = /[^\x00-\xff]/;

let serials = 0;

export class Writer {
  bytes: Buffer = Buffer.allocUnsafeSlow(SCRATCH);
  private view: DataView = new DataView(this.bytes.buffer);
  position = 0;
  private limit: number = SCRATCH;

  root = '';
  readonly kinds: number[] = [];
  readonly path: unknown[] = [];
  depth = 0;
  /** Whether what cannot be sent inside an error is left out instead. */
  lenient = false;

  slots = 0;
  /** Copies for the receiver to use as it likes; handles, functions and errors, of which there is one kind only. */
  readonly live: References = new References();
  /** Copies that will be frozen: what functions captured. An object can be both. */
  readonly frozen: References = new References();
  table: References = this.live;

  /** Addresses of the records that the message refers to, and the objects that keep them alive meanwhile. */
  readonly records: number[] = [];
  readonly keep: object[] = [];
  readonly segments: Segment[] = [];
  segmentBytes = 0;
  readonly modules: Set<string> = new Set();
  readonly transfers: ArrayBuffer[] = [];
  /** Functions whose creation is written but whose late variables are not (functions.ts). */
  readonly deferred: (() => void)[] = [];
  /** Functions that are being created: nothing needed for that may refer to them. */
  readonly creating: object[] = [];
  early = 0;

  serial = 0;
  shapes = 0;

  /** Begins a new message. */
  begin(root: string, lenient: boolean): void {
    this.root = root;
    this.lenient = lenient;
    this.serial = ++serials;
    this.shapes = 0;
  }

  /** Forgets the message, whether it was completed or not. */
  reset(): void {
    if (this.limit > SCRATCH_KEPT) {
      this.bytes = Buffer.allocUnsafeSlow(SCRATCH);
      this.limit = SCRATCH;
      this.view = new DataView(this.bytes.buffer);
    }
    this.position = 0;
    this.depth = 0;
    if (this.path.length > 0) this.path.length = 0;
    if (this.slots > 0) {
      this.slots = 0;
      this.live.truncate(0);
      this.frozen.truncate(0);
    }
    this.table = this.live;
    if (this.records.length > 0) {
      this.records.length = 0;
      this.keep.length = 0;
    }
    if (this.segments.length > 0) this.segments.length = 0;
    this.segmentBytes = 0;
    if (this.modules.size > 0) this.modules.clear();
    if (this.transfers.length > 0) this.transfers.length = 0;
    if (this.deferred.length > 0) this.deferred.length = 0;
    if (this.creating.length > 0) this.creating.length = 0;
    this.early = 0;
  }

  /** Encodes any value. Throws NotSendableError, CaptureError, and what users' getters throw. */
  write(value: unknown): void {
    switch (typeof value) {
      case 'number':
        this.number(value);
        return;
      case 'string':
        this.text(value);
        return;
      case 'object':
        if (value === null) this.byte(NULL);
        else this.object(value);
        return;
      case 'boolean':
        this.byte(value ? TRUE : FALSE);
        return;
      case 'undefined':
        this.byte(UNDEFINED);
        return;
      case 'bigint':
        this.bigint(value);
        return;
      case 'symbol':
        writeSymbol(this, value);
        return;
      default:
        writeFunction(this, value as (...args: never[]) => unknown);
    }
  }

  private object(object: object): void {
    const slot = this.table.find(object);
    if (slot >= 0) {
      this.refer(slot, object);
      return;
    }
    // Reading the key is several times faster than asking whether it is there, and proxies of handles answer both.
    if ((object as Partial<Handle>)[ADDRESS] !== undefined) {
      this.handle(object as Handle);
      return;
    }
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype === Object.prototype) {
      if (writeMembers(this, object, true)) return;
    } else if (prototype === Array.prototype && Array.isArray(object)) {
      writeArray(this, object);
      return;
    }
    writeObject(this, object);
  }

  /** Writes a reference to an object that the message holds already. */
  refer(slot: number, object: object): void {
    if (this.creating.length > 0 && this.creating.includes(object)) {
      this.refuse('is needed to create itself', 'Take what it needs while it is being created out of the circle.', true);
    }
    this.byte(REFERENCE);
    this.size(slot);
  }

  private handle(handle: Handle): void {
    // A handle has one copy, frozen surroundings or not.
    const slot = this.live.find(handle);
    if (slot >= 0) {
      this.refer(slot, handle);
      return;
    }
    this.live.add(handle, this.slots++);
    this.byte(HANDLE);
    this.size(this.record(handle[ADDRESS], handle));
  }

  /** Makes the message own a reference on the record at `address`; returns its number in the message's list. */
  record(address: number, keeper: object): number {
    this.keep.push(keeper);
    return this.records.push(address) - 1;
  }

  /** Gives `object` the next slot of the message. The decoder counts in the same order. */
  reserve(object: object): number {
    const slot = this.slots++;
    this.table.add(object, slot);
    return slot;
  }

  mark(): Mark {
    return {
      position: this.position,
      slots: this.slots,
      inFrozen: this.table === this.frozen,
      records: this.records.length,
      segments: this.segments.length,
      depth: this.depth,
      deferred: this.deferred.length,
      transfers: this.transfers.length,
      creating: this.creating.length,
      early: this.early,
    };
  }

  /** Takes everything back that was written since `mark`. */
  rollback(mark: Mark): void {
    this.position = mark.position;
    this.slots = mark.slots;
    this.live.truncate(mark.slots);
    this.frozen.truncate(mark.slots);
    this.table = mark.inFrozen ? this.frozen : this.live;
    this.records.length = mark.records;
    this.keep.length = mark.records;
    while (this.segments.length > mark.segments) this.segmentBytes -= (this.segments.pop() as Segment).bytes;
    this.depth = mark.depth;
    this.deferred.length = mark.deferred;
    this.transfers.length = mark.transfers;
    this.creating.length = mark.creating;
    this.early = mark.early;
    // Shapes may have been defined in the part that is gone: define them again.
    this.serial = ++serials;
  }

  /** Enters a container whose steps are of `kind`; returns the index in `path` where its steps go. */
  enter(kind: number): number {
    const depth = ++this.depth;
    this.kinds[depth] = kind;
    return depth;
  }

  /** The path of the value at hand. */
  get where(): string {
    return formatPath(this.root, this.kinds, this.path, this.depth);
  }

  /** Throws the error for a value that cannot be sent: what it is, and what to do instead. */
  refuse(what: string, remedy: string, capture = false, cause?: unknown): never {
    const inCapture = capture || this.kinds.lastIndexOf(CAPTURED, this.depth) > 0;
    const type = inCapture ? CaptureError : NotSendableError;
    throw new type(`${this.where} ${what}. ${remedy}`, cause === undefined ? undefined : { cause });
  }

  private grow(more: number): void {
    const wanted = Math.max(this.limit * 2, this.position + more);
    const bytes = Buffer.allocUnsafeSlow(wanted);
    this.bytes.copy(bytes, 0, 0, this.position);
    this.bytes = bytes;
    this.limit = wanted;
    this.view = new DataView(bytes.buffer);
  }

  ensure(more: number): void {
    if (this.position + more > this.limit) this.grow(more);
  }

  byte(value: number): void {
    if (this.position >= this.limit) this.grow(1);
    this.bytes[this.position++] = value;
  }

  /** A whole number from 0 to 2⁵³ - 1, seven bits a byte. */
  size(value: number): void {
    this.ensure(8);
    const { bytes } = this;
    let at = this.position;
    while (value > 0x7fffffff) {
      bytes[at++] = (value % 128) | 0x80;
      value = Math.floor(value / 128);
    }
    while (value > 0x7f) {
      bytes[at++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    bytes[at++] = value;
    this.position = at;
  }

  number(value: number): void {
    if (value === (value | 0) && (value !== 0 || 1 / value > 0)) {
      let at = this.position;
      if (at + 5 > this.limit) this.grow(5);
      const { bytes } = this;
      if (value >= 0 && value < SHORT_TEXT) bytes[at++] = value;
      else if (value === (value << 16) >> 16) {
        bytes[at++] = SHORT_INTEGER;
        bytes[at++] = value;
        bytes[at++] = value >> 8;
      } else {
        bytes[at++] = INTEGER;
        bytes[at++] = value;
        bytes[at++] = value >> 8;
        bytes[at++] = value >> 16;
        bytes[at++] = value >> 24;
      }
      this.position = at;
      return;
    }
    this.byte(DOUBLE);
    this.double(value);
  }

  double(value: number): void {
    this.ensure(8);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  private bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.ensure(9);
      this.bytes[this.position] = BIGINT64;
      this.view.setBigInt64(this.position + 1, value, true);
      this.position += 9;
      return;
    }
    this.byte(BIGINT);
    this.byte(value < 0n ? 1 : 0);
    this.text((value < 0n ? -value : value).toString(16));
  }

  text(text: string): void {
    const { length } = text;
    if (length >= LOOP_TEXT) {
      this.longText(text, length);
      return;
    }
    this.ensure(length + 2);
    const { bytes } = this;
    let at = this.position;
    if (length < 32) bytes[at++] = SHORT_TEXT + length;
    else {
      bytes[at++] = TEXT8;
      bytes[at++] = length;
    }
    for (let k = 0; k < length; k++) {
      const code = text.charCodeAt(k);
      if (code > 0xff) {
        this.wideText(text, length);
        return;
      }
      bytes[at++] = code;
    }
    this.position = at;
  }

  private wideText(text: string, length: number): void {
    this.byte(TEXT16);
    this.size(length);
    if (length * 2 >= LARGE_BYTES) {
      this.segment(text, length * 2, true);
      return;
    }
    this.ensure(length * 2);
    this.position += this.bytes.write(text, this.position, 'utf16le');
  }

  private longText(text: string, length: number): void {
    if (BEYOND_LATIN1.test(text)) {
      this.wideText(text, length);
      return;
    }
    this.byte(TEXT8);
    this.size(length);
    if (length >= LARGE_BYTES) {
      this.segment(text, length, false);
      return;
    }
    this.ensure(length);
    this.position += this.bytes.write(text, this.position, 'latin1');
  }

  /** Appends bytes that stand elsewhere; they must not change before the message is complete. */
  segment(source: Uint8Array | string, bytes: number, wide: boolean): void {
    this.segments.push({ at: this.position, source, bytes, wide });
    this.segmentBytes += bytes;
  }

  /** Appends a copy of `source`. */
  raw(source: Uint8Array): void {
    const { length } = source;
    if (length >= LARGE_BYTES) {
      this.segment(source, length, false);
      return;
    }
    this.ensure(length);
    this.bytes.set(source, this.position);
    this.position += length;
  }
}
