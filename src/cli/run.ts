/** `threadwork run FILE [args…]`: the program runs in one child process, as `node FILE` would, with TypeScript and `import 'threadwork'` working anywhere. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants as os } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { shown, UsageError } from './failure.js';
import { isModule } from './preload/format.js';

const TYPESCRIPT = new Set(['.ts', '.mts', '.cts']);
const TRANSLATED = new Set(['.tsx', '.jsx']); // by tsx on every Node: no Node runs JSX
const JAVASCRIPT = new Set(['.js', '.mjs', '.cjs', '']);

/** Runs the program and ends this process as it ended. */
export async function run(file: string, args: string[], options: { tsx: boolean; heapReport: boolean }): Promise<void> {
  const program = path.resolve(file);
  mustBeProgram(file, program);
  const child = spawn(process.execPath, [...nodeOptions(program, options.tsx), program, ...args], {
    stdio: 'inherit',
    env: {
      TSX_TSCONFIG_PATH: tsconfigOf(program),
      ...process.env,
      ...(options.heapReport ? { THREADWORK_HEAP_REPORT: '1' } : {}),
    },
  });
  passSignalsTo(child);
  const { code, signal } = await exitOf(child);
  if (signal) endBySignal(signal);
  else process.exitCode = code;
}

function mustBeProgram(file: string, program: string): void {
  const name = shown(file);
  if (file === '') throw new UsageError('run what? The name of the file is empty.');
  try {
    if (statSync(program).isDirectory())
      throw new UsageError(`cannot run ${name}: it is a folder. Name the program's file.`);
    accessSync(program, constants.R_OK);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot run ${name}: ${reason(error as NodeJS.ErrnoException)}.`);
  }
  const extension = path.extname(program);
  if (TYPESCRIPT.has(extension) || TRANSLATED.has(extension) || JAVASCRIPT.has(extension)) return;
  throw new UsageError(
    `cannot run ${name}: ${extension} is neither TypeScript (.ts, .mts, .cts, .tsx) nor JavaScript (.js, .mjs, .cjs).`,
  );
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'you are not allowed to read it';
    case 'ENOTDIR':
      return 'a part of its path is a file';
    case 'ELOOP':
      return 'its symbolic links lead round in a circle';
    case 'ENAMETOOLONG':
      return 'its name is too long';
    default:
      return message;
  }
}

/** What Node needs on its command line to run this program. */
function nodeOptions(program: string, useTsx: boolean): string[] {
  const options: string[] = [];
  const preload = (flag: '--require' | '--import', name: string) => {
    const url = new URL(`./preload/${name}.js`, import.meta.url);
    options.push(flag, flag === '--require' ? fileURLToPath(url) : url.href);
  };
  preload('--require', 'failures');
  if (!resolvesSelf(program)) preload('--require', 'self');
  const extension = path.extname(program);
  const isNative = Boolean((process.features as { typescript?: string | false }).typescript);
  if (TYPESCRIPT.has(extension) && isNative && !useTsx) preload('--require', 'native');
  // With --import Node starts the program as an ES module may be started, which a CommonJS one must not: it could require no ES module then.
  else if (TYPESCRIPT.has(extension) || TRANSLATED.has(extension)) {
    // It would run a.ts for a?b.ts.
    if (program.includes('?'))
      throw new UsageError(`cannot run ${shown(program)}: tsx takes a question mark in a path for the end of it.`);
    preload(isModule(program) ? '--import' : '--require', 'tsx');
  }
  return options;
}

/**
 * The settings that tsx translates by: those of the program's project. By itself it takes the ones of the folder that it was
 * called in; where the program has none, this package's package.json stands for a file without settings.
 */
function tsconfigOf(program: string): string {
  for (let folder = path.dirname(program); ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'tsconfig.json');
    if (existsSync(file)) return file;
    if (folder === path.dirname(folder)) return fileURLToPath(new URL('../../package.json', import.meta.url));
  }
}

/** Whether the program's folder belongs to this package or to a project that has it installed. */
function resolvesSelf(program: string): boolean {
  try {
    createRequire(program).resolve('threadwork');
    return true;
  } catch {
    return false;
  }
}

function exitOf(child: ChildProcess): Promise<{ code: number; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve({ code: code ?? 1, signal }));
  });
}

/** Whoever signals this process means the program. A terminal's Ctrl-C reaches both: then it is not sent on a second time. */
function passSignalsTo(child: ChildProcess): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const) {
    process.on(signal, () => {
      const fromTerminal = process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT');
      if (!fromTerminal) child.kill(signal);
    });
  }
}

/** Ends this process by the signal that ended the program, so that a shell sees what it would have seen. */
function endBySignal(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  const leavesCore = signal !== 'SIGINT' && signal !== 'SIGTERM' && signal !== 'SIGHUP' && signal !== 'SIGKILL';
  if (leavesCore) process.exitCode = 128 + os.signals[signal];
  else process.kill(process.pid, signal);
}
