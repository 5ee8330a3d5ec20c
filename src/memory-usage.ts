import { Agent, agentAt } from './heap/agents.js';
import { peakBytes, usedBytes } from './heap/allocator.js';
import { handlesOfSlot } from './heap/handle.js';
import { Control, MAX_AGENTS, PAGE_BYTES } from './heap/layout.js';
import { i32 } from './heap/memory.js';
import { nameOf } from './heap/records.js';
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
  /** Threads alive that use the heap, with the number of shared objects that each refers to. */
  readonly threads: readonly { readonly name: string; readonly handles: number }[];
}

/**
 * What the shared heap of the process holds, in bytes. It counts whole blocks: a lock takes 64 bytes.
 *
 * @example
 * const { used, limit } = memoryUsage();
 */
export function memoryUsage(): MemoryUsage {
  buryGuests();
  const threads: { name: string; handles: number }[] = [];
  for (let slot = 1; slot < MAX_AGENTS; slot++) {
    const agent = agentAt(slot);
    if (agent === 0) continue;
    const thread = i32[agent + Agent.THREAD];
    threads.push({ name: thread === 0 ? `worker ${slot}` : nameOf(thread), handles: handlesOfSlot(slot) });
  }
  return {
    reserved: i32[Control.TOTAL_PAGES] * PAGE_BYTES,
    limit: i32[Control.LIMIT_PAGES] * PAGE_BYTES,
    used: usedBytes(),
    peak: peakBytes(),
    threads,
  };
}
