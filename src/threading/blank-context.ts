/**
 * Where threads and tasks begin: in an asynchronous context without anything that ran on their worker before. What one has entered
 * is not the next one's: the reentrant locks that its call chains hold, above all (async-owner.ts).
 */
import { AsyncResource } from 'node:async_hooks';

const TYPE = 'threadwork.thread';
/** Made while the worker boots, when nothing has been entered. Nothing runs in it: it would keep what that enters. */
const blank = new AsyncResource(TYPE);
const another = () => new AsyncResource(TYPE);

/** Calls `body` in an empty context of its own. */
export function inBlankContext<A extends unknown[], R>(body: (...args: A) => R, ...args: A): R {
  return blank.runInAsyncScope(another).runInAsyncScope(body, undefined, ...args);
}
