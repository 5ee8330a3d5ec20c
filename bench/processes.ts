/**
 * Fresh processes, for what happens once in a process: its first thread, its first import, its memory.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Path of a compiled program of fresh/. */
export function freshProgram(name: string): string {
  return fileURLToPath(new URL(`./fresh/${name}.js`, import.meta.url));
}

/** Runs a program to its end and answers with the number that it printed. */
export async function numberFrom(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const value = Number.parseFloat(text);
  if (code !== 0 || Number.isNaN(value)) {
    throw new Error(`${command} ${args.join(' ')} ended with ${code} and printed ${JSON.stringify(text)}`);
  }
  return value;
}

/** Runs a compiled program of fresh/ in a Node of its own. */
export function fresh(name: string, ...args: string[]): Promise<number> {
  return numberFrom(process.execPath, [freshProgram(name), ...args]);
}
