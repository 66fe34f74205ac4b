// A project that requires: accounts as the chain holds them go in, what the engine says of each comes out.
const { assess } = require('@breakwater/client');
const { MARKET_DISCRIMINATOR } = require('@breakwater/client/generated');
const fixture = require('./fixture.js');

/** Account data, of which the fixture keeps what is not zero. */
function whole({ size, parts }) {
  const bytes = new Uint8Array(size);
  for (const [at, text] of parts) bytes.set(Buffer.from(text, 'base64'), at);
  return bytes;
}

const withBigInts = (_, value) => (typeof value === 'bigint' ? String(value) : value);

if (MARKET_DISCRIMINATOR.length !== 8) throw new Error('the generated part is another');
const markets = fixture.markets.map(([market, ladder]) => ({ market: whole(market), ladder: whole(ladder) }));
const [slot, time] = fixture.now.map(BigInt);
const results = assess(fixture.accounts.map(whole), markets, { slot, time }, { kinds: fixture.kinds.map(whole) });
console.log(results.map((result) => JSON.stringify(result, withBigInts)).join('\n'));
