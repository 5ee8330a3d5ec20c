/** Objects of users' subclasses are of these classes in other threads, too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AtomicFloat64,
  AtomicInt32,
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Future,
  Lock,
  ProcessPoolExecutor,
  Queue,
  RLock,
  run,
  RWLock,
  Semaphore,
  SharedList,
  SharedMap,
  SharedSet,
  SimpleQueue,
  Thread,
  ThreadPoolExecutor,
} from 'threadwork';

class OwnLock extends Lock {
  label = 'Lock';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnRLock extends RLock {
  label = 'RLock';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnCondition extends Condition {
  label = 'Condition';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnSemaphore extends Semaphore {
  label = 'Semaphore';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnBounded extends BoundedSemaphore {
  label = 'BoundedSemaphore';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnEvent extends Event {
  label = 'Event';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnBarrier extends Barrier {
  label = 'Barrier';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnRWLock extends RWLock {
  label = 'RWLock';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnFuture extends Future {
  label = 'Future';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnPool extends ThreadPoolExecutor {
  label = 'ThreadPoolExecutor';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnProcesses extends ProcessPoolExecutor {
  label = 'ProcessPoolExecutor';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnInt extends AtomicInt32 {
  label = 'AtomicInt32';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnFloat extends AtomicFloat64 {
  label = 'AtomicFloat64';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnList extends SharedList<number> {
  label = 'SharedList';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnMap extends SharedMap<string, number> {
  label = 'SharedMap';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnSet extends SharedSet<number> {
  label = 'SharedSet';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnQueue extends Queue<number> {
  label = 'Queue';
  hi(): string {
    return `hi ${this.label}`;
  }
}
class OwnSimple extends SimpleQueue<number> {
  label = 'SimpleQueue';
  hi(): string {
    return `hi ${this.label}`;
  }
}

const objects = [
  new OwnLock(),
  new OwnRLock(),
  new OwnCondition(),
  new OwnSemaphore(),
  new OwnBounded(),
  new OwnEvent(),
  new OwnBarrier(2),
  new OwnRWLock(),
  new OwnFuture(),
  new OwnPool(1),
  new OwnProcesses(1),
  new OwnInt(),
  new OwnFloat(),
  new OwnList(),
  new OwnMap(),
  new OwnSet(),
  new OwnQueue(),
  new OwnSimple(),
];

for (const object of objects) {
  test(object.label, async () => {
    const type = object.constructor as new () => typeof object;
    const seen = (there: typeof object) => [there.hi(), there instanceof type, there.constructor.name, there.name];
    const expected = [`hi ${object.label}`, true, type.name, object.name];
    assert.deepEqual(await run(seen, object), expected);
    assert.deepEqual(await run(() => seen(object)), expected);
    // And back: it is the same object. In a list, because a Future would be awaited.
    const [back] = await run((there: typeof object) => [there], object);
    assert.equal(back, object);
    const list = new SharedList([object as Event]);
    assert.equal(await run(() => (list.at(0) as unknown as typeof object).hi()), `hi ${object.label}`);
  });
}

test('it works there, and is what it was when it was first sent', () => {
  class Stop extends Event {
    why = 'none';
    because(why: string): void {
      this.why = why;
      this.set();
    }
  }
  const stop = new Stop();
  const answer = new Event();
  const thread = new Thread({
    target: () => {
      stop.wait();
      if (stop.why === 'none') answer.set();
    },
  }).start();
  stop.because('done');
  thread.join();
  assert.equal(answer.isSet(), true);
  assert.equal(stop.why, 'done');
});

test('a field that cannot be sent is an error at the sender’s', () => {
  class Busy extends Lock {
    readonly pending = Promise.resolve();
  }
  const lock = new Busy();
  assert.throws(() => new Thread({ target: () => lock.locked() }).start(), /pending is a Promise/);
});
