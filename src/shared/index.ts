/**
 * Data that threads share.
 *
 * @module threadwork/shared
 */
import '../core.js';
import { provideModule } from '../capture/modules.js';
// oxlint-disable-next-line import/no-self-import -- its own namespace is what it registers below
import * as library from './index.js';

export { AtomicBigInt64 } from './atomic-bigint64.js';
export { AtomicBoolean } from './atomic-boolean.js';
export { AtomicFloat64 } from './atomic-float64.js';
export { AtomicInt32, AtomicUint32 } from './atomic-integers.js';
export { SharedList } from './list.js';
export type { ListReading } from './list-reading.js';
export { SharedMap } from './map.js';
export { SharedObject } from './object.js';
export { SharedSet } from './set.js';
export { shared } from './share.js';
export type { Shared } from './types.js';
export { sharedArray } from './shared-array.js';
export { type FieldValues, type Initial, struct, Struct, type StructClass } from './struct.js';
export { StructArray } from './struct-array.js';
export {
  any,
  array,
  bool,
  f32,
  f64,
  type Field,
  type Fields,
  type FieldValue,
  type HandleType,
  i16,
  i32,
  i64,
  i8,
  str,
  u16,
  u32,
  u64,
  u8,
} from './struct-fields.js';

// What a function uses of this module is found in the other thread, never captured.
provideModule('threadwork/shared', library);
