import { inspect } from 'node:util';
import type { ResourceLimits } from 'node:worker_threads';
import { mustKnow, textOf } from '../arguments.js';
import { RuntimeError } from '../errors.js';
import { self } from '../heap/agents.js';
import { ADDRESS, defineHandle, Handle, handleAt, onDeparture } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { ofType, setName } from '../heap/records.js';
import { writeText } from '../heap/text.js';
import { checkedLimits } from '../host/limits.js';
import { nameOsThread } from '../host/os-thread.js';
import { block, blockAsync, untilBooted } from '../park/drive.js';
import { isUp, untilUp } from '../park/flag.js';
import { limitOf, type Wait } from '../park/limit.js';
import { Kind } from '../park/waiter.js';
import { inTurn } from '../park/turns.js';
import { mustBeRunning } from '../supervisor/phase.js';
import { stackBytes } from '../supervisor/settings.js';
import {
  claimStart,
  DUMMY,
  enlist,
  INITIAL,
  isAlive,
  isBound,
  newIdent,
  newThreadRecord,
  nextThreadNumber,
  onDiscard,
  ORDINARY,
  ownRecord,
  STOPPED,
  takeMessage,
  ThreadWord as Word,
  THREAD_TYPE,
} from '../supervisor/thread-record.js';
import { ensureSupervisor, launch, onSupervisorStart } from '../supervisor/workers.js';
import { discard, pack, unpack } from '../wire/message.js';
import type { Sendable } from '../wire/sendable.js';
import { thingsToKeep } from '../wire/keeper.js';
import { requireExcepthook } from './excepthook.js';
import { draw, dress, type Fields, fieldsOf, refuseHiddenState } from './portrait.js';
import { isModuleTarget, mustBeNamed, runTarget, type Target } from './target.js';

/** How a thread is made. */
export interface ThreadOptions<A extends readonly unknown[] = unknown[]> {
  /** What the thread runs; synchronous or asynchronous: an asynchronous target's thread ends when its promise settles. */
  target?: Target<A> | null | undefined;
  /** Arguments of the target. */
  args?: ArgsOf<A> | undefined;
  /** Named arguments: they arrive as one last argument. Where the parameters are known, {@link KeywordOptions} has them. */
  kwargs?: (number extends A['length'] ? Record<string, unknown> : never) | null | undefined;
  /** Default: `Thread-N (target's name)`. */
  name?: string | null | undefined;
  /** Whether the process may end while the thread runs; default: as the thread that makes it. */
  daemon?: boolean | null | undefined;
  /** Sizes of the thread's JavaScript heap and stack, in MB, as worker_threads has them. */
  resourceLimits?: ResourceLimits | undefined;
}

/** How a thread is made whose target gets named arguments: `kwargs` is its last parameter, and `args` are those before. */
export type KeywordOptions<A extends readonly unknown[], K extends object | null | undefined> = Omit<
  ThreadOptions<A>,
  'target' | 'args' | 'kwargs'
> & {
  target?: Target<[...A, K]> | null | undefined;
  // What K is, TypeScript asks the target first and a mapped type last; so a name that the target does not have is refused.
  kwargs: { readonly [Name in keyof K]: Sendable<K[Name]> };
} & ([] extends Required<A> ? { args?: ArgsOf<Required<A>> | undefined } : { args: ArgsOf<Required<A>> });

/** The arguments for parameters of these types. */
type ArgsOf<A extends readonly unknown[]> = { readonly [K in keyof A]: Sendable<A[K]> };

/** What `run()` needs, in the thread that runs it. */
export interface Plan {
  target: Target<never[]> | undefined;
  args: readonly unknown[];
  kwargs: Record<string, unknown> | undefined;
  limits: ResourceLimits | undefined;
}

/** What travels to the new thread. */
export interface Assignment {
  /** The user's subclass, if any. */
  type: typeof Thread | undefined;
  /** The subclass object's own fields. */
  this: Fields | undefined;
  target: Target<never[]> | undefined;
  args: readonly unknown[];
  kwargs: Record<string, unknown> | undefined;
}

onSupervisorStart(thingsToKeep);
onDiscard(discard);

const OPTIONS = ['target', 'args', 'kwargs', 'name', 'daemon', 'resourceLimits'];
const plans = new WeakMap<Thread, Plan>();

/** Gives a thread's object what its run() needs. */
export function setPlan(thread: Thread, plan: Plan): void {
  plans.set(thread, plan);
}

function at(thread: Handle): number {
  return ofType(thread?.[ADDRESS], THREAD_TYPE);
}

/**
 * A thread of its own in the same process, in parallel with the others. Python's `threading.Thread`.
 *
 * Give it a `target`, or override `run()` in a subclass.
 *
 * @example
 * const total = new AtomicInt32();
 * const thread = new Thread({ target: (n: number) => { total.add(n); }, args: [5] });
 * thread.start();
 * thread.join();
 */
export class Thread<A extends readonly unknown[] = unknown[], K extends object | null | undefined = object>
  extends Handle
  implements Disposable, AsyncDisposable
{
  /** Makes a thread whose target gets named arguments; it does not run yet. */
  constructor(options: KeywordOptions<A, K>);
  /**
   * Makes a thread that does not run yet.
   *
   * @throws TypeError when target is not callable or args is not an array; ValueError for resourceLimits out of range; RuntimeError while the excepthook is null.
   */
  constructor(options?: ThreadOptions<A>);
  constructor(options: ThreadOptions<A> | KeywordOptions<A, K> = {}) {
    if (typeof options !== 'object' || options === null)
      throw new TypeError('Thread() takes an object: { target, args, … }');
    mustKnow(options, OPTIONS, 'new Thread()');
    const plan = checkedPlan(options as ThreadOptions<unknown[]>);
    requireExcepthook();
    const parent = ownRecord();
    const record = newThreadRecord(ORDINARY);
    super(record);
    setName(record, chosenName(options.name, plan.target));
    i32[record + Word.DAEMON] = (options.daemon ?? i32[parent + Word.DAEMON] !== 0) ? 1 : 0;
    plans.set(this, plan);
    // It boots while the caller prepares the thread.
    ensureSupervisor();
  }

  /**
   * What the thread does: calls the target. Override it in a subclass. Called directly it runs in the calling thread. The
   * target runs once: after that, and in the thread that called start(), this does nothing.
   */
  run(): unknown {
    at(this);
    const plan = plans.get(this);
    if (plan?.target === undefined) return undefined;
    const { target, args, kwargs } = plan;
    forget(plan);
    return runTarget(target, args, kwargs);
  }

  /**
   * Starts the thread. When this returns, the thread counts as alive.
   *
   * @throws RuntimeError the second time, in another thread than the one that made it, and when the process is ending;
   * CaptureError or NotSendableError when the target or an argument cannot travel: then nothing happened, and start() may be
   * called again.
   */
  start(): this {
    const record = at(this);
    const plan = plans.get(this);
    if (i32[record + Word.STATE] !== INITIAL) throw new RuntimeError('threads can only be started once');
    if (plan === undefined) throw new RuntimeError('a thread can only be started by the thread that made it');
    mustBeRunning();
    const limits = limitsOf(plan);
    i32[record + Word.LIMITS] ||= limits === undefined ? 0 : writeText(JSON.stringify(limits));
    const job = pack(assignment(this, plan), { path: '', freeze: false });
    if (!claimStart(record)) {
      discard(job);
      throw new RuntimeError('threads can only be started once');
    }
    // The target is the new thread's now.
    forget(plan);
    i32[record + Word.JOB] = job;
    i32[record + Word.IDENT] = newIdent();
    enlist(record);
    launch(record);
    return this;
  }

  /**
   * Waits until the thread has ended. Never throws the thread's error: that went to the excepthook.
   *
   * @param wait how long, in ms; zero or less: not at all.
   * @returns true: it has ended; false: the time was up.
   * @throws RuntimeError when the thread was not started, or is the caller.
   */
  join(wait?: Wait): boolean {
    const record = joinable(at(this));
    const limit = limitOf(wait, 'join()');
    const ended = isUp(record) || (limit.until !== -Infinity && block(untilUp(record, limit, Kind.END), limit));
    if (ended) collect(this);
    return ended;
  }

  /** As {@link join}, without blocking the thread; rejects with `signal.reason` when the signal fires first. */
  async joinAsync(wait?: Wait): Promise<boolean> {
    const record = joinable(at(this));
    const limit = limitOf(wait, 'joinAsync()');
    const ended =
      isUp(record) || (limit.until !== -Infinity && (await blockAsync(untilUp(record, limit, Kind.END), limit)));
    if (ended) collect(this);
    return inTurn(ended);
  }

  /** Whether the thread was started and has not ended. */
  isAlive(): boolean {
    return isAlive(at(this));
  }

  /** The thread's name, for people. Settable at any time; also given to the operating system (15 bytes on Linux). */
  override get name(): string {
    at(this);
    return super.name;
  }

  override set name(name: string) {
    at(this);
    super.name = name;
    const record = at(this);
    if (isAlive(record)) nameOsThread(i32[record + Word.NATIVE_ID], super.name);
  }

  /**
   * Whether the process may end while this thread runs.
   *
   * @throws RuntimeError when set after start().
   */
  get daemon(): boolean {
    return i32[at(this) + Word.DAEMON] !== 0;
  }

  set daemon(daemon: boolean) {
    if (i32[at(this) + Word.STATE] !== INITIAL) throw new RuntimeError('cannot set daemon status of active thread');
    i32[at(this) + Word.DAEMON] = daemon ? 1 : 0;
  }

  /** The thread's number, unique in the process; null before start(). Kept after the end. */
  get ident(): number | null {
    return i32[at(this) + Word.IDENT] || null;
  }

  /**
   * The operating system's number of the thread; null before start() and where the system does not tell. The very first
   * threads boot for some milliseconds: reading it then waits until the number is known.
   */
  get nativeId(): number | null {
    const record = at(this);
    untilBooted(() => isBound(record));
    return i32[record + Word.NATIVE_ID] || null;
  }

  /** Python's repr: `<Thread(Thread-1 (work), started daemon 12345)>`. */
  override toString(): string {
    const record = at(this);
    const state = i32[record + Word.STATE];
    const phase = state === INITIAL ? 'initial' : state === STOPPED ? 'stopped' : 'started';
    const daemon = this.daemon ? ' daemon' : '';
    const type = i32[record + Word.KIND] === DUMMY ? '_DummyThread' : this.constructor.name;
    return `<${type}(${this.name}, ${phase}${daemon}${this.ident === null ? '' : ` ${this.ident}`})>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }

  /** Joins the thread, if it was started: `using thread = new Thread(…).start()`. */
  [Symbol.dispose](): void {
    if (i32[at(this) + Word.STATE] !== INITIAL) this.join();
  }

  /** As `[Symbol.dispose]`, without blocking: `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (i32[at(this) + Word.STATE] !== INITIAL) await this.joinAsync();
  }
}

/** The target was called or handed over, and runs once. */
function forget(plan: Plan): void {
  plan.target = undefined;
  plan.args = [];
  plan.kwargs = undefined;
}

function assignment(thread: Thread<never>, plan: Plan): Assignment {
  const type = thread.constructor as typeof Thread;
  const plain = isBase(type);
  if (!plain) refuseHiddenState(thread);
  return {
    type: plain ? undefined : type,
    this: plain ? undefined : fieldsOf(thread),
    target: plan.target,
    args: plan.args,
    kwargs: plan.kwargs,
  };
}

function joinable(record: number): number {
  if (i32[record + Word.STATE] === INITIAL) throw new RuntimeError('cannot join thread before it is started');
  if (i32[record + Word.IDENT] === self.ident && i32[record + Word.STATE] !== STOPPED) {
    throw new RuntimeError('cannot join current thread');
  }
  if (i32[record + Word.KIND] === DUMMY) throw new RuntimeError('cannot join a dummy thread');
  return record;
}

/** What run() did to the fields of a subclass object. */
export interface Changes {
  /** Those that it may have written. */
  this: Fields;
  deleted: PropertyKey[];
}

/** Takes over what run() did to the fields, once, in the thread that started it. */
function collect(thread: Thread<never>): void {
  if (!plans.has(thread)) return;
  const message = takeMessage(at(thread), Word.RESULT);
  if (message === 0) return;
  const { this: written, deleted } = unpack(message) as Changes;
  for (const key of deleted) Reflect.deleteProperty(thread, key);
  Object.assign(thread, written);
}

// Outside of the class: one that mentions itself is renamed by the bundler.
function isBase(type: unknown): boolean {
  return type === Thread;
}

defineHandle(THREAD_TYPE, Thread, dress);
onDeparture(THREAD_TYPE, draw);

function checkedPlan(options: ThreadOptions<unknown[]>): Plan {
  const { target, args, kwargs } = options;
  if (target !== undefined && target !== null && typeof target !== 'function' && !isModuleTarget(target)) {
    throw new TypeError(`target must be a function or { module, name }, not ${inspect(target, { depth: 0 })}`);
  }
  if (args !== undefined && !Array.isArray(args)) throw new TypeError('args must be an array');
  mustBeNamed(kwargs);
  return {
    target: (target ?? undefined) as Target<never[]> | undefined,
    args: args === undefined ? [] : [...args],
    kwargs: kwargs ?? undefined,
    limits: checkedLimits(options.resourceLimits),
  };
}

/** As Python: an empty name counts as none; the number advances for generated names only. */
function chosenName(name: unknown, target: Plan['target']): string {
  if (name !== undefined && name !== null && name !== '') return textOf(name, 'name');
  const number = nextThreadNumber();
  const suffix = typeof target === 'object' || typeof target === 'function' ? target.name : '';
  return suffix === '' ? `Thread-${number}` : `Thread-${number} (${suffix})`;
}

const MEGABYTE = 2 ** 20;
/** Node keeps 192 KB of a worker's stack for itself and needs about as much to boot. */
const SMALLEST_STACK_MB = 1;

function limitsOf(plan: Plan): ResourceLimits | undefined {
  const stack = stackBytes();
  if (stack === 0 || plan.limits?.stackSizeMb !== undefined) return plan.limits;
  return { ...plan.limits, stackSizeMb: Math.max(SMALLEST_STACK_MB, stack / MEGABYTE) };
}

/** The Thread object of the record at `address`. */
export function threadAt(address: number): Thread {
  return handleAt(address) as Thread;
}
