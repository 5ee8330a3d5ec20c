import { test } from 'node:test';

/**
 * A test that passes when it compiles: what is right must, and what `@ts-expect-error` stands over must not. The body is
 * never run.
 */
export function compiles(name: string, _body: () => void): void {
  void test(name, () => undefined);
}

/** Fails to compile unless the two types are the same. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export function same<_Check extends true>(): void {}
