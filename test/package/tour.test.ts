/** The tour, as `npm start` runs it: the examples, with all that they claim. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { threadwork } from './commands.js';

/** Its claim is how much faster two threads are, which nobody can promise on a busy machine. */
const ABOUT_SPEED = '001-7';

test('the programs of the tour do what they claim', async () => {
  const listed = (await threadwork(['tour', '--list'])).stdout.match(/^\d+-\d+/gm) ?? [];
  const ids = listed.filter((id) => id !== ABOUT_SPEED);
  assert.equal(ids.length, listed.length - 1);
  const { status, stdout } = await threadwork(['tour', ...ids]);
  const failed = stdout.match(/^.*✗.*$/gm)?.join('\n');
  assert.match(stdout, new RegExp(`\n✓ ${ids.length} programs, \\d+ checks, all true`), failed);
  assert.equal(status, 0);
});
