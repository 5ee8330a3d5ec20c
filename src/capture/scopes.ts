/**
 * Looking into functions, with the inspector of the same thread: one session without a debugger, connected on the first capture.
 *
 * JavaScript values are exchanged through a private object, the slot, that the inspector knows by an object id; they never become
 * remote descriptions. All ids of one look belong to a group that is released at its end.
 */
import { createRequire } from 'node:module';
import type { Debugger, Runtime, Session } from 'node:inspector';

/** Where V8 says that a function is; zero-based. */
export interface Location {
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
}

/** A scope that a function sees, from the inside out. The global object is not in the list. */
export interface ScopeObject {
  /** `Module`, `Closure (outer)`, `Block`, `Catch`, `Script`, `Eval` … */
  readonly description: string;
  /** Variable to value. On V8 since 12, reading one that is not initialised yet throws. */
  readonly object: Record<string, unknown>;
}

export interface Inspected {
  readonly location: Location | null;
  readonly scopes: readonly ScopeObject[];
}

interface Slot {
  value: unknown;
  result: unknown;
}

/** Remote objects of one look. */
export const GROUP = 'threadwork';
const slot: Slot = { value: undefined, result: undefined };
let session: Session | null | undefined;
let slotId = '';
let mainGlobal: Record<string, unknown>;

/** Whether functions can be looked into. Connects on the first call. */
export function canInspect(): boolean {
  if (session !== undefined) return session !== null;
  try {
    connect();
  } catch {
    session = null;
  }
  return session !== null;
}

function connect(): void {
  const require = createRequire(import.meta.url);
  const inspector = require('node:inspector') as typeof import('node:inspector');
  const vm = require('node:vm') as typeof import('node:vm');
  const connected = new inspector.Session();
  connected.connect();
  session = connected;
  // The inspector evaluates in the main context of the thread; this module may run in another one.
  mainGlobal = vm.runInThisContext('globalThis') as Record<string, unknown>;
  slotId =
    withGlobal((name) =>
      post<Runtime.EvaluateReturnType>('Runtime.evaluate', {
        expression: name,
        objectGroup: `${GROUP}-slot`,
        silent: true,
      }),
    ).result.objectId ?? '';
  if (!slotId) throw new Error('the inspector does not see the slot');
}

/** Makes the slot a global variable for as long as `run` takes. */
function withGlobal<T>(run: (name: string) => T): T {
  const key = `__threadwork_${Math.random().toString(36).slice(2)}`;
  Object.defineProperty(mainGlobal, key, { value: slot, configurable: true, enumerable: false });
  try {
    return run(`globalThis.${key}`);
  } finally {
    delete mainGlobal[key];
  }
}

/** Calls the function that `withRemote()` looks at, for at most `timeout` ms; what it returns or throws is dropped. */
export function callRemote(timeout: number): void {
  withGlobal((name) => {
    try {
      post('Runtime.evaluate', { expression: `(0,${name}.value)()`, timeout, objectGroup: GROUP, silent: true });
    } catch {
      // Terminated: that is how a look at a paused call ends.
    }
  });
}

/** Sends a command; the same-thread session answers before this returns. */
export function post<T>(method: string, params?: object): T {
  let result: unknown;
  let failure: Error | null = null;
  (
    session as unknown as { post(m: string, p: object | undefined, done: (e: Error | null, r: unknown) => void): void }
  ).post(method, params, (error, answer) => {
    failure = error;
    result = answer;
  });
  if (failure) throw new Error(`${method}: ${(failure as Error).message}`);
  return result as T;
}

/** Listens to a debugger event for the duration of `run`. */
export function listening<E, T>(event: string, listener: (params: E) => void, run: () => T): T {
  const handler = (message: { params: E }): void => listener(message.params);
  const emitter = session as unknown as NodeJS.EventEmitter;
  emitter.on(event, handler);
  try {
    return run();
  } finally {
    emitter.removeListener(event, handler);
  }
}

/** Runs `look` with the remote id of a value, and releases everything that it got to see. */
export function withRemote<T>(value: unknown, look: (objectId: string) => T): T {
  if (!canInspect()) throw new Error('node:inspector is not available');
  slot.value = value;
  try {
    const { result } = callOnSlot('function(){return this.value}');
    return look(result.objectId ?? '');
  } finally {
    slot.value = undefined;
    slot.result = undefined;
    post('Runtime.releaseObjectGroup', { objectGroup: GROUP });
  }
}

function callOnSlot(functionDeclaration: string, args: Runtime.CallArgument[] = []): Runtime.CallFunctionOnReturnType {
  return post('Runtime.callFunctionOn', {
    objectId: slotId,
    functionDeclaration,
    arguments: args,
    objectGroup: GROUP,
    silent: true,
  });
}

/** The JavaScript value behind a remote object. */
export function fetchValue(remote: Runtime.RemoteObject): unknown {
  if (remote.objectId) callOnSlot('function(v){this.result=v}', [{ objectId: remote.objectId }]);
  else if (remote.unserializableValue)
    callOnSlot('function(v){this.result=v}', [{ unserializableValue: remote.unserializableValue }]);
  else slot.result = remote.type === 'undefined' ? undefined : remote.value;
  const value = slot.result;
  slot.result = undefined;
  return value;
}

// `privateProperties` is missing from the typings.
function propertiesOf(
  objectId: string,
): Runtime.GetPropertiesReturnType & { privateProperties?: { name: string; value?: Runtime.RemoteObject }[] } {
  return post('Runtime.getProperties', { objectId, ownProperties: true });
}

function internals(objectId: string): Map<string, Runtime.RemoteObject> {
  const found = new Map<string, Runtime.RemoteObject>();
  for (const { name, value } of propertiesOf(objectId).internalProperties ?? []) if (value) found.set(name, value);
  return found;
}

/** Location and scopes of a function. */
export function inspectFunction(fn: Function): Inspected {
  return withRemote(fn, (id) => {
    const internal = internals(id);
    const location = internal.get('[[FunctionLocation]]')?.value as Debugger.Location | undefined;
    const scopes = internal.get('[[Scopes]]');
    // The inspector's own arrays have no prototype.
    const list = scopes ? Array.from(fetchValue(scopes) as ArrayLike<ScopeObject>) : [];
    return {
      location: location
        ? { scriptId: location.scriptId, line: location.lineNumber, column: location.columnNumber ?? 0 }
        : null,
      scopes: list.filter((scope) => scope.description !== 'Global'),
    };
  });
}

/** What a bound function binds; null for any other function. */
export function inspectBound(fn: Function): { target: Function; self: unknown; args: unknown[] } | null {
  return withRemote(fn, (id) => {
    const internal = internals(id);
    const target = internal.get('[[TargetFunction]]');
    const self = internal.get('[[BoundThis]]');
    const args = internal.get('[[BoundArgs]]');
    if (!target) return null;
    return {
      target: fetchValue(target) as Function,
      self: self && fetchValue(self),
      args: args ? Array.from(fetchValue(args) as ArrayLike<unknown>) : [],
    };
  });
}

/** The values of the static `#fields` of a class, by name without `#`. */
export function inspectPrivate(fn: Function): Map<string, unknown> {
  return withRemote(fn, (id) => {
    const found = new Map<string, unknown>();
    for (const { name, value } of propertiesOf(id).privateProperties ?? [])
      if (value) found.set(name.replace(/^#/, ''), fetchValue(value));
    return found;
  });
}
