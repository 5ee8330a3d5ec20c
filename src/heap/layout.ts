/**
 * The map of the shared heap: what stands at which word. Addresses are indices of 32-bit words; every block starts at an
 * even word, so that 8-byte views can be laid over it.
 *
 *   words 0 … AGENT_TABLE        the control block below
 *   AGENT_TABLE … +MAX_AGENTS    address of each thread's agent record, 0 where the slot is free
 *   PAGE_MAP … +pages            one word a page: what it is part of (pages.ts)
 *   FIRST_PAGE …                 the pages
 */

/** Stands in word 0 of a heap that is ready for use. */
export const MAGIC = 0x54574b31;

/** Control block: word indices. */
export const Control = {
  MAGIC: 0,
  /** Pages that may be used: what `configure({ heapBytes })` sets. */
  LIMIT_PAGES: 1,
  /** Pages that the buffer has room for. */
  TOTAL_PAGES: 2,
  /** First page that was never used. */
  FRESH_PAGE: 3,
  /** Latch over the page map and the free spans. */
  PAGE_LATCH: 4,
  USED_PAGES: 5,
  PEAK_PAGES: 6,
  /** Next object id. */
  NEXT_ID: 7,
  /** Next owner id: idents of threads and tokens of asynchronous owners come from one counter. */
  NEXT_OWNER: 8,
  /** The N of the next `Thread-N`. */
  NEXT_THREAD_NUMBER: 9,
  /** The N of the next `Dummy-N`. */
  NEXT_DUMMY_NUMBER: 10,
  /** Latch over the agent table. */
  AGENT_LATCH: 11,
  /** Next code id and next function id (wire/functions.ts). */
  NEXT_CODE: 12,
  NEXT_FUNCTION: 13,
  /** Latch over the hook for uncaught errors. */
  HOOK_LATCH: 14,
  /** Slot of the supervisor when it keeps users' buffers (wire/keeper.ts), else 0. */
  KEEPER: 15,
  /** Next id of what is kept (wire/keeper.ts). */
  NEXT_KEPT: 16,
  /** Threads that died: the table, the one before, and their latch (deaths.ts). */
  DEATHS: 17,
  DEATHS_BEFORE: 18,
  DEATH_LATCH: 19,
  /** The list of living threads and its latch (supervisor/thread-record.ts). */
  ROSTER_LATCH: 20,
  ROSTER_HEAD: 21,
  MAIN_THREAD: 22,
  /** Size of the stack of new threads, in bytes; 0: the runtime's default. */
  STACK_BYTES: 23,
  /** Phase of the process: 0 running, 1 main has ended, 2 exiting. */
  PHASE: 24,
  /** The record where parked workers and threads without a worker meet (park/dispatch.ts). */
  DISPATCH: 25,
  /** The same for threads that need a worker of their own, with limits. */
  LIMITED: 35,
  /** Threads in a wait that has become long (park/drive.ts). */
  LONG_WAITS: 36,
  /** Slot of the thread that reports a deadlock just now, 0: none. */
  REPORTING: 37,
  /** What to do about deadlocks (diagnosis/reaction.ts), and the message with the function for that. */
  ON_DEADLOCK: 38,
  DEADLOCK_HOOK: 39,
  /** What the last deadlock that was reported looked like. */
  LAST_DEADLOCK: 43,
  /**
   * Signals: the waiter that main sleeps on in a long wait while it has listeners of its own, 0: none; those that the supervisor is
   * to watch, and those that came meanwhile, as bits (supervisor/signals.ts).
   */
  MAIN_SLEEPER: 44,
  SIGNALS_WATCHED: 45,
  SIGNALS_SEEN: 46,
  /** 1 when dumps can be asked for from outside; when the next is due by itself (0: never), how often, and who said so (diagnosis/). */
  DUMP_SERVED: 47,
  DUMP_AT: 48,
  DUMP_EVERY: 49,
  DUMP_GENERATION: 50,
  /** 1 when there is a reentrant lock: then threads follow asynchronous call chains (threading/async-owner.ts). */
  CHAINS: 51,
  /** Table of the code of functions (wire/codes.ts). */
  CODES: 52,
  /** Node's number of the thread that made the heap: with the version it names the heap within the process. */
  FOUNDER: 53,
  /** Rung when the supervisor has something to do. */
  SUPERVISOR_BELL: 26,
  /** 0: there is none, 1: it boots or runs. */
  SUPERVISOR_STATE: 27,
  /** Workers that may be parked. */
  WARM_LIMIT: 29,
  /** The mutex that keeps lines of output whole (supervisor/output.ts). */
  STDIO_MUTEX: 30,
  /** The record of the hook for uncaught errors of threads (threading/excepthook.ts). */
  HOOK: 31,
  /** The list of pools and its latch (park/pool.ts). */
  POOLS: 40,
  POOLS_LATCH: 41,
  /** The K of the next `ThreadPoolExecutor-K`. */
  NEXT_POOL_NUMBER: 42,
  /** Debug mode: its latch; a counter for walks over the graph of locks (park/lock-order.ts); the findings that were told. */
  DEBUG_LATCH: 60,
  DEBUG_WALKS: 61,
  FINDINGS: 62,
  /** 0: off; else how many ms a wait may last before it is told of. */
  DEBUG: 63,
  /** Heads of the free spans, one per power of two of their length (pages.ts). */
  SPAN_BINS: 64,
  /** Central stock per size class: latch, head, count, count at which empty spans are looked for (allocator.ts, spans.ts). */
  CENTRAL: 128,
  /** Where threads note their latches that have no agent's record yet: nobody reads it. */
  NOT_ENROLLED: 768,
  /** Records by type that agents made which are gone: counts, then words (records.ts). */
  KINDS: 512,
} as const;

/** Record types are numbers below this. */
export const MAX_TYPES = 128;

/** Threads that can be alive at once, whoever made them. */
export const MAX_AGENTS = 4096;
export const AGENT_TABLE = 1024;
export const PAGE_MAP: number = AGENT_TABLE + MAX_AGENTS;

/** 4 KiB: as the operating system's, so that an untouched page costs nothing. */
export const PAGE_WORDS = 1024;
export const PAGE_BYTES: number = PAGE_WORDS * 4;

/** Header of every record: what a handle points at. */
export const Record = {
  /** Which class the record belongs to (records.ts). */
  TYPE: 0,
  /** References: one per thread that has a handle, one per value in flight or slot that holds it. */
  REFS: 1,
  /** Process-wide, in the order of creation. */
  ID: 2,
  /** Which agents ever had a handle: bit (slot % 31), or all ones once it was stored in shared data. */
  USERS: 3,
  /** Address of the block with what few records have (records.ts), or 0. */
  ANNEX: 4,
  /** Guards the queues of the record (park/latch.ts). */
  LATCH: 5,
  QUEUE_HEAD: 6,
  QUEUE_TAIL: 7,
  /** First word of the class's own part. */
  BODY: 8,
} as const;
