/**
 * Handles: the JavaScript objects that stand for records. Within a thread a record has one handle at a time, so that `===`
 * holds; a thread's handles on a record count as one reference, given up when the handle was collected or the thread ended.
 *
 * A thread that runs one long synchronous job never sees FinalizationRegistry's callbacks, and a WeakRef keeps its target
 * for the rest of the job. So every few thousand new handles the table is swept: running an empty script in a context with
 * a microtask queue of its own ends V8's "job", after which the collector clears WeakRefs. The sweep interval doubles with
 * the number of handles that are really alive, so that its cost per handle is constant.
 */
import { createRequire } from 'node:module';
import { textOf } from '../arguments.js';
import * as atomic from './atomic.js';
import { Agent, agentAt, self } from './agents.js';
import { allocate, free, onPressure } from './allocator.js';
import { OF_THREADWORK } from '../host/copies.js';
import { i32 } from './memory.js';
import { Control, MAX_TYPES, PAGE_BYTES } from './layout.js';
import { labelOf, meet, nameOf, noteUser, ofType, release, retain, setName, typeOf } from './records.js';

/** Key of a handle's address. */
export const ADDRESS: unique symbol = Symbol('threadwork.address');

function anyAddress(handle: Handle): number {
  return ofType(handle?.[ADDRESS], 0, MAX_TYPES);
}

/** What all objects have in common that threads share. */
export abstract class Handle {
  /** Where the record stands in the shared heap. @internal */
  declare readonly [ADDRESS]: number;

  /** @internal */
  constructor(address: number, isNew = true) {
    this[ADDRESS] = address;
    enter(address, this, isNew);
  }

  /**
   * Name of the object in text forms, reports and dumps. Any thread may set it; it is the same in all.
   * Default: the class and a process-wide number, such as `Lock-7`. Set to a number, it is that as a text; to an object, null
   * or undefined, a TypeError.
   */
  get name(): string {
    return nameOf(anyAddress(this));
  }

  set name(name: string) {
    setName(anyAddress(this), textOf(name, 'name'));
  }
}

Object.defineProperty(Handle.prototype, OF_THREADWORK, { value: true });

/** Whether `value` is a handle. */
export function isHandle(value: unknown): value is Handle {
  // Not by the key: `{ ...handle }` has that too and is a plain object.
  return value instanceof Handle;
}

/** Nothing can be added to `handle` from now on: it would be in one thread only. */
export function seal<T extends Handle>(handle: T): T {
  return Object.preventExtensions(handle);
}

// biome-ignore lint/suspicious/noExplicitAny: handles' constructors take whatever their users pass; adopting runs none of them
type HandleClass = abstract new (...args: any[]) => Handle;
const classes: HandleClass[] = [];
/** Prototypes of the classes whose users' subclasses other threads see as such. */
const bases: object[] = [];
const presenters: ((bare: Handle) => Handle)[] = [];

/**
 * Declares which class the handles of records of `type` have; `present` makes what users see of a bare handle, where that
 * is not the handle itself.
 */
export function defineHandle(type: number, handleClass: HandleClass, present?: (bare: Handle) => Handle): void {
  classes[type] = handleClass;
  if (present === undefined) bases[type] = handleClass.prototype as object;
  else presenters[type] = present;
}

const sealed: boolean[] = [];

/** As `defineHandle`, for objects that nothing can be added to, unless a user's subclass has fields. */
export function defineSealed(type: number, handleClass: HandleClass): void {
  defineHandle(type, handleClass);
  sealed[type] = true;
}

let draw: (handle: Handle) => void = () => undefined;
let dress: (bare: Handle) => Handle = (bare) => bare;

/** Says how a handle of a user's subclass is made known to other threads, and how a bare one becomes it there. */
export function onSubclass(drawn: (handle: Handle) => void, dressed: (bare: Handle) => Handle): void {
  draw = drawn;
  dress = dressed;
}

/** To be called where an object is made with `new target`: seals it, unless a subclass may give it fields. */
export function sealUnlessExtended(handle: Handle, target: unknown): void {
  if (classes[typeOf(handle[ADDRESS])] === target) seal(handle);
}

const families: ((address: number) => HandleClass)[] = [];

/** As `defineHandle`, where each record of `type` says which class its handles have. */
export function defineHandles(
  type: number,
  classOf: (address: number) => HandleClass,
  present: (bare: Handle) => Handle,
): void {
  families[type] = classOf;
  presenters[type] = present;
}

const builders: ((address: number) => Handle)[] = [];

/** Says how handles on records of `type` are made, where their class alone does not tell; `build` calls `enter`. */
export function defineBuilder(type: number, build: (address: number) => Handle): void {
  builders[type] = build;
}

const departures: ((handle: Handle) => void)[] = [];

/** Says what must be done with each handle on a record of `type` that is about to be sent to other threads. */
export function onDeparture(type: number, prepare: (handle: Handle) => void): void {
  departures[type] = prepare;
}

/** To be called with every handle that is about to be sent. */
export function departing(handle: Handle): void {
  const type = typeOf(handle[ADDRESS]);
  const base = bases[type];
  if (base !== undefined && Object.getPrototypeOf(handle) !== base) draw(handle);
  departures[type]?.(handle);
}

/** Makes `object` the handle that this thread has on the record, in place of the bare one. */
export function represent(address: number, object: Handle): void {
  const entry = table.get(address) as Entry;
  entry.ref = new WeakRef(object);
  collected.register(object, entry);
}

/** Seats in the heap: which records this thread has handles on; whoever buries the thread reads them. */
const CHUNK_WORDS = 256;
const freeSeats: number[] = [];

function takeSeat(): number {
  if (freeSeats.length === 0) {
    const chunk = allocate(CHUNK_WORDS * 4);
    i32[chunk] = i32[self.address + Agent.HOLDS];
    i32[self.address + Agent.HOLDS] = chunk;
    for (let k = CHUNK_WORDS - 1; k > 0; k--) freeSeats.push(chunk + k);
  }
  return freeSeats.pop() as number;
}

interface Entry {
  ref: WeakRef<Handle>;
  readonly seat: number;
  readonly address: number;
}

const table = new Map<number, Entry>();
const collected = new FinalizationRegistry<Entry>((entry) => {
  if (table.get(entry.address) === entry && entry.ref.deref() === undefined) drop(entry);
});

/** Sweep when the table has grown to this. */
const SWEEP_START = 4096;
let sweepAt = SWEEP_START;

/**
 * V8 does not know what hangs on its small objects: when the heap has grown by this much, garbage is collected for its sake, if
 * this thread has made handles meanwhile. Then not before it has doubled: the cost per byte is constant.
 */
const COLLECT_PAGES = (128 * 1024 * 1024) / PAGE_BYTES;
let collectAt = COLLECT_PAGES;
let collectFrom = SWEEP_START;

function relieve(): void {
  collectAndSweep();
  const used = atomic.load(Control.USED_PAGES);
  collectAt = used + Math.max(used, COLLECT_PAGES);
  collectFrom = table.size + SWEEP_START;
}

/**
 * Makes `handle`, a new object, the one that this thread has on the record; `isNew` says that it never had one. Where it throws
 * (HeapExhaustedError) a new record, which nobody has a reference on yet, is freed with all that it owns.
 */
export function enter(address: number, handle: Handle, isNew = false): void {
  const known = isNew ? undefined : table.get(address);
  if (known !== undefined) {
    // The old handle was collected, but not yet swept: its seat and its reference pass to the new one.
    known.ref = new WeakRef(handle);
    collected.register(handle, known);
    return;
  }
  if (table.size >= sweepAt) {
    sweep();
    sweepAt = Math.max(SWEEP_START, table.size * 2);
  }
  if (i32[Control.USED_PAGES] >= collectAt && table.size >= collectFrom) relieve();
  retain(address);
  let seat = 0;
  try {
    seat = takeSeat();
  } finally {
    if (seat === 0) release(address);
  }
  noteUser(address);
  i32[seat] = address;
  const entry: Entry = { ref: new WeakRef(handle), seat, address };
  table.set(address, entry);
  collected.register(handle, entry);
}

function drop(entry: Entry): void {
  table.delete(entry.address);
  i32[entry.seat] = 0;
  freeSeats.push(entry.seat);
  release(entry.address);
}

/** This thread's handle on the record at `address`, if it has one. Then the record cannot be freed. */
export function knownHandle(address: number): Handle | undefined {
  return table.get(address)?.ref.deref();
}

/** This thread's handle on the record at `address`: always the same object while anybody refers to it. */
export function handleAt(address: number): Handle {
  return knownHandle(address) ?? makeHandle(address, false);
}

/** As `handleAt`, on a record that this thread has just made. */
export function newHandle(address: number): Handle {
  return makeHandle(address, true);
}

function makeHandle(address: number, isNew: boolean): Handle {
  meet(address);
  const type = typeOf(address);
  const build = builders[type];
  if (build !== undefined) return dress(build(address));
  let handleClass = classes[type];
  if (handleClass === undefined) {
    const classOf = families[type];
    if (classOf === undefined) throw new Error(`no class for shared records of type ${type}`);
    handleClass = classOf(address);
    // Finding the class can have led to the record itself.
    const meanwhile = knownHandle(address);
    if (meanwhile !== undefined) return meanwhile;
  }
  // Runs Handle's constructor only, but gives the object the shape that `new` of its class gives.
  const bare = Reflect.construct(Handle, [address, isNew], handleClass) as Handle;
  const present = presenters[type];
  if (present !== undefined) return present(bare);
  const dressed = dress(bare);
  if (sealed[type]) sealUnlessExtended(dressed, dressed.constructor);
  return dressed;
}

let endJob: (() => void) | undefined;

/** Lets the garbage collector clear WeakRefs that were read or made in the running job. */
function allowClearing(): void {
  if (endJob === undefined) {
    const vm = createRequire(import.meta.url)('node:vm') as typeof import('node:vm');
    const context = vm.createContext({}, { microtaskMode: 'afterEvaluate' });
    const script = new vm.Script('0');
    endJob = () => void script.runInContext(context);
  }
  endJob();
}

/** Gives up the references of handles that were collected; returns how many. */
export function sweep(): number {
  allowClearing();
  let dropped = 0;
  for (const entry of table.values()) {
    if (entry.ref.deref() !== undefined) continue;
    drop(entry);
    dropped++;
  }
  // deref() above kept the living for the rest of the job: let them go again.
  allowClearing();
  return dropped;
}

/** Collects garbage now. Slow (tens of ms): for when the heap is full, or has grown a lot. */
function collectGarbage(): void {
  const load = createRequire(import.meta.url);
  const v8 = load('node:v8') as typeof import('node:v8');
  const vm = load('node:vm') as typeof import('node:vm');
  v8.setFlagsFromString('--expose-gc');
  (vm.runInNewContext('gc') as () => void)();
}

function collectAndSweep(): number {
  allowClearing();
  collectGarbage();
  return sweep();
}

onPressure(() => sweep() > 0 || collectAndSweep() > 0);

/** Gives up all references of the agent at `agent`, which has ended. */
export function surrenderHandles(agent: number): void {
  let chunk = i32[agent + Agent.HOLDS];
  i32[agent + Agent.HOLDS] = 0;
  while (chunk !== 0) {
    const next = i32[chunk];
    for (let k = 1; k < CHUNK_WORDS; k++) if (i32[chunk + k] !== 0) release(i32[chunk + k]);
    free(chunk);
    chunk = next;
  }
}

/** How many handles the thread in `slot` has on records of each class. It may change them meanwhile, or end. */
export function holdsOfSlot(slot: number): Record<string, number> {
  const found: Record<string, number> = {};
  const agent = agentAt(slot);
  const lives = () => agentAt(slot) === agent && i32[agent + Agent.HOLDS] !== 0;
  let chunk = i32[agent + Agent.HOLDS];
  while (chunk !== 0 && lives()) {
    const seats = i32.slice(chunk, chunk + CHUNK_WORDS);
    // Freed while it was read? Then it is something else by now.
    if (!lives()) break;
    for (let k = 1; k < CHUNK_WORDS; k++) {
      if (seats[k] === 0 || i32[chunk + k] !== seats[k]) continue;
      const label = labelOf(seats[k]);
      found[label] = (found[label] ?? 0) + 1;
    }
    chunk = seats[0];
  }
  return found;
}
