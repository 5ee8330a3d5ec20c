/**
 * The allocator: blocks of the shared heap for records, messages and buffers.
 *
 * Small blocks come in size classes. Each thread has a stock of free blocks per class in its own agent record, so that
 * allocating and freeing touch no shared word; stocks are refilled from and emptied into a central one, a batch at a time.
 * Any thread may free any block: it lands in the stock of the thread that frees it. Larger blocks are runs of pages.
 * (The shape is tcmalloc's; stocks stand in the heap so that a dead thread's are not lost.)
 */
import { latch, unlatch } from '../park/latch.js';
import * as atomic from './atomic.js';
import { Agent, lookAtAgents, self } from './agents.js';
import { Control, PAGE_BYTES, PAGE_WORDS } from './layout.js';
import { i32 } from './memory.js';
import { CLASS_BITS, exhausted, givePages, LARGE, pageEntry, SMALL, takePages } from './pages.js';
import { clearCounts, releaseSpans } from './spans.js';

/** Block sizes in words. Steps of at most a quarter, so that at most a fifth of a block is wasted. */
const CLASS_WORDS: readonly number[] = [
  4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512,
];
/** Where a size class's central stock begins to look for empty spans: below, they are soon needed again. */
const LOOK_BYTES = 256 * 1024;
const LARGEST_SMALL: number = CLASS_WORDS[CLASS_WORDS.length - 1];
/** A span of four pages holds 8 blocks of the largest class and 1024 of the smallest. */
const SPAN_PAGES = 4;

/** Class of a block of n 4-word units. */
const classOfUnits = new Uint8Array(LARGEST_SMALL / 4 + 1);
for (let units = 0, c = 0; units < classOfUnits.length; units++) {
  while (CLASS_WORDS[c] < units * 4) c++;
  classOfUnits[units] = c;
}

/** Blocks that travel between a stock and the central one at a time: about 4 KiB of them. */
function batchOf(sizeClass: number): number {
  return Math.max(4, Math.min(64, Math.floor(1024 / CLASS_WORDS[sizeClass])));
}

/** Called when the heap is full: frees what this thread no longer needs; true if that may have helped. */
let reclaim: () => boolean = () => false;

/** Sets what to try before an allocation fails. */
export function onPressure(hook: () => boolean): void {
  reclaim = hook;
}

/**
 * Allocates `bytes` bytes and returns the address of their first word (even, so 8-byte aligned).
 * The contents are zero. Throws HeapExhaustedError.
 */
export function allocate(bytes: number): number {
  const address = allocateRaw(bytes);
  const words = wordsOf(bytes);
  if (words <= 64) for (let k = 0; k < words; k++) i32[address + k] = 0;
  else i32.fill(0, address, address + words);
  return address;
}

/** As `allocate`, with undefined contents: for blocks that are written at once. */
export function allocateRaw(bytes: number): number {
  if (!(bytes >= 0 && bytes < 2 ** 33)) throw exhausted(bytes);
  const words = wordsOf(bytes);
  const address = words <= LARGEST_SMALL ? takeSmall(classOfUnits[(words + 3) >>> 2]) : takeLarge(bytes);
  if (address !== 0) return address;
  if (bytes > i32[Control.LIMIT_PAGES] * PAGE_BYTES) throw exhausted(bytes);
  // Free blocks serve their own size only, until their spans are given back.
  for (const help of [giveSpansBack, reclaimSpans]) {
    if (!help()) continue;
    const again = words <= LARGEST_SMALL ? takeSmall(classOfUnits[(words + 3) >>> 2]) : takeLarge(bytes);
    if (again !== 0) return again;
  }
  throw exhausted(bytes);
}

function reclaimSpans(): boolean {
  if (!reclaim()) return false;
  giveSpansBack();
  return true;
}

function wordsOf(bytes: number): number {
  return Math.ceil(bytes / 4);
}

/** Frees the block at `address`. */
export function free(address: number): void {
  const entry = pageEntry(address);
  if ((entry & 3) === LARGE) {
    givePages(address, entry >>> 2);
    return;
  }
  const sizeClass = (entry >>> 2) & CLASS_BITS;
  const stock = self.address + Agent.STOCK + sizeClass * 2;
  i32[address] = i32[stock];
  i32[stock] = address;
  if (++i32[stock + 1] > 2 * batchOf(sizeClass)) returnBatch(stock, sizeClass);
}

/** Size of the block at `address` in bytes; at least what was asked for. */
export function blockBytes(address: number): number {
  const entry = pageEntry(address);
  return (entry & 3) === LARGE ? (entry >>> 2) * PAGE_BYTES : CLASS_WORDS[(entry >>> 2) & CLASS_BITS] * 4;
}

function takeLarge(bytes: number): number {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  return takePages(pages, (pages << 2) | LARGE);
}

function takeSmall(sizeClass: number): number {
  const stock = self.address + Agent.STOCK + sizeClass * 2;
  const head = i32[stock];
  if (head === 0 && !refill(stock, sizeClass)) return 0;
  const block = i32[stock];
  i32[stock] = i32[block];
  i32[stock + 1]--;
  return block;
}

/** Fills an empty stock with a batch from the central one, or with a new span. */
function refill(stock: number, sizeClass: number): boolean {
  const central = Control.CENTRAL + sizeClass * 4;
  const batch = batchOf(sizeClass);
  latch(central);
  let block = i32[central + 1];
  let taken = 0;
  if (block !== 0) {
    const first = block;
    let last = block;
    for (; block !== 0 && taken < batch; taken++) {
      last = block;
      block = i32[block];
    }
    i32[last] = 0;
    i32[central + 1] = block;
    i32[central + 2] -= taken;
    i32[stock] = first;
  }
  unlatch(central);
  if (taken === 0) {
    taken = carve(stock, sizeClass);
    if (taken === 0) return false;
  }
  i32[stock + 1] = taken;
  return true;
}

/** Cuts a new span into blocks for this thread's stock and returns their number. */
function carve(stock: number, sizeClass: number): number {
  const span = takePages(SPAN_PAGES, (sizeClass << 2) | SMALL);
  if (span === 0) return 0;
  const words = CLASS_WORDS[sizeClass];
  const count = Math.floor((SPAN_PAGES * PAGE_WORDS) / words);
  for (let k = 0; k < count; k++) i32[span + k * words] = k + 1 < count ? span + (k + 1) * words : 0;
  i32[stock] = span;
  return count;
}

/** Moves blocks of an overfull stock to the central one until a batch is left. */
function returnBatch(stock: number, sizeClass: number): void {
  const keep = batchOf(sizeClass);
  let last = i32[stock];
  for (let k = 1; k < keep; k++) last = i32[last];
  const surplus = i32[last];
  i32[last] = 0;
  const count = i32[stock + 1] - keep;
  i32[stock + 1] = keep;
  giveCentral(surplus, count, sizeClass);
}

function giveCentral(first: number, blocks: number, sizeClass: number): void {
  const central = Control.CENTRAL + sizeClass * 4;
  const now = putCentral(first, blocks, central);
  if (now > Math.max(LOOK_BYTES / 4 / CLASS_WORDS[sizeClass], i32[central + 3])) giveSpans(sizeClass, false);
}

/**
 * Gives the spans of a size class back of which all blocks lie in the central stock. The stock is taken away for that time,
 * so that the latch is held for a moment only: whoever needs a block meanwhile cuts a new span. The next look comes when
 * the stock has grown by a quarter, so that the cost per block freed is constant.
 *
 * The fourth word of the central stock is the negative slot of who looks, while somebody does: what is counted stands in the page map.
 */
function giveSpans(sizeClass: number, isUrgent: boolean): boolean {
  const central = Control.CENTRAL + sizeClass * 4;
  latch(central);
  const first = i32[central + 1];
  if (first === 0 || i32[central + 3] < 0) {
    unlatch(central);
    return false;
  }
  const before = i32[central + 2];
  i32[central + 1] = 0;
  i32[central + 2] = 0;
  i32[central + 3] = -self.slot;
  unlatch(central);
  const blocksOfSpan = Math.floor((SPAN_PAGES * PAGE_WORDS) / CLASS_WORDS[sizeClass]);
  const { kept, count } = releaseSpans(first, blocksOfSpan, SPAN_PAGES);
  latch(central);
  i32[central + 3] = isUrgent ? 0 : count + (count >>> 2);
  unlatch(central);
  if (kept !== 0) putCentral(kept, count, central);
  return count < before;
}

/** Puts a chain of blocks into a central stock; returns how many are in it then. */
function putCentral(first: number, blocks: number, central: number): number {
  let last = first;
  while (i32[last] !== 0) last = i32[last];
  latch(central);
  i32[last] = i32[central + 1];
  i32[central + 1] = first;
  const now = (i32[central + 2] += blocks);
  unlatch(central);
  return now;
}

/** Gives all empty spans back, those of blocks in this thread's stock included; true if there were any. */
function giveSpansBack(): boolean {
  surrenderStock(self.address);
  let found = false;
  for (let sizeClass = 0; sizeClass < CLASS_WORDS.length; sizeClass++) found = giveSpans(sizeClass, true) || found;
  return found;
}

/** Hands the stock of the agent at `agent` to the others: at its end, by itself or by whoever buries it. */
export function surrenderStock(agent: number): void {
  for (let sizeClass = 0; sizeClass < CLASS_WORDS.length; sizeClass++) {
    const stock = agent + Agent.STOCK + sizeClass * 2;
    const first = i32[stock];
    const count = i32[stock + 1];
    if (i32[Control.CENTRAL + sizeClass * 4 + 3] === -i32[agent + Agent.SLOT]) endLook(sizeClass);
    i32[stock] = 0;
    i32[stock + 1] = 0;
    if (first !== 0) giveCentral(first, count, sizeClass);
  }
}

/** Who looked for empty spans of the class has died over it. The blocks that it had in its hands are lost, but others may look. */
function endLook(sizeClass: number): void {
  clearCounts((sizeClass << 2) | SMALL);
  atomic.store(Control.CENTRAL + sizeClass * 4 + 3, 0);
}

/** Bytes in use: pages of large blocks and of spans, less the free blocks of all stocks. */
export function usedBytes(): number {
  let free = 0;
  for (let c = 0; c < CLASS_WORDS.length; c++) free += i32[Control.CENTRAL + c * 4 + 2] * CLASS_WORDS[c] * 4;
  lookAtAgents((agent) => {
    free += stockBytes(agent);
  });
  return atomic.load(Control.USED_PAGES) * PAGE_BYTES - free;
}

/** Bytes in the stock of the agent at `agent`: free, for that thread only. */
export function stockBytes(agent: number): number {
  let bytes = 0;
  for (let c = 0; c < CLASS_WORDS.length; c++) bytes += i32[agent + Agent.STOCK + c * 2 + 1] * CLASS_WORDS[c] * 4;
  return bytes;
}

/** Most pages that were in use at once, in bytes. */
export function peakBytes(): number {
  return atomic.load(Control.PEAK_PAGES) * PAGE_BYTES;
}
