/**
 * Proof that the variables of a function keep their values: then a second capture of the same function need not look again.
 */
import type { AnyNode } from './ast.js';
import type { Environment } from './environment.js';
import { importedAs } from './imports.js';
import type { Binding } from './captured.js';
import type { Known } from './literals.js';
import { resolveSimple } from './loader.js';
import { type Variable, lookUp } from './names.js';
import { type Script, scriptOfModule } from './source.js';

/** Re-exports are followed this far. */
const MAX_HOPS = 8;

/** Whether all captured variables have their values for good. Reads the whole script once. */
export function isConstant(known: Known, bindings: readonly Binding[], environment: Environment): boolean {
  const { analysis, code, literal, free } = known;
  if (analysis.args !== null || analysis.privateStatics.length > 0 || code.declaration) return false;
  if (free.size === 0) return true;
  const { script, start, text } = literal;
  if (!script || start < 0) return false;
  const scope = script.scopeAround(start, start + text.length);
  if (!scope || scope.dynamic) return false;
  for (const name of free.keys()) {
    const variable = lookUp(scope, name);
    if (!variable || environment.find(name)?.value === undefined) return false;
    if (variable.kind !== 'import') {
      if (!keepsValue(variable)) return false;
    } else if (bindings.find((binding) => binding.name === name)?.kind !== 'reference') {
      const imported = importedAs(script, name);
      // A namespace has live members.
      if (
        !imported ||
        imported.path.length !== 1 ||
        !exportKeepsValue(script, imported.specifier, imported.path[0] as string, MAX_HOPS)
      )
        return false;
    }
  }
  return true;
}

function keepsValue(variable: Variable): boolean {
  switch (variable.kind) {
    case 'const':
    case 'self':
      return true;
    case 'let':
    case 'var':
    case 'param':
    case 'catch':
    case 'function':
    case 'class':
      return variable.assigned.length === 0 && !variable.looped;
    default:
      return false;
  }
}

/** Whether an export of another module of the user has its value for good. */
function exportKeepsValue(from: Script, specifier: string, name: string, hops: number): boolean {
  const url = /^[./]/.test(specifier) && hops > 0 ? resolveSimple(specifier, from.url) : null;
  const script = url ? scriptOfModule(url) : null;
  const global = script?.names?.global;
  if (!script?.program || !global || global.dynamic) return false;
  for (const statement of script.program.body) {
    if (statement.type === 'ExportDefaultDeclaration' && name === 'default') {
      const { declaration } = statement;
      if ((declaration.type !== 'FunctionDeclaration' && declaration.type !== 'ClassDeclaration') || !declaration.id)
        return true;
      return keeps(script, declaration.id.name, hops);
    }
    if (statement.type !== 'ExportNamedDeclaration') continue;
    for (const specified of statement.specifiers) {
      if (textOf(specified.exported) !== name) continue;
      const local = textOf(specified.local);
      return statement.source
        ? exportKeepsValue(script, String(statement.source.value), local, hops - 1)
        : keeps(script, local, hops);
    }
    const { declaration } = statement;
    const declares =
      declaration?.type === 'VariableDeclaration'
        ? // A pattern may declare it too: the scope knows.
          declaration.declarations.some(({ id }) =>
            id.type === 'Identifier' ? id.name === name : global.variables.has(name),
          )
        : declaration?.id.name === name;
    if (declares) return keeps(script, name, hops);
  }
  return false;
}

function keeps(script: Script, name: string, hops: number): boolean {
  const variable = script.names?.global.variables.get(name);
  if (!variable) return false;
  if (variable.kind !== 'import') return keepsValue(variable);
  const imported = importedAs(script, name);
  return (
    imported?.path.length === 1 && exportKeepsValue(script, imported.specifier, imported.path[0] as string, hops - 1)
  );
}

function textOf(node: AnyNode): string {
  return node.type === 'Identifier' ? node.name : node.type === 'Literal' ? String(node.value) : '';
}
