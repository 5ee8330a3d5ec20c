/**
 * Other realms. A vm context has objects of the language of its own, and test runners run whole programs in one. Threads have one
 * realm each: what is `Array` there and here stands for `Array` in the other thread.
 */

const objectPrototypes = new WeakSet<object>([Object.prototype]);
const functionPrototypes = new WeakSet<object>([Function.prototype]);
const generatorPrototypes = new WeakSet<object>();
/** One of each kind of function whose prototype has no name. */
const SAMPLES = 'return [async () => {}, function* () {}, async function* () {}]';
noteSamples([async () => {}, function* () {}, async function* () {}]);

/** Longer chains of prototypes are not looked at: a Proxy may pretend that they have no end. */
const LONGEST_CHAIN = 100;

/** Whether this is `Object.prototype`, of this realm or one that was met. */
export function isObjectPrototype(object: unknown): boolean {
  return objectPrototypes.has(object as object);
}

/** Whether functions that are no classes inherit from it. */
export function isFunctionPrototype(object: unknown): boolean {
  return functionPrototypes.has(object as object);
}

/** Whether what a generator function has as `prototype` inherits from it. */
export function isGeneratorPrototype(object: unknown): boolean {
  return generatorPrototypes.has(object as object);
}

/** The global object of the realm that `value` is from, if that is another and is met for the first time. */
export function newRealmOf(value: object): object | null {
  const root = rootOf(value);
  if (root === Object.prototype || root === null || objectPrototypes.has(root)) return null;
  const object = constructorOf(root, 'Object');
  if (object === null || object.prototype !== root) return null;
  const functions = Object.getPrototypeOf(object) as object;
  const make = constructorOf(functions, 'Function') as FunctionConstructor | null;
  if (make === null) return null;
  objectPrototypes.add(root);
  functionPrototypes.add(functions);
  try {
    noteSamples(make(SAMPLES)() as Function[]);
    return make('return this')() as object;
  } catch {
    // A context that makes no code of texts.
    return null;
  }
}

function noteSamples(samples: readonly Function[]): void {
  for (const sample of samples) {
    functionPrototypes.add(Object.getPrototypeOf(sample) as object);
    const prototype = sample.prototype as object | undefined;
    if (prototype !== undefined) generatorPrototypes.add(Object.getPrototypeOf(prototype) as object);
  }
}

/** Where the chain of prototypes ends. */
function rootOf(value: object): object | null {
  let at = value;
  try {
    for (let k = 0; k < LONGEST_CHAIN; k++) {
      const next = Object.getPrototypeOf(at) as object | null;
      if (next === null) return at;
      at = next;
    }
  } catch {
    // The trap of a Proxy.
  }
  return null;
}

/** The engine's function of this name that `prototype` has as its constructor. */
function constructorOf(prototype: object, name: string): Function | null {
  const found: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const isIt =
    typeof found === 'function' &&
    Object.getOwnPropertyDescriptor(found, 'name')?.value === name &&
    Function.prototype.toString.call(found).endsWith('{ [native code] }');
  return isIt ? found : null;
}
