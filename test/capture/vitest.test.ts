import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { node, root } from '../package/commands.js';

const vitest = path.join(path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

for (const pool of ['threads', 'forks']) {
  test(`threads start in a Vitest test (pool ${pool})`, async () => {
    const { status, stdout, stderr } = await node(
      [vitest, 'run', '--root', path.join(root, 'test/capture/vitest'), '--pool', pool, '--no-color'],
      { cwd: root, env: { VITEST_MAX_THREADS: '1' } },
    );
    assert.match(stdout, /Tests +5 passed/, `${stdout}\n${stderr}`);
    assert.equal(status, 0, `${stdout}\n${stderr}`);
  });
}
