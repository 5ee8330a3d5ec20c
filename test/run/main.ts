/**
 * Runs the compiled tests: `npm test -- [--jobs n] [--timeout seconds] [--verbose] [--list] [words…]`.
 *
 * A word selects the files whose path holds it (`capture`, `threading/lock`); where no path does, the tests whose name holds it (`LOCK-011`).
 * The last line is always `N passed, N failed`, with `, N skipped` where some were.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { killAll, runFile } from './file.js';
import { readableStack, shortened } from './stacks.js';

const { bold, cyan, dim, green, red, yellow } = pc.createColors(
  process.stdout.isTTY || Boolean(process.env.FORCE_COLOR),
);
const compiled = path.dirname(path.dirname(fileURLToPath(import.meta.url))); // build/test
const root = path.dirname(path.dirname(compiled));

interface Job {
  /** Path of the TypeScript source, relative to the root: what people know the file by. */
  source: string;
  pattern?: string | undefined;
}

function options() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        jobs: { type: 'string', default: process.env.THREADWORK_TEST_JOBS ?? '2' },
        timeout: {
          type: 'string',
          default:
            process.env.THREADWORK_TEST_TIMEOUT ??
            String(300 * Math.max(1, Number(process.env.THREADWORK_STRESS ?? 1))),
        },
        verbose: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    console.error(red((error as Error).message));
    process.exit(2);
  }
}

/** Every test file, by its source. */
function allFiles(): string[] {
  return readdirSync(compiled, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js'))
    .map((file) => path.join('test', file.replace(/js$/, 'ts')))
    .filter((source) => existsSync(path.join(root, source)))
    .sort();
}

function select(words: string[]): Job[] {
  const sources = allFiles();
  if (words.length === 0) return sources.map((source) => ({ source }));
  const jobs = new Map<string, Set<string> | null>(); // name parts wanted, null for the whole file
  for (const word of words) {
    const byPath = sources.filter((source) => source.includes(word));
    for (const source of byPath) jobs.set(source, null);
    if (byPath.length > 0) continue;
    for (const source of sources) {
      if (!readFileSync(path.join(root, source), 'utf8').includes(word)) continue;
      const wanted = jobs.get(source) ?? new Set<string>();
      if (jobs.get(source) !== null) jobs.set(source, wanted.add(word));
    }
  }
  return [...jobs].map(([source, parts]) => ({
    source,
    pattern: parts ? [...parts].map(patternOf).join('|') : undefined,
  }));
}

/** A name's part as a regular expression. `LOCK-1` does not mean `LOCK-11`. */
function patternOf(part: string): string {
  return part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') + (/\d$/.test(part) ? '(?!\\d)' : '');
}

const { values, positionals } = options();
const jobs = select(positionals);
if (values.list) {
  for (const { source } of jobs) console.log(source);
  process.exit(0);
}
process.on('SIGINT', () => {
  killAll();
  process.exit(130);
});

const total = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const started = performance.now();

async function work(): Promise<void> {
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    const file = path.join(compiled, path.relative('test', job.source).replace(/ts$/, 'js'));
    const result = await runFile(file, {
      timeout: Number(values.timeout) * 1000,
      pattern: job.pattern,
      live: values.verbose,
    });
    const failed = result.failures.length;
    total.passed += result.passed;
    total.failed += failed;
    total.skipped += result.skipped;
    if (failed + result.passed + result.skipped === 0) continue;
    const counts = [
      result.passed > 0 && `${result.passed} passed`,
      failed > 0 && red(`${failed} failed`),
      result.skipped > 0 && yellow(`${result.skipped} skipped`),
    ];
    const mark = failed ? red('✗') : green('✓');
    console.log(
      `${mark} ${job.source}  ${counts.filter(Boolean).join(', ')}  ${dim(`${(result.ms / 1000).toFixed(1)} s`)}`,
    );
    for (const failure of result.failures) {
      const title = `${red('✗')} ${bold(failure.name)} ${cyan(job.source)}`;
      console.log(indent(`${title}\n${indent(shortened(readableStack(failure.error)))}`));
      failures.push(title);
    }
    if (failed && result.output.trim())
      console.log(indent(dim(`what the file printed last:\n${indent(shortened(result.output.trimEnd()))}`)));
  }
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

const workers = Math.max(1, Number(values.jobs) || 1);
await Promise.all(Array.from({ length: workers }, work));

if (failures.length > 1) console.log(`\n${bold('Failed, with details above:')}\n${indent(failures.join('\n'))}`);
if (total.passed + total.failed === 0) {
  console.log(
    red(
      positionals.length
        ? `no test matches ${positionals.join(', ')}`
        : `no test found in ${path.relative(root, compiled)}`,
    ),
  );
}
console.log(dim(`\n${((performance.now() - started) / 1000).toFixed(1)} s`));
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
