/**
 * Pages: the heap in runs ("spans") of 4 KiB. Free spans hang in one list per power of two of their length and are merged
 * with their free neighbours at once, so that the address space does not crumble.
 *
 * The page map has a word per page:
 *   0                     inside a span (no first or last page), or never used
 *   pages << 2 | FREE     first and last page of a free span
 *   pages << 2 | LARGE    first page of a block of its own
 *   … | class << 2 | SMALL    every page of a span that is cut into blocks of one size class; with the number of the page in
 *                         the span (2 bits), and in that of the first page what spans.ts counts
 */
import { HeapExhaustedError } from '../errors.js';
import { latch, unlatch } from '../park/latch.js';
import * as atomic from './atomic.js';
import { Control, PAGE_BYTES, PAGE_MAP, PAGE_WORDS } from './layout.js';
import { FIRST_PAGE, i32 } from './memory.js';

export const SMALL = 1;
export const LARGE = 2;
const FREE = 3;
/** Of a SMALL entry: the class has 5 bits, the page's number 2; the rest is spans.ts's. */
export const CLASS_BITS = 31;
const NUMBER_SHIFT = 7;
export const COUNT_SHIFT = 9;

/** Words of a free span's first page. */
const NEXT = 0;
const PREV = 1;

const BINS = 21;

function binOf(pages: number): number {
  return 31 - Math.clz32(pages);
}

export function addressOfPage(page: number): number {
  return FIRST_PAGE + page * PAGE_WORDS;
}

/** The page map's word for the page that `address` lies in. */
export function pageEntry(address: number): number {
  return i32[PAGE_MAP + Math.floor((address - FIRST_PAGE) / PAGE_WORDS)];
}

/** First page of the span of small blocks that `address` lies in. */
export function spanPage(address: number): number {
  const page = Math.floor((address - FIRST_PAGE) / PAGE_WORDS);
  return page - ((i32[PAGE_MAP + page] >>> NUMBER_SHIFT) & 3);
}

function unlinkSpan(page: number, pages: number): void {
  const at = addressOfPage(page);
  const next = i32[at + NEXT];
  const prev = i32[at + PREV];
  if (prev === 0) i32[Control.SPAN_BINS + binOf(pages)] = next;
  else i32[prev + NEXT] = next;
  if (next !== 0) i32[next + PREV] = prev;
  i32[PAGE_MAP + page] = 0;
  i32[PAGE_MAP + page + pages - 1] = 0;
}

function linkSpan(page: number, pages: number): void {
  const bin = Control.SPAN_BINS + binOf(pages);
  const at = addressOfPage(page);
  const head = i32[bin];
  i32[at + NEXT] = head;
  i32[at + PREV] = 0;
  if (head !== 0) i32[head + PREV] = at;
  i32[bin] = at;
  i32[PAGE_MAP + page] = (pages << 2) | FREE;
  i32[PAGE_MAP + page + pages - 1] = (pages << 2) | FREE;
}

/** A free span of at least `pages` pages, already unlinked; -1 if there is none. Its length stands in `foundPages`. */
let foundPages = 0;
function findSpan(pages: number): number {
  for (let bin = binOf(pages); bin < BINS; bin++) {
    // Only in the first bin can a span be too short; a longer one from a higher bin always fits.
    for (let at = i32[Control.SPAN_BINS + bin]; at !== 0; at = i32[at + NEXT]) {
      const page = (at - FIRST_PAGE) / PAGE_WORDS;
      const length = i32[PAGE_MAP + page] >>> 2;
      if (length < pages) continue;
      unlinkSpan(page, length);
      foundPages = length;
      return page;
    }
  }
  return -1;
}

/** Takes `pages` pages, marked `entry` in the page map. Contents are undefined. Returns 0 when the heap has no room. */
export function takePages(pages: number, entry: number): number {
  latch(Control.PAGE_LATCH);
  let page = findSpan(pages);
  if (page >= 0) {
    if (foundPages > pages) linkSpan(page + pages, foundPages - pages);
  } else {
    page = i32[Control.FRESH_PAGE];
    if (page + pages > i32[Control.LIMIT_PAGES]) {
      unlatch(Control.PAGE_LATCH);
      return 0;
    }
    atomic.store(Control.FRESH_PAGE, page + pages);
  }
  const small = (entry & 3) === SMALL;
  i32[PAGE_MAP + page] = entry;
  for (let k = 1; k < pages; k++) i32[PAGE_MAP + page + k] = small ? entry | (k << NUMBER_SHIFT) : 0;
  const used = atomic.add(Control.USED_PAGES, pages) + pages;
  if (used > i32[Control.PEAK_PAGES]) atomic.store(Control.PEAK_PAGES, used);
  unlatch(Control.PAGE_LATCH);
  return addressOfPage(page);
}

/** Gives `pages` pages back that start at `address`. */
export function givePages(address: number, pages: number): void {
  latch(Control.PAGE_LATCH);
  atomic.sub(Control.USED_PAGES, pages);
  let page = (address - FIRST_PAGE) / PAGE_WORDS;
  let length = pages;
  i32.fill(0, PAGE_MAP + page, PAGE_MAP + page + ((i32[PAGE_MAP + page] & 3) === SMALL ? pages : 1));
  const after = i32[PAGE_MAP + page + length];
  if ((after & 3) === FREE) {
    unlinkSpan(page + length, after >>> 2);
    length += after >>> 2;
  }
  const before = page > 0 ? i32[PAGE_MAP + page - 1] : 0;
  if ((before & 3) === FREE) {
    page -= before >>> 2;
    unlinkSpan(page, before >>> 2);
    length += before >>> 2;
  }
  if (page + length === i32[Control.FRESH_PAGE]) atomic.store(Control.FRESH_PAGE, page);
  else linkSpan(page, length);
  unlatch(Control.PAGE_LATCH);
}

/** The error for an allocation of `bytes` that found no room. */
export function exhausted(bytes: number): HeapExhaustedError {
  const limit = i32[Control.LIMIT_PAGES] * PAGE_BYTES;
  const used = atomic.load(Control.USED_PAGES) * PAGE_BYTES;
  return new HeapExhaustedError(
    `the shared heap has no room for ${bytes} bytes (${used} of ${limit} in use); ` +
      'reserve more with configure({ heapBytes }) or THREADWORK_HEAP_BYTES, or drop what is no longer needed',
  );
}
