/**
 * The yardsticks in C and Python: small programs that read a count from each line of stdin and answer with one number, so
 * that they can be asked in turns with what is compared to them. C is compiled here, into a folder of its own.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The sources stand beside this file's source: compiling copies only TypeScript. */
const sources = fileURLToPath(new URL('../../bench/yardsticks/', import.meta.url));

/** A running yardstick. */
export interface Yardstick {
  /** Asks for one sample of `count` repetitions. */
  sample(count: number): Promise<number>;
}

const children: ChildProcess[] = [];
let folder: string | undefined;

function exists(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

let hasCompiler: boolean | undefined;
let hasPython: boolean | undefined;

/** What is missing on this machine, for the notes of rows; null if nothing is. */
export function missing(kind: 'gcc' | 'python3'): string | null {
  if (kind === 'gcc') hasCompiler ??= exists('gcc');
  else hasPython ??= exists('python3');
  return (kind === 'gcc' ? hasCompiler : hasPython) ? null : `${kind} is missing`;
}

/** Compiles and starts the C yardstick `name`; null where there is no compiler. */
export function inC(name: string, args: string[] = []): Yardstick | null {
  if (missing('gcc') !== null) return null;
  folder ??= mkdtempSync(path.join(tmpdir(), 'threadwork-bench-'));
  const program = path.join(folder, name);
  if (!existsSync(program)) {
    const { status, stderr } = spawnSync('gcc', ['-O2', '-pthread', '-o', program, path.join(sources, `${name}.c`)]);
    if (status !== 0) throw new Error(`gcc could not compile ${name}.c:\n${String(stderr)}`);
  }
  return converse(program, args);
}

/** Starts the Python yardstick `name`; null where there is no Python. */
export function inPython(name: string): Yardstick | null {
  return missing('python3') === null ? converse('python3', [script(name)]) : null;
}

/** Starts the peer `name`, another library in a process of its own; null where bench/ has not been installed. */
export function inPeer(name: string): Yardstick | null {
  const peers = path.join(sources, '../peers');
  return existsSync(path.join(peers, '../node_modules'))
    ? converse(process.execPath, ['--import', path.join(peers, 'node-20.mjs'), path.join(peers, `${name}.mjs`)])
    : null;
}

/** Path of a Python yardstick. */
export function script(name: string): string {
  return path.join(sources, `${name}.py`);
}

function converse(program: string, args: string[]): Yardstick {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async sample(count) {
      child.stdin.write(`${count}\n`);
      const { done, value } = await answers.next();
      if (done === true) throw new Error(`${program} ${args.join(' ')} ended without an answer`);
      return Number(value);
    },
  };
}

/** Ends the programs and removes what was compiled. */
export function putAway(): void {
  // At the end of their input they end, and so do the processes that some have started: a signal would leave those.
  for (const child of children) child.stdin?.end();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
