import '../complete.js';

export * from '../shared/index.js';
