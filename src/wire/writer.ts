/**
 * The encoder. It writes into memory of its own thread, because the size is known only at the end and getters, proxies and
 * captured scopes may run any code meanwhile, another `pack` included; message.ts then copies the result into the heap.
 */
import { ADDRESS, departing, type Handle } from '../heap/handle.js';
import { CaptureError, NotSendableError } from '../errors.js';
import { writeArray, writePlain, writeSymbol } from './containers.js';
import { writeFunction } from './functions.js';
import { writeObject } from './objects.js';
import { CAPTURED, formatPath } from './paths.js';
import { References } from './references.js';
import { Scratch } from './scratch.js';
import { type Guess, noGuess, type Shape } from './shapes.js';
import { FALSE, HANDLE, NEW_SHAPE, NULL, REFERENCE, SHAPE, TRUE, UNDEFINED } from './tags.js';

/** Deeper than this objects are entered in the map, too: a circle of objects that begin differently each time must end. */
const DEEP = 64;

/** What was written, so that a part that failed can be taken back. */
export interface Mark {
  position: number;
  slots: number;
  shapes: number;
  inFrozen: boolean;
  records: number;
  segments: number;
  depth: number;
  deferred: number;
  transfers: number;
  creating: number;
  early: number;
}

let serials = 0;

/** Writes an object if it is an array: see `Guess`. */
const guessArray: Guess = (w, object) => {
  if (!Array.isArray(object) || (object as Partial<Handle>)[ADDRESS] !== undefined) return false;
  if (Object.getPrototypeOf(object) !== Array.prototype) return false;
  if (!w.referred(object)) writeArray(w, object);
  return true;
};

export class Writer extends Scratch {
  root = '';
  readonly kinds: number[] = [];
  readonly path: unknown[] = [];
  depth = 0;
  /** Whether what cannot be sent inside an error is left out instead. */
  lenient = false;
  /** Whether the message is for another process. */
  portable = false;

  slots = 0;
  /** Copies for the receiver to use as it likes; handles, functions and errors, of which there is one kind only. */
  readonly live: References = new References();
  /** Copies that will be frozen: what functions captured. An object can be both. */
  readonly frozen: References = new References();
  table: References = this.live;

  /** Addresses of the records that the message refers to, and the objects that keep them alive meanwhile. */
  readonly records: number[] = [];
  readonly keep: object[] = [];
  readonly modules: Set<string> = new Set();
  readonly transfers: ArrayBuffer[] = [];
  /** Functions whose creation is written but whose late variables are not (functions.ts). */
  readonly deferred: (() => void)[] = [];
  /** Functions that are being created: nothing needed for that may refer to them. */
  readonly creating: object[] = [];
  early = 0;

  serial = 0;
  shapes = 0;
  /** What wrote an element last: for the first element of the next array. */
  elementGuess: Guess = noGuess;

  /** Begins a new message. */
  begin(root: string, lenient: boolean, portable: boolean): void {
    this.root = root;
    this.lenient = lenient;
    this.portable = portable;
    this.serial = ++serials;
    this.shapes = 0;
  }

  /** Forgets the message, whether it was completed or not. */
  reset(): void {
    this.resetScratch();
    this.depth = 0;
    if (this.slots > 0) {
      this.slots = 0;
      this.live.truncate(0);
      this.frozen.truncate(0);
    }
    this.table = this.live;
    if (this.records.length > 0) {
      this.records.length = 0;
      this.keep.length = 0;
    }
    if (this.modules.size > 0) this.modules.clear();
    if (this.transfers.length > 0) this.transfers.length = 0;
    if (this.deferred.length > 0) this.deferred.length = 0;
    if (this.creating.length > 0) this.creating.length = 0;
    this.early = 0;
  }

  /** Encodes any value. Throws NotSendableError, CaptureError, and what users' getters throw. */
  write(value: unknown): void {
    switch (typeof value) {
      case 'number':
        this.number(value);
        return;
      case 'string':
        this.text(value);
        return;
      case 'object':
        if (value === null) this.constant(value);
        else this.object(value);
        return;
      case 'boolean':
      case 'undefined':
        this.constant(value);
        return;
      case 'bigint':
        this.bigint(value);
        return;
      case 'symbol':
        writeSymbol(this, value);
        return;
      default:
        writeFunction(this, value as (...args: never[]) => unknown);
    }
  }

  constant(value: boolean | null | undefined): void {
    const tag = value === true ? TRUE : value === false ? FALSE : value === null ? NULL : UNDEFINED;
    this.mix(tag);
    this.byte(tag);
  }

  /** Encodes an object that is no function. Returns what may write the next one at its place faster. */
  object(object: object): Guess {
    // Reading the key is several times faster than asking whether it is there, and proxies of handles answer both.
    if ((object as Partial<Handle>)[ADDRESS] !== undefined) {
      this.handle(object as Handle);
      return noGuess;
    }
    const prototype: unknown = Object.getPrototypeOf(object);
    const isPlain = prototype === Object.prototype;
    if (isPlain || (prototype === Array.prototype && Array.isArray(object))) {
      if (this.referred(object)) return noGuess;
      if (!isPlain) {
        writeArray(this, object as unknown[]);
        return guessArray;
      }
      const guess = writePlain(this, object);
      if (guess !== null) return guess;
    }
    const slot = this.table.find(object);
    if (slot >= 0) this.refer(slot, object);
    else writeObject(this, object);
    return noGuess;
  }

  /** Writes a reference to a plain object or array if that is known to be in the message; `met` may find that it is. */
  referred(object: object): boolean {
    const { table } = this;
    const slot = this.depth > DEEP ? table.find(object) : table.findFirst(object);
    if (slot < 0) return false;
    this.refer(slot, object);
    return true;
  }

  /** Writes which shape follows; returns whether that defined the shape in this message. */
  beginShape(shape: Shape): boolean {
    const isNew = shape.serial !== this.serial;
    if (isNew) {
      shape.serial = this.serial;
      shape.number = this.shapes++;
      this.byte(NEW_SHAPE);
      this.size(shape.bytes.length);
      this.raw(shape.bytes);
    } else {
      this.byte(SHAPE);
      this.size(shape.number);
    }
    return isNew;
  }

  /** The definition of the shape that was defined last is gone, together with the object that it was defined for. */
  takeBackShape(shape: Shape): void {
    shape.serial = 0;
    this.shapes--;
  }

  /** Writes a reference to an object that the message holds already. */
  refer(slot: number, object: object): void {
    if (this.creating.length > 0 && this.creating.includes(object)) {
      this.refuse(
        'is needed to create itself',
        'Take what it needs while it is being created out of the circle.',
        true,
      );
    }
    this.byte(REFERENCE);
    this.size(slot);
  }

  private handle(handle: Handle): void {
    // A handle has one copy, frozen surroundings or not.
    const slot = this.live.find(handle);
    if (slot >= 0) {
      this.refer(slot, handle);
      return;
    }
    if (this.portable) this.refuseShared(`is a shared object (${handle.constructor.name})`);
    departing(handle);
    this.live.add(handle, this.slots++);
    this.byte(HANDLE);
    this.size(this.record(handle[ADDRESS], handle));
  }

  /** Makes the message own a reference on the record at `address`; returns its number in the message's list. */
  record(address: number, keeper: object): number {
    this.keep.push(keeper);
    return this.records.push(address) - 1;
  }

  /** Gives `object` the next slot of the message. The decoder counts in the same order. */
  reserve(object: object): number {
    const slot = this.slots++;
    this.table.add(object, slot);
    return slot;
  }

  /**
   * As `reserve`, for an object that `met` is to be told of before anything but primitives is written of it. Returns the slot
   * then, and -1 where that is not necessary.
   */
  reserveFirst(object: object): number {
    const slot = this.slots++;
    const { table } = this;
    if (!table.many) {
      table.add(object, slot);
      return -1;
    }
    if (this.depth > DEEP) table.addDeep(object, slot);
    this.print = 0;
    return slot;
  }

  /**
   * Whether the container at hand, which begins at `at` and got `slot`, was written before: a reference has taken its place
   * then. `print` is the one of the primitives that it begins with.
   */
  met(object: object, at: number, slot: number): boolean {
    const { table, print } = this;
    // The container was entered since.
    const known = this.depth - 1 > DEEP ? table.meetAgain(object, print) : table.meet(object, print, slot);
    if (known < 0) return false;
    this.takeBackTo(at);
    this.slots = slot;
    this.refer(known, object);
    return true;
  }

  mark(): Mark {
    return {
      position: this.position,
      slots: this.slots,
      shapes: this.shapes,
      inFrozen: this.table === this.frozen,
      records: this.records.length,
      segments: this.segments.length,
      depth: this.depth,
      deferred: this.deferred.length,
      transfers: this.transfers.length,
      creating: this.creating.length,
      early: this.early,
    };
  }

  /** Takes everything back that was written since `mark`. */
  rollback(mark: Mark): void {
    this.slots = mark.slots;
    this.shapes = mark.shapes;
    this.live.truncate(mark.slots);
    this.frozen.truncate(mark.slots);
    this.table = mark.inFrozen ? this.frozen : this.live;
    this.records.length = mark.records;
    this.keep.length = mark.records;
    this.takeBack(mark.position, mark.segments);
    this.depth = mark.depth;
    this.path.length = mark.depth + 1;
    this.deferred.length = mark.deferred;
    this.transfers.length = mark.transfers;
    this.creating.length = mark.creating;
    this.early = mark.early;
    // Shapes may have been defined in the part that is gone: define them again.
    this.serial = ++serials;
  }

  /** Enters a container whose steps are of `kind`; returns the index in `path` where its steps go. */
  enter(kind: number): number {
    const depth = ++this.depth;
    this.kinds[depth] = kind;
    return depth;
  }

  /** The path of the value at hand. */
  get where(): string {
    return formatPath(this.root, this.kinds, this.path, this.depth);
  }

  /** Throws the error for what lives in the memory that only the threads of this process share. */
  refuseShared(what: string): never {
    this.refuse(
      `${what}, and another process does not share this one's memory`,
      'Send the data that it holds and return what comes of it, or use a ThreadPoolExecutor.',
    );
  }

  /** Throws the error for a value that cannot be sent: what it is, and what to do instead. */
  refuse(what: string, remedy: string, capture = false, cause?: unknown): never {
    const inCapture = capture || this.kinds.lastIndexOf(CAPTURED, this.depth) > 0;
    const type = inCapture ? CaptureError : NotSendableError;
    throw new type(`${this.where} ${what}. ${remedy}`, cause === undefined ? undefined : { cause });
  }
}
