import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** How a program ended. */
export interface Ended {
  stdout: string;
  stderr: string;
  /** Exit code; null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** From its start to its end, Node's own start included. */
  ms: number;
}

/** A program that hangs is killed after this long; none takes more than a few seconds. */
const LIMIT_MS = 60_000;

const beside = path.dirname(fileURLToPath(import.meta.url));
let folder: string | undefined;
let count = 0;

/** Writes a program beside the compiled tests, so that its `import 'threadwork'` means the library under test. */
export function programFile(source: string, extension = 'mjs'): string {
  if (folder === undefined) {
    const made = mkdtempSync(path.join(beside, 'programs-'));
    folder = made;
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  }
  const file = path.join(folder, `program${++count}.${extension}`);
  writeFileSync(file, source);
  return file;
}

/** Runs a program in a Node process of its own and returns what it printed and how it ended. */
export async function runProgram(source: string, nodeOptions: readonly string[] = []): Promise<Ended> {
  const started = performance.now();
  const child = spawn(process.execPath, [...nodeOptions, programFile(source)], {
    // node:test would take the program's output for a report.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, FORCE_COLOR: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<[number | null, NodeJS.Signals | null, number]>((resolve) => {
    child.on('exit', (code, signal) => resolve([code, signal, performance.now() - started]));
  });
  const [stdout, stderr, [code, signal, ms]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { stdout, stderr, code, signal, ms };
}
