/**
 * The module loaders of a test runner (Jest): every file is compiled to CommonJS, wrapped into a function and run in a vm context,
 * with a `require` that loads files once per context; or it becomes an ES module there, which takes --experimental-vm-modules.
 * Node's own modules, and what is named `outside`, are those of the process.
 */
import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { transformSync } from 'esbuild';

interface Module {
  exports: unknown;
}
type Wrapper = (
  module: Module,
  exports: unknown,
  require: (name: string) => unknown,
  dirname: string,
  filename: string,
  url: string,
) => void;

/** What such a runner puts into its contexts: globals of Node, not those of the language. */
const GLOBALS = Object.getOwnPropertyNames(globalThis).filter(
  (name) =>
    name !== 'globalThis' &&
    name !== 'global' &&
    !(vm.runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[]).includes(name),
);

export class Sandbox {
  readonly context: vm.Context = vm.createContext({});
  private readonly modules = new Map<string, Module>();
  private readonly esModules = new Map<string, vm.Module>();
  private readonly outside: Record<string, unknown>;

  constructor(outside: Record<string, unknown> = {}) {
    this.outside = outside;
    const globals = vm.runInContext('this.global = this', this.context) as object;
    for (const name of GLOBALS) {
      const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
      if (descriptor !== undefined) Object.defineProperty(globals, name, { ...descriptor, configurable: true });
    }
  }

  /** The exports of a file, which runs in the context when it is first asked for. */
  require(file: string): unknown {
    const known = this.modules.get(file);
    if (known !== undefined) return known.exports;
    return this.run(file, readFileSync(file, 'utf8'));
  }

  /** Runs `source`, a module of either kind, as the file of that name. */
  run(file: string, source: string): unknown {
    const define = { 'import.meta.url': '__url' };
    const { code } = transformSync(source, {
      format: 'cjs',
      define,
      sourcefile: file,
      supported: { 'dynamic-import': false },
    });
    const script = new vm.Script(
      `({"Object.<anonymous>":function(module,exports,require,__dirname,__filename,__url){${code}\n}});`,
      { filename: file },
    );
    const module: Module = { exports: vm.runInContext('({})', this.context) as unknown };
    this.modules.set(file, module);
    const { resolve } = createRequire(file);
    const require = (name: string): unknown => {
      if (Object.hasOwn(this.outside, name)) return this.outside[name];
      if (isBuiltin(name)) return createRequire(file)(name);
      return this.require(resolve(name));
    };
    const wrapper = (script.runInContext(this.context) as Record<string, Wrapper>)['Object.<anonymous>'];
    wrapper.call(module.exports, module, module.exports, require, path.dirname(file), file, pathToFileURL(file).href);
    return module.exports;
  }

  /** The namespace of a file as an ES module. */
  async import(file: string): Promise<object> {
    const module = this.esModule(file);
    if (module.status === 'unlinked')
      await module.link((name, from) => this.esModule(this.resolve(name, from.identifier)));
    await module.evaluate();
    return module.namespace;
  }

  private resolve(name: string, from: string): string {
    return isBuiltin(name) ? name : createRequire(from).resolve(name);
  }

  private esModule(file: string): vm.Module {
    let module = this.esModules.get(file);
    if (module !== undefined) return module;
    const { context } = this;
    if (isBuiltin(file)) {
      const exports = createRequire(import.meta.url)(file) as Record<string, unknown>;
      const names = new Set(['default', ...Object.keys(exports)]);
      module = new vm.SyntheticModule(
        [...names],
        function () {
          for (const name of names) this.setExport(name, name === 'default' ? exports : exports[name]);
        },
        { context, identifier: file },
      );
    } else {
      module = new vm.SourceTextModule(readFileSync(file, 'utf8'), {
        context,
        identifier: file,
        initializeImportMeta: (meta) => {
          meta.url = pathToFileURL(file).href;
        },
        importModuleDynamically: ((name: string) => this.import(this.resolve(name, file))) as never,
      });
    }
    this.esModules.set(file, module);
    return module;
  }
}
