/** wait() and asCompleted(). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asCompleted,
  Event,
  Future,
  sleep,
  Thread,
  ThreadPoolExecutor,
  TimeoutError,
  ValueError,
  wait,
} from 'threadwork';
import { promptly, taking } from './crew.js';
import { futures, inBothForms } from './future-forms.js';

/** Runs in a thread of its own, after a while. */
function later(ms: number, action: () => void): Thread {
  return new Thread({
    target: (after: number, act: () => void) => {
      sleep(after);
      act();
    },
    args: [ms, action],
  }).start() as Thread;
}

inBothForms('WAIT-001 a future that is given twice counts once', async (form) => {
  using pool = new ThreadPoolExecutor(1);
  const future = pool.submit(() => sleep(50));
  const { done, notDone } = await form.wait([future, future], { returnWhen: 'ALL_COMPLETED' });
  assert.deepEqual([...done], [future]);
  assert.equal(notDone.size, 0);
});

inBothForms('WAIT-002 the first that completes', async (form) => {
  const release = new Event();
  using pool = new ThreadPoolExecutor(2);
  const { cancelled } = futures();
  const quick = pool.submit(() => 21 * 2) as Future;
  const blocked = pool.submit(() => release.wait()) as Future;
  const { done, notDone } = await form.wait([cancelled, quick, blocked], { returnWhen: 'FIRST_COMPLETED' });
  release.set();
  assert.deepEqual(done, new Set([quick]));
  assert.deepEqual(notDone, new Set([cancelled, blocked]));
});

inBothForms('WAIT-004 the first that fails', async (form) => {
  const release = new Event();
  using pool = new ThreadPoolExecutor(3);
  const first = pool.submit(() => 6 * 7) as Future;
  const second = pool.submit(() => {
    sleep(100);
    throw new Error('second');
  }) as Future;
  const third = pool.submit(() => release.wait()) as Future;
  const { done, notDone } = await form.wait([first, second, third], { returnWhen: 'FIRST_EXCEPTION' });
  release.set();
  assert.deepEqual(done, new Set([first, second]));
  assert.deepEqual(notDone, new Set([third]));
});

inBothForms('WAIT-006 one that failed already', async (form) => {
  const { failed, running } = futures();
  const { done, notDone } = await promptly(() => form.wait([failed, running], { returnWhen: 'FIRST_EXCEPTION' }));
  assert.deepEqual(done, new Set([failed]));
  assert.deepEqual(notDone, new Set([running]));
});

inBothForms('WAIT-007 all, whatever becomes of them', async (form) => {
  const { finished, failed, notified } = futures();
  using pool = new ThreadPoolExecutor(2);
  const running = [
    pool.submit(() => sleep(50)),
    pool.submit(() => {
      sleep(20);
      throw new Error('late');
    }),
  ] as Future[];
  const all = [finished, failed, notified, ...running];
  const { done, notDone } = await form.wait(all);
  assert.deepEqual(done, new Set(all));
  assert.equal(notDone.size, 0);
});

inBothForms('WAIT-008 all, for as long as there is time', async (form) => {
  const { finished, failed, notified, running } = futures();
  const { done, notDone } = await taking(50, () => form.wait([finished, failed, notified, running], { timeout: 50 }));
  assert.deepEqual(done, new Set([finished, failed, notified]));
  assert.deepEqual(notDone, new Set([running]));
});

inBothForms('WAIT-010 nothing to wait for', async (form) => {
  const { done, notDone } = await promptly(() => form.wait([]));
  assert.deepEqual([done.size, notDone.size], [0, 0]);
});

inBothForms('WAIT-012 a cancelled future counts once somebody knows', async (form) => {
  const { cancelled } = futures();
  assert.equal(cancelled.done(), true);
  assert.deepEqual((await form.wait([cancelled], { timeout: 20 })).notDone, new Set([cancelled]));
  const thread = later(50, () => void cancelled.setRunningOrNotifyCancel());
  assert.deepEqual((await form.wait([cancelled])).done, new Set([cancelled]));
  thread.join();
});

test('wait() checks what it is asked for, once something is pending', () => {
  const { pending, finished } = futures();
  const options = { returnWhen: 'SOMETIMES' as never };
  assert.throws(() => wait([pending], options), ValueError);
  assert.equal(wait([finished], options).done.size, 1);
  assert.throws(() => wait([Promise.resolve() as never]), TypeError);
});

inBothForms('ASC-001 all, each once', async (form) => {
  const { finished, failed, notified } = futures();
  using pool = new ThreadPoolExecutor(2);
  const all = [notified, failed, finished, pool.submit(() => sleep(20)) as Future, pool.submit(() => 7) as Future];
  const found = await form.completed(all);
  assert.equal(found.length, 5);
  assert.deepEqual(new Set(found), new Set(all));
});

inBothForms('ASC-003 a future that is given three times comes once', async (form) => {
  using pool = new ThreadPoolExecutor(1);
  const future = pool.submit(() => sleep(20));
  const once = (function* () {
    for (let k = 0; k < 3; k++) yield future;
  })();
  assert.deepEqual(await form.completed(once), [future]);
});

inBothForms('ASC-005 the error names how many are unfinished', async (form) => {
  const { finished, failed, pending, running } = futures();
  await assert.rejects(form.completed([finished, failed, pending, running], 50), (error) => {
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.message, '2 (of 4) futures unfinished');
    return true;
  });
});

inBothForms('ASC-006 nothing', async (form) => {
  assert.deepEqual(await form.completed([]), []);
});

inBothForms('ASC-007 the order is that of completion', async (form) => {
  using pool = new ThreadPoolExecutor(3);
  // They all run before the first sleeps.
  const ready = [new Event(), new Event(), new Event()];
  const all = [300, 100, 200].map((ms, k) =>
    pool.submit(
      (time: number, own: Event) => {
        own.set();
        for (const other of ready) other.wait();
        sleep(time);
        return time;
      },
      ms,
      ready[k],
    ),
  );
  const found = await form.completed(all);
  assert.deepEqual(
    found.map((future) => future.result()),
    [100, 200, 300],
  );
});

test('asCompleted() can be left early, and cancels nothing', () => {
  const { finished, pending } = futures();
  for (const future of asCompleted([pending, finished])) {
    assert.equal(future, finished);
    break;
  }
  assert.equal(pending.done(), false);
  const later_ = new Future<number>();
  assert.deepEqual([...asCompleted([finished, later_ as Future].slice(0, 1))], [finished]);
});
