/**
 * Classes that the library makes when the program runs, such as what `struct({ … })` returns. No thread can find them by name
 * and there is no source to capture: what travels is a record that says how to make the class, and each thread makes it once.
 */
import { ADDRESS, Handle, handleAt } from '../heap/handle.js';
import type { Reader } from './reader.js';
import { MADE_CLASS } from './tags.js';
import type { Writer } from './writer.js';

/** Stands for such a class. Users never see it. */
export abstract class ClassSource extends Handle {
  /** This thread's class, made when it is first asked for. */
  abstract get type(): Function;
}

const sources = new WeakMap<Function, ClassSource>();

/** Says which record `type` was made from; it lives as long as the class does. */
export function noteMade(type: Function, source: ClassSource): void {
  sources.set(type, source);
}

/** Whether the library made `type`. */
export function isMade(type: Function): boolean {
  return sources.has(type);
}

/** Writes `type` if the library made it; else returns false. */
export function writeMade(w: Writer, type: Function): boolean {
  const source = sources.get(type);
  if (source === undefined) return false;
  if (w.portable) w.refuseShared(`is a class of shared objects (${type.name})`);
  w.live.add(type, w.slots++);
  w.byte(MADE_CLASS);
  w.size(w.record(source[ADDRESS], source));
  return true;
}

export function readMade(r: Reader): Function {
  const slot = r.reserve();
  const source = handleAt(r.record());
  if (!(source instanceof ClassSource)) r.damaged();
  const { type } = source;
  r.objects[slot] = type;
  return type;
}
