/**
 * Chunks: several calls of one function that travel as one task. Their results come back together, each call's error in its
 * place.
 */
import { isThenable } from '../threading/target.js';

/** Arguments of the calls: a list for each, or a single one for each. */
export type Chunk =
  | { readonly single: false; readonly calls: readonly (readonly unknown[])[] }
  | { readonly single: true; readonly calls: readonly unknown[] };

/** What the calls returned, and which of them threw what. */
export interface ChunkOutcome {
  readonly values: readonly unknown[];
  readonly errors: readonly (readonly [index: number, error: unknown])[];
}

/** Whatever a chunk calls. */
export type AnyFunction = (...args: unknown[]) => unknown;

/** Makes the calls of a chunk, one after the other; a promise if the function is asynchronous. */
export function runChunk(fn: AnyFunction, chunk: Chunk): ChunkOutcome | Promise<ChunkOutcome> {
  const { calls } = chunk;
  const values: unknown[] = [];
  values.length = calls.length;
  const errors: [number, unknown][] = [];
  for (let k = 0; k < calls.length; k++) {
    try {
      const value = chunk.single ? fn(chunk.calls[k]) : fn(...chunk.calls[k]);
      if (isThenable(value)) return finishChunk(fn, chunk, values, errors, k, value);
      values[k] = value;
    } catch (error) {
      values[k] = undefined;
      errors.push([k, error]);
    }
  }
  return { values, errors };
}

/** The rest of a chunk, from the call `first` on, which returned `pending`. */
async function finishChunk(
  fn: AnyFunction,
  chunk: Chunk,
  values: unknown[],
  errors: [number, unknown][],
  first: number,
  pending: PromiseLike<unknown>,
): Promise<ChunkOutcome> {
  let value: unknown = pending;
  for (let k = first; k < chunk.calls.length; k++) {
    try {
      value ??= chunk.single ? fn(chunk.calls[k]) : fn(...chunk.calls[k]);
      values[k] = await value;
    } catch (error) {
      values[k] = undefined;
      errors.push([k, error]);
    }
    value = undefined;
  }
  return { values, errors };
}
