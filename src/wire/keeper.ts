/**
 * What threads can have in common by the engine's own means: users' SharedArrayBuffers, compiled WebAssembly modules and their shared
 * memories. A message cannot hold one, only its name: a record in the heap, kept alive by references as any other. The thing
 * itself travels once to each thread that meets the record, from the keeper: the one thread that has an event loop for as long
 * as the process lives (the supervisor). Threads that block in a thread's long job cannot serve others; the keeper always can.
 *
 *   announce   a thread that sends a thing for the first time posts { id, thing } to the channel that only the keeper reads
 *   ask        a thread that reads an unknown id posts { ask: id, reply, bell } and sleeps until the bell rings; the keeper
 *              posts the thing to the channel `reply`, which only this thread reads, and rings
 *   forget     whoever gives the last reference up posts { forget: id }
 */
import { types } from 'node:util';
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
import { webAssemblyClassOf } from './known.js';

/** Record types of what is kept (no other room uses them). */
const BUFFER_TYPE = 90;
const WEB_ASSEMBLY_TYPE = 91;
/** Word of the record's own part: its number, 8 bytes; records' addresses are used again, numbers are not. */
const ID = Record.BODY;

/** Channels are the process's; there can be several heaps in it, each with a keeper (host/copies.ts). */
const CHANNEL = `threadwork:keeper:${VERSION}:${i32[Control.FOUNDER]}`;

type Message =
  | { readonly id: number; readonly thing: object }
  | { readonly ask: number; readonly reply: string; readonly bell: number }
  | { readonly forget: number };

/** Stands for a thing that is kept in one thread. Users never see it. */
export class Kept extends Handle {
  private held: object | undefined;

  /** The thing; the first time it comes from the keeper. */
  get thing(): object {
    if (this.held === undefined) this.hold(fetchThing(idAt(this[ADDRESS])));
    return this.held as object;
  }

  /** @internal */
  hold(thing: object): void {
    this.held = thing;
    known.set(thing, this);
  }
}

/** The handle lives as long as its thing. */
const known = new WeakMap<object, Kept>();
/** Things that were announced before there was a keeper: whoever starts it hands them over. */
const unkept = new Map<number, object>();

for (const [type, label] of [
  [BUFFER_TYPE, 'SharedArrayBuffer'],
  [WEB_ASSEMBLY_TYPE, 'WebAssembly'],
] as const) {
  defineRecord(type, {
    label,
    dispose(address) {
      const id = idAt(address);
      unkept.delete(id);
      post({ forget: id });
    },
  });
  defineHandle(type, Kept);
}

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

/** What this thread announced before there was a keeper: whoever starts the keeper hands it over. */
export function thingsToKeep(): Map<number, object> {
  return new Map(unkept);
}

/** Opens the channel for a moment: one that stays open collects everything that others post. */
function post(message: Message): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(message);
  channel.close();
}

/**
 * Whether `object` is compiled WebAssembly, or a memory of it that threads share. Keys and Blobs are not kept, though ports carry them:
 * a BroadcastChannel does so only as long as no third thread has it open.
 */
export function isSharedWebAssembly(object: object): boolean {
  const type = webAssemblyClassOf(object);
  if (type === 'Module') return true;
  return type === 'Memory' && types.isSharedArrayBuffer((object as { readonly buffer: unknown }).buffer);
}

/** This thread's handle for a thing, announced to the process when it is new to it. Throws HeapExhaustedError. */
export function keptFor(thing: object): Kept {
  const existing = known.get(thing);
  if (existing !== undefined) return existing;
  const address = newRecord(types.isSharedArrayBuffer(thing) ? BUFFER_TYPE : WEB_ASSEMBLY_TYPE, 2);
  const id = atomic.add(Control.NEXT_KEPT, 1);
  i64[(address + ID) >> 1] = BigInt(id);
  const handle = new Kept(address);
  handle.hold(thing);
  if (!kept()) unkept.set(id, thing);
  post({ id, thing });
  return handle;
}

function fetchThing(id: number): object {
  const own = unkept.get(id);
  if (own !== undefined) return own;
  if (!kept())
    throw new Error(
      'a SharedArrayBuffer or a WebAssembly module was sent while no thread of this library was running that could pass it on',
    );
  const reply = `${CHANNEL}:${threadId}`;
  const channel = new BroadcastChannel(reply);
  let bell = 0;
  try {
    bell = allocate(8);
    post({ ask: id, reply, bell });
    if (!sleepUntilRung(bell, 0, keeperLives))
      throw new Error(
        'a SharedArrayBuffer or a WebAssembly module that came in a message cannot be had: the supervisor of threadwork has failed',
      );
    const answer = receiveMessageOnPort(channel as never) as { message: Message } | undefined;
    if (answer !== undefined && 'thing' in answer.message) return answer.message.thing;
    throw new Error(
      'a SharedArrayBuffer or a WebAssembly module that came in a message is no longer known to the process',
    );
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
export function keepThings(initial: ReadonlyMap<number, object>): void {
  const things = new Map(initial);
  const channel = new BroadcastChannel(CHANNEL);
  channel.unref();
  channel.onmessage = (event: unknown) => {
    const message = (event as { data: Message }).data;
    if ('id' in message) things.set(message.id, message.thing);
    else if ('forget' in message) things.delete(message.forget);
    else {
      const reply = new BroadcastChannel(message.reply);
      const thing = things.get(message.ask);
      reply.postMessage(thing === undefined ? { forget: message.ask } : { id: message.ask, thing });
      reply.close();
      ringBell(message.bell);
    }
  };
  atomic.store(Control.KEEPER, self.slot);
}
