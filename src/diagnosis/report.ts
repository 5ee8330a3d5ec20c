/**
 * What a person reads when threads hang: who waits, for what, who has that, and where in the program.
 */
import { labelOf, nameOf, typeOf } from '../heap/records.js';
import { clockWord } from '../host/clock.js';
import { FUTURE_TYPE } from '../futures/types.js';
import { expectationAt } from '../park/meeting.js';
import { holderOf } from '../park/mutex.js';
import { insideOf, writerOf } from '../park/rw-mutex.js';
import { Kind } from '../park/waiter.js';
import { THREAD_TYPE } from '../supervisor/thread-record.js';
import type { Blocked, Running } from './snapshot.js';

/** `Lock accounts`, or just `Lock-7` for an object that nobody named. */
export function nameObject(object: number): string {
  const label = labelOf(object);
  const name = nameOf(object);
  return name.startsWith(`${label}-`) ? name : `${label} ${name}`;
}

/** What the wait is for, in words. */
export function describeWait({ kind, object }: Blocked): string {
  if (kind === Kind.SLEEP || object === 0) return 'nothing, for ever';
  if (typeOf(object) === THREAD_TYPE) return `the end of thread ${nameOf(object)}`;
  switch (kind) {
    case Kind.CONDITION:
      return `a notification of ${nameObject(object)}`;
    case Kind.READ:
      return `reading under ${nameObject(object)}${insideOf(object) > 0 ? ', behind a writer' : ''}`;
    case Kind.WRITE:
      return `writing under ${nameObject(object)}${company(insideOf(object))}`;
    case Kind.GET:
      return `an item of ${nameObject(object)}`;
    case Kind.PUT:
      return `room in ${nameObject(object)}`;
    case Kind.JOIN:
      return `all items of ${nameObject(object)} to be done`;
    case Kind.MEETING:
      return describeMeeting(object);
    case Kind.ERRAND:
      return `${nameObject(object)}, which another thread serves`;
    default:
      return nameObject(object);
  }
}

/** More names than these say no more. */
const MOST_NAMES = 5;

/** `2 of 3 futures (Future-6, Future-8)`. */
function describeMeeting(meeting: number): string {
  const { missing, all, absent } = expectationAt(meeting);
  const names = absent.filter((future) => typeOf(future) === FUTURE_TYPE).map((future) => nameObject(future));
  if (names.length > MOST_NAMES) names.splice(MOST_NAMES, names.length, '…');
  return `${missing} of ${all} future${all === 1 ? '' : 's'}${names.length === 0 ? '' : ` (${names.join(', ')})`}`;
}

/** Readers are not known one by one. */
function company(readers: number): string {
  return readers > 0 ? `, with ${readers} reader${readers === 1 ? '' : 's'} inside` : '';
}

/** Ident of the thread that holds what the wait is for, 0 if that cannot be said. */
export function holderFor({ kind, object }: Blocked): number {
  if (kind === Kind.MUTEX) return holderOf(object);
  return kind === Kind.READ || kind === Kind.WRITE ? writerOf(object) : 0;
}

function line(thread: Running, threads: readonly Running[], now: number): string {
  const { blocked, awaits, awaitCount = 1, name, stack } = thread;
  if (blocked === null) return '';
  if (awaits !== undefined) return describeAwaited(name, awaits, awaitCount, now);
  const holder = holderFor(blocked);
  const named = holder === thread.ident ? 'itself' : threads.find(({ ident }) => ident === holder)?.name;
  const held = holder === 0 ? '' : `, held by ${named ?? 'a thread that has ended'}`;
  const waited = Math.max(0, now - blocked.since);
  return `  ${name} waits for ${describeWait(blocked)}${held} (for ${waited} ms)${stack ? `\n${stack}` : ''}`;
}

/** More waits of one event loop than these say no more. */
const MOST_AWAITED = 10;

function describeAwaited(name: string, awaits: readonly Blocked[], count: number, now: number): string {
  const lines = awaits
    .slice(0, MOST_AWAITED)
    .map((wait) => `  ${name} awaits ${describeWait(wait)} (for ${Math.max(0, now - wait.since)} ms)`);
  const more = count - lines.length;
  return [...lines, ...(more > 0 ? [`    and ${more} more`] : [])].join('\n');
}

/** The report's body: a paragraph for each thread. */
export function describeThreads(stuck: readonly Running[], threads: readonly Running[]): string {
  const now = clockWord();
  return stuck.map((thread) => line(thread, threads, now)).join('\n');
}
