/**
 * The parser, loaded on the first capture: most threads of a program never capture a function.
 */
import { createRequire } from 'node:module';
import type { AnyNode, Options, Program } from 'acorn';

export type { AnyNode };

let acorn: typeof import('acorn') | undefined;

/** Parses a text as a module or as a script; `super`, `new.target` and `#names` may belong to code around the text. */
export function parse(text: string, sourceType: 'module' | 'script'): Program {
  acorn ??= createRequire(import.meta.url)('acorn') as typeof import('acorn');
  const options: Options = {
    ecmaVersion: 'latest',
    sourceType,
    allowReturnOutsideFunction: true,
    allowImportExportEverywhere: true,
    allowSuperOutsideMethod: true,
    allowHashBang: true,
    checkPrivateFields: false,
  };
  return acorn.parse(text, options);
}

/** The nodes directly inside a node, in source order of their fields. */
export function* children(node: AnyNode): Generator<AnyNode> {
  for (const value of Object.values(node) as unknown[]) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) yield item;
    } else if (isNode(value)) yield value;
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** The name of a property or member where it can be told without running code, otherwise `null`. */
export function staticKey(key: AnyNode, computed: boolean): string | null {
  if (!computed && key.type === 'Identifier') return key.name;
  if (key.type === 'Literal' && (typeof key.value === 'string' || typeof key.value === 'number'))
    return String(key.value);
  if (key.type === 'Literal' && key.bigint) return String(BigInt(key.bigint));
  if (key.type === 'TemplateLiteral' && key.expressions.length === 0) return key.quasis[0]?.value.cooked ?? null;
  return null;
}

/** Zero-based line and column of an offset, relative to the start of the text. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  let line = 0;
  let start = 0;
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) {
    line++;
    start = i + 1;
  }
  return { line, column: offset - start };
}
