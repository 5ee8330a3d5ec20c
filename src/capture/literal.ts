/**
 * The text of a function as an expression tree. `toString()` gives the exact text that the user wrote, without what was around it:
 * a method comes without its class, a getter without its object.
 */
import { type AnyNode, parse } from './ast.js';
import type { CodeKind } from './captured.js';

/** A parsed function text. */
export interface Literal {
  readonly kind: CodeKind;
  /** The function, class or (methods, accessors) the object literal's property. Offsets count from `shift`. */
  readonly root: AnyNode;
  /** Offset of the text in the parsed program: subtract it from every node's `start` and `end`. */
  readonly shift: number;
  /** The text; private methods got a public name of the same length. */
  readonly text: string;
  /** Offset in the text of the place that V8 gives as the location of the function. */
  readonly anchor: number;
}

// A function around the text makes `new.target` legal there, an object literal gives a method its place.
const EXPRESSION = ['(function(){return(', ')})'] as const;
const MEMBER = ['(function(){return({', '})})'] as const;

/** Parses the text of a function. Strict code is tried first: there `<!--` is no comment and `await` no name. Throws SyntaxError. */
export function parseLiteral(text: string, strict: boolean | null): Literal {
  const types =
    strict === true
      ? (['module'] as const)
      : strict === false
        ? (['script', 'module'] as const)
        : (['module', 'script'] as const);
  const member =
    text.startsWith('#') || /^(async\s*\*?|get\s|set\s|\*)?\s*#/.test(text) ? text.replace('#', '_') : text;
  let failure: unknown;
  for (const [[before, after], source] of [
    [EXPRESSION, text],
    [MEMBER, member],
  ] as const) {
    for (const type of types) {
      try {
        return classify(source, parse(before + source + after, type), before.length);
      } catch (error) {
        failure ??= error;
      }
    }
  }
  throw failure;
}

function classify(text: string, program: { body: readonly AnyNode[] }, shift: number): Literal {
  const statement = program.body[0];
  if (statement?.type !== 'ExpressionStatement' || statement.expression.type !== 'FunctionExpression')
    throw new SyntaxError('not one function');
  const returned = statement.expression.body.body[0];
  const value = returned?.type === 'ReturnStatement' ? returned.argument : null;
  if (statement.expression.body.body.length !== 1 || program.body.length !== 1 || !value)
    throw new SyntaxError('not one function');
  const common = { shift, text };
  switch (value.type) {
    case 'FunctionExpression':
      return { ...common, kind: 'function', root: value, anchor: parenthesis(text, value, shift) };
    case 'ArrowFunctionExpression':
      return { ...common, kind: 'arrow', root: value, anchor: 0 };
    case 'ClassExpression': {
      const constructor = value.body.body.find((e) => e.type === 'MethodDefinition' && e.kind === 'constructor');
      // V8 places a class at its constructor, if it has one.
      const anchor = constructor?.type === 'MethodDefinition' ? constructor.value.start - shift : 0;
      return { ...common, kind: 'class', root: value, anchor };
    }
    case 'ObjectExpression': {
      const property = value.properties[0];
      if (value.properties.length !== 1 || property?.type !== 'Property') break;
      if (!property.method && property.kind === 'init') break;
      const kind = property.kind === 'get' ? 'getter' : property.kind === 'set' ? 'setter' : 'method';
      return { ...common, kind, root: property, anchor: property.value.start - shift };
    }
  }
  throw new SyntaxError('not a function');
}

/** Where the parameter list begins: V8's location of a function. The parser does not keep it, comments may hold parentheses too. */
function parenthesis(text: string, node: AnyNode & { type: 'FunctionExpression' }, shift: number): number {
  let at = node.id ? node.id.end - shift : node.start - shift;
  const end = (node.params[0]?.start ?? node.body.start) - shift;
  while (at < end) {
    if (text.startsWith('/*', at)) at = text.indexOf('*/', at) + 2;
    else if (text.startsWith('//', at)) at = text.indexOf('\n', at) + 1;
    else if (text[at] === '(') return at;
    else at++;
  }
  return 0;
}
