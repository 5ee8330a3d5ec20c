/**
 * Which variables this thread's functions have as frozen copies: to explain the TypeError that writing to one throws. The
 * engine's error says what was tried but not on what, so the variable is found by the line that threw.
 */
import type { Binding, Code } from '../capture/captured.js';
import { stackOf } from '../host/stack.js';
import { frozenOrigin, frozenOriginOf } from './frozen.js';

/** Code → its variables that are frozen copies, with what to write instead. */
const captives = new Map<Code, Map<string, string>>();

/** Notes the frozen variables of a function that was just rebuilt. */
export function noteCaptives(code: Code, bindings: readonly Binding[]): void {
  for (const { kind, label, value } of bindings) {
    if (kind !== 'value' || typeof value !== 'object' || value === null || frozenOrigin(value) === undefined) continue;
    let names = captives.get(code);
    if (names === undefined) captives.set(code, (names = new Map()));
    names.set(label, remedy(value));
  }
}

function remedy(value: object): string {
  if (Array.isArray(value)) return 'shared([])';
  if (value instanceof Map) return 'shared(new Map())';
  if (value instanceof Set) return 'shared(new Set())';
  return 'shared({})';
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
  const found = name === undefined ? guess(error) : (byName(name) ?? [name, 'shared(…)']);
  return found === undefined ? undefined : `\`${found[0]}\` is a frozen copy: use \`${found[1]}\``;
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
  const [, url, lineText, columnText] = frame;
  let best: [string, string] | undefined;
  for (const [code, names] of captives) {
    if (code.url !== url) continue;
    const line = Number(lineText) - 1 - code.line;
    const text = code.source.split('\n')[line];
    if (line < 0 || text === undefined) continue;
    // The variable that stands last before the place that threw; `delete variable.member` throws at its beginning.
    const column = Number(columnText) - 1 - (line === 0 ? code.column : 0);
    best = lastOf(names, text.slice(0, Math.max(0, column) + 1)) ?? lastOf(names, text) ?? best;
  }
  return best;
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
