/**
 * What threads print: straight to the file descriptor, a whole line at a time. Node's own way goes through main's event
 * loop and shows nothing while main is blocked.
 */
import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { isatty, WriteStream } from 'node:tty';
import { self } from '../heap/agents.js';
import { Control } from '../heap/layout.js';
import { i32, isFounder } from '../heap/memory.js';
import { newRecord, retain } from '../heap/records.js';
import { beforeSleep, block, pauseFor } from '../park/drive.js';
import { FOREVER, limitOf } from '../park/limit.js';
import { acquire, MUTEX_WORDS, release, tryBarge } from '../park/mutex.js';

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
      if (code === 'EAGAIN') block(pauseFor(limitOf(RETRY_MS)), limitOf(RETRY_MS));
      else if (code === 'EPIPE' || code === 'EBADF' || code === 'EIO') return;
      else throw error;
    }
  }
}

/** Writes `text` to `fd` whole: no other thread's output comes between. */
function writeWhole(fd: number, bytes: Uint8Array): void {
  const mutex = i32[Control.STDIO_MUTEX];
  const owner = self.ident;
  if (!tryBarge(mutex, owner)) block(acquire(mutex, owner, FOREVER), FOREVER);
  try {
    writeAll(fd, bytes);
  } finally {
    release(mutex);
  }
}

/** Writes to stderr at once, from any thread. */
export function writeError(text: string): void {
  writeWhole(2, Buffer.from(text));
}

const NEWLINE = 10;

/** A thread's stdout or stderr: lines go out whole; the rest of an unfinished one when the thread sleeps or ends. */
class LineStream extends Writable {
  readonly fd: number;
  #rest: Buffer[] = [];

  constructor(fd: number) {
    super({ decodeStrings: true });
    this.fd = fd;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      writeWhole(this.fd, this.#rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...this.#rest, chunk.subarray(0, end)]));
      this.#rest = [];
    }
    if (end < chunk.length) this.#rest.push(Buffer.from(chunk.subarray(end)));
    done();
  }

  flushRest(): void {
    if (this.#rest.length === 0) return;
    const rest = Buffer.concat(this.#rest);
    this.#rest = [];
    writeWhole(this.fd, rest);
  }
}

const streams: LineStream[] = [];

function lineStream(fd: number): LineStream {
  const stream = new LineStream(fd);
  if (isatty(fd)) {
    // What console and colour libraries ask of a terminal.
    const terminal = WriteStream.prototype;
    Object.assign(stream, { isTTY: true, getColorDepth: terminal.getColorDepth, hasColors: terminal.hasColors });
  }
  streams.push(stream);
  return stream;
}

/** Writes out what threads of this worker printed without a newline. */
export function flushOutput(): void {
  for (const stream of streams) stream.flushRest();
}

/** Makes process.stdout, process.stderr and console of this worker write directly. */
export function installOutput(): void {
  for (const [name, fd] of [['stdout', 1], ['stderr', 2]] as const) {
    let stream: LineStream | undefined;
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get: () => (stream ??= lineStream(fd)),
    });
  }
  beforeSleep(flushOutput);
}
