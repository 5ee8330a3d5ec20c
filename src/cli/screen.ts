/** What the tour shows: on a terminal with colours and a line that lives while a program runs, elsewhere as plain text. */
import type { WriteStream } from 'node:tty';
import { colorsFor } from './colors.js';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const INDENT = ' '.repeat(7);

/** The part of log-update that is used here. */
interface LiveLine {
  (text: string): void;
  clear(): void;
  done(): void;
}

export class Screen {
  readonly #out: WriteStream;
  readonly #live: LiveLine | null;
  readonly #color: ReturnType<typeof colorsFor>;
  #timer: NodeJS.Timeout | undefined;
  #started = 0;

  /** A screen on stdout. The library for the live line is loaded for terminals only. */
  static async open(): Promise<Screen> {
    const out = process.stdout;
    const live = out.isTTY ? (await import('log-update')).createLogUpdate(out) : null;
    return new Screen(out, live);
  }

  private constructor(out: WriteStream, live: LiveLine | null) {
    this.#out = out;
    this.#live = live;
    this.#color = colorsFor(out);
  }

  /** A program begins. */
  begin(id: string, title: string): void {
    const { bold, cyan } = this.#color;
    this.#started = performance.now();
    this.#write(`${cyan(id.padEnd(INDENT.length))}${bold(title)}`);
    if (this.#live) this.#timer = setInterval(() => this.#draw(), FRAME_MS);
  }

  /** A line that the program printed. */
  output(line: string): void {
    this.#write(`${INDENT}${this.#color.dim(line)}`);
  }

  /** What a check said. */
  check(held: boolean, text: string): void {
    const { green, red } = this.#color;
    this.#write(INDENT + (held ? `${green('✓')} ${text}` : red(`✗ ${text}`)));
  }

  /** The program ended. */
  end(): void {
    this.close();
    this.#out.write(`${INDENT}${this.#color.dim(seconds(performance.now() - this.#started))}\n\n`);
  }

  /** The tour ended. */
  summary(programs: number, checks: number, failed: string[], ms: number): void {
    const { bold, dim, green, red } = this.#color;
    const result =
      failed.length === 0
        ? green(`✓ ${count(programs, 'program')}, ${count(checks, 'check')}, all true`)
        : red(`✗ ${failed.length} of ${count(programs, 'program')} failed: ${failed.join(', ')}`);
    this.#out.write(`${bold(result)}  ${dim(seconds(ms))}\n`);
  }

  /** Takes the live line away and shows the cursor again. */
  close(): void {
    clearInterval(this.#timer);
    this.#live?.clear();
    this.#live?.done();
  }

  #write(line: string): void {
    this.#live?.clear();
    this.#out.write(`${line}\n`);
    this.#draw();
  }

  #draw(): void {
    const { cyan, dim } = this.#color;
    const elapsed = performance.now() - this.#started;
    const frame = FRAMES[Math.floor(elapsed / FRAME_MS) % FRAMES.length];
    this.#live?.(`${INDENT}${cyan(frame)} ${dim(seconds(elapsed))}`);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
