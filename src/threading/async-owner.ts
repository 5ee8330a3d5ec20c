/**
 * Asynchronous owners of reentrant locks: the call chain that acquired one, wherever its promises resume.
 *
 * Each outermost asynchronous acquire makes a token and enters it into the chain's context; the lock's word holds the
 * token. Two chains that fork afterwards share what was acquired before the fork; what one acquires later, the other does
 * not have.
 *
 * Before Node 24 an AsyncLocalStorage keeps its store with the "resource" that runs, and learns of promises from the moment
 * when it is first used. Two things follow that would let one chain have another's token:
 * - A function that awaited something before that moment goes on in a resource that all such functions share. So contexts are
 *   followed from the time when a thread first sees a reentrant lock, or begins in a process that has one.
 * - An interval, a port or a server calls each time in the same resource. So a token that was entered into one leaves it with
 *   the next microtask; the promises made meanwhile have it, and they are the chain.
 */
import { AsyncLocalStorage, executionAsyncResource } from 'node:async_hooks';
import { types } from 'node:util';
import * as atomic from '../heap/atomic.js';
import { nextOwner } from '../heap/agents.js';
import { Control } from '../heap/layout.js';

/** The acquire has not answered yet. */
const PENDING = 0;
const HELD = 1;
/** Released, or not acquired after all. */
const GONE = 2;

class Token {
  state: typeof PENDING | typeof HELD | typeof GONE = PENDING;
  /** What it was entered into, if that is no promise. */
  resource: object | undefined;

  constructor(
    /** What stands in the lock's word. */
    readonly id: number,
    readonly outer: Token | undefined,
  ) {}
}

const chain = new AsyncLocalStorage<Token | undefined>();
let follows = false;

/** Follows asynchronous contexts from here on, in this thread and in those that begin later: there is a reentrant lock. */
export function followChains(): void {
  if (follows) return;
  follows = true;
  atomic.store(Control.CHAINS, 1);
  // Its first use, with a store other than the present one, is what turns it on.
  chain.run(new Token(0, undefined), () => undefined);
}

/** As `followChains`, if the process has a reentrant lock. For a thread that begins. */
export function followChainsIfAny(): void {
  if (atomic.load(Control.CHAINS) !== 0) followChains();
}

/** Resources other than promises that tokens were entered into, with what each had before. */
const visited = new Map<object, Token | undefined>();

/** Enters a new token into the running chain's context and returns its id. */
export function enterToken(): number {
  const before = chain.getStore();
  let outer = before;
  while (outer !== undefined && outer.state === GONE) outer = outer.outer;
  const token = new Token(nextOwner(), outer);
  const resource = executionAsyncResource();
  if (!types.isPromise(resource)) {
    token.resource = resource;
    if (visited.size === 0) void Promise.resolve().then(leaveResources);
    if (!visited.has(resource)) visited.set(resource, before);
  }
  chain.enterWith(token);
  return token.id;
}

/** Takes the tokens out again. Where contexts are kept elsewhere (Node 24) there are none. */
function leaveResources(): void {
  for (const [resource, before] of visited) {
    const fields = resource as Record<symbol, unknown>;
    for (const key of Object.getOwnPropertySymbols(resource)) {
      const store = fields[key];
      if (store instanceof Token && store.resource === resource) fields[key] = before;
    }
  }
  visited.clear();
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
  const root = new Token(0, chain.getStore());
  root.state = GONE;
  return chain.run(root, body);
}
