/**
 * Scope analysis: which variable every name of a program stands for, and how it is used.
 *
 * Names are resolved after the whole tree was read, so that hoisting needs no second pass. `this`, `super`, `new.target` and
 * `arguments` are treated as variables that a function, a method or a class field declares.
 */
import { type AnyNode, children } from './ast.js';
import { type Usage, usesOf } from './usage.js';

export type DeclarationKind =
  | 'var'
  | 'let'
  | 'const'
  | 'function'
  | 'class'
  | 'param'
  | 'catch'
  | 'import'
  | 'self'
  | 'implicit';

/** A declared variable. */
export interface Variable {
  readonly name: string;
  readonly kind: DeclarationKind;
  readonly scope: Scope;
  /** Where it is declared: the identifier, or the import specifier. */
  readonly node: AnyNode;
  /** `var` and `let` with a value of their own: the number of times the initialiser can run in one scope is `looped` ? many : 1. */
  initialised: boolean;
  looped: boolean;
  used: boolean;
  assigned: Use[];
}

/** One occurrence of a name. */
export interface Use extends Usage {
  readonly name: string;
  readonly node: AnyNode;
  readonly scope: Scope;
}

export interface Scope {
  readonly parent: Scope | null;
  readonly node: AnyNode;
  /** Whether `var` declarations stop here. */
  readonly hoists: boolean;
  readonly strict: boolean;
  readonly variables: Map<string, Variable>;
  /** A direct `eval` or a `with` inside: names can come and go. */
  dynamic: boolean;
}

export interface Names {
  readonly global: Scope;
  /** Names that nothing in the tree declares. */
  readonly free: Use[];
  /** The scope that a node opens; for functions the one of the parameters, for classes the one with their own name. */
  readonly scopes: Map<AnyNode, Scope>;
  readonly hosts: { readonly what: 'import' | 'import.meta'; readonly start: number; readonly end: number }[];
  /** Direct `eval(…)` calls. */
  readonly evals: AnyNode[];
  /** `#names` that no class in the tree declares. */
  readonly freePrivate: { readonly name: string; readonly node: AnyNode }[];
  /** Every identifier of the text: new names must differ from them. */
  readonly taken: Set<string>;
}

export interface ScanOptions {
  strict: boolean;
  /** Nodes that are left out: static initialisers that do not run again. */
  skip?: ReadonlySet<AnyNode>;
}

/** Reads a tree. `this` and the like at the top are free names. */
export function scan(root: AnyNode, options: ScanOptions): Names {
  return new Scanner(root, options).run();
}

class Scanner {
  readonly #root: AnyNode;
  readonly #skip: ReadonlySet<AnyNode>;
  readonly #ancestors: AnyNode[] = [];
  readonly #uses: Use[] = [];
  readonly #privates: { name: string; node: AnyNode; classes: ReadonlySet<string>[] }[] = [];
  readonly #classes: ReadonlySet<string>[] = [];
  readonly #names: Names;

  constructor(root: AnyNode, options: ScanOptions) {
    this.#root = root;
    this.#skip = options.skip ?? new Set();
    this.#names = {
      global: openScope(null, root, true, options.strict),
      free: [],
      scopes: new Map(),
      hosts: [],
      evals: [],
      freePrivate: [],
      taken: new Set(),
    };
  }

  run(): Names {
    const names = this.#names;
    if (this.#root.type === 'Program' && hasUseStrict(this.#root.body)) Object.assign(names.global, { strict: true });
    this.#visit(this.#root, names.global);
    for (const use of this.#uses) {
      const variable = lookUp(use.scope, use.name);
      if (!variable) names.free.push(use);
      else {
        variable.used = true;
        if (use.assigns) variable.assigned.push(use);
      }
    }
    for (const { name, node, classes } of this.#privates) {
      if (!classes.some((declared) => declared.has(name))) names.freePrivate.push({ name, node });
    }
    return names;
  }

  #visit(node: AnyNode, scope: Scope): void {
    if (this.#skip.has(node)) return;
    this.#ancestors.push(node);
    this.#enter(node, scope);
    this.#ancestors.pop();
  }

  #open(parent: Scope, node: AnyNode, hoists: boolean, strict: boolean): Scope {
    const scope = openScope(parent, node, hoists, strict);
    this.#names.scopes.set(node, scope);
    return scope;
  }

  #all(node: AnyNode, scope: Scope): void {
    for (const child of children(node)) this.#visit(child, scope);
  }

  #enter(node: AnyNode, scope: Scope): void {
    switch (node.type) {
      case 'Identifier':
        this.#use(node, node.name, scope);
        return;
      case 'ThisExpression':
        this.#use(node, 'this', scope);
        return;
      case 'Super':
        this.#use(node, 'super', scope);
        this.#use(node, 'this', scope);
        return;
      case 'MetaProperty':
        if (node.meta.name === 'new') this.#use(node, 'new.target', scope);
        else this.#names.hosts.push({ what: 'import.meta', start: node.start, end: node.end });
        return;
      case 'ImportExpression':
        this.#names.hosts.push({ what: 'import', start: node.start, end: node.start + 'import'.length });
        this.#all(node, scope);
        return;
      case 'PrivateIdentifier':
        this.#privates.push({ name: node.name, node, classes: [...this.#classes] });
        return;
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.#function(node, scope);
        return;
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.#class(node, scope);
        return;
      case 'BlockStatement':
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
      case 'SwitchStatement':
        this.#all(node, this.#open(scope, node, false, scope.strict));
        return;
      case 'CatchClause': {
        const inner = this.#open(scope, node, false, scope.strict);
        if (node.param) this.#pattern(node.param, inner, 'catch', true);
        this.#all(node.body, inner);
        return;
      }
      case 'VariableDeclaration':
        for (const declarator of node.declarations) {
          const kind = node.kind === 'var' || node.kind === 'let' ? node.kind : 'const';
          this.#ancestors.push(declarator);
          this.#pattern(
            declarator.id,
            kind === 'var' ? hoistScope(scope) : scope,
            kind,
            declarator.init != null || this.#isLoopHead(node),
            scope,
          );
          if (declarator.init) this.#visit(declarator.init, scope);
          this.#ancestors.pop();
        }
        return;
      case 'ImportDeclaration':
        for (const specifier of node.specifiers) declare(scope, specifier.local.name, 'import', specifier);
        return;
      case 'ExportNamedDeclaration':
        if (node.declaration) this.#visit(node.declaration, scope);
        // `export { a as b }` reads a; `export { a } from` reads nothing here.
        else if (!node.source)
          for (const s of node.specifiers) if (s.local.type === 'Identifier') this.#visit(s.local, scope);
        return;
      case 'ExportAllDeclaration':
        return;
      case 'MemberExpression':
        this.#visit(node.object, scope);
        if (node.computed || node.property.type === 'PrivateIdentifier') this.#visit(node.property, scope);
        else if (node.property.type === 'Identifier') this.#names.taken.add(node.property.name);
        return;
      case 'Property':
        if (node.computed) this.#visit(node.key, scope);
        this.#visit(node.value, scope);
        return;
      case 'LabeledStatement':
        this.#visit(node.body, scope);
        return;
      case 'BreakStatement':
      case 'ContinueStatement':
        return;
      case 'CallExpression':
        if (node.callee.type === 'Identifier' && node.callee.name === 'eval' && !node.optional) {
          this.#names.evals.push(node);
          for (let s: Scope | null = scope; s; s = s.parent) s.dynamic = true;
        }
        this.#all(node, scope);
        return;
      case 'WithStatement':
        for (let s: Scope | null = scope; s; s = s.parent) s.dynamic = true;
        this.#all(node, scope);
        return;
      default:
        this.#all(node, scope);
    }
  }

  #function(
    node: AnyNode & { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' },
    outer: Scope,
  ): void {
    const strict = outer.strict || (node.body.type === 'BlockStatement' && hasUseStrict(node.body.body));
    let scope = outer;
    if (node.type === 'FunctionDeclaration' && node.id) {
      // In sloppy mode a function in a block is also a variable of the function around it.
      declare(outer, node.id.name, 'function', node.id);
      const hoisted = hoistScope(outer);
      if (!strict && hoisted !== outer && !hoisted.variables.has(node.id.name))
        declare(hoisted, node.id.name, 'var', node.id).looped = true;
      this.#names.taken.add(node.id.name);
    } else if (node.type === 'FunctionExpression' && node.id) {
      scope = this.#open(outer, node, false, strict);
      declare(scope, node.id.name, 'self', node.id);
      this.#names.taken.add(node.id.name);
    }
    const inner = this.#open(scope, node, true, strict);
    if (node.type !== 'ArrowFunctionExpression') {
      const owner = this.#ancestors.at(-2);
      const method =
        owner?.type === 'MethodDefinition' || (owner?.type === 'Property' && (owner.method || owner.kind !== 'init'));
      for (const name of ['this', 'arguments', 'new.target', ...(method ? ['super'] : [])])
        declare(inner, name, 'implicit', node);
    }
    for (const parameter of node.params) this.#pattern(parameter, inner, 'param', true);
    if (node.body.type !== 'BlockStatement') {
      this.#visit(node.body, inner);
      return;
    }
    // A default value cannot see what the body declares.
    const simple = node.params.every((p) => p.type === 'Identifier');
    this.#ancestors.push(node.body);
    this.#all(node.body, simple ? inner : this.#open(inner, node.body, true, strict));
    this.#ancestors.pop();
  }

  #class(node: AnyNode & { type: 'ClassDeclaration' | 'ClassExpression' }, outer: Scope): void {
    if (node.type === 'ClassDeclaration' && node.id) declare(outer, node.id.name, 'class', node.id);
    const scope = this.#open(outer, node, false, true);
    if (node.id) {
      declare(scope, node.id.name, 'self', node.id);
      this.#names.taken.add(node.id.name);
    }
    if (node.superClass) this.#visit(node.superClass, scope);
    const privates = new Set<string>();
    for (const element of node.body.body) {
      if (element.type !== 'StaticBlock' && element.key.type === 'PrivateIdentifier') privates.add(element.key.name);
    }
    this.#classes.push(privates);
    this.#ancestors.push(node.body);
    for (const element of node.body.body) {
      if (this.#skip.has(element)) continue;
      this.#ancestors.push(element);
      if (element.type === 'StaticBlock') {
        const inner = this.#open(scope, element, true, true);
        for (const name of ['this', 'super', 'new.target']) declare(inner, name, 'implicit', element);
        this.#all(element, inner);
      } else {
        if (element.computed) this.#visit(element.key, scope);
        if (element.value && element.type === 'MethodDefinition') this.#visit(element.value, scope);
        else if (element.value) {
          const inner = this.#open(scope, element, true, true);
          for (const name of ['this', 'super', 'new.target']) declare(inner, name, 'implicit', element);
          this.#visit(element.value, inner);
        }
      }
      this.#ancestors.pop();
    }
    this.#ancestors.pop();
    this.#classes.pop();
  }

  /** Declares the names of a binding pattern; its default values and computed keys are read in `from`. */
  #pattern(node: AnyNode, scope: Scope, kind: DeclarationKind, initialised: boolean, from: Scope = scope): void {
    switch (node.type) {
      case 'Identifier': {
        const variable = declare(scope, node.name, kind, node);
        this.#names.taken.add(node.name);
        if (initialised) {
          // Two initialisers of one `var`, or one that runs again and again, make it a variable that changes.
          variable.looped ||= kind === 'var' && (variable.initialised || variable.kind !== 'var' || this.#inLoop());
          variable.initialised = true;
        }
        return;
      }
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type === 'RestElement') this.#pattern(property.argument, scope, kind, initialised, from);
          else {
            if (property.computed) this.#visit(property.key, from);
            this.#pattern(property.value, scope, kind, initialised, from);
          }
        }
        return;
      case 'ArrayPattern':
        for (const element of node.elements) if (element) this.#pattern(element, scope, kind, initialised, from);
        return;
      case 'RestElement':
        this.#pattern(node.argument, scope, kind, initialised, from);
        return;
      case 'AssignmentPattern':
        this.#pattern(node.left, scope, kind, initialised, from);
        this.#visit(node.right, from);
        return;
      default:
        this.#visit(node, from);
    }
  }

  /** The declaration of `for (const x of …)`; its declarator is on the stack above it. */
  #isLoopHead(node: AnyNode): boolean {
    const parent = this.#ancestors.at(-3);
    return (parent?.type === 'ForInStatement' || parent?.type === 'ForOfStatement') && parent.left === node;
  }

  #inLoop(): boolean {
    for (let i = this.#ancestors.length - 1; i >= 0; i--) {
      const node = this.#ancestors[i];
      if (!node || isFunction(node)) return false;
      if (/^(For|While|DoWhile)/.test(node.type)) return true;
    }
    return false;
  }

  #use(node: AnyNode, name: string, scope: Scope): void {
    this.#names.taken.add(name);
    for (const reading of usesOf(this.#ancestors)) this.#uses.push({ name, node, scope, ...reading });
  }
}

function openScope(parent: Scope | null, node: AnyNode, hoists: boolean, strict: boolean): Scope {
  return { parent, node, hoists, strict, variables: new Map(), dynamic: false };
}

function hoistScope(scope: Scope): Scope {
  let s = scope;
  while (!s.hoists && s.parent) s = s.parent;
  return s;
}

function declare(scope: Scope, name: string, kind: DeclarationKind, node: AnyNode): Variable {
  const known = scope.variables.get(name);
  if (known && kind === 'var') return known;
  const variable: Variable = {
    name,
    kind,
    scope,
    node,
    initialised: false,
    looped: known !== undefined && known.kind !== 'implicit',
    used: false,
    assigned: [],
  };
  scope.variables.set(name, variable);
  return variable;
}

/** The variable that a name stands for in a scope. */
export function lookUp(scope: Scope, name: string): Variable | null {
  for (let s: Scope | null = scope; s; s = s.parent) {
    const variable = s.variables.get(name);
    if (variable) return variable;
  }
  return null;
}

export function isFunction(
  node: AnyNode,
): node is AnyNode & { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' } {
  return (
    node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
  );
}

export function hasUseStrict(body: readonly AnyNode[]): boolean {
  for (const statement of body) {
    if (statement.type !== 'ExpressionStatement' || typeof statement.directive !== 'string') return false;
    if (statement.directive === 'use strict') return true;
  }
  return false;
}
