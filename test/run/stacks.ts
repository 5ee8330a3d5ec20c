import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const LINE_LENGTH = 300; // a difference between two long texts is in their first part, or nobody sees it anyway
const FIRST_LINES = 60; // the message
const LAST_LINES = 20; // the stack
const maps = new Map<string, SourceMap | null>();

/**
 * Rewrites the positions in a stack to those of the TypeScript sources, relative to the working directory, and drops Node's own frames.
 * The tests themselves run without --enable-source-maps, as most programs do.
 */
export function readableStack(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s+at .*\(?node:(internal|async_hooks)/.test(line))
    .map((line) => line.replace(/(file:\/\/[^\s()]+|\/[^\s():]+):(\d+):(\d+)/, original))
    .join('\n');
}

/** The text without what would fill screens. */
export function shortened(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => (line.length <= LINE_LENGTH ? line : `${line.slice(0, LINE_LENGTH)}… (${line.length} characters)`));
  const left = lines.length - FIRST_LINES - LAST_LINES;
  if (left > 0) lines.splice(FIRST_LINES, left, `… (${left} more lines)`);
  return lines.join('\n');
}

function original(position: string, place: string, line: string, column: string): string {
  const file = place.startsWith('file:') ? fileURLToPath(place) : place;
  const map = sourceMapOf(file);
  const entry = map?.findEntry(Number(line) - 1, Number(column) - 1);
  if (!entry || !('originalSource' in entry)) return position;
  const source = path.relative(process.cwd(), path.resolve(path.dirname(file), entry.originalSource));
  return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

function sourceMapOf(file: string): SourceMap | null {
  let map = maps.get(file);
  if (map === undefined) {
    map = existsSync(`${file}.map`) ? new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8'))) : null;
    maps.set(file, map);
  }
  return map;
}
