/** What the runtime makes anew in the other thread: formatters, text coders, compiled WebAssembly. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { memoryUsage } from '../../src/memory-usage.js';
import { pack, Peer, roundTrip, unpack } from './peer.js';

const intl = Intl as unknown as Record<string, new (locale?: string, options?: object) => Formatter>;

interface Formatter {
  resolvedOptions(): object;
  format(value: unknown): string;
}

/** Options by class; with each the class is made in some languages. */
const formatters: Record<string, object[]> = {
  NumberFormat: [
    {},
    { style: 'currency', currency: 'JPY' },
    { style: 'unit', unit: 'kilometer-per-hour' },
    { maximumSignificantDigits: 3 },
    { notation: 'compact', compactDisplay: 'long' },
    { useGrouping: false, minimumFractionDigits: 2 },
  ],
  DateTimeFormat: [
    {},
    { dateStyle: 'full', timeStyle: 'long', timeZone: 'Europe/Berlin' },
    { hour: 'numeric', hourCycle: 'h11' },
    { hour: 'numeric', hour12: false },
    { year: 'numeric', month: 'long', weekday: 'short' },
  ],
  Collator: [{}, { numeric: true }, { sensitivity: 'base', caseFirst: 'upper' }],
  PluralRules: [{}, { type: 'ordinal' }],
  ListFormat: [{}, { type: 'disjunction', style: 'short' }],
  RelativeTimeFormat: [{}, { numeric: 'auto' }],
  Segmenter: [{}, { granularity: 'word' }],
  DisplayNames: [{ type: 'region' }, { type: 'currency', style: 'short' }],
};

describe('formatters of Intl', () => {
  for (const [name, list] of Object.entries(formatters)) {
    test(name, () => {
      for (const locale of ['en-US', 'de-DE', 'ar-EG', 'th-TH-u-nu-thai', 'fr-FR']) {
        for (const options of list) {
          const original = new intl[name](locale, options);
          const copy = roundTrip(original);
          assert.notEqual(copy, original);
          assert.ok(copy instanceof intl[name]);
          assert.deepEqual({ ...copy.resolvedOptions(), locale }, { ...original.resolvedOptions(), locale });
          if (name !== 'NumberFormat' && name !== 'DateTimeFormat') continue;
          for (const value of [0, -1234.567, 1e12]) assert.equal(copy.format(value), original.format(value));
        }
      }
    });
  }

  test('a Locale', () => {
    const copy = roundTrip(new Intl.Locale('de-AT', { calendar: 'gregory' }));
    assert.deepEqual([copy.region, copy.calendar, String(copy)], ['AT', 'gregory', 'de-AT-u-ca-gregory']);
  });

  test('one object in a message is one object there, and comes once', () => {
    const money = new Intl.NumberFormat('de', { style: 'currency', currency: 'EUR' });
    const copy = roundTrip({ money, again: money, other: new Intl.NumberFormat('en') });
    assert.equal(copy.money, copy.again);
    assert.notEqual(copy.money, copy.other);
    assert.equal(roundTrip(money), copy.money, 'to make one takes 20 µs and more');
  });

  test('one that says less than it knows is refused', () => {
    const era = { year: 'numeric', month: 'long', weekday: 'short', era: 'short' } as const;
    const odd = new Intl.DateTimeFormat('ja-JP-u-ca-japanese', era);
    assert.throws(() => pack(odd, 'item'), /^NotSendableError: item is an instance of DateTimeFormat, .*local\(/);
  });

  test('subclasses, impostors and what has members of its own', () => {
    class Money extends Intl.NumberFormat {}
    const named = Object.assign(new Intl.Collator(), { label: 'mine' });
    for (const value of [new Money(), named, Object.create(Intl.Collator.prototype) as object])
      assert.throws(() => pack(value, 'item'), { name: 'NotSendableError' });
  });
});

describe('text coders', () => {
  test('a TextEncoder', () => assert.deepEqual([...roundTrip(new TextEncoder()).encode('é')], [0xc3, 0xa9]));

  test('a TextDecoder has its encoding and options', () => {
    const copy = roundTrip(new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true }));
    assert.deepEqual([copy.encoding, copy.fatal, copy.ignoreBOM], ['utf-16le', true, true]);
    assert.equal(copy.decode(new Uint8Array([65, 0])), 'A');
  });

  test('each message brings a TextDecoder of its own: it can be in the middle of a stream', () => {
    const decoder = new TextDecoder();
    const copy = roundTrip(decoder);
    copy.decode(new Uint8Array([0xc3]), { stream: true });
    assert.equal(roundTrip(decoder).decode(new Uint8Array([65])), 'A');
  });
});

describe('WebAssembly', () => {
  const wasm = (globalThis as unknown as { WebAssembly: WebAssemblyTools }).WebAssembly;
  interface WebAssemblyTools {
    Module: new (code: Uint8Array) => object;
    Instance: new (module: object) => { exports: { add(a: number, b: number): number } };
    Memory: new (size: object) => { buffer: SharedArrayBuffer };
  }
  // (module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
  const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0];
  const body = [7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11];
  const module = new wasm.Module(Uint8Array.from([...head, ...body]));
  let peer: Peer;
  before(() => void (peer = new Peer()));
  after(() => peer.end());

  test('a compiled module runs in another thread', async () => {
    const add = (code: object, a: number, b: number) => {
      const { Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyTools }).WebAssembly;
      return new Instance(code).exports.add(a, b);
    };
    assert.equal(await peer.call(add, module, 2, 40), 42);
    assert.equal(await peer.sameAsBefore(module), false);
    assert.equal(await peer.sameAsBefore(module), true);
    assert.equal(await peer.echo(module), module);
  });

  test('a module that another thread compiled', async () => {
    const compile = (code: number[]) =>
      new (globalThis as unknown as { WebAssembly: WebAssemblyTools }).WebAssembly.Module(Uint8Array.from(code));
    const made = await peer.call(compile, [...head, ...body]);
    assert.equal(new wasm.Instance(made).exports.add(1, 2), 3);
  });

  test('a shared memory is one memory', async () => {
    const memory = new wasm.Memory({ initial: 1, maximum: 2, shared: true });
    await peer.call((there) => void Atomics.add(new Int32Array(there.buffer), 3, 7), memory);
    assert.equal(new Int32Array(memory.buffer)[3], 7);
    assert.equal(await peer.echo(memory), memory);
  });

  test('is counted by memoryUsage()', () => {
    const address = pack(module, 'value');
    assert.ok((memoryUsage().kinds['WebAssembly']?.count ?? 0) > 0);
    assert.equal(unpack(address), module);
  });

  test('instances and memories of one thread are refused', () => {
    assert.throws(
      () => pack(new wasm.Instance(module), 'item'),
      /is a WebAssembly\.Instance, which .* Send its WebAssembly\.Module/,
    );
    assert.throws(
      () => pack(new wasm.Memory({ initial: 1 }), 'item'),
      /is a WebAssembly\.Memory that is not shared, .*`shared: true`/,
    );
  });
});
