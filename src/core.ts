/**
 * What several rooms of the library stand on, and what most threads touch (locks, events, atomics), so that those threads need load no
 * room. Each entry point imports it, so that the bundler makes one chunk of it and one of each room, and not one of every combination
 * in which parts are needed: each file costs a millisecond to load, and each kilobyte of code ten of memory in every thread.
 */
import './capture/declare.js';
import './diagnosis/debugging.js';
import './diagnosis/lazy.js';
import './diagnosis/reaction.js';
import './park/bell.js';
import './park/condition.js';
import './park/counter.js';
import './park/dispatch.js';
import './park/errands.js';
import './park/flag.js';
import './park/gate.js';
import './park/mutex.js';
import './park/rw-mutex.js';
import './shared/atomic-bigint64.js';
import './shared/atomic-boolean.js';
import './shared/atomic-float64.js';
import './shared/atomic-integers.js';
import './supervisor/death.js';
import './supervisor/guest.js';
import './supervisor/output.js';
import './supervisor/thread-output.js';
import './supervisor/workers.js';
import './threading/async-owner.js';
import './threading/blank-context.js';
import './threading/event.js';
import './threading/frozen-hint.js';
import './threading/lock.js';
import './threading/process-end.js';
import './threading/target.js';
import './threading/thread-end.js';
import './threading/thread.js';
import './threading/types.js';
import './wire/portrait.js';
import './wire/slot.js';
