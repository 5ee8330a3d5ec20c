/**
 * What threads print: straight to the file descriptor, a whole line at a time. Node's own way goes through main's event
 * loop and shows nothing while main is blocked.
 */
import { Writable } from 'node:stream';
import { loadBuiltin } from '../host/worker.js';
import { beforeSleep } from '../park/drive.js';
import { writeWhole } from './output.js';

const NEWLINE = 10;

/** Whether this thread is writing: while it sleeps in the line for that, it must not stand in the same line once more. */
let writing = false;

function write(fd: number, bytes: Uint8Array): void {
  const before = writing;
  writing = true;
  try {
    writeWhole(fd, bytes);
  } finally {
    writing = before;
  }
}

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
      const whole = this.#rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...this.#rest, chunk.subarray(0, end)]);
      this.#rest = [];
      write(this.fd, whole);
    }
    if (end < chunk.length) this.#rest.push(Buffer.from(chunk.subarray(end)));
    done();
  }

  flushRest(): void {
    if (this.#rest.length === 0) return;
    const rest = Buffer.concat(this.#rest);
    this.#rest = [];
    write(this.fd, rest);
  }
}

const streams: LineStream[] = [];

function lineStream(fd: number): LineStream {
  const stream = new LineStream(fd);
  const tty = loadBuiltin('node:tty') as typeof import('node:tty');
  if (tty.isatty(fd)) {
    // What console and colour libraries ask of a terminal.
    const terminal = tty.WriteStream.prototype;
    Object.assign(stream, { isTTY: true, getColorDepth: terminal.getColorDepth, hasColors: terminal.hasColors });
  }
  streams.push(stream);
  return stream;
}

/** Writes out what threads of this worker printed without a newline. */
export function flushOutput(): void {
  if (writing) return;
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
