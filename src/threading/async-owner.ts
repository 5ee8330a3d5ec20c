/**
 * Asynchronous owners of reentrant locks: the call chain that acquired one, wherever its promises resume.
 *
 * Each outermost asynchronous acquire makes a token and enters it into the chain's context; the lock's word holds the
 * token. Two chains that fork afterwards share what was acquired before the fork; what one acquires later, the other does
 * not have.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { nextOwner } from '../heap/agents.js';

/** The acquire has not answered yet. */
const PENDING = 0;
const HELD = 1;
/** Released, or not acquired after all. */
const GONE = 2;

interface Token {
  /** What stands in the lock's word. */
  readonly id: number;
  state: typeof PENDING | typeof HELD | typeof GONE;
  readonly outer: Token | undefined;
}

const chain = new AsyncLocalStorage<Token | undefined>();

/** Enters a new token into the running chain's context and returns its id. */
export function enterToken(): number {
  let outer = chain.getStore();
  while (outer !== undefined && outer.state === GONE) outer = outer.outer;
  const id = nextOwner();
  chain.enterWith({ id, state: PENDING, outer });
  return id;
}

function tokenOf(id: number): Token | undefined {
  let token = chain.getStore();
  while (token !== undefined && token.id !== id) token = token.outer;
  return token;
}

/** Notes that the acquire with the token `id` has answered: the chain goes on as the owner. */
export function holdToken(id: number): void {
  const token = tokenOf(id);
  if (token !== undefined) token.state = HELD;
}

/** Strikes the token `id` out: its lock was released, or not acquired. */
export function leaveToken(id: number): void {
  const token = tokenOf(id);
  if (token !== undefined) token.state = GONE;
}

/** Whether the running chain has the token `owner`. */
export function hasToken(owner: number): boolean {
  const token = tokenOf(owner);
  return token !== undefined && token.state !== GONE;
}

/**
 * As `hasToken`, for another asynchronous acquire. A function that acquires before its first `await` enters the token into
 * its caller's context too, and the caller may call the next such function at once: while the acquire has not answered,
 * its own chain stands still, so whoever asks is another one.
 */
export function hasHeldToken(owner: number): boolean {
  return tokenOf(owner)?.state === HELD;
}

/** Calls `body` in a context of its own: tokens that it enters do not reach the caller's. */
export function inOwnChain<R>(body: () => R): R {
  return chain.run({ id: 0, state: GONE, outer: chain.getStore() }, body);
}
