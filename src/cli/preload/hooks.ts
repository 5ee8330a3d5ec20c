/** What Node's module hooks look like to a `resolve` hook, and how both of Node's ways to add one are served. */
import module from 'node:module';
import { isMainThread, parentPort } from 'node:worker_threads';

export interface Context {
  conditions: string[];
  parentURL?: string;
}

export interface Resolved {
  url: string;
  format?: string | null;
  shortCircuit?: boolean;
}

export type Resolve = (
  specifier: string,
  context: Context,
  next: (specifier: string, context: Context) => Resolved,
) => Resolved;

/** Node 22.15 and later have hooks within the thread, which require() obeys too; before, they run in a thread of their own. */
export function addResolveHook(resolve: Resolve, hooksModule: URL): void {
  const { registerHooks } = module as { registerHooks?: (hooks: { resolve: Resolve }) => void };
  if (registerHooks) registerHooks({ resolve });
  else module.register(hooksModule.href);
}

/** Whether this is the thread in which Node runs hooks. It executes `--require` like every other, but must be left alone. */
export function isHooksThread(): boolean {
  return !isMainThread && parentPort === null;
}
