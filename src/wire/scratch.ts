/**
 * Scratch memory of the encoder: numbers and texts as bytes, in memory of this thread that grows as needed. What is large
 * is only noted (a segment) and goes from where it is straight into the heap.
 */
import { BIGINT, BIGINT64, DOUBLE, INTEGER, SHORT_INTEGER, SHORT_TEXT, TEXT16, TEXT8 } from './tags.js';

/** Bytes, text or numbers that go from where they are straight into the heap, at `at` of the scratch memory. */
export interface Segment {
  readonly at: number;
  readonly source: Uint8Array | string | readonly number[];
  readonly bytes: number;
  readonly wide: boolean;
}

/** Texts and buffers from this size on are not copied twice; the number of bytes is what the decoder decides by, too. */
export const LARGE_BYTES = 8192;
/** Segments stand at multiples of 8 in the heap: V8 copies from and to shared memory by words then, else by single bytes. */
export const SEGMENT_ALIGN = 8;
/** Shorter texts are copied in a loop: a call into C++ costs as much as 40 characters. */
const LOOP_TEXT = 48;
const SCRATCH = 16384;
/** Scratch memory beyond this is not kept for the next message. */
const SCRATCH_KEPT = 1 << 20;

const BEYOND_LATIN1 = /[^\x00-\xff]/;

export class Scratch {
  bytes: Buffer = Buffer.allocUnsafeSlow(SCRATCH);
  private view: DataView = new DataView(this.bytes.buffer);
  position = 0;
  private limit: number = SCRATCH;
  readonly segments: Segment[] = [];
  /** Room for the segments, with what aligning them may take. */
  segmentBytes = 0;
  /** Print of the primitives that were written since it was set to 0: see references.ts. */
  print = 0;

  protected resetScratch(): void {
    if (this.limit > SCRATCH_KEPT) {
      this.bytes = Buffer.allocUnsafeSlow(SCRATCH);
      this.limit = SCRATCH;
      this.view = new DataView(this.bytes.buffer);
    }
    this.position = 0;
    if (this.segments.length > 0) this.segments.length = 0;
    this.segmentBytes = 0;
  }

  /** Forgets what stands behind `position` and all but the first `segments` segments. */
  protected takeBack(position: number, segments: number): void {
    this.position = position;
    while (this.segments.length > segments) this.segmentBytes -= (this.segments.pop() as Segment).bytes + SEGMENT_ALIGN;
  }

  /** As `takeBack`, for all that belongs to a value whose first byte stands at `position`. */
  protected takeBackTo(position: number): void {
    const { segments } = this;
    let kept = segments.length;
    while (kept > 0 && segments[kept - 1].at > position) kept--;
    this.takeBack(position, kept);
  }

  /** Adds a primitive to the print. */
  mix(value: number): void {
    this.print = (Math.imul(this.print ^ value, 0x9e3779b1) + 0x7f4a7c15) | 0;
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
      this.mix(value);
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
    // Numbers between 0 and 1 are to differ, too.
    this.mix(value * 65536);
    this.byte(DOUBLE);
    this.double(value);
  }

  double(value: number): void {
    this.ensure(8);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  bigint(value: bigint): void {
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
    const start = at;
    let bits = 0;
    for (let k = 0; k < length; k++) {
      const code = text.charCodeAt(k);
      bits |= code;
      bytes[at++] = code;
    }
    if (length > 0) {
      const ends = bytes[start] | (bytes[at - 1] << 8);
      this.mix(ends | (bytes[start + (length >> 2)] << 16) | ((bytes[start + (length >> 1)] ^ length) << 24));
    } else this.mix(-1);
    if (bits > 0xff) this.wideText(text, length);
    else this.position = at;
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
    this.mix(
      (text.charCodeAt(0) << 24) ^ (text.charCodeAt(length >> 1) << 16) ^ (text.charCodeAt(length - 1) << 8) ^ length,
    );
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

  /** Appends what stands elsewhere; it must not change before the message is complete. */
  segment(source: Segment['source'], bytes: number, wide: boolean): void {
    this.segments.push({ at: this.position, source, bytes, wide });
    this.segmentBytes += bytes + SEGMENT_ALIGN;
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
