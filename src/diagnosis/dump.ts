/**
 * What every thread does at the moment, for people who look at a program that does not go on.
 */
import { i32 } from '../heap/memory.js';
import { inspect } from 'node:util';
import { forEachLiving, STARTED, ThreadWord } from '../supervisor/thread-record.js';
import { nameOf } from '../heap/records.js';
import { clockWord } from '../host/clock.js';
import { describeWait, holderFor } from './report.js';
import { type Running, takeSnapshot } from './snapshot.js';

/** One thread in a dump. */
export interface ThreadState {
  /** The thread's name. */
  readonly name: string;
  /** Its number, unique in the process; null before it has one. */
  readonly ident: number | null;
  /** The operating system's number of it; null where that is not known. */
  readonly nativeId: number | null;
  /** Whether the process may end while it runs. */
  readonly daemon: boolean;
  /** `waiting`: blocked until another thread does something; `starting`: it has no worker yet; `running`: all else. */
  readonly state: 'running' | 'waiting' | 'starting';
  /** What it waits for, since how many ms, and the name of the thread that has that, where that can be said. */
  readonly waitsFor: { readonly what: string; readonly ms: number; readonly heldBy: string | null } | null;
  /** Where it waits, as lines of a stack; empty for a thread that does not wait, or has not for long. */
  readonly stack: string;
}

/** All threads, as an object; its text is for people. */
export class ThreadDump {
  /** The threads that have not ended. */
  readonly threads: readonly ThreadState[];

  /** @internal */
  constructor(threads: readonly ThreadState[]) {
    this.threads = threads;
  }

  /** A paragraph for each thread. */
  toString(): string {
    mustBeDump(this);
    return this.threads.map(paragraph).join('\n');
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

// Outside of the class: one that mentions itself is renamed by the bundler.
function mustBeDump(dump: unknown): void {
  if (!(dump instanceof ThreadDump)) throw new TypeError('a method of ThreadDump was called on something else');
}

function paragraph({ name, ident, nativeId, daemon, state, waitsFor, stack }: ThreadState): string {
  const numbers = `ident ${ident ?? '-'}${nativeId === null ? '' : `, os ${nativeId}`}${daemon ? ', daemon' : ''}`;
  const held = waitsFor?.heldBy === null || waitsFor === null ? '' : `, held by ${waitsFor.heldBy}`;
  const doing = waitsFor === null ? state : `waits for ${waitsFor.what}${held} (for ${waitsFor.ms} ms)`;
  return `${name} (${numbers}): ${doing}${stack === '' ? '' : `\n${stack}`}`;
}

/** Takes the dump. */
export function dumpThreads(): ThreadDump {
  const { threads } = takeSnapshot();
  const states: ThreadState[] = [];
  forEachLiving((record) => {
    const running = threads.find((thread) => thread.record === record);
    const starting = i32[record + ThreadWord.STATE] === STARTED;
    states.push({
      name: nameOf(record),
      ident: i32[record + ThreadWord.IDENT] || null,
      nativeId: i32[record + ThreadWord.NATIVE_ID] || null,
      daemon: i32[record + ThreadWord.DAEMON] !== 0,
      state: starting ? 'starting' : (running?.blocked ?? null) === null ? 'running' : 'waiting',
      waitsFor: running === undefined ? null : waitOf(running, threads),
      stack: running?.stack ?? '',
    });
  });
  return new ThreadDump(states);
}

function waitOf({ blocked }: Running, threads: readonly Running[]): ThreadState['waitsFor'] {
  if (blocked === null) return null;
  const holder = holderFor(blocked);
  const heldBy =
    holder === 0 ? null : (threads.find(({ ident }) => ident === holder)?.name ?? 'a thread that has ended');
  return { what: describeWait(blocked), ms: Math.max(0, (clockWord() - blocked.since) | 0), heldBy };
}
