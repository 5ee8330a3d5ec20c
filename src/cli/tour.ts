/** `threadwork tour [names…]`: runs the example programs one after another, shows what they print and whether their checks held. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { selectPrograms } from './programs.js';
import { Screen } from './screen.js';

/** No program of the tour needs a quarter of it; one that hangs must not end the tour. */
const TIME_LIMIT_MS = 60_000;

/** Prints what `tour` would run. */
export function listTour(names: string[]): void {
  for (const { name, title } of selectPrograms(names)) process.stdout.write(`${name.padEnd(28)} ${title}\n`);
}

/** Runs the programs that the names select. Answers the exit code: 1 if one of them failed. */
export async function tour(names: string[]): Promise<number> {
  const programs = selectPrograms(names);
  const screen = await Screen.open();
  const started = performance.now();
  const failed: string[] = [];
  let checks = 0;
  let running: ChildProcess | undefined;

  // Programs run in groups of their own, so that all that they started ends with them.
  const stop = () => {
    screen.close();
    if (running) killGroup(running);
  };
  process.on('exit', stop);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => process.exit(128 + constants.signals[signal]));

  for (const program of programs) {
    screen.begin(program.id, program.title);
    running = spawn(process.execPath, [program.file], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const verdict = await watch(running, screen);
    running = undefined;
    screen.end();
    checks += verdict.checks;
    if (!verdict.ok) failed.push(program.id);
  }

  screen.summary(programs.length, checks, failed, performance.now() - started);
  process.off('exit', stop);
  return failed.length === 0 ? 0 : 1;
}

interface Verdict {
  ok: boolean;
  checks: number;
}

/** Shows a running program until it ends. Its checks are the lines on stderr that begin with a mark. */
async function watch(child: ChildProcess, screen: Screen): Promise<Verdict> {
  let checks = 0;
  let ok = true;
  const report = (held: boolean, text: string) => {
    ok &&= held;
    screen.check(held, text);
  };
  eachLine(child.stdout!, (line) => screen.output(line));
  eachLine(child.stderr!, (line) => {
    const check = /^([✓✗]) (.*)/.exec(line);
    if (!check) return screen.output(line);
    checks++;
    report(check[1] === '✓', check[2]);
  });

  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(child);
  }, TIME_LIMIT_MS);
  const { code, signal } = await ending(child);
  clearTimeout(timer);

  if (late) report(false, `did not end within ${TIME_LIMIT_MS / 1000} s`);
  else if (signal) report(false, `was ended by ${signal}`);
  else if (code !== 0 && ok) report(false, `ended with exit code ${code}`);
  else if (checks === 0) report(false, 'checked nothing');
  return { ok, checks };
}

/** When a process has ended and all that it printed was read. */
function ending(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
}

function eachLine(stream: Readable, use: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) use(line);
  });
  stream.on('end', () => {
    if (rest) use(rest);
  });
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // it has ended
  }
}
