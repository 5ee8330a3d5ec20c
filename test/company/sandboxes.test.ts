/**
 * Programs in vm contexts, as test runners have them: with a library that was loaded outside, and with one, or several, inside.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram, startProgram } from '../conformance/thread-programs.js';

const SANDBOX = new URL('./sandbox.js', import.meta.url).href;
const EXERCISE = fileURLToPath(new URL('./exercise.js', import.meta.url));
const LIBRARY = path.join(fileURLToPath(new URL('../../../', import.meta.url)), 'dist', 'index.js');
const BEGIN = `
  import { Sandbox } from '${SANDBOX}';
  const exercise = (box, library) => box.require('${EXERCISE}').exercise(library);`;

async function prints(program: string, expected: string, flags: string[] = []): Promise<void> {
  const ended = await runProgram(BEGIN + program, flags);
  assert.equal(ended.stdout, expected, ended.stderr);
  assert.equal(ended.code, 0, ended.stderr);
}

test('a program in a context, the library outside', () =>
  prints(
    `import * as library from 'threadwork';
    await exercise(new Sandbox({ threadwork: library }), library);`,
    'done\n',
  ));

test('both in a context', () =>
  prints(
    `const box = new Sandbox();
    await exercise(box, box.require('${LIBRARY}'));`,
    'done\n',
  ));

test('both in a context, as ES modules', () =>
  prints(
    `const box = new Sandbox();
    const library = await box.import('${LIBRARY}');
    await (await box.import('${EXERCISE}')).exercise(library);`,
    'done\n',
    ['--experimental-vm-modules'],
  ));

test('several contexts with a library each, and one outside', () =>
  prints(
    `const boxes = [new Sandbox(), new Sandbox()];
    const libraries = boxes.map((box) => box.require('${LIBRARY}'));
    const outside = await import('threadwork');
    // All are there before the first of them starts a thread, and the first is not the one that came first.
    for (const k of [1, 0, 1]) await exercise(boxes[k], libraries[k]);
    await (await import('${EXERCISE}')).exercise(outside);
    const refusal = (task) => { try { task(); return 'none'; } catch (error) { return error.name + ': ' + error.message.split('. ')[0]; } };
    console.log(refusal(() => new outside.Queue().put(new libraries[0].Lock())));
    console.log(refusal(() => new libraries[0].Queue().put(new libraries[1].Lock())));
    console.log(libraries[1].currentThread().name, libraries[1].getIdent() === outside.getIdent());
    const { sleep, Thread } = libraries[1];
    new Thread({ target: () => { sleep(300); console.log('last'); } }).start();`,
    `done\n${'done\n'.repeat(3)}${'NotSendableError: item belongs to another copy of threadwork that this program has loaded\n'.repeat(2)}MainThread true\nlast\n`,
  ));

test('a context that makes no code of texts', () =>
  prints(
    `import vm from 'node:vm';
    import { run } from 'threadwork';
    const context = vm.createContext({}, { codeGeneration: { strings: false, wasm: false } });
    const inside = (text) => vm.runInContext('(' + text + ')', context);
    console.log(...(await run(inside('(map) => [map instanceof Map, map.get(1)[0]]'), inside('new Map([[1, [2]]])'))));
    try { await run(inside('(() => { const { keys } = Object; return () => keys({}); })()')); } catch (error) { console.log(error.message); }`,
    'true 2\nfn → keys: keys is a native function that belongs to no builtin module and to no global; make it inside the function that uses it\n',
  ));

test('a listener to SIGINT runs in a wait of any copy', async () => {
  const running = startProgram(`${BEGIN}
    const [, { Queue, Thread, sleep }] = [new Sandbox(), new Sandbox()].map((box) => box.require('${LIBRARY}'));
    process.on('SIGINT', () => { console.log('interrupt'); throw new Error('stop'); });
    new Thread({ daemon: true, target: () => { sleep(400); console.log('blocks'); sleep(30_000); } }).start();
    try { new Queue().get(); } catch (error) { console.log(error.message); }
    process.exit(0);`);
  await running.until(() => running.stdout.includes('blocks'));
  running.child.kill('SIGINT');
  assert.equal((await running.ended).stdout, 'blocks\ninterrupt\nstop\n');
});
