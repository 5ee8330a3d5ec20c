/**
 * Stacks that show the source files of the user where the runner (tsx, `--enable-source-maps`) does so for its own modules: Node
 * knows the source maps of modules that it loaded, not those of captured code.
 */
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Code } from './captured.js';

/** The map of one piece of code; it says nothing about the rest of the script. */
interface Piece {
  readonly firstLine: number;
  readonly lastLine: number;
  readonly firstColumn: number;
  readonly lastColumn: number;
  /** JSON until it is first needed. */
  map: SourceMap | string;
}

/** A place in the text that V8 compiled, as stacks show it: one-based. */
export interface CompiledPlace {
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

const pieces = new Map<string, Piece[]>();
/** Error → its mapped places, as its stack has them, → where they are in the compiled text. */
const compiled = new WeakMap<Error, Map<string, CompiledPlace>>();
let previous: typeof Error.prepareStackTrace;

/** Maps the frames of this code from now on. */
export function mapStacks(code: Code): void {
  if (code.sourceMap === null) return;
  if (pieces.size === 0) {
    previous = Error.prepareStackTrace;
    Error.prepareStackTrace = prepare;
  }
  const lines = code.source.split('\n');
  const lastLine = code.line + lines.length - 1;
  const lastColumn = (lines.at(-1) as string).length + (lines.length === 1 ? code.column : 0);
  const list = pieces.get(code.url) ?? [];
  pieces.set(code.url, list);
  list.push({ firstLine: code.line, lastLine, firstColumn: code.column, lastColumn, map: code.sourceMap });
}

/** Where the text of a place that `error.stack` shows was compiled; undefined where that is no mapped one. */
export function compiledPlace(error: Error, place: string): CompiledPlace | undefined {
  return compiled.get(error)?.get(place);
}

function prepare(error: Error, sites: NodeJS.CallSite[]): unknown {
  if (previous && !sites.some((site) => pieces.has(site.getFileName() ?? ''))) return previous(error, sites);
  let head: string;
  try {
    head = Error.prototype.toString.call(error);
  } catch {
    head = 'Error';
  }
  const places = new Map<string, CompiledPlace>();
  compiled.set(error, places);
  return [head, ...sites.map((site) => `    at ${describe(site, places)}`)].join('\n');
}

function describe(site: NodeJS.CallSite, places: Map<string, CompiledPlace>): string {
  const text = String(site);
  const url = site.getFileName() ?? '';
  const line = site.getLineNumber() ?? 1;
  const column = site.getColumnNumber() ?? 1;
  const place = originalPlace(url, line - 1, column - 1);
  if (place === null) return text;
  if (!places.has(place)) places.set(place, { url, line, column });
  return text.replace(`${url}:${line}:${column}`, () => place);
}

function originalPlace(url: string, line: number, column: number): string | null {
  const holds = (p: Piece): boolean =>
    p.firstLine <= line &&
    line <= p.lastLine &&
    (line > p.firstLine || p.firstColumn <= column) &&
    (line < p.lastLine || column <= p.lastColumn);
  // Code can lie inside other code that was captured too: both map to the same place, the inner one is the smaller map.
  const fitting = (pieces.get(url) ?? []).filter(holds);
  const piece = fitting.sort((a, b) => b.firstLine - a.firstLine || b.firstColumn - a.firstColumn)[0];
  if (!piece) return null;
  if (typeof piece.map === 'string') piece.map = new SourceMap(JSON.parse(piece.map) as SourceMapPayload);
  const entry = piece.map.findEntry(line, column);
  if (!('originalSource' in entry) || !entry.originalSource) return null;
  return `${resolveSource(entry.originalSource, url)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

/** A source path of a map, as Node shows it: an absolute path. */
export function resolveSource(source: string, url: string): string {
  try {
    const base = url.startsWith('/') ? `file://${url}` : url;
    const resolved = new URL(source, base);
    return resolved.protocol === 'file:' ? fileURLToPath(resolved) : resolved.href;
  } catch {
    return source;
  }
}
