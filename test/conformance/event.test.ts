/** Event. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { AtomicInt32, Event } from 'threadwork';
import { Crew, promptly, settle, until } from './crew.js';
import { inBothForms } from './forms.js';

test('EVENT-001 set and clear, each twice', () => {
  const event = new Event();
  const seen = [event.isSet()];
  for (const step of ['set', 'set', 'clear', 'clear'] as const) {
    event[step]();
    seen.push(event.isSet());
  }
  assert.deepEqual(seen, [false, true, true, false, false]);
});

inBothForms('EVENT-002 one set() releases two waits of five threads', async (form) => {
  const event = new Event();
  for (let round = 0; round < 2; round++) {
    const arrived = new AtomicInt32();
    const released = new AtomicInt32();
    const crew = new Crew(5, async () => {
      arrived.add(1);
      if (await form.wait(event)) released.add(1);
      if (await form.wait(event)) released.add(1);
    });
    await until('all are there', () => arrived.value === 5);
    await settle(5);
    assert.equal(released.value, 0);
    event.set();
    await crew.join(form);
    assert.equal(released.value, 10);
    event.clear();
  }
});

test('EVENT-006 the text form ends with the state', () => {
  const event = new Event();
  for (const text of [String(event), inspect(event)]) assert.match(text, /\bunset>$/);
  event.set();
  for (const text of [String(event), inspect(event)]) assert.match(text, /\bset>$/);
  event.clear();
  assert.match(String(event), /\bunset>$/);
});

inBothForms('EVENT-007 waiting for a set event', async (form) => {
  const event = new Event();
  assert.equal(event.set(), undefined);
  for (const wait of [undefined, 0, -1, 5000]) assert.equal(await promptly(() => form.wait(event, wait)), true);
  await new Crew(1, async () => {
    for (let k = 0; k < 100; k++) assert.equal(await form.wait(event), true);
  }).join(form);
  assert.equal(event.clear(), undefined);
  assert.equal(await promptly(() => form.wait(event, 0)), false);
});

inBothForms('EVENT-010 set() ends a timed wait', async (form) => {
  const event = new Event();
  const crew = new Crew(1, async () => {
    // Not a wait for something to happen: the case is about a set() that comes after a while.
    await form.wait(new Event(), 100);
    event.set();
  });
  assert.equal(await promptly(() => form.wait(event, 5000)), true);
  await crew.join(form);
});

inBothForms('a set() releases who waits, also when clear() follows at once', async (form) => {
  const event = new Event();
  const arrived = new AtomicInt32();
  const crew = new Crew(3, async () => {
    arrived.add(1);
    assert.equal(await form.wait(event), true);
  });
  await until('all are there', () => arrived.value === 3);
  assert.equal(await crew.stillInside(), 3);
  event.set();
  event.clear();
  await crew.join(form);
  assert.equal(event.isSet(), false);
});
