import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createSecretKey } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createServer, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { CaptureError, NotSendableError } from '../../src/errors.js';
import { usedBytes } from '../../src/heap/allocator.js';
import { Lock } from '../../src/threading/lock.js';
import { pack, roundTrip } from './peer.js';
import { references, Thing } from './thing.js';

class Secret {
  readonly #hidden = 1;
  reveal(): number {
    return this.#hidden;
  }
}
class Derived extends Secret {}
class SecretMap extends Map {
  readonly #hidden = 1;
  reveal(): number {
    return this.#hidden;
  }
}
class SecretList extends Array {
  reveal(): number {
    return this.#hidden();
  }
  #hidden(): number {
    return 1;
  }
}
class Field {
  accessor value = 1;
}

function* generate(): Generator<number> {
  yield 1;
}

const timer = setTimeout(() => {}, 0);
const port = new MessageChannel().port1;
port.close();

const refused: Record<string, [unknown, RegExp]> = {
  promise: [Promise.resolve(), /is a Promise, .*Await it first/],
  weakMap: [new WeakMap(), /is a WeakMap, .*Send a Map/],
  weakSet: [new WeakSet(), /is a WeakSet, .*Send a Set/],
  weakRef: [new WeakRef({}), /is a WeakRef/],
  registry: [new FinalizationRegistry(() => {}), /is a FinalizationRegistry/],
  generator: [generate(), /is a generator, .*array/],
  arrayIterator: [[1][Symbol.iterator](), /is an iterator, |is an iterator \(/],
  mapIterator: [new Map().keys(), /is an iterator/],
  controller: [new AbortController(), /is an AbortController, .*Event/],
  signal: [AbortSignal.abort(), /is an AbortSignal, .*Event/],
  timer: [timer, /is a timer \(Timeout\)/],
  port: [port, /is a MessagePort, .*Queue/],
  socket: [new Socket(), /is a stream or socket \(Socket\), .*local\(/],
  stream: [Readable.from([1]), /is a stream or socket \(Readable\)/],
  webStream: [new ReadableStream(), /is a stream/],
  server: [createServer(), /is a server \(Server\)/],
  emitter: [new EventEmitter(), /is an EventEmitter, .*Queue/],
  target: [new EventTarget(), /is an EventTarget/],
  blob: [new Blob(['x']), /is a Blob, .*arrayBuffer/],
  headers: [new Headers(), /is an instance of Headers, whose state only the runtime knows/],
  storage: [new AsyncLocalStorage(), /is an instance of AsyncLocalStorage, whose state only the runtime knows/],
  key: [createSecretKey(Buffer.from('x')), /is a key \(SecretKeyObject\), .*`export\(\)`/],
  symbol: [Symbol('mine'), /is Symbol\(mine\), .*Symbol\.for\("mine"\)/],
  symbolKey: [{ [Symbol('mine')]: 1 }, /has the key Symbol\(mine\)/],
  privateState: [new Secret(), /is an instance of Secret, which has #private members.*new Secret\(/],
  inheritedPrivateState: [new Derived(), /is an instance of Secret, which has #private members/],
  privateMap: [new SecretMap(), /is an instance of SecretMap, which has #private members/],
  privateArray: [new SecretList(), /is an instance of SecretList, which has #private members/],
  accessor: [new Field(), /is an instance of Field, whose `accessor value` is stored .* leave the word `accessor` out/],
  guard: [new Lock().hold(), /is a Guard, which cannot be sent to another thread\. It belongs .* send the lock/],
};

describe('what cannot be sent', () => {
  for (const [name, [value, message]] of Object.entries(refused)) {
    test(name, () => {
      assert.throws(
        () => pack([{ db: { socket: value } }], 'args'),
        (error) => {
          assert.ok(error instanceof NotSendableError);
          assert.equal(error.name, 'NotSendableError');
          assert.match(error.message, message);
          assert.ok(error.message.startsWith('args[0].db.socket '), error.message);
          return true;
        },
      );
    });
  }

  test('an instance of a class is not asked what would load parts of Node', () => {
    const loaded = (): string[] => (process as unknown as { moduleLoadList: string[] }).moduleLoadList;
    const before = loaded().length;
    class Plain {
      readonly x = 1;
    }
    assert.equal(roundTrip(new Plain()).x, 1);
    const more = loaded()
      .slice(before)
      .filter((name) => /webstreams|crypto|blob|perf|abort/.test(name));
    assert.deepEqual(more, []);
  });

  test('paths through maps, sets, odd keys and captured variables', () => {
    const bad = Promise.resolve();
    const paths: [unknown, string][] = [
      [new Map([['k', bad]]), 'args.get("k")'],
      [new Map([[{ bad }, 1]]), 'args.keys({…}).bad'],
      [new Set([bad]), 'args.values({…})'],
      [{ 'odd key': bad }, 'args["odd key"]'],
      [Object.assign([1], { name: bad }), 'args.name'],
      [[1, [2, bad]], 'args[1][1]'],
      [{ run: () => bad }, 'args.run → bad'],
    ];
    for (const [value, path] of paths) {
      assert.throws(
        () => pack(value, 'args'),
        (error) => error instanceof NotSendableError && error.message.startsWith(`${path} is a Promise`),
        path,
      );
    }
  });

  test('within captured variables it is a CaptureError', () => {
    const bad = { inner: new WeakMap() };
    assert.throws(() => pack(() => bad, 'target'), CaptureError);
  });

  test('getters and proxies that throw: the path, and the error as cause', () => {
    const failure = new Error('not now');
    const value = {
      list: [
        {
          get bad(): never {
            throw failure;
          },
        },
      ],
    };
    assert.throws(() => pack(value, 'item'), {
      name: 'NotSendableError',
      message: 'item.list[0].bad could not be read: not now',
      cause: failure,
    });
    const proxy = new Proxy({}, { ownKeys: () => assert.fail('trap') });
    assert.throws(() => pack([proxy], 'item'), {
      name: 'NotSendableError',
      message: /^item\[0\] could not be read: trap/,
    });
  });

  test('values nested too deeply', () => {
    let deep: unknown = null;
    for (let k = 0; k < 1e5; k++) deep = { deep };
    assert.throws(() => pack(deep, 'item'), {
      name: 'NotSendableError',
      message: /^item\.deep.* is nested too deeply/,
    });
  });

  test('nothing is left behind, and the next message is unharmed', () => {
    const thing = new Thing();
    const before = usedBytes();
    for (let k = 0; k < 100; k++) assert.throws(() => pack([thing, { x: 'y'.repeat(1e5) }, Promise.resolve()], 'item'));
    assert.equal(references(thing), 1);
    assert.equal(usedBytes(), before);
    assert.deepStrictEqual(roundTrip([{ a: 1 }, { a: 2 }]), [{ a: 1 }, { a: 2 }]);
  });

  test('a transferred buffer', () => {
    const buffer = new ArrayBuffer(8);
    structuredClone(buffer, { transfer: [buffer] });
    assert.throws(() => pack({ buffer }, 'item'), /item\.buffer is an ArrayBuffer that was transferred away/);
  });

  describe('what a getter that runs later changes', () => {
    const buffer = new ArrayBuffer(1e4);
    const changes: [string, object, () => unknown, RegExp][] = [
      [
        'a buffer',
        buffer,
        () => structuredClone(buffer, { transfer: [buffer] }),
        /item holds a buffer whose size changed while/,
      ],
      ...(
        [
          ['is longer', 'push', 1],
          ['holds a fraction among integers', 'fill', 0.5],
          ['holds a text', 'fill', 'x'],
        ] as const
      ).map(([name, method, value]): [string, object, () => unknown, RegExp] => {
        const numbers: unknown[] = Array.from({ length: 1e4 }, (_, k) => k);
        return [
          `an array that then ${name}`,
          numbers,
          () => numbers[method](value),
          /item holds an array that changed while/,
        ];
      }),
    ];
    for (const [name, early, change, message] of changes) {
      test(name, () => {
        const before = usedBytes();
        const late = {
          get value() {
            return change();
          },
        };
        assert.throws(() => pack([early, late], 'item'), { name: 'NotSendableError', message });
        assert.equal(usedBytes(), before);
        assert.deepStrictEqual(roundTrip([0.5, -0]), [0.5, -0]);
      });
    }
  });
});
