import '../complete.js';

export * from '../queue/index.js';
