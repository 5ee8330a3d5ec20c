/**
 * What the process hands to every thread: the memory of the shared heap and the code of its atomic steps travel in Node's environment
 * data, which each worker receives at birth whoever created it.
 */
import { types } from 'node:util';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { VERSION } from './copies.js';
import type { ModuleMemory } from './web-assembly.js';

/** Another version may have another map of the heap, and other steps. */
const KEY = `threadwork:heap:${VERSION}`;
const CODE_KEY = `threadwork:code:${VERSION}`;

/** What the heap stands in: the memory of a WebAssembly module, or a buffer where that cannot be had. */
export type SharedMemory = ModuleMemory | SharedArrayBuffer;

/** The bytes of the memory. */
export function bufferOf(memory: SharedMemory): SharedArrayBuffer {
  return 'buffer' in memory ? memory.buffer : memory;
}

/** The heap's memory as an earlier thread announced it, or undefined in the first thread that asks. */
export function announcedMemory(): SharedMemory | undefined {
  const found = getEnvironmentData(KEY) as Partial<ModuleMemory> | undefined;
  // Without instanceof: a copy of the library in a vm context has classes of its own.
  return types.isSharedArrayBuffer(found?.buffer ?? found) ? (found as SharedMemory) : undefined;
}

/** Gives the heap's memory to every worker created from now on by this thread or its descendants. */
export function announceMemory(memory: SharedMemory): void {
  setEnvironmentData(KEY, memory as SharedArrayBuffer);
}

/** The compiled WebAssembly module that an earlier thread announced, if one did. */
export function announcedCode(): unknown {
  return getEnvironmentData(CODE_KEY);
}

/** Gives the compiled module to every worker created from now on by this thread or its descendants. */
export function announceCode(module: object): void {
  setEnvironmentData(CODE_KEY, module as never);
}
