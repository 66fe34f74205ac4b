// The same everywhere: accounts as the chain holds them go in, what the engine says of each comes out.
import { assess } from '@breakwater/client';
import fixture from './fixture.js';

function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Account data, of which the fixture keeps what is not zero. */
function whole({ size, parts }) {
  const bytes = new Uint8Array(size);
  for (const [at, text] of parts) bytes.set(fromBase64(text), at);
  return bytes;
}

const withBigInts = (_, value) => (typeof value === 'bigint' ? String(value) : value);

/** One line of JSON an account. */
export function numbers() {
  const markets = fixture.markets.map(([market, ladder]) => ({ market: whole(market), ladder: whole(ladder) }));
  const [slot, time] = fixture.now.map(BigInt);
  const results = assess(fixture.accounts.map(whole), markets, { slot, time }, { kinds: fixture.kinds.map(whole) });
  return results.map((result) => JSON.stringify(result, withBigInts)).join('\n');
}
