/**
 * How the examples check what they claim.
 *
 * Nothing here is needed to use threads: read the programs first.
 */
import { spawnSync } from 'node:child_process';

/**
 * Reports on stderr whether a claim held. One that did not makes the program's exit code 1; the program goes on.
 *
 * @param claim what should be true, as a sentence
 * @param ok whether it was
 * @param why what was seen instead
 */
export function check(claim: string, ok: boolean, why = 'it did not'): void {
  console.error(ok ? `✓ ${claim}` : `✗ ${claim}: ${why}`);
  if (!ok) process.exitCode = 1;
}

/**
 * Whether a measured time is what was expected, as far as a busy machine can tell: from 60 % to ten times as long.
 *
 * @param elapsed measured, in milliseconds
 * @param expected in milliseconds
 */
export function about(elapsed: number, expected: number): boolean {
  return elapsed >= 0.6 * expected && elapsed <= 10 * expected;
}

/**
 * Runs this program once more as a process of its own, shows what it prints, and returns the lines of that. In that
 * process itself the answer is null: there the program does its work. For claims about all that a process prints, the
 * lines after the end of its main program included.
 */
export function ownOutput(): string[] | null {
  if (process.argv[2] === 'watched') return null;
  const { stdout, status } = spawnSync(process.execPath, [...process.execArgv, process.argv[1], 'watched'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stdout.write(stdout);
  check('the program ends by itself, without an error', status === 0, `its exit code is ${status}`);
  return stdout.split('\n').slice(0, -1);
}
