import { inspect } from 'node:util';
import { self } from '../heap/agents.js';
import { ADDRESS, defineHandle, Handle, onDeparture, represent } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, nameOf, newRecord, ofType, typeOf } from '../heap/records.js';
import { discard, pack, peek } from '../wire/message.js';
import { refuseHiddenState } from '../wire/portrait.js';
import type { NotSendable } from '../wire/sendable.js';
import { onThreadEnd } from './thread-end.js';
import { LOCAL_TYPE } from './types.js';

/** Word with the message that says how a thread's values begin, or 0. */
const START: number = Record.BODY;

defineRecord(LOCAL_TYPE, {
  label: 'local',
  dispose(local) {
    if (i32[local + START] !== 0) discard(i32[local + START]);
  },
});

/** How a thread's values begin: an initialiser, or a subclass with the arguments of its construction. */
interface Start {
  init?: () => object;
  type?: new (...args: unknown[]) => Local;
  args?: unknown[];
}

/**
 * This thread's values, per record. They end with the record, which may live on without a handle in this thread, or with the
 * thread; there may be another record at the address then.
 */
interface Values {
  readonly ident: number;
  /** Of the record. */
  readonly id: number;
  bag: object;
}
const values = new Map<number, Values>();

/**
 * An empty bag: an object without what every object inherits, which is its class's to say. Not `Object.create(null)`: that is a
 * hash table, and slower.
 */
const Bag = function () {} as unknown as new () => object;
Bag.prototype = Object.create(null) as object;

/** Values whose record is gone are looked for when there are this many. */
const SWEEP_START = 64;
let sweepAt = SWEEP_START;

function isGone(address: number, { id }: Values): boolean {
  return typeOf(address) !== LOCAL_TYPE || i32[address + Record.ID] !== id;
}

/** Gives this thread an empty bag in the local at `address`. */
function keep(address: number): Values {
  const before = values.get(address);
  // Of a thread that ran here before, the values have ended.
  if (before !== undefined && before.ident === self.ident) endLater([before]);
  else if (values.size >= sweepAt) {
    sweepValues();
    sweepAt = Math.max(SWEEP_START, 2 * values.size);
  }
  const own = { ident: self.ident, id: i32[address + Record.ID], bag: new Bag() };
  values.set(address, own);
  return own;
}

function sweepValues(): void {
  const gone: Values[] = [];
  for (const [address, each] of values) {
    if (!isGone(address, each)) continue;
    values.delete(address);
    gone.push(each);
  }
  if (gone.length > 0) endLater(gone);
}

/** Disposes of values in a job of its own; what fails there is the thread's uncaught error. */
function endLater(ended: readonly Values[]): void {
  const fail = (error: unknown) =>
    queueMicrotask(() => {
      throw error;
    });
  queueMicrotask(() => void endValues(ended, fail));
}

/** Initialisers that this thread made: used as they are, so that they see this thread's variables. */
const starts = new WeakMap<Local, () => object>();

/** Set while a subclass's constructor runs for an object that exists already. */
let constructing: Local | undefined;

/** The calling thread's bag, if it has touched the local. */
function knownBag(address: number): object | undefined {
  const known = values.get(address);
  if (known !== undefined && known.ident === self.ident && i32[address + Record.ID] === known.id) return known.bag;
  return undefined;
}

/** The calling thread's bag, made at the first touch. */
function bagOf(target: Local): object {
  const address = target[ADDRESS];
  const known = knownBag(address);
  if (known !== undefined) return known;
  const own = keep(address);
  try {
    const start = startOf(target);
    if (start?.init !== undefined) own.bag = checkedBag(start.init());
    if (start?.type !== undefined) construct(objects.get(target) as Local, start.type, start.args ?? []);
  } catch (error) {
    // As in Python: the next touch tries again.
    values.delete(address);
    throw error;
  }
  return own.bag;
}

function startOf(target: Local): Start | undefined {
  const init = starts.get(target);
  if (init !== undefined) return { init };
  const message = i32[target[ADDRESS] + START];
  return message === 0 ? undefined : (peek(message) as Start);
}

function checkedBag(bag: unknown): object {
  if (typeof bag === 'object' && bag !== null) return bag;
  if (typeof bag === 'function') {
    const name = bag.name.replace(/\W/g, '') || 'fn';
    throw new TypeError(
      `the initialiser of a local must return an object, not a function: local(() => ({ ${name} })) has it as a member`,
    );
  }
  throw new TypeError(`the initialiser of a local must return an object, not ${inspect(bag)}`);
}

function construct(object: Local, type: new (...args: unknown[]) => Local, args: unknown[]): void {
  if (Object.getPrototypeOf(object) !== type.prototype) Object.setPrototypeOf(object, type.prototype as object);
  constructing = object;
  try {
    new type(...args);
  } finally {
    constructing = undefined;
  }
}

/** The object that users see, per bare handle. */
const objects = new WeakMap<Local, Local>();

/** Keys that belong to the handle itself, not to the bag. */
function isOwn(key: PropertyKey): boolean {
  return key === ADDRESS || key === inspect.custom;
}

/**
 * Whether `key` is the bag's, which an initialiser may have given a class of its own. What every object inherits (`toString`,
 * `constructor`) is the local's to say.
 */
function isIn(bag: object, key: PropertyKey): boolean {
  return key in bag && (!(key in Object.prototype) || isBelowTop(bag, key));
}

/** Whether `key` stands on the object or what it inherits from, the last of which counts only by itself. */
function isBelowTop(bag: object, key: PropertyKey): boolean {
  const at = ownerOf(bag, key);
  return at === bag || Object.getPrototypeOf(at) !== null;
}

/** The object itself or what it inherits `key` from. */
function ownerOf(bag: object, key: PropertyKey): object {
  let at = bag;
  while (!Object.hasOwn(at, key)) at = Object.getPrototypeOf(at) as object;
  return at;
}

/** What a user's class says of `key`, between the object and Local. */
function inherited(target: Local, key: PropertyKey): PropertyDescriptor | undefined {
  let at: unknown = Object.getPrototypeOf(target);
  while (typeof at === 'object' && at !== null && at !== Local.prototype) {
    const found = Object.getOwnPropertyDescriptor(at, key);
    if (found !== undefined) return found;
    at = Object.getPrototypeOf(at);
  }
  return undefined;
}

/** Per bag, its methods as users see them. */
const methods = new WeakMap<object, Map<Function, Function>>();

/**
 * What a bag inherits. A Map, a Date, an object with `#private` members does not work through a proxy: methods that are called on
 * the local run on the bag itself.
 */
function inheritedOf(bag: object, key: PropertyKey, local: object): unknown {
  const value: unknown = Reflect.get(bag, key, bag);
  if (typeof value !== 'function' || key === 'constructor' || !isMethod(bag, key)) return value;
  let ofBag = methods.get(bag);
  if (ofBag === undefined) methods.set(bag, (ofBag = new Map()));
  let method = ofBag.get(value);
  if (method === undefined) {
    const apply = (fn: Function, self: unknown, args: unknown[]): unknown =>
      Reflect.apply(fn, self === local ? bag : self, args);
    method = new Proxy<Function>(value, { apply });
    ofBag.set(value, method);
  }
  return method;
}

/** What an accessor gives is a value, even where it is a function. */
function isMethod(bag: object, key: PropertyKey): boolean {
  return Object.getOwnPropertyDescriptor(ownerOf(bag, key), key)?.get === undefined;
}

const traps: ProxyHandler<Local> = {
  get(target, key, receiver) {
    if (isOwn(key)) return Reflect.get(target, key, target);
    const bag = bagOf(target);
    if (Object.hasOwn(bag, key)) return Reflect.get(bag, key, bag);
    return isIn(bag, key)
      ? inheritedOf(bag, key, receiver as object)
      : Reflect.get(Object.getPrototypeOf(target) as object, key, receiver);
  },
  set(target, key, value, receiver) {
    const bag = bagOf(target);
    if (!Object.hasOwn(bag, key)) {
      const found = inherited(target, key);
      if (found?.set !== undefined) {
        found.set.call(receiver, value);
        return true;
      }
      if (found?.get !== undefined || found?.writable === false) return false;
    }
    return Reflect.set(bag, key, value);
  },
  has(target, key) {
    return isOwn(key) ? Reflect.has(target, key) : key in bagOf(target) || key in Object.getPrototypeOf(target);
  },
  deleteProperty(target, key) {
    return Reflect.deleteProperty(bagOf(target), key);
  },
  ownKeys(target) {
    return Reflect.ownKeys(bagOf(target));
  },
  getOwnPropertyDescriptor(target, key) {
    const found = Reflect.getOwnPropertyDescriptor(bagOf(target), key);
    // A proxy may not claim that a property is fixed which its target does not have.
    return found === undefined ? undefined : { ...found, configurable: true };
  },
  defineProperty(target, key, descriptor) {
    return Reflect.defineProperty(bagOf(target), key, { ...descriptor, configurable: true });
  },
  // One thread cannot close the bag for all, and a closed proxy would have to show its target's keys.
  preventExtensions: () => false,
};

function present(bare: Local): Local {
  const object = new Proxy(bare, traps);
  objects.set(bare, object);
  represent(bare[ADDRESS], object);
  return object;
}

/**
 * Base class for thread-local data with methods and defaults. Python's subclass of `threading.local`.
 *
 * In every other thread the constructor runs again at the first touch, with the arguments that it passed to `super()`.
 * What stands on the prototype (methods, accessors, defaults) is common to all threads, fields are each thread's own.
 *
 * @example
 * class Connection extends Local {
 *   socket: string;
 *   constructor(url: string) { super(url); this.socket = `${url}#${getIdent()}`; }
 * }
 * const connection = new Connection('db');
 */
export class Local extends Handle {
  /** @param args what the subclass's constructor was called with, for the other threads. */
  constructor(...args: unknown[]) {
    if (constructing !== undefined) {
      const object = constructing;
      constructing = undefined;
      // biome-ignore lint/correctness/noConstructorReturn: the object exists already, its constructor runs for this thread
      return object as this;
    }
    const type = new.target as unknown as new (...all: unknown[]) => Local;
    if (isBase(type) && args.length > 0) throw new TypeError('Initialization arguments are not supported');
    const start: Start | undefined = isBase(type) ? undefined : { type, args };
    const message = start === undefined ? 0 : pack(start, { path: 'local', freeze: false });
    super(newLocal(message));
    const object = present(this);
    keep(this[ADDRESS]);
    // biome-ignore lint/correctness/noConstructorReturn: users see the bag of their thread
    return object as this;
  }

  /** Such as `<Connection socket='db#2' name=local-5>`: with this thread's attributes, if it has touched the local. */
  override toString(): string {
    return describe(this);
  }

  /** @internal */
  [inspect.custom](): string {
    return describe(this);
  }
}

/** Whether a local is being described: one inside, which may be the same, is shown without its attributes. */
let describing = false;

function describe(object: Local): string {
  const address = ofType(object?.[ADDRESS], LOCAL_TYPE);
  const bag = describing ? undefined : knownBag(address);
  const type = (Object.getPrototypeOf(object) as object).constructor.name;
  return `<${type} ${bag === undefined ? '' : attributes(bag)}name=${nameOf(address)}>`;
}

function attributes(bag: object): string {
  describing = true;
  try {
    const short = { depth: 0, breakLength: Infinity };
    return Object.entries(bag)
      .map(([key, value]) => `${key}=${inspect(value, short)} `)
      .join('');
  } finally {
    describing = false;
  }
}

function newLocal(message: number): number {
  let address = 0;
  try {
    address = newRecord(LOCAL_TYPE, 2);
  } finally {
    if (address === 0 && message !== 0) discard(message);
  }
  i32[address + START] = message;
  return address;
}

// Outside of the class: one that mentions itself is renamed by the bundler.
function isBase(type: unknown): boolean {
  return type === Local;
}

defineHandle(LOCAL_TYPE, Local, (bare) => present(bare as Local));
// A worker runs one thread after the other, and the constructor cannot give the object its private members twice.
onDeparture(LOCAL_TYPE, refuseHiddenState);

/**
 * A bag of attributes with values of its own in each thread. Python's `threading.local()`. An attribute that was never set
 * in this thread reads as undefined. Values die with the thread, or some time after the local when no thread has that any more;
 * those with a `[Symbol.dispose]` or `[Symbol.asyncDispose]` are disposed.
 *
 * @param init makes a thread's values, at its first touch; without it the bag begins empty. It may return an object of any class (a Map,
 * a parser, a client); a function has to be a member of what it returns.
 *
 * @throws TypeError when `init` is no function; at the first touch in a thread, when it returned no object.
 *
 * @example
 * const context = local(() => ({ connection: openConnection() }));
 * new Thread({ target: () => context.connection.query('…') }).start(); // a connection of its own
 *
 * @example
 * const seen = local(() => new Set<string>());
 * new Thread({ target: () => seen.add('a').size }).start(); // 1, whatever other threads have seen
 */
export function local<T extends object = Record<string, unknown>>(
  init?: (() => T) &
    (T extends (...args: never[]) => unknown
      ? NotSendable<'a function must be a member: local(() => ({ fn }))'>
      : unknown),
): T {
  if (init === undefined) return new Local() as unknown as T;
  if (typeof init !== 'function') throw new TypeError('local() takes a function that returns an object, or nothing');
  const message = pack({ init } satisfies Start, { path: 'local', freeze: false });
  const bare = Reflect.construct(Handle, [newLocal(message)], Local) as Local;
  const object = present(bare);
  starts.set(bare, init);
  return object as unknown as T;
}

/** Ends the running thread's values; errors of their disposers go to `report`. */
async function endAll(report: (error: unknown) => void): Promise<void> {
  const ended = [...values.values()];
  values.clear();
  await endValues(ended, report);
}

onThreadEnd(() => (values.size > 0 ? endAll : undefined));

async function endValues(ended: readonly Values[], report: (error: unknown) => void): Promise<void> {
  for (const { bag } of ended) {
    for (const value of [bag, ...Object.values(bag)]) {
      try {
        await dispose(value);
      } catch (error) {
        report(error);
      }
    }
  }
}

async function dispose(value: unknown): Promise<void> {
  // Shared objects outlive the thread, also those whose disposer means something else.
  if (typeof value !== 'object' || value === null || ADDRESS in value) return;
  const { [Symbol.asyncDispose]: later, [Symbol.dispose]: now } = value as Partial<AsyncDisposable & Disposable>;
  if (typeof later === 'function') await later.call(value);
  else if (typeof now === 'function') now.call(value);
}
