/**
 * Empty spans: runs of pages cut into small blocks, all of which are free again.
 */
import { Control, PAGE_MAP } from './layout.js';
import { i32 } from './memory.js';
import { addressOfPage, CLASS_BITS, COUNT_SHIFT, givePages, spanPage } from './pages.js';

const ONE: number = 1 << COUNT_SHIFT;
/** Of a page's word: that it is of a span of small blocks, and of which class. */
const CLASS_ENTRY: number = (CLASS_BITS << 2) | 3;

/**
 * Gives those spans back that lie in the chain of free blocks at `first` with all their `blocksOfSpan` blocks. Returns the
 * chain of the other blocks. Nobody else may do this with blocks of the same size at the same time: the counts stand in
 * the page map, in the word of each span's first page, and are 0 between two calls.
 */
export function releaseSpans(first: number, blocksOfSpan: number, pages: number): { kept: number; count: number } {
  for (let block = first; block !== 0; block = i32[block]) i32[PAGE_MAP + spanPage(block)] += ONE;
  let kept = 0;
  let count = 0;
  let empty = 0;
  for (let block = first; block !== 0; ) {
    const next = i32[block];
    const page = spanPage(block);
    if (i32[PAGE_MAP + page] >>> COUNT_SHIFT < blocksOfSpan) {
      i32[block] = kept;
      kept = block;
      count++;
    } else if (block === addressOfPage(page)) {
      // The first block stands for its span.
      i32[block] = empty;
      empty = block;
    }
    block = next;
  }
  for (let block = kept; block !== 0; block = i32[block]) i32[PAGE_MAP + spanPage(block)] &= ONE - 1;
  while (empty !== 0) {
    const next = i32[empty];
    givePages(empty, pages);
    empty = next;
  }
  return { kept, count };
}

/** Makes the counts 0 again that a thread left which died in `releaseSpans`; `entry` says of which class. As there, nobody else counts. */
export function clearCounts(entry: number): void {
  for (let at = PAGE_MAP; at < PAGE_MAP + i32[Control.FRESH_PAGE]; at++) {
    // A span of the class with a count stays what it is: nobody but who counts gives it back.
    if (i32[at] >>> COUNT_SHIFT !== 0 && (i32[at] & CLASS_ENTRY) === entry) i32[at] &= ONE - 1;
  }
}
