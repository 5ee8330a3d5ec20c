/**
 * What `map()` returns: results in the order of the inputs, for both kinds of loops. Written by hand for both forms at once.
 */
import { mustKnow } from '../arguments.js';
import { TimeoutError, ValueError } from '../errors.js';
import { ADDRESS } from '../heap/handle.js';
import { type Limit, limitOf, throwIfAborted } from '../park/limit.js';
import type { Chunk, ChunkOutcome } from './chunk.js';
import { type Future, untilDone, untilDoneAsync } from './future.js';
import { takeResult } from './value.js';

/** How {@link Executor.map} works. */
export interface MapOptions {
  /** Milliseconds for all of it, counted from the call: then a step throws TimeoutError and the rest is cancelled. */
  timeout?: number | null | undefined;
  /** How many calls travel as one task. Default: 1; with short calls, hundreds. */
  chunksize?: number | undefined;
  /** How many tasks may be submitted ahead of what was taken; the inputs are read as needed. Default: all, at once. */
  buffersize?: number | null | undefined;
  /** Ends it: the rest is cancelled, and the next step throws `signal.reason`. */
  signal?: AbortSignal | undefined;
}

/** The inputs of {@link Executor.map} for a function that takes `A`: an iterable for each parameter. */
export type MapInputs<A extends readonly unknown[]> = { [K in keyof A]: Iterable<A[K]> };
const OPTIONS = ['timeout', 'chunksize', 'buffersize', 'signal'];

/** What `map()` was asked for. */
export interface MapPlan {
  readonly inputs: readonly Iterable<unknown>[];
  readonly limit: Limit;
  readonly chunksize: number;
  readonly buffersize: number;
}

/** How tasks are submitted. */
interface Submitter {
  one(args: readonly unknown[]): Future<unknown>;
  chunk(chunk: Chunk): Future<ChunkOutcome>;
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return value !== null && value !== undefined && typeof (value as Iterable<unknown>)[Symbol.iterator] === 'function';
}

/** Takes the inputs and the options apart. Throws TypeError and ValueError for what is neither. */
export function mapPlan(rest: readonly unknown[]): MapPlan {
  const last = rest.at(-1);
  const isInput = isIterable(last) || isAsyncIterable(last);
  const hasOptions = rest.length > 0 && !isInput && (typeof last === 'object' || last === undefined);
  const inputs = hasOptions ? rest.slice(0, -1) : rest;
  const options = ((hasOptions ? last : undefined) ?? {}) as MapOptions;
  if (inputs.length === 0) throw new TypeError('map() takes a function and at least one iterable');
  for (const input of inputs) {
    if (!isIterable(input)) throw new TypeError(`map() takes iterables, not ${input === null ? 'null' : typeof input}`);
  }
  mustKnow(options, OPTIONS, 'map()');
  const { timeout, signal } = options;
  return {
    inputs: inputs as Iterable<unknown>[],
    limit: limitOf(signal === undefined ? timeout : { timeout, signal }),
    chunksize: wholeNumber(options.chunksize ?? 1, 'chunksize'),
    buffersize: wholeNumber(options.buffersize ?? Infinity, 'buffersize'),
  };
}

function wholeNumber(value: unknown, name: string): number {
  if (typeof value !== 'number' || (!Number.isInteger(value) && value !== Infinity)) {
    throw new TypeError(`${name} must be an integer, not ${typeof value === 'number' ? value : typeof value}`);
  }
  if (value < 1) throw new ValueError(`${name} must be >= 1, not ${value}`);
  return value;
}

function iteratorOf(input: Iterable<unknown>): Iterator<unknown> {
  const iterator: Partial<Iterator<unknown>> | null | undefined = input[Symbol.iterator]();
  if (typeof iterator?.next !== 'function')
    throw new TypeError('map() takes iterables: the iterator that one of them gave has no next()');
  return iterator as Iterator<unknown>;
}

const arrayIterator = Object.getPrototypeOf([][Symbol.iterator]()) as object;
const { next: nextOfArray } = arrayIterator as Iterator<unknown>;

/** An array that is iterated as arrays are. */
function isPlainArray(input: Iterable<unknown>): input is unknown[] {
  return (
    Array.isArray(input) &&
    Object.getPrototypeOf(input) === Array.prototype &&
    input[Symbol.iterator] === Array.prototype.values &&
    (arrayIterator as Iterator<unknown>).next === nextOfArray
  );
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** A task on its way, and how many calls it stands for. */
interface Sent {
  readonly future: Future<unknown>;
  /** 0: one call, whose result is the task's. */
  readonly calls: number;
}

function mustBeResults(results: unknown): void {
  if (!(results instanceof MapResult))
    throw new TypeError('a method of what map() returned was called on something else');
}

/** Results of {@link Executor.map}, in the order of the inputs. */
export class MapResult<R> implements IterableIterator<R>, AsyncIterable<R>, Disposable {
  private readonly sources: readonly Iterator<unknown>[];
  /** Tasks that were not taken yet, from `head` on; those before are gone. */
  private sent: (Sent | undefined)[] = [];
  private head = 0;
  /** The chunk whose results are being given out, and the next of them. */
  private outcome: ChunkOutcome | undefined;
  private at = 0;
  private failed = 0;
  /** An error that all calls of a chunk share, for those that are left. */
  private shared: { readonly error: unknown; left: number } | undefined;
  private exhausted = false;
  /** What ended the inputs early. It is thrown where the next result would be. */
  private failure: { readonly error: unknown } | undefined;
  /** How much of an input that is an array was read. */
  private readTo = 0;
  private closed = false;
  private readonly onAbort = () => this.return();
  private last: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(
    private readonly plan: MapPlan,
    private readonly submitter: Submitter,
  ) {
    this.sources = plan.inputs.map(iteratorOf);
    plan.limit.signal?.addEventListener('abort', this.onAbort, { once: true });
    for (let k = 0; k < plan.buffersize && this.sendNext(); k++);
    const { failure } = this;
    if (failure === undefined) return;
    this.return();
    throw failure.error;
  }

  /** Submits the next task; false if the inputs have ended, or failed. */
  private sendNext(): boolean {
    if (this.exhausted) return false;
    try {
      return this.submitNext();
    } catch (error) {
      this.failure = { error };
      this.endInputs(undefined);
      return false;
    }
  }

  private submitNext(): boolean {
    const { chunksize } = this.plan;
    if (chunksize === 1) {
      const args = this.read();
      if (args === undefined) return false;
      this.sent.push({ future: this.submitter.one(args), calls: 0 });
      return true;
    }
    const chunk = this.sources.length === 1 ? this.readSingles(chunksize) : this.readLists(chunksize);
    if (chunk.calls.length === 0) return false;
    this.sent.push({ future: this.submitter.chunk(chunk), calls: chunk.calls.length });
    return true;
  }

  /** Arguments of the next call; undefined when one of the inputs has ended. */
  private read(): unknown[] | undefined {
    const args: unknown[] = [];
    for (const source of this.sources) {
      const step = this.pull(source);
      if (step.done === true) {
        this.endInputs(source);
        return undefined;
      }
      args.push(step.value);
    }
    return args;
  }

  /** The next of an input, which ends if that fails: what was read before is not lost. */
  private pull(source: Iterator<unknown>): IteratorResult<unknown> {
    try {
      return source.next();
    } catch (error) {
      this.failure = { error };
      return END;
    }
  }

  private readSingles(most: number): Chunk {
    const [source] = this.sources;
    const [input] = this.plan.inputs;
    if (isPlainArray(input)) {
      // What its iterator would give, without a step for each.
      const part = input.slice(this.readTo, this.readTo + most);
      this.readTo += part.length;
      if (this.readTo >= input.length) this.exhausted = true;
      return { single: true, calls: part };
    }
    const calls: unknown[] = [];
    while (calls.length < most) {
      const step = this.pull(source);
      if (step.done === true) {
        this.exhausted = true;
        break;
      }
      calls.push(step.value);
    }
    return { single: true, calls };
  }

  private readLists(most: number): Chunk {
    const calls: unknown[][] = [];
    while (calls.length < most) {
      const args = this.read();
      if (args === undefined) break;
      calls.push(args);
    }
    return { single: false, calls };
  }

  /** No more inputs: all but the one that has ended by itself are told. */
  private endInputs(ended: Iterator<unknown> | undefined): void {
    if (this.exhausted) return;
    this.exhausted = true;
    for (const source of this.sources) if (source !== ended) source.return?.();
  }

  /** The next result that is here already; undefined: a task must be waited for. */
  private ready(): IteratorResult<R, undefined> | undefined {
    const { outcome, shared } = this;
    if (outcome !== undefined) {
      const { values, errors } = outcome;
      const at = this.at++;
      if (this.at >= values.length) this.outcome = undefined;
      if (this.failed < errors.length && errors[this.failed][0] === at) throw errors[this.failed++][1];
      return { done: false, value: values[at] as R };
    }
    if (shared !== undefined) {
      if (--shared.left === 0) this.shared = undefined;
      throw shared.error;
    }
    if (this.closed) {
      throwIfAborted(this.plan.limit);
      return END;
    }
    if (this.head < this.sent.length) return undefined;
    const { failure } = this;
    this.finish();
    if (failure !== undefined) throw failure.error;
    return END;
  }

  /** Takes the first task, which is done, and submits one more where the inputs are read as needed. */
  private take(): IteratorResult<R, undefined> {
    const { future, calls } = this.sent[this.head] as Sent;
    // Its handle goes, with what it holds; the list is cut now and then.
    this.sent[this.head] = undefined;
    if (++this.head >= 1024 && this.head * 2 >= this.sent.length) {
      this.sent = this.sent.slice(this.head);
      this.head = 0;
    }
    if (this.plan.buffersize !== Infinity) this.sendNext();
    if (calls === 0) return { done: false, value: takeResult(future) as R };
    try {
      this.outcome = takeResult(future) as ChunkOutcome;
    } catch (error) {
      this.shared = { error, left: calls };
    }
    this.at = 0;
    this.failed = 0;
    return this.ready() as IteratorResult<R, undefined>;
  }

  /** Address of the task that is to be taken next. */
  private get first(): number {
    return (this.sent[this.head] as Sent).future[ADDRESS];
  }

  private late(): TimeoutError {
    const left = this.sent.length - this.head;
    this.return();
    return new TimeoutError(`map() did not get all results in time: ${left} tasks were left`);
  }

  /** The next result, waiting for it. Throws the call's error; TimeoutError. */
  next(): IteratorResult<R, undefined> {
    mustBeResults(this);
    const ready = this.ready();
    if (ready !== undefined) return ready;
    if (!untilDone(this.first, this.plan.limit)) throw this.late();
    return this.take();
  }

  /** As {@link next}, without blocking the thread. */
  nextAsync(): Promise<IteratorResult<R, undefined>> {
    mustBeResults(this);
    // Steps may be asked for without awaiting the ones before.
    const step = this.last.then(() => this.step());
    this.last = step.catch(() => undefined);
    return step;
  }

  private async step(): Promise<IteratorResult<R, undefined>> {
    const ready = this.ready();
    if (ready !== undefined) return ready;
    const { limit } = this.plan;
    if (!(await untilDoneAsync(this.first, limit))) throw this.late();
    // It may have been closed meanwhile.
    return this.closed ? (this.ready() as IteratorResult<R, undefined>) : this.take();
  }

  /** Ends the iteration: what nobody has begun is cancelled. */
  return(): IteratorResult<R, undefined> {
    mustBeResults(this);
    this.outcome = undefined;
    this.shared = undefined;
    for (; this.head < this.sent.length; this.head++) this.sent[this.head]?.future.cancel();
    this.endInputs(undefined);
    this.finish();
    return END;
  }

  private finish(): void {
    this.closed = true;
    this.sent = [];
    this.head = 0;
    this.plan.limit.signal?.removeEventListener('abort', this.onAbort);
  }

  /** `for … of`: each step waits for the next result. */
  [Symbol.iterator](): this {
    return this;
  }

  /** `for await … of`: the same, without blocking the thread. */
  [Symbol.asyncIterator](): AsyncIterableIterator<R> {
    mustBeResults(this);
    const iterator: AsyncIterableIterator<R> = {
      next: () => this.nextAsync(),
      return: async () => this.return() as IteratorReturnResult<undefined>,
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** `using results = pool.map(…)`: ends the iteration. */
  [Symbol.dispose](): void {
    mustBeResults(this);
    this.return();
  }
}
