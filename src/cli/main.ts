#!/usr/bin/env node
/** The `threadwork` command. */
import { readFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { colorsFor } from './colors.js';
import { shown, UsageError } from './failure.js';
import { run } from './run.js';

function help(): void {
  const { bold, cyan } = colorsFor(process.stdout);
  process.stdout.write(`${bold('threadwork')}: Python's threading for TypeScript

  ${cyan('threadwork run')} FILE [args…]   runs a TypeScript or JavaScript program
      --tsx                   has tsx translate TypeScript also where Node can do it by itself,
                              for what Node leaves out: enums, namespaces, parameter properties
      --heap-report           shows at the end what is left in the shared heap, by kind and by thread, on stderr
  ${cyan('threadwork dump')} PID           shows what the threads of a running program do, if it was
                              started with THREADWORK_DUMP=1
  ${cyan('threadwork tour')} [names…]      runs the example programs, each with its check; a name selects
                              those whose name begins with it: threadwork tour 002 000-4
      --list                  shows which there are
  ${cyan('threadwork --help')}             shows this
  ${cyan('threadwork --version')}          shows the version

The exit code is the program's own; 1 if a check of the tour failed; 2 for a command line that makes no sense.
`);
}

async function main(argv: string[]): Promise<void> {
  const [command, ...rest] = argv;
  switch (command) {
    case 'run':
      return runCommand(rest);
    case 'tour':
      return tourCommand(rest);
    case 'dump':
      return dumpCommand(rest);
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      return help();
    case '--version':
    case '-v':
      process.stdout.write(`${version()}\n`);
      return;
    default:
      throw new UsageError(unknown(shown(command)));
  }
}

async function runCommand(args: string[]): Promise<void> {
  const end = args.indexOf('--');
  const first = args.findIndex((arg) => !arg.startsWith('-')); // what follows FILE is the program's
  const isEnded = end >= 0 && (first < 0 || end < first); // what follows `--` is FILE, whatever it begins with
  const at = isEnded ? (end + 1 < args.length ? end + 1 : -1) : first;
  const own = isEnded ? args.slice(0, end) : first < 0 ? args : args.slice(0, first);
  const file = own.find((arg) => /^-.*\.[cm]?[jt]sx?$/.test(arg));
  if (file !== undefined)
    throw new UsageError(`there is no option ${shown(file)}. To run the file: threadwork run ./${shown(file)}`);
  const { values } = parse(own, {
    tsx: { type: 'boolean' },
    'heap-report': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) return help();
  if (at < 0) throw new UsageError('run what? Name a file: threadwork run FILE [args…]');
  return run(args[at], args.slice(at + 1), {
    tsx: values.tsx === true,
    heapReport: values['heap-report'] === true,
  });
}

async function dumpCommand(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, { help: { type: 'boolean', short: 'h' } });
  if (values.help) return help();
  if (positionals.length !== 1) throw new UsageError('dump what? Name a process: threadwork dump PID');
  const { dump } = await import('./dump.js');
  await dump(positionals[0]);
}

async function tourCommand(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, { list: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } });
  if (values.help) return help();
  const { listTour, tour } = await import('./tour.js'); // its screen library is no part of `run`'s start-up time
  if (values.list) return listTour(positionals);
  process.exitCode = await tour(positionals);
}

function parse<O extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: O) {
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}. See threadwork --help.`);
  }
}

function unknown(command: string): string {
  if (command.startsWith('-')) return `there is no option ${command}. See threadwork --help.`;
  if (/\.[cm]?[jt]sx?$/.test(command))
    return `there is no command ${command}. To run the file: threadwork run ${command}`;
  return `there is no command ${command}. The commands are run, dump and tour; see threadwork --help.`;
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

// Whoever reads our output may leave early (| head -1): that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  fail(`cannot write: ${error.message}.`, 1);
  process.exit();
});

function fail(message: string, status: number): void {
  const { red } = colorsFor(process.stderr);
  process.stderr.write(`${red('threadwork:')} ${message}\n`);
  process.exitCode = status;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  fail(error.message, 2);
}
