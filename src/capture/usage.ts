/**
 * What is done with a variable at one place of the text: written, read as a whole, or only some member of it read or called.
 */
import { type AnyNode, staticKey } from './ast.js';

export interface Usage {
  /** The member path that is read, `[]` when the value itself is used. */
  readonly path: readonly string[];
  /** Whether the value at `path` is called, so that the object before the last step is its `this`. */
  readonly called: boolean;
  readonly assigns: boolean;
  /** `{ name }` in an object literal, where the name is also the key. */
  readonly shorthand: boolean;
}

/** The uses that an identifier stands for: it is the last of `ancestors`, a destructuring pattern reads several members at once. */
export function usesOf(ancestors: readonly AnyNode[]): Usage[] {
  let at = ancestors.length - 2;
  let child = ancestors.at(-1) as AnyNode;
  let parent = ancestors[at];
  const shorthand = parent?.type === 'Property' && parent.shorthand && parent.value === child;
  const path: string[] = [];
  const up = (): void => {
    child = parent as AnyNode;
    parent = ancestors[--at];
  };
  while (
    parent?.type === 'MemberExpression' &&
    parent.object === child &&
    parent.property.type !== 'PrivateIdentifier'
  ) {
    const key = staticKey(parent.property, parent.computed);
    if (key === null) break;
    path.push(key);
    up();
  }
  if (parent?.type === 'ChainExpression') up();
  const target = isTarget(ancestors, at, child);
  // Writing to a member, or deleting it, uses the object as a whole.
  if (target) return [{ path: [], called: false, assigns: target === 'write' && path.length === 0, shorthand }];
  const members = destructured(parent, child);
  if (members) return members.map((key) => ({ path: [...path, key], called: false, assigns: false, shorthand }));
  const isCallee =
    (parent?.type === 'CallExpression' && parent.callee === child) ||
    (parent?.type === 'TaggedTemplateExpression' && parent.tag === child);
  return [{ path, called: path.length > 0 && isCallee, assigns: false, shorthand }];
}

/** The keys of `const { a, b } = child`; null where the pattern needs more than these. */
function destructured(parent: AnyNode | undefined, child: AnyNode): string[] | null {
  if (parent?.type !== 'VariableDeclarator' || parent.init !== child || parent.id.type !== 'ObjectPattern') return null;
  const keys: string[] = [];
  for (const property of parent.id.properties) {
    if (property.type === 'RestElement') return null;
    const key = staticKey(property.key, property.computed);
    if (key === null) return null;
    keys.push(key);
  }
  return keys.length > 0 ? keys : null;
}

/** Whether the expression is written to: by an assignment, `++`, a loop head, a destructuring pattern, or `delete`. */
function isTarget(ancestors: readonly AnyNode[], at: number, child: AnyNode): 'write' | 'delete' | null {
  let node = child;
  for (let i = at; i >= 0; i--) {
    const parent = ancestors[i];
    switch (parent?.type) {
      case 'AssignmentExpression':
        return parent.left === node ? 'write' : null;
      case 'UpdateExpression':
        return 'write';
      case 'UnaryExpression':
        return parent.operator === 'delete' ? 'delete' : null;
      case 'ForInStatement':
      case 'ForOfStatement':
        return parent.left === node ? 'write' : null;
      case 'AssignmentPattern':
        if (parent.left !== node) return null;
        break;
      case 'Property':
        if (parent.value !== node) return null;
        break;
      case 'ArrayPattern':
      case 'ObjectPattern':
      case 'RestElement':
        break;
      default:
        return null;
    }
    // Inside an object *literal* a property value is only read.
    if (parent.type === 'Property' && ancestors[i - 1]?.type !== 'ObjectPattern') return null;
    node = parent;
  }
  return null;
}
