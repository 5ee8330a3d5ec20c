/** Structs and atomics: money that moves between accounts, and numbers that every thread changes. */
import assert from 'node:assert/strict';
import {
  AbandonedError,
  AtomicBigInt64,
  AtomicBoolean,
  AtomicFloat64,
  AtomicInt32,
  AtomicUint32,
  f64,
  i32,
  Lock,
  str,
  struct,
  StructArray,
} from 'threadwork';
import type { Actor } from './actor.js';
import type { Workload } from './workload.js';

const ACCOUNTS = 16;
const START = 1000;

class Account extends struct({ balance: f64, moves: i32 }) {}
/** What is on its way between two accounts stands in the bank: whoever inherits the lock puts it back. */
class Bank extends struct({ lock: Lock, inFlight: f64, source: i32, motto: str }) {}

interface Structs {
  bank: Bank;
  accounts: StructArray<Account>;
  /** How many operations each atomic saw. */
  rounds: AtomicInt32;
  up: AtomicInt32;
  wrapped: AtomicUint32;
  large: AtomicBigInt64;
  halves: AtomicFloat64;
  flag: AtomicBoolean;
  flips: AtomicInt32;
}

function withdraw({ bank, accounts }: Structs, source: number, amount: number): void {
  bank.source = source;
  accounts.at(source).balance -= amount;
  bank.inFlight = amount;
}

function deposit({ bank, accounts }: Structs, target: number): void {
  const account = accounts.at(target);
  account.balance += bank.inFlight;
  account.moves++;
  bank.inFlight = 0;
  bank.motto = `${target} and ${target}`;
}

function inherit({ bank, accounts }: Structs, error: unknown): void {
  if (!(error instanceof AbandonedError)) throw error;
  accounts.at(bank.source).balance += bank.inFlight;
  bank.inFlight = 0;
}

function count(state: Structs, actor: Actor): void {
  const { rounds, up, wrapped, large, halves, flag, flips } = state;
  up.add(3);
  up.update((n) => n - 2);
  wrapped.sub(1);
  large.add(5_000_000_000n);
  halves.add(0.5);
  if (flag.compareExchange(false, true) === false) {
    flips.add(1);
    flag.store(false);
  }
  rounds.add(1);
  actor.mayDie();
}

export const structs: Workload<Structs> = {
  name: 'structs',

  open() {
    const accounts = new StructArray(Account, ACCOUNTS);
    for (let k = 0; k < ACCOUNTS; k++) accounts.at(k).balance = START;
    return {
      bank: new Bank({ motto: '0 and 0' }),
      accounts,
      rounds: new AtomicInt32(),
      up: new AtomicInt32(),
      wrapped: new AtomicUint32(),
      large: new AtomicBigInt64(),
      halves: new AtomicFloat64(),
      flag: new AtomicBoolean(),
      flips: new AtomicInt32(),
    };
  },

  step(state, actor) {
    if (actor.chance(2) === 0) {
      count(state, actor);
      return;
    }
    const { lock } = state.bank;
    try {
      lock.acquire();
    } catch (error) {
      inherit(state, error);
    }
    withdraw(state, actor.chance(ACCOUNTS), actor.chance(100));
    actor.mayDie();
    deposit(state, actor.chance(ACCOUNTS));
    lock.release();
  },

  async stepAsync(state, actor) {
    if (actor.chance(2) === 0) {
      count(state, actor);
      await actor.mayDieAsync();
      return;
    }
    const { lock } = state.bank;
    try {
      await lock.acquireAsync();
    } catch (error) {
      inherit(state, error);
    }
    withdraw(state, actor.chance(ACCOUNTS), actor.chance(100));
    await actor.mayDieAsync();
    deposit(state, actor.chance(ACCOUNTS));
    lock.release();
  },

  async check(state) {
    const { bank, accounts, rounds, up, wrapped, large, halves, flag, flips } = state;
    try {
      assert.ok(await bank.lock.acquireAsync(10_000));
    } catch (error) {
      inherit(state, error);
    }
    let total = 0;
    for (let k = 0; k < ACCOUNTS; k++) total += accounts.at(k).balance;
    assert.equal(total, ACCOUNTS * START, 'the money of all accounts');
    assert.match(bank.motto, /^(\d+) and \1$/);
    const n = rounds.value;
    assert.equal(up.value, n);
    assert.equal(wrapped.value, -n >>> 0);
    assert.equal(large.value, 5_000_000_000n * BigInt(n));
    assert.equal(halves.value, n / 2);
    assert.equal(flag.value, false);
    assert.ok(flips.value > 0 && flips.value <= n);
  },
};
