// A worker of poolifier, which needs one of its own.
import { ThreadWorker } from 'poolifier';
import tiny from './tiny.mjs';

export default new ThreadWorker(tiny);
