/**
 * The gate under Barrier: it opens when as many have come as it has parties.
 *
 *   STATE: FILLING   arrivals are counted and stand in the queue
 *          LEADING   all have come and the last one runs the action; who comes now waits for the next round in LATE's queue.
 *                    The leader keeps its waiter, outside of every queue, with its number as gift: its burial breaks the round
 *          BROKEN    nobody passes until it is reset
 *
 * All words change under the record's latch only. Every waiter is a record of its own and is handed its index, or the news
 * that the gate broke; so a round needs no draining phase, and an abort cannot reach the next round.
 */
import * as atomic from '../heap/atomic.js';
import { Agent, self } from '../heap/agents.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { raise } from '../host/stack.js';
import { defineBurial } from './burial.js';
import type { Steps } from './drive.js';
import { verdictOn } from './giving-up.js';
import { latch, relatch, unlatch } from './latch.js';
import { FOREVER, type Limit } from './limit.js';
import { enqueue, freeWaiter, Kind, newWaiter, unlink, wake, Waiter, WOKEN } from './waiter.js';

const STATE: number = Record.BODY;
const PARTIES: number = Record.BODY + 1;
const COUNT: number = Record.BODY + 2;
/** Head and tail of the second queue. */
const LATE: number = Record.BODY + 3;
/** Number of the round, to tell a leader whose round was reset meanwhile. */
const ROUND: number = Record.BODY + 5;
/** Size of the part behind the header; the words from GATE_WORDS on are the owner class's. */
export const GATE_WORDS = 6;

const FILLING = 0;
const LEADING = 1;
const BROKEN = 2;

/** What `arrive` returns when the gate is or was broken. */
export const WAS_BROKEN = -1;
/** This, less the round's number, is what `arrive` returns to the last one, who runs the action and then opens the gate. */
const LEADER = -2;
const ROUNDS = 2 ** 30;

const GIFT_RETRY = 0x40000000;
const GIFT_BROKEN = 0x40000001;

/** Sets the size of a new gate. */
export function initialise(gate: number, parties: number): void {
  i32[gate + PARTIES] = parties;
}

/**
 * Arrives at the gate. Returns the index, WAS_BROKEN, or a smaller number to the leader, who passes it on to `open` or
 * `fail`; whoever runs out of time breaks the gate for all.
 */
export function* arrive(gate: number, limit: Limit): Steps<number> {
  for (;;) {
    const waiter = newWaiter(gate, Kind.BARRIER, 0);
    latch(gate + Record.LATCH);
    const state = i32[gate + STATE];
    let answer = state === BROKEN ? WAS_BROKEN : 0;
    if (state === FILLING) {
      const index = i32[gate + COUNT]++;
      i32[waiter + Waiter.WISH] = index;
      if (index === i32[gate + PARTIES] - 1) {
        answer = LEADER - i32[gate + ROUND];
        i32[gate + STATE] = LEADING;
        i32[waiter + Waiter.GIFT] = answer;
      }
    }
    if (answer === 0) enqueue(gate + (state === LEADING ? LATE : Record.QUEUE_HEAD), waiter);
    unlatch(gate + Record.LATCH);
    if (answer !== 0) {
      if (answer === WAS_BROKEN) freeWaiter(waiter);
      return answer;
    }
    // The round before is not the late one's to break: its time begins to count with its own.
    yield state === LEADING ? FOREVER : limit;
    yield waiter;
    if (atomic.load(waiter + Waiter.STATE) !== WOKEN && withdraw(gate, waiter)) {
      const verdict = verdictOn(waiter);
      freeWaiter(waiter);
      if (verdict !== undefined) raise(verdict);
      return WAS_BROKEN;
    }
    const gift = i32[waiter + Waiter.GIFT];
    freeWaiter(waiter);
    if (gift === GIFT_BROKEN) return WAS_BROKEN;
    if (gift !== GIFT_RETRY) return gift;
  }
}

/** Takes a waiter out that gives up, and breaks its round; false if it was let through at the last moment. */
function withdraw(gate: number, waiter: number): boolean {
  relatch(gate + Record.LATCH);
  const queue = i32[waiter + Waiter.QUEUE];
  const queued = queue !== 0;
  if (queued) unlink(waiter);
  if (queued && queue !== gate + LATE) releaseAll(gate, BROKEN);
  unlatch(gate + Record.LATCH);
  return queued;
}

/** Ends the round for all, who learn that it was broken; the state changes first, since they may look at it at once. */
function releaseAll(gate: number, state: number): void {
  nextRound(gate, state);
  for (let k = 0; k < 2; k++) {
    const queue = gate + (k === 0 ? Record.QUEUE_HEAD : LATE);
    for (let waiter = i32[queue]; waiter !== 0; waiter = i32[queue]) {
      unlink(waiter);
      wake(waiter, GIFT_BROKEN);
    }
  }
}

function nextRound(gate: number, state: number): void {
  i32[gate + STATE] = state;
  i32[gate + COUNT] = 0;
  i32[gate + ROUND] = (i32[gate + ROUND] + 1) % ROUNDS;
}

/** Whether the leader's round is still the present one, not broken or reset meanwhile. */
function leads(gate: number, leader: number): boolean {
  return i32[gate + STATE] === LEADING && LEADER - i32[gate + ROUND] === leader;
}

/** For the leader, after the action: lets the round through. False if it was broken or reset meanwhile. */
export function open(gate: number, leader: number): boolean {
  relatch(gate + Record.LATCH);
  const current = leads(gate, leader);
  if (current) {
    nextRound(gate, FILLING);
    let waiter = i32[gate + Record.QUEUE_HEAD];
    for (; waiter !== 0; waiter = i32[gate + Record.QUEUE_HEAD]) {
      unlink(waiter);
      wake(waiter, i32[waiter + Waiter.WISH]);
    }
    for (waiter = i32[gate + LATE]; waiter !== 0; waiter = i32[gate + LATE]) {
      unlink(waiter);
      wake(waiter, GIFT_RETRY);
    }
  }
  unlatch(gate + Record.LATCH);
  freeLeader(gate, leader);
  return current;
}

/** Puts away the waiter that this thread has kept as the leader. */
function freeLeader(gate: number, leader: number): void {
  let waiter = i32[self.address + Agent.WAITERS];
  while (i32[waiter + Waiter.OBJECT] !== gate || i32[waiter + Waiter.GIFT] !== leader)
    waiter = i32[waiter + Waiter.AGENT_NEXT];
  freeWaiter(waiter);
}

/** For the leader whose action failed: breaks the gate, unless its round is over already. */
export function fail(gate: number, leader: number): void {
  failFor(gate, leader);
  freeLeader(gate, leader);
}

function failFor(gate: number, leader: number): void {
  relatch(gate + Record.LATCH);
  if (leads(gate, leader)) releaseAll(gate, BROKEN);
  unlatch(gate + Record.LATCH);
}

/** Breaks the gate: present and future waiters learn of it. */
export function breakUp(gate: number): void {
  latch(gate + Record.LATCH);
  releaseAll(gate, BROKEN);
  unlatch(gate + Record.LATCH);
}

/** Back to empty: present waiters learn that it was broken, the next ones find it whole. */
export function reset(gate: number): void {
  latch(gate + Record.LATCH);
  releaseAll(gate, FILLING);
  unlatch(gate + Record.LATCH);
}

export function partiesOf(gate: number): number {
  return i32[gate + PARTIES];
}

/** How many wait in the present round; 0 while the action runs. */
export function waitingAt(gate: number): number {
  return atomic.load(gate + STATE) === FILLING ? atomic.load(gate + COUNT) : 0;
}

export function isBroken(gate: number): boolean {
  return atomic.load(gate + STATE) === BROKEN;
}

// One of the parties will never come through: the round cannot be completed as it was meant.
defineBurial(Kind.BARRIER, (waiter, gate) => {
  if (!withdraw(gate, waiter)) failFor(gate, i32[waiter + Waiter.GIFT]);
});
