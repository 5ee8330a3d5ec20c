import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
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

/** A program that hangs is killed after this long; none takes more than a few seconds, unless it is to do everything many times. */
const LIMIT_MS: number = 60_000 * Math.max(1, Number(process.env.THREADWORK_STRESS ?? 1));

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

/** A program under way. */
export class Running {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(child: ChildProcess) {
    const started = performance.now();
    let ms = 0;
    this.child = child;
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    child.on('exit', () => (ms = performance.now() - started));
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        resolve({ stdout: this.stdout, stderr: this.stderr, code, signal, ms });
      });
    });
  }

  /** Waits until what the program has printed is what is expected; fails if the program ends before. */
  async until(holds: () => boolean): Promise<void> {
    const waiting = new AbortController();
    const { signal } = waiting;
    const over = this.ended.then((ended) => assert.ok(holds(), `it ended early: ${JSON.stringify(ended)}`));
    over.catch(() => undefined);
    try {
      while (!holds()) {
        const more = [this.child.stdout!, this.child.stderr!].map((stream) => once(stream, 'data', { signal }));
        await Promise.race([over, ...more]);
      }
    } finally {
      waiting.abort();
    }
  }
}

/** Starts Node with these arguments, and `input` on its stdin, in a folder where `threadwork` is the library under test. */
export function startNode(args: readonly string[], input = ''): Running {
  const child = spawn(process.execPath, args, {
    cwd: beside,
    // node:test would take the program's output for a report.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, FORCE_COLOR: undefined },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  child.stdin.end(input);
  return new Running(child);
}

/** Starts a program in a Node process of its own. */
export function startProgram(source: string, nodeOptions: readonly string[] = []): Running {
  return startNode([...nodeOptions, programFile(source)]);
}

/** Runs a program in a Node process of its own and returns what it printed and how it ended. */
export function runProgram(source: string, nodeOptions: readonly string[] = []): Promise<Ended> {
  return startProgram(source, nodeOptions).ended;
}
