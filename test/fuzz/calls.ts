/** Calls by chance. */
import fc from 'fast-check';
import type { Operation } from './operations.js';
import { SUBJECTS } from './subjects.js';
import { type Argument, type Call, VALUES } from './trial.js';

/** Any call of the operation: mostly on objects of its class, with too few, enough or too many arguments. */
export function callOf(operation: Operation): fc.Arbitrary<Call> {
  const value = fc.constantFrom(...VALUES);
  // A spread handle has the address of one that may be gone: only who lends it methods of Threadwork's can do harm with it.
  const stranger = fc.constantFrom(...VALUES.filter((name) => name !== 'spread handle'));
  const option = fc.record({ option: fc.nat(operation.options.length), value });
  const argument: fc.Arbitrary<Argument> = operation.options.length > 0 ? fc.oneof(value, option) : value;
  const states = operation.subject === null ? 1 : SUBJECTS[operation.subject].make.length;
  return fc.record({
    operation: fc.constant(operation.name),
    self: fc.oneof({ weight: 5, arbitrary: fc.nat(states - 1) }, { weight: 1, arbitrary: stranger }),
    args: fc.array(argument, { maxLength: operation.arity + 2 }),
  });
}
