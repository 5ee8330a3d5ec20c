/**
 * What a function has beside its code and its variables: statics, renamed names, prototypes that were changed after the fact.
 */
import type { Captured, Properties } from './captured.js';
import type { Analysis, Member } from './code.js';
import { isFunctionPrototype, isGeneratorPrototype, isObjectPrototype } from './realms.js';

export type Extras = Pick<Captured, 'properties' | 'prototypeProperties' | 'prototypeParent' | 'parent'>;

type Property = readonly [key: string | symbol, descriptor: PropertyDescriptor];

const NONE: Properties = [];
const NOTHING: Extras = { properties: NONE, prototypeProperties: NONE, prototypeParent: null, parent: null };

/** What the engine gives every function of its own. */
const ENGINE_KEYS = new Set<string | symbol>(['length', 'name', 'prototype', 'arguments', 'caller']);

/** Own properties of a function that has no source here, such as a bound one. */
export function looseProperties(fn: Function): Properties {
  return Reflect.ownKeys(fn)
    .filter((key) => key !== 'length' && key !== 'name' && key !== 'prototype')
    .map((key) => [key, Object.getOwnPropertyDescriptor(fn, key) as PropertyDescriptor] as const);
}

/** Collects what `rebuild()` cannot know from the source. `name` is the name that the rebuilt function gets. */
export function extrasOf(fn: Function, analysis: Analysis, name: string, heritage: unknown): Extras {
  const isClass = analysis.literal.kind === 'class';
  const members = bodyKeys(fn, analysis);
  const properties: Property[] = [];
  for (const key of Reflect.ownKeys(fn)) {
    if (ENGINE_KEYS.has(key) && key !== 'name') continue;
    if (members.statics.has(key)) continue;
    const descriptor = Object.getOwnPropertyDescriptor(fn, key) as PropertyDescriptor;
    if (key === 'name' && descriptor.value === name && !descriptor.writable && !descriptor.enumerable) continue;
    properties.push([key, descriptor]);
  }
  const ownParent: unknown = Object.getPrototypeOf(fn);
  const parent = (isClass && analysis.heritage ? ownParent === heritage : isFunctionPrototype(ownParent))
    ? null
    : { value: ownParent };
  const prototype: unknown = Object.hasOwn(fn, 'prototype') ? fn.prototype : undefined;
  if (typeof prototype !== 'object' || prototype === null)
    return properties.length === 0 && !parent ? NOTHING : { ...NOTHING, properties, parent };

  const prototypeProperties: Property[] = [];
  for (const key of Reflect.ownKeys(prototype)) {
    if (members.methods.has(key)) continue;
    const descriptor = Object.getOwnPropertyDescriptor(prototype, key) as PropertyDescriptor;
    if (key === 'constructor' && descriptor.value === fn) continue;
    prototypeProperties.push([key, descriptor]);
  }
  return { properties, prototypeProperties, parent, prototypeParent: prototypeParent(prototype, analysis, heritage) };
}

function prototypeParent(prototype: object, analysis: Analysis, heritage: unknown): Captured['prototypeParent'] {
  const parent: unknown = Object.getPrototypeOf(prototype);
  if (isGeneratorPrototype(parent)) return null;
  if (analysis.heritage ? typeof heritage === 'function' && parent === heritage.prototype : isObjectPrototype(parent))
    return null;
  if (parent === null) return isExtendsNull(analysis) ? null : { of: 'object', value: null };
  return parentOf(parent as object);
}

/** A prototype by its class, where it is one: classes can travel, their prototypes are nothing without them. */
export function parentOf(prototype: object): { of: 'prototype' | 'object'; value: unknown } {
  const type: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof type === 'function' && type.prototype === prototype
    ? { of: 'prototype', value: type }
    : { of: 'object', value: prototype };
}

function isExtendsNull(analysis: Analysis): boolean {
  const { root } = analysis.literal;
  return (
    root.type === 'ClassExpression' && root.superClass !== null && root.superClass !== undefined && !analysis.heritage
  );
}

/** The keys of the members that the class body defines and nobody replaced since, and the values of computed keys. */
export function bodyKeys(
  fn: Function,
  analysis: Analysis,
): { statics: Set<string | symbol>; methods: Set<string | symbol>; computed: Map<string, string | symbol> } {
  const statics = new Set<string | symbol>();
  const methods = new Set<string | symbol>();
  const computed = new Map<string, string | symbol>();
  for (const member of analysis.members) {
    const home = member.isStatic ? fn : (fn.prototype as object);
    const found = member.isStatic ? statics : methods;
    if (member.key !== null) {
      if (defines(home, member.key, member)) found.add(member.key);
      continue;
    }
    // Symbols and computed keys: the function with this text, each found once (a getter and a setter share their key).
    const taken = new Set(computed.values());
    const keys = Reflect.ownKeys(home).filter((key) => defines(home, key, member));
    const key = keys.find((k) => !taken.has(k)) ?? keys[0];
    if (key === undefined) continue;
    found.add(key);
    if (member.slot !== null) computed.set(member.slot, key);
  }
  return { statics, methods, computed };
}

function defines(home: object, key: string | symbol, member: Member): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(home, key);
  const value: unknown = member.kind === 'method' ? descriptor?.value : descriptor?.[member.kind];
  return (
    typeof value === 'function' &&
    !descriptor?.enumerable &&
    member.text.endsWith(Function.prototype.toString.call(value))
  );
}
