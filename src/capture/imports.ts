/**
 * Variables that an import declaration of a package or a builtin module made: the other thread imports them itself.
 */
import { isBuiltin } from 'node:module';
import type { Reference } from './captured.js';
import { packageResolver, resolveSimple } from './loader.js';
import type { Script } from './source.js';

interface Imported {
  readonly specifier: string;
  readonly path: readonly string[];
}

const tables = new WeakMap<Script, Map<string, Imported>>();
const resolved = new Map<string, string | null>();

/** The reference that a module-level variable of a script stands for; null where it is no import, or one of the user's own modules. */
export function importOf(script: Script, name: string): Reference | null {
  const found = importedAs(script, name);
  const url = found && moduleUrl(found.specifier, script.url);
  return found && url ? { kind: 'module', url, path: found.path } : null;
}

/** What a variable was imported from, the user's modules included. */
export function importedAs(script: Script, name: string): Imported | null {
  return mayImport(script, name) ? (tableOf(script).get(name) ?? null) : null;
}

/**
 * What stands between `import` and the quote of the module's name; a superset, as `import` may stand in a comment or a text.
 * Null where names are quoted themselves.
 */
const clauses = new WeakMap<Script, string | null>();
const KEYWORD = /\bimport\b(?!\s*[(.])/g;
const COMMENT_OR_QUOTE = /\/\*[^]*?\*\/|\/\/.*|['"]/g;

function clauseFrom(source: string, start: number): string {
  COMMENT_OR_QUOTE.lastIndex = start;
  let found = COMMENT_OR_QUOTE.exec(source);
  while (found?.[0].startsWith('/')) found = COMMENT_OR_QUOTE.exec(source);
  return found ? source.slice(start, found.index) : '';
}

/** Whether an import declaration can have made the variable: parsing a whole script only to see that none did takes long. */
function mayImport(script: Script, name: string): boolean {
  let text = clauses.get(script);
  if (text === undefined) {
    const found = Array.from(script.source.matchAll(KEYWORD), ({ index }) => clauseFrom(script.source, index));
    const quoted = found.some((clause) => clause.lastIndexOf('{') > clause.lastIndexOf('}'));
    text = quoted || /\\u/.test(script.source) ? null : found.join('\n');
    clauses.set(script, text);
  }
  return text === null || text.split(/[^\p{ID_Continue}$\u200c\u200d]+/u).includes(name);
}

function tableOf(script: Script): Map<string, Imported> {
  let table = tables.get(script);
  if (table) return table;
  table = new Map();
  tables.set(script, table);
  for (const statement of script.program?.body ?? []) {
    if (statement.type !== 'ImportDeclaration') continue;
    const specifier = String(statement.source.value);
    for (const item of statement.specifiers) {
      let path: string[] = [];
      if (item.type === 'ImportDefaultSpecifier') path = ['default'];
      else if (item.type === 'ImportSpecifier')
        path = [item.imported.type === 'Identifier' ? item.imported.name : String(item.imported.value)];
      table.set(item.local.name, { specifier, path });
    }
  }
  return table;
}

/** The url to import in another thread, or null for the user's own modules, whose values are captured. */
function moduleUrl(specifier: string, from: string): string | null {
  const key = `${specifier}\n${from}`;
  let url = resolved.get(key);
  if (url === undefined) {
    url = isBuiltin(specifier) ? resolveSimple(specifier, from) : packageUrl(specifier, from);
    resolved.set(key, url);
  }
  return url;
}

function packageUrl(specifier: string, from: string): string | null {
  let url: string;
  try {
    url = resolveSimple(specifier, from) ?? packageResolver()(specifier, from);
  } catch {
    // An alias that only the bundler or the loader of this program knows: its own module.
    return null;
  }
  if (url.includes('/node_modules/')) return url;
  const own = /^[./#]/.test(specifier) || URL.canParse(specifier);
  // A linked package that plain Node could not load is source code of this program.
  return own || !/\.(?:[cm]?js|json|node|wasm)$/.test(url) ? null : url;
}
