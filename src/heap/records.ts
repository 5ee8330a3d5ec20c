/**
 * Records: blocks with a header, the things that handles point at. A record lives as long as somebody refers to it: threads
 * through their handles, messages in flight, slots of shared containers. Whoever gives the last reference up frees it.
 */
import { withArticle } from '../arguments.js';
import * as atomic from './atomic.js';
import { Agent, lookAtAgents, self } from './agents.js';
import { allocate, allocateRaw, blockBytes, free } from './allocator.js';
import { Control, MAX_TYPES, Record } from './layout.js';
import { i32 } from './memory.js';
import { peekText, writeText } from './text.js';

/** What the heap knows of a class of records. */
export interface RecordType {
  /** Shown in default names: `Lock` gives `Lock-7`. */
  readonly label: string;
  /** The same for one record, where they differ. */
  readonly labelOf?: (address: number) => string;
  /** Gives up what the record's own part refers to, just before the record is freed. */
  readonly dispose?: (address: number) => void;
}

const types: RecordType[] = [];

/** Declares the class of records `type`, a positive number below MAX_TYPES that no other class uses. */
export function defineRecord(type: number, description: RecordType): void {
  if (types[type] !== undefined) throw new Error(`record type ${type} is ${types[type].label} already`);
  types[type] = description;
}

let loadType: (type: number) => void = () => undefined;

/** Says how to load what declares a class of records that this thread did not know yet. */
export function onUnknownType(load: (type: number) => void): void {
  loadType = load;
}

/** Makes the class of the record known to this thread, whose first contact with such records this may be. */
export function meet(record: number): void {
  const type = i32[record + Record.TYPE];
  if (types[type] === undefined) loadType(type);
}

/** A new record with a zeroed part of `words` words of its own and no references yet. Throws HeapExhaustedError. */
export function newRecord(type: number, words: number): number {
  const address = allocate((Record.BODY + words) * 4);
  i32[address + Record.TYPE] = type;
  count(type, 1, blockBytes(address) >> 2);
  i32[address + Record.ID] = atomic.add(Control.NEXT_ID, 1);
  return address;
}

/** This thread made or freed a record: its own words, so that it costs no more than two additions. */
function count(type: number, records: number, words: number): void {
  const at = self.address + Agent.KINDS + type;
  i32[at] += records;
  i32[at + MAX_TYPES] += words;
}

/** Records of one type. */
export interface Kind {
  readonly label: string;
  readonly count: number;
  readonly bytes: number;
}

/** How many records of each type there are, and the bytes that they take. Threads at work may change it meanwhile. */
export function kindsInUse(): Kind[] {
  const sums = i32.slice(Control.KINDS, Control.KINDS + 2 * MAX_TYPES);
  lookAtAgents((agent) => {
    // Sums wrap around as the words that they are made of do.
    for (let k = 0; k < sums.length; k++) sums[k] += i32[agent + Agent.KINDS + k];
  });
  const found: Kind[] = [];
  for (let type = 0; type < MAX_TYPES; type++) {
    if (sums[type] > 0) {
      found.push({
        label: types[type]?.label ?? `type ${type}`,
        count: sums[type],
        bytes: (sums[type + MAX_TYPES] >>> 0) * 4,
      });
    }
  }
  return found;
}

/** A new record of `bytes` bytes of its own, with undefined contents, that one reference of the caller's keeps; no handle ever stands for it. */
export function newValue(type: number, bytes: number): number {
  const address = allocateRaw(Record.BODY * 4 + bytes);
  i32[address + Record.TYPE] = type;
  i32[address + Record.REFS] = 1;
  i32[address + Record.ANNEX] = 0;
  count(type, 1, blockBytes(address) >> 2);
  return address;
}

/** One more reference on the record. */
export function retain(address: number): void {
  atomic.add(address + Record.REFS, 1);
}

/** Records without references that wait for being dismantled, linked through QUEUE_HEAD; 0: none. */
let doomed = 0;
let dismantling = false;

/**
 * Gives a reference up; the last one frees the record and what it refers to. What that refers to in turn is freed by the
 * outermost call, one after the other: a chain of records may be longer than the stack is deep.
 */
export function release(address: number): void {
  if (atomic.sub(address + Record.REFS, 1) !== 1) return;
  i32[address + Record.QUEUE_HEAD] = doomed;
  doomed = address;
  if (dismantling) return;
  dismantling = true;
  try {
    while (doomed !== 0) {
      const record = doomed;
      doomed = i32[record + Record.QUEUE_HEAD];
      dismantle(record);
    }
  } finally {
    dismantling = false;
  }
}

function dismantle(record: number): void {
  meet(record);
  types[i32[record + Record.TYPE]]?.dispose?.(record);
  const annex = i32[record + Record.ANNEX];
  if (annex !== 0) freeAnnex(annex);
  count(i32[record + Record.TYPE], -1, -(blockBytes(record) >> 2));
  free(record);
}

/**
 * `address`, if a record stands there whose type is `first` to `last`. Methods ask for that, because they can be torn off or lent to
 * another object, and would then write to words that mean something else. What has no address has undefined: no word is there.
 */
export function ofType(address: number, first: number, last: number = first): number {
  const type = i32[address + Record.TYPE];
  if (type >= first && type <= last) return address;
  throw notOfType(address, first);
}

/** The error of a method of `type` that was called on something else; `address` is that one's, if it has any. */
export function notOfType(address: number | undefined, type: number): TypeError {
  const label = types[type]?.label ?? 'shared object';
  const stranger = address === undefined ? 'something else' : withArticle(labelOf(address));
  return new TypeError(`a method of ${label} was called on ${stranger}: call it as object.method(), or bind it`);
}

/** Class number of the record. */
export function typeOf(address: number): number {
  return i32[address + Record.TYPE];
}

/** Notes that this thread has a handle on the record: it can end waits on it from now on. */
export function noteUser(address: number): void {
  const bit = 1 << (self.slot % 31);
  if ((i32[address + Record.USERS] & bit) === 0) atomic.or(address + Record.USERS, bit);
}

/** Notes that the record was stored where every thread may find it: any thread can end waits on it from now on. */
export function noteShared(address: number): void {
  if (i32[address + Record.USERS] !== -1) atomic.store(address + Record.USERS, -1);
}

/** What few records have, in a block that stays as long as the record. */
const Annex = {
  /** Address of the text that the user set as name, or 0. */
  NAME: 0,
  /** Address of the message with a user's subclass and its fields (wire/portrait.ts), or 0. */
  PORTRAIT: 1,
  WORDS: 2,
} as const;

function annexOf(address: number): number {
  const known = atomic.load(address + Record.ANNEX);
  if (known !== 0) return known;
  const fresh = allocate(Annex.WORDS * 4);
  const other = atomic.compareExchange(address + Record.ANNEX, 0, fresh);
  if (other === 0) return fresh;
  free(fresh);
  return other;
}

let discardPortrait: (message: number) => void = free;

/** Says how portraits are freed. */
export function onPortrait(discard: (message: number) => void): void {
  discardPortrait = discard;
}

function freeAnnex(annex: number): void {
  if (i32[annex + Annex.NAME] !== 0) free(i32[annex + Annex.NAME]);
  if (i32[annex + Annex.PORTRAIT] !== 0) discardPortrait(i32[annex + Annex.PORTRAIT]);
  free(annex);
}

function inAnnex(address: number, word: number): number {
  const annex = i32[address + Record.ANNEX];
  return annex === 0 ? 0 : i32[annex + word];
}

/** Address of the text that the user set as name, or 0. */
export function nameTextOf(address: number): number {
  return inAnnex(address, Annex.NAME);
}

/** Address of the record's portrait, or 0. */
export function portraitOf(address: number): number {
  return inAnnex(address, Annex.PORTRAIT);
}

/** Makes the message the record's portrait; false if it has one. */
export function setPortrait(address: number, message: number): boolean {
  return atomic.compareExchange(annexOf(address) + Annex.PORTRAIT, 0, message) === 0;
}

/** The record's name: what the user set, else its class and number, such as `Lock-7`. */
export function nameOf(address: number): string {
  // The text is replaced under no lock, and the old one freed: what was read counts if it is still the name.
  for (let text = nameTextOf(address); text !== 0; text = nameTextOf(address)) {
    const name = peekText(text, () => nameTextOf(address) === text);
    if (name !== null) return name;
  }
  return `${labelOf(address)}-${i32[address + Record.ID]}`;
}

/** What the record is, such as `Lock`. */
export function labelOf(address: number): string {
  meet(address);
  const type = types[i32[address + Record.TYPE]];
  return type?.labelOf?.(address) ?? type?.label ?? 'Record';
}

/** Whether the record has a name that somebody gave it. */
export function isNamed(address: number): boolean {
  return nameTextOf(address) !== 0;
}

/** Names the record, for every thread. */
export function setName(address: number, name: string): void {
  const annex = annexOf(address);
  const old = atomic.exchange(annex + Annex.NAME, writeText(name));
  if (old !== 0) free(old);
}
