/** Record types of this room's classes. */
import { Record } from '../heap/layout.js';
import { OUTCOME_WORDS } from '../park/outcome.js';

export const FUTURE_TYPE = 30;
export const EXECUTOR_TYPE = 31;
export const PROCESS_EXECUTOR_TYPE = 32;
export const POOL_TYPE = 33;
export const CODE_TYPE = 34;
export const MEETING_TYPE = 35;

/** Words of a future's record: those of its outcome and of its place in a pool (park/), and what it takes to run it. */
export const FutureWord = {
  /** Address of the record with its function (code.ts), 0 if it has none, or none any more. */
  CODE: Record.BODY + OUTCOME_WORDS + 3,
  /** How the arguments stand in ARGS: a Form (task.ts). */
  FORM: Record.BODY + OUTCOME_WORDS + 4,
  /** The arguments, a slot. */
  ARGS: Record.BODY + OUTCOME_WORDS + 5,
  /** Address of the name of the thread that failed, 0 if none did. */
  CULPRIT: Record.BODY + OUTCOME_WORDS + 9,
  WORDS: OUTCOME_WORDS + 10,
} as const;

/** Key of what a process of a pool tells the pool's own process: all other messages are of its tasks, for nobody. */
export const OWN_MESSAGE = 'threadwork:own';
