/**
 * Pools: the round trip of a tiny task, and a burst of them.
 */
import { ThreadPoolExecutor, wait } from 'threadwork';
import { type Peer, peers } from './pool-peers.js';
import type { Figure } from './row.js';
import { median, ROUNDS, type Sample, type Samples, takeTurns, timed, WARM_UP } from './sampling.js';
import { inPython, missing } from './yardsticks.js';

const TRIPS = 500;
const BURST = 100_000;

const tiny = (n: number) => n + 1;

async function roundTrip(call: (n: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let n = 0; n < TRIPS; n++) await call(n);
  return ((performance.now() - start) * 1000) / TRIPS;
}

async function burst(call: (n: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  const all: Promise<unknown>[] = [];
  for (let n = 0; n < BURST; n++) all.push(call(n));
  await Promise.all(all);
  return performance.now() - start;
}

/** A peer's side of a comparison: once it has failed it is not asked again, and takes for ever. */
function sideOf(peer: Peer, measure: (call: Peer['call']) => Promise<number>): Sample {
  let fails = false;
  return async () => {
    if (fails) return Number.POSITIVE_INFINITY;
    try {
      return await measure(peer.call);
    } catch (error) {
      console.error(`${peer.name} did not complete: ${String(error)}`);
      fails = true;
      return Number.POSITIVE_INFINITY;
    }
  };
}

/** All peers' sides, by name. */
function sidesOf(all: readonly Peer[], measure: (call: Peer['call']) => Promise<number>): Record<string, Sample> {
  return Object.fromEntries(all.map((peer) => [peer.name, sideOf(peer, measure)]));
}

/** The peer with the least median that completed every round; undefined if none did. */
function best(all: readonly Peer[], samples: Samples<string>): { name: string; value: number } | undefined {
  return all
    .map(({ name }) => ({ name, rounds: samples[name] as number[] }))
    .filter(({ rounds }) => !rounds.includes(Number.POSITIVE_INFINITY))
    .map(({ name, rounds }) => ({ name, value: median(rounds) as number }))
    .toSorted((one, other) => one.value - other.value)[0];
}

export async function measure(): Promise<Figure[]> {
  const pool = new ThreadPoolExecutor(2);
  const python = inPython('pool');
  const pythonBurst = inPython('pool-burst');
  const others = await peers();
  const trips: Samples<string> = await takeTurns(
    ROUNDS,
    {
      result: () =>
        (timed(() => {
          for (let n = 0; n < TRIPS; n++) pool.submit(tiny, n).result();
        }) *
          1000) /
        TRIPS,
      awaited: () => roundTrip((n) => pool.submit(tiny, n) as unknown as Promise<number>),
      python: python && (() => python.sample(TRIPS)),
      ...sidesOf(others, roundTrip),
    },
    WARM_UP,
  );
  const bursts: Samples<string> = await takeTurns(3, {
    ours: () =>
      timed(() => {
        const all = Array.from({ length: BURST }, (_, n) => pool.submit(tiny, n));
        wait(all);
      }),
    python: pythonBurst && (() => pythonBurst.sample(BURST)),
    ...sidesOf(others, burst),
  });
  for (const peer of others) await peer.end();
  const bestTrip = best(others, trips);
  const bestBurst = best(others, bursts);
  pool.shutdown();
  const noPython = python === null ? { note: missing('python3') as string } : {};
  const trip = { unit: 'µs', yardstick: `best peer (${bestTrip?.name})`, yardstickValue: bestTrip?.value ?? null };
  const burstMs = median(bursts['ours']);
  return [
    { name: 'submit(tiny).result()', ours: median(trips['result']), times: 0.25, ...trip },
    { name: 'await submit(tiny)', ours: median(trips['awaited']), times: 0.7, ...trip },
    {
      name: 'submit(tiny).result()',
      ours: median(trips['result']),
      unit: 'µs',
      yardstick: 'CPython: submit(tiny).result()',
      yardstickValue: median(trips['python']),
      ...noPython,
    },
    {
      name: '100,000 tiny tasks',
      ours: burstMs,
      unit: 'ms',
      yardstick: `best peer (${bestBurst?.name})`,
      yardstickValue: bestBurst?.value ?? null,
      times: 1 / 3,
    },
    {
      name: '100,000 tiny tasks',
      ours: burstMs,
      unit: 'ms',
      yardstick: 'CPython: ThreadPoolExecutor(2)',
      yardstickValue: median(bursts['python']),
      times: 1 / 4,
      ...noPython,
    },
  ];
}
