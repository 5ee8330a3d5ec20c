/**
 * All that users can call, found by reflection: every export of the library, and every member of every class. What declarations
 * say is private or internal is left out.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import * as library from 'threadwork';
import { SUBJECTS } from './subjects.js';

export interface Operation {
  /** As in `Lock.prototype.acquire`, `new Lock`, `get Lock.prototype.name`. */
  readonly name: string;
  /** The class whose objects it is called on; null for functions, constructors and static methods. */
  readonly subject: string | null;
  readonly call: (self: unknown, args: unknown[]) => unknown;
  readonly arity: number;
  /** Position of the argument that says how long to wait; -1: there is none. */
  readonly waits: number;
  /** Names of option fields. */
  readonly options: readonly string[];
}

/** Classes that exports lead to, but that are no exports themselves. */
const REACHABLE: Readonly<Record<string, () => object>> = {
  TeeIterator: () => library.concurrentTee([])[0],
  MapResult: () => new library.ThreadPoolExecutor(1).map((n: number) => n, []),
  ThreadDump: () => library.threadDump(),
};

/** Left out: what ends the process, or the pool that serves all calls; what starts a process each time. */
const LEFT_OUT =
  /^exit$|Executor\.prototype\.(?:shutdown|Symbol\(.*ispose\))|^ProcessPoolExecutor\.prototype\.(?:submit|map)$/;

const WAITING = /^(?:acquire|hold|wait|get|join|result|exception)(?:Async)?$/;
const WAITING_SECOND = /^(?:waitFor|put)(?:Async)?$/;
const TIMED = new Set([
  'Lock',
  'RLock',
  'Condition',
  'Semaphore',
  'BoundedSemaphore',
  'RWLockSide',
  'Event',
  'Barrier',
  'Queue',
  'LifoQueue',
  'PriorityQueue',
  'SimpleQueue',
  'Future',
  'Thread',
  'Timer',
]); // prettier-ignore
const FUNCTION_WAITS: Readonly<Record<string, number>> = {
  sleep: 0,
  sleepAsync: 0,
  wait: 1,
  waitAsync: 1,
  asCompleted: 1,
};

const WAIT_OPTIONS = ['timeout', 'signal'];
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  acquire: [...WAIT_OPTIONS, 'blocking'],
  hold: [...WAIT_OPTIONS, 'blocking'],
  get: [...WAIT_OPTIONS, 'block'],
  put: [...WAIT_OPTIONS, 'block'],
  wait: [...WAIT_OPTIONS, 'returnWhen'],
  waitFor: WAIT_OPTIONS,
  join: WAIT_OPTIONS,
  result: WAIT_OPTIONS,
  exception: WAIT_OPTIONS,
  asCompleted: WAIT_OPTIONS,
  sleep: ['signal'],
  shutdown: ['immediate'],
  cancel: ['running'],
  map: ['timeout', 'chunksize', 'buffersize', 'signal'],
  configure: ['heapBytes', 'warmThreads', 'onDeadlock', 'dump'],
  dumpLater: ['repeat'],
  struct: ['x', 'y'],
  'new Barrier': ['action', 'timeout'],
  'new PriorityQueue': ['priority'],
  'new Thread': ['target', 'args', 'kwargs', 'name', 'daemon', 'resourceLimits'],
  'new ThreadPoolExecutor': ['maxWorkers', 'threadNamePrefix', 'initializer', 'initargs', 'resourceLimits'],
  'new ProcessPoolExecutor': ['maxWorkers', 'initializer', 'initargs', 'maxTasksPerChild'],
};

function optionsOf(name: string): readonly string[] {
  const last = name.split('.').at(-1) as string;
  // Of the function of that name only: an option that a method does not have is a TypeError, and nothing else is tried.
  if (/\.wait(?:Async)?$/.test(name)) return WAIT_OPTIONS;
  return OPTIONS[last] ?? OPTIONS[last.replace(/Async$/, '')] ?? [];
}

/** `Class.member` of what declarations call private or internal. */
function hiddenMembers(): Set<string> {
  const folder = fileURLToPath(new URL('../../src/', import.meta.url));
  const hidden = new Set<string>();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.d.ts')) continue;
    let type = '';
    let internal = false;
    for (const line of readFileSync(path.join(folder, file), 'utf8').split('\n')) {
      const found = /^(?:export )?(?:declare )?(?:abstract )?class (\w+)/.exec(line);
      if (found) type = found[1];
      const member = /^ {4}(?:private |protected |static |readonly |abstract |get |set )*(\w+)/.exec(line);
      if (member && (internal || /^ {4}(?:private|protected) /.test(line))) hidden.add(`${type}.${member[1]}`);
      if (line.includes('@internal')) internal = true;
      else if (!/^\s*\*/.test(line)) internal = false;
    }
  }
  return hidden;
}

const hidden = hiddenMembers();

function isClass(value: unknown): value is new (...args: unknown[]) => object {
  return typeof value === 'function' && Function.prototype.toString.call(value).startsWith('class');
}

function membersOf(name: string, type: Function): Operation[] {
  const found = new Map<string, Operation>();
  for (
    let at = type.prototype as object;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object
  ) {
    const owner = Object.hasOwn(at, 'constructor') ? at.constructor.name : '';
    for (const key of Reflect.ownKeys(at)) {
      if (key === 'constructor' || key === inspect.custom || hidden.has(`${owner}.${String(key)}`)) continue;
      const { value, get, set } = Object.getOwnPropertyDescriptor(at, key) as PropertyDescriptor;
      const label = `${name}.prototype.${String(key)}`;
      const add = (prefix: string, fn: Function, arity: number) => {
        if (found.has(prefix + label)) return;
        const waits =
          !TIMED.has(name) || typeof key !== 'string' ? -1 : WAITING.test(key) ? 0 : WAITING_SECOND.test(key) ? 1 : -1;
        found.set(prefix + label, {
          name: prefix + label,
          subject: name,
          call: (self, args) => Reflect.apply(fn, self, args) as unknown,
          arity,
          waits,
          options: optionsOf(label),
        });
      };
      if (typeof value === 'function') add('', value as Function, (value as Function).length);
      if (get) add('get ', get, 0);
      if (set) add('set ', set, 1);
    }
  }
  return [...found.values()];
}

function functionOf(name: string, fn: Function): Operation {
  return {
    name,
    subject: null,
    call: (self, args) => Reflect.apply(fn, self, args) as unknown,
    arity: Math.max(fn.length, 2),
    waits: FUNCTION_WAITS[name] ?? -1,
    options: optionsOf(name),
  };
}

function operationsOfClass(name: string, type: new (...args: unknown[]) => object): Operation[] {
  const make: Operation = {
    name: `new ${name}`,
    subject: null,
    call: (_self, args) => Reflect.construct(type, args) as unknown,
    arity: Math.max(type.length, 2),
    waits: -1,
    options: optionsOf(`new ${name}`),
  };
  const statics = Reflect.ownKeys(type)
    .filter((key) => typeof (type as unknown as Record<PropertyKey, unknown>)[key] === 'function')
    .map((key) => {
      const fn = (type as unknown as Record<PropertyKey, Function>)[key];
      return {
        ...functionOf(`${name}.${String(key)}`, fn),
        call: (self: unknown, args: unknown[]) => Reflect.apply(fn, self ?? type, args) as unknown,
      }; // prettier-ignore
    });
  // What their constructors take is JavaScript's business.
  if (type.prototype instanceof Error) return [];
  return [make, ...statics, ...membersOf(name, type)];
}

/** Everything, by name. Throws for a class that nobody has told how to make objects of. */
export function allOperations(): Map<string, Operation> {
  const found: Operation[] = [];
  for (const [name, value] of Object.entries(library)) {
    if (isClass(value)) found.push(...operationsOfClass(name, value));
    else if (typeof value === 'function') found.push(functionOf(name, value as Function));
  }
  for (const [name, make] of Object.entries(REACHABLE)) found.push(...membersOf(name, make().constructor));
  const strays = found.filter(({ subject }) => subject !== null && SUBJECTS[subject] === undefined);
  if (strays.length > 0)
    throw new Error(
      `test/fuzz/subjects.ts does not say how to make a ${[...new Set(strays.map((s) => s.subject))].join(', ')}`,
    );
  return new Map(found.filter(({ name }) => !LEFT_OUT.test(name)).map((operation) => [operation.name, operation]));
}
