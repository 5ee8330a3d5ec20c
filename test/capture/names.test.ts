import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analyse } from '../../src/capture/code.js';
import { parseLiteral } from '../../src/capture/literal.js';

/** The free variables of a function text: names, with member paths where only those are read, `=` where it is assigned. */
function free(text: string, strict = true): string {
  return analyse(parseLiteral(text, strict), strict)
    .free.map(({ name, uses }) => {
      const assigned = uses.some((use) => use.assigns) ? '=' : '';
      const paths = uses.map((use) => use.path.join('.') + (use.called ? '()' : ''));
      return name + assigned + (paths.every((path) => path === '') ? '' : `{${paths.join()}}`);
    })
    .sort()
    .join(' ');
}

describe('free variables', () => {
  const cases: [text: string, expected: string, strict?: boolean][] = [
    ['() => a + b', 'a b'],
    ['(a, b = c) => a + b', 'c'],
    ['({ a, b: { c }, ...d }, [e, f = g]) => [a, b, c, d, e, f]', 'b g'],
    ['function f(n) { return n ? f(n - 1) : g }', 'g'],
    ['() => { x = 1; var x; }', ''],
    ['() => { y; { let y; } }', 'y'],
    ['() => { { var y; } y; }', ''],
    ['() => { f(); function f() {} }', ''],
    ['() => { { function f() {} } f(); }', 'f'],
    ['() => { { function f() {} } f(); }', '', false],
    ['() => { try {} catch ({ message, cause: [c] }) { return message + c + e } }', 'e'],
    ['() => { try {} catch { return e } }', 'e'],
    ['() => { for (const x of xs) x; return x }', 'x xs'],
    ['() => { for (let i = 0; i < n; i++); }', 'n'],
    ['() => { switch (a) { case b: let c; c; } }', 'a b'],
    ['() => { class A extends B { [k] = v; static s = A; #p = q; m() { return A } } return new A }', 'B k q v'],
    ['class A extends B { [k] = v; static s = w; static { x } #p = q; m() { return A } }', 'k q v'],
    ['class { [Symbol.iterator]() {} [computed()]() {} }', 'Symbol{iterator}'],
    ['a => { label: for (;;) { break label } }', ''],
    ['() => ({ key: 1, [computed]: 2, shorthand, method() { return free } })', 'computed free shorthand'],
    ['() => a.b.c', 'a{b.c}'],
    ['() => a.b.c()', 'a{b.c()}'],
    ['() => a?.b?.[0]?.c', 'a{b.0.c}'],
    ['() => a["b"][c]', 'a{b} c'],
    ['() => { const { x, y: { z } } = a.b; }', 'a{b.x,b.y}'],
    ['() => { const { x, ...rest } = a; }', 'a'],
    ['() => (0, a.b)()', 'a{b}'],
    ['() => new a.B()', 'a{B}'],
    ['() => a.b`x`', 'a{b()}'],
    ['() => { a.b = 1 }', 'a'],
    ['() => { delete a.b }', 'a'],
    ['() => { a.b++ }', 'a'],
    ['() => { a = 1 }', 'a='],
    ['() => { a++ }', 'a='],
    ['() => { a ??= 1 }', 'a='],
    ['() => { [a, { b: c }] = d }', 'a= c= d'],
    ['() => { ({ a, b: [c = d] } = e) }', 'a= c= d e'],
    ['() => { for (a in b); for (c.d of e); }', 'a= b c e'],
    ['() => () => { a = 1 }', 'a='],
    ['() => `${a}${`${b}`} ${"${c}"}`', 'a b'],
    ['() => /a/.test(b) / c / d', 'b c d'],
    ['async function* f() { for await (const x of y) yield* x; await using z = w; }', 'w y'],
    ['() => typeof a', 'a'],
    ['() => import.meta.url + import("x")', ''],
    ['function () { return arguments.length + this.x }', ''],
  ];
  for (const [text, expected, strict] of cases) {
    test(text, () => assert.equal(free(text, strict), expected));
  }
});

describe('the texts that functions have', () => {
  const kinds: [text: string, kind: string][] = [
    ['function f() {}', 'function'],
    ['async function* f() {}', 'function'],
    ['x => x', 'arrow'],
    ['async () => {}', 'arrow'],
    ['async x => x', 'arrow'],
    ['class {}', 'class'],
    ['foo() {}', 'method'],
    ['async foo() {}', 'method'],
    ['async *[a + b]() {}', 'method'],
    ['*"quoted name"() {}', 'method'],
    ['get x() { return 1 }', 'getter'],
    ['set x(v) {}', 'setter'],
    ['get() {}', 'method'],
    ['async() {}', 'method'],
    ['#hidden() {}', 'method'],
    ['static() {}', 'method'],
  ];
  for (const [text, kind] of kinds) test(text, () => assert.equal(parseLiteral(text, true).kind, kind));

  test('sloppy code that strict code could not be', () => {
    assert.equal(free('function () { with (a) { b } return 010 }', false), 'a b');
  });
});

describe('the text that is compiled again', () => {
  const source = (text: string): string => analyse(parseLiteral(text, true), true).source;
  const sameLines: string[] = [
    '() => import.meta.url',
    'async () => import("a").then(() => import.meta)',
    '() => { this.a; return () => this.b }',
    '() => arguments[0]',
    'class A extends mixin(\n  B\n) { static a = 1; static { b();\n } c() {} }',
    'class { [a\n.b]() {} }',
    'class A extends B { x = 1; static #p = { a:\n1 }; }',
  ];
  for (const text of sameLines) {
    test(`keeps its lines and columns: ${text.replace(/\n/g, '⏎')}`, () => {
      const lines = (t: string): number[] => t.split('\n').map((line) => line.length);
      const before = lines(text);
      const after = lines(source(text));
      assert.equal(after.length, before.length);
      // Only the end of a class may move: setters for its private statics stand there.
      for (const [i, length] of after.entries())
        if (i < after.length - 1 || !text.includes('#')) assert.equal(length, before[i]);
    });
  }

  test('statics and static blocks are gone', () => {
    assert.doesNotMatch(source('class A { static a = f(); static { g(); } static m() {} }'), /[fg]\(/);
  });

  test('new names differ from all others', () => {
    const text = source('(x) => { const thi$ = 1, $$$$ = 2, $$$_ = 3; return [this, thi$, $$$$, $$$_] }');
    assert.match(text, /return \[(?!this|thi\$,|\$\$\$\$,|\$\$\$_,)....,/);
  });
});
