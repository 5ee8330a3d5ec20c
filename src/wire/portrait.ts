/**
 * Portraits: what an object of a user's subclass is to threads that did not make it. Its class and its fields, as they are
 * when the object is first sent; a message that the record keeps.
 */
import { CaptureError } from '../errors.js';
import { ADDRESS, type Handle, onSubclass } from '../heap/handle.js';
import { nameOf, onPortrait, portraitOf, setPortrait } from '../heap/records.js';
import { hiddenStateAbove } from './classes.js';
import { discard, pack, peek } from './message.js';

interface Portrait {
  readonly type: { readonly prototype: object };
  readonly fields: Fields;
}

/** Fields by their keys: strings, and symbols that every thread has. */
export type Fields = Record<PropertyKey, unknown>;

/** The fields that the user's class put on the object. */
export function fieldsOf(handle: Handle): Fields {
  const fields: Fields = Object.fromEntries(Object.entries(handle));
  for (const key of Object.getOwnPropertySymbols(handle)) {
    if (Symbol.keyFor(key) !== undefined) fields[key] = handle[key as keyof Handle];
  }
  return fields;
}

/**
 * Throws where a class of the user's gives the object `#private` members: only its constructor can, and that runs once. With `items`,
 * what stands in the object is looked at, whose prototype that is.
 */
export function refuseHiddenState(handle: Handle, items?: object): void {
  const hidden = hiddenStateAbove(items ?? (Object.getPrototypeOf(handle) as object));
  if (hidden === null) return;
  const { owner, what, change } = hidden;
  // Not by `handle.name`: that of a `local()` is the program's.
  const subject = `${items === undefined ? '' : 'an item of '}${nameOf(handle[ADDRESS])}`;
  throw new CaptureError(
    `${subject} is an instance of ${owner}, ${what}. Other threads' objects would lack it: ${change}.`,
  );
}

/** Records of which a portrait is being drawn: one may mention itself. */
const drawing = new Set<number>();

/** Makes the object's portrait, unless there is one. Throws what keeps it from being sent. */
export function draw(handle: Handle): void {
  const record = handle[ADDRESS];
  if (portraitOf(record) !== 0 || drawing.has(record)) return;
  refuseHiddenState(handle);
  drawing.add(record);
  try {
    const portrait: Portrait = { type: handle.constructor as never, fields: fieldsOf(handle) };
    const message = pack(portrait, { path: handle.name });
    if (!setPortrait(record, message)) discard(message);
  } finally {
    drawing.delete(record);
  }
}

/** Gives a bare object the class and the fields of its portrait, if there is one. */
export function dress(handle: Handle): Handle {
  const message = portraitOf(handle[ADDRESS]);
  if (message === 0) return handle;
  const { type, fields } = peek(message) as Portrait;
  Object.setPrototypeOf(handle, type.prototype);
  return Object.assign(handle, fields);
}

onPortrait(discard);
onSubclass(draw, dress);
