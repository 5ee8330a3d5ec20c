/**
 * Fields that hold more than a number: a slot of 8 bytes (wire/slot.ts), which the latch of its record guards.
 *
 * A slot holds numbers and the like itself, and else a reference on a record: the shared object's own, or a *value record*, which
 * owns a message with the encoded value. So a reader takes a reference under the latch and decodes outside, while others
 * replace what stands in the field.
 */
import * as atomic from '../heap/atomic.js';
import { Agent, self } from '../heap/agents.js';
import { handleAt, isHandle, knownHandle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, release, retain, typeOf } from '../heap/records.js';
import { latch, unlatch } from '../park/latch.js';
import { discard, pack, peek } from '../wire/message.js';
import { clearSlot, dropSlot, takeSlot, Tag, writeSlot } from '../wire/slot.js';

const VALUE_TYPE = 63;
const MESSAGE: number = Record.BODY;

defineRecord(VALUE_TYPE, { label: 'value', dispose: (record) => discard(i32[record + MESSAGE]) });

/** Where this thread has the slot that it is about to exchange. */
const stage: number = self.address + Agent.STAGE;

/** Puts `value` in the slot at word `at` of `record`. Throws NotSendableError, CaptureError and HeapExhaustedError. */
export function storeValue(record: number, at: number, value: unknown, path: string): void {
  prepare(value, path);
  const low = i32[stage];
  const high = i32[stage + 1];
  latch(record + Record.LATCH);
  i32[stage] = i32[at];
  i32[stage + 1] = i32[at + 1];
  i32[at] = low;
  i32[at + 1] = high;
  unlatch(record + Record.LATCH);
  dropSlot(stage);
  clearSlot(stage);
}

/** Whether the slot can hold the value without a message. */
function isInline(value: unknown): boolean {
  if (typeof value === 'object') return value === null || isHandle(value);
  return typeof value === 'number' || typeof value === 'boolean' || value === undefined;
}

function prepare(value: unknown, path: string): void {
  if (isInline(value)) {
    writeSlot(stage, value, path);
    return;
  }
  const message = pack(value, { path, freeze: true });
  let holder: number;
  try {
    holder = newRecord(VALUE_TYPE, 2);
  } catch (error) {
    discard(message);
    throw error;
  }
  i32[holder + MESSAGE] = message;
  retain(holder);
  i32[stage] = holder;
  i32[stage + 1] = Tag.RECORD;
}

/** What the slot at word `at` of `record` holds; frozen, unless it is a shared object. */
export function loadValue(record: number, at: number): unknown {
  latch(record + Record.LATCH);
  const low = i32[at];
  const high = i32[at + 1];
  if (high === Tag.RECORD) atomic.add(low + Record.REFS, 1);
  unlatch(record + Record.LATCH);
  if (high !== Tag.RECORD) {
    i32[stage] = low;
    i32[stage + 1] = high;
    return takeSlot(stage);
  }
  try {
    return typeOf(low) === VALUE_TYPE ? peek(i32[low + MESSAGE]) : handleAt(low);
  } finally {
    release(low);
  }
}

/** The shared object in the slot at word `at` of `record`; undefined if there is none. */
export function loadHandle(record: number, at: number): unknown {
  // A record that this thread has a handle on cannot go: what the word says is what the field held when it was read.
  return knownHandle(atomic.load(at)) ?? loadValue(record, at);
}

/** Whether the slot at word `at` was never written. */
export function isBlank(at: number): boolean {
  return i32[at + 1] === Tag.EMPTY;
}
