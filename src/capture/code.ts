/**
 * From the text of a function to its `Code`: the free variables with their uses, and the few places where the text must change.
 *
 * Every replacement has the length of what it replaces, so that line and column numbers of the copy are those of the original.
 */
import { type AnyNode, staticKey } from './ast.js';
import type { Host } from './captured.js';
import type { Literal } from './literal.js';
import { type Names, type Use, scan } from './names.js';

/** A variable that the function uses and does not declare. */
export interface FreeVariable {
  readonly name: string;
  /** Needed while the function is created. */
  readonly early: boolean;
  readonly uses: readonly Use[];
}

/** A method, getter or setter in a class body. */
export interface Member {
  readonly isStatic: boolean;
  readonly kind: 'method' | 'get' | 'set';
  /** Null for a computed key: it is found by looking for the function. */
  readonly key: string | null;
  /** The end of this text is what `toString()` gives for the function. */
  readonly text: string;
  /** The early variable that replaces a computed key in the text. */
  readonly slot: string | null;
}

/** What parsing found out about a function: shared by all closures of one literal. */
export interface Analysis {
  readonly literal: Literal;
  readonly names: Names;
  readonly free: readonly FreeVariable[];
  readonly source: string;
  readonly hosts: readonly Host[];
  /** The variable that stands for the `this` around an arrow function. */
  readonly self: string | null;
  /** The variable that stands for the `arguments` around an arrow function. */
  readonly args: string | null;
  readonly usesSuper: boolean;
  readonly usesNewTarget: Use | null;
  /** Only for classes. */
  readonly heritage: { readonly slot: string; readonly label: string } | null;
  readonly members: readonly Member[];
  /** Names of the static `#fields`, whose values are set through `slot`. */
  readonly privateStatics: readonly { readonly name: string; readonly slot: string }[];
}

const IMPLICIT = new Set(['this', 'super', 'arguments', 'new.target']);

export function analyse(literal: Literal, strict: boolean): Analysis {
  const { root, shift, kind } = literal;
  const edits = new Edits(literal.text);
  const skip = new Set<AnyNode>();
  const early: AnyNode[] = [];
  if (root.type === 'ClassExpression') {
    if (root.superClass && !isNull(root.superClass)) skip.add(root.superClass);
    for (const element of root.body.body) {
      if (
        element.type === 'StaticBlock' ||
        (element.type === 'PropertyDefinition' && element.static && element.key.type !== 'PrivateIdentifier')
      )
        skip.add(element);
      else if (element.type === 'PropertyDefinition' && element.static && element.value) skip.add(element.value);
      else if (element.type === 'MethodDefinition' && element.computed && !isPlainKey(element.key))
        skip.add(element.key);
      else if (element.computed) early.push(element.key);
    }
  } else if (root.type === 'Property' && root.computed) skip.add(root.key);
  const names = scan(root, { strict, skip });
  const taken = names.taken;
  const unused = (length: number): string => freshName(taken, length);

  let heritage: Analysis['heritage'] = null;
  const members: Member[] = [];
  const privateStatics: { name: string; slot: string }[] = [];
  if (root.type === 'ClassExpression') {
    if (root.superClass && skip.has(root.superClass)) {
      const { start, end } = root.superClass;
      const label = literal.text.slice(start - shift, end - shift);
      const slot = unused(firstLine(label));
      heritage = { slot, label };
      edits.replace(start - shift, end - shift, slot);
    }
    for (const element of root.body.body) {
      const [start, end] = [element.start - shift, element.end - shift];
      if (skip.has(element)) {
        edits.blank(start, end, ';');
        continue;
      }
      if (element.type === 'StaticBlock') continue;
      const isPrivate = element.key.type === 'PrivateIdentifier';
      if (element.type === 'PropertyDefinition') {
        if (!isPrivate || !element.static || element.key.type !== 'PrivateIdentifier') continue;
        edits.blank(element.key.end - shift, end, ';');
        privateStatics.push({ name: element.key.name, slot: unused(8) });
      } else if (!isPrivate && element.kind !== 'constructor') {
        let slot: string | null = null;
        if (skip.has(element.key)) {
          const [from, to] = [element.key.start - shift, element.key.end - shift];
          slot = unused(firstLine(literal.text.slice(from, to)));
          edits.replace(from, to, slot);
        }
        const key = skip.has(element.key) ? null : staticKey(element.key, element.computed);
        members.push({ isStatic: element.static, kind: element.kind, key, text: literal.text.slice(start, end), slot });
      }
    }
    // The values of private statics are known only later, but only the class body can reach the names.
    if (privateStatics.length > 0) {
      const setters = privateStatics.map(({ name, slot }) => `${slot}=$=>{this.#${name}=$}`).join(';');
      edits.insert(literal.text.length - 1, `static{${setters}}`);
    }
  }
  if (root.type === 'Property' && root.computed)
    edits.replace(root.key.start - shift, root.key.end - shift, quoted(root.key.end - root.key.start));

  const free = new Map<string, { name: string; early: boolean; uses: Use[] }>();
  const implicit = new Map<string, Use[]>();
  for (const use of names.free) {
    if (IMPLICIT.has(use.name)) {
      implicit.set(use.name, [...(implicit.get(use.name) ?? []), use]);
      continue;
    }
    const variable = free.get(use.name) ?? { name: use.name, early: false, uses: [] };
    free.set(use.name, variable);
    variable.uses.push(use);
    if (early.some((key) => key.start <= use.node.start && use.node.end <= key.end)) variable.early = true;
  }
  // `super` needs the real `this` of a class, everything else a variable that can be set later.
  const usesSuper = implicit.has('super') || (root.type === 'Property' && mentionsSuper(names, root));
  const rename = (name: string): string | null => {
    const uses = implicit.get(name);
    if (!uses) return null;
    const replacement = unused(name.length);
    for (const use of uses) {
      const at = use.node.start - shift;
      if (use.shorthand) edits.insert(at, `${name}:`);
      edits.replace(at, at + name.length, replacement);
    }
    return replacement;
  };
  let self: string | null = null;
  if (kind === 'arrow' && implicit.has('this')) self = usesSuper ? unused(4) : rename('this');
  const args = kind === 'arrow' ? rename('arguments') : null;
  const hosts: Host[] = [];
  for (const { what, start, end } of names.hosts) {
    const host = hosts.find((h) => h.what === what) ?? { name: unused(what.length), what };
    if (!hosts.includes(host)) hosts.push(host);
    edits.replace(start - shift, end - shift, host.name);
  }
  return {
    literal,
    names,
    free: [...free.values()],
    source: edits.apply(),
    hosts,
    self,
    args,
    usesSuper,
    usesNewTarget: implicit.get('new.target')?.[0] ?? null,
    heritage,
    members,
    privateStatics,
  };
}

/** `null`, a literal or `Symbol.iterator`: keys that can stay as they are. */
function isPlainKey(key: AnyNode): boolean {
  if (staticKey(key, true) !== null) return true;
  return (
    key.type === 'MemberExpression' && !key.computed && key.object.type === 'Identifier' && key.object.name === 'Symbol'
  );
}

function isNull(node: AnyNode): boolean {
  return node.type === 'Literal' && node.raw === 'null';
}

/** Whether a method uses `super` itself, outside of classes and methods in it. */
function mentionsSuper(names: Names, root: AnyNode & { type: 'Property' }): boolean {
  const scope = names.scopes.get(root.value);
  return scope?.variables.get('super')?.used === true;
}

function firstLine(text: string): number {
  return Math.max(1, text.split(/[\r\n]/, 1)[0]?.length ?? 1);
}

/** A string literal of this many characters. */
function quoted(length: number): string {
  return length < 2 ? '0' : `"${'k'.repeat(length - 2)}"`;
}

// Minified code uses up the ASCII letters: go on with Greek and Cyrillic ones.
const LETTERS = `$_${range('a', 26)}${range('A', 26)}${range('\u03b1', 17)}${range('\u0430', 32)}${range('\u4e00', 500)}`;
const RESERVED =
  /^(?:as|do|if|in|is|of|for|get|let|new|set|try|var|case|else|enum|eval|from|null|this|true|void|with|async|await|break|catch|class|const|false|super|throw|while|yield|static|public)$/;

function range(first: string, count: number): string {
  return Array.from({ length: count }, (_, i) => String.fromCharCode(first.charCodeAt(0) + i)).join('');
}

/** A name of at most `length` characters that occurs nowhere in the text. */
export function freshName(taken: Set<string>, length: number): string {
  const size = Math.min(length, 12);
  for (let n = 0; ; n++) {
    let name = '';
    let rest = n;
    for (let i = 0; i < size; i++) {
      name = LETTERS[rest % LETTERS.length] + name;
      rest = Math.floor(rest / LETTERS.length);
    }
    if (rest > 0) throw new RangeError(`no free name of ${size} characters is left`);
    if (taken.has(name) || RESERVED.test(name)) continue;
    taken.add(name);
    return name;
  }
}

/** Replacements in a text, applied at once. */
class Edits {
  readonly #text: string;
  readonly #list: { start: number; end: number; text: string }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Puts `name` in place of a range; what is left of the range becomes white space. */
  replace(start: number, end: number, name: string): void {
    this.#list.push({ start, end, text: name + spaces(this.#text.slice(start + name.length, end)) });
  }

  blank(start: number, end: number, first: string): void {
    if (end > start) this.#list.push({ start, end, text: first + spaces(this.#text.slice(start + 1, end)) });
  }

  insert(at: number, text: string): void {
    this.#list.push({ start: at, end: at, text });
  }

  apply(): string {
    let result = '';
    let at = 0;
    for (const { start, end, text } of this.#list.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
      result += this.#text.slice(at, start) + text;
      at = end;
    }
    return result + this.#text.slice(at);
  }
}

function spaces(text: string): string {
  return text.replace(/[^\r\n\u2028\u2029]/g, ' ');
}
