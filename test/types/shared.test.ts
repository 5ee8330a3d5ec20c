import { Lock, type Shared, shared, type SharedList, type SharedMap, type SharedSet } from 'threadwork';
import { compiles, same, type Same } from './typed.js';

compiles('what shared() returns has the types of what went in', () => {
  const data = shared({
    a: 1,
    b: ['x'],
    m: new Map([['k', { n: 1 }]]),
    s: new Set([1]),
    lock: new Lock(),
    d: new Date(),
  });
  same<Same<typeof data.a, number>>();
  same<Same<typeof data.b, SharedList<string>>>();
  same<Same<typeof data.m, SharedMap<string, { n: number }>>>();
  same<Same<typeof data.s, SharedSet<number>>>();
  same<Same<typeof data.lock, Lock>>();
  same<Same<typeof data.d, Date>>();
  data.b.push('y');
  same<Same<ReturnType<typeof data.b.copy>, string[]>>();
  const lengths = data.b.reduce((sum, text) => sum + text.length, 0);
  same<Same<typeof lengths, number>>();
  const joined = data.b.reduce((sum, text) => sum + text);
  same<Same<typeof joined, string>>();
  const longer = data.b.concat('z', ['a'], data.b);
  same<Same<typeof longer, string[]>>();
  // @ts-expect-error a number is no string
  data.b.index(1);
  // @ts-expect-error a number is no string
  data.b.push(1);
  data.m.set('z', { n: 2 });
  same<Same<ReturnType<typeof data.m.get>, { n: number } | undefined>>();
  // @ts-expect-error there is no such property
  data.c = 1;
  // @ts-expect-error an element of a list is not an index
  void data.b[0];
  const nested = shared([[1], [2]]);
  same<Same<ReturnType<typeof nested.get>, SharedList<number>>>();
  nested.push([3]);
  nested.get(0).push(4);
  same<Same<Shared<{ x: number[] }>, { x: SharedList<number> }>>();
  // @ts-expect-error a single number is an AtomicInt32
  shared(5);
});

compiles('a container of a shared object is replaced by a shared one', () => {
  const o = shared({ list: [1], map: new Map([['k', 1]]), set: new Set(['x']), at: { x: 1 } });
  o.list = shared([1, 2]);
  o.map = shared(new Map([['z', 2]]));
  o.set = shared(new Set(['y']));
  o.at = { x: 2 };
  // @ts-expect-error works, but what is read there is a SharedList
  o.list = [1, 2];
});
