/**
 * `make localnet`: a network with three markets, makers, traders and a keeper, ready for a wallet or a bot until Ctrl-C.
 * `--scenario crash` plays the demo's day on it. See options.ts.
 */
import { ADDRESSES_PATH, addressesAt, addressLines, writeAddresses } from './addresses.js';
import { playDay, stepAt, summary } from './crash.js';
import { readDay, setupOf } from './day.js';
import { openDoor } from './forward.js';
import { House } from './house.js';
import { BTC, ETH, SOL } from './markets.js';
import { Network } from './network.js';
import { type Options, optionsOf } from './options.js';
import { Play } from './play.js';
import { Stage } from './stage.js';

const say = (line: string): void => console.log(line);

/** What is to be undone before the end; ports and the network go with the process. */
let undo = (): void => undefined;

function end(code: number, line: string): never {
  undo();
  say(line);
  process.exit(code);
}

// In every phase, start-up and mid-step included: nothing here outlives the process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(0, 'ended'));

/** Markets open at once: a local network has no two days to wait. */
const OPEN_AT_ONCE = { timelockSeconds: 0n } as const;
const MARKETS = [SOL, BTC, ETH];

/** Prices that wander until somebody ends it. */
async function calmDay(network: Network, options: Options, ready: (stage: Stage) => void): Promise<void> {
  const setup = { markets: MARKETS, defaults: options.defaults, own: OPEN_AT_ONCE, insurance: '250000' };
  const stage = await Stage.open(network, setup);
  const house = await House.open(stage, say);
  ready(stage);
  await house.live(options.steps);
}

/** The demo's day, then a network that stands still as it left it. */
async function crashDay(network: Network, options: Options, ready: (stage: Stage) => void): Promise<void> {
  const day = readDay(options.day);
  const first = stepAt(day, options.from);
  const stage = await Stage.open(network, setupOf(day, first, options.defaults));
  say(`${day.traders.length} traders open their accounts`);
  const play = await Play.open(stage, day, first);
  ready(stage);
  const audit = await playDay(stage, play, options, say);
  summary(audit, day).forEach(say);
  if (audit.faults.length > 0) end(1, 'atoms are missing');
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  // Before anything is built: a port that is taken is said at once.
  const [rpc, ws] = await Promise.all([openDoor(options.rpcPort), openDoor(options.wsPort)]);
  const network = await Network.start();
  rpc.lead(network.surfnet.rpcUrl);
  ws.lead(network.surfnet.wsUrl);
  const ready = (stage: Stage): void => {
    const addresses = addressesAt(stage, rpc.port, ws.port);
    const path = options.out ?? ADDRESSES_PATH;
    addressLines(stage, addresses).forEach(say);
    undo = writeAddresses(path, addresses);
    say(`scenario   ${options.scenario}${options.defaults === 'bare' ? ', bare' : ''}; Ctrl-C ends it`);
    say(`the same in ${path}`);
  };
  await (options.scenario === 'calm' ? calmDay : crashDay)(network, options, ready);
  if (options.steps === Infinity && options.scenario === 'crash') return;
  end(0, 'ended');
}

main().catch((error: unknown) => end(1, `localnet: ${error instanceof Error ? error.message : String(error)}`));
