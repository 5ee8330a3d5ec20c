/**
 * Shapes: lists of keys that many objects share. Each thread keeps those that it met, on the writing side by the keys, on
 * the reading side by the bytes, so that a message that brings a known shape costs one comparison instead of a decoded and
 * interned text per key.
 */
import { ADDRESS } from '../heap/handle.js';
import { MEMBER } from './paths.js';
import { TEXT16, TEXT8 } from './tags.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** Objects with more members are taken for dictionaries, whose keys differ each time. */
export const SHAPE_LIMIT = 48;
/** Shapes of either side that a thread remembers; a power of two. */
const REMEMBERED = 1024;

/** A shape on the writing side. */
export interface Shape {
  readonly keys: readonly string[];
  /** The keys, encoded. Empty until the shape was met twice: dictionaries are met once. */
  bytes: Uint8Array;
  /** Message in which it was defined last, and its number there. */
  serial: number;
  number: number;
  uses: number;
  writeValues: WriteValues | null;
  guess: Guess;
}

/**
 * Writes the values of an object of one shape. `slot` is what `Writer.reserveFirst` gave for the object that begins at `at`;
 * returns true if that was written before, and a reference stands there now.
 */
type WriteValues = (w: Writer, object: object, path: unknown[], depth: number, at: number, slot: number) => boolean;

/**
 * Writes an object if it is a plain one of the shape that the function was made for; else returns false, with nothing
 * written. Objects at one place mostly have one shape: whoever writes a member or an element first tries what fitted the
 * one before, so that each such function sees objects of one hidden class and is compiled for it.
 */
export type Guess = (w: Writer, object: object) => boolean;

/** Fits nothing. */
export const noGuess: Guess = () => false;

const NOTHING = new Uint8Array(0);
const known: (Shape | undefined)[] = Array.from({ length: REMEMBERED }, () => undefined);

/** The shape of objects with these keys, or null when it was not met before. */
export function shapeOf(keys: readonly string[]): Shape | null {
  const count = keys.length;
  const first = keys[0];
  const last = keys[count - 1];
  const place =
    (count * 131 +
      first.length * 31 +
      last.length * 7 +
      first.charCodeAt(0) * 17 +
      last.charCodeAt(last.length - 1) * 3) &
    (REMEMBERED - 1);
  const shape = known[place];
  if (shape === undefined || !sameKeys(shape.keys, keys)) {
    known[place] = { keys, bytes: NOTHING, serial: 0, number: 0, uses: 0, writeValues: null, guess: noGuess };
    return null;
  }
  if (shape.bytes === NOTHING) {
    if (keys.includes('__proto__')) return null;
    shape.bytes = encodeKeys(keys);
  }
  return shape;
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}

/** Count, then per key: the length in characters + 1 if Latin-1, else 0 and the length; the characters. */
function encodeKeys(keys: readonly string[]): Uint8Array {
  const parts: Buffer[] = [Buffer.from([keys.length])];
  for (const key of keys) {
    const wide = /[^\x00-\xff]/.test(key);
    const head = Buffer.alloc(5);
    head[0] = wide ? TEXT16 : TEXT8;
    head.writeUInt32LE(key.length, 1);
    parts.push(head, Buffer.from(key, wide ? 'utf16le' : 'latin1'));
  }
  return Buffer.concat(parts);
}

function decodeKeys(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const keys: string[] = [];
  let at = 1;
  for (let k = 0; k < buffer[0]; k++) {
    const tag = buffer[at];
    if (at + 5 > buffer.length || (tag !== TEXT8 && tag !== TEXT16)) throw new Error('damaged key list');
    const size = buffer.readUInt32LE(at + 1) * (tag === TEXT16 ? 2 : 1);
    at += 5;
    if (at + size > buffer.length) throw new Error('damaged key list');
    keys.push(buffer.toString(tag === TEXT16 ? 'utf16le' : 'latin1', at, at + size));
    at += size;
  }
  return keys;
}

/** Compiling costs 20 µs, and saves 10 to 20 ns a member. */
const COMPILE_AFTER = 200;
let compilations = 0;
/** Each costs memory for ever. */
const MOST_COMPILATIONS = 1000;

/** The function with this source, made where `names` stand for `values`; null where there are too many or `eval` is not allowed. */
function compiled(source: string, names: readonly string[] = [], values: readonly unknown[] = []): unknown {
  if (compilations++ >= MOST_COMPILATIONS) return null;
  try {
    return (new Function(...names, `return ${source}`) as (...values: unknown[]) => unknown)(...values);
  } catch {
    return null;
  }
}

function literal(key: string): string {
  return JSON.stringify(key).replace(/[\u2028\u2029]/g, (c) => (c === '\u2028' ? '\\u2028' : '\\u2029'));
}

/** What writes the values of objects of this shape with one access site per member; null before it pays. */
export function writerOf(shape: Shape): WriteValues | null {
  if (shape.uses <= COMPILE_AFTER && shape.uses++ === COMPILE_AFTER) {
    shape.writeValues = valuesWriterOf(shape.keys);
    if (shape.writeValues !== null) shape.guess = guessOf(shape, shape.writeValues);
  }
  return shape.writeValues;
}

function valuesWriterOf(keys: readonly string[]): WriteValues | null {
  const guesses = keys.map((_, k) => `g${k}=no`).join(',');
  const steps = keys.map((key, k) => {
    const name = literal(key);
    const deep = `if(s>=0){if(w.met(o,a,s))return true;s=-1}`;
    return (
      `p[d]=${name};v=o[${name}];if(typeof v==='string')w.text(v);else if(typeof v==='number')w.number(v);` +
      `else if(v===null||v===undefined||typeof v==='boolean')w.constant(v);` +
      `else if(typeof v==='object'){${deep}if(!g${k}(w,v))g${k}=w.object(v)}` +
      `else{if(typeof v==='function'){${deep}}w.write(v)}`
    );
  });
  const source = `(()=>{let ${guesses};return (w,o,p,d,a,s)=>{let v;${steps.join('')}return s>=0&&w.met(o,a,s)}})()`;
  return compiled(source, ['no'], [noGuess]) as WriteValues | null;
}

/**
 * A loop over the keys makes no array of them. It comes to inherited ones, too, if somebody has given Object.prototype some: those come
 * last, so that all are the object's own if the last one is.
 */
function guessOf(shape: Shape, values: WriteValues): Guess {
  const source = `(w,o)=>{
    if(o[ADDRESS]!==undefined||prototypeOf(o)!==plain)return false;
    let i=0;
    for(const k in o)if(k!==known[i++])return false;
    if(i!==${shape.keys.length}||!hasOwn(o,known[i-1])||symbols(o).length!==0)return false;
    if(w.referred(o))return true;
    const a=w.position;
    const s=w.reserveFirst(o);
    const isNew=w.beginShape(shape);
    const repeated=values(w,o,w.path,w.enter(${MEMBER}),a,s);
    w.depth--;
    if(repeated&&isNew)w.takeBackShape(shape);
    return true;
  }`;
  const names = ['ADDRESS', 'prototypeOf', 'plain', 'known', 'hasOwn', 'symbols', 'shape', 'values'];
  const { getPrototypeOf, getOwnPropertySymbols, hasOwn, prototype } = Object;
  const used = [ADDRESS, getPrototypeOf, prototype, shape.keys, hasOwn, getOwnPropertySymbols, shape, values];
  return (compiled(source, names, used) as Guess | null) ?? noGuess;
}

/** A shape on the reading side. */
export class ReadShape {
  readonly keys: readonly string[];
  readonly bytes: Uint8Array;
  private uses = 0;
  private compiled: ((r: Reader) => object) | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.keys = decodeKeys(bytes);
  }

  /** Reads a plain object of this shape. */
  read(r: Reader): object {
    if (this.compiled !== null) return this.compiled(r);
    if (this.uses++ === COMPILE_AFTER) this.compiled = readerOf(this.keys);
    const object: Record<string, unknown> = {};
    r.made(object);
    const { keys } = this;
    for (let k = 0; k < keys.length; k++) object[keys[k]] = r.read();
    return object;
  }

  /** Reads the members into an object that exists, past any setters of its prototype. */
  define(r: Reader, object: object): void {
    for (const key of this.keys) {
      const value = r.read();
      if (key in object)
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      else (object as Record<string, unknown>)[key] = value;
    }
  }
}

/** A function that builds the object with one hidden class from the start. */
function readerOf(keys: readonly string[]): ((r: Reader) => object) | null {
  const names = keys.map(literal);
  const blank = names.map((name) => `${name}:undefined`).join(',');
  const steps = names.map((name) => `o[${name}]=r.read();`).join('');
  return compiled(`(r)=>{const o={${blank}};r.made(o);${steps}return o}`) as ((r: Reader) => object) | null;
}

const seen: (ReadShape | undefined)[] = Array.from({ length: REMEMBERED }, () => undefined);

/** The shape that the `length` bytes at `at` describe. */
export function shapeFrom(bytes: Uint8Array, at: number, length: number): ReadShape {
  let hash = length;
  for (let k = 0; k < length; k++) hash = (Math.imul(hash, 31) + bytes[at + k]) | 0;
  const place = (hash ^ (hash >>> 15)) & (REMEMBERED - 1);
  const shape = seen[place];
  if (shape !== undefined && sameBytes(shape.bytes, bytes, at, length)) return shape;
  return (seen[place] = new ReadShape(bytes.slice(at, at + length)));
}

function sameBytes(known: Uint8Array, bytes: Uint8Array, at: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let k = 0; k < length; k++) if (known[k] !== bytes[at + k]) return false;
  return true;
}
