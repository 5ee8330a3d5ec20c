/** `threadwork dump PID`: what the threads of a running program do, as its supervisor thread says. */
import { connect } from 'node:net';
import { dumpSocket } from '../host/dump-socket.js';
import { shown, UsageError } from './failure.js';

/** The supervisor thread has nothing to do but to answer; loading what it answers with takes a part of that. */
const LIMIT_MS = 10_000;

/** Prints the dump of the process `pid`. */
export async function dump(pid: string): Promise<void> {
  if (!/^[1-9]\d{0,9}$/.test(pid)) throw new UsageError(`dump takes the number of a process, not ${shown(pid)}.`);
  process.stdout.write(await ask(Number(pid)));
}

function ask(pid: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(dumpSocket(pid));
    socket.setEncoding('utf8');
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new UsageError(`process ${pid} does not answer.`)));
    socket.on('data', (part: string) => (text += part));
    socket.on('end', () => resolve(text));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      reject(error instanceof UsageError ? error : new UsageError(reason(pid, error))),
    );
  });
}

function reason(pid: number, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EACCES') return `process ${pid} belongs to another user.`;
  if (code !== 'ENOENT' && code !== 'ECONNREFUSED') return `cannot ask process ${pid}: ${message}.`;
  return exists(pid)
    ? `process ${pid} does not answer: start it with THREADWORK_DUMP=1, or have it call configure({ dump: true }).`
    : `there is no process ${pid}.`;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
