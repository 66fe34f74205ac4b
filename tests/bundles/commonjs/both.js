// Both kinds in one process, as a bundler or a test runner may load them: errors of one are known to the other.
const required = require('@breakwater/client');

import('@breakwater/client').then((imported) => {
  const [ours, theirs] = [required.TransactionFailure, imported.TransactionFailure];
  console.log(JSON.stringify([ours === theirs, new theirs('A', 'b') instanceof ours, new Error('A') instanceof ours]));
});
