/**
 * For whoever imports the library, in contrast to threads that it starts: what those load when they need it is there from the
 * beginning. Under a loader such as tsx it could not be loaded later: to require a module would give a second copy of what it
 * imports.
 */
import * as capture from './capture/entry.js';
import { provideCapture } from './capture/lazy.js';
import * as debug from './diagnosis/debug.js';
import { followDebugging, provideDebug } from './diagnosis/debugging.js';
import * as diagnosis from './diagnosis/diagnosis.js';
import { provideDiagnosis } from './diagnosis/lazy.js';

provideCapture(capture);
provideDiagnosis(diagnosis);
provideDebug(debug);
followDebugging();
