/**
 * A process of a pool, as the thread sees it that started it. They talk over Node's channel between parent and child; values
 * are the bytes of portable messages (wire/message.ts), which are copied from heap to heap undecoded.
 *
 *   to the process    Begin, once; then a Call for each task; null: end
 *   from it           Begun, once it runs; Reply for each call; Useless: the initializer failed
 */
import type * as childProcess from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { processFile } from '../host/entry-points.js';
import { type Loader, processArguments } from '../host/loaders.js';
import { loadBuiltin } from '../host/worker.js';
import { OWN_MESSAGE } from './types.js';

/** What a process is told first. */
export interface Begin {
  readonly loaders: Loader[];
  /** From this number on, functions that it sends have numbers of their own. */
  readonly firstFunction: number;
  readonly initializer: Uint8Array | null;
}

/** A task. */
export interface Call {
  /** How the arguments stand in `args` (task.ts). */
  readonly form: number;
  /** Number of the function, to be kept under; 0: not to be kept. */
  readonly id: number;
  /** Null: it was sent before. */
  readonly fn: Uint8Array | null;
  readonly args: Uint8Array | null;
}

/** What came of a task. */
export interface Reply {
  readonly failed: boolean;
  readonly bytes: Uint8Array;
}

/** It runs. */
export interface Begun {
  readonly begun: true;
}

/** It cannot run tasks, and why. */
export interface Useless {
  readonly useless: string;
}

/** Who hears what becomes of a process. */
export interface Observer {
  started(pid: number): void;
  /** Once. `pid`: 0 if there was none. */
  ended(pid: number, why: 'as asked' | 'abruptly' | 'at its start', how: string): void;
  /** Its initializer failed. */
  useless(cause: string): void;
}

/** Numbers of this process's own functions are below; a process takes a stretch at random above, which nobody else meets. */
const FOREIGN_NUMBERS = 2 ** 40;
const LAST_NUMBER = 2 ** 52;

export class Child {
  /** Tasks that it was given. */
  tasks = 0;
  private readonly process: childProcess.ChildProcess | undefined;
  private readonly known = new Set<number>();
  private answer: ((reply: Reply | null) => void) | undefined;
  private isEnding = false;
  private hasBegun = false;
  /** How it ended; undefined while it lives. */
  private how: string | undefined;
  private gone: (() => void) | undefined;

  constructor(
    initializer: Uint8Array | null,
    private readonly observer: Observer,
  ) {
    const { args, loaders } = processArguments();
    const { fork } = loadBuiltin('node:child_process') as typeof childProcess;
    try {
      this.process = fork(fileURLToPath(processFile), [], {
        execArgv: args,
        serialization: 'advanced',
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
    } catch (error) {
      this.die(String(error));
      return;
    }
    const { process } = this;
    let exit: string | undefined;
    // What it sent before its end comes before `disconnect`.
    const check = () => {
      if (exit !== undefined && !process.connected) this.die(exit);
    };
    process.on('error', (error) => {
      if (process.pid === undefined) this.die(String(error));
    });
    process.on('exit', (code, signal) => {
      exit = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
      check();
    });
    process.on('disconnect', () => {
      // Nobody will ever hear of it again.
      if (exit === undefined && !this.isEnding) process.kill('SIGKILL');
      check();
    });
    process.on('message', (message) => this.hear(message));
    if (process.pid !== undefined) observer.started(process.pid);
    const firstFunction = FOREIGN_NUMBERS + Math.floor(Math.random() * (LAST_NUMBER - FOREIGN_NUMBERS));
    this.send({ loaders, firstFunction, initializer } satisfies Begin);
  }

  /** Whether the process must be sent the function with this number. */
  needs(id: number): boolean {
    if (id === 0) return true;
    if (this.known.has(id)) return false;
    this.known.add(id);
    return true;
  }

  /** Gives it a task; null: it died. */
  run(call: Call): Promise<Reply | null> {
    this.tasks++;
    return new Promise((resolve) => {
      if (this.how !== undefined) {
        resolve(null);
        return;
      }
      this.answer = resolve;
      this.send(call);
    });
  }

  /** Asks it to end, and waits for that. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      if (this.how !== undefined) {
        resolve();
        return;
      }
      this.gone = resolve;
      this.isEnding = true;
      this.send(null);
    });
  }

  private send(message: Begin | Call | null): void {
    // A process that is gone is heard of by its events.
    if (this.process?.connected) this.process.send(message as never, () => undefined);
  }

  /** What a task sends by process.send() is for nobody. */
  private hear(message: unknown): void {
    if (typeof message !== 'object' || message === null || !(OWN_MESSAGE in message)) return;
    if ('bytes' in message) {
      const { answer } = this;
      this.answer = undefined;
      answer?.(message as unknown as Reply);
    } else if ('useless' in message) this.observer.useless((message as unknown as Useless).useless);
    else if ('begun' in message) this.hasBegun = true;
  }

  private die(how: string): void {
    if (this.how !== undefined) return;
    this.how = how;
    const pid = this.process?.pid;
    this.observer.ended(
      pid ?? 0,
      this.isEnding ? 'as asked' : this.hasBegun ? 'abruptly' : 'at its start',
      pid === undefined ? how : `process ${pid} ${how}`,
    );
    this.answer?.(null);
    this.gone?.();
  }
}
