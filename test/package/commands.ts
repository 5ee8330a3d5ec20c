import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** The repository; this file runs from build/test/package. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The command as it is published. */
export const main = path.join(root, 'dist/cli/main.js');

export interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

interface Options {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** Runs `threadwork` with these arguments. */
export function threadwork(args: string[], options: Options = {}): Promise<Ended> {
  return node([main, ...args], options);
}

/** Runs node with these arguments. */
export async function node(args: string[], { cwd, env }: Options = {}): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    cwd,
    // What a test runs is no part of the test: node:test would take its output for reports.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, FORCE_COLOR: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (...result) => resolve(result));
  });
  const [stdout, stderr, [status, signal]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, signal, stdout, stderr };
}

/** A folder outside every project, with a space in its name, which goes with the test. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'threadwork test '));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
