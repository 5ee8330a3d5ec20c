/**
 * A bank account with a lock
 *
 * Ten threads deposit 10 and withdraw 5 a hundred times each, from 1000 on: 6000 in the end. Without the lock money
 * gets lost, since all threads write what they computed from an old balance.
 */
import { bool, f64, Lock, sleep, struct, Thread } from 'threadwork';
import { check } from './check.js';

class BankAccount extends struct({ balance: f64, lock: Lock, isLocking: bool }) {
  constructor(initialBalance: number, isLocking = true) {
    super({ balance: initialBalance, isLocking });
  }

  deposit(amount: number) {
    using held = this.hold();
    const current = this.balance;
    // Simulate processing time
    sleep(1);
    this.balance = current + amount;
  }

  withdraw(amount: number) {
    using held = this.hold();
    if (this.balance >= amount) {
      const current = this.balance;
      sleep(1);
      this.balance = current - amount;
      return true;
    }
    return false;
  }

  private hold() {
    return this.isLocking ? this.lock.hold() : null;
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
console.log(`Final balance: ${account.balance}`); // 6000

const unlocked = new BankAccount(1000, false);
runThreads(unlocked);
console.log(`Final balance without the lock: ${unlocked.balance}`);

check('with the lock the balance is 6000', account.balance === 6000, `it is ${account.balance}`);
check('without the lock money is lost', unlocked.balance < 6000, `there are ${unlocked.balance}`);
