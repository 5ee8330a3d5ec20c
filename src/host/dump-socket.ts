/**
 * Where a process that can be asked from outside what its threads do listens: a Unix socket in a folder of the user's own, which
 * nobody else can enter.
 */
import { lstatSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';

/** Path of the socket of the process `pid`. */
export function dumpSocket(pid: number): string {
  return path.join(folder(), `${pid}.dump`);
}

function folder(): string {
  return path.join(tmpdir(), `threadwork-${userInfo().uid}`);
}

/** Makes the folder. Throws if it is not this user's alone: somebody else may have made it, to listen in. */
export function openFolder(): void {
  const where = folder();
  mkdirSync(where, { recursive: true, mode: 0o700 });
  const { mode, uid } = lstatSync(where);
  const isDirectory = (mode & 0o170000) === 0o040000;
  if (isDirectory && uid === userInfo().uid && (mode & 0o077) === 0) return;
  throw new Error(`${where} is not a folder that only this user can enter; remove it`);
}

/** Removes the socket of this process, which has ended or begins to listen. */
export function removeSocket(): void {
  rmSync(dumpSocket(process.pid), { force: true });
}
