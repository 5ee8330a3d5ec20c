/** The ways in which a thread dies in a soak. */
import { sleepAsync } from 'threadwork';

/** The first ones end the thread at once, the others from its event loop. */
export const WAYS = [
  'out of memory',
  'error',
  'process.exit',
  'stack overflow',
  'unhandled rejection',
  'error in the event loop',
] as const;
export const LIMITED_WAYS = 4;

/** What is thrown by somebody who is meant to die. */
export const INTENDED = /^(soak: meant to die|Maximum call stack size exceeded)/;

/** Ends this thread, in one of the first ways. */
export function die(way: number): never {
  if (way === 0) {
    const hoard: unknown[] = [];
    for (;;) hoard.push(Array.from({ length: 10_000 }, () => 0));
  }
  if (way === 2) process.exit(3);
  if (way === 3) {
    const deep = (): number => deep() + 1;
    deep();
  }
  throw new Error('soak: meant to die');
}

/** Ends this thread in any way; the caller stays where it is. */
export async function dieAsync(way: number): Promise<void> {
  if (way === 4) void Promise.reject(new Error('soak: meant to die'));
  else if (way === 5) {
    setImmediate(() => {
      throw new Error('soak: meant to die');
    });
  } else die(way);
  await sleepAsync(60_000);
}
