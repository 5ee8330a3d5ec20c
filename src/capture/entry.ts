/** What `lazy.ts` loads: a file of its own in the bundle, beside the one that `lazy.ts` becomes part of. */
import '../core.js';
export { captureFunction, settledCapture } from './capture.js';
