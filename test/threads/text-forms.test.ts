/** Names and text forms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import {
  Barrier,
  Condition,
  Event,
  Future,
  Lock,
  Queue,
  RLock,
  run,
  RWLock,
  Semaphore,
  struct,
  any,
  f64,
  Thread,
  ThreadPoolExecutor,
} from 'threadwork';

test('text forms begin with the name of the class', () => {
  class OwnLock extends Lock {}
  class OwnRLock extends RLock {}
  class OwnCondition extends Condition {}
  class OwnEvent extends Event {}
  class OwnBarrier extends Barrier {}
  class OwnSemaphore extends Semaphore {}
  class OwnRWLock extends RWLock {}
  class OwnQueue extends Queue<number> {}
  class OwnThread extends Thread {}
  class OwnFuture extends Future<number> {}
  class OwnPool extends ThreadPoolExecutor {}
  const [lock, rlock, rw, pool] = [new OwnLock(), new OwnRLock(), new OwnRWLock(), new OwnPool()];
  const others = [new OwnEvent(), new OwnBarrier(2), new OwnSemaphore(), new OwnQueue(), new OwnThread()];
  const conditions = [new OwnCondition(), new OwnCondition(lock), new OwnCondition(rlock)];
  const objects = [lock, rlock, rw, pool, ...others, ...conditions, new OwnFuture()];
  const look = (): void => {
    for (const object of objects) {
      assert.ok(String(object).match(new RegExp(`^<${object.constructor.name}[ (]`)), String(object));
      assert.equal(inspect(object), String(object));
    }
  };
  look();
  assert.match(String(conditions[1]), /^<OwnCondition unlocked waiting=0 name=Condition-\d+>$/);
  assert.match(String(rw.readLock), /^<OwnRWLock unlocked waiters=0 name=RWLock-\d+ readLock>$/);
  for (const held of [lock, rlock, rw.writeLock]) held.acquire();
  look();
  assert.match(String(conditions[2]), /^<OwnCondition locked owner=MainThread count=1 waiting=0 name=Condition-\d+>$/);
  pool.shutdown();
});

test('the sides of an RWLock are the same objects every time', () => {
  const lock = new RWLock();
  assert.equal(lock.readLock, lock.readLock);
  assert.equal(lock.writeLock, lock.writeLock);
  assert.notEqual(lock.readLock, lock.writeLock);
  assert.equal(lock.writeLock.lock, lock);
  assert.notEqual(new RWLock().readLock, lock.readLock);
});

test('a name is a text, or a number as one', () => {
  for (const object of [new Lock(), new Queue(), new Thread(), new RWLock()]) {
    const { name } = object;
    for (const none of [undefined, null, {}, [], () => 0]) {
      assert.throws(() => (object.name = none as never), { name: 'TypeError', message: /^name must be a text, not / });
    }
    assert.equal(object.name, name);
    object.name = 7 as never;
    assert.equal(object.name, '7');
  }
});

test('refusals name what was called', () => {
  assert.throws(() => run(5 as never), { name: 'TypeError', message: /^run\(\) takes a function/ });
  const point = new (class Point extends struct({ x: f64, what: any }) {})({ x: 1, what: null });
  assert.throws(() => (point.x = {} as never), { name: 'TypeError', message: /takes a number, not an object$/ });
  assert.throws(() => Lock.prototype.release.call(new Event() as never), /was called on an Event:/);
  assert.throws(() => Event.prototype.set.call(new Lock() as never), /was called on a Lock:/);
});
