/**
 * The one SharedArrayBuffer that all threads of the process share, and the views over it.
 *
 * The buffer has a fixed length (a growable one is 4 to 40 times slower per access) and the views are constants, which the
 * optimising compiler embeds: a live binding made an uncontended lock 10 ns slower. So the reservation is larger than the
 * default limit, which is a word in the control block that `configure({ heapBytes })` moves: untouched pages cost nothing.
 */
import { constants } from 'node:buffer';
import { threadId } from 'node:worker_threads';
import { told } from '../arguments.js';
import { announcedMemory, announceMemory, bufferOf, type SharedMemory } from '../host/environment.js';
import { wholeVariable } from '../host/variables.js';
import { type ModuleMemory, webAssembly } from '../host/web-assembly.js';
import { HeapExhaustedError, ValueError } from '../errors.js';
import { AGENT_TABLE, Control, MAGIC, MAX_AGENTS, PAGE_BYTES, PAGE_MAP, PAGE_WORDS } from './layout.js';

const GIB = 2 ** 30;
/** WebAssembly counts memory in these. */
const WASM_PAGE_BYTES = 65_536;
const WASM_LARGEST: number = 4 * GIB;
const DEFAULT_BYTES: number = GIB;
const DEFAULT_RESERVATION: number = 4 * GIB;
/** Addresses are 31-bit word indices; Node 20 has no views beyond 4 GiB. */
const LARGEST: number = Math.min(8 * GIB, constants.MAX_LENGTH);
/** Control block, tables and some pages to work with. */
export const SMALLEST_HEAP: number = 2 ** 20;

function wantedBytes(): number {
  return wholeVariable('THREADWORK_HEAP_BYTES', SMALLEST_HEAP, LARGEST, ' of bytes') ?? DEFAULT_BYTES;
}

function reserve(): SharedMemory {
  const bytes = wantedBytes();
  // Where the address space is limited (ulimit -v, 32-bit containers) the reservation shrinks to what was asked for.
  for (const size of [Math.max(bytes, DEFAULT_RESERVATION), bytes]) {
    for (const make of [asModuleMemory, asBuffer]) {
      try {
        const found = make(size);
        prepare(new Int32Array(bufferOf(found)), bytes);
        return found;
      } catch {
        // Another way or a smaller one may do.
      }
    }
  }
  throw new HeapExhaustedError(
    `there is no address space for a shared heap of ${bytes} bytes: lower THREADWORK_HEAP_BYTES, or raise the limit (ulimit -v)`,
  );
}

/** The kind that a WebAssembly module can work on (atomic.ts). */
function asModuleMemory(bytes: number): ModuleMemory {
  if (webAssembly === undefined) throw new TypeError('there is no WebAssembly');
  if (bytes > WASM_LARGEST) throw new RangeError('more than WebAssembly can address');
  const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
  return new webAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

function asBuffer(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES);
}

/** Word index of the first page: behind the page map. */
export function firstPageOf(words: number): number {
  const pages = Math.floor((words - PAGE_MAP) / (PAGE_WORDS + 1));
  return Math.ceil((PAGE_MAP + pages + 2) / PAGE_WORDS) * PAGE_WORDS;
}

function prepare(words: Int32Array, limitBytes: number): void {
  const total = Math.floor((words.length - firstPageOf(words.length)) / PAGE_WORDS);
  words[Control.TOTAL_PAGES] = total;
  words[Control.LIMIT_PAGES] = Math.min(total, Math.floor(limitBytes / PAGE_BYTES));
  words[Control.FOUNDER] = threadId;
  words[Control.NEXT_ID] = 1;
  words[Control.NEXT_OWNER] = 1;
  words[Control.NEXT_THREAD_NUMBER] = 1;
  words[Control.NEXT_DUMMY_NUMBER] = 1;
  words[Control.NEXT_CODE] = 1;
  words[Control.NEXT_FUNCTION] = 1;
  words[Control.NEXT_KEPT] = 1;
  words.fill(0, AGENT_TABLE, AGENT_TABLE + MAX_AGENTS);
  Atomics.store(words, Control.MAGIC, MAGIC);
}

const inherited = announcedMemory();

/** True in the thread that made the heap; it is the one that `mainThread()` means. */
export const isFounder: boolean = inherited === undefined;

const shared: SharedMemory = inherited ?? reserve();
if (isFounder) announceMemory(shared);

/** The shared memory itself. */
export const buffer: SharedArrayBuffer = bufferOf(shared);
/** The same as WebAssembly knows it, if it does. */
export const memory: ModuleMemory | undefined = 'buffer' in shared ? shared : undefined;

/** The whole heap as signed 32-bit words: what addresses index. */
export const i32: Int32Array = new Int32Array(buffer);
/** The whole heap as bytes; index = address × 4. */
export const u8: Uint8Array = new Uint8Array(buffer);
/** The whole heap as doubles; index = address / 2. */
export const f64: Float64Array = new Float64Array(buffer);
/** The whole heap as signed 64-bit words; index = address / 2. */
export const i64: BigInt64Array = new BigInt64Array(buffer);

/** Word index of the first page of this heap. */
export const FIRST_PAGE: number = firstPageOf(i32.length);

/** Throws a ValueError unless so many bytes can be the limit now. */
export function mustBeHeapLimit(bytes: number): void {
  const most = i32[Control.TOTAL_PAGES] * PAGE_BYTES;
  if (!(Number.isSafeInteger(bytes) && bytes >= SMALLEST_HEAP && bytes <= most)) {
    throw new ValueError(
      `heapBytes is ${told(bytes)}; it must be a whole number of bytes from ${SMALLEST_HEAP} to ${most}`,
    );
  }
  const used = Atomics.load(i32, Control.FRESH_PAGE);
  if (Math.floor(bytes / PAGE_BYTES) < used)
    throw new ValueError(`heapBytes is ${bytes}, but ${used * PAGE_BYTES} bytes are in use already`);
}

/** Sets how much of the reservation may be used, in bytes. */
export function setHeapLimit(bytes: number): void {
  mustBeHeapLimit(bytes);
  Atomics.store(i32, Control.LIMIT_PAGES, Math.floor(bytes / PAGE_BYTES));
}
