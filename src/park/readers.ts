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

/** The entry of the lock in the account of `agent`, 0 if it has none; a free place is taken if `wanted`. */
function entryOf(agent: number, lock: number, wanted: boolean): number {
  const id = i32[lock + Record.ID];
  let free = 0;
  for (let k = 0; k < REACH; k++) {
    const entry = agent + Agent.READS + (((lock >>> 3) + k) & (PLACES - 1)) * ENTRY_WORDS;
    if (i32[entry + COUNT] === 0) free ||= entry;
    else if (i32[entry + LOCK] === lock && i32[entry + ID] === id) return entry;
  }
  if (!wanted || free === 0) return 0;
  i32[free + LOCK] = lock;
  i32[free + ID] = id;
  return free;
}

/** The agent has entered the lock as a reader. */
export function noteRead(agent: number, lock: number): void {
  const entry = entryOf(agent, lock, true);
  if (entry !== 0) i32[entry + COUNT]++;
}

/** The agent has left the lock; false if it is not known to have entered it. */
export function noteLeft(agent: number, lock: number): boolean {
  const entry = entryOf(agent, lock, false);
  if (entry === 0) return false;
  i32[entry + COUNT]--;
  return true;
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
