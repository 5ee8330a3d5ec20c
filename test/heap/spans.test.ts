/**
 * Spans of small blocks go back when all their blocks are free.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocate, allocateRaw, blockBytes, free } from '../../src/heap/allocator.js';
import { Control, PAGE_BYTES } from '../../src/heap/layout.js';
import { i32 } from '../../src/heap/memory.js';

const pages = () => Atomics.load(i32, Control.USED_PAGES);
const SIZES = [16, 40, 64, 100, 500, 2000];

test('blocks that are freed one after the other give their pages back', () => {
  for (const size of SIZES) {
    const before = pages();
    const blocks = Array.from({ length: Math.ceil(4e6 / size) }, () => allocateRaw(size));
    assert.ok(pages() - before > 3.9e6 / PAGE_BYTES);
    for (const block of blocks) free(block);
    // What is left is what the stocks keep for the next ones, a look's threshold at most.
    assert.ok((pages() - before) * PAGE_BYTES < 1e6, `${size}: ${(pages() - before) * PAGE_BYTES} bytes are left`);
  }
});

test('blocks in use stay what they are', () => {
  const kept: number[] = [];
  for (const size of SIZES) {
    const blocks = Array.from({ length: Math.ceil(2e6 / size) }, () => allocate(size));
    for (const [k, block] of blocks.entries()) {
      if (k % 100 !== 0) continue;
      i32[block] = block;
      i32[block + 3] = -block;
      kept.push(block);
    }
    for (const [k, block] of blocks.entries()) if (k % 100 !== 0) free(block);
  }
  // Others take what was freed, and zero it.
  const others = SIZES.flatMap((size) => Array.from({ length: 5000 }, () => allocate(size)));
  assert.equal(new Set([...kept, ...others]).size, kept.length + others.length);
  for (const block of kept) {
    assert.equal(i32[block], block);
    assert.equal(i32[block + 3], -block);
    assert.ok(blockBytes(block) >= 16 && blockBytes(block) <= 2048);
  }
  for (const block of [...kept, ...others]) free(block);
});

test('what small blocks took serves a large one when the heap is full', () => {
  const limit = i32[Control.LIMIT_PAGES];
  i32[Control.LIMIT_PAGES] = i32[Control.FRESH_PAGE] + 2000;
  try {
    const blocks: number[] = [];
    for (let k = 0; k < 50_000; k++) blocks.push(allocateRaw(150));
    // Every seventh last, so that no span is empty before.
    for (const [k, block] of blocks.entries()) if (k % 7 !== 0) free(block);
    for (const [k, block] of blocks.entries()) if (k % 7 === 0) free(block);
    free(allocateRaw(1900 * PAGE_BYTES));
  } finally {
    i32[Control.LIMIT_PAGES] = limit;
  }
});
