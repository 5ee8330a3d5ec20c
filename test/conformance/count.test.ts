import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skipped } from './skipped.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const readme = path.join(here, '../../../README.md');

/** The groups of Python's behaviours that this version claims. */
const IDS =
  /\b(?:LOCK|RLOCK|CONDLOCK|EVENT|COND|SEM|BSEM|BARRIER|THREAD|HOOK|TIMER|LOCAL|ITER|QUEUE|LIFO|PRIO|SQ|FUT|WAIT|ASC|TPE|PPE)-\d{3}\b/g;

test("the README's count of Python behaviours is that of the tests", () => {
  const ids = new Set<string>();
  for (const file of readdirSync(here)) {
    if (!file.endsWith('.js') || file.startsWith('count.') || file.startsWith('skipped.')) continue;
    for (const id of readFileSync(path.join(here, file), 'utf8').match(IDS) ?? []) ids.add(id);
  }
  for (const id of Object.keys(skipped)) assert.ok(!ids.has(id), `${id} has a test and is skipped`);
  const claim = `${ids.size} of ${ids.size + Object.keys(skipped).length} Python behaviours`;
  assert.ok(readFileSync(readme, 'utf8').includes(claim), `README.md should say "${claim}"`);
});
