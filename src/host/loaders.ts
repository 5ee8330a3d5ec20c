/**
 * Module loaders that Node was started with (`--import tsx`, those of `threadwork run`). On Node 20 they make the boot of a
 * worker three times as long, 28 ms become 85, because each runs them in one more thread. What a thread of the library runs
 * was translated before it was captured, so its workers start without them, and load them before the first `import()` of a
 * file.
 */
import { createRequire } from 'node:module';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

const KEY = 'threadwork:loaders:1';
/** Where threads find all arguments of the process. */
const ALL = 'threadwork:arguments:1';

/** A module that Node was told to load before the program. */
export type Loader = [flag: string, value: string];

const LOADING = /^(--import|--require|-r)(?:=(.*))?$/;
/** `--import tsx`, `--require /…/node_modules/tsx/dist/preflight.cjs`, and the modules of src/cli/preload/. */
const LOADER = /^tsx(\/(esm|cjs))?$|[\\/]tsx[\\/]dist[\\/]|[\\/]dist[\\/]cli[\\/]preload[\\/]/;

/**
 * Options of Node's that a worker of its own can be given, of those that matter to what runs in it. All others hold for the
 * whole process, and Node refuses them here.
 */
const PER_WORKER =
  /^-[rC]$|^--(?:import|require|conditions|(?:experimental-)?loader|enable-source-maps|(?:no-)?experimental-[\w-]+|(?:no-)?warnings|disable-warning|trace-[\w-]+|(?:no|throw|pending)-deprecation|unhandled-rejections|preserve-symlinks)(?:=|$)/;
const WITH_VALUE =
  /^(?:-[rC]|--(?:import|require|conditions|(?:experimental-)?loader|disable-warning|unhandled-rejections))$/;

let split: { rest: string[] | undefined; loaders: Loader[] } | undefined;
let loaded: Promise<void> | undefined;

/** The arguments of Node's that a worker of the library starts with; undefined: those of this process. */
export function workerArguments(): string[] | undefined {
  split ??= splitArguments(process.execArgv);
  if (split.loaders.length > 0) setEnvironmentData(KEY, split.loaders);
  if (isMainThread) setEnvironmentData(ALL, process.execArgv);
  return split.rest;
}

/** What the process was told to run, to look for or to listen on is not for its children. */
const ONLY_HERE = /^--(?:eval|print|input-type|check|interactive|test|watch|inspect|debug-port)|^-(?:e|p|pe|c|i)$/;
const RUNS_TEXT = /^(?:-e|-p|-pe|--eval|--print)$/;

/** The arguments of Node's that a process of the library starts with, and the loaders that are left out of them. */
export function processArguments(): { args: string[]; loaders: Loader[] } {
  const all = (getEnvironmentData(ALL) as string[] | undefined) ?? process.execArgv;
  const args: string[] = [];
  for (let i = 0; i < all.length; i++) {
    if (RUNS_TEXT.test(all[i])) i++;
    else if (!ONLY_HERE.test(all[i])) args.push(all[i]);
  }
  const { loaders } = splitArguments(args);
  return { args: args.filter((arg, i) => !isOfLoader(arg, i, args)), loaders };
}

function isOfLoader(arg: string, i: number, args: readonly string[]): boolean {
  const [, , joined] = LOADING.exec(arg) ?? [];
  if (LOADING.test(arg)) return LOADER.test(joined ?? args[i + 1] ?? '');
  return i > 0 && /^(--import|--require|-r)$/.test(args[i - 1]) && LOADER.test(arg);
}

/** In a process of the library: takes over the loaders that it was started without. */
export function adoptLoaders(loaders: Loader[]): void {
  if (loaders.length > 0) setEnvironmentData(KEY, loaders);
}

/** Loads what this thread's worker was started without. */
export function loadLoaders(): Promise<void> {
  // A thread that was started with them has them in its arguments.
  split ??= splitArguments(process.execArgv);
  loaded ??=
    split.loaders.length > 0 ? Promise.resolve() : load((getEnvironmentData(KEY) as Loader[] | undefined) ?? []);
  return loaded;
}

/** tsx as a loader of modules. Loaded in a worker it does nothing: it registers itself on main only. */
const TSX = /^tsx(\/esm)?$|[\\/]tsx[\\/]dist[\\/](?:loader|esm[\\/]index)\.mjs$/;

async function registerTsx(): Promise<void> {
  const { register } = await import('tsx/esm/api');
  register();
}

let prepare: () => void = () => undefined;

/** Says what a thread must do before its loaders are there: from then on, to require a module may give a second copy of it. */
export function beforeLoaders(task: () => void): void {
  prepare = task;
}

async function load(loaders: Loader[]): Promise<void> {
  if (loaders.length === 0) return;
  prepare();
  const require = createRequire(`${process.cwd()}/`);
  for (const [flag, value] of loaders) {
    if (flag !== '--import') require(value);
    else if (TSX.test(value)) await registerTsx();
    else await import(URL.canParse(value) ? value : require.resolve(value));
  }
}

function splitArguments(args: readonly string[]): { rest: string[] | undefined; loaders: Loader[] } {
  const rest: string[] = [];
  const loaders: Loader[] = [];
  for (let i = 0; i < args.length; i++) {
    const [, flag, joined] = LOADING.exec(args[i]) ?? [];
    const value = joined ?? args[i + 1] ?? '';
    const separate = WITH_VALUE.test(args[i]) ? 1 : 0;
    if (flag !== undefined && LOADER.test(value)) loaders.push([flag, value]);
    else if (PER_WORKER.test(args[i])) rest.push(...args.slice(i, i + 1 + separate));
    i += separate;
  }
  // `--input-type` says what `node -e` was given; a worker that has a file refuses it.
  const inherits = loaders.length === 0 && !args.some((arg) => arg.startsWith('--input-type'));
  return { rest: inherits ? undefined : rest, loaders };
}
