/**
 * Code of functions in the heap: written once by the first thread that sends it, named by its address from then on. The
 * blocks are never freed: there are as many as there are function literals in the program that were ever sent.
 *
 *   word 0   CODE_MARK
 *   word 1   length of the text in bytes
 *   …        JSON of a Code
 */
import type { Code } from '../capture/captured.js';
import { allocateRaw } from '../heap/allocator.js';
import { buffer, i32, u8 } from '../heap/memory.js';

/** Tells code from anything else that a damaged message may name. */
const CODE_MARK = 0x434f4445;

const addresses = new WeakMap<Code, number>();
const codes = new Map<number, Code>();

/** Address of the block that holds `code`, written when there is none. Throws HeapExhaustedError. */
export function addressOfCode(code: Code): number {
  let address = addresses.get(code);
  if (address === undefined) {
    const text = Buffer.from(JSON.stringify(code), 'utf8');
    address = allocateRaw(8 + text.length);
    i32[address] = CODE_MARK;
    i32[address + 1] = text.length;
    u8.set(text, address * 4 + 8);
    enter(address, code);
  }
  return address;
}

/** The code in the block at `address`, the same object every time; undefined where there is none. */
export function codeAt(address: number): Code | undefined {
  let code = codes.get(address);
  if (code === undefined) {
    if (address % 2 !== 0 || i32[address] !== CODE_MARK || (address + 2) * 4 + i32[address + 1] > buffer.byteLength)
      return undefined;
    code = JSON.parse(Buffer.from(buffer, address * 4 + 8, i32[address + 1]).toString('utf8')) as Code;
    enter(address, code);
  }
  return code;
}

const texts = new WeakMap<Code, string>();
const foreign = new Map<string, Code>();

/** The code as text, for another process. */
export function textOfCode(code: Code): string {
  let text = texts.get(code);
  if (text === undefined) {
    text = JSON.stringify(code);
    texts.set(code, text);
  }
  return text;
}

/** The code that another process wrote as `text`, the same object every time. */
export function codeOfText(text: string): Code {
  let code = foreign.get(text);
  if (code === undefined) {
    code = JSON.parse(text) as Code;
    foreign.set(text, code);
    texts.set(code, text);
  }
  return code;
}

function enter(address: number, code: Code): void {
  addresses.set(code, address);
  codes.set(address, code);
}
