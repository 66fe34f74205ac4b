/** What is on the chain against what the file says, field by field. */
import { type Address, fetchEncodedAccount, getBase16Decoder, type ReadonlyUint8Array } from '@solana/kit';
import {
  collateralVaultAddress,
  fetchData,
  getLossLedgerDecoder,
  insuranceVaultAddress,
  type Market,
  pausedBits,
  SOURCE,
  units,
  vaultAuthorityAddress,
} from '@breakwater/client';
import type { Config, MarketConfig, Source } from './config/config.js';
import { exchangeLines, marketLines } from './config/parameters.js';
import { isSame, programHash } from './loader/state.js';
import type { Node } from './operator.js';
import type { Standing, World } from './world.js';

/** A field that is not what it should be. */
export type Difference = { readonly field: string; readonly file: string; readonly chain: string };

const NOBODY = '11111111111111111111111111111111' as Address;
const NEVER_OPENS = (1n << 63n) - 1n;
const AMOUNT_AT = 64;

const hex = (bytes: ReadonlyUint8Array): string => getBase16Decoder().decode(bytes);

/** Collects fields that differ. */
class Comparison {
  readonly differences: Difference[] = [];
  /** Fields looked at. */
  count = 0;

  field(field: string, file: string, chain: string): void {
    this.count += 1;
    if (file !== chain) this.differences.push({ field, file, chain });
  }

  /** Something that must hold whatever the file says. */
  holds(field: string, wanted: string, isSo: boolean, chain: string): void {
    this.field(field, wanted, isSo ? wanted : chain);
  }

  lines(place: string, file: ReadonlyMap<string, string>, chain: ReadonlyMap<string, string>): void {
    for (const name of new Set([...file.keys(), ...chain.keys()])) {
      this.field(`${place}.${name}`, file.get(name) ?? 'nothing', chain.get(name) ?? 'nothing');
    }
  }
}

const nameOf = ({ name }: Market): string => new TextDecoder().decode(Uint8Array.from(name)).replace(/\0+$/, '');

const KINDS = new Map<number, string>(Object.entries(SOURCE).map(([name, number]) => [number, name]));

const sourceText = ({ kind, feed }: Source): string => `${KINDS.get(kind) ?? kind} ${hex(feed)}`;

function compareExchange(found: Comparison, { exchange }: Config, { handle: { state } }: Standing): void {
  for (const field of ['id', 'mint', 'receiver', 'pushOracle', 'guardian', 'treasury', 'keeperFees'] as const) {
    found.field(`exchange.${field}`, exchange[field], state[field]);
  }
  found.lines('exchange.params', exchangeLines(exchange.params), exchangeLines(state.params));
}

function compareMarket(found: Comparison, market: MarketConfig, listed: Market): void {
  const place = `market ${market.name}`;
  found.field(`${place}.name`, market.name, nameOf(listed));
  found.field(`${place}.price`, sourceText(market.first), sourceText({ kind: listed.source, feed: listed.feed }));
  const second = { kind: listed.secondSource, feed: listed.secondFeed };
  found.field(`${place}.secondPrice`, sourceText(market.second), sourceText(second));
  found.lines(`${place}.params`, marketLines(market.params), marketLines(listed.books.params));
  found.holds(`${place}.listing`, 'standing', listed.opensAt !== NEVER_OPENS, 'taken back before it opened');
}

/** In what an exchange differs from the file: addresses and parameters. */
export function exchangeDifferences(config: Config, standing: Standing): readonly Difference[] {
  const found = new Comparison();
  compareExchange(found, config, standing);
  return found.differences;
}

/** In what a market does. */
export function marketDifferences(market: MarketConfig, listed: Market): readonly Difference[] {
  const found = new Comparison();
  compareMarket(found, market, listed);
  return found.differences;
}

/** Differences in one line. */
export function said(differences: readonly Difference[]): string {
  return differences.map(({ field, file, chain }) => `${field}: the file says ${file}, the chain ${chain}`).join('; ');
}

/** Differences as a table. */
export function diff(differences: readonly Difference[]): string[] {
  return differences.flatMap(({ field, file, chain }) => [field, `  - file   ${file}`, `  + chain  ${chain}`]);
}

function compareProgram(found: Comparison, config: Config, program: Uint8Array, { deployed }: World): void {
  if (deployed.kind !== 'program') {
    found.field('program', config.program.id, deployed.kind === 'other' ? deployed.why : 'not deployed');
    return;
  }
  const { data } = deployed;
  const hash = programHash(program);
  found.field('program.hash', hash, isSame(data.bytes, program) ? hash : programHash(data.bytes));
  found.field('program.upgradeAuthority', config.vault, data.authority ?? 'nobody');
}

/** Who governs, nothing paused, every address the program pins where it belongs. */
async function compareStanding(found: Comparison, config: Config, world: World, standing: Standing): Promise<void> {
  const { state } = standing.handle;
  found.field('exchange.authority', config.vault, state.authority);
  found.field('exchange.nextAuthority', NOBODY, state.nextAuthority);
  found.field('exchange.pauses', '0', String(pausedBits(state.pauses, world.now)));
  found.field('exchange.collateralVault', await collateralVaultAddress(world.exchange), state.collateralVault);
  found.field('exchange.insuranceVault', await insuranceVaultAddress(world.exchange), state.insuranceVault);
  found.field('exchange.vaultAuthority', await vaultAuthorityAddress(world.exchange), state.vaultAuthority);
  found.field('exchange.markets', String(config.markets.length), String(state.marketCount));
  for (const [at, listed] of standing.markets.entries()) {
    const pauses = String(pausedBits(listed.pauses, world.now));
    found.field(`market ${config.markets[at]?.name ?? at}.pauses`, '0', pauses);
  }
}

async function held(rpc: Node, address: Address): Promise<bigint> {
  const account = await fetchEncodedAccount(rpc, address, { commitment: 'confirmed' });
  if (!account.exists) return 0n;
  return new DataView(account.data.buffer, account.data.byteOffset).getBigUint64(AMOUNT_AT, true);
}

/** That books add up: vaults hold what is booked, the ledger's parts are its whole. */
async function compareBooks(found: Comparison, rpc: Node, { handle: { state, address }, insurance }: Standing) {
  const { booked, protocol, staked, layers } = insurance.books;
  const collateral = await held(rpc, state.collateralVault);
  const fund = await held(rpc, state.insuranceVault);
  const text = (atoms: bigint): string => `${units.usd(atoms)} USDC`;
  const atLeast = (atoms: bigint): string => `at least ${text(atoms)}`;
  found.holds(
    'vaults.collateral',
    atLeast(state.collateralBooked),
    collateral >= state.collateralBooked,
    text(collateral),
  );
  found.holds('vaults.insurance', atLeast(booked), fund >= booked, text(fund));
  found.field('insurance.exchange', address, insurance.exchange);
  found.field('insurance.classes', text(booked), text(protocol + staked + layers));
  const [bytes] = await fetchData(rpc, [state.ledger]);
  if (bytes === undefined) throw new Error('the exchange has no ledger');
  const ledger = getLossLedgerDecoder().decode(bytes);
  const { deficit, insured, absorbed, socialised, unfunded } = ledger.totals;
  found.field('ledger.exchange', address, ledger.exchange);
  found.field('ledger.totals', text(deficit), text(insured + absorbed + socialised + unfunded));
}

/** What was looked at, and what of it is not as it should be. */
export type Verdict = { readonly count: number; readonly differences: readonly Difference[] };

/** Holds everything on the chain against the file and the compiled program. */
export async function verify(rpc: Node, config: Config, program: Uint8Array, world: World): Promise<Verdict> {
  const found = new Comparison();
  compareProgram(found, config, program, world);
  const { standing } = world;
  if (standing === undefined) {
    found.field('exchange', world.exchange, 'not created');
    return found;
  }
  compareExchange(found, config, standing);
  await compareStanding(found, config, world, standing);
  for (const [at, market] of config.markets.entries()) {
    const listed = standing.markets[at];
    if (listed === undefined) found.field(`market ${market.name}`, 'listed', 'not listed');
    else compareMarket(found, market, listed);
  }
  await compareBooks(found, rpc, standing);
  return found;
}
