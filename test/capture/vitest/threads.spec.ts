// Run by Vitest (../vitest.test.ts), as it stands: Vitest transforms this file itself.
import { hostname } from 'node:os';
import { AtomicInt32, currentThread, Lock, Thread } from 'threadwork';
import { describe, expect, it } from 'vitest';
import { Account, raise } from './account.js';

const lock = new Lock();
const total = new AtomicInt32();

function deposit(times: number) {
  for (let k = 0; k < times; k++) lock.with(() => total.store(total.load() + 1));
}

describe('threads in a Vitest test', () => {
  it('run closures over handles of the module', () => {
    const threads = [1, 2].map(() => new Thread({ target: deposit, args: [500] }).start());
    for (const thread of threads) thread.join();
    expect(total.value).toBe(1000);
  });

  it('capture classes and functions that other modules export, and builtins', () => {
    const result = new AtomicInt32();
    const expected = hostname().length;
    const thread = new Thread({
      target: () => {
        const account = new Account(40);
        account.deposit(2);
        result.store(hostname().length === expected ? raise(account.balance) : -1);
      },
    });
    thread.start().join();
    expect(result.value).toBe(43);
  });

  it('capture what a test closes over', () => {
    const seen = new AtomicInt32();
    for (const n of [1, 2, 3]) new Thread({ target: () => void seen.add(n) }).start().join();
    expect(seen.value).toBe(6);
  });

  it('refuse an assigned variable', () => {
    let count = 0;
    const thread = new Thread({ target: () => (count += 1) });
    expect(() => thread.start()).toThrow(/assigns count/);
    expect(count).toBe(0);
  });

  it('have a thread of their own', () => {
    const ident = new AtomicInt32();
    new Thread({ target: () => ident.store(currentThread().ident ?? 0) }).start().join();
    expect(ident.value).not.toBe(currentThread().ident);
  });
});
