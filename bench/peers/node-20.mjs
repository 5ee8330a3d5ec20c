// What newer runtimes have and some peers ask for. Loaded first, in their workers too.
import { availableParallelism } from 'node:os';

globalThis.navigator ??= { hardwareConcurrency: availableParallelism() };
Promise.withResolvers ??= () => {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
};
