/**
 * The `this` around an arrow function. It is in no scope that the inspector shows, but a paused call has it: the function is called
 * with a breakpoint at its entry, looked at, and terminated before its body runs. Default values of parameters would run, so this is
 * only for functions without any.
 */
import type { Debugger } from 'node:inspector';
import { GROUP, callRemote, fetchValue, listening, post, withRemote } from './scopes.js';

/** Longest time that the call may take if the breakpoint does not hold. */
const CALL_LIMIT_MS = 5000;

export function receiverOf(fn: Function): { value: unknown } | null {
  return pausedIn(fn, (frame) => {
    // Not `frame.this`: of an async function that is another object.
    const answer = evaluate(frame, 'this');
    return answer.exceptionDetails ? null : { value: fetchValue(answer.result) };
  });
}

/** Which of these variables, all undefined in the scopes, are not initialised yet. Only V8 before 12 leaves that open. */
export function uninitialised(fn: Function, names: readonly string[]): string[] {
  return pausedIn(fn, (frame) => names.filter((name) => evaluate(frame, name).exceptionDetails !== undefined)) ?? [];
}

function evaluate({ callFrameId }: Debugger.CallFrame, expression: string): Debugger.EvaluateOnCallFrameReturnType {
  return post('Debugger.evaluateOnCallFrame', { callFrameId, expression, objectGroup: GROUP, silent: true });
}

function pausedIn<T>(fn: Function, look: (frame: Debugger.CallFrame) => T | null): T | null {
  return withRemote(fn, (objectId) => {
    let seen: T | null = null;
    const onPaused = (event: Debugger.PausedEventDataType): void => {
      try {
        const frame = event.callFrames[0];
        if (frame) seen = look(frame);
      } catch {
        // Not found: the caller says so.
      } finally {
        post('Debugger.resume', { terminateOnResume: true });
      }
    };
    post('Debugger.enable', {});
    try {
      const { breakpointId } = post<{ breakpointId: string }>('Debugger.setBreakpointOnFunctionCall', { objectId });
      try {
        // The call sits in an evaluation with a time limit: termination ends there, not in the caller of this function.
        listening('Debugger.paused', onPaused, () => callRemote(CALL_LIMIT_MS));
      } finally {
        post('Debugger.removeBreakpoint', { breakpointId });
      }
    } finally {
      post('Debugger.disable');
    }
    return seen;
  });
}
