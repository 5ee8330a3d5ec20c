/**
 * The library in a thread that runs others' functions: a room of it is loaded when the thread first meets something of it. Each
 * thread pays for what it loads, in memory and in the time that it boots, and most need a part of what there is.
 */
import './core.js';
import { fileURLToPath } from 'node:url';
import { provideLater, quietRequire } from './capture/modules.js';
import { onUnknownType } from './heap/records.js';
import { libraryRoot } from './host/entry-points.js';
import { beforeLoaders } from './host/loaders.js';

/** The rooms that have entry points of their own, and their types of records. */
const ROOMS: readonly { readonly name: string; readonly first: number; readonly last: number }[] = [
  { name: 'threading', first: 1, last: 19 },
  { name: 'queue', first: 20, last: 29 },
  { name: 'futures', first: 30, last: 39 },
  { name: 'shared', first: 40, last: 69 },
];

function load(file: string): unknown {
  return quietRequire(fileURLToPath(new URL(file, libraryRoot)));
}

function loader(file: string): () => void {
  return () => void load(file);
}

/** What the threads of pools do. */
export function loadPoolWork(): typeof import('./futures/worker.js') {
  return load('futures/worker.js') as typeof import('./futures/worker.js');
}

for (const { name } of ROOMS) provideLater(`threadwork/${name}`, loader(`${name}/index.js`));
provideLater('threadwork', loader('index.js'));

beforeLoaders(() => {
  load('index.js');
  loadPoolWork();
});

onUnknownType((type) => {
  const room = ROOMS.find(({ first, last }) => first <= type && type <= last);
  if (room !== undefined) load(`${room.name}/index.js`);
});
