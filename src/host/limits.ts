/** Limits of a worker: Node takes what it does not understand for nothing, and ends the process for a stack in which no worker can boot. */
import type { ResourceLimits } from 'node:worker_threads';
import { told } from '../arguments.js';
import { ValueError } from '../errors.js';

/** Least and most of each, in MB. Below the least the thread could not boot. */
const RANGES: Readonly<Record<keyof ResourceLimits, readonly [least: number, most: number]>> = {
  maxYoungGenerationSizeMb: [1, 2 ** 20],
  maxOldGenerationSizeMb: [1, 2 ** 20],
  codeRangeSizeMb: [0, 2 ** 20],
  stackSizeMb: [1, 2 ** 10],
};

/** The limits, copied; throws TypeError and ValueError for what are none. */
export function checkedLimits(limits: unknown): ResourceLimits | undefined {
  if (limits === undefined || limits === null) return undefined;
  if (typeof limits !== 'object') throw new TypeError(`resourceLimits must be an object, not ${told(limits)}`);
  const checked: ResourceLimits = {};
  for (const [name, value] of Object.entries(limits) as [keyof ResourceLimits, unknown][]) {
    if (!Object.hasOwn(RANGES, name))
      throw new TypeError(`resourceLimits has no ${name}; it has ${Object.keys(RANGES).join(', ')}`);
    if (value === undefined) continue;
    const [least, most] = RANGES[name];
    if (typeof value !== 'number') throw new TypeError(`resourceLimits.${name} must be a number, not ${told(value)}`);
    if (!(value >= least && value <= most))
      throw new ValueError(`resourceLimits.${name} is ${value}; it must be from ${least} to ${most} MB`);
    checked[name] = value;
  }
  return checked;
}
