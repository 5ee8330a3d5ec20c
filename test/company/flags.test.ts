/**
 * Node with flags that take something away.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programFile, startNode } from '../conformance/thread-programs.js';

const EXERCISE = `import * as library from 'threadwork';
  import { exercise } from '${new URL('./exercise.js', import.meta.url).href}';
  await exercise(library);`;

for (const flags of [
  ['--disallow-code-generation-from-strings', '--disable-proto=throw', '--frozen-intrinsics', '--inspect=0'],
  ['--disable-proto=delete', '--max-old-space-size=60', '--unhandled-rejections=strict', '--preserve-symlinks'],
]) {
  test(flags.join(' '), async () => {
    const ended = await startNode([...flags, programFile(EXERCISE)]).ended;
    assert.equal(ended.stdout, 'done\n', ended.stderr);
    assert.equal(ended.code, 0, ended.stderr);
  });
}

test('NODE_OPTIONS with loader hooks and preloaded modules: threads have them, too', async () => {
  const hooks = programFile(`
    export const resolve = (name, context, next) => name === 'virtual:answer' ? { url: name, shortCircuit: true } : next(name, context);
    export const load = (url, context, next) => url === 'virtual:answer' ? { format: 'module', source: 'export default 42', shortCircuit: true } : next(url, context);`);
  const register = programFile(`import { register } from 'node:module'; register('file://${hooks}');`);
  const preload = programFile('globalThis.preloaded = true;', 'cjs');
  const file = programFile(`
    import { ProcessPoolExecutor, run } from 'threadwork';
    import answer from 'virtual:answer';
    const look = async () => [answer, (await import('virtual:answer')).default, globalThis.preloaded];
    const pool = new ProcessPoolExecutor(1);
    console.log(...(await run(look)), ...(await pool.submit(look)));
    pool.shutdown();`);
  const flags = ['--enable-source-maps', '--experimental-vm-modules', '--no-warnings'];
  for (const options of [
    [`--import=file://${register}`, `--require=${preload}`, ...flags],
    [`--experimental-loader=file://${hooks}`, '-r', preload, ...flags],
  ]) {
    const before = process.env['NODE_OPTIONS'];
    process.env['NODE_OPTIONS'] = options.join(' ');
    const running = startNode([file]);
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
    const ended = await running.ended;
    assert.equal(ended.stdout, '42 42 true 42 42 true\n', ended.stderr);
    assert.equal(ended.code, 0, ended.stderr);
  }
});

/** The permission model, which Node 20 calls experimental. */
const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';

test('--permission: without --allow-worker, start() says what is missing; with it, what is captured is declared', async () => {
  const file = programFile(`
    import { AtomicInt32, capture, Thread } from 'threadwork';
    const count = new AtomicInt32();
    const refusal = (task) => { try { task(); return 'none'; } catch (error) { return error.name + ': ' + error.message; } };
    const add = () => { count.add(1); };
    const undeclared = () => { count.add(1); };
    const start = (target) => refusal(() => new Thread({ target }).start().join());
    console.log(start(capture(add, () => ({ count }))), start(undeclared), count.value);`);
  const files = '--allow-fs-read=*';
  const without = await startNode([PERMISSION, files, file]).ended;
  const refused =
    "RuntimeError: can't start new thread: Node's permission model is on; start Node with --allow-worker, too";
  assert.equal(without.stdout, `${refused} ${refused} 0\n`, without.stderr);
  const allowed = await startNode([PERMISSION, files, '--allow-worker', file]).ended;
  assert.match(
    allowed.stdout,
    /^none CaptureError: .*capture\(fn, \(\) => \(\{ count \}\)\)/,
    allowed.stdout + allowed.stderr,
  );
});
