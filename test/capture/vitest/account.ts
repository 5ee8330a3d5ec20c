export class Account {
  balance: number;

  constructor(balance: number) {
    this.balance = balance;
  }

  deposit(amount: number) {
    this.balance += amount;
  }
}

export const raise = (n: number) => n + 1;
