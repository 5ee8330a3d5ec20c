/**
 * The part of a source map that belongs to one function, so that code does not drag the map of a whole bundle along.
 */
import type { SourceMapPayload } from 'node:module';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map(Array.from(DIGITS, (digit, value) => [digit, value] as const));

/** A place in the generated text, zero-based. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The map as JSON, with the segments between two places and the one in force at the first; lines keep their numbers. */
export function sliceMap(payload: SourceMapPayload, from: Place, to: Place): string {
  if (typeof payload.mappings !== 'string' || 'sections' in payload) return JSON.stringify(payload);
  // Source, line, column and name are counted on from the segment before, across lines: all before the slice must be read.
  const state = [0, 0, 0, 0, 0];
  const written = [0, 0, 0, 0, 0];
  const kept: string[] = [];
  for (const [number, line] of payload.mappings.split(';').entries()) {
    if (number > to.line) break;
    state[0] = 0;
    written[0] = 0;
    const segments: string[] = [];
    let pending: number[] | null = null;
    for (const text of line === '' ? [] : line.split(',')) {
      const deltas = decode(text);
      for (const [i, delta] of deltas.entries()) state[i] = (state[i] ?? 0) + delta;
      const segment = state.slice(0, deltas.length);
      const column = state[0] ?? 0;
      if (number < from.line || (number === to.line && column > to.column)) continue;
      if (number === from.line && column <= from.column) {
        pending = segment;
        continue;
      }
      if (pending) segments.push(encode(pending, written));
      pending = null;
      segments.push(encode(segment, written));
    }
    if (pending) segments.push(encode(pending, written));
    kept.push(segments.join(','));
  }
  const { version, file, sourceRoot, sources } = payload;
  return JSON.stringify({ version, file, sourceRoot, sources, names: [], mappings: kept.join(';') });
}

function decode(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of text) {
    const bits = VALUES.get(digit) ?? 0;
    value += (bits & 31) * 2 ** shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value % 2 === 1 ? -Math.floor(value / 2) : value / 2);
    value = 0;
    shift = 0;
  }
  return numbers;
}

/** Names are dropped: only places matter. */
function encode(segment: readonly number[], written: number[]): string {
  let text = '';
  for (const [i, now] of segment.slice(0, 4).entries()) {
    const delta = now - (written[i] ?? 0);
    written[i] = now;
    let rest = delta < 0 ? -delta * 2 + 1 : delta * 2;
    do {
      const bits = rest % 32;
      rest = Math.floor(rest / 32);
      text += DIGITS[rest > 0 ? bits + 32 : bits];
    } while (rest > 0);
  }
  return text;
}
