/**
 * Dumps that are asked for from outside, and those that are due at a certain time: the supervisor takes them, which is never blocked,
 * whatever main and the others do.
 */
import { type Server, createServer } from 'node:net';
import { constants } from 'node:os';
import * as atomic from '../heap/atomic.js';
import { Control } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { dumpSocket, openFolder, removeSocket } from '../host/dump-socket.js';
// Every class of records says here what its objects are called.
import '../index.js';
import { type Watch, watchSignal } from '../host/signal-watch.js';
import { clockWord } from '../host/clock.js';
import { writeError } from '../supervisor/output.js';
import { dumpThreads } from './dump.js';

let server: Server | undefined;
let quit: Watch | undefined;
let timer: NodeJS.Timeout | undefined;

/** Does what the settings want: listens or not, and sets the alarm. */
export function followSettings(): void {
  const wanted = i32[Control.DUMP_SERVED] === 1;
  if (wanted && server === undefined) listen();
  if (!wanted && server !== undefined) {
    server.close();
    server = undefined;
    quit?.close();
    quit = undefined;
  }
  setAlarm();
}

function listen(): void {
  const listener = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(`${String(dumpThreads())}\n`);
  });
  server = listener;
  const complain = (error: Error) => writeError(`threadwork: no dumps from outside: ${error.message}\n`);
  listener.on('error', complain);
  const open = () => {
    // Meanwhile dumps may be switched off again.
    if (server !== listener) return;
    try {
      openFolder();
      removeSocket();
      listener.listen(dumpSocket(process.pid));
    } catch (error) {
      complain(error as Error);
    }
  };
  // As the Java machine does. Whoever finds the socket may send the signal: it opens when that no longer ends the process.
  quit = watchSignal(constants.signals.SIGQUIT, () => print(''));
  if (quit === undefined) open();
  else void quit.ready.then(open);
}

function print(heading: string): void {
  writeError(`${heading}${String(dumpThreads())}\n`);
}

function setAlarm(): void {
  clearTimeout(timer);
  const at = atomic.load(Control.DUMP_AT);
  if (at === 0) return;
  timer = setTimeout(
    () => {
      // It was put off, or cancelled, while this was due.
      if (atomic.load(Control.DUMP_AT) !== at) return;
      const every = i32[Control.DUMP_EVERY];
      atomic.store(Control.DUMP_AT, every === 0 ? 0 : (clockWord() + every) | 1);
      print('Time is up:\n');
      setAlarm();
    },
    Math.max(0, (at - clockWord()) | 0),
  );
}
