/**
 * Empty spans: runs of pages cut into small blocks, all of which are free again.
 */
import { PAGE_MAP } from './layout.js';
import { i32 } from './memory.js';
import { addressOfPage, COUNT_SHIFT, givePages, spanPage } from './pages.js';

const ONE: number = 1 << COUNT_SHIFT;

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
