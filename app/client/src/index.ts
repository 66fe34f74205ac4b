export * from './generated/index.js';
export * from './math/index.js';
