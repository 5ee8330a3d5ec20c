/**
 * What the supervisor loads when the first worker is gone: how to bury it, and with it all classes of records, since its last
 * references may be among those that the dead one had.
 */
import './index.js';

export { buryWorker } from './supervisor/death.js';
