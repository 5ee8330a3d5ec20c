/** Who does the work in a soak: an actor is a thread that blocks, or one of several chains of calls of a thread that does not. */
import type { AtomicInt32, Event } from 'threadwork';
import { chanceFrom } from '../stress/chance.js';
import { die, dieAsync, LIMITED_WAYS, WAYS } from './deaths.js';

export const THREADS = 16;
/** Chains of an asynchronous thread. */
export const CHAINS = 3;
/** The last threads have a small heap of their own, so that they can run out of memory. */
export const LIMITED_FROM = THREADS - 2;

/** What all actors share in a round. */
export interface Stage {
  /** The time is up: nobody begins anything new. */
  readonly over: Event;
  /** How many threads have begun. */
  readonly arrived: AtomicInt32;
  /** Deaths that somebody is to die. */
  readonly warrants: AtomicInt32;
  /** What each actor is about at the moment: two words, by its index. Read when it has died. */
  readonly journal: Int32Array;
  /** Way in which the thread of each slot died, 0: it lives or has come to its end. */
  readonly fates: Int32Array;
  /** Operations by workload. */
  readonly counts: Int32Array;
}

export class Actor {
  readonly index: number;
  readonly chance: (below: number) => number;

  constructor(
    readonly stage: Stage,
    readonly slot: number,
    chain: number,
    seed: number,
    /** What the thread has of its own, shared by its chains. */
    readonly own: { count: number },
  ) {
    this.index = slot * CHAINS + chain;
    this.chance = chanceFrom(seed * 131 + this.index);
  }

  /** Writes down what the actor is about; 0: nothing. */
  note(phase: number, subject = 0): void {
    this.stage.journal[this.index * 2 + 1] = subject;
    this.stage.journal[this.index * 2] = phase;
  }

  /** Dies here, now and then. */
  mayDie(): void {
    if (this.claims()) die(this.chooses(LIMITED_WAYS));
  }

  /** As `mayDie`, in any way. */
  async mayDieAsync(): Promise<void> {
    if (this.claims()) await dieAsync(this.chooses(WAYS.length));
  }

  private claims(): boolean {
    const { warrants } = this.stage;
    for (let left = warrants.load(); left > 0 && this.chance(6) === 0; left = warrants.load()) {
      if (warrants.compareExchange(left, left - 1) === left) return true;
    }
    return false;
  }

  private chooses(ways: number): number {
    const limited = this.slot >= LIMITED_FROM;
    const way = limited && this.chance(4) === 0 ? 0 : 1 + this.chance(ways - 1);
    this.stage.fates[this.slot] = way + 1;
    return way;
  }
}
