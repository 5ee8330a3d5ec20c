/**
 * A bank account with a lock
 *
 * Ten threads deposit 10 and withdraw 5 a hundred times each, from 1000 on: 6000 in the end. Without the lock money
 * gets lost, since all threads write what they computed from an old balance.
 */
import { AtomicInt32, Lock, sleep, Thread } from 'threadwork';
import { check } from './check.js';

class BankAccount {
  readonly balance: AtomicInt32;
  readonly lock: { hold(): Disposable };

  constructor(initialBalance: number, lock: { hold(): Disposable } = new Lock()) {
    this.balance = new AtomicInt32(initialBalance);
    this.lock = lock;
  }

  deposit(amount: number) {
    using held = this.lock.hold();
    const current = this.balance.load();
    // Simulate processing time
    sleep(1);
    this.balance.store(current + amount);
  }

  withdraw(amount: number) {
    using held = this.lock.hold();
    if (this.balance.load() >= amount) {
      const current = this.balance.load();
      sleep(1);
      this.balance.store(current - amount);
      return true;
    }
    return false;
  }
}

function performTransactions(account: BankAccount, numTransactions: number) {
  for (let i = 0; i < numTransactions; i++) {
    account.deposit(10);
    account.withdraw(5);
  }
}

function runThreads(account: BankAccount) {
  const threads: Thread[] = [];
  for (let i = 0; i < 10; i++) {
    const t = new Thread({ target: performTransactions, args: [account, 100] });
    threads.push(t);
    t.start();
  }
  for (const t of threads) t.join();
}

const account = new BankAccount(1000);
runThreads(account);
console.log(`Final balance: ${account.balance.load()}`); // 6000

const noLock = { hold: () => ({ [Symbol.dispose]() {} }) };
const unlocked = new BankAccount(1000, noLock);
runThreads(unlocked);
console.log(`Final balance without the lock: ${unlocked.balance.load()}`);

check('with the lock the balance is 6000', account.balance.load() === 6000, `it is ${account.balance.load()}`);
check('without the lock money is lost', unlocked.balance.load() < 6000, `there are ${unlocked.balance.load()}`);
