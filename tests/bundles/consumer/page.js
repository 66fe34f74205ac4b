import { outcome } from './outcome.js';

const show = (id, text) => (document.getElementById(id).textContent = text);

// Bundlers know a worker by these very words.
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => show('worker', data);
worker.onerror = ({ message }) => show('worker', `the worker did not start: ${message}`);
show('page', outcome());
