/**
 * Fields of structs beside elements of typed arrays. There are several structs, as in a program: with one only, everything is
 * faster than it will ever be.
 */
import { any, bool, f64, i32, Lock, sharedArray, str, struct, StructArray, u8 } from 'threadwork';
import type { Figure } from './row.js';
import { least, takeTurns } from './sampling.js';

const ROUNDS = 25;
const TURNS = 1_000_000;

class Account extends struct({ balance: f64, owner: str, lock: Lock }) {}
class Particle extends struct({ alive: bool, kind: u8, x: f64, y: f64, dx: f64, dy: f64 }) {
  move() {
    this.x += this.dx;
    this.y += this.dy;
  }
}
class Counter extends struct({ n: i32, note: any }) {}

const account = new Account({ owner: 'ann' });
const other = new Account({ balance: 5 });
const particle = new Particle({ dx: 0.5, dy: 0.25 });
const counter = new Counter({ note: 5 });
const particles = new StructArray(Particle, 64);
const elements = new Int32Array(new SharedArrayBuffer(4096));
const doubles = new Float64Array(new SharedArrayBuffer(8192));
const own = sharedArray(Int32Array, 1024);
let seen = 0;

function timed(turns: () => void): () => number {
  return () => {
    const start = performance.now();
    turns();
    return ((performance.now() - start) * 1e6) / TURNS;
  };
}

export async function measure(): Promise<Figure[]> {
  const samples = await takeTurns(
    ROUNDS,
    {
      // From one place to another: what is read where it was just written waits for the processor, not for us.
      array: timed(() => {
        for (let k = 0; k < TURNS; k++) elements[7] = elements[99] + k;
      }),
      f64: timed(() => {
        for (let k = 0; k < TURNS; k++) account.balance = other.balance + k;
      }),
      add: timed(() => {
        for (let k = 0; k < TURNS; k++) account.balance += 1;
      }),
      addDouble: timed(() => {
        for (let k = 0; k < TURNS; k++) doubles[7] += 1;
      }),
      i32: timed(() => {
        for (let k = 0; k < TURNS; k++) counter.n = (counter.n + 1) | 0;
      }),
      move: timed(() => {
        for (let k = 0; k < TURNS; k++) particle.move();
      }),
      element: timed(() => {
        for (let k = 0; k < TURNS; k++) particles.at(k & 63).x += 1;
      }),
      shared: timed(() => {
        for (let k = 0; k < TURNS; k++) own[7] = own[99] + k;
      }),
      lock: timed(() => {
        for (let k = 0; k < TURNS; k++) if (account.lock.locked()) seen++;
      }),
      str: timed(() => {
        for (let k = 0; k < TURNS; k++) seen += account.owner.length;
      }),
      number: timed(() => {
        for (let k = 0; k < TURNS; k++) seen += counter.note as number;
      }),
      make: timed(() => {
        for (let k = 0; k < TURNS; k += 10) seen += new Particle().kind;
      }),
    },
    3,
  );
  const element = { unit: 'ns', yardstick: 'Int32Array: a[7] = a[99] + k', yardstickValue: least(samples.array) };
  return [
    { name: 'struct: f64 a.x = b.x + k', ours: least(samples.f64), ...element, times: 2 },
    {
      name: 'struct: f64 a.x += 1',
      ours: least(samples.add),
      unit: 'ns',
      yardstick: 'Float64Array: a[7] += 1',
      yardstickValue: least(samples.addDouble),
      times: 2,
    },
    { name: 'struct: i32 field = field + 1', ours: least(samples.i32), ...element },
    { name: 'struct: method with 4 reads and 2 writes', ours: least(samples.move), ...element },
    { name: 'StructArray.at(k).x += 1', ours: least(samples.element), ...element },
    { name: 'sharedArray: a[7] = a[99] + k', ours: least(samples.shared), ...element },
    { name: 'struct: lock field', ours: least(samples.lock), ...element },
    { name: 'struct: str field, short', ours: least(samples.str), ...element },
    { name: 'struct: any field with a number', ours: least(samples.number), ...element },
    { name: 'new struct with 6 fields', ours: (least(samples.make) as number) * 10, ...element },
  ];
}
