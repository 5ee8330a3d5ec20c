import { type Ended, runProgram } from '../conformance/thread-programs.js';

/** A program of a known bug, with the bug or without it; `end` says what to do with its `round()`. */
export function knownProgram(body: string, fixed: boolean, end: string): Promise<Ended> {
  return runProgram(`
    import { AtomicInt32, Barrier, Condition, configure, Event, Lock, Queue, RWLock, shared, sleep, Thread } from 'threadwork';
    const FIXED = ${fixed};
    let wrong = 0;
    const named = (object, name) => Object.assign(object, { name });
    const meetingOf = (parties) => {
      if (FIXED) return () => {};
      const all = new Barrier(parties);
      return () => { all.wait(); };
    };
    const together = (...crew) => {
      const threads = crew.map(([name, target, ...args]) => new Thread({ name, target, args }).start());
      for (const thread of threads) thread.join();
    };
    ${body}
    ${end}
  `);
}
