/** Gates for tasks in other processes, which share no event with the test: files. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sleep } from 'threadwork';

const folder = mkdtempSync(path.join(tmpdir(), 'threadwork-gates-'));
// Not when the tests are done: tasks may still have to see that their gates are open.
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
let count = 0;

/** The path of a file that does not exist. */
export function newGate(): string {
  return path.join(folder, `gate-${count++}`);
}

/** Lets all tasks go on that wait at the gate, and those to come. */
export function openGate(gate: string): void {
  writeFileSync(gate, '');
}

/** Whether the gate was opened. */
export function isOpen(gate: string): boolean {
  return existsSync(gate);
}

/** In a task: waits until the gate is open, and returns its process id. */
export function waitAt(gate: string): number {
  while (!existsSync(gate)) sleep(5);
  return process.pid;
}

/** In a task: leaves a mark that begins with the gate's name, then waits at the gate. */
export function markAndWait(gate: string): number {
  writeFileSync(`${gate}-${process.pid}-${process.hrtime.bigint()}`, '');
  while (!existsSync(gate)) sleep(5);
  return process.pid;
}

/** Process ids of the tasks that have left a mark at the gate. */
export function pidsAt(gate: string): number[] {
  const start = `${path.basename(gate)}-`;
  return readdirSync(folder)
    .filter((name) => name.startsWith(start))
    .map((name) => Number(name.slice(start.length).split('-')[0]));
}

/** How many tasks have left a mark at the gate. */
export function marksAt(gate: string): number {
  return pidsAt(gate).length;
}

/** Whether the process with this id lives. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
