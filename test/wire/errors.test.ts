import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { CaptureError, TimeoutError, ValueError } from '../../src/errors.js';
import { rethrown } from '../../src/wire/errors.js';
import { formatError } from '../../src/threading/traceback.js';
import { Peer, pack, roundTrip, unpack } from './peer.js';

class AccountError extends Error {
  override name = 'AccountError';
  constructor(
    message: string,
    readonly account: { id: number },
  ) {
    super(message);
  }
}

function lenient<T>(value: T): T {
  return unpack(pack(value, { path: 'result', lenient: true })) as T;
}

function caught(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  return assert.fail('did not throw');
}

describe('errors', () => {
  let peer: Peer;
  before(() => {
    peer = new Peer();
  });
  after(() => peer.end());

  const samples: Record<string, Error> = {
    plain: new Error('plain'),
    withoutMessage: new Error(),
    builtin: new RangeError('r'),
    syntax: new SyntaxError('s'),
    library: new ValueError('v'),
    libraryDerived: new CaptureError('c'),
    own: new AccountError('empty', { id: 7 }),
    system: caught(() => readFileSync('/does/not/exist')),
    node: caught(() => new URL('nonsense')),
    causes: new Error('outer', { cause: new TypeError('inner', { cause: { code: 5 } }) }),
    aggregate: new AggregateError([new Error('one'), new AccountError('two', { id: 2 })], 'all'),
    fields: Object.assign(new Error('f'), { code: 'E_MINE', retry: [1, 2] }),
    timeout: new TimeoutError('t'),
  };

  for (const [name, error] of Object.entries(samples)) {
    test(name, async () => {
      for (const copy of [roundTrip(error), lenient(error), await peer.echo(error)]) {
        assert.equal(Object.getPrototypeOf(copy), Object.getPrototypeOf(error));
        assert.equal(copy.stack, error.stack);
        assert.deepStrictEqual(copy, error);
        // Node keeps symbols of its own on errors, which need not travel.
        const keys = (e: Error): string[] => Object.getOwnPropertyNames(e).sort();
        assert.deepStrictEqual(keys(copy), keys(error));
        assert.deepStrictEqual(Object.keys(copy), Object.keys(error));
        assert.equal(String(copy), String(error));
      }
    });
  }

  test('are instances of their classes there, too', async () => {
    const error = new AggregateError([new AccountError('own', { id: 3 }), new ValueError('library')], 'all');
    const there = await peer.call((e) => {
      const [own, library] = e.errors as [AccountError, unknown];
      return [e instanceof AggregateError, own instanceof AccountError, own.account.id, library instanceof ValueError];
    }, error);
    assert.deepEqual(there, [true, true, 3, true]);
  });

  test('DOMException', async () => {
    const error = await peer.echo(new DOMException('gone', 'AbortError'));
    assert.ok(error instanceof DOMException);
    assert.deepStrictEqual([error.name, error.message, error.code], ['AbortError', 'gone', 20]);
  });

  test('errors in circles', () => {
    const error = new Error('self') as Error & { cause: unknown };
    error.cause = error;
    const copy = roundTrip(error);
    assert.equal(copy.cause, copy);
  });

  test('what a thread throws arrives as what it is', async () => {
    await assert.rejects(
      peer.call(() => {
        throw new AccountError('thrown there', { id: 9 });
      }),
      (error) => {
        assert.ok(error instanceof AccountError);
        assert.equal(error.account.id, 9);
        assert.match(String(error.stack), /errors\.test\.[jt]s/);
        return true;
      },
    );
  });

  test('an outcome always arrives: what cannot be sent is left out', () => {
    const error = Object.assign(new AccountError('kept', { id: 1 }), {
      socket: Promise.resolve(),
      note: 'kept',
      big: { nested: new WeakMap() },
    });
    (error as Error).cause = new Error('cause', { cause: new WeakSet() });
    assert.throws(() => pack(error, 'error'), { code: 'ERR_NOT_SENDABLE' });
    const copy: typeof error = lenient(error);
    assert.equal(Object.getPrototypeOf(copy), AccountError.prototype);
    assert.deepStrictEqual([copy.message, copy.note, copy.account], ['kept', 'kept', { id: 1 }]);
    assert.ok(!Object.hasOwn(copy, 'socket') && !Object.hasOwn(copy, 'big'));
    assert.equal((copy.cause as Error).message, 'cause');
    assert.ok(!Object.hasOwn(copy.cause as Error, 'cause'));
  });

  test('an outcome whose class cannot be sent has the nearest class that can', () => {
    const secret = new WeakMap<object, number>();
    class Base2 extends RangeError {}
    class Bad extends Base2 {
      peek(): unknown {
        return secret.get(this);
      }
    }
    const error = new Bad('still here');
    assert.throws(() => pack(error, 'error'), CaptureError);
    const copy = lenient([{ first: 1 }, error, { first: 2 }]) as [unknown, Bad, unknown];
    assert.equal(Object.getPrototypeOf(copy[1]), Base2.prototype);
    assert.equal(copy[1].message, 'still here');
    assert.deepStrictEqual([copy[0], copy[2]], [{ first: 1 }, { first: 2 }]);
  });
});

describe('errors that are thrown again in another thread', () => {
  let peer: Peer;
  before(() => {
    peer = new Peer();
  });
  after(() => peer.end());

  async function failed(message: string): Promise<Error> {
    try {
      await peer.call((text) => {
        function deepInThere(): never {
          throw new RangeError(text);
        }
        deepInThere();
      }, message);
    } catch (error) {
      return error as Error;
    }
    return assert.fail('did not throw');
  }

  function result(error: Error, from: string): never {
    throw rethrown(error, from, result);
  }

  function whoAsks(error: Error, from = 'Thread-1 (work)'): Error {
    return caught(() => result(error, from));
  }

  test('the frames of this thread, a line that says where the others are from, and those', async () => {
    for (const message of ['went wrong', '', 'two\nlines']) {
      const error = whoAsks(await failed(message));
      assert.ok(error instanceof RangeError);
      const stack = String(error.stack);
      assert.ok(stack.startsWith(message === '' ? 'RangeError\n' : `RangeError: ${message}\n    at `), stack);
      const [here, there, ...more] = stack.split('\n    --- in thread Thread-1 (work) ---\n');
      assert.deepEqual(more, []);
      assert.match(here, /\n {4}at .*caught/);
      assert.match(here, /whoAsks/);
      assert.doesNotMatch(here, /at result|rethrown|deepInThere/);
      assert.match(there, /^ {4}at deepInThere \(.*errors\.test\.[jt]s/);
      assert.doesNotMatch(there, /whoAsks/);
      assert.equal(Object.getOwnPropertyDescriptor(error, 'stack')?.enumerable, false);
    }
  });

  test('asked again, the frames are those of the last time', async () => {
    const error = await failed('again');
    const first = String(whoAsks(error).stack);
    const second = String(caught(() => result(error, 'Thread-1 (work)')).stack);
    assert.equal(second.match(/--- in thread/g)?.length, 1);
    assert.match(first, /whoAsks/);
    assert.doesNotMatch(second, /whoAsks/);
  });

  test('through two threads there are two lines, and the copy keeps them', async () => {
    const error = whoAsks(roundTrip(whoAsks(await failed('far'), 'A')), 'B');
    const stack = String((await peer.echo(error)).stack);
    assert.deepEqual(stack.match(/--- in thread \w+ ---/g), ['--- in thread B ---', '--- in thread A ---']);
    assert.ok(stack.indexOf('--- in thread A') < stack.indexOf('deepInThere'));
    const shown = formatError(error);
    assert.ok(shown.endsWith('RangeError: far'), shown);
    assert.deepEqual(shown.match(/--- in thread \w+ ---/g), ['--- in thread B ---', '--- in thread A ---']);
  });

  test('what is no error, or has no stack, or is frozen stays as it is', () => {
    for (const value of [undefined, null, 5, 'text', {}, Object.assign(new Error('x'), { stack: undefined })]) {
      assert.equal(rethrown(value, 'Thread-1', result), value);
    }
    const frozen = Object.freeze(new Error('frozen'));
    const { stack } = frozen;
    assert.equal(rethrown(frozen, 'Thread-1', result).stack, stack);
  });
});
