/**
 * Summons: how a thread is told that another one wants something of it, whatever it does at the moment. What that is stands
 * in a record that the thread serves (errands.ts); here the record only gets onto the thread's list.
 *
 * A thread that serves others looks at its list between two jobs of its event loop, and whenever one of this library's
 * waits puts it to sleep. It can be woken from such a sleep without what it waits for having come:
 *
 *   who summons:  puts the record on DUE;  looks at SLEEPER; the waiter that stands there: ASLEEP → POKED, notify
 *   who sleeps:   SLEEPER = waiter; the waiter's state: AWAKE → ASLEEP;  looks at DUE, and sleeps only if that is empty
 *
 * All of these are sequentially consistent, so at least one of the two sees the other (Dekker).
 */
import { AsyncResource } from 'node:async_hooks';
import * as atomic from '../heap/atomic.js';
import { Agent, self } from '../heap/agents.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { clock } from '../host/clock.js';
import { untilRung } from './bell.js';
import { nextTurn } from './turns.js';
import { AWAKE, ASLEEP, POKED, Waiter, WOKEN } from './waiter.js';

/** First words of the body of a record that a thread serves. */
export const Summons = {
  /** Address of the agent that serves it; 0: nobody any more. Changes under the record's latch. */
  OWNER: Record.BODY,
  /** 1 while the record is on the owner's list. */
  DUE: Record.BODY + 1,
  /** Next on that list. */
  NEXT_DUE: Record.BODY + 2,
  WORDS: 3,
} as const;

/** What serves a record: does one thing that somebody wants; true if there is more. It lets no error out. */
export interface Server {
  serve(): boolean;
  /** Whether it works on something, further down this thread's stack. */
  readonly busy: boolean;
}

const servers = new Map<number, Server>();
/** Records whose turn comes, in the order in which they were found on the list in the heap. */
const due: number[] = [];

/** Tells the owner of the record, which has one, that there is something to do. Under the record's latch: so the owner lives. */
export function summon(record: number): void {
  if (atomic.compareExchange(record + Summons.DUE, 0, 1) !== 0) return;
  const agent = i32[record + Summons.OWNER];
  const list = agent + Agent.DUE;
  for (let head = atomic.load(list); ; ) {
    i32[record + Summons.NEXT_DUE] = head;
    const seen = atomic.compareExchange(list, head, record);
    if (seen === head) break;
    head = seen;
  }
  Atomics.notify(i32, list);
  const sleeper = atomic.load(agent + Agent.SLEEPER);
  if (sleeper === 0) return;
  // The sleep may be over and the waiter in use for another wait: being poked does no harm there.
  const at = sleeper + Waiter.STATE;
  if (atomic.compareExchange(at, ASLEEP, POKED) === ASLEEP) Atomics.notify(i32, at);
}

/** Takes over what stands on the list in the heap. The list is a stack; those who came first are served first. */
function collect(): void {
  const first = due.length;
  for (let record = atomic.exchange(self.address + Agent.DUE, 0); record !== 0; ) {
    due.splice(first, 0, record);
    record = i32[record + Summons.NEXT_DUE];
  }
}

/** Makes this thread serve the record. */
export function serveRecord(record: number, server: Server): void {
  servers.set(record, server);
  listen();
}

/** Ends that, once the record has no owner: the record may go afterwards. */
export function forgetRecord(record: number): void {
  collect();
  servers.delete(record);
  // The loop that listened ends.
  if (servers.size === 0) Atomics.notify(i32, self.address + Agent.DUE);
}

/** What serves the record in this thread. */
export function serverOf(record: number): Server | undefined {
  return servers.get(record);
}

/** How many records this thread serves. */
export function servedCount(): number {
  return servers.size;
}

/** Whether something that this thread serves waits for its turn. */
export function isSummoned(): boolean {
  return due.length > 0 || atomic.load(self.address + Agent.DUE) !== 0;
}

/** Does one thing that somebody wants of this thread; it may be any code of the user's, and wait in turn. */
export function serveNext(): void {
  collect();
  const record = due.shift() ?? 0;
  // A record that was given up may be gone.
  const server = servers.get(record);
  if (server === undefined) return;
  atomic.store(record + Summons.DUE, 0);
  if (server.serve() && atomic.compareExchange(record + Summons.DUE, 0, 1) === 0) due.push(record);
}

/** An event loop serves others for this long before it turns. */
const SLICE_MS = 1;

let listening = false;
/** The user's code runs on behalf of another thread, not within the asynchronous call that happened to start this. */
const nowhere = new AsyncResource('Threadwork', { requireManualDestroy: true });

function listen(): void {
  if (listening) return;
  listening = true;
  nowhere.runInAsyncScope(() => void serveFromLoop());
}

/** Serves others from the event loop as long as there is something to serve. Does not keep the process alive. */
async function serveFromLoop(): Promise<void> {
  while (servers.size > 0) {
    for (const end = clock() + SLICE_MS; isSummoned() && clock() < end; ) serveNext();
    if (isSummoned()) await nextTurn();
    else await untilRung(self.address + Agent.DUE, 0);
  }
  listening = false;
}

type Aside = (waiter: number, object: number) => boolean;
const asides: Aside[] = [];

/**
 * For waiters of `kind`, which are handed something that others wait for too: a sleeper must not be given it while it
 * serves somebody, who may want the same. So it leaves the line meanwhile: `aside` takes it out, and returns false if it
 * was just given it. Afterwards it is woken with ASIDE and must look again, as the first in line.
 */
export function defineAside(kind: number, aside: Aside): void {
  asides[kind] = aside;
}

/** What a waiter is woken with that left the line and comes back. */
export const ASIDE = -1;

/** Whether a waiter that stands in no line was given what it waited for: it may not have come there, or have stepped aside. */
export function wasGiven(waiter: number): boolean {
  return atomic.load(waiter + Waiter.STATE) === WOKEN && i32[waiter + Waiter.GIFT] !== ASIDE;
}

/** Whether waiters of this kind leave their line before their thread serves somebody. */
export function leavesLine(waiter: number): boolean {
  return asides[i32[waiter + Waiter.KIND]] !== undefined;
}

/** Takes the waiter out of its line; false if it was woken just before. */
export function stepAside(waiter: number): boolean {
  return asides[i32[waiter + Waiter.KIND]](waiter, i32[waiter + Waiter.OBJECT]);
}

/** Wakes this thread's waiter that stepped aside. */
export function comeBack(waiter: number): void {
  i32[waiter + Waiter.GIFT] = ASIDE;
  atomic.compareExchange(waiter + Waiter.STATE, AWAKE, WOKEN);
}
