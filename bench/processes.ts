/**
 * Fresh processes, for what happens once in a process: its first thread, its first import, its memory.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Path of a compiled program of fresh/. */
export function freshProgram(name: string): string {
  return fileURLToPath(new URL(`./fresh/${name}.js`, import.meta.url));
}

/** Runs a program to its end and answers with what it printed. */
export async function textFrom(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...how) => resolve(how));
  });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${signal ?? code} and printed ${text}`);
  return text;
}

/** Runs a program to its end and answers with the number that it printed. */
export async function numberFrom(command: string, args: readonly string[]): Promise<number> {
  const text = await textFrom(command, args);
  const value = Number.parseFloat(text);
  if (Number.isNaN(value)) throw new Error(`${command} ${args.join(' ')} printed ${JSON.stringify(text)}`);
  return value;
}

/** Runs a compiled program of fresh/ in a Node of its own. */
export function fresh(name: string, ...args: string[]): Promise<number> {
  return numberFrom(process.execPath, [freshProgram(name), ...args]);
}
