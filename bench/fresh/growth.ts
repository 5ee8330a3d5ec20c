// How much resident memory each of some more threads takes, once there is one.
const MORE = 8;
/** Boots allocate on threads of the engine's own that end a little later. */
const SETTLE_MS = 200;

const still = new Int32Array(new SharedArrayBuffer(4));

function resident(): number {
  Atomics.wait(still, 0, 0, SETTLE_MS);
  return process.memoryUsage.rss();
}

/** Prints the MB for each thread that `start` starts; `started` waits until so many wait inside. */
export function printGrowth(start: () => void, started: (count: number) => void): never {
  start();
  started(1);
  const before = resident();
  for (let k = 0; k < MORE; k++) start();
  started(1 + MORE);
  const after = resident();
  console.log((after - before) / MORE / 2 ** 20);
  process.exit();
}
