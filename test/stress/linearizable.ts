/**
 * Is there an order of the operations of a history in which each takes effect between its call and its return, and which a
 * sequential model would have answered the same? The search is Wing and Gong's, with Lowe's memory of what was tried: of the
 * operations that nobody precedes, one after the other is tried as the next.
 */

/** One operation: who called it when, when it returned (times of one clock), and what came out. */
export interface Call {
  readonly called: number;
  readonly returned: number;
  readonly what: readonly unknown[];
  readonly result: unknown;
}

/** A sequential model. States are not changed; `key` is the same for equal states only. */
export interface Model<S> {
  readonly start: S;
  /** The state after the call and what it answers. */
  step(state: S, what: readonly unknown[]): readonly [next: S, result: unknown];
  key(state: S): string;
}

/** Whether the history can be explained by the model; `from` are the states that it may begin in. Returns those it may end in. */
export function explain<S>(history: readonly Call[], model: Model<S>, from: readonly S[]): S[] {
  const calls = [...history].sort((a, b) => a.called - b.called);
  const done = new Uint8Array(calls.length);
  const tried = new Set<string>();
  const ends = new Map<string, S>();

  const search = (state: S, left: number, first: number): void => {
    if (left === 0) {
      ends.set(model.key(state), state);
      return;
    }
    let begin = first;
    while (done[begin] === 1) begin++;
    const memory = `${begin}:${done.subarray(begin).join('')}:${model.key(state)}`;
    if (tried.has(memory)) return;
    tried.add(memory);
    // Whoever was called after another returned comes after it.
    let latest = Infinity;
    for (let k = begin; k < calls.length && calls[k].called < latest; k++) {
      if (done[k] === 0) latest = Math.min(latest, calls[k].returned);
    }
    for (let k = begin; k < calls.length && calls[k].called < latest; k++) {
      if (done[k] === 1) continue;
      const [next, result] = model.step(state, calls[k].what);
      if (JSON.stringify(result) !== JSON.stringify(calls[k].result)) continue;
      done[k] = 1;
      search(next, left - 1, begin);
      done[k] = 0;
    }
  };
  for (const state of from) search(state, calls.length, 0);
  return [...ends.values()];
}

/**
 * As `explain`, for a long history: cut into pieces where nothing was going on, each of which begins in a state that the one
 * before may have ended in. Throws with the first piece that has no explanation.
 */
export function mustBeLinearizable<S>(history: readonly Call[], model: Model<S>): number {
  const calls = [...history].sort((a, b) => a.called - b.called);
  let states = [model.start];
  let pieces = 0;
  for (let begin = 0; begin < calls.length; pieces++) {
    let end = begin;
    for (let latest = -1; end < calls.length && (end === begin || calls[end].called < latest); end++) {
      latest = Math.max(latest, calls[end].returned);
    }
    const piece = calls.slice(begin, end);
    const next = explain(piece, model, states);
    if (next.length === 0) {
      const text = piece.map(
        ({ called, returned, what, result }) =>
          `${called}–${returned} ${JSON.stringify(what)} → ${JSON.stringify(result)}`,
      );
      throw new Error(
        `no order explains this, from ${states.map((s) => model.key(s)).join(' or ')}:\n${text.join('\n')}`,
      );
    }
    states = next;
    begin = end;
  }
  return pieces;
}
