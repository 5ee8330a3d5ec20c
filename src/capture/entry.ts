/** What `lazy.ts` loads: a file of its own in the bundle, beside the one that `lazy.ts` becomes part of. */
import '../core.js';
import { provideProof } from './known.js';
import { isOfRuntime } from './runtime.js';

export { captureFunction, settledCapture } from './capture.js';
export { privateMembersOf } from './private.js';

provideProof(isOfRuntime);
