/**
 * The values that the codec is measured with, and how. Each is measured in a process of its own (fresh/codec.ts), as a
 * program with one kind of data would see it: what the other cases leave behind is code compiled for all of them.
 */
import v8 from 'node:v8';
import { pack, unpack } from '../src/wire/message.js';
import type { Figure } from './row.js';
import { least, median, takeTurns } from './sampling.js';

/** Numbers in a reproducible order that looks random. */
function numbers(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

const next = numbers(7);
const whole = (most: number): number => Math.floor(next() * most);
const word = (length: number): string => whole(36 ** Math.min(length, 10)).toString(36);

/** What an HTTP interface answers with: 1 MB as JSON. */
function jsonLike(): unknown[] {
  const rows: unknown[] = [];
  for (let bytes = 0; bytes < 1e6; ) {
    const row = {
      id: rows.length,
      guid: `${word(8)}-${word(8)}-${word(8)}`,
      isActive: next() < 0.5,
      balance: Math.round(next() * 1e6) / 100,
      age: whole(90),
      name: { first: word(6), last: word(8) },
      email: `${word(8)}@${word(6)}.example`,
      address: next() < 0.1 ? null : { street: `${whole(200)} ${word(9)} street`, city: word(7), zip: word(5) },
      about: `${word(9)} ${word(7)} ${word(8)} `.repeat(4),
      latitude: next() * 180 - 90,
      longitude: next() * 360 - 180,
      tags: Array.from({ length: 5 }, () => word(6)),
      friends: Array.from({ length: 3 }, (_, id) => ({ id, name: `${word(6)} ${word(8)}` })),
    };
    bytes += JSON.stringify(row).length;
    rows.push(row);
  }
  return JSON.parse(JSON.stringify(rows)) as unknown[];
}

export interface Case {
  readonly name: string;
  readonly value: unknown;
  readonly turns: number;
  readonly times?: number;
  readonly most?: number;
}

export const CASES: readonly Case[] = [
  {
    name: "{ id: 1, name: 'x', value: 0.5 }",
    value: { id: 1, name: 'x', value: 0.5 },
    turns: 10_000,
    times: 0.5,
  },
  {
    name: 'an object of 8 members, 2 of them objects',
    value: {
      id: 17,
      kind: 'order',
      open: true,
      total: 99.5,
      by: { id: 4, name: 'Ada' },
      items: ['a', 'b', 'c'],
      note: null,
      at: 1.7e12,
    },
    turns: 5_000,
    times: 0.5,
  },
  { name: 'a text of 12 characters', value: 'hello, world', turns: 10_000 },
  { name: '[1, 2]', value: [1, 2], turns: 10_000 },
  { name: '1 MB of JSON-like data', value: jsonLike(), turns: 1, times: 0.6 },
  {
    name: '10,000 points { x, y, z }',
    value: Array.from({ length: 10_000 }, () => ({ x: next(), y: next(), z: whole(1000) })),
    turns: 1,
  },
  { name: 'an array of 100,000 integers', value: Array.from({ length: 100_000 }, () => whole(1e6)), turns: 1 },
  { name: 'an array of 100,000 doubles', value: Array.from({ length: 100_000 }, next), turns: 1 },
  { name: 'an array of 10,000 texts', value: Array.from({ length: 10_000 }, () => word(8)), turns: 2 },
  {
    name: 'a Map of 1,000 entries',
    value: new Map(Array.from({ length: 1000 }, (_, k) => [word(6), { k }])),
    turns: 10,
  },
  { name: 'a text of 1 MB', value: 'lorem ipsum '.repeat(87_000), turns: 2 },
  { name: 'a Uint8Array of 1 MB', value: new Uint8Array(1e6).fill(7), turns: 2 },
];

const ROUNDS = 25;
/** Rounds until the data of a long case has met compiled code only. */
const WARM_UP = 25;

function timed(turns: number, call: () => unknown): () => number {
  return () => {
    const start = performance.now();
    for (let k = 0; k < turns; k++) call();
    return ((performance.now() - start) * 1e6) / turns;
  };
}

export async function figureOf({ name, value, turns, times, most }: Case): Promise<Figure> {
  const samples = await takeTurns(
    ROUNDS,
    {
      ours: timed(turns, () => unpack(pack(value, 'value'))),
      theirs: timed(turns, () => v8.deserialize(v8.serialize(value)) as unknown),
    },
    turns < 100 ? WARM_UP : 3,
  );
  const small = turns >= 1000;
  const scale = small ? 1 : 1e6;
  const of = (side: number[]): number | null => {
    const found = small ? least(side) : median(side);
    return found === null ? null : found / scale;
  };
  return {
    name,
    ours: of(samples.ours),
    unit: small ? 'ns' : 'ms',
    yardstick: 'v8.serialize + deserialize',
    yardstickValue: of(samples.theirs),
    ...(times === undefined ? {} : { times }),
    ...(most === undefined ? {} : { most }),
  };
}

/** A task as thread pools send it: a function that the receiver knows, and its arguments. */
export async function task(): Promise<Figure> {
  const fn = (a: number, b: string): string => b.repeat(a);
  const value = [fn, 3, 'ab'];
  const data = ['fn', 3, 'ab'];
  unpack(pack(value, 'target'));
  const samples = await takeTurns(
    ROUNDS,
    {
      ours: timed(5_000, () => unpack(pack(value, 'target'))),
      theirs: timed(5_000, () => v8.deserialize(v8.serialize(data)) as unknown),
    },
    3,
  );
  return {
    name: '[fn, 3, text], fn known',
    ours: least(samples.ours),
    unit: 'ns',
    yardstick: 'v8: the same with its name',
    yardstickValue: least(samples.theirs),
  };
}
