/** Condition used as a lock: the RLock inside. */
import { test } from 'node:test';
import { Condition } from 'threadwork';
import { inBothForms } from './forms.js';
import * as cases from './lock-cases.js';

test('CONDLOCK-001 a new condition is free', () => cases.beginsUnlocked(new Condition()));
test('CONDLOCK-002 the text form shows state and identity', () => cases.showsItsState(new Condition()));
inBothForms('CONDLOCK-005 acquire and release', (form) => cases.isTakenAndFreed(new Condition(), form));
inBothForms('CONDLOCK-006 acquire without blocking', (form) => cases.isTakenWithoutBlocking(new Condition(), form));
inBothForms('CONDLOCK-007 held by main, refused to another thread', (form) =>
  cases.isRefusedWhileMainHoldsIt(new Condition(), form),
);
inBothForms('CONDLOCK-009 scoped holds', (form) => cases.isHeldForAScope(new Condition(), form));
inBothForms('CONDLOCK-011 timeouts', (form) => cases.keepsToItsTimeout(new Condition(), form));
inBothForms('CONDLOCK-015 taken again by its owner', (form) => cases.canBeTakenAgainByItsOwner(new Condition(), form));
inBothForms('CONDLOCK-016 one release too many', (form) => cases.cannotBeReleasedTooOften(new Condition(), form));
inBothForms('CONDLOCK-017 locked() until the last release', (form) =>
  cases.isLockedUntilTheLastRelease(new Condition(), form),
);
inBothForms('CONDLOCK-021 released by its owner only', (form) => cases.isReleasedByItsOwnerOnly(new Condition(), form));

inBothForms('Condition: arguments of acquire', (form) => cases.readsItsArguments(new Condition(), form));
inBothForms('Condition: the text form shows the holder', (form) => cases.showsItsHolder(new Condition(), form));
