/**
 * Deadlocks that programs are known for, each as a program that has the bug, or, where FIXED is true, has not. `round()` is one run
 * of it. Where a bug needs an unlucky moment, a
 * meeting brings it about.
 */

export interface KnownDeadlock {
  readonly name: string;
  readonly body: string;
  /** What the report must say of each of the stuck threads. */
  readonly stuck: readonly RegExp[];
}

const NESTED_READ = `
  const table = named(new RWLock(), 'table');
  const reading = new Event();
  const size = () => 3;
  const sizeLocked = () => table.readLock.with(size);
  function summarize() {
    table.readLock.with(() => {
      reading.set();
      if (FIXED) return size();
      while (!String(table).includes('waiters=1')) sleep(1);
      return sizeLocked();
    });
  }
  function update() {
    reading.wait();
    table.writeLock.with(() => {});
  }
  function round() {
    reading.clear();
    together(['reader', summarize], ['writer', update]);
  }
`;

const RELEASE_AND_LOOKUP = `
  const meet = meetingOf(2);
  const registry = named(new Lock(), 'registry');
  const session = named(new Lock(), 'session');
  function lookup() {
    registry.with(() => { meet(); session.with(() => {}); });
  }
  function release() {
    if (FIXED) {
      // Outer before inner, as lookup has it.
      registry.with(() => session.with(() => {}));
      return;
    }
    session.with(() => { meet(); registry.with(() => {}); });
  }
  const round = () => together(['looker', lookup], ['releaser', release]);
`;

/** Each subscriber is called under the publisher's lock, and takes its own. */
const CALLBACKS = `
  const meet = meetingOf(3);
  const parties = ['model', 'view', 'store'].map((name) => named(new Lock(), name));
  function publish(k) {
    const other = parties[(k + 1) % 3];
    const notify = () => other.with(() => {});
    if (FIXED) {
      parties[k].with(() => {});
      notify();
    } else parties[k].with(() => { meet(); notify(); });
  }
  const round = () => together(...[0, 1, 2].map((k) => ['publisher ' + k, publish, k]));
`;

const FULL_QUEUE = `
  const jobs = named(new Queue(2), 'jobs');
  const stats = named(new Lock(), 'stats');
  function produce() {
    if (FIXED) {
      stats.with(() => {});
      for (let k = 0; k < 5; k++) jobs.put(k);
    } else stats.with(() => { for (let k = 0; k < 5; k++) jobs.put(k); });
  }
  function consume() {
    if (!FIXED) while (!jobs.full()) sleep(1);
    for (let k = 0; k < 5; k++) {
      stats.with(() => {});
      jobs.get();
    }
  }
  const round = () => together(['producer', produce], ['consumer', consume]);
`;

const STOP = `
  const state = named(new Lock(), 'state');
  const stopping = new Event();
  const done = named(new Event(), 'done');
  function work() {
    stopping.wait();
    state.with(() => {});
    done.set();
  }
  function stop() {
    if (FIXED) {
      state.with(() => { stopping.set(); });
      done.wait();
    } else state.with(() => { stopping.set(); done.wait(); });
  }
  function round() {
    stopping.clear();
    done.clear();
    together(['worker', work], ['stopper', stop]);
  }
`;

/** The keeper sends what comes to it; every now and then its timer branch looks at the peers, under the senders' lock. */
const KEEPER = `
  const outbox = named(new Queue(1), 'outbox');
  const peers = named(new Lock(), 'peers');
  const END = -1;
  function keep() {
    if (!FIXED) while (!outbox.full() || !peers.locked()) sleep(1);
    for (let tick = 0; ; tick++) {
      if (tick % 2 === 0) {
        if (!FIXED) peers.with(() => {});
        else if (peers.acquire(false)) peers.release();
      }
      if (outbox.get() === END) return;
    }
  }
  function send() {
    peers.with(() => { for (let k = 0; k < 4; k++) outbox.put(k); outbox.put(END); });
  }
  const round = () => together(['keeper', keep], ['sender', send]);
`;

/** There is one slot for results. Who finds another's result in it must leave it there. */
const SLOT = `
  const condition = named(new Condition(), 'slot');
  const slot = shared({ owner: 0 });
  function ask(number) {
    condition.with(() => {
      if (FIXED) {
        condition.waitFor(() => slot.owner === number);
        slot.owner = 0;
        condition.notifyAll();
      } else {
        condition.waitFor(() => slot.owner !== 0);
        slot.owner = 0;
        condition.notifyAll();
        // It was not for this one, which waits for its own.
        condition.waitFor(() => slot.owner === number);
      }
    });
  }
  function answer() {
    for (const number of [1, 2]) {
      condition.with(() => {
        condition.waitFor(() => slot.owner === 0);
        slot.owner = number;
        condition.notifyAll();
      });
    }
  }
  function round() {
    slot.owner = 0;
    together(['breaker 1', ask, 1], ['breaker 2', ask, 2], ['answerer', answer]);
  }
`;

/** A notification that goes to the wrong role is lost. */
const TWO_ROLES = `
  const lock = new Lock();
  const changed = named(new Condition(lock), 'changed');
  const [room, items] = FIXED ? [named(new Condition(lock), 'room'), named(new Condition(lock), 'items')] : [changed, changed];
  const box = shared({ count: 0, waiting: 0 });
  function put() {
    lock.with(() => {
      box.waiting++;
      room.waitFor(() => box.count === 0);
      box.waiting--;
      box.count = 1;
      items.notify();
    });
  }
  function take() {
    lock.with(() => {
      box.waiting++;
      items.waitFor(() => box.count === 1);
      box.waiting--;
      box.count = 0;
      room.notify();
    });
  }
  function round() {
    // Full, and two putters wait; then a taker takes, but what it says reaches a taker that had come before.
    box.count = 0;
    if (FIXED) return together(['taker 1', take], ['putter 1', put], ['taker 2', take], ['putter 2', put]);
    const crew = [];
    const come = (name, target) => {
      const before = box.waiting;
      crew.push(new Thread({ name, target }).start());
      while (box.waiting === before || lock.locked()) sleep(1);
    };
    come('taker 1', take);
    come('taker 2', take);
    // Each of the two puts without waiting, and tells one; the box is full again at once.
    lock.with(() => { box.count = 1; });
    come('putter 1', put);
    come('putter 2', put);
    // Taker 1 takes and tells the next in line, taker 2, who finds nothing and waits again. No putter is told.
    lock.with(() => changed.notify());
    for (const thread of crew) thread.join();
  }
`;

function philosophers(count: number): string {
  return `
    const meet = meetingOf(${count});
    const forks = Array.from({ length: ${count} }, (_, k) => named(new Lock(), 'fork ' + k));
    function dine(k) {
      const both = [forks[k], forks[(k + 1) % ${count}]];
      // The last one reaches for the other fork first.
      if (FIXED && k === ${count - 1}) both.reverse();
      both[0].with(() => { meet(); both[1].with(() => {}); });
    }
    const round = () => together(...forks.map((_, k) => ['philosopher ' + k, dine, k]));
  `;
}

/** A pool as one writes it: a queue of tasks, and an event for each result. */
const POOL = `
  const tasks = named(new Queue(), 'tasks');
  const results = [0, 1].map((k) => named(new Event(), 'result ' + k));
  function serve() {
    for (let task = tasks.get(); task !== null; task = tasks.get()) {
      task();
      tasks.taskDone();
    }
    tasks.taskDone();
  }
  function run(workers, make) {
    for (const result of results) result.clear();
    for (const task of make()) tasks.put(task);
    for (let k = 0; k < workers; k++) tasks.put(null);
    together(...Array.from({ length: workers }, (_, k) => ['worker ' + k, serve]));
    tasks.join();
  }
`;

const POOL_MUTUAL = `${POOL}
  function first() {
    if (FIXED) results[0].set();
    results[1].wait();
    results[0].set();
  }
  function second() {
    results[0].wait();
    results[1].set();
  }
  const round = () => run(2, () => [first, second]);
`;

const POOL_OF_ONE = `${POOL}
  const inner = () => { results[0].set(); };
  function outer() {
    if (FIXED) {
      inner();
      results[0].wait();
      return;
    }
    tasks.put(inner);
    results[0].wait();
  }
  const round = () => run(1, () => [outer]);
`;

/** A channel of one's own whose lock is held while it tells its listener, who puts something into it. */
const CALLBACK_PUTS = `
  const guard = named(new Lock(), 'channel');
  const items = new Queue();
  function put(item, listener) {
    if (FIXED) {
      guard.with(() => { items.put(item); });
      listener(item);
    } else guard.with(() => { items.put(item); listener(item); });
  }
  function feed() {
    const echo = (item) => { if (item < 3) put(item + 1, echo); };
    put(0, echo);
  }
  const round = () => together(['feeder', feed]);
`;

const MAIN = /MainThread waits for the end of thread/;

export const KNOWN_DEADLOCKS: readonly KnownDeadlock[] = [
  {
    name: 'a read lock taken again while a writer waits',
    body: NESTED_READ,
    stuck: [
      /reader waits for reading under RWLock table, behind a writer/,
      /writer waits for writing under RWLock table, with 1 reader inside/,
      MAIN,
    ],
  },
  {
    name: 'two locks in opposite order, on the paths of lookup and release',
    body: RELEASE_AND_LOOKUP,
    stuck: [
      /looker waits for Lock session, held by releaser/,
      /releaser waits for Lock registry, held by looker/,
      MAIN,
    ],
  },
  {
    name: 'callbacks under locks, in a ring of three',
    body: CALLBACKS,
    stuck: [
      /publisher 0 waits for Lock view, held by publisher 1/,
      /publisher 1 waits for Lock store, held by publisher 2/,
      /publisher 2 waits for Lock model, held by publisher 0/,
      MAIN,
    ],
  },
  {
    name: 'a full queue filled under the lock that its consumer needs',
    body: FULL_QUEUE,
    stuck: [/producer waits for room in Queue jobs/, /consumer waits for Lock stats, held by producer/, MAIN],
  },
  {
    name: 'stop() holds the lock that the worker needs before it says that it is done',
    body: STOP,
    stuck: [/worker waits for Lock state, held by stopper/, /stopper waits for Event done/, MAIN],
  },
  {
    name: 'a keeper whose timer branch needs the lock of the senders',
    body: KEEPER,
    stuck: [/keeper waits for Lock peers, held by sender/, /sender waits for room in Queue outbox/, MAIN],
  },
  {
    name: 'a result taken out of the slot by another one',
    body: SLOT,
    stuck: [/breaker \d waits for a notification of Condition slot/, MAIN],
  },
  {
    name: 'one condition with notify-one for two roles',
    body: TWO_ROLES,
    stuck: [
      /taker 2 waits for a notification of Condition changed/,
      /putter 1 waits for a notification of Condition changed/,
      /putter 2 waits for a notification of Condition changed/,
      MAIN,
    ],
  },
  ...[3, 5, 7].map((count) => ({
    name: `${count} dining philosophers`,
    body: philosophers(count),
    stuck: [
      ...Array.from(
        { length: count },
        (_, k) =>
          new RegExp(
            `philosopher ${k} waits for Lock fork ${(k + 1) % count}, held by philosopher ${(k + 1) % count} `,
          ),
      ),
      MAIN,
    ],
  })),
  {
    name: 'two tasks of a pool that wait for each other',
    body: POOL_MUTUAL,
    stuck: [/worker \d waits for Event result 0/, /worker \d waits for Event result 1/, MAIN],
  },
  {
    name: 'a pool of one that waits for its own task',
    body: POOL_OF_ONE,
    stuck: [/worker 0 waits for Event result 0/, MAIN],
  },
  {
    name: 'a callback that puts into what it is called under the lock of',
    body: CALLBACK_PUTS,
    stuck: [/feeder waits for Lock channel, held by itself/, MAIN],
  },
];
