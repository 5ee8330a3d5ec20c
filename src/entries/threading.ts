import '../complete.js';

export * from '../threading/index.js';
