/**
 * Function literals that were captured before: parsed once, one `Code` object each.
 */
import { type AnyNode, positionAt } from './ast.js';
import { CaptureError } from '../errors.js';
import type { Code } from './captured.js';
import { type Analysis, type FreeVariable, analyse } from './code.js';
import { nameOf, oneInEach, packageOf, placeText, refuse } from './complain.js';
import type { Environment } from './environment.js';
import { type Home, homeOf } from './home.js';
import { type Literal, parseLiteral } from './literal.js';
import { sliceMap } from './mapping.js';
import { type Use, isFunction } from './names.js';
import { type Script, scriptAt } from './source.js';

/** A literal in one environment shape: which of its free names are variables, and which are globals, is settled. */
export interface Known {
  readonly analysis: Analysis;
  readonly code: Code;
  readonly free: ReadonlyMap<string, FreeVariable>;
  readonly literal: KnownLiteral;
}

/** A function literal of a script. */
export interface KnownLiteral {
  readonly text: string;
  readonly analysis: Analysis;
  readonly script: Script | null;
  readonly strict: boolean;
  /** Offset of the text in the script; -1 where it is unknown. */
  readonly start: number;
  readonly line: number;
  readonly column: number;
  readonly variants: Map<string, Known>;
}

/** The error for a function whose code is Node's. */
export class NodesOwn extends CaptureError {}

const literals = new Map<string, KnownLiteral>();

/** The literal that a function came from. Throws CaptureError where it cannot be read. */
export function literalOf(fn: Function, text: string, path: string, environment: Environment): KnownLiteral {
  const { location } = environment;
  const key = location ? `${location.scriptId}:${location.line}:${location.column}` : text;
  let literal = literals.get(key);
  if (!literal || literal.text !== text) {
    literal = read(fn, text, path, environment);
    literals.set(key, literal);
  }
  return literal;
}

/** The code of a function, with its variables told apart from globals. Throws CaptureError for what no environment can help with. */
export function codeFor(fn: Function, literal: KnownLiteral, path: string, environment: Environment): Known {
  const { analysis } = literal;
  const captured = analysis.free.filter((variable) => environment.has(variable.name));
  const own = redeclared(fn, literal, path, environment);
  const home = analysis.usesSuper ? homeOf(fn, literal, path, environment) : null;
  const signature = `${captured.map((v) => v.name).join()};${own ?? ''};${home?.parent.of ?? ''}`;
  let known = literal.variants.get(signature);
  if (!known) {
    refuseUnmovable(fn, literal, path);
    for (const variable of captured) refuseAssignment(fn, literal, path, variable);
    known = settle(fn, literal, captured, own, home);
    literal.variants.set(signature, known);
  }
  return known;
}

function read(fn: Function, text: string, path: string, environment: Environment): KnownLiteral {
  let strict = strictness(fn, text, environment);
  let parsed: Literal;
  try {
    parsed = parseLiteral(text, strict);
  } catch (error) {
    throw refuse(path, `the source of ${nameOf(fn)} cannot be parsed (${(error as Error).message})`, error);
  }
  const { location } = environment;
  const script = location ? scriptAt(location, parsed.anchor, text, environment.isModule) : null;
  if (script?.url.startsWith('node:'))
    throw new NodesOwn(
      `${path}: ${nameOf(fn)} belongs to Node itself (${script.url}) and to none of its public modules; make it inside the function that uses it`,
    );
  let start = -1;
  let [line, column] = [0, 0];
  if (location && script) {
    start = script.offsetAt(location.line, location.column) - parsed.anchor;
    if (script.source.startsWith(text, start)) ({ line, column } = script.positionOf(start));
    else {
      start = -1;
      const anchor = positionAt(text, parsed.anchor);
      line = location.line - anchor.line;
      column = anchor.line === 0 ? location.column - anchor.column : 0;
    }
  }
  if (strict === null) {
    const node = start >= 0 ? script?.nodeAt(isMember(parsed) ? start + parsed.anchor : start) : undefined;
    strict = (node && script?.names?.scopes.get(node)?.strict) ?? script?.strict ?? false;
  }
  const analysis = analyse(parsed, strict);
  return { text, analysis, script, strict, start, line, column, variants: new Map() };
}

/** Refuses what only works where the function was written. */
function refuseUnmovable(fn: Function, literal: KnownLiteral, path: string): void {
  const { analysis } = literal;
  const at = (node: AnyNode): string => nodePlace(literal, node);
  const [evaluated] = analysis.names.evals;
  if (evaluated) {
    throw refuse(
      path,
      `${nameOf(fn)} calls eval at ${at(evaluated)}, which could use any variable around it; write (0, eval)(text), which uses globals only`,
    );
  }
  const [secret] = analysis.names.freePrivate;
  if (secret) {
    throw refuse(
      path,
      `${nameOf(fn)} uses #${secret.name} at ${at(secret.node)}; private members exist only inside their class. Use a public member, or make it a method of a class that is captured as a whole`,
    );
  }
  const target = analysis.usesNewTarget;
  if (target)
    throw refuse(
      path,
      `${nameOf(fn)} uses new.target at ${at(target.node)}; write \`const target = new.target\` before it and use target`,
    );
}

function mapOf({ script, text, line, column }: KnownLiteral): string | null {
  if (!script?.sourceMap) return null;
  const end = positionAt(text, text.length);
  return sliceMap(
    script.sourceMap,
    { line, column },
    { line: line + end.line, column: end.column + (end.line === 0 ? column : 0) },
  );
}

const caller = Object.getOwnPropertyDescriptor(Function.prototype, 'caller')?.get;

/** Whether a function has a `caller`, as only sloppy ones of the oldest kind do: as a property, since V8 14 by inheritance. */
function hasCaller(fn: Function): boolean {
  if (Object.hasOwn(fn, 'caller')) return true;
  try {
    caller?.call(fn);
    return caller !== undefined;
  } catch {
    return false;
  }
}

/** Whether a function is strict, as far as it can be told without its script. */
function strictness(fn: Function, text: string, environment: Environment): boolean | null {
  if (environment.isModule || /^class\b/.test(text)) return true;
  if (hasCaller(fn)) return false;
  const plain =
    /^function\b/.test(text) && Object.getPrototypeOf(fn) === Function.prototype && Object.hasOwn(fn, 'prototype');
  return plain ? true : null;
}

function isMember(literal: Literal): boolean {
  return literal.root.type === 'Property';
}

/** `file:line:column` of a node of a literal. */
export function nodePlace(
  literal: Pick<KnownLiteral, 'analysis' | 'script' | 'line' | 'column'>,
  node: AnyNode,
): string {
  const { text, shift } = literal.analysis.literal;
  const at = positionAt(text, node.start - shift);
  return placeText(literal.script, literal.line + at.line, at.column + (at.line === 0 ? literal.column : 0));
}

function refuseAssignment(fn: Function, literal: KnownLiteral, path: string, variable: FreeVariable): void {
  const use = variable.uses.find((u) => u.assigns);
  if (use) throw assignmentError(fn, literal, path, variable.name, use);
}

function assignmentError(fn: Function, literal: KnownLiteral, path: string, name: string, use: Use): Error {
  const owner = packageOf(literal.script);
  if (owner !== null)
    return refuse(
      path,
      `${nameOf(fn)} of the package ${owner} assigns ${name} at ${nodePlace(literal, use.node)}: it has a state of its own; ${oneInEach(path, fn)}`,
    );
  const declared = declarationPlace(literal, name);
  return refuse(
    path,
    `${nameOf(fn)} assigns ${name} at ${nodePlace(literal, use.node)}${declared ? `, a variable declared at ${declared}` : ''}; the other thread would change ` +
      `a copy of its own. Use an AtomicInt32 for a number, shared({ ${name} }) for other data, or return the value as a result`,
  );
}

/** Where the script declares a variable that the function sees; the empty string where that is not known. */
export function declarationPlace(literal: KnownLiteral, name: string): string {
  const { script, start, text } = literal;
  if (!script || start < 0) return '';
  for (let scope = script.scopeAround(start, start + text.length); scope; scope = scope.parent) {
    const variable = scope.variables.get(name);
    if (!variable) continue;
    const { line, column } = script.positionOf(variable.node.start);
    return placeText(script, line, column);
  }
  return '';
}

/**
 * A `function f() { … f() … }` declaration names a variable that can get another value (`f = memoize(f)`), while the same text as an
 * expression names itself. Returns the name where this makes a difference.
 */
function redeclared(fn: Function, literal: KnownLiteral, path: string, environment: Environment): string | null {
  const { root } = literal.analysis.literal;
  if (root.type !== 'FunctionExpression' || !root.id) return null;
  const { name } = root.id;
  const self = literal.analysis.names.scopes.get(root)?.parent?.variables.get(name);
  if (!self?.used || self.kind !== 'self' || !environment.has(name)) return null;
  const [assigned] = self.assigned;
  if (!assigned && environment.find(name)?.value === fn) return null;
  const node = literal.start >= 0 ? literal.script?.nodeAt(literal.start) : null;
  if (!node || !isFunction(node) || node.type !== 'FunctionDeclaration') return null;
  if (assigned) throw assignmentError(fn, literal, path, name, assigned);
  return name;
}

function settle(
  fn: Function,
  literal: KnownLiteral,
  captured: readonly FreeVariable[],
  own: string | null,
  home: Home | null,
): Known {
  const { analysis, script } = literal;
  const early: string[] = [];
  const late: string[] = [];
  const special: Record<string, 'arguments' | 'private'> = {};
  for (const variable of captured) (variable.early ? early : late).push(variable.name);
  if (analysis.heritage) early.push(analysis.heritage.slot);
  for (const { slot } of analysis.members) if (slot !== null) early.push(slot);
  if (home) early.push(home.slot);
  if (analysis.self !== null) (home ? early : late).push(analysis.self);
  if (analysis.args !== null) {
    late.push(analysis.args);
    special[analysis.args] = 'arguments';
  }
  for (const { slot } of analysis.privateStatics) {
    late.push(slot);
    special[slot] = 'private';
  }
  const free = new Map<string, FreeVariable>(captured.map((variable) => [variable.name, variable]));
  if (own !== null) {
    late.push(own);
    free.set(own, { name: own, early: false, uses: [{ path: [], called: false } as unknown as Use] });
  }
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value;
  const code: Code = {
    source: analysis.source,
    url: script?.url ?? '',
    line: literal.line,
    column: literal.column,
    name: own ?? (typeof name === 'string' ? name : ''),
    kind: analysis.literal.kind,
    strict: literal.strict,
    early,
    late,
    hosts: analysis.hosts,
    special,
    parent: home ? { name: home.slot, of: home.parent.of } : null,
    needsThis: analysis.self,
    declaration: own !== null,
    sourceMap: mapOf(literal),
  };
  return { analysis, code, free, literal };
}
