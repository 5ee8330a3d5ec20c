import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { HeapExhaustedError } from '../../src/errors.js';
import { usedBytes } from '../../src/heap/allocator.js';
import { ADDRESS } from '../../src/heap/handle.js';
import { Record } from '../../src/heap/layout.js';
import { buffer as heap } from '../../src/heap/memory.js';
import { ownView } from '../../src/wire/buffers.js';
import { transfer } from '../../src/wire/transfer.js';
import { discard, Peer, pack, roundTrip, unpack } from './peer.js';
import { references, Thing } from './thing.js';

describe('buffers', () => {
  test('views of one buffer share the copy', () => {
    const buffer = new ArrayBuffer(16);
    const copy = roundTrip({ bytes: new Uint8Array(buffer, 4, 4), words: new Int32Array(buffer), buffer });
    assert.equal(copy.bytes.buffer, copy.buffer);
    assert.equal(copy.words.buffer, copy.buffer);
    copy.words[1] = 0x01020304;
    assert.deepStrictEqual([...copy.bytes], [4, 3, 2, 1]);
    assert.notEqual(copy.buffer, buffer);
  });

  test('a Buffer arrives as a Buffer, without the rest of the pool that it stands in', () => {
    const text = Buffer.from('secret neighbours');
    const copy = roundTrip(text);
    assert.ok(Buffer.isBuffer(copy));
    assert.equal(copy.toString(), 'secret neighbours');
    assert.equal(copy.buffer.byteLength, text.length);
  });

  test('resizable buffers', () => {
    const type = ArrayBuffer as unknown as new (
      length: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { maxByteLength: number };
    const copy = roundTrip(new type(4, { maxByteLength: 64 }));
    assert.deepStrictEqual([copy.byteLength, copy.maxByteLength], [4, 64]);
  });

  test('transfer() moves', () => {
    const pixels = new Uint8Array(1e5).fill(7);
    const same = transfer(pixels);
    assert.equal(same, pixels);
    const copy = roundTrip({ pixels });
    assert.equal(pixels.length, 0);
    assert.equal(copy.pixels.length, 1e5);
    assert.equal(copy.pixels[99999], 7);
    assert.throws(() => transfer({} as never), TypeError);
    assert.throws(() => transfer(new SharedArrayBuffer(1) as never), TypeError);
  });

  test('transfer() does nothing when sending fails', () => {
    const buffer = transfer(new ArrayBuffer(8));
    assert.throws(() => pack([buffer, Promise.resolve()], 'value'));
    assert.equal(buffer.byteLength, 8);
    roundTrip(buffer);
    assert.equal(buffer.byteLength, 0);
  });

  test('a buffer that is taken away while it is sent', () => {
    const large = new Uint8Array(20000);
    const value = {
      large,
      get thief() {
        structuredClone(large.buffer, { transfer: [large.buffer] });
        return 1;
      },
    };
    const before = usedBytes();
    assert.throws(() => pack(value, 'item'), { code: 'ERR_NOT_SENDABLE' });
    assert.equal(usedBytes(), before);
  });

  test('200 MB travel', () => {
    const before = usedBytes();
    const bytes = new Uint8Array(2e8);
    bytes[123456789] = 5;
    const address = pack({ bytes }, 'value');
    const copy = unpack(address) as { bytes: Uint8Array };
    assert.equal(copy.bytes.length, 2e8);
    assert.equal(copy.bytes[123456789], 5);
    assert.equal(usedBytes(), before);
  });

  test('long texts travel', () => {
    const narrow = 'x'.repeat(2e7);
    const wide = '日'.repeat(1e7);
    const copy = roundTrip({ narrow, wide });
    assert.ok(copy.narrow === narrow && copy.wide === wide);
  });

  test('what does not fit is a HeapExhaustedError and leaves nothing behind', () => {
    const thing = new Thing();
    const buffer = transfer(new ArrayBuffer(9e8));
    const before = usedBytes();
    assert.throws(() => pack([thing, buffer, new Uint8Array(9e8)], 'value'), HeapExhaustedError);
    assert.equal(usedBytes(), before);
    assert.equal(references(thing), 1);
    assert.equal(buffer.byteLength, 9e8);
  });

  test('discard gives references up without decoding', () => {
    const thing = new Thing();
    const address = pack([thing, () => thing], 'value');
    assert.equal(references(thing), 2);
    discard(address);
    assert.equal(references(thing), 1);
  });
});

describe('shared memory', () => {
  let peer: Peer;
  let other: Peer;
  const early = new SharedArrayBuffer(8);
  before(() => {
    // Announced before anybody keeps buffers: the supervisor, which comes with the first worker.
    discard(pack(early, 'value'));
    peer = new Peer();
    other = new Peer();
  });
  after(async () => {
    await peer.end();
    await other.end();
  });

  test('a view of the heap is sent as its place, and keeps its record alive', async () => {
    const thing = new Thing();
    const view = new Int32Array(heap, (thing[ADDRESS] + Record.BODY) * 4, 2);
    ownView(view, thing);
    assert.equal(roundTrip(view), view);
    const before = usedBytes();
    const address = pack([view], 'value');
    assert.ok(usedBytes() - before < 4096);
    assert.equal(references(thing), 2);
    discard(address);
    await peer.call((there) => {
      there[0] = 42;
    }, view);
    assert.equal(view[0], 42);
    assert.equal((await peer.echo(view)).buffer, heap);
  });

  test("users' SharedArrayBuffers are shared, the same object each time", async () => {
    const buffer = new SharedArrayBuffer(16);
    const words = new Int32Array(buffer);
    assert.equal(roundTrip(buffer), buffer);
    await peer.call((there) => {
      there[1] = 7;
    }, words);
    assert.equal(words[1], 7);
    await other.call((there) => {
      there[1] += 1;
    }, words);
    assert.equal(words[1], 8);
    assert.equal(await peer.sameAsBefore(buffer), false);
    assert.equal(await peer.sameAsBefore(buffer), true);
    assert.equal(await peer.echo(buffer), buffer);
  });

  test('also those that were sent before there was a keeper', async () => {
    await peer.call((there) => {
      new Int32Array(there)[0] = 5;
    }, early);
    assert.equal(new Int32Array(early)[0], 5);
  });

  test('also those that another thread made', async () => {
    const made = await peer.call(() => new Int32Array(new SharedArrayBuffer(8)).fill(3));
    assert.equal(made[1], 3);
    made[0] = 9;
    assert.deepStrictEqual(await other.call((there) => [...there], made), [9, 3]);
  });

  test('captured ones, too', async () => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    await peer.call(() => {
      words[0] = 1;
    });
    assert.equal(words[0], 1);
  });
});
