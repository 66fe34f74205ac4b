/**
 * `make localnet`: a network with three markets, makers, traders and a keeper, ready for a wallet or a bot until Ctrl-C.
 *
 * `--scenario crash` plays the demo day on it; `--rpc-port` and `--ws-port` move it; `--steps N` ends it by itself.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BREAKWATER_PROGRAM_ADDRESS } from '@breakwater/client';
import { forward } from './forward.js';
import { House, type Scenario } from './house.js';
import { BTC, ETH, SOL } from './markets.js';
import { Network } from './network.js';
import { calm, crash } from './prices.js';
import { Stage } from './stage.js';

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'calm' },
    'rpc-port': { type: 'string', default: '8899' },
    'ws-port': { type: 'string', default: '8900' },
    steps: { type: 'string' },
  },
});

const DEPTHS: Readonly<Record<string, number>> = { SOL: 0.23, BTC: 0.14, ETH: 0.2 };

/** Steps in which the crash finds no keeper at his desk: what happens then is what tiers 2 to 4 are for. */
const AWAY = { from: 60, to: 90 } as const;

function scenarioOf(name: string): Scenario {
  const markets = [SOL, BTC, ETH].map((listing) => listing.name);
  if (name === 'calm') return { path: (market) => calm(markets.indexOf(market)), isAway: () => false };
  if (name !== 'crash') throw new Error(`no scenario ${name}: calm or crash`);
  return { path: (market) => crash(DEPTHS[market] ?? 0.2), isAway: (step) => step >= AWAY.from && step < AWAY.to };
}

const scenario = scenarioOf(values.scenario);
const steps = values.steps === undefined ? Infinity : Number(values.steps);
const say = (line: string): void => console.log(line);

const network = await Network.start({ blockProductionMode: 'clock', slotTimeMs: 400 });
const servers = await Promise.all([
  forward(Number(values['rpc-port']), network.surfnet.rpcUrl),
  forward(Number(values['ws-port']), network.surfnet.wsUrl),
]);
const stage = await Stage.open(network, { markets: [SOL, BTC, ETH], insurance: '3000' });
const house = await House.open(stage, say);

say(`rpc        http://127.0.0.1:${values['rpc-port']}`);
say(`websocket  ws://127.0.0.1:${values['ws-port']}`);
say(`program    ${BREAKWATER_PROGRAM_ADDRESS}`);
say(`exchange   ${stage.exchange.address}`);
say(`USDC       ${network.mint} (surfnet_setTokenAccount gives you some)`);
for (const { number, address } of stage.exchange.markets)
  say(`market ${number}   ${address} ${stage.listings[number]?.name ?? ''}`);
say(`scenario   ${values.scenario}; Ctrl-C ends it`);

const file = fileURLToPath(new URL('../../../target/localnet.json', import.meta.url));
const addresses = {
  rpc: `http://127.0.0.1:${values['rpc-port']}`,
  ws: `ws://127.0.0.1:${values['ws-port']}`,
  program: BREAKWATER_PROGRAM_ADDRESS,
  exchange: stage.exchange.address,
  mint: network.mint,
};
writeFileSync(file, `${JSON.stringify(addresses, null, 2)}\n`);
say('the same in target/localnet.json');

let running = true;
process.once('SIGINT', () => {
  running = false;
});
process.once('SIGTERM', () => {
  running = false;
});
for (let step = 0; running && step < steps; step += 1) {
  const next = new Promise((resolve) => setTimeout(resolve, 1_000));
  await house.step(step, scenario);
  await next;
}
for (const server of servers) server.close();
network.stop();
say('ended');
process.exit(0);
