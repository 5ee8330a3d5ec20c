import { Agent, agentAt } from './heap/agents.js';
import { peakBytes, stockBytes, usedBytes } from './heap/allocator.js';
import { holdsOfSlot } from './heap/handle.js';
import { Control, MAX_AGENTS, PAGE_BYTES } from './heap/layout.js';
import { i32 } from './heap/memory.js';
import { kindsInUse, nameTextOf } from './heap/records.js';
import { peekText } from './heap/text.js';
import { buryGuests } from './supervisor/guest.js';

/** What the shared heap holds; see {@link memoryUsage}. */
export interface MemoryUsage {
  /** Bytes of address space that are reserved. */
  readonly reserved: number;
  /** Bytes that may be used: `configure({ heapBytes })`. */
  readonly limit: number;
  /** Bytes in use now. */
  readonly used: number;
  /** Most bytes that were in use at once. */
  readonly peak: number;
  /**
   * Shared objects by their kind, such as `Lock`: how many there are, and the bytes of their own blocks. The rest of what is in
   * use are values on their way or stored, names, and the threads' own records and stocks.
   */
  readonly kinds: Readonly<Record<string, { readonly count: number; readonly bytes: number }>>;
  /** Threads alive that use the heap. */
  readonly threads: readonly ThreadMemory[];
}

/** What one thread has of the shared heap. */
export interface ThreadMemory {
  /** The thread's name. */
  readonly name: string;
  /** Number of shared objects that it refers to. */
  readonly handles: number;
  /** The same by class, as in `{ Lock: 3, BankAccount: 1 }`. */
  readonly holds: Readonly<Record<string, number>>;
  /** Bytes that are free, for this thread only. */
  readonly stock: number;
}

/** Name of the thread that an agent runs, or ran when it died; null if it runs none, or went meanwhile. */
function threadOn(slot: number, agent: number): string | null {
  const thread = i32[agent + Agent.THREAD];
  const text = thread === 0 ? 0 : nameTextOf(thread);
  // Its handle on the thread keeps the record until it is buried.
  const holds = () => agentAt(slot) === agent && i32[agent + Agent.HOLDS] !== 0 && nameTextOf(thread) === text;
  return text === 0 ? null : peekText(text, holds);
}

/**
 * What the shared heap of the process holds, in bytes. It counts whole blocks: a lock takes 64 bytes.
 *
 * Objects that refer to each other in a circle are freed by nothing but the end of the process: `kinds` and `holds` show what
 * is left and who has it.
 *
 * @example
 * const { used, limit, kinds } = memoryUsage();
 * console.log(kinds.Lock?.count);
 */
export function memoryUsage(): MemoryUsage {
  buryGuests();
  const threads: ThreadMemory[] = [];
  for (let slot = 1; slot < MAX_AGENTS; slot++) {
    const agent = agentAt(slot);
    if (agent === 0) continue;
    const name = threadOn(slot, agent) ?? `worker ${slot}`;
    const stock = stockBytes(agent);
    const holds = holdsOfSlot(slot);
    // It ended meanwhile.
    if (agentAt(slot) !== agent) continue;
    threads.push({
      name,
      handles: Object.values(holds).reduce((sum, count) => sum + count, 0),
      holds,
      stock,
    });
  }
  return {
    reserved: i32[Control.TOTAL_PAGES] * PAGE_BYTES,
    limit: i32[Control.LIMIT_PAGES] * PAGE_BYTES,
    used: usedBytes(),
    peak: peakBytes(),
    kinds: Object.fromEntries(kindsInUse().map(({ label, count, bytes }) => [label, { count, bytes }])),
    threads,
  };
}
