import { outcome } from './outcome.js';

postMessage(outcome());
