import {
  Event,
  type KeywordOptions,
  Lock,
  local,
  Local,
  Thread,
  type ThreadOptions,
  Timer,
  type Wait,
} from 'threadwork';
import { compiles, type Same, same } from './typed.js';

compiles('args are checked against the target', () => {
  const add = (a: number, b: string) => `${a}${b}`;
  new Thread({ target: add, args: [1, 'two'] });
  // @ts-expect-error the first one must be a number
  new Thread({ target: add, args: ['one', 'two'] });
  // @ts-expect-error the second one is missing
  new Thread({ target: add, args: [1] });
  // @ts-expect-error there is no third one
  new Thread({ target: add, args: [1, 'two', 3] });
  // @ts-expect-error args are a list
  new Thread({ target: add, args: 1 });

  const optional = (a: number, b?: string) => [a, b];
  new Thread({ target: optional, args: [1] });
  new Thread({ target: optional, args: [1, 'two'] });
  // @ts-expect-error the optional one has a type, too
  new Thread({ target: optional, args: [1, 2] });

  const rest = (first: string, ...others: number[]) => [first, others];
  new Thread({ target: rest, args: ['one'] });
  new Thread({ target: rest, args: ['one', 2, 3] });
  // @ts-expect-error the others are numbers
  new Thread({ target: rest, args: ['one', 'two'] });
});

compiles('args may be kept in a variable', () => {
  const add = (a: number, b: string) => `${a}${b}`;
  const args: [number, string] = [1, 'two'];
  new Thread({ target: add, args });
  const constant = [1, 'two'] as const;
  new Thread({ target: add, args: constant });
  const wrong: [string] = ['one'];
  // @ts-expect-error not the target's arguments
  new Thread({ target: add, args: wrong });
});

compiles('the target’s parameters follow from args or from what is written there', () => {
  new Thread({
    target: (n: number, event: Event) => {
      same<Same<typeof n, number>>();
      event.set();
    },
    args: [1, new Event()],
  });
  new Thread<[number]>({
    target: (n) => {
      same<Same<typeof n, number>>();
    },
    args: [5],
  });
});

compiles('a target may be asynchronous, bound, or the export of a module', () => {
  new Thread({ target: async (n: number) => n, args: [1] });
  new Thread({ target: (async () => {}).bind(null) });
  new Thread({ target: { module: new URL('file:///work.js'), name: 'work' }, args: [1, 'two'] });
  new Thread({ target: { module: 'file:///work.js', name: 'work' } });
  // @ts-expect-error the name of the export is missing
  new Thread({ target: { module: 'file:///work.js' } });
  // @ts-expect-error no target
  new Thread({ target: 'work' });
});

compiles('named arguments are the target’s last parameter', () => {
  const named = (a: number, { x }: { x: number; y?: number }) => a + x;
  new Thread({ target: named, args: [1], kwargs: { x: 1 } });
  new Thread({ target: named, args: [1, { x: 1 }] });
  new Thread({ target: named, args: [1, { x: 1 }], kwargs: null });
  // @ts-expect-error x is a number
  new Thread({ target: named, args: [1], kwargs: { x: 'one' } });
  // @ts-expect-error there is no z
  new Thread({ target: named, args: [1], kwargs: { x: 1, z: 1 } });
  // @ts-expect-error the first argument is a number
  new Thread({ target: named, args: ['one'], kwargs: { x: 1 } });
  // @ts-expect-error without the first argument x would be it
  new Thread({ target: named, kwargs: { x: 1 } });
  // @ts-expect-error the named arguments are missing
  new Thread({ target: named, args: [1] });
  // @ts-expect-error given twice
  new Thread({ target: named, args: [1, { x: 1 }], kwargs: { x: 1 } });
  // @ts-expect-error a promise
  new Thread({ target: (o: { later: Promise<void> }) => o, kwargs: { later: Promise.resolve() } });
  // @ts-expect-error it takes no named arguments
  new Thread({ target: (a: number) => a, args: [1], kwargs: { x: 1 } });

  interface Named {
    x: number;
  }
  const interfaced: Named = { x: 1 };
  new Thread({ target: (given: Named) => given.x, kwargs: interfaced });
  new Thread({ target: (a: number, given?: Named | null) => [a, given], args: [1], kwargs: interfaced });
  new Thread({ target: (a: string, b?: string, given?: Named) => [a, b, given], args: ['a', 'b'], kwargs: { x: 1 } });
  // @ts-expect-error without the second argument x would be it
  new Thread({ target: (a: string, b?: string, given?: Named) => [a, b, given], args: ['a'], kwargs: { x: 1 } });
  new Thread({ target: (a, given) => a.toFixed(given.x), args: [1], kwargs: { x: 1 } });
  new Thread({ target: (...all: unknown[]) => all, args: [1], kwargs: { x: 1 } });
  new Thread({ target: () => undefined, kwargs: { x: 1 } });
  new Thread({ target: { module: 'file:///work.js', name: 'work' }, args: [1], kwargs: { x: 1 } });
  const options: ThreadOptions = { target: (...all: unknown[]) => all, args: [1], kwargs: { x: 1 } };
  new Thread(options);
  const both: KeywordOptions<[number], Named> = { target: named, args: [1], kwargs: { x: 1 } };
  const thread: Thread = new Thread(both);
  void thread;
});

compiles('options are checked', () => {
  new Thread();
  new Thread({ name: 'one', daemon: true, kwargs: { a: 1 }, resourceLimits: { stackSizeMb: 4 } });
  new Thread({ target: null, name: null, daemon: null, kwargs: null });
  // @ts-expect-error a misspelt option
  new Thread({ targets: () => undefined });
  // @ts-expect-error no limit of that name
  new Thread({ resourceLimits: { heap: 5 } });
  // @ts-expect-error a thread takes an object of options
  new Thread(() => undefined);
  const options: ThreadOptions<[number]> = { target: (n) => n + 1, args: [1] };
  new Thread(options);
});

compiles('members of a thread', () => {
  const thread = new Thread({ target: () => undefined });
  same<Same<ReturnType<typeof thread.join>, boolean>>();
  same<Same<ReturnType<typeof thread.joinAsync>, Promise<boolean>>>();
  same<Same<typeof thread.ident, number | null>>();
  same<Same<typeof thread.nativeId, number | null>>();
  same<Same<typeof thread.daemon, boolean>>();
  const started = thread.start();
  same<Same<typeof started, typeof thread>>();
  thread.join(5);
  thread.join({ timeout: 5 });
  thread.join(null);
  // @ts-expect-error milliseconds, not words
  thread.join('5');
  // @ts-expect-error ident is not for writing
  thread.ident = 5;
  const wait: Wait = { timeout: 5, signal: new AbortController().signal };
  thread.join(wait);
});

compiles('a subclass', () => {
  class Worker extends Thread {
    result = 0;
    override run() {
      this.result = 5;
    }
  }
  const worker: Worker = new Worker().start();
  same<Same<typeof worker.result, number>>();
  class Later extends Thread {
    override async run() {
      await this.joinAsync(0);
    }
  }
  using _later = new Later().start();
  class Wrong extends Thread {
    // @ts-expect-error run() takes no arguments
    override run(_n: number) {}
  }
  void Wrong;
});

compiles('a thread can be passed and listed whatever its target takes', () => {
  const threads: Thread[] = [];
  threads.push(new Thread());
  const takes = (given: Thread) => given.join();
  new Thread({ target: takes, args: [new Thread()] });
});

compiles('a timer', () => {
  const timer = new Timer(100, (n: number) => n, [1], { a: 1 });
  same<Same<typeof timer.interval, number>>();
  same<Same<typeof timer.finished, Event>>();
  timer.cancel();
  // @ts-expect-error the interval comes first
  new Timer(() => undefined, 100);
});

compiles('thread-local data', () => {
  const values = local(() => ({ n: 1, lock: new Lock() }));
  same<Same<typeof values.n, number>>();
  values.lock.acquire();
  // @ts-expect-error no such attribute
  void values.missing;
  // @ts-expect-error the initialiser returns an object
  local(() => 5);
  // @ts-expect-error a function has to be a member
  local(() => (n: number) => n);
  const numbers = local(() => new Map<string, number>());
  same<Same<typeof numbers, Map<string, number>>>();
  const member = local(() => ({ twice: (n: number) => n * 2 }));
  same<Same<ReturnType<typeof member.twice>, number>>();
  const open = local();
  open.anything = 5;
  const typed = local<{ x?: number }>();
  typed.x = 5;
  // @ts-expect-error x is a number
  typed.x = 'five';
  class Connection extends Local {
    readonly url: string;
    constructor(url: string) {
      super(url);
      this.url = url;
    }
  }
  same<Same<Connection['url'], string>>();
});
