/** Watches over a soak from outside: ends it when it hangs, with a dump of what all threads do. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('program.js', import.meta.url));
const CLI = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
/** No step of a round takes so long, on a machine that is busy with other things. */
const HANG_MS = 90_000;
const KEPT_OUTPUT = 20_000; // characters

/** What came of a soak: `failure` says what was wrong, and what the program wrote last. */
export interface Soaked {
  readonly failure: string | undefined;
  /** The last line: what was done. */
  readonly summary: string;
}

/** Runs the program for so many seconds. */
export async function soak(seconds: number, seed: number): Promise<Soaked> {
  const child = spawn(process.execPath, [PROGRAM, String(seconds), String(seed)], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, THREADWORK_DUMP: '1' },
  });
  let stdout = '';
  let stderr = '';
  let step = 'start';
  let hang: string | undefined;
  const onHang = () => {
    const dump = spawnSync(process.execPath, [CLI, 'dump', String(child.pid)], { encoding: 'utf8', timeout: 20_000 });
    hang = `hangs in “${step}”:\n${dump.stdout}${dump.stderr}`;
    child.kill('SIGKILL');
  };
  let watchdog = setTimeout(onHang, HANG_MS);
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-KEPT_OUTPUT)));
  (child.stdio[3] as Readable).setEncoding('utf8').on('data', (text: string) => {
    step = text.trim().split('\n').at(-1) ?? step;
    clearTimeout(watchdog);
    watchdog = setTimeout(onHang, HANG_MS);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(watchdog);
  if (hang === undefined && code !== 0) hang = `ended with ${signal ?? `exit code ${code}`} in “${step}”`;
  // Somebody works all the time, so nobody is stuck.
  if (hang === undefined && /deadlock/i.test(stderr)) hang = 'a false alarm';
  return { failure: hang && `${hang}\n${stdout}${stderr}`, summary: stdout.trim() };
}
