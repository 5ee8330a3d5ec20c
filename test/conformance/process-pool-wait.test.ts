/** wait() and asCompleted() with the tasks of a pool of processes. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { type Future, ProcessPoolExecutor, sleep, TimeoutError } from 'threadwork';
import { taking } from './crew.js';
import { futures, inBothForms } from './future-forms.js';
import { newGate, openGate, waitAt } from './process-gates.js';

const pool = new ProcessPoolExecutor(3);
after(() => pool.shutdownAsync());

const fail = () => {
  sleep(20);
  throw new Error('late');
};

inBothForms('PPE-080 a future that is given twice counts once', async (form) => {
  const future = pool.submit(() => sleep(20));
  const { done, notDone } = await form.wait([future, future], { returnWhen: 'ALL_COMPLETED' });
  assert.deepEqual([...done], [future]);
  assert.equal(notDone.size, 0);
});

inBothForms('PPE-081 the first that completes', async (form) => {
  const gate = newGate();
  const { cancelled } = futures();
  const blocked = pool.submit(waitAt, gate) as Future;
  const quick = pool.submit(() => 21 * 2) as Future;
  const { done, notDone } = await form.wait([cancelled, quick, blocked], { returnWhen: 'FIRST_COMPLETED' });
  openGate(gate);
  assert.deepEqual(done, new Set([quick]));
  assert.deepEqual(notDone, new Set([cancelled, blocked]));
});

inBothForms('PPE-083 the first that fails', async (form) => {
  const gate = newGate();
  const third = pool.submit(waitAt, gate) as Future;
  const first = pool.submit(() => 6 * 7) as Future;
  await form.result(first);
  const second = pool.submit(fail) as Future;
  const { done, notDone } = await form.wait([first, second, third], { returnWhen: 'FIRST_EXCEPTION' });
  openGate(gate);
  assert.deepEqual(done, new Set([first, second]));
  assert.deepEqual(notDone, new Set([third]));
});

inBothForms('PPE-085 one that failed already', async (form) => {
  const gate = newGate();
  const blocked = pool.submit(waitAt, gate) as Future;
  const failed = pool.submit(fail) as Future;
  await form.exception(failed);
  const { done, notDone } = await form.wait([failed, blocked], { returnWhen: 'FIRST_EXCEPTION' });
  openGate(gate);
  assert.deepEqual(done, new Set([failed]));
  assert.deepEqual(notDone, new Set([blocked]));
});

inBothForms('PPE-086 all, whatever becomes of them', async (form) => {
  const { finished, failed, notified } = futures();
  const all = [finished, failed, notified, pool.submit(() => sleep(50)) as Future, pool.submit(fail) as Future];
  const { done, notDone } = await form.wait(all);
  assert.deepEqual(done, new Set(all));
  assert.equal(notDone.size, 0);
});

inBothForms('PPE-087 all, for as long as there is time', async (form) => {
  const gate = newGate();
  const { finished, failed, notified } = futures();
  const blocked = pool.submit(waitAt, gate) as Future;
  const all = [finished, failed, notified, blocked];
  const { done, notDone } = await taking(50, () => form.wait(all, { timeout: 50 }));
  openGate(gate);
  assert.deepEqual(done, new Set([finished, failed, notified]));
  assert.deepEqual(notDone, new Set([blocked]));
});

inBothForms('PPE-088 as they come, all, each once', async (form) => {
  const { finished, failed, notified } = futures();
  const all = [notified, failed, finished, pool.submit(() => sleep(20)) as Future, pool.submit(() => 7) as Future];
  const found = await form.completed(all);
  assert.equal(found.length, 5);
  assert.deepEqual(new Set(found), new Set(all));
});

inBothForms('PPE-090 a future that is given three times comes once', async (form) => {
  const future = pool.submit(() => sleep(20));
  const once = (function* () {
    for (let k = 0; k < 3; k++) yield future;
  })();
  assert.deepEqual(await form.completed(once), [future]);
});

inBothForms('PPE-092 what is missing when the time is up', async (form) => {
  const gate = newGate();
  const { finished, failed } = futures();
  const blocked = [pool.submit(waitAt, gate), pool.submit(waitAt, gate)] as Future[];
  await assert.rejects(
    () => form.completed([finished, failed, ...blocked], 50),
    (error) => {
      assert.ok(error instanceof TimeoutError);
      assert.match(error.message, /2 \(of 4\) futures unfinished/);
      return true;
    },
  );
  openGate(gate);
});
