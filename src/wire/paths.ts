/**
 * Where the encoder is: the steps from the root (`args`) to the value at hand, for messages such as
 * `args[0].db.socket is a Socket`. Containers store one step per member, so that keeping the path costs a store.
 */

/** How the steps of one container read. */
export const MEMBER = 0;
export const ELEMENT = 1;
export const MAP_KEY = 2;
export const MAP_VALUE = 3;
export const SET_ITEM = 4;
/** A variable that a function captured. */
export const CAPTURED = 5;
/** A text that is the step already. */
export const LITERAL = 6;

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function brief(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
    case 'object':
      return value === null ? 'null' : '{…}';
    case 'function':
      return 'function';
    default:
      return String(value);
  }
}

function step(kind: number, value: unknown): string {
  switch (kind) {
    case ELEMENT:
      return `[${String(value)}]`;
    case MAP_KEY:
      return `.keys(${brief(value)})`;
    case MAP_VALUE:
      return `.get(${brief(value)})`;
    case SET_ITEM:
      return `.values(${brief(value)})`;
    case CAPTURED:
      return ` → ${String(value)}`;
    case LITERAL:
      return String(value);
    default:
      if (typeof value === 'symbol') return `[${value.toString()}]`;
      return IDENTIFIER.test(String(value)) ? `.${String(value)}` : `[${JSON.stringify(value)}]`;
  }
}

/** The path as text, such as `args[0].db.socket`. */
export function formatPath(root: string, kinds: readonly number[], steps: readonly unknown[], depth: number): string {
  let text = root;
  // A value nested very deeply would give a message of megabytes.
  for (let k = 1; k <= depth; k++) {
    if (depth > 40 && k === 20) {
      text += ' … ';
      k = depth - 20;
    }
    text += step(kinds[k], steps[k]);
  }
  // Without a root the first member is one: `target`, not `.target`.
  return root === '' && text.startsWith('.') ? text.slice(1) : text;
}
