/**
 * The scripts that functions come from: their url, their text as V8 compiled it, and what they import.
 *
 * Only the debugger knows the text of a script for certain. Enabling it collects garbage first, which takes 17 ms and more, so it is
 * asked last: a url may be on the call stack (1 ms) or in the profiler's list of scripts (5 ms), a text on the disk.
 */
import { readFileSync, statSync } from 'node:fs';
import { type SourceMapPayload, findSourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import util from 'node:util';
import type { Debugger, Profiler, Runtime } from 'node:inspector';
import { type AnyNode, parse } from './ast.js';
import { type Names, type Scope, hasUseStrict, isFunction, scan } from './names.js';
import { GROUP, type Location, listening, post } from './scopes.js';

/** Parsing more than this for the sake of better messages or a faster second capture does not pay. */
const PARSE_LIMIT = 4_000_000;

const urls = new Map<string, string>();
const scripts = new Map<string, Script>();

/** The script of a function; `text` is the function's own text and serves as proof that a text from the disk is the right one. */
export function scriptAt(location: Location, anchor: number, text: string, isModule: boolean): Script {
  const known = scripts.get(location.scriptId);
  if (known) return known;
  const url = urlOf(location.scriptId, isModule);
  let script: Script | undefined;
  if (url !== undefined) {
    const source = fromDisk(url);
    if (source !== null && textAt(source, location, anchor, text)) script = new Script(location.scriptId, url, source);
  }
  script ??= fromDebugger(location.scriptId, isModule);
  scripts.set(location.scriptId, script);
  return script;
}

/** The script of an ES module of the user, if its text can be had; the module may have no captured function of its own. */
export function scriptOfModule(url: string): Script | null {
  for (const script of scripts.values()) if (script.url === url) return script;
  for (const [id, known] of urls) {
    if (known !== url) continue;
    const script = fromDebugger(id, true);
    scripts.set(id, script);
    return script;
  }
  const source = fromDisk(url);
  if (source === null) return null;
  const script = new Script('', url, source);
  scripts.set(url, script);
  return script;
}

/** One script of this thread. */
export class Script {
  readonly id: string;
  readonly url: string;
  readonly source: string;
  #lines: number[] | undefined;
  #program: { node: AnyNode & { type: 'Program' }; module: boolean } | null | undefined;
  #names: Names | undefined;
  #functions: Map<number, AnyNode> | undefined;
  #sourceMap: SourceMapPayload | null | undefined;
  #bare: boolean | undefined;

  constructor(id: string, url: string, source: string) {
    this.id = id;
    this.url = url;
    this.source = source;
  }

  /** The source map that the runner registered for the script. */
  get sourceMap(): SourceMapPayload | null {
    if (this.#sourceMap === undefined) this.#sourceMap = (this.url && findSourceMap(this.url)?.payload) || null;
    return this.#sourceMap;
  }

  /** Whether the text imports something by a bare name, which can be a package; a quick look that may err on the safe side. */
  get importsPackages(): boolean {
    this.#bare ??=
      /(?:\bfrom|\bimport|[}*$\w]from)\s*["'](?![./])/.test(this.source) ||
      /["'][^"']*\/node_modules\//.test(this.source);
    return this.#bare;
  }

  /** The syntax tree, or null where the text is too large or no JavaScript to the parser. */
  get program(): (AnyNode & { type: 'Program' }) | null {
    return this.#parsed()?.node ?? null;
  }

  get strict(): boolean {
    const parsed = this.#parsed();
    return parsed !== null && (parsed.module || hasUseStrict(parsed.node.body));
  }

  get names(): Names | null {
    const program = this.program;
    if (!program) return null;
    this.#names ??= scan(program, { strict: this.strict });
    return this.#names;
  }

  #parsed(): { node: AnyNode & { type: 'Program' }; module: boolean } | null {
    if (this.#program !== undefined) return this.#program;
    this.#program = null;
    if (this.source.length > PARSE_LIMIT) return null;
    // What has import or export declarations is a module; without them, a module parses as a script with the same meaning for us.
    for (const type of /\b(?:import|export)\b/.test(this.source)
      ? (['module', 'script'] as const)
      : (['script', 'module'] as const)) {
      try {
        const node = parse(this.source, type);
        const module = node.body.some((s) => /^(?:Import|Export).*Declaration$/.test(s.type));
        if (module || type === 'script' || this.#program === null) this.#program = { node, module };
        if (module || type === 'script') break;
      } catch {
        // Not this type of source, or TypeScript that nobody compiled.
      }
    }
    return this.#program;
  }

  offsetAt(line: number, column: number): number {
    if (!this.#lines) {
      this.#lines = [0];
      for (let i = this.source.indexOf('\n'); i !== -1; i = this.source.indexOf('\n', i + 1)) this.#lines.push(i + 1);
    }
    return (this.#lines[line] ?? this.source.length) + column;
  }

  /** Zero-based line and column of an offset. */
  positionOf(offset: number): { line: number; column: number } {
    this.offsetAt(0, 0);
    const lines = this.#lines as number[];
    let low = 0;
    let high = lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lines[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, column: offset - (lines[low] as number) };
  }

  /** The function or class whose text begins at an offset. */
  nodeAt(start: number): AnyNode | null {
    const names = this.names;
    if (!names) return null;
    if (!this.#functions) {
      this.#functions = new Map();
      // A method's text begins with its key, not where its function node does.
      for (const node of names.scopes.keys())
        if (isFunction(node) || /^Class(?:Decl|Expr)/.test(node.type)) this.#functions.set(node.start, node);
    }
    return this.#functions.get(start) ?? null;
  }

  /** The innermost scope that surrounds a function, given the range of its text. */
  scopeAround(start: number, end: number): Scope | null {
    const names = this.names;
    if (!names) return null;
    let found: Scope | null = null;
    let width = Number.POSITIVE_INFINITY;
    for (const [node, scope] of names.scopes) {
      const inside = node.start <= start && end <= node.end && !(node.start === start && node.end === end);
      if (inside && node.end - node.start < width && !(isFunction(node) && node.end === end && node.start > start)) {
        found = scope;
        width = node.end - node.start;
      }
    }
    return found ?? names.global;
  }
}

/** Of CommonJS, V8 knows the path; the inspector makes urls of all paths. */
function asCompiled(url: string, isModule: boolean): string {
  return !isModule && url.startsWith('file:') ? fileURLToPath(url) : url;
}

/** The url of a script, without the debugger; undefined for one that nobody has run yet. */
export function urlOf(scriptId: string, isModule: boolean): string | undefined {
  for (const learn of [noteCallSites, noteStack, noteScripts]) {
    if (urls.has(scriptId)) break;
    learn();
  }
  const url = urls.get(scriptId);
  return url === undefined ? undefined : asCompiled(url, isModule);
}

function note(scriptId: string, url: string): void {
  if (url) urls.set(scriptId, url);
}

/** The scripts on the call stack: whoever starts a thread mostly stands in the one that the function comes from. */
function noteCallSites(): void {
  const getCallSites = (
    util as {
      getCallSites?: (count: number, options?: { sourceMap: boolean }) => { scriptId?: string; scriptName: string }[];
    }
  ).getCallSites;
  // Node 22 and later.
  if (!getCallSites) return;
  for (const { scriptId, scriptName } of getCallSites(100, { sourceMap: false })) {
    if (scriptId !== undefined) note(scriptId, scriptName);
  }
}

/** The same from an error that the inspector describes. */
function noteStack(): void {
  post('Runtime.enable');
  try {
    const { exceptionDetails } = post<Runtime.EvaluateReturnType>('Runtime.evaluate', {
      expression: 'throw 0',
      silent: true,
      objectGroup: GROUP,
    });
    for (const { scriptId, url } of exceptionDetails?.stackTrace?.callFrames ?? []) note(scriptId, url);
  } finally {
    post('Runtime.disable');
  }
}

/** All scripts of which a function has run. */
function noteScripts(): void {
  post('Profiler.enable');
  try {
    const { result } = post<Profiler.GetBestEffortCoverageReturnType>('Profiler.getBestEffortCoverage');
    for (const { scriptId, url } of result) note(scriptId, url);
  } finally {
    post('Profiler.disable');
  }
}

/** When the process did, by the clock on the wall. */
const STARTED = Date.now() - process.uptime() * 1000;

/** Plain JavaScript that did not change since the process started; anything else was perhaps compiled by a loader. */
function fromDisk(url: string): string | null {
  if (!/\.[cm]?js$/.test(url)) return null;
  try {
    const path = url.startsWith('file:') ? fileURLToPath(url) : url;
    if (statSync(path).mtimeMs > STARTED) return null;
    const text = readFileSync(path, 'utf8');
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  } catch {
    return null;
  }
}

function textAt(source: string, location: Location, anchor: number, text: string): boolean {
  let start = 0;
  for (let line = 0; line < location.line; line++) {
    start = source.indexOf('\n', start) + 1;
    if (start === 0) return false;
  }
  return source.startsWith(text, start + location.column - anchor);
}

function fromDebugger(scriptId: string, isModule: boolean): Script {
  return listening(
    'Debugger.scriptParsed',
    (script: Debugger.ScriptParsedEventDataType) => {
      if (script.url) urls.set(script.scriptId, script.url);
    },
    () => {
      post('Debugger.enable', {});
      try {
        const { scriptSource } = post<Debugger.GetScriptSourceReturnType>('Debugger.getScriptSource', { scriptId });
        return new Script(scriptId, asCompiled(urls.get(scriptId) ?? '', isModule), scriptSource);
      } finally {
        post('Debugger.disable');
      }
    },
  );
}
