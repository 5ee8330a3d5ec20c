// A server that says its port, and, when stdin ends, the 99th percentile of its event loop's delay in ms.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ThreadPoolExecutor } from 'threadwork';

const kind = process.argv[2];
const pool = new ThreadPoolExecutor(2);

/** About five milliseconds. */
function work(rounds: number): number {
  let sum = 0;
  for (let k = 0; k < rounds; k++) sum += Math.sqrt(k);
  return sum;
}
const ROUNDS = 3_000_000;

const handlers: Record<string, () => unknown> = {
  plain: () => 1,
  inline: () => work(ROUNDS),
  offloaded: () => pool.submit(work, ROUNDS),
};
const answer = handlers[kind];
const server = createServer((_, response) => {
  void (async () => {
    response.end(String(await answer()));
  })();
});
const delay = monitorEventLoopDelay({ resolution: 1 });
server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
  delay.enable();
});
process.stdin.on('end', () => {
  console.log(delay.percentile(99) / 1e6);
  process.exit();
});
process.stdin.resume();
