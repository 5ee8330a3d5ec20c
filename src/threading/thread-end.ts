/**
 * What is to be done at the end of a thread, before its joiners go on, by a part of the library that its worker may not have loaded.
 */

/** Ends what the running thread has; errors go to `report`, and do not keep the rest from being ended. */
export type Ending = (report: (error: unknown) => void) => Promise<void>;

let find: () => Ending | undefined = () => undefined;

/** Says what is to be done at the end of the thread that then runs; undefined: nothing. */
export function onThreadEnd(due: () => Ending | undefined): void {
  find = due;
}

/** What is to be done now, at the running thread's end. */
export function dueEnding(): Ending | undefined {
  return find();
}
