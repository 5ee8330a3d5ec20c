/** The example programs, compiled, as they lie beside the command. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { shown, UsageError } from './failure.js';

export interface Program {
  /** Which of the original documents, and which of its programs: `000-4`. */
  id: string;
  /** The file's name without its extension: `000-4-lock`. */
  name: string;
  title: string;
  file: string;
}

const folder = fileURLToPath(new URL('../examples/', import.meta.url));

/** The programs that the names select, in their order; all of them without names. */
export function selectPrograms(names: string[]): Program[] {
  const all = allPrograms();
  const stray = names.find((name) => !all.some((program) => isNamed(program, name)));
  if (stray !== undefined)
    throw new UsageError(`the tour has no program ${shown(stray)}. threadwork tour --list shows what it has.`);
  return names.length === 0 ? all : all.filter((program) => names.some((name) => isNamed(program, name)));
}

/** `002` and `000-4` name what begins with them, number by number; a word is looked for anywhere. */
function isNamed({ name: full }: Program, name: string): boolean {
  return full === name || full.startsWith(`${name}-`) || (/[a-z]/.test(name) && full.includes(name));
}

function allPrograms(): Program[] {
  if (!existsSync(folder))
    throw new UsageError(`the example programs are missing in ${folder}. Install threadwork anew, or npm run build.`);
  return readdirSync(folder)
    .flatMap((file) => {
      const match = /^((\d+-\d+)-.*)\.js$/.exec(file);
      return match
        ? [
            {
              id: match[2],
              name: match[1],
              title: titleOf(path.join(folder, file)) ?? match[1],
              file: path.join(folder, file),
            },
          ]
        : [];
    })
    .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}

/** The first line of the comment that a program begins with. */
function titleOf(file: string): string | undefined {
  return /^\/\*\*[\s*]*(.+?)\s*(\*\/)?$/m.exec(readFileSync(file, 'utf8'))?.[1];
}
