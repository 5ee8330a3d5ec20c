/**
 * Objects that are neither plain nor arrays: which encoding each gets, by what it is (not by what it says that it is).
 */
import { types } from 'node:util';
import { originOf } from '../capture/known.js';
import { readBuffer, readHeapView, readKept, readView, writeBuffer, writeKept, writeView } from './buffers.js';
import { isOpen, readInstance, readPrototype, refuseDerived, writeInstance, writePrototype } from './classes.js';
import {
  readMap,
  readMembers,
  readSet,
  sendableKeys,
  writeArray,
  writeKeys,
  writeMap,
  writeNullPrototype,
  writeSet,
} from './containers.js';
import { readDomException, readError, writeDomException, writeError } from './errors.js';
import { writeReference } from './functions.js';
import { isSharedWebAssembly } from './keeper.js';
import { isBuiltinPrototype, knownClass } from './known.js';
import { readMade } from './made-classes.js';
import { LITERAL } from './paths.js';
import { readNumbers } from './numbers.js';
import type { Reader } from './reader.js';
import { readBound, readFunction, readReference } from './rebuilding.js';
import { refuseObject } from './refusals.js';
import { readRemade, writeRemade } from './remade.js';
import {
  BOUND,
  BOXED,
  BUFFER,
  DATE,
  DERIVED,
  DOM_EXCEPTION,
  DOUBLES,
  ERROR,
  FUNCTION,
  GLOBAL,
  HEAP_VIEW,
  INSTANCE,
  INTEGERS,
  KEPT,
  KNOWN_CLASS,
  MADE_CLASS,
  MAP,
  MEMBERS,
  MODULE,
  NULL,
  NULL_PROTOTYPE,
  REGEXP,
  REMADE,
  REQUIRE,
  SEARCH,
  SET,
  URL_,
  VIEW,
} from './tags.js';
import type { Writer } from './writer.js';

/** Writes an object that is no handle, no plain array and not obviously plain. */
export function writeObject(w: Writer, object: object): void {
  // Math, process, the exports of a builtin module: every thread has its own.
  const origin = originOf(object);
  if (origin !== null) {
    writeReference(w, origin);
    return;
  }
  const prototype = Object.getPrototypeOf(object) as object | null;
  if (prototype === null) {
    if (types.isModuleNamespaceObject(object)) {
      w.refuse('is a module', 'Import it in the function that uses it, or mention it there as a variable.');
    }
    writeNullPrototype(w, object);
  } else if (prototype === Object.prototype || isBuiltinPrototype(prototype, 'Object')) {
    writePlain(w, object);
  } else if (isOpen(prototype)) {
    writeInstance(w, object, prototype);
  } else if (!writeBuiltin(w, object, prototype)) {
    refuseObject(w, object);
    writeInstance(w, object, prototype);
  }
}

function writePlain(w: Writer, object: object): void {
  w.reserve(object);
  w.byte(MEMBERS);
  writeKeys(w, object, sendableKeys(w, object));
}

/** Writes instances of built-in classes and of classes derived from them. Returns false for any other object. */
function writeBuiltin(w: Writer, object: object, prototype: object): boolean {
  if (ArrayBuffer.isView(object)) writeView(w, object, prototype);
  else if (types.isDate(object)) derive(w, object, prototype, 'Date', writeDate);
  else if (types.isMap(object)) derive(w, object, prototype, 'Map', writeMap);
  else if (types.isSet(object)) derive(w, object, prototype, 'Set', writeSet);
  // Before the errors: newer Nodes make it one of those.
  else if (object instanceof DOMException) writeDomException(w, object);
  else if (types.isNativeError(object)) writeError(w, object, prototype);
  else if (types.isRegExp(object)) derive(w, object, prototype, 'RegExp', writeRegExp);
  else if (types.isArrayBuffer(object)) derive(w, object, prototype, 'ArrayBuffer', writeBuffer);
  else if (types.isSharedArrayBuffer(object) || isSharedWebAssembly(object)) writeKept(w, object);
  else if (Array.isArray(object)) derive(w, object, prototype, 'Array', writeArray);
  else if (types.isBoxedPrimitive(object)) writeBoxed(w, object, prototype);
  else if (object instanceof URL && isUrl(object)) derive(w, object, prototype, 'URL', writeUrl);
  else if (object instanceof URLSearchParams) derive(w, object, prototype, 'URLSearchParams', writeSearch);
  else return writeRemade(w, object, prototype);
  return true;
}

/** Writes `object` with `write`, and its prototype and extra members where they are not those of the class `name`. */
function derive<T extends object>(
  w: Writer,
  object: T,
  prototype: object,
  name: string,
  write: (w: Writer, object: T) => void,
): void {
  const usual = isBuiltinPrototype(prototype, name);
  const keys = name === 'Array' || (name === 'URL' && usual) ? [] : sendableKeys(w, object);
  if (usual && keys.length === 0) {
    write(w, object);
    return;
  }
  if (!usual) refuseDerived(w, prototype);
  w.byte(DERIVED);
  write(w, object);
  if (usual) w.byte(NULL);
  else writePrototype(w, prototype);
  writeKeys(w, object, keys);
}

function readDerived(r: Reader): unknown {
  const object = r.read();
  if (typeof object !== 'object' || object === null) r.damaged();
  const prototype = readPrototype(r);
  if (prototype !== null) Object.setPrototypeOf(object, prototype);
  readMembers(r, object);
  return object;
}

function writeDate(w: Writer, date: Date): void {
  const time = Date.prototype.getTime.call(date);
  const slot = w.slots++;
  // Dates without a print of their own would each take a place in the map.
  const known = w.table.many ? w.table.meet(date, time | 1, slot) : -1;
  if (known >= 0) {
    w.slots = slot;
    w.refer(known, date);
    return;
  }
  if (!w.table.many) w.table.add(date, slot);
  w.byte(DATE);
  w.double(time);
}

function writeRegExp(w: Writer, regexp: RegExp): void {
  w.reserve(regexp);
  w.byte(REGEXP);
  w.text(regexp.source);
  w.text(regexp.flags);
  w.number(regexp.lastIndex);
}

function readRegExp(r: Reader): RegExp {
  const source = r.text();
  const regexp = r.made(new RegExp(source, r.text()));
  regexp.lastIndex = r.read() as number;
  return regexp;
}

/** An object may have URL's prototype and not be one. */
function isUrl(url: URL): boolean {
  try {
    return typeof url.href === 'string';
  } catch {
    return false;
  }
}

function writeUrl(w: Writer, url: URL): void {
  w.reserve(url);
  w.byte(URL_);
  w.text(url.href);
}

function writeSearch(w: Writer, search: URLSearchParams): void {
  w.reserve(search);
  w.byte(SEARCH);
  w.text(search.toString());
}

function writeBoxed(w: Writer, object: object, prototype: object): void {
  const type = types.isNumberObject(object)
    ? Number
    : types.isStringObject(object)
      ? String
      : types.isBooleanObject(object)
        ? Boolean
        : types.isBigIntObject(object)
          ? BigInt
          : Symbol;
  const primitive: unknown = (type.prototype.valueOf as (this: unknown) => unknown).call(object);
  const usual = isBuiltinPrototype(prototype, type.name);
  const keys = sendableKeys(w, object).filter((key) => type !== String || !/^\d+$/.test(String(key)));
  if (!usual || keys.length > 0) w.byte(DERIVED);
  w.reserve(object);
  w.byte(BOXED);
  const depth = w.enter(LITERAL);
  w.path[depth] = '';
  w.write(primitive);
  w.depth--;
  if (usual && keys.length === 0) return;
  if (usual) w.byte(NULL);
  else writePrototype(w, prototype);
  writeKeys(w, object, keys);
}

/** Reads what `Reader.read` does not read itself. */
export function readObject(r: Reader, tag: number): unknown {
  switch (tag) {
    case NULL_PROTOTYPE: {
      const object = r.made(Object.create(null) as object);
      readMembers(r, object);
      return object;
    }
    case INSTANCE:
      return readInstance(r);
    case DERIVED:
      return readDerived(r);
    case DATE:
      return r.made(new Date(r.double()));
    case REGEXP:
      return readRegExp(r);
    case URL_:
      return r.made(new URL(r.text()));
    case SEARCH:
      return r.made(new URLSearchParams(r.text()));
    case MAP:
      return readMap(r);
    case SET:
      return readSet(r);
    case REMADE:
      return readRemade(r);
    case BOXED: {
      // The slot comes before the primitive, which has none.
      const box: unknown = Object(r.read());
      if (typeof box !== 'object' || box === null) r.damaged();
      return r.made(box);
    }
    case INTEGERS:
    case DOUBLES:
      return readNumbers(r, tag);
    case BUFFER:
      return readBuffer(r);
    case VIEW:
      return readView(r);
    case HEAP_VIEW:
      return readHeapView(r);
    case KEPT:
      return readKept(r);
    case ERROR:
      return readError(r);
    case DOM_EXCEPTION:
      return readDomException(r);
    case FUNCTION:
      return readFunction(r);
    case BOUND:
      return readBound(r);
    case MODULE:
    case GLOBAL:
    case REQUIRE:
      return readReference(r, tag);
    case MADE_CLASS:
      return readMade(r);
    case KNOWN_CLASS: {
      const name = r.text();
      return knownClass(name) ?? r.damaged();
    }
    default:
      return r.damaged();
  }
}
