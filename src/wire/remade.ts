/**
 * Objects of the runtime that never change and say themselves how they were made: text encoders and decoders, and the formatters of
 * `Intl`. Another thread makes one of its own from the same arguments. A TextDecoder begins anew there: what it has seen of a
 * stream nobody can ask it.
 */
import { ownConstructor, isNative } from './known.js';
import type { Reader } from './reader.js';
import { REMADE } from './tags.js';
import type { Writer } from './writer.js';

type Make = new (...args: readonly unknown[]) => object;

interface Formatter {
  resolvedOptions(): Record<string, unknown>;
  format?(value: unknown): string;
}

const intl = Intl as unknown as Record<string, Make | undefined>;
const globals = globalThis as unknown as Record<string, Make | undefined>;

/** By the name of the class: the arguments that make the like of an object. They throw for what only looks like one. */
const argumentsOf: Record<string, (object: object) => readonly unknown[] | null> = {
  TextEncoder: (encoder) => ((encoder as InstanceType<typeof TextEncoder>).encoding === 'utf-8' ? [] : null),
  TextDecoder(decoder) {
    const { encoding, fatal, ignoreBOM } = decoder as InstanceType<typeof TextDecoder>;
    return [encoding, { fatal, ignoreBOM }];
  },
  Locale: (locale) => [(intl['Locale'] as Make).prototype.toString.call(locale)],
};
for (const name of [
  'Collator',
  'DateTimeFormat',
  'DisplayNames',
  'DurationFormat',
  'ListFormat',
  'NumberFormat',
  'PluralRules',
  'RelativeTimeFormat',
  'Segmenter',
])
  argumentsOf[name] = (formatter) => formatterArguments(name, formatter as Formatter);

/** Midnight, morning and afternoon, in three eras of Japan's calendar. */
const DATES = [0, 6e11 + 1234567, 16e11 + 45e6];

/** Null where what a formatter says of itself does not make the same again: some say less than they know. */
function formatterArguments(name: string, formatter: Formatter): readonly unknown[] | null {
  // hour12 follows from hourCycle; given as well, it would decide.
  const { locale, hour12: _hour12, ...options } = formatter.resolvedOptions();
  const again = new (intl[name] as Make)(locale, options) as Formatter;
  // The name of the language may have got a suffix for what is an option now.
  const { locale: _locale, hour12: _same, ...resolved } = again.resolvedOptions();
  if (JSON.stringify(resolved) !== JSON.stringify(options)) return null;
  const isSame = name !== 'DateTimeFormat' || DATES.every((date) => again.format?.(date) === formatter.format?.(date));
  return isSame ? [locale, options] : null;
}

function makerOf(name: string): Make | undefined {
  return name.startsWith('Text') ? globals[name] : intl[name];
}

/** Formatters that were written before; they never change. */
const written = new WeakMap<object, string>();

/** The class and the arguments that make the like of `object`, as text; null where it is none of these. */
function recipeOf(object: object, prototype: object): string | null {
  const type = ownConstructor(prototype);
  if (type === undefined || !Object.hasOwn(argumentsOf, type.name)) return null;
  const before = written.get(object);
  if (before !== undefined) return before;
  const { name } = type;
  // Test runners have formatters of another realm.
  if (type !== makerOf(name) && !(name in intl && isNative(type))) return null;
  if (Object.keys(object).length > 0) return null;
  let args: readonly unknown[] | null;
  try {
    args = argumentsOf[name](object);
  } catch {
    return null;
  }
  if (args === null) return null;
  const recipe = JSON.stringify([name, ...args]);
  written.set(object, recipe);
  return recipe;
}

/** Writes an object that can be made anew. Returns false for any other. */
export function writeRemade(w: Writer, object: object, prototype: object): boolean {
  const recipe = recipeOf(object, prototype);
  if (recipe === null) return false;
  w.reserve(object);
  w.byte(REMADE);
  w.text(recipe);
  return true;
}

/** To make a formatter takes 20 to 200 µs, and every task that uses one brings it. */
const made = new Map<string, object>();
const MOST_MADE = 64;

export function readRemade(r: Reader): object {
  const slot = r.reserve();
  const recipe = r.text();
  let object = made.get(recipe);
  if (object === undefined) {
    object = make(r, recipe);
    if (!recipe.startsWith('["Text')) {
      if (made.size === MOST_MADE) made.clear();
      made.set(recipe, object);
    }
  }
  r.objects[slot] = object;
  return object;
}

function make(r: Reader, recipe: string): object {
  let parts: readonly unknown[];
  try {
    parts = JSON.parse(recipe) as readonly unknown[];
  } catch {
    return r.damaged();
  }
  const [name, ...args] = parts;
  if (typeof name !== 'string' || !Object.hasOwn(argumentsOf, name)) return r.damaged();
  return new (makerOf(name) as Make)(...args);
}
