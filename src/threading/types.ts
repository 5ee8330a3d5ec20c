/** Record types of this room's classes. One is Thread's (supervisor/thread-record.ts). */
export const LOCK_TYPE = 2;
export const RLOCK_TYPE = 3;
export const CONDITION_TYPE = 4;
export const SEMAPHORE_TYPE = 5;
export const BOUNDED_SEMAPHORE_TYPE = 6;
export const EVENT_TYPE = 7;
export const BARRIER_TYPE = 8;
export const RW_LOCK_TYPE = 9;
export const LOCAL_TYPE = 10;
export const ITERATOR_TYPE = 11;
export const TEE_TYPE = 12;
export const TEE_SOURCE_TYPE = 13;
export const HOOK_TYPE = 14;
