/**
 * Asynchronous owners of reentrant locks: the call chain that acquired one, wherever its promises resume.
 *
 * Each outermost asynchronous acquire makes a token and enters it into the chain's context; the lock's word holds the
 * token. Two chains that fork afterwards share what was acquired before the fork; what one acquires later, the other does
 * not have.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { nextOwner } from '../heap/agents.js';

interface Token {
  readonly id: number;
  /** Address of the lock. */
  readonly lock: number;
  held: boolean;
  readonly outer: Token | undefined;
}

const chain = new AsyncLocalStorage<Token | undefined>();

/** Enters a new token for `lock` into the running chain's context and returns its id. */
export function enterToken(lock: number): number {
  let outer = chain.getStore();
  while (outer !== undefined && !outer.held) outer = outer.outer;
  const id = nextOwner();
  chain.enterWith({ id, lock, held: true, outer });
  return id;
}

/** The running chain's token for `lock`, 0 if it has none. */
export function tokenFor(lock: number): number {
  for (let token = chain.getStore(); token !== undefined; token = token.outer) {
    if (token.held && token.lock === lock) return token.id;
  }
  return 0;
}

/** Strikes the token `id` out: its lock was released, or not acquired. */
export function leaveToken(id: number): void {
  for (let token = chain.getStore(); token !== undefined; token = token.outer) if (token.id === id) token.held = false;
}
