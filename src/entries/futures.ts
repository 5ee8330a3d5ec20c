import '../complete.js';

export * from '../futures/index.js';
