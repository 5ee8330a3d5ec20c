/**
 * Values of many objects, and values that go through a second thread. THREADWORK_STRESS=10 makes the largest one 200 MB.
 */
import assert from 'node:assert/strict';
import os from 'node:os';
import { after, before, describe, test } from 'node:test';
import v8 from 'node:v8';
import fc from 'fast-check';
import { HeapExhaustedError } from '../../src/errors.js';
import { usedBytes } from '../../src/heap/allocator.js';
import { i32, setHeapLimit } from '../../src/heap/memory.js';
import { Peer, pack, unpack } from './peer.js';

const MB = 1_000_000;
const SCALE = Number(process.env['THREADWORK_STRESS'] ?? 1);

interface Row {
  readonly id: number;
  readonly name: string;
  readonly rate: number;
  readonly tags: readonly string[];
  readonly at: { readonly x: number; readonly note: string | null };
}

/** Rows of about 500 bytes in a message. */
function rows(bytes: number): Row[] {
  return Array.from({ length: Math.ceil(bytes / 500) }, (_, id) => ({
    id,
    name: `row ${id} ${'of many '.repeat(50)}`,
    rate: id / 7,
    tags: [`t${id}`, 'two', `three ${id % 10}`],
    at: { x: -id, note: id % 5 === 0 ? null : `note of ${id}` },
  }));
}

function sameRow(a: Row, b: Row): boolean {
  return (
    a.id === b.id &&
    a.name === b.name &&
    a.rate === b.rate &&
    a.tags.join() === b.tags.join() &&
    a.at.x === b.at.x &&
    a.at.note === b.at.note
  );
}

describe('values of many objects', () => {
  test('travel, or are a HeapExhaustedError that leaves nothing behind', () => {
    // The value, its copy and the message are in memory at once.
    const room = Math.min(v8.getHeapStatistics().heap_size_limit / 8, os.freemem() / 10);
    const value = rows(Math.min(20 * MB * SCALE, 200 * MB, room));
    const before = usedBytes();
    const limit = 2 ** 30;
    setHeapLimit(2 ** 22);
    try {
      assert.throws(() => pack(value.slice(0, 30_000), 'value'), HeapExhaustedError);
      assert.equal(usedBytes(), before);
    } finally {
      setHeapLimit(limit);
    }
    const address = pack(value, 'value');
    const size = i32[address] >>> 0;
    assert.ok(size > 400 * value.length, `${size} bytes`);
    const copy = unpack(address) as Row[];
    assert.equal(copy.length, value.length);
    assert.ok(copy.every((row, k) => sameRow(row, value[k])));
    assert.ok(usedBytes() <= before);
  });
});

describe('in another thread', () => {
  let peer: Peer;
  before(() => {
    peer = new Peer();
  });
  after(() => peer.end());

  test('graphs with cycles keep their form', async () => {
    const edges = fc.array(fc.tuple(fc.nat(3), fc.array(fc.nat(99), { maxLength: 4 })), {
      minLength: 1,
      maxLength: 100,
    });
    await fc.assert(
      fc.asyncProperty(edges, async (list) => {
        const nodes = list.map(([form], id) => {
          const to: unknown[] = [];
          return form === 0 ? { id, to } : form === 1 ? { to, text: `n${id}` } : form === 2 ? { to } : { big: 1n, to };
        });
        for (const [id, [, targets]] of list.entries()) {
          for (const target of targets) nodes[id].to.push(nodes[target % nodes.length]);
          if (id % 4 === 0) nodes[id].to.push(new Map([[nodes[id], new Set([nodes])]]));
        }
        // Which node each edge leads to is decided there, by identity.
        const edgesThere = await peer.call((there) => {
          const numbers = new Map(there.map((node, k): [unknown, number] => [node, k]));
          return there.map(({ to }) =>
            to.map((other) => {
              if (!(other instanceof Map)) return numbers.get(other);
              const [[key, set]] = other as Map<unknown, Set<unknown>>;
              return set.has(there) ? -1 - (numbers.get(key) ?? NaN) : NaN;
            }),
          );
        }, nodes);
        assert.deepEqual(
          edgesThere,
          list.map(([, targets], id) => [
            ...targets.map((target) => target % nodes.length),
            ...(id % 4 === 0 ? [-1 - id] : []),
          ]),
        );
        const copy = await peer.echo(nodes);
        assert.deepStrictEqual(copy, nodes);
      }),
      { numRuns: 60 },
    );
  });

  test('large lists', async () => {
    const element = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.string(),
      fc.record({ id: fc.nat(), name: fc.string(), deep: fc.array(fc.constantFrom(null, true, 'x', 1.5)) }),
      fc.record({ k: fc.constantFrom(1, 'one', null) }, { requiredKeys: [] }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(element, { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 400 }),
        async (part, times) => {
          const list = Array.from({ length: times }, (_, k) =>
            part.map((one) => (k % 3 === 0 ? one : structuredClone(one))),
          ).flat();
          const copy = await peer.echo(list);
          assert.deepStrictEqual(copy, list);
          const last = part.length * 3;
          // What was one object is one object, what was not is not.
          for (let k = 0; k < part.length && last + k < list.length; k++) {
            if (typeof part[k] !== 'object') continue;
            assert.equal(copy[last + k], copy[k]);
            assert.notEqual(copy[part.length + k], copy[k]);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('many objects, and an array of as many references', async () => {
    const list = rows(2 * MB);
    const value = { list, again: [...list].reverse(), self: null as unknown };
    value.self = value;
    const copy = await peer.echo(value);
    assert.equal(copy.self, copy);
    assert.ok(copy.list.every((row, k) => sameRow(row, list[k]) && copy.again[list.length - 1 - k] === row));
  });
});
