/**
 * Which threads have died without a chance to put their locks in order: whoever meets one as the holder of a lock inherits that. Ending
 * normally is not dying.
 *
 * A set of idents, by open addressing in a table of pages that is at most half full. When it is, a larger one takes over what it has,
 * up to a MiB; of that size two take turns, and the one before is still looked at: so the last 131,071 deaths at least are
 * remembered. Who looks takes no latch: a table is never given back.
 */
import * as atomic from './atomic.js';
import { Control, PAGE_WORDS } from './layout.js';
import { i32 } from './memory.js';
import { LARGE, takePages } from './pages.js';
import { latch, unlatch } from '../park/latch.js';

/** Of the tables, in pages. */
const SIZES: readonly number[] = [1, 8, 64, 256];

/** A table: its size in pages, how many idents are in it, and places for twice as many. */
const PAGES = 0;
const COUNT = 1;
const PLACES = 2;

function placesIn(table: number): number {
  return i32[table + PAGES] * PAGE_WORDS - PLACES;
}

/** The word of `table` where `ident` stands, or would stand. */
function placeOf(table: number, ident: number): number {
  const places = placesIn(table);
  let at = (Math.imul(ident, 0x9e3779b1) >>> 0) % places;
  for (;;) {
    const found = atomic.load(table + PLACES + at);
    if (found === ident || found === 0) return table + PLACES + at;
    at = at + 1 === places ? 0 : at + 1;
  }
}

/** Notes that the thread `ident` died. */
export function noteDeath(ident: number): void {
  latch(Control.DEATH_LATCH);
  let table = i32[Control.DEATHS];
  if (table === 0 || i32[table + COUNT] * 2 >= placesIn(table)) table = begin(table);
  if (table !== 0) enterIn(table, ident);
  unlatch(Control.DEATH_LATCH);
}

function enterIn(table: number, ident: number): void {
  const place = placeOf(table, ident);
  if (i32[place] !== 0) return;
  i32[table + COUNT]++;
  atomic.store(place, ident);
}

/** Under the latch: the next table, after `full`. Where there is no room for one a former is emptied; 0 if there is none either. */
function begin(full: number): number {
  const before = i32[Control.DEATHS_BEFORE];
  const largest = SIZES[SIZES.length - 1];
  const size = SIZES.find((pages) => full === 0 || pages > i32[full + PAGES]) ?? largest;
  const takesTurns = before !== 0 && i32[before + PAGES] === largest;
  const fresh = takesTurns ? 0 : takePages(size, (size << 2) | LARGE);
  const table = fresh || before || full;
  if (table === 0) return 0;
  if (fresh !== 0) i32[table + PAGES] = size;
  i32.fill(0, table + COUNT, table + i32[table + PAGES] * PAGE_WORDS);
  if (full !== 0 && i32[table + PAGES] > i32[full + PAGES]) {
    for (let at = full + PLACES; at < full + PLACES + placesIn(full); at++) if (i32[at] !== 0) enterIn(table, i32[at]);
  }
  if (table !== full) atomic.store(Control.DEATHS_BEFORE, full);
  atomic.store(Control.DEATHS, table);
  return table;
}

/** Whether the thread `ident` died. */
export function isDead(ident: number): boolean {
  return isIn(atomic.load(Control.DEATHS), ident) || isIn(atomic.load(Control.DEATHS_BEFORE), ident);
}

function isIn(table: number, ident: number): boolean {
  return table !== 0 && i32[placeOf(table, ident)] === ident;
}
