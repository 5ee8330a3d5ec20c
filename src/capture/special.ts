/**
 * The variables that exist only in captured code: they stand for what was no variable where the function was written.
 */
import { refuse, nameOf } from './complain.js';
import type { Environment } from './environment.js';
import { bodyKeys } from './extras.js';
import { homeOf, thisAround } from './home.js';
import type { Known } from './literals.js';
import { inspectPrivate } from './scopes.js';

/** The values of these variables, by name, with what to call them in messages. */
export function specialValues(
  fn: Function,
  known: Known,
  path: string,
  environment: Environment,
): Map<string, { label: string; value: unknown }> {
  const { analysis, code, literal } = known;
  const values = new Map<string, { label: string; value: unknown }>();
  if (analysis.heritage)
    values.set(analysis.heritage.slot, {
      label: `extends ${analysis.heritage.label}`,
      value: Object.getPrototypeOf(fn),
    });
  if (analysis.members.some((member) => member.slot !== null)) {
    const { computed } = bodyKeys(fn, analysis);
    for (const { slot } of analysis.members) {
      if (slot === null) continue;
      // A member that was deleted or replaced since: any key will do, the present one travels as a property.
      values.set(slot, { label: 'a computed key', value: computed.get(slot) ?? '#replaced' });
    }
  }
  if (code.parent)
    values.set(code.parent.name, { label: 'super', value: homeOf(fn, literal, path, environment).parent.value });
  if (analysis.self !== null)
    values.set(analysis.self, { label: 'this', value: thisAround(fn, literal, path, environment) });
  if (analysis.args !== null) {
    const found = environment.find('arguments');
    if (!found)
      throw refuse(
        path,
        `${nameOf(fn)} uses the \`arguments\` around it, which cannot be had here; write \`const args = [...arguments]\` before it`,
      );
    values.set(analysis.args, { label: 'arguments', value: [...(found.value as Iterable<unknown>)] });
  }
  if (analysis.privateStatics.length > 0) {
    const found = inspectPrivate(fn);
    for (const { name, slot } of analysis.privateStatics) {
      if (!found.has(name))
        throw refuse(path, `the value of the static #${name} of ${nameOf(fn)} cannot be read; make it public`);
      values.set(slot, { label: `#${name}`, value: found.get(name) });
    }
  }
  return values;
}
