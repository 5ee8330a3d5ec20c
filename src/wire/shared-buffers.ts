/**
 * Users' SharedArrayBuffers. A message cannot hold one, only its name: a record in the heap, kept alive by references as any
 * other. The buffer itself travels once to each thread that meets the record, from the keeper: the one thread that has an
 * event loop for as long as the process lives (the supervisor). Threads that block in a thread's long job cannot serve
 * others; the keeper always can.
 *
 *   announce   a thread that sends a buffer for the first time posts { id, buffer } to the channel that only the keeper reads
 *   ask        a thread that reads an unknown id posts { ask: id, reply, bell } and sleeps until the bell rings; the keeper
 *              posts the buffer to the channel `reply`, which only this thread reads, and rings
 *   forget     whoever gives the last reference up posts { forget: id }
 */
import { BroadcastChannel, receiveMessageOnPort, threadId } from 'node:worker_threads';
import * as atomic from '../heap/atomic.js';
import { Agent, agentAt, self } from '../heap/agents.js';
import { allocate, free } from '../heap/allocator.js';
import { ADDRESS, defineHandle, Handle } from '../heap/handle.js';
import { Control, Record } from '../heap/layout.js';
import { i32, i64 } from '../heap/memory.js';
import { defineRecord, newRecord } from '../heap/records.js';
import { clock } from '../host/clock.js';
import { VERSION } from '../host/copies.js';
import { osThreadExists } from '../host/os-thread.js';
import { untilBooted } from '../park/drive.js';
import { ringBell, sleepUntilRung } from '../park/bell.js';

/** Record type of users' SharedArrayBuffers (no other room uses it). */
export const SHARED_BUFFER_TYPE = 90;
/** Word of the record's own part: its number, 8 bytes; records' addresses are used again, numbers are not. */
const ID = Record.BODY;

/** Channels are the process's; there can be several heaps in it, each with a keeper (host/copies.ts). */
const CHANNEL = `threadwork:buffers:${VERSION}:${i32[Control.FOUNDER]}`;

type Message =
  | { readonly id: number; readonly buffer: SharedArrayBuffer }
  | { readonly ask: number; readonly reply: string; readonly bell: number }
  | { readonly forget: number };

/** Stands for a user's SharedArrayBuffer in one thread. Users never see it. */
export class SharedBuffer extends Handle {
  private held: SharedArrayBuffer | undefined;

  /** The buffer; the first time it comes from the keeper. */
  get buffer(): SharedArrayBuffer {
    if (this.held === undefined) {
      this.held = fetchBuffer(idAt(this[ADDRESS]));
      known.set(this.held, this);
    }
    return this.held;
  }

  /** @internal */
  hold(buffer: SharedArrayBuffer): void {
    this.held = buffer;
    known.set(buffer, this);
  }
}

/** The handle lives as long as its buffer. */
const known = new WeakMap<SharedArrayBuffer, SharedBuffer>();
/** Buffers that were announced before there was a keeper: whoever starts it hands them over. */
const unkept = new Map<number, SharedArrayBuffer>();

defineRecord(SHARED_BUFFER_TYPE, {
  label: 'SharedArrayBuffer',
  dispose(address) {
    const id = idAt(address);
    unkept.delete(id);
    post({ forget: id });
  },
});
defineHandle(SHARED_BUFFER_TYPE, SharedBuffer);

function idAt(address: number): number {
  return Number(i64[(address + ID) >> 1]);
}

/** In ms: a supervisor that has not come to life by then never will, and main, which would hear of it, may be the one that waits. */
const BOOT_MS = 10_000;

/** Whether a keeper is at work. While it boots (some 30 ms, once) this waits: what is posted meanwhile would reach nobody. */
function kept(): boolean {
  const latest = clock() + BOOT_MS;
  const isSettled = () => atomic.load(Control.KEEPER) !== 0 || atomic.load(Control.SUPERVISOR_STATE) === 0;
  untilBooted(() => isSettled() || clock() > latest);
  return atomic.load(Control.KEEPER) !== 0;
}

/** Whether the keeper lives: that it died is told to main's event loop only, and main may be the one that waits for it. */
function keeperLives(): boolean {
  const slot = atomic.load(Control.KEEPER);
  const agent = slot === 0 ? 0 : agentAt(slot);
  return agent !== 0 && osThreadExists(i32[agent + Agent.NATIVE_ID]);
}

/** Buffers that this thread announced before there was a keeper: whoever starts the keeper hands them to it. */
export function buffersToKeep(): Map<number, SharedArrayBuffer> {
  return new Map(unkept);
}

/** Opens the channel for a moment: one that stays open collects everything that others post. */
function post(message: Message): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(message);
  channel.close();
}

/** This thread's handle for `buffer`, announced to the process when it is new to it. Throws HeapExhaustedError. */
export function sharedBufferFor(buffer: SharedArrayBuffer): SharedBuffer {
  const existing = known.get(buffer);
  if (existing !== undefined) return existing;
  const address = newRecord(SHARED_BUFFER_TYPE, 2);
  const id = atomic.add(Control.NEXT_BUFFER, 1);
  i64[(address + ID) >> 1] = BigInt(id);
  const handle = new SharedBuffer(address);
  handle.hold(buffer);
  if (!kept()) unkept.set(id, buffer);
  post({ id, buffer });
  return handle;
}

function fetchBuffer(id: number): SharedArrayBuffer {
  const own = unkept.get(id);
  if (own !== undefined) return own;
  if (!kept())
    throw new Error('a SharedArrayBuffer was sent while no thread of this library was running that could pass it on');
  const reply = `${CHANNEL}:${threadId}`;
  const channel = new BroadcastChannel(reply);
  let bell = 0;
  try {
    bell = allocate(8);
    post({ ask: id, reply, bell });
    if (!sleepUntilRung(bell, 0, keeperLives))
      throw new Error(
        'a SharedArrayBuffer that came in a message cannot be had: the supervisor of threadwork has failed',
      );
    const answer = receiveMessageOnPort(channel as never) as { message: Message } | undefined;
    if (answer !== undefined && 'buffer' in answer.message) return answer.message.buffer;
    throw new Error('a SharedArrayBuffer that came in a message is no longer known to the process');
  } finally {
    channel.close();
    if (bell !== 0) free(bell);
  }
}

/**
 * Makes this thread the keeper. It must have an event loop that runs until the process ends; the channel does not keep that
 * loop alive by itself.
 *
 * @param initial what the thread that started this one had announced before
 */
export function keepBuffers(initial: ReadonlyMap<number, SharedArrayBuffer>): void {
  const buffers = new Map(initial);
  const channel = new BroadcastChannel(CHANNEL);
  channel.unref();
  channel.onmessage = (event: unknown) => {
    const message = (event as { data: Message }).data;
    if ('id' in message) buffers.set(message.id, message.buffer);
    else if ('forget' in message) buffers.delete(message.forget);
    else {
      const reply = new BroadcastChannel(message.reply);
      const buffer = buffers.get(message.ask);
      reply.postMessage(buffer === undefined ? { forget: message.ask } : { id: message.ask, buffer });
      reply.close();
      ringBell(message.bell);
    }
  };
  atomic.store(Control.KEEPER, self.slot);
}
