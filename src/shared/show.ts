/**
 * Text forms of shared containers: their contents, as deep as `util.inspect` was asked to go.
 */
import { inspect, type InspectOptions } from 'node:util';

type Inspect = typeof inspect;

/** Records that are being shown: they may contain themselves. */
const showing = new Set<number>();

/** For `[inspect.custom]`: the contents, behind the name of the class. */
export function show(
  label: string,
  address: number,
  depth: number | null,
  options: InspectOptions,
  contents: () => object,
  print: Inspect | undefined,
): string {
  if (depth !== null && depth < 0) return `[${label}]`;
  if (showing.has(address)) return '[Circular]';
  showing.add(address);
  try {
    const text = (typeof print === 'function' ? print : inspect)(contents(), { ...options, depth });
    return text.startsWith('Map(') || text.startsWith('Set(') ? `Shared${text}` : `${label} ${text}`;
  } finally {
    showing.delete(address);
  }
}
