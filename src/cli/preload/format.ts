/**
 * Whether a TypeScript file is an ES module. Where package.json names no `type`, tsx would make CommonJS of it; Node 22.18 and later go by
 * the syntax. So do we everywhere, so that a program means the same on every Node.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export function isModule(file: string): boolean {
  const extension = path.extname(file);
  if (extension === '.mts') return true;
  if (extension !== '.ts' && extension !== '.tsx') return false;
  const type = packageType(path.dirname(file));
  return type === undefined ? hasModuleSyntax(file) : type === 'module';
}

/** An `import`, `export` or `await` at the beginning of a line; not TypeScript's `import x = require()` and `export =`. */
function hasModuleSyntax(file: string): boolean {
  const syntax =
    /^(import\s*["'{*]|import\s+(type\s+)?[\w$]+\s*(,|from\b)|import\s+type\s*[{*]|export\s*(\s\w|[{*])|await\s)/m;
  return syntax.test(readFileSync(file, 'utf8'));
}

const packageTypes = new Map<string, string | undefined>();

function packageType(folder: string): string | undefined {
  if (!packageTypes.has(folder)) packageTypes.set(folder, readPackageType(folder));
  return packageTypes.get(folder);
}

function readPackageType(folder: string): string | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).type;
  } catch {
    const parent = path.dirname(folder);
    return parent === folder || path.basename(folder) === 'node_modules' ? undefined : packageType(parent);
  }
}
