/**
 * Who reads: each agent's account of the locks that it has entered as a reader, so that it leaves them when it dies. A reader
 * changes nothing, so nobody need know of its death; but a writer would wait for it for ever.
 *
 * The account stands in the agent's record, a few places for each hash of the lock's address, written by the agent alone: an
 * entry costs two words read and one written. A lock that finds no place is not accounted for. Reads that one thread enters and
 * another one leaves cannot be accounted for either: such a lock is marked, and the dead leave it as it is.
 */
import { Agent } from '../heap/agents.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';

/** Words of an entry: the lock, its id (its block may be another lock's by then), how often it was entered. */
const LOCK = 0;
const ID = 1;
const COUNT = 2;
const ENTRY_WORDS = 3;
const PLACES = 64;
/** Places that are looked at for one lock. */
const REACH = 4;

/**
 * Where it stands how often `agent` is inside the lock: a word that whoever enters raises and whoever leaves lowers. 0 if there is
 * none; a free place is taken if `wanted`.
 *
 * The word is changed in one go with the step that enters or leaves, with no call between, so that a thread that is terminated has
 * done both or neither (see latch.ts): it is looked up before.
 */
export function accountOf(agent: number, lock: number, wanted: boolean): number {
  const id = i32[lock + Record.ID];
  let free = 0;
  for (let k = 0; k < REACH; k++) {
    const entry = agent + Agent.READS + (((lock >>> 3) + k) & (PLACES - 1)) * ENTRY_WORDS;
    if (i32[entry + COUNT] === 0) free ||= entry;
    else if (i32[entry + LOCK] === lock && i32[entry + ID] === id) return entry + COUNT;
  }
  if (!wanted || free === 0) return 0;
  i32[free + LOCK] = lock;
  i32[free + ID] = id;
  return free + COUNT;
}

/** Closes the account of an agent: calls `leave` for each lock with the number of times that the agent is inside. */
export function closeReads(agent: number, leave: (lock: number, times: number) => void): void {
  for (let k = 0; k < PLACES; k++) {
    const entry = agent + Agent.READS + k * ENTRY_WORDS;
    const times = i32[entry + COUNT];
    i32[entry + COUNT] = 0;
    const lock = i32[entry + LOCK];
    if (times > 0 && i32[lock + Record.ID] === i32[entry + ID]) leave(lock, times);
  }
}
