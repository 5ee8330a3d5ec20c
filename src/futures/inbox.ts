/**
 * What a thread does when futures are done: callbacks, and the promises behind `await`. One meeting per thread stands in the
 * lists of all the futures that it wants to know of, and the thread is summoned to it (park/summons.ts): between two jobs of
 * its event loop, and while it sleeps in any of this library's waits.
 */
import { ADDRESS } from '../heap/handle.js';
import { self } from '../heap/agents.js';
import { clock, clockWord } from '../host/clock.js';
import { beforeSleep } from '../park/drive.js';
import { callOnArrival, dismiss, takeArrival } from '../park/meeting.js';
import { type Awaited, changed, type Holder, holdLoop, releaseLoop } from '../park/liveness.js';
import { type Server, serveRecord } from '../park/summons.js';
import { Kind } from '../park/waiter.js';
import { Meeting } from './meeting.js';

/** What to do when a future is so far. It lets no error out. */
interface Entry {
  readonly act: () => void;
  /** The thread that wanted it: a worker runs one thread after the other. */
  readonly ident: number;
  /** Whether the process stays alive for it. */
  holds: boolean;
  readonly future: number;
  readonly since: number;
  /** Ends the wait for it with a DeadlockError; undefined where something else may end that. */
  readonly giveUp: ((text: string) => void) | undefined;
}

/**
 * A result that comes within this time is looked for instead of waited for: waking an event loop takes 20 to 50 µs, of the time
 * of whoever wakes it too. The loop turns meanwhile.
 */
const LOOK_MS = 0.06;
/** Looking is given up for a while when nothing came of it so often in a row; then it is tried one time in this many. */
const PATIENCE = 8;

class Inbox implements Server, Holder {
  readonly busy = false;
  private readonly entries = new Map<number, Entry>();
  private readonly meeting = new Meeting();
  private holding = 0;
  private held = false;
  private looking = false;
  private luck = PATIENCE;
  private skipped = 0;
  /** Whether something is being done now. */
  acting = false;

  constructor() {
    const record = this.meeting[ADDRESS];
    callOnArrival(record, self.address);
    serveRecord(record, this);
    // Who sleeps does not look.
    beforeSleep(() => {
      if (this.looking) callOnArrival(record, self.address);
    });
  }

  add(future: number, wants: number, holds: boolean, act: () => void, giveUp?: (text: string) => void): void {
    const link = this.meeting.add(future, wants);
    this.entries.set(link, { act, ident: self.ident, holds, future, since: clockWord(), giveUp });
    if (!holds) return;
    this.holding++;
    changed();
    if (!this.looking) this.look();
  }

  awaits(): readonly Awaited[] | null {
    const awaited: Awaited[] = [];
    for (const entry of this.entries.values()) {
      const { giveUp } = entry;
      if (!entry.holds || entry.ident !== self.ident) continue;
      if (giveUp === undefined) return null;
      const end = (text: string): void => {
        this.holdNoMore(entry);
        this.letGo();
        giveUp(text);
      };
      awaited.push({ kind: Kind.OUTCOME, object: entry.future, since: entry.since, giveUp: end });
    }
    return awaited;
  }

  serve(): boolean {
    this.drain();
    return false;
  }

  /** Does what is due now. */
  drain(): void {
    const record = this.meeting[ADDRESS];
    for (let link = takeArrival(record); link !== 0; link = takeArrival(record)) {
      const entry = this.entries.get(link);
      this.entries.delete(link);
      dismiss(link);
      if (entry === undefined) continue;
      this.holdNoMore(entry);
      if (entry.ident !== self.ident) continue;
      const before = this.acting;
      this.acting = true;
      entry.act();
      this.acting = before;
    }
    this.letGo();
  }

  private holdNoMore(entry: Entry): void {
    if (!entry.holds) return;
    entry.holds = false;
    this.holding--;
    changed();
  }

  /** Unless something is still awaited. */
  private letGo(): void {
    if (!this.held || this.holding > 0) return;
    this.held = false;
    releaseLoop(this);
  }

  /** Looks for arrivals on each turn of the event loop, for a moment. */
  private look(): void {
    if (this.luck === 0 && this.skipped++ % PATIENCE !== 0) {
      this.hold();
      return;
    }
    this.looking = true;
    const record = this.meeting[ADDRESS];
    callOnArrival(record, 0);
    const end = clock() + LOOK_MS;
    const turn = () => {
      const before = this.holding;
      this.drain();
      if (this.holding < before) this.luck = PATIENCE;
      if (this.holding > 0 && this.holding === before && clock() < end) {
        setImmediate(turn);
        return;
      }
      this.looking = false;
      callOnArrival(record, self.address);
      if (this.holding === 0) return;
      if (this.holding === before && this.luck > 0) this.luck--;
      this.hold();
    };
    setImmediate(turn);
  }

  private hold(): void {
    if (this.held) return;
    this.held = true;
    holdLoop(this);
  }
}

let inbox: Inbox | undefined;

/**
 * Calls `act` in this thread when the future at `future` is so far (`wants` in park/meeting.ts); the process stays alive for
 * that if `holds`; `giveUp` ends a wait that nobody can end any more. Throws HeapExhaustedError.
 */
export function whenSoFar(
  future: number,
  wants: number,
  holds: boolean,
  act: () => void,
  giveUp?: (text: string) => void,
): void {
  inbox ??= new Inbox();
  inbox.add(future, wants, holds, act, giveUp);
}

/** Whether the caller is one of those whom the inbox calls. */
export function inCallback(): boolean {
  return inbox?.acting === true;
}

/** Does what is due in this thread now: after a call that ended a wait, its own included. */
export function serveInbox(): void {
  inbox?.drain();
}
