/**
 * Keys: priorities as words of the heap that are ordered as the priorities are, so that they are compared without being
 * decoded (park/priorities.ts says how). Each word is a tag, with the lowest bit set, or 31 bits of a value above a bit
 * that is not:
 *
 *   number   NUMBER, magnitude, mantissa …   magnitude: exponent of the leading bit, biased, with the number's sign; mantissa:
 *            30 bits after the leading one and a bit that says whether another such word with something in it follows;
 *            complemented for negative numbers. Zero and the infinities have no mantissa. A bigint and a number of the same
 *            value have the same key.
 *   string   STRING, code point + 1 …, 0
 *   array    ARRAY, the elements' keys, END
 *
 * Booleans are 0 and 1 and -0 is 0, as in Python. NaN has no order: in Python it silently spoils the queue's.
 */
import { KeyTag, newNode } from '../park/priorities.js';

/** Arrays in arrays, deeper than anybody needs: one that contains itself has no order. */
const DEEPEST = 100;
/** Exponents of doubles begin at -1074; those of bigints end somewhere. */
const BIAS = 1100;
const INFINITE: number = 2 ** 30 - 1;
const MANTISSA_BITS = 30;

let words = new Int32Array(64);
let length = 0;

function add(word: number): void {
  if (length === words.length) {
    const more = new Int32Array(2 * length);
    more.set(words);
    words = more;
  }
  words[length++] = word;
}

/** Adds a word of 31 bits, from -2³⁰ to 2³⁰ - 1. */
function addValue(value: number): void {
  add(value << 1);
}

const double = new DataView(new ArrayBuffer(8));

function addNumber(value: number): void {
  add(KeyTag.NUMBER);
  const negative = value < 0;
  const size = Math.abs(value);
  if (size === 0) addValue(0);
  else if (size === Infinity) addValue(negative ? -INFINITE : INFINITE);
  else if (size < 2 ** 31 && Number.isInteger(size)) {
    const exponent = 31 - Math.clz32(size);
    addMagnitude(exponent, negative);
    addMantissa((size ^ (1 << exponent)) << (MANTISSA_BITS - exponent), false, negative);
  } else addDouble(size, negative);
}

function addDouble(size: number, negative: boolean): void {
  // A subnormal gets a leading bit; what multiplying adds to the exponent goes again.
  const subnormal = size < 2 ** -1022;
  double.setFloat64(0, subnormal ? size * 2 ** 60 : size);
  const high = double.getUint32(0);
  const low = double.getUint32(4);
  addMagnitude((high >>> 20) - 1023 - (subnormal ? 60 : 0), negative);
  // 52 bits: 20 + 10, and 22.
  const rest = low & 0x3f_ffff;
  addMantissa(((high & 0xf_ffff) << 10) | (low >>> 22), rest !== 0, negative);
  if (rest !== 0) addMantissa(rest << 8, false, negative);
}

function addMagnitude(exponent: number, negative: boolean): void {
  const magnitude = exponent + BIAS;
  addValue(negative ? -magnitude : magnitude);
}

function addMantissa(bits: number, more: boolean, negative: boolean): void {
  const value = bits * 2 + Number(more);
  addValue((negative ? 2 ** 31 - 1 - value : value) - 2 ** 30);
}

function addBigint(value: bigint): void {
  const near = Number(value);
  if (Number.isSafeInteger(near)) {
    addNumber(near);
    return;
  }
  add(KeyTag.NUMBER);
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString(2);
  addMagnitude(digits.length - 1, negative);
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  const mantissa = digits.slice(1, Math.max(1, end));
  for (let at = 0; ; at += MANTISSA_BITS) {
    const bits = mantissa.slice(at, at + MANTISSA_BITS).padEnd(MANTISSA_BITS, '0');
    const more = at + MANTISSA_BITS < mantissa.length;
    addMantissa(Number.parseInt(bits, 2), more, negative);
    if (!more) return;
  }
}

function addString(text: string): void {
  add(KeyTag.STRING);
  for (let k = 0; k < text.length; k++) {
    const point = text.codePointAt(k) as number;
    if (point > 0xffff) k++;
    addValue(point + 1);
  }
  addValue(0);
}

/** Adds the value; false if it has no order. An array may end with what has an order if it is `cut`. */
function addAny(value: unknown, cut: boolean, depth: number): boolean {
  switch (typeof value) {
    case 'number':
      if (Number.isNaN(value)) return false;
      addNumber(value);
      return true;
    case 'string':
      addString(value);
      return true;
    case 'boolean':
      addNumber(Number(value));
      return true;
    case 'bigint':
      addBigint(value);
      return true;
    default:
      return Array.isArray(value) && depth < DEEPEST && addArray(value, cut, depth);
  }
}

/** Whether the key was cut: nothing more may be added. */
let isCut = false;

function addArray(array: readonly unknown[], cut: boolean, depth: number): boolean {
  add(KeyTag.ARRAY);
  for (let k = 0; k < array.length; k++) {
    const before = length;
    if (!addAny(array[k], cut, depth + 1)) {
      // Without a single leading element there is nothing to order it by.
      if (!cut || k === 0) return false;
      length = before;
      add(KeyTag.CUT);
      isCut = true;
    }
    if (isCut) return true;
  }
  add(KeyTag.END);
  return true;
}

/**
 * A node of a PriorityQueue for `priority`, without its item; 0 if that has no order. With `cut`, an array is ordered by its
 * leading elements that have one. Throws HeapExhaustedError.
 */
export function nodeFor(priority: unknown, cut: boolean): number {
  length = 0;
  isCut = false;
  return addAny(priority, cut, 0) ? newNode(words, length) : 0;
}
