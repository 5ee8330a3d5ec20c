/**
 * The `#private` members that a class gives to its instances: only its own constructor can.
 */
import { parseLiteral } from './literal.js';

/** The names of the members, and of the fields among them that are `accessor` fields: compilers make their storage private. */
export interface PrivateMembers {
  readonly names: readonly string[];
  readonly accessors: readonly string[];
}

const NONE: PrivateMembers = { names: [], accessors: [] };

/** Looks into the text of a class. Static members are the class's own. */
export function privateMembersOf(type: Function): PrivateMembers {
  const text = Function.prototype.toString.call(type);
  if (!text.startsWith('class') || !text.includes('#')) return NONE;
  const { root } = parseLiteral(text, true);
  if (root.type !== 'ClassExpression') return NONE;
  const names = new Set<string>();
  for (const element of root.body.body) {
    if (element.type === 'StaticBlock' || element.static) continue;
    if (element.key.type === 'PrivateIdentifier') names.add(element.key.name);
  }
  // TypeScript says whose storage it is; esbuild gives it the field's own name.
  const fields = [...names].map((name) => name.replace(/_accessor_storage$/, ''));
  return { names: [...names], accessors: fields.filter((name) => isMadeByCompiler(text, name)) };
}

/** Whether the field has the getter and the setter that compilers write for `accessor`. */
function isMadeByCompiler(text: string, name: string): boolean {
  const key = name.replaceAll('$', '\\$');
  const storage = `this\\.#${key}(?:_accessor_storage)?`;
  const get = `get ${key}\\(\\)\\s*\\{\\s*return ${storage};?\\s*\\}`;
  const set = `set ${key}\\((_|value)\\)\\s*\\{\\s*${storage}\\s*=\\s*\\1;?\\s*\\}`;
  return new RegExp(`${get}\\s*${set}`).test(text);
}
