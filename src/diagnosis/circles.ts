/**
 * Deadlocks that could happen: circles in the graph of locks (park/lock-order.ts) whose edges could come together.
 *
 * A circle is one of edges A → B → … → A, each of a thread that held the one and took the other. Its threads could wait for each
 * other if all of this holds (Havelund's GoodLock has the first two, Linux's lockdep the third):
 *
 *   - the edges are of different threads, or flows of asynchronous calls; two blocking waits of one thread never come together
 *   - no lock was held at two of the edges, unless only as a reader both times: such a gate keeps the two apart
 *   - who takes a lock at one edge has to wait for who holds it at the next. A reader does not wait for a reader, but behind a
 *     writer who waits for that reader: so if some thread outside of the circle has ever been inside as a writer
 */
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { readText } from '../heap/text.js';
import {
  BLOCKING,
  COLLECTED,
  collectEdges,
  dropEdge,
  Edge,
  HELD_TO_READ,
  isWrittenByOthers,
  TAKEN_TO_READ,
  THREADS_KEPT,
} from '../park/lock-order.js';

/** Longer circles are not looked for. */
const LONGEST: number = THREADS_KEPT;
/** Looking for circles in a dense graph ends after so many steps: then those that were found must do. */
const MOST_STEPS = 100_000;
const FIRST_ROOM = 64;

/** One edge, as it is reported. */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly thread: number;
  readonly flow: number;
  readonly modes: number;
  /** Id of each lock that was held, and whether it was held alone. */
  readonly held: ReadonlyMap<number, boolean>;
  /** The WRITER word of `to`. */
  readonly writer: number;
  /** What the thread that made it had to tell, as JSON. */
  readonly text: string;
}

/**
 * The shortest circle that begins with an edge from one lock to the other (to any, if that is the same) and could come about; empty
 * if there is none.
 */
export function findCircle(from: number, to: number): Step[] {
  const steps = stepsAround(from, to);
  const start = i32[from + Record.ID];
  const end = i32[to + Record.ID];
  const first = steps.filter((step) => step.from === start && (end === start || step.to === end));
  const after = new Map<number, Step[]>();
  for (const step of steps) {
    const list = after.get(step.from);
    if (list === undefined) after.set(step.from, [step]);
    else list.push(step);
  }
  let left = MOST_STEPS;
  const extend = (path: readonly Step[], length: number): readonly Step[] => {
    const goal = (path.at(-1) as Step).to;
    if (path.length === length) return goal === start && couldComeAbout(path) ? path : [];
    for (const next of after.get(goal) ?? []) {
      if (--left < 0) return [];
      if (path.some((step) => step.from === next.from || !canMeet(step, next))) continue;
      const found = extend([...path, next], length);
      if (found.length > 0) return found;
    }
    return [];
  };
  for (let length = 1; length <= LONGEST; length++) {
    for (const step of first) {
      const found = extend([step], length);
      if (found.length > 0) return [...found];
    }
  }
  return [];
}

/** The edges that a circle with an edge between these two locks can have. */
function stepsAround(from: number, to: number): Step[] {
  let room = new Int32Array(FIRST_ROOM * COLLECTED);
  let count = collectEdges(from, to, room);
  while (count * COLLECTED > room.length) {
    room = new Int32Array(2 * count * COLLECTED);
    count = collectEdges(from, to, room);
  }
  const steps: Step[] = [];
  for (let k = 0; k < count; k++) {
    const edge = room[k * COLLECTED];
    steps.push(readStep(edge, room[k * COLLECTED + 1]));
    dropEdge(edge);
  }
  return steps;
}

function readStep(edge: number, writer: number): Step {
  const held = new Map<number, boolean>();
  for (let k = 0; k < i32[edge + Edge.HELD_COUNT]; k++) {
    held.set(i32[edge + Edge.HELD + 2 * k], i32[edge + Edge.HELD + 2 * k + 1] === 0);
  }
  return {
    from: i32[edge + Edge.FROM_ID],
    to: i32[edge + Edge.TO_ID],
    thread: i32[edge + Edge.THREAD],
    flow: i32[edge + Edge.FLOW],
    modes: i32[edge + Edge.MODES],
    held,
    writer,
    text: readText(i32[edge + Edge.TEXT]),
  };
}

/** Whether the threads of the two can be there at the same time. */
function canMeet(a: Step, b: Step): boolean {
  if (a.thread === b.thread && (a.flow === b.flow || (a.modes & b.modes & BLOCKING) !== 0)) return false;
  for (const [lock, alone] of a.held) if (b.held.has(lock) && (alone || b.held.get(lock) === true)) return false;
  return true;
}

/** Whether each of the circle waits for the next. */
function couldComeAbout(circle: readonly Step[]): boolean {
  const threads = circle.map(({ thread }) => thread);
  return circle.every(({ modes, writer }, k) => {
    const next = circle[(k + 1) % circle.length];
    if ((modes & TAKEN_TO_READ) === 0 || (next.modes & HELD_TO_READ) === 0) return true;
    return isWrittenByOthers(writer, threads);
  });
}
