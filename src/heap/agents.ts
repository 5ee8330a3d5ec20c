/**
 * Agents: the JavaScript threads of the process (main, the supervisor, its workers, workers that somebody else made), each
 * with a slot number and a record in the heap. The record holds what must outlive the thread's own memory when it dies:
 * its stock of free blocks, the list of records it has handles on, its queue places.
 */
import { RuntimeError } from '../errors.js';
import { VERSION } from '../host/copies.js';
import { nativeThreadId, osThreadExists, workerNumber } from '../host/os-thread.js';
import { freeFor, held, latch, onStuck, unlatch } from '../park/latch.js';
import * as atomic from './atomic.js';
import { AGENT_TABLE, Control, MAX_AGENTS, MAX_TYPES } from './layout.js';
import { i32, isFounder } from './memory.js';
import { givePages, LARGE, takePages, exhausted } from './pages.js';

/** Words of an agent's record; it fills one page. */
export const Agent = {
  SLOT: 0,
  /** Ident of the Threadwork thread that runs on it, 0 between two. */
  IDENT: 1,
  /** Address of that thread's record. */
  THREAD: 2,
  NATIVE_ID: 3,
  /** First chunk of the table of handles (handle.ts). */
  HOLDS: 4,
  /** Its waiters, a doubly linked list (park/waiter.ts). */
  WAITERS: 5,
  /** Free waiters. */
  SPARE_WAITERS: 6,
  /** Node's number of the worker, for the supervisor; 0 for main. */
  WORKER: 7,
  /** First record that others want this thread to look at, 0: none; a bell as well (park/summons.ts). */
  DUE: 8,
  /** The waiter that the thread sleeps on while it serves others, 0: it is awake. */
  SLEEPER: 9,
  /** First record that the thread serves (park/errands.ts). */
  OWNED: 10,
  /** 1 if nobody watches over it: a worker that somebody else made (supervisor/guest.ts). */
  GUEST: 11,
  /** Two slots where the thread prepares values before it takes a latch (wire/slot.ts); even. */
  STAGE: 12,
  /** The waiter that a blocking wait without a time limit puts the thread to sleep on; 0: it can go on by itself. */
  BLOCKED_ON: 16,
  /** Raised with each such sleep, so that a second look can tell whether it is still the same. */
  BLOCKED_SEQ: 17,
  /** Text of its stack, once such a wait has become long (diagnosis/); 0: there is none. */
  STACK: 18,
  /** How many of its waits count among the long ones (park/drive.ts): more than one where a wait led to another. */
  LONG: 19,
  /** First of the tasks that it works on (park/pool.ts). */
  TASKS: 20,
  /** 1 while it takes a thread, its own or a dead one, off the roster and tells those who wait for that. */
  ENDING: 21,
  /** The latches that it holds (park/latch.ts): 32 words, of which the first is 0. */
  LATCHES: 24,
  /**
   * While nothing but waits for other threads keeps its event loop alive (park/liveness.ts): another number for other waits, 0 at all
   * other times; how often that was found; the bell for it; the wait that began last, and how many there are.
   */
  DRY: 56,
  DRY_SEEN: 57,
  DRY_BELL: 58,
  DRY_KIND: 59,
  DRY_OBJECT: 60,
  DRY_SINCE: 61,
  DRY_COUNT: 62,
  /** Head and count of free blocks per size class (allocator.ts). */
  STOCK: 64,
  /** Records by type, made less freed by this agent: MAX_TYPES counts, then as many sums of words. Only the agent writes. */
  KINDS: 256,
  /** The locks that it reads under (park/readers.ts). */
  READS: 512,
} as const;

interface Enrolled {
  readonly slot: number;
  readonly address: number;
  /** Changes with the Threadwork thread that a worker runs. */
  ident: number;
}

/** The agents of this JavaScript thread, one for each copy of the library in it: they are the same Threadwork thread. */
const agents = agentsHere();

function agentsHere(): Enrolled[] {
  const key = Symbol.for(`threadwork.agents:${VERSION}`);
  const known = (globalThis as unknown as Record<symbol, Enrolled[] | undefined>)[key];
  if (known !== undefined) return known;
  const own: Enrolled[] = [];
  // Where the global object is frozen each is on its own.
  Reflect.defineProperty(globalThis, key, { value: own });
  return own;
}

/** This thread. */
export const self: Enrolled = enroll();

function enroll(): Enrolled {
  const address = takePages(1, (1 << 2) | LARGE);
  if (address === 0) throw exhausted(4096);
  i32.fill(0, address, address + 1024);
  latch(Control.AGENT_LATCH);
  let slot = isFounder ? 1 : 2;
  while (slot < MAX_AGENTS && i32[AGENT_TABLE + slot] !== 0) slot++;
  if (slot < MAX_AGENTS) i32[AGENT_TABLE + slot] = address;
  unlatch(Control.AGENT_LATCH);
  if (slot === MAX_AGENTS) {
    givePages(address, 1);
    throw new RuntimeError(`can't start new thread: ${MAX_AGENTS - 1} threads are alive already`);
  }
  i32[address + Agent.SLOT] = slot;
  i32[address + Agent.WORKER] = workerNumber;
  i32[address + Agent.NATIVE_ID] = nativeThreadId();
  const ident = agents.length > 0 ? agents[0].ident : nextOwner();
  i32[address + Agent.IDENT] = ident;
  if (agents.length > 0) i32[address + Agent.THREAD] = i32[agents[0].address + Agent.THREAD];
  const agent = { slot, address, ident };
  agents.push(agent);
  held.last = address + Agent.LATCHES;
  return agent;
}

/**
 * Gives back what the agent at `agent`, which runs no more, has kept locked: it was terminated from outside in the middle of a
 * critical section. What it was about there may be half-done, an item be lost; but nobody waits for ever.
 */
export function freeLatchesOf(agent: number): void {
  for (let at = agent + Agent.LATCHES + 1; i32[at] !== 0; at++) freeFor(at);
}

// A latch has been held for a second: its holder may be gone without anybody having noticed.
onStuck(() => {
  for (let slot = 1; slot < MAX_AGENTS; slot++) {
    const agent = i32[AGENT_TABLE + slot];
    if (agent === 0 || i32[agent + Agent.LATCHES + 1] === 0) continue;
    // Looking takes a while: it may have been buried meanwhile, and its page be somebody else's.
    if (!osThreadExists(i32[agent + Agent.NATIVE_ID]) && agentAt(slot) === agent) freeLatchesOf(agent);
  }
});

/** Takes the agent at `address` off the table and frees its record. For its last breath, or for whoever buries it. */
export function retire(address: number): void {
  latch(Control.AGENT_LATCH);
  i32[AGENT_TABLE + i32[address + Agent.SLOT]] = 0;
  for (let k = 0; k < 2 * MAX_TYPES; k++) i32[Control.KINDS + k] += i32[address + Agent.KINDS + k];
  unlatch(Control.AGENT_LATCH);
  // The page is somebody else's before the latch on the pages is given back.
  if (address === self.address) held.last = Control.NOT_ENROLLED;
  givePages(address, 1);
}

/** A new ident of a thread, or token of an asynchronous owner: never 0, unique in the process until 2³⁰ were given out. */
export function nextOwner(): number {
  return atomic.add(Control.NEXT_OWNER, 1) & 0x3fffffff || nextOwner();
}

/** Address of the agent in `slot`, 0 if there is none. */
export function agentAt(slot: number): number {
  return atomic.load(AGENT_TABLE + slot);
}

/**
 * Looks at all agents while none of them can be retired, so that what they say may be believed. It runs under a latch: `look`
 * allocates nothing and throws nothing.
 */
export function lookAtAgents(look: (agent: number, slot: number) => void): void {
  latch(Control.AGENT_LATCH);
  for (let slot = 1; slot < MAX_AGENTS; slot++) {
    const agent = i32[AGENT_TABLE + slot];
    if (agent !== 0) look(agent, slot);
  }
  unlatch(Control.AGENT_LATCH);
}

/** Before the waiters of a dead agent are freed: whoever looks at agents finds none that it is blocked on. */
export function isBlockedNoMore(agent: number): void {
  latch(Control.AGENT_LATCH);
  i32[agent + Agent.BLOCKED_ON] = 0;
  unlatch(Control.AGENT_LATCH);
}

/** Makes `ident` the Threadwork thread that this JavaScript thread runs from now on. */
export function assume(ident: number, thread: number): void {
  for (const agent of agents) {
    agent.ident = ident;
    i32[agent.address + Agent.THREAD] = thread;
    atomic.store(agent.address + Agent.IDENT, ident);
  }
}

/** Address of the agent whose Node worker has the number `worker`, 0 if there is none. */
export function agentOfWorker(worker: number): number {
  for (let slot = 1; slot < MAX_AGENTS; slot++) {
    const address = i32[AGENT_TABLE + slot];
    if (address !== 0 && i32[address + Agent.WORKER] === worker) return address;
  }
  return 0;
}
