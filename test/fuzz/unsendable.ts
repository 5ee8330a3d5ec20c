/** Values and functions that no other thread can have; most are refused only after much of them was encoded. */
import { Lock, Queue, shared, struct, f64, str } from 'threadwork';

class Point extends struct({ x: f64, label: str }) {}

const LONG = 'Ωmega '.repeat(400);

/** What of it can be sent, in front of what cannot. */
function luggage(): unknown[] {
  return [
    LONG,
    'ascii '.repeat(100),
    2n ** 200n,
    new Uint8Array(3000),
    new Float64Array(new SharedArrayBuffer(64)),
    new Map<unknown, unknown>([
      ['k', { deep: [1, [2]] }],
      [1n, new Set(['q'])],
    ]),
    new Lock(),
    new Queue(3),
    shared({ a: [LONG] }),
    new Point({ x: 1, label: LONG }),
    new Error('carried along', { cause: new TypeError('too') }),
    /x/g,
    new Date(),
    () => LONG.length,
  ];
}

function pending(): Promise<unknown> {
  return new Promise(() => undefined);
}

function deep(depth: number, bottom: unknown): unknown {
  let value = bottom;
  for (let k = 0; k < depth; k++) value = k % 2 === 0 ? { value } : [value];
  return value;
}

function circle(): unknown {
  const found: Record<string, unknown> = { items: luggage() };
  found['self'] = found;
  found['last'] = pending();
  return found;
}

class Secretive extends struct({ x: f64 }) {
  readonly #secret = 1;
  get secret() {
    return this.#secret;
  }
}

/** By name. None can be sent; each call makes a new one. */
export const UNSENDABLE: Readonly<Record<string, () => unknown>> = {
  promise: pending,
  symbol: () => Symbol('nobody else has it'),
  WeakMap: () => new WeakMap(),
  generator: () => [1].values(),
  'array with a promise behind the rest': () => [...luggage(), pending()],
  'Map with a promise behind the rest': () => new Map<unknown, unknown>([...luggage().entries(), ['bad', pending()]]),
  'Set with a promise behind the rest': () => new Set([...luggage(), pending()]),
  'object with a getter that throws': () => ({
    items: luggage(),
    get bad(): never {
      throw new RangeError('not this one');
    },
  }),
  'circle with a promise': circle,
  'promise far below': () => deep(200, [...luggage(), pending()]),
  'function that captures a promise': () => {
    const items = luggage();
    const bad = pending();
    return () => [items, bad];
  },
  'struct whose class has a secret': () => [luggage(), new Secretive()],
  'revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return [luggage(), proxy];
  },
};

/** A function that cannot be sent, with much that can be. */
export function unsendableFunction(): (...args: unknown[]) => object {
  const items = luggage();
  const bad = pending();
  return () => [items, bad];
}
