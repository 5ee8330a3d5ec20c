/** A record type for the tests: the simplest thing that threads can share. */
import { ADDRESS, defineHandle, Handle } from '../../src/heap/handle.js';
import { Record } from '../../src/heap/layout.js';
import { i32 } from '../../src/heap/memory.js';
import { defineRecord, newRecord } from '../../src/heap/records.js';

const THING_TYPE = 200;

export class Thing extends Handle {
  constructor() {
    super(newRecord(THING_TYPE, 2));
  }

  get value(): number {
    return Atomics.load(i32, this[ADDRESS] + Record.BODY);
  }

  set value(value: number) {
    Atomics.store(i32, this[ADDRESS] + Record.BODY, value);
  }
}

defineRecord(THING_TYPE, { label: 'Thing' });
defineHandle(THING_TYPE, Thing);

export function references(thing: Thing): number {
  return i32[thing[ADDRESS] + Record.REFS];
}
