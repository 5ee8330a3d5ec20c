/**
 * Which variables this thread's functions have as frozen copies: to explain the TypeError that writing to one throws. The
 * engine's error says what was tried but not on what, so the variable is found by the line that threw.
 */
import type { Binding, Code } from '../capture/captured.js';
import { compiledPlace } from '../capture/stacks.js';
import { stackOf } from '../host/stack.js';
import { frozenOrigin, frozenOriginOf } from './frozen.js';

/** Code → its variables that are frozen copies, with what to do instead. */
const captives = new Map<Code, Map<string, string>>();

/** Notes the frozen variables of a function that was just rebuilt. */
export function noteCaptives(code: Code, bindings: readonly Binding[]): void {
  for (const { kind, label, value } of bindings) {
    if (kind !== 'value' || typeof value !== 'object' || value === null || frozenOrigin(value) === undefined) continue;
    let names = captives.get(code);
    if (names === undefined) captives.set(code, (names = new Map()));
    names.set(label, remedy(label, value));
  }
}

function remedy(name: string, value: object): string {
  if (Array.isArray(value)) return 'use `shared([])`';
  if (value instanceof Map) return 'use `shared(new Map())`';
  if (value instanceof Set) return 'use `shared(new Set())`';
  if (value instanceof Date) return `set a copy of it, \`new Date(${name})\``;
  if (value instanceof RegExp) return `change a copy of it, \`new RegExp(${name})\``;
  return 'use `shared({})`';
}

const WRITING = /read only property|not extensible|Cannot delete property|a frozen (?:Map|Set|Date)/;
const FRAME = /^\s*at .*?\(?((?:file:\/\/|\/|[A-Za-z]:[\\/]).*?):(\d+):(\d+)\)?$/m;

/**
 * For a TypeError that writing to a captured value threw, what to do instead: "`results` is a frozen copy: use `shared([])`".
 * Undefined for other errors, and where the variable cannot be told.
 */
export function frozenHint(error: unknown): string | undefined {
  if (!(error instanceof TypeError) || !WRITING.test(error.message)) return undefined;
  const name = frozenOriginOf(error);
  const found = name === undefined ? guess(error) : (byName(name) ?? [name, 'use `shared(…)`']);
  return found === undefined ? undefined : `\`${found[0]}\` is a frozen copy: ${found[1]}`;
}

function byName(name: string): [string, string] | undefined {
  for (const names of captives.values()) {
    const text = names.get(name);
    if (text !== undefined) return [name, text];
  }
  return undefined;
}

function guess(error: TypeError): [string, string] | undefined {
  const frame = FRAME.exec(stackOf(error) ?? '');
  if (frame === null) return undefined;
  const [, file, lineText, columnText] = frame;
  // Of TypeScript the stack shows the source; the code is what that was translated to.
  const { url, line, column } = compiledPlace(error, `${file}:${lineText}:${columnText}`) ?? {
    url: file,
    line: Number(lineText),
    column: Number(columnText),
  };
  let best: [string, string] | undefined;
  for (const [code, names] of captives) {
    if (code.url !== url) continue;
    const at = offsetIn(code, line - 1, column - 1);
    if (at !== null) best = variableAt(names, code.source, at) ?? best;
  }
  return best;
}

/** Offset in the code of a place in its script; null where it is outside. */
function offsetIn(code: Code, line: number, column: number): number | null {
  let start = 0;
  for (let k = code.line; k < line; k++) {
    start = code.source.indexOf('\n', start) + 1;
    if (start === 0) return null;
  }
  const at = start + column - (line === code.line ? code.column : 0);
  return line < code.line || at < 0 || at >= code.source.length ? null : at;
}

/** The variable that is written to at a place: what stands last before it. `delete variable.member` throws at its beginning. */
function variableAt(names: ReadonlyMap<string, string>, source: string, at: number): [string, string] | undefined {
  const deleted = /^delete\s+([\w$]+)/.exec(source.slice(at, at + 100))?.[1];
  const instead = deleted === undefined ? undefined : names.get(deleted);
  if (deleted !== undefined && instead !== undefined) return [deleted, instead];
  // A translated program can be one long line, and a chain of members several.
  const line = source.slice(startOf(source, at, [...ENDS, '\n']), at + 1);
  if (/^\s*\??\./.test(line)) return lastOf(names, source.slice(startOf(source, at, ENDS), at + 1));
  const rest = /^[^;{}\n]*/.exec(source.slice(at + 1))?.[0] ?? '';
  return lastOf(names, line) ?? lastOf(names, line + rest);
}

const ENDS = [';', '{', '}'];

/** Where what stands at a place begins, if these end what stands before it. */
function startOf(source: string, at: number, ends: readonly string[]): number {
  return Math.max(...ends.map((end) => source.lastIndexOf(end, at - 1))) + 1;
}

/** The variable that stands last in `text`. */
function lastOf(names: ReadonlyMap<string, string>, text: string): [string, string] | undefined {
  let nearest = -1;
  let last: [string, string] | undefined;
  for (const [name, instead] of names) {
    const at = lastWord(text, name);
    if (at > nearest) {
      nearest = at;
      last = [name, instead];
    }
  }
  return last;
}

/** Where `word` begins last in `text`, as a word of its own; -1 if it does not. */
function lastWord(text: string, word: string): number {
  for (let at = text.lastIndexOf(word); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(word, at - 1)) {
    const before = text[at - 1] ?? ' ';
    const behind = text[at + word.length] ?? ' ';
    if (!/[\w$.]/.test(before) && !/[\w$]/.test(behind)) return at;
  }
  return -1;
}
