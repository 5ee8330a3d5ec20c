/**
 * Fetching URLs in a pool
 *
 * Results come in the order of their completion, and errors come as data. The servers are real ones on this machine: one
 * answers at once, one after a while, one refuses the connection, and one is too slow.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asCompleted, Event, Future, Thread, ThreadPoolExecutor } from 'threadwork';
import { check } from './check.js';

const addresses = new Future<string[]>();
const over = new Event();

/** Answers after as many milliseconds as the path says, in a thread of its own. */
async function serve() {
  const server = createServer((request, response) => {
    setTimeout(() => response.end('hello'), Number(request.url?.slice(1)));
  });
  const refusing = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const nobody = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
  await new Promise((resolve) => refusing.close(resolve));
  addresses.setResult([`${base}/0`, `${base}/300`, `${nobody}/`, `${base}/60000`]);
  await over.waitAsync();
  server.closeAllConnections();
  server.close();
}

interface Fetched {
  url: string;
  status?: number;
  time?: number;
  error?: string;
}

/** Fetches a URL and returns status code and response time. */
async function fetchUrl(url: string): Promise<Fetched> {
  const start = performance.now();
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1500) });
    const duration = performance.now() - start;
    return { url, status: response.status, time: duration };
  } catch (error) {
    const { message, cause } = error as Error;
    return { url, error: cause instanceof Error && cause.message !== '' ? cause.message : message };
  }
}

const servers = new Thread({ target: serve }).start();
const urls = addresses.result();
const results: Fetched[] = [];
{
  using executor = new ThreadPoolExecutor({ maxWorkers: 4 });
  // Submit all tasks
  const futureToUrl = new Map(urls.map((url) => [executor.submit(fetchUrl, url), url]));

  // Process results as they complete
  for (const future of asCompleted(futureToUrl.keys())) {
    const result = future.result();
    if (result.error !== undefined) console.log(`Error fetching ${result.url}: ${result.error}`);
    else console.log(`${result.url}: ${result.status} (${((result.time ?? 0) / 1000).toFixed(2)}s)`);
    results.push(result);
    if (result.url !== futureToUrl.get(future)) check('each future has its own result', false);
  }
}
over.set();
servers.join();

const [quick, later, refusing, slow] = urls;
const at = (url: string) => results.findIndex((result) => result.url === url);
check('all four came', new Set(results.map(({ url }) => url)).size === 4, `${results.length} did`);
check('two were fetched', results.filter(({ status }) => status === 200).length === 2);
check(
  'they came in the order of completion',
  at(quick) < at(later) && at(later) < at(slow),
  `order: ${results.map(({ url }) => url).join(' ')}`,
);
check(
  'a refused connection is an error as data',
  /ECONNREFUSED/.test(results[at(refusing)]?.error ?? ''),
  results[at(refusing)]?.error,
);
check('so is one that is too slow', /timeout|aborted/i.test(results[at(slow)]?.error ?? ''), results[at(slow)]?.error);
