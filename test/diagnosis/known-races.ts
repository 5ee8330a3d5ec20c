/**
 * Bugs that hang nothing: each as a program that counts in `wrong` how often its invariant did not hold, and has, where FIXED is
 * true, none. `round()` is one run of it.
 */

/** So many steps that one thread is not through before the other has started. */
const TWO_LOCKS = `
  const locks = [new Lock(), new Lock()];
  const counter = shared({ value: 0 });
  function count(k) {
    const lock = FIXED ? locks[0] : locks[k];
    for (let i = 0; i < 2000; i++) lock.with(() => { counter.value = counter.value + 1; });
  }
  function round() {
    counter.value = 0;
    together(['one', count, 0], ['two', count, 1]);
    if (counter.value !== 4000) wrong++;
  }
`;

/** The second stage is worked out from the first, in a critical section of its own. */
const TWO_STAGES = `
  const lock = new Lock();
  const data = shared({ first: 0, second: 0 });
  const seen = new AtomicInt32();
  const over = new Event();
  function update() {
    for (let k = 1; k <= 100; k++) {
      if (FIXED) lock.with(() => { data.first = k; data.second = k + 1; });
      else {
        lock.with(() => { data.first = k; });
        lock.with(() => { data.second = data.first + 1; });
      }
    }
    over.set();
  }
  function look() {
    while (!over.isSet()) lock.with(() => { if (data.first !== 0 && data.second !== data.first + 1) seen.add(1); });
  }
  function round() {
    Object.assign(data, { first: 0, second: 0 });
    over.clear();
    seen.value = 0;
    together(['updater', update], ['looker', look]);
    if (seen.value > 0) wrong++;
  }
`;

/** Somebody sets x and then y; who looks in between sees x = 1 and y = 0. With many setters the chance is small. */
function reorder(threads: number): string {
  return `
    const lock = new Lock();
    const point = shared({ x: 0, y: 0 });
    const seen = new AtomicInt32();
    const setting = new AtomicInt32();
    const guarded = FIXED ? (body) => lock.with(body) : (body) => body();
    function set() {
      for (let k = 0; k < 50; k++) {
        guarded(() => { point.x = 1; point.y = -1; });
        guarded(() => { point.y = 0; point.x = 0; });
      }
      setting.sub(1);
    }
    function check() {
      while (setting.value > 0) {
        guarded(() => {
          const x = point.x;
          const y = point.y;
          if (!((x === 0 && y === 0) || (x === 1 && y === -1))) seen.add(1);
        });
      }
    }
    function round() {
      Object.assign(point, { x: 0, y: 0 });
      setting.value = ${threads - 1};
      seen.value = 0;
      together(['checker', check], ...Array.from({ length: ${threads - 1} }, (_, k) => ['setter ' + k, set]));
      if (seen.value > 0) wrong++;
    }
  `;
}

const UNPUBLISHED = `
  const holder = shared({ handle: null });
  const published = new Event();
  const missing = new AtomicInt32();
  function use() {
    if (FIXED) published.wait();
    const { handle } = holder;
    if (handle === null) missing.add(1);
    else handle.put(1);
  }
  function round() {
    holder.handle = null;
    published.clear();
    missing.value = 0;
    const user = new Thread({ target: use }).start();
    if (!FIXED) sleep(1);
    holder.handle = new Queue();
    published.set();
    user.join();
    if (missing.value > 0) wrong++;
  }
`;

export const KNOWN_RACES: readonly { readonly name: string; readonly body: string }[] = [
  { name: 'a counter under two different locks', body: TWO_LOCKS },
  { name: 'an update in two stages, seen half-way', body: TWO_STAGES },
  ...[3, 8, 20].map((threads) => ({ name: `x and y seen in between, ${threads} threads`, body: reorder(threads) })),
  { name: 'a handle used before it is published', body: UNPUBLISHED },
];
