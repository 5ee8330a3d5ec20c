/**
 * What threads print: straight to the file descriptor, a whole line at a time. Node's own way goes through main's event
 * loop and shows nothing while main is blocked.
 *
 * Node's streams for process.stdout and process.stderr stay what they are, since its worker talks to them; only what they do
 * with what is written changes.
 */
import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { loadBuiltin } from '../host/worker.js';
import { beforeSleep } from '../park/drive.js';
import { writeError, writeWhole } from './output.js';

const NEWLINE = 10;

type Chunk = { chunk: Uint8Array | string; encoding: BufferEncoding };

/** What was written to each descriptor since its last line ended. */
const rests = new Map<number, Uint8Array[]>();

/** Writes the lines that are complete; the rest of an unfinished one waits until it is, or the thread sleeps or ends. */
function writeLines(fd: number, bytes: Uint8Array): void {
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  const rest = rests.get(fd) ?? [];
  if (end > 0) {
    const lines = bytes.subarray(0, end);
    rests.delete(fd);
    writeWhole(fd, rest.length === 0 ? lines : Buffer.concat([...rest, lines]));
  }
  if (end < bytes.length) rests.set(fd, [...(end > 0 ? [] : rest), Buffer.from(bytes.subarray(end))]);
}

/** Writes out what threads of this worker printed without a newline. What it cannot write is no affair of whoever waits or ends now. */
export function flushOutput(): void {
  if (rests.size === 0) return;
  const unfinished = [...rests];
  rests.clear();
  for (const [fd, rest] of unfinished) {
    try {
      writeWhole(fd, Buffer.concat(rest));
    } catch (error) {
      if (fd !== 2) writeError(`${String(error)}: unfinished output of a thread is lost\n`);
    }
  }
}

/** As a terminal is. What tells for sure loads much of Node, in each thread. */
function isCharacterDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return false;
  }
}

function direct(stream: Writable, fd: number): void {
  stream._writev = (chunks: Chunk[], done) => {
    for (const { chunk, encoding } of chunks) {
      writeLines(fd, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    }
    done();
  };
  stream._write = (chunk: Uint8Array | string, encoding, done) => stream._writev?.([{ chunk, encoding }], done);
  Object.assign(stream, { fd });
  if (!isCharacterDevice(fd)) return;
  const tty = loadBuiltin('node:tty') as typeof import('node:tty');
  if (!tty.isatty(fd)) return;
  // What console and colour libraries ask of a terminal.
  const { getColorDepth, hasColors } = tty.WriteStream.prototype;
  Object.assign(stream, { isTTY: true, getColorDepth, hasColors });
}

/** Makes process.stdout, process.stderr and console of this worker write directly. */
export function installOutput(): void {
  direct(process.stdout, 1);
  direct(process.stderr, 2);
  beforeSleep(flushOutput);
}
