/**
 * What surrounds a method or an arrow function without being a variable: `this`, and the object that `super` starts from.
 */
import { nameOf, refuse } from './complain.js';
import type { Environment } from './environment.js';
import { parentOf } from './extras.js';
import type { KnownLiteral } from './literals.js';
import { freshName } from './code.js';
import { isFunction } from './names.js';
import { receiverOf } from './receiver.js';
import { createRequire } from 'node:module';

/** Where `super.x` looks for x: the variable in the code and its value. */
export interface Home {
  readonly slot: string;
  readonly parent: { readonly of: 'prototype' | 'object'; readonly value: unknown };
}

/** Parsing a larger script only to learn that an arrow function stands at its top level costs more than asking the debugger. */
const CHEAP_TO_PARSE = 300_000;

const receivers = new WeakMap<Function, { readonly value: unknown }>();
const slots = new WeakMap<KnownLiteral, string>();

/** The `this` around an arrow function; it never changes. */
export function thisAround(fn: Function, literal: KnownLiteral, path: string, environment: Environment): unknown {
  let receiver = receivers.get(fn);
  if (!receiver) {
    receiver = topLevelThis(literal, environment) ?? askDebugger(fn, literal) ?? undefined;
    if (!receiver) {
      throw refuse(
        path,
        `${nameOf(fn)} uses the \`this\` around it, which cannot be had here; write \`const self = this\` before the function and use self`,
      );
    }
    receivers.set(fn, receiver);
  }
  return receiver.value;
}

function topLevelThis(literal: KnownLiteral, environment: Environment): { value: unknown } | null {
  const { script, start, text } = literal;
  if (!script || start < 0 || script.source.length > CHEAP_TO_PARSE) return null;
  const scope = script.scopeAround(start, start + text.length);
  for (let s = scope; s; s = s.parent) if (s.variables.get('this')) return null;
  if (!scope || script.names?.global.dynamic) return null;
  if (environment.isModule) return { value: undefined };
  const module = createRequire(import.meta.url).cache[script.url];
  return module ? { value: module.exports } : null;
}

function askDebugger(fn: Function, literal: KnownLiteral): { value: unknown } | null {
  const { root } = literal.analysis.literal;
  const simple = isFunction(root) && root.params.every((parameter) => parameter.type === 'Identifier');
  return simple && literal.script ? receiverOf(fn) : null;
}

/** Finds the object that a function with `super` in it belongs to. */
export function homeOf(fn: Function, literal: KnownLiteral, path: string, environment: Environment): Home {
  const home =
    literal.analysis.literal.kind === 'arrow'
      ? homeAround(literal, thisAround(fn, literal, path, environment))
      : homeInScopes(fn, environment);
  if (!home) {
    throw refuse(
      path,
      `${nameOf(fn)} uses super, and the object it belongs to cannot be found; call the method on its object instead: () => object.${nameOf(fn)}()`,
    );
  }
  let slot = slots.get(literal);
  if (slot === undefined) {
    slot = freshName(literal.analysis.names.taken, 8);
    slots.set(literal, slot);
  }
  const parent: unknown = Object.getPrototypeOf(home);
  if (parent === null || typeof parent === 'function') return { slot, parent: { of: 'object', value: parent } };
  return { slot, parent: parentOf(parent as object) };
}

/** The first object on the prototype chain of `this` with a method, or of a class, whose text has the arrow function in it. */
function homeAround(literal: KnownLiteral, self: unknown): object | null {
  const holds = (value: unknown): boolean =>
    typeof value === 'function' && Function.prototype.toString.call(value).includes(literal.text);
  for (
    let object = self as object | null;
    (typeof object === 'object' && object !== null) || typeof object === 'function';
    object = Object.getPrototypeOf(object) as object | null
  ) {
    if (typeof object === 'function' && holds(object)) return object;
    for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(object))) {
      const found = [descriptor.value, descriptor.get, descriptor.set].find((v) => holds(v)) as Function | undefined;
      if (!found) continue;
      // A class that holds it: its prototype is the home, and `object` is that, or an instance of it.
      if (/^class\b/.test(Function.prototype.toString.call(found))) return found.prototype as object;
      return object;
    }
  }
  return null;
}

/** A class or an object in the scopes of a method that has it as a member. */
function homeInScopes(fn: Function, environment: Environment): object | null {
  const owns = (object: object): boolean =>
    Object.values(Object.getOwnPropertyDescriptors(object)).some((d) => d.value === fn || d.get === fn || d.set === fn);
  for (const { object } of environment.scopes) {
    for (const name of Object.keys(object)) {
      let value: unknown;
      try {
        value = object[name];
      } catch {
        continue;
      }
      if (typeof value === 'function') {
        if (owns(value)) return value;
        if (typeof value.prototype === 'object' && value.prototype !== null && owns(value.prototype as object))
          return value.prototype as object;
      } else if (typeof value === 'object' && value !== null && owns(value)) return value;
    }
  }
  return null;
}
