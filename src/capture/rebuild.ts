/**
 * From a description to a function again, in the thread that received it. Needs neither a parser nor an inspector.
 */
import { Script } from 'node:vm';
import type { Captured, Code, Properties } from './captured.js';
import { hostValue } from './loader.js';
import { mapStacks } from './stacks.js';

/** A function that was just created: its late variables are still undefined. */
export interface Shell {
  readonly fn: Function;
  /** Sets the variables of `code.late`, in that order; call it before the function can be. */
  setLate(values: readonly unknown[]): void;
}

type Factory = (
  ...values: readonly unknown[]
) => readonly [made: unknown, setLate: (values: readonly unknown[]) => void];

const factories = new WeakMap<Code, Factory>();

/**
 * Creates the function of `code`; `early` are the values of `code.early`, in that order. Each `Code` object is compiled once per
 * thread, so hand in the same object for the same code. The position in the script is that of the original, stacks show it.
 */
export function rebuild(code: Code, early: readonly unknown[]): Shell {
  let factory = factories.get(code);
  if (!factory) {
    factory = compile(code);
    factories.set(code, factory);
    mapStacks(code);
  }
  const [made, setLate] = factory(...early, ...code.hosts.map((host) => hostValue(host.what, code.url)));
  const fn =
    code.kind === 'method' || code.kind === 'getter' || code.kind === 'setter'
      ? memberOf(made as object)
      : (made as Function);
  if (!Object.hasOwn(fn, 'name') || (typeof fn.name === 'string' && fn.name !== code.name)) {
    Object.defineProperty(fn, 'name', { value: code.name, configurable: true });
  }
  return { fn, setLate };
}

/** Everything about a function but its code and variables, with values that live in this thread. */
export type Extras = Pick<Captured, 'properties' | 'prototypeProperties' | 'prototypeParent' | 'parent'>;

/** Gives a rebuilt function its own properties, its prototype's properties and what both inherit from. */
export function dress(fn: Function, extras: Extras): void {
  if (extras.parent) Object.setPrototypeOf(fn, extras.parent.value as object | null);
  if (extras.prototypeParent) {
    const { of, value } = extras.prototypeParent;
    Object.setPrototypeOf(
      fn.prototype,
      of === 'prototype' ? ((value as Function).prototype as object) : (value as object | null),
    );
  }
  define(fn, extras.properties);
  if (extras.prototypeProperties.length > 0) define(fn.prototype as object, extras.prototypeProperties);
}

function define(object: object, properties: Properties): void {
  for (const [key, descriptor] of properties) Object.defineProperty(object, key, descriptor);
}

function memberOf(object: object): Function {
  const [key] = Reflect.ownKeys(object);
  const descriptor = key === undefined ? undefined : Object.getOwnPropertyDescriptor(object, key);
  return (descriptor?.value ?? descriptor?.get ?? descriptor?.set) as Function;
}

function compile(code: Code): Factory {
  const parameters = [...code.early, ...code.hosts.map((host) => host.name)];
  const own = code.declaration ? code.name : null;
  const late = code.late.filter((name) => name !== own);
  const list = unlike([...parameters, ...code.late]);
  const assignments = code.late.map((name, i) => {
    const value = `${list}[${i}]`;
    if (code.special[name] === 'private') return `${name}(${value})`;
    // A real arguments object, not an array.
    if (code.special[name] === 'arguments') return `${name}=function(){return arguments}(...${value})`;
    return `${name}=${value}`;
  });
  const setter = `function(${list}){${assignments.join(';')}}`;
  const head = `(function(${parameters.join(',')}){${code.strict ? '"use strict";' : ''}${late.length > 0 ? `var ${late.join(',')};` : ''}`;
  const [before, after] = around(code);
  const text = own
    ? `${head}${code.source}\nreturn[${own},${setter}]})`
    : `${head}return[${before}${code.source}${after},${setter}]})`;
  const prefix = own ? head.length : head.length + 'return['.length + before.length;
  const script = new Script(text, {
    filename: code.url || 'threadwork:captured',
    lineOffset: code.line,
    columnOffset: code.column - prefix,
  });
  return script.runInThisContext() as Factory;
}

/** What stands before and after the source, on the same lines. */
function around(code: Code): readonly [string, string] {
  const isMember = code.kind === 'method' || code.kind === 'getter' || code.kind === 'setter';
  if (!code.parent) return isMember ? ['{', '}'] : ['(', ')'];
  const parent = code.parent.of === 'prototype' ? `${code.parent.name}.prototype` : code.parent.name;
  if (isMember) return [`{__proto__:${parent},`, '}'];
  return [`{__proto__:${parent},m(){return(`, `)}}.m.call(${code.needsThis ?? 'undefined'})`];
}

/** A name that none of these are. */
function unlike(names: readonly string[]): string {
  let name = 'V';
  while (names.includes(name)) name += '$';
  return name;
}
