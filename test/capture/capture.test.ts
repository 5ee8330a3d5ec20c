import assert from 'node:assert/strict';
import inspector from 'node:inspector';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';
import { Worker } from 'node:worker_threads';
import { oneInEach } from '../../src/capture/complain.js';
import { captureFunction } from '../../src/capture/capture.js';
import type { Captured } from '../../src/capture/captured.js';
import { capture } from '../../src/capture/declare.js';
import { originOf, registerModule } from '../../src/capture/known.js';
import { loadReference, needsPreload, preloadModules } from '../../src/capture/modules.js';
import { rebuild } from '../../src/capture/rebuild.js';
import { CaptureError, NotSendableError } from '../../src/errors.js';
import { elsewhere } from './elsewhere.js';

const require = createRequire(import.meta.url);

function code(fn: Function): Captured {
  const captured = captureFunction(fn, 'target');
  assert.equal(captured.kind, 'code');
  return captured as Captured;
}
const valueOf = (captured: Captured, name: string): unknown =>
  captured.bindings.find((binding) => binding.name === name)?.value;
const refuses = (fn: Function, message: RegExp): void => {
  assert.throws(
    () => captureFunction(fn, 'target'),
    (error) => {
      assert.ok(error instanceof CaptureError && error instanceof NotSendableError);
      assert.match(error.message, /^target: /);
      assert.match(error.message, message);
      return true;
    },
  );
};

describe('what is captured', () => {
  test('the same literal has the same Code, its closures have their own values', () => {
    const make = (n: number) => () => n;
    const [a, b] = [code(make(1)), code(make(2))];
    assert.equal(a.code, b.code);
    assert.deepEqual([valueOf(a, 'n'), valueOf(b, 'n')], [1, 2]);
  });

  test('a Code is plain data', () => {
    const { code: plain } = code(
      class A extends Map {
        static #x = 1;
        override [Symbol.iterator]() {
          return super[Symbol.iterator]();
        }
        static x() {
          return A.#x;
        }
      },
    );
    assert.deepEqual(JSON.parse(JSON.stringify(plain)), plain);
  });

  test('a let that changes between two captures is seen', () => {
    let value = 1;
    const fn = () => value;
    for (let i = 1; i <= 5; i++) {
      value = i;
      assert.equal(valueOf(code(fn), 'value'), i);
    }
  });

  test('an object whose members are read is read again at each capture', () => {
    const config = { port: 1, rest: process.stdout };
    const fn = () => config.port;
    for (let i = 1; i <= 5; i++) {
      config.port = i;
      assert.deepEqual(valueOf(code(fn), 'config'), { port: i });
    }
  });

  test('own properties are read again at each capture', () => {
    const fn: Function & { n?: number } = () => 1;
    for (let i = 1; i <= 5; i++) {
      fn.n = i;
      assert.equal(code(fn).properties[0]?.[1].value, i);
    }
  });

  test('a repeated capture of what cannot change is the same object', () => {
    const list = [1];
    const fn = () => list;
    code(fn);
    assert.equal(code(fn), code(fn));
  });

  test('an object that is used as a whole is not copied', () => {
    const object = { a: 1, f() {} };
    assert.equal(
      valueOf(
        code(() => object.f()),
        'object',
      ),
      object,
    );
    assert.equal(
      valueOf(
        code(() => [object]),
        'object',
      ),
      object,
    );
    assert.equal(
      valueOf(
        code(() => {
          object.a = 2;
        }),
        'object',
      ),
      object,
    );
    assert.deepEqual(
      valueOf(
        code(() => object.a),
        'object',
      ),
      { a: 1 },
    );
  });

  test('getters of a user object do not run at capture', () => {
    let ran = 0;
    const object = {
      get a() {
        return ++ran;
      },
    };
    assert.equal(
      valueOf(
        code(() => object.a),
        'object',
      ),
      object,
    );
    assert.equal(ran, 0);
  });

  test('strict and sloppy code stay what they were', async () => {
    const sloppy = vm.runInThisContext(
      '(function () { return (() => (function () { return this === undefined })())() })',
      { filename: '/sloppy.js' },
    );
    const arrow = vm.runInThisContext('() => (function () { return this === undefined })()', { filename: '/arrow.js' });
    const own = vm.runInThisContext(
      '(() => { "use strict"; return () => (function () { return this === undefined })() })()',
      { filename: '/own.js' },
    );
    assert.deepEqual([await elsewhere(sloppy), await elsewhere(arrow), await elsewhere(own)], [false, false, true]);
    assert.equal(
      await elsewhere(() =>
        (function (this: unknown) {
          return this === undefined;
        })(),
      ),
      true,
    );
  });

  test('top-level variables of classic scripts', async () => {
    const fn = vm.runInThisContext('const topLevel = 5; (function () { return topLevel })', { filename: '/script.js' });
    assert.equal(await elsewhere(fn), 5);
  });

  test('functions made from text', async () => {
    assert.equal(await elsewhere(new Function('a', 'return a + 1') as () => number, 1), 2);
    assert.equal(await elsewhere(vm.runInThisContext('x => x * 2'), 4), 8);
  });

  test('a declaration whose name got another value calls that', async () => {
    const [first, second] = vm.runInThisContext(
      '(() => { function f(n) { return n < 1 ? 0 : f(n - 1) + 1 } const first = f; f = (n) => n * 100; return [first, f] })()',
      { filename: '/again.js' },
    );
    assert.equal(await elsewhere(first, 3), 201);
    assert.equal(await elsewhere(second, 3), 300);
  });

  test('require, made with createRequire', async () => {
    assert.equal(await elsewhere(() => (require('node:path') as { sep: string }).sep), '/');
  });

  test('globals, builtin functions and lazy globals are references', () => {
    const { max } = Math;
    const { log } = console;
    for (const [value, path] of [
      [max, 'Math.max'],
      [log, 'console.log'],
      [AbortController, 'AbortController'],
      [Array.prototype.slice, 'Array.prototype.slice'],
      [Object, 'Object'],
    ] as const) {
      const reference = captureFunction(value as Function, 'target');
      assert.deepEqual(reference, { kind: 'global', path: path.split('.') });
      assert.equal(loadReference(reference as never), value);
    }
    assert.deepEqual(originOf(process.env), { kind: 'global', path: ['process', 'env'] });
    assert.deepEqual(originOf(require('node:util')), { kind: 'module', url: 'node:util', path: ['default'] });
  });

  test('a registered module is imported, wherever its exports turn up', () => {
    class Handle {}
    const shared = { a: 1 };
    registerModule('file:///library.js', { Handle, shared, n: 1 });
    assert.deepEqual(captureFunction(Handle, 'target'), {
      kind: 'module',
      url: 'file:///library.js',
      path: ['Handle'],
    });
    assert.deepEqual(originOf(shared), { kind: 'module', url: 'file:///library.js', path: ['shared'] });
    assert.equal(code(() => new Handle()).bindings[0]?.kind, 'reference');
  });

  test('bound functions', () => {
    const target = function (this: unknown) {
      return this;
    };
    assert.deepEqual(captureFunction(Function.prototype.bind.call(target, 1, 2, 3), 'target'), {
      kind: 'bound',
      target,
      self: 1,
      args: [2, 3],
      properties: [],
    });
  });

  test('the arrow function itself does not run to find its this', () => {
    const ran: number[] = [];
    const holder = {
      value: 1,
      make() {
        return () => {
          ran.push(1);
          return this.value;
        };
      },
    };
    const captured = captureFunction(holder.make(), 'target');
    assert.deepEqual(ran, []);
    assert.equal(captured.kind === 'code' && captured.bindings.find((b) => b.label === 'this')?.value, holder);
  });

  test('the this of async arrow functions', async () => {
    const holder = {
      value: 1,
      make() {
        return async () => {
          await Promise.resolve();
          return this.value;
        };
      },
    };
    assert.equal(await elsewhere(holder.make()), 1);
  });

  test('what was captured can be collected', () => {
    v8.setFlagsFromString('--expose-gc');
    const gc = vm.runInNewContext('gc') as () => void;
    const refs = (() => {
      const big = { big: 'x'.repeat(1000) };
      const fn = () => big.big.length;
      code(fn);
      code(fn);
      return [new WeakRef(fn), new WeakRef(big)];
    })();
    return new Promise<void>((resolve) => setImmediate(() => resolve())).then(() => {
      gc();
      assert.deepEqual(
        refs.map((ref) => ref.deref()),
        [undefined, undefined],
      );
    });
  });

  test("the user's own inspector session is not disturbed", async () => {
    const session = new inspector.Session();
    session.connect();
    const events: string[] = [];
    session.on('inspectorNotification', ({ method }: { method: string }) => events.push(method));
    session.post('Debugger.enable');
    events.length = 0;
    const n = 1;
    code(() => n);
    code(vm.runInThisContext('() => 1', { filename: '/other.js' }) as Function);
    assert.deepEqual(
      events.filter((e) => e !== 'Debugger.scriptParsed'),
      [],
    );
    let enabled = false;
    session.post('Debugger.getScriptSource', { scriptId: '0' }, (error) => {
      enabled = !/not enabled/.test(error?.message ?? '');
    });
    assert.ok(enabled, 'the debugger of that session is still on');
    session.disconnect();
  });

  test('a capture from a worker', async () => {
    const url = new URL('../../src/capture/capture.js', import.meta.url).href;
    const worker = new Worker(
      `import(${JSON.stringify(url)}).then(({ captureFunction }) => { const x = 7; require('node:worker_threads').parentPort.postMessage(captureFunction(() => x, 't').bindings[0].value) })`,
      { eval: true },
    );
    assert.equal(await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)), 7);
    await worker.terminate();
  });
});

describe('what is refused', () => {
  let counter = 0;
  test('an assigned variable: name, place, remedy', () => {
    refuses(() => {
      counter += 1;
    }, /assigns counter at \S*capture\.test\.[jt]s:\d+:\d+, a variable declared at \S*capture\.test\.[jt]s:\d+:\d+;.*AtomicInt32.*shared\(\{ counter \}\).*result/s);
    refuses(() => {
      [1].map(() => counter++);
    }, /assigns counter/);
    refuses(() => {
      ({ counter } = { counter: 1 });
    }, /assigns counter/);
    refuses(() => {
      for (counter of [1]);
    }, /assigns counter/);
    refuses(
      class {
        static m() {
          counter = 1;
        }
      },
      /assigns counter/,
    );
  });
  test('a variable that has no value yet', () => {
    refuses(() => later, /uses later, which has no value yet \(its declaration at \S+:\d+:\d+ has not been reached\)/);
    const later = 1;
    void later;
  });
  test('an undefined variable is not taken for one without a value', () => {
    const nothing = undefined;
    // oxlint-disable-next-line no-unassigned-vars
    let unset: unknown;
    assert.deepEqual(
      code(() => [nothing, unset]).bindings.map((b) => b.value),
      [undefined, undefined],
    );
    void unset;
  });
  test('a this that cannot be had', () => {
    const holder = {
      x: 1,
      make() {
        return ({ a }: { a: number }) => this.x + a;
      },
    };
    refuses(holder.make(), /const self = this/);
  });
  test('native functions', () => {
    refuses([][Symbol.iterator]().next, /next is a native function/);
  });
  test('what has a state of its own, at or below a variable', () => {
    const advice = (path: string, fn: Function): string => oneInEach(path, fn);
    const arrow = (): number => 1;
    class Schema {
      parse(): number {
        return 1;
      }
    }
    assert.match(advice('fn → limit', arrow), /const limit = local\(\(\) => \(\{ limit: … \}\)\)/);
    assert.match(advice('fn → schema', Schema), /const schema = local\(\(\) => …\)/);
    assert.match(advice('args[0] → http → request', arrow), /const http = local\(\(\) => …\)/);
    assert.match(advice('target', arrow), /^make it in a function of your own/);
  });
  test("Node's inner functions", () => {
    refuses(
      (process.stdout as unknown as { _write: Function })._write ??
        (process.stdout.constructor.prototype as { _write: Function })._write,
      /Node/,
    );
  });
  test('a Proxy', () => {
    refuses(new Proxy(() => 1, {}), /Proxy/);
    refuses(vm.runInThisContext('new Proxy(class {}, {})'), /Proxy/);
  });
  test('a getter that throws while it is read', () => {
    const interop = {
      __esModule: true,
      get boom(): never {
        throw new Error('no luck');
      },
    };
    refuses(() => interop.boom, /reading interop.*no luck/);
  });
  test('eval', () => {
    // oxlint-disable-next-line no-eval -- that is what is tested
    refuses(() => eval('counter'), /calls eval at \S+:\d+:\d+.*\(0, eval\)/);
  });
  test('private members outside their class', () => {
    class Secret {
      #x = 1;
      make() {
        return () => this.#x;
      }
    }
    refuses(new Secret().make(), /#x at \S+:\d+:\d+/);
  });
  test('super without its object', () => {
    refuses(
      {
        m() {
          return super.toString();
        },
      }.m,
      /uses super.*object\.m\(\)/,
    );
  });
  test('new.target', () => {
    let inner: Function = () => 0;
    new (
      (function (this: object) {
        inner = () => new.target;
      }) as unknown as new () => object
    )();
    refuses(inner, /const target = new\.target/);
  });
});

describe('declared environments', () => {
  test('capture(fn, scope) gives the values', async () => {
    let n = 1;
    const fn = capture(
      () => n + 1,
      () => ({ n: n * 10 }),
    );
    assert.equal(valueOf(code(fn), 'n'), 10);
    n = 2;
    assert.equal(await elsewhere(fn), 21);
  });
  test('anything but functions is a TypeError', () => {
    assert.throws(() => capture(() => 1, {} as never), TypeError);
  });
});

describe('without an inspector', () => {
  test('self-contained functions work, others say how to declare', async () => {
    const url = new URL('../../src/capture/capture.js', import.meta.url).href;
    const program = `
      require('node:inspector').Session.prototype.connect = () => { throw new Error('not permitted') };
      const { parentPort } = require('node:worker_threads');
      import(${JSON.stringify(url)}).then(({ captureFunction }) => {
        const x = 1;
        const plain = captureFunction((a) => Math.max(a, 1), 'target').bindings.length;
        let message = '';
        try { captureFunction(() => x, 'target') } catch (error) { message = error.message }
        parentPort.postMessage([plain, message]);
      });`;
    const worker = new Worker(program, { eval: true });
    const [plain, message] = (await new Promise((resolve, reject) =>
      worker.once('message', resolve).once('error', reject),
    )) as [number, string];
    await worker.terminate();
    assert.equal(plain, 0);
    assert.match(message, /uses x from around it.*capture\(fn, \(\) => \(\{ x \}\)\)/);
  });
});

describe('modules with a top-level await', () => {
  test('need a preload', async () => {
    const url = `data:text/javascript,export const value = await 5;`;
    const reference = { kind: 'module', url, path: ['value'] } as const;
    await preloadModules([url]);
    assert.equal(needsPreload(reference), false);
    assert.equal(loadReference(reference), 5);
  });
});

describe('rebuilding', () => {
  test('name and length', () => {
    const named = Object.defineProperty((_a: unknown, _b: unknown) => 1, 'name', { value: 'renamed' });
    const { code: c } = code(named);
    const { fn } = rebuild(c, []);
    assert.deepEqual([fn.name, fn.length], ['renamed', 2]);
  });

  test('every rebuilt closure has its own variables', () => {
    const make = (n: number) => () => n;
    const { code: c } = code(make(1));
    const [a, b] = [rebuild(c, []), rebuild(c, [])];
    a.setLate([1]);
    b.setLate([2]);
    assert.deepEqual([a.fn(), b.fn()], [1, 2]);
  });

  test('needs no parser and no inspector', async () => {
    const n = 1;
    const loaded = await elsewhere(() => {
      void n;
      const list = (process as unknown as { moduleLoadList: string[] }).moduleLoadList;
      return list.filter((name) => name === 'NativeModule inspector');
    });
    assert.deepEqual(loaded, []);
    assert.equal(await elsewhere(() => Object.keys(require.cache).some((file) => file.includes('acorn'))), false);
  });

  test('import of the room loads no parser and no inspector', async () => {
    const url = new URL('../../src/capture/capture.js', import.meta.url).href;
    const worker = new Worker(
      `import(${JSON.stringify(url)}).then(() => require('node:worker_threads').parentPort.postMessage([process.moduleLoadList.includes('NativeModule inspector'), Object.keys(require.cache).filter((f) => /acorn|import-meta-resolve/.test(f)).length]))`,
      { eval: true, execArgv: [] },
    );
    assert.deepEqual(await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)), [
      false,
      0,
    ]);
    await worker.terminate();
  });
});
