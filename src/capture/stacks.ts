/**
 * Stacks that show the source files of the user where the runner (tsx, `--enable-source-maps`) does so for its own modules: Node
 * knows the source maps of modules that it loaded, not those of captured code.
 */
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

const maps = new Map<string, SourceMap | string>();
let previous: typeof Error.prepareStackTrace;

/** Maps the frames of the script `url` from now on. */
export function mapStacks(url: string, json: string): void {
  if (maps.size === 0) {
    previous = Error.prepareStackTrace;
    Error.prepareStackTrace = prepare;
  }
  if (!maps.has(url)) maps.set(url, json);
}

function prepare(error: Error, sites: NodeJS.CallSite[]): unknown {
  if (previous && !sites.some((site) => maps.has(site.getFileName() ?? ''))) return previous(error, sites);
  let head: string;
  try {
    head = Error.prototype.toString.call(error);
  } catch {
    head = 'Error';
  }
  return [head, ...sites.map((site) => `    at ${describe(site)}`)].join('\n');
}

function describe(site: NodeJS.CallSite): string {
  const text = String(site);
  const url = site.getFileName() ?? '';
  const place = originalPlace(url, (site.getLineNumber() ?? 1) - 1, (site.getColumnNumber() ?? 1) - 1);
  return place ? text.replace(`${url}:${site.getLineNumber()}:${site.getColumnNumber()}`, () => place) : text;
}

function originalPlace(url: string, line: number, column: number): string | null {
  let map = maps.get(url);
  if (map === undefined) return null;
  if (typeof map === 'string') {
    map = new SourceMap(JSON.parse(map) as SourceMapPayload);
    maps.set(url, map);
  }
  const entry = map.findEntry(line, column);
  if (!('originalSource' in entry) || !entry.originalSource) return null;
  const source = resolveSource(entry.originalSource, url);
  return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
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
