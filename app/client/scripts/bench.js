// How long the module takes for ten thousand accounts, and how large it is: `make assess-bench`.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { assess } from '../dist/index.js';

const ACCOUNTS = 10_000;
const RUNS = 7;

const folder = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const { days } = JSON.parse(readFileSync(folder('target/vectors/vectors.json'), 'utf8'));

function whole({ size, parts }) {
  const bytes = new Uint8Array(size);
  for (const [at, text] of parts) bytes.set(Buffer.from(text, 'base64'), at);
  return bytes;
}

// The day with the most accounts, over and over.
const day = days.reduce((most, one) => (one.accounts.length > most.accounts.length ? one : most));
const real = day.accounts.map(({ account }) => whole(account));
const accounts = Array.from({ length: ACCOUNTS }, (_, at) => real[at % real.length]);
const markets = day.markets.map(([market, ladder]) => ({ market: whole(market), ladder: whole(ladder) }));
const now = { slot: BigInt(day.now[0]), time: BigInt(day.now[1]) };
const beside = { kinds: day.kinds.map(whole) };

const times = [];
for (let run = 0; run <= RUNS; run += 1) {
  const began = process.cpuUsage();
  const found = assess(accounts, markets, now, beside);
  const { user, system } = process.cpuUsage(began);
  if (found.length !== ACCOUNTS) throw new Error('an account has no result');
  if (run > 0) times.push((user + system) / 1_000);
}
times.sort((a, b) => a - b);
const positions = day.accounts.length;
const module = readFileSync(folder('target/wasm/breakwater.wasm'));
const client = readFileSync(folder('app/client/src/generated/module.ts'));
console.log(
  `${ACCOUNTS} accounts (of ${positions}, in ${markets.length} markets): ${times.map((ms) => ms.toFixed(0)).join(' ')} ms of CPU`,
);
console.log(`median ${times[RUNS >> 1].toFixed(0)} ms; limit 400 ms`);
console.log(
  `module: ${module.length} bytes, ${gzipSync(module).length} gzip; in text ${gzipSync(client).length} gzip; limit 150,000`,
);
