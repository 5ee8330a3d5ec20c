import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { usedBytes } from '../../src/heap/allocator.js';
import { Peer, pack, roundTrip, unpack } from './peer.js';
import { Thing } from './thing.js';

const step = 5;
const settings = { deep: { factor: 2 } };
const shared = new Thing();

function even(n: number): boolean {
  return n === 0 ? true : odd(n - 1);
}
function odd(n: number): boolean {
  return n === 0 ? false : even(n - 1);
}

class Base {
  static made = 0;
  static create(n: number): Base {
    return new Derived(n);
  }
  constructor(readonly n: number) {}
  describe(): string {
    return `base ${this.n}`;
  }
}
class Derived extends Base {
  override describe(): string {
    return `derived ${super.describe()}`;
  }
}

type Constructor = new (n: number) => Base;
// biome-ignore lint/suspicious/noExplicitAny: TypeScript asks for it in mixins
type AnyConstructor = new (...args: any[]) => Base;
function named<B extends AnyConstructor>(base: B) {
  return class extends base {
    label(): string {
      return `${step} ${this.describe()}`;
    }
  };
}
class Mixed extends named(Base as Constructor) {}

class Node {
  static readonly root = new Node('root');
  children: Node[] = [];
  constructor(readonly name: string) {}
}

describe('functions', () => {
  let peer: Peer;
  before(() => {
    peer = new Peer();
  });
  after(() => peer.end());

  test('see what they captured', async () => {
    assert.equal(await peer.call((a) => a * settings.deep.factor + step, 10), 25);
  });

  test('call each other in circles', async () => {
    assert.equal(await peer.call(even, 10), true);
    assert.equal(await peer.call((n) => odd(n), 10), false);
  });

  test('share captured handles', async () => {
    await peer.call(() => {
      shared.value = 7;
    });
    assert.equal(shared.value, 7);
  });

  test('a function that comes back is the one that left', async () => {
    const fn = (): number => step;
    assert.equal(await peer.echo(fn), fn);
    const back = await peer.call((f) => ({ f, settings }), fn);
    assert.equal(back.f, fn);
  });

  test('functions made there are the same there when they return', async () => {
    const made = await peer.call(() => {
      const local = 3;
      return (x: number) => x + local;
    });
    assert.equal(made(4), 7);
    assert.equal(await peer.sameAsBefore(made), false);
    assert.equal(await peer.sameAsBefore(made), true);
  });

  test('a function that did not change is the same twice; one whose variables changed sees the new values', async () => {
    const fn = (): number => step;
    await peer.sameAsBefore(fn);
    assert.equal(await peer.sameAsBefore(fn), true);
    let n = 1;
    const counter = { n: 1 };
    const nested = (): number => n;
    const read = (): number[] => [n, counter.n, nested()];
    assert.deepStrictEqual(await peer.call(read), [1, 1, 1]);
    counter.n = 2;
    assert.deepStrictEqual(await peer.call(read), [1, 2, 1]);
    n = 3;
    assert.deepStrictEqual(await peer.call(read), [3, 2, 3]);
    const outer = (): number => nested();
    assert.equal(await peer.call(outer), 3);
    n = 4;
    assert.equal(await peer.call(outer), 4);
  });

  test('bound functions take this and their arguments along', async () => {
    const bound = function (this: { q: number }, a: number, b: number): number {
      return this.q + a + b;
    }.bind({ q: 4 }, 3);
    assert.equal(await peer.call(bound, 2), 9);
    assert.equal(await peer.echo(bound), bound);
  });

  test('own properties', async () => {
    const fn = Object.assign((): number => 1, { note: 'kept', inner: { list: [1] } });
    assert.deepStrictEqual(await peer.call((f) => [f.note, f.inner.list, f()], fn), ['kept', [1], 1]);
  });

  test('builtin modules and globals are imported there', async () => {
    assert.equal(await peer.call((file) => basename(file), '/a/b.txt'), 'b.txt');
    assert.equal(roundTrip(basename), basename);
    assert.equal(roundTrip([parseInt, Array.prototype.push, Map])[2], Map);
  });

  test('the same function twice in one message is one function', () => {
    const fn = (): number => 1;
    const [a, b] = roundTrip([fn, fn]);
    assert.equal(a, b);
  });

  test('code is written to the heap once', async () => {
    const make = (k: number) => (): number => k;
    await peer.call(make(0));
    const before = usedBytes();
    for (let k = 1; k < 50; k++) assert.equal(await peer.call(make(k)), k);
    assert.ok(usedBytes() - before < 1 << 16);
  });
});

describe('classes', () => {
  let peer: Peer;
  before(() => {
    peer = new Peer();
  });
  after(() => peer.end());

  test('instances keep their class on both sides', async () => {
    const derived = Object.assign(new Derived(7), { self: null as unknown });
    derived.self = derived;
    const copy = await peer.echo(derived);
    assert.ok(copy instanceof Derived && copy instanceof Base);
    assert.equal(Object.getPrototypeOf(copy), Derived.prototype);
    assert.equal(copy.self, copy);
    assert.equal(copy.describe(), 'derived base 7');
    assert.deepStrictEqual(await peer.call((object) => [object instanceof Derived, object.describe()], derived), [
      true,
      'derived base 7',
    ]);
  });

  test('a class is one class there, however often it is sent', async () => {
    await peer.sameAsBefore(Derived);
    assert.equal(await peer.sameAsBefore(Derived), true);
    assert.equal(await peer.call((type) => type === Derived, Derived), true);
  });

  test('a parent may mention its child', async () => {
    assert.equal(await peer.call(() => Base.create(3).describe()), 'derived base 3');
    assert.equal(await peer.call(() => new Derived(4).describe()), 'derived base 4');
  });

  test('mixins', async () => {
    assert.equal(await peer.call(() => new Mixed(2).label()), '5 base 2');
  });

  test('a class that has an instance of itself', async () => {
    const node = new Node('leaf');
    node.children.push(Node.root);
    const copy = await peer.echo(node);
    assert.ok(copy.children[0] instanceof Node);
    assert.equal(await peer.call(() => Node.root instanceof Node && Node.root.name), 'root');
  });

  test('subclasses of builtin classes', async () => {
    class Counter extends Map<string, number> {
      label = 'count';
      up(key: string): this {
        return this.set(key, (this.get(key) ?? 0) + 1);
      }
    }
    class Stack<T> extends Array<T> {
      top(): T | undefined {
        return this[this.length - 1];
      }
    }
    class Bytes extends Uint8Array {}
    const copy = await peer.echo({
      counter: new Counter().up('a').up('a'),
      stack: Stack.from([1, 2]) as Stack<number>,
      bytes: new Bytes(2),
    });
    assert.ok(copy.counter instanceof Counter);
    assert.equal(copy.counter.up('a').get('a'), 3);
    assert.equal(copy.counter.label, 'count');
    assert.ok(copy.stack instanceof Stack);
    assert.equal(copy.stack.top(), 2);
    assert.ok(copy.bytes instanceof Bytes);
  });

  test('setters of the class do not run', () => {
    class Guarded {
      set x(_: number) {
        throw new Error('the setter ran');
      }
    }
    const object = new Guarded();
    Object.defineProperty(object, 'x', { value: 5, enumerable: true, configurable: true });
    const copy = roundTrip(object);
    assert.equal(Object.getOwnPropertyDescriptor(copy, 'x')?.value, 5);
  });

  test('objects that inherit from objects', () => {
    const copy = roundTrip(
      Object.assign(Object.create({ inherited: 1, hello: () => 'hi' }) as { inherited: number; hello(): string }, {
        own: 2,
      }),
    );
    assert.equal(copy.inherited, 1);
    assert.equal(copy.hello(), 'hi');
    assert.deepStrictEqual(Object.keys(copy), ['own']);
  });

  test('many closures leave no trace in the heap', () => {
    const make = (k: number) => (): number => k;
    for (let k = 0; k < 200; k++) unpack(pack(make(k), 'value'));
    const before = usedBytes();
    for (let k = 0; k < 500; k++) unpack(pack(make(k), 'value'));
    assert.ok(usedBytes() - before < 1 << 16);
  });
});
