import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CaptureError, Local, Lock, LifoQueue, Queue, SimpleQueue, Thread, Timer, run } from 'threadwork';
import { programFile, startNode } from '../conformance/thread-programs.js';

const PRIVATE = /which has #private members \(#n\): they cannot leave the object.*private/;

function refused(body: () => unknown): void {
  assert.throws(body, (error) => error instanceof CaptureError && PRIVATE.test(error.message));
}

test('a thread of a subclass with #private members cannot start', () => {
  class Worker extends Thread {
    #n = 1;
    override run(): number {
      return this.#n;
    }
  }
  class Later extends Timer {
    #n(): number {
      return 1;
    }
    override run(): number {
      return this.#n();
    }
  }
  class Derived extends Worker {}
  refused(() => new Worker().start());
  refused(() => new Derived().start());
  refused(() => new Later(1, () => undefined).start());
});

test("static private members are the class's own", () => {
  class Worker extends Thread {
    static #count = 0;
    override run(): number {
      return ++Worker.#count;
    }
  }
  assert.ok(new Worker().start().join());
});

test('queues and locals of such a class cannot be sent', async () => {
  class Secret extends Queue<number> {
    #n = 1;
    n(): number {
      return this.#n;
    }
  }
  class Simple extends SimpleQueue<number> {
    readonly #n = 1;
    n(): number {
      return this.#n;
    }
  }
  class Bag extends Local {
    readonly #n = 1;
    n(): number {
      return this.#n;
    }
  }
  const others = new LifoQueue<unknown>();
  for (const made of [new Secret(), new Simple(), new Bag()]) {
    assert.equal(made.n(), 1);
    refused(() => others.put(made));
    refused(() => new Thread({ target: () => made }).start());
  }
});

test("instances of a package's class with #private members cannot be sent", async () => {
  const program = programFile(`
    import { Point, Plain } from 'geo';
    import { Queue, run } from 'threadwork';
    const p = new Point();
    const queue = new Queue();
    const say = (error) => console.log(error.name, error.message.split('. ')[0]);
    for (const send of [() => run((q) => q.s(), p), () => run(() => p.s()), () => queue.put([p])]) {
      try { await send(); } catch (error) { say(error); }
    }
    console.log(await run((plain) => plain.double(), new Plain(4)));
  `);
  const folder = path.join(path.dirname(program), 'node_modules', 'geo');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "geo", "type": "module", "exports": "./index.js" }');
  writeFileSync(
    path.join(folder, 'index.js'),
    `export class Point { #secret = 1; s() { return this.#secret; } }
     export class Plain { constructor(n) { this.n = n; } double() { return 2 * this.n; /* no #private */ } }`,
  );
  const ended = await startNode([program]).ended;
  assert.equal(ended.stderr, '');
  assert.deepEqual(ended.stdout.trimEnd().split('\n'), [
    'NotSendableError args[0] is an instance of Point, which has #private members (#secret): they cannot leave the object',
    'CaptureError fn → p is an instance of Point, which has #private members (#secret): they cannot leave the object',
    'NotSendableError item[0] is an instance of Point, which has #private members (#secret): they cannot leave the object',
    '8',
  ]);
});

test('a guard stays in its thread', () => {
  const lock = new Lock();
  const guard = lock.hold();
  const told = /is a Guard, which cannot be sent to another thread\. .*send the lock/;
  assert.throws(() => run(() => guard.release()), { name: 'CaptureError', message: told });
  assert.throws(() => run((held: unknown) => held, guard as never), { name: 'NotSendableError', message: told });
  assert.throws(() => new Queue<unknown>().put(guard), { name: 'NotSendableError', message: told });
  guard.release();
});
