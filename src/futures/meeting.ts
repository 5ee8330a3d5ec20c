import { ADDRESS, defineHandle, Handle } from '../heap/handle.js';
import { defineRecord, newRecord } from '../heap/records.js';
import { attend, disband, MEETING_WORDS } from '../park/meeting.js';
import { linksOf, standing } from '../park/outcome.js';
import { MEETING_TYPE } from './types.js';

defineRecord(MEETING_TYPE, { label: 'Meeting', dispose: disband });

/**
 * One thread's wait for several futures. A handle, though nobody ever sends it: so it ends with its thread, or when whatever
 * waited was dropped.
 */
export class Meeting extends Handle {
  constructor() {
    super(newRecord(MEETING_TYPE, MEETING_WORDS));
  }

  /** Wants to know when the future at `future` is so far; returns the link. */
  add(future: number, wants: number): number {
    return attend(this[ADDRESS], future, linksOf(future), wants, standing);
  }
}

defineHandle(MEETING_TYPE, Meeting);
