/**
 * Spans of small blocks go back when all their blocks are free.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent } from '../../src/heap/agents.js';
import { allocate, allocateRaw, blockBytes, free, surrenderStock } from '../../src/heap/allocator.js';
import { Control, MAX_AGENTS, PAGE_BYTES, PAGE_MAP } from '../../src/heap/layout.js';
import { i32 } from '../../src/heap/memory.js';
import { COUNT_SHIFT, spanPage } from '../../src/heap/pages.js';

const pages = () => Atomics.load(i32, Control.USED_PAGES);
const SIZES = [16, 40, 64, 100, 500, 2000];

function givesPagesBack(): void {
  for (const size of SIZES) {
    const before = pages();
    const blocks = Array.from({ length: Math.ceil(4e6 / size) }, () => allocateRaw(size));
    assert.ok(pages() - before > 3.9e6 / PAGE_BYTES);
    for (const block of blocks) free(block);
    // What is left is what the stocks keep for the next ones, a look's threshold at most.
    assert.ok((pages() - before) * PAGE_BYTES < 1e6, `${size}: ${(pages() - before) * PAGE_BYTES} bytes are left`);
  }
}

test('blocks that are freed one after the other give their pages back', givesPagesBack);

test('also after a thread has died that was looking for empty spans', () => {
  const dead = allocate(PAGE_BYTES);
  i32[dead + Agent.SLOT] = MAX_AGENTS - 1;
  for (const size of SIZES) {
    const block = allocateRaw(size);
    i32[PAGE_MAP + spanPage(block)] += 3 << COUNT_SHIFT;
    free(block);
  }
  for (let at: number = Control.CENTRAL; at < Control.KINDS; at += 4) i32[at + 3] = -i32[dead + Agent.SLOT];
  surrenderStock(dead);
  for (let k = 0; k < i32[Control.FRESH_PAGE]; k++)
    assert.ok((i32[PAGE_MAP + k] & 3) !== 1 || i32[PAGE_MAP + k] >>> COUNT_SHIFT === 0);
  givesPagesBack();
  free(dead);
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
