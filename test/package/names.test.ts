import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { node, root } from './commands.js';

test('classes and functions have the names that they are exported by, in the bundle too', async () => {
  const entry = pathToFileURL(path.join(root, 'dist/index.js')).href;
  const program = `
    const library = await import(${JSON.stringify(entry)});
    const wrong = Object.entries(library).filter(([name, value]) => typeof value === 'function' && value.name !== name);
    console.log(JSON.stringify(wrong.map(([name, value]) => [name, value.name])));
  `;
  const { stdout, stderr } = await node(['--input-type=module', '--eval', program]);
  assert.equal(stderr, '');
  // Python's own alias.
  assert.deepEqual(JSON.parse(stdout), [['ThreadError', 'RuntimeError']]);
});
