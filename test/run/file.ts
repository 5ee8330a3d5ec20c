import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Note } from './reporter.js';

export interface Failure {
  name: string;
  error: string;
}

/** What came of one test file. */
export interface FileResult {
  passed: number;
  skipped: number;
  failures: Failure[];
  /** The last of what the file printed. */
  output: string;
  ms: number;
}

const KEPT_OUTPUT = 8_000; // characters; more than a screen of it helps nobody
const START = 'before its first test';
const running = new Set<ChildProcess>();

/**
 * Runs one test file in a process of its own and kills it after `timeout` milliseconds. node:test's own `run()` would wait for a file whose
 * main thread is blocked, and for everything that it has started: here the whole process group goes.
 */
export async function runFile(
  file: string,
  options: { timeout: number; pattern?: string | undefined; live: boolean },
): Promise<FileResult> {
  const started = performance.now();
  const args = [
    `--test-reporter=${new URL('./reporter.js', import.meta.url).href}`,
    '--test-reporter-destination=stdout',
  ];
  if (options.pattern) args.push(`--test-name-pattern=${options.pattern}`);
  const child = spawn(process.execPath, [...args, file], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], detached: true });
  running.add(child);

  const result: FileResult = { passed: 0, skipped: 0, failures: [], output: '', ms: 0 };
  let last = START;
  let ended = false;
  readLines(child.stdio[3] as Readable, (line) => {
    const note = JSON.parse(line) as Note;
    if (note.kind === 'end') ended = true;
    else last = note.kind === 'start' ? `in “${note.name}”` : `after “${note.name}”`;
    if (note.kind === 'pass') result.passed++;
    if (note.kind === 'skip') result.skipped++;
    if (note.kind === 'fail') result.failures.push({ name: note.name, error: note.error });
  });
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      if (options.live) process.stdout.write(text);
      else result.output = (result.output + text).slice(-KEPT_OUTPUT);
    });
  }

  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    killGroup(child);
  }, options.timeout);
  const closed = once(child, 'close');
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  const leftovers = setTimeout(() => killGroup(child), 1_000); // a grandchild that holds our pipes open
  await closed;
  clearTimeout(leftovers);
  killGroup(child);
  running.delete(child);

  if (hung)
    result.failures.push({
      name: 'the file',
      error: `did not end within ${options.timeout / 1000} s: it hung ${last}.`,
    });
  else if (code === 0 && last === START && !options.pattern)
    result.failures.push({ name: 'the file', error: 'holds no test.' });
  else if (result.failures.length === 0 && (code !== 0 || !ended)) {
    result.failures.push({ name: 'the file', error: `ended early (${signal ?? `exit code ${code}`}) ${last}.` });
  }
  result.ms = performance.now() - started;
  return result;
}

/** Ends every test file that still runs, with all that it started. */
export function killAll(): void {
  for (const child of running) killGroup(child);
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // nobody of the group is left
  }
}

function readLines(stream: Readable, use: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) use(line);
  });
}
