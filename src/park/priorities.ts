/**
 * Priorities: the binary heap of a PriorityQueue. It orders nodes, which are blocks of their own:
 *
 *   words 0, 1   the item, a slot
 *   words 2, 3   number of arrival, a double: equal priorities come out in that order
 *   word 4       length of the key in words
 *   words 5 …    the key: what the priority is, as words that are ordered as it is (queue/keys.ts writes them)
 *
 * Keys are compared word by word, as signed numbers. A word whose lowest bit is set is a tag, which says what kind of value
 * follows, or that there is none. Two keys that are equal up to a word have been read in the same way up to there, so there
 * they have a tag both or none. If the tags differ and both are kinds of values, the priorities have no order, as a string
 * and a number: that is found where Python finds it, when the two are compared.
 */
import { allocateRaw } from '../heap/allocator.js';
import { f64, i32 } from '../heap/memory.js';

const ARRIVAL = 2;
const LENGTH = 4;
const KEY = 5;

/** Tags, in their order. END closes an array; CUT stands where the elements that have an order end. */
export const KeyTag = { END: 1, CUT: 3, NUMBER: 5, STRING: 7, ARRAY: 9 } as const;

/** A node with the first `length` words of `key`; its slot is not written. Throws HeapExhaustedError. */
export function newNode(key: Int32Array, length: number): number {
  const node = allocateRaw((KEY + length) * 4);
  i32[node + LENGTH] = length;
  for (let k = 0; k < length; k++) i32[node + KEY + k] = key[k];
  return node;
}

/** Numbers the node as the one that arrives now. */
export function stampNode(node: number, arrival: number): void {
  f64[(node + ARRIVAL) >> 1] = arrival;
}

/** What `order` returns for keys that have no order. */
const NONE = 2;

/** -1 if node `a` comes before node `b`, else 1; NONE if they cannot be compared. */
function order(a: number, b: number): number {
  const length = Math.min(i32[a + LENGTH], i32[b + LENGTH]);
  for (let k = KEY; k < KEY + length; k++) {
    const x = i32[a + k];
    const y = i32[b + k];
    if (x === y) continue;
    if ((x & 1) !== 0 && Math.min(x, y) >= KeyTag.NUMBER) return NONE;
    return x < y ? -1 : 1;
  }
  return f64[(a + ARRIVAL) >> 1] < f64[(b + ARRIVAL) >> 1] ? -1 : 1;
}

/** As `order`, for nodes that are inside already: kinds that cannot be compared stand in the order of their tags. */
function precedes(a: number, b: number): boolean {
  const found = order(a, b);
  return found === NONE ? precedesByKind(a, b) : found < 0;
}

function precedesByKind(a: number, b: number): boolean {
  let k = KEY;
  while (i32[a + k] === i32[b + k]) k++;
  return i32[a + k] < i32[b + k];
}

/**
 * Puts the node in a heap of `count` nodes, every other word from `heap` on. False, and nothing changed, if it cannot be
 * compared with one that it meets on its way.
 */
export function insertNode(heap: number, count: number, node: number): boolean {
  let place = count;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const found = order(node, i32[heap + 2 * parent]);
    if (found === NONE) return false;
    if (found > 0) break;
    place = parent;
  }
  for (let k = count; k !== place; ) {
    const parent = (k - 1) >> 1;
    i32[heap + 2 * k] = i32[heap + 2 * parent];
    k = parent;
  }
  i32[heap + 2 * place] = node;
  return true;
}

/** Takes the first node out; `count` is how many are left. */
export function removeNode(heap: number, count: number): void {
  const last = i32[heap + 2 * count];
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= count) break;
    if (child + 1 < count && precedes(i32[heap + 2 * (child + 1)], i32[heap + 2 * child])) child++;
    if (precedes(last, i32[heap + 2 * child])) break;
    i32[heap + 2 * place] = i32[heap + 2 * child];
    place = child;
  }
  i32[heap + 2 * place] = last;
}
