import type { Actor } from './actor.js';

/** A kind of work with invariants that are exact once everybody has stopped, whoever died meanwhile. */
export interface Workload<S> {
  readonly name: string;
  /** What the actors work on in one round. */
  open(): S;
  /** One operation that blocks. */
  step(state: S, actor: Actor): void;
  /** One operation that does not. */
  stepAsync(state: S, actor: Actor): Promise<void>;
  /** Puts right what an actor of a thread that died was about. */
  bury?(state: S, phase: number, subject: number): void;
  /** Ends waits without a limit; called until all threads have ended. */
  close?(state: S): void;
  /** Throws if an invariant does not hold. */
  check(state: S): void | Promise<void>;
}

/** Phases of actors, for the journal. */
export const Phase = {
  NOTHING: 0,
  /** Has a permit of the semaphore; of the bounded one. */
  PERMIT: 1,
  BOUNDED_PERMIT: 2,
  AT_BARRIER: 3,
  /** Puts an item, waits for one. */
  PUT: 4,
  GET: 5,
  /** Waits for a permit. */
  PERMIT_WANTED: 6,
} as const;
