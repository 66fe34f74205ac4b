/** The file a deployment is made from and held against. */
import { type Address, getAddressEncoder, getBase16Encoder, type ReadonlyUint8Array } from '@solana/kit';
import { type ExchangeParams, type MarketParams, SOURCE } from '@breakwater/client';
import type { Cluster } from '../cluster.js';
import { BadConfig, Fields } from './fields.js';
import { readExchangeParams, readMarketParams } from './parameters.js';

/** Where a price comes from: a number of `SOURCE` and its feed. */
export type Source = { readonly kind: number; readonly feed: ReadonlyUint8Array };

/** A market to be listed. */
export type MarketConfig = {
  readonly name: string;
  readonly first: Source;
  readonly second: Source;
  readonly params: MarketParams;
};

/** What is to be on the chain. */
export type Config = {
  readonly cluster: Cluster;
  readonly program: {
    readonly id: Address;
    /** Bytes its account has room for: later versions up to this size need no extension. */
    readonly room: number;
  };
  /** Vault of the multisig: governs the exchange, upgrades the program. Not the multisig's own account. */
  readonly vault: Address;
  readonly exchange: {
    readonly id: Address;
    readonly mint: Address;
    readonly receiver: Address;
    readonly pushOracle: Address;
    readonly guardian: Address;
    readonly treasury: Address;
    readonly keeperFees: Address;
    readonly params: ExchangeParams;
  };
  /** Paid into the insurance fund before the authority is handed over, atoms; 0: nothing. */
  readonly insurance: bigint;
  readonly markets: readonly MarketConfig[];
};

const MEGABYTES_10 = 10n * 1024n * 1024n;
const NAME_BYTES = 16;
const U64 = (1n << 64n) - 1n;
const DAY = 86_400n;
const NO_FEED: Source = { kind: SOURCE.none, feed: new Uint8Array(32) };

/** Bytes of a market's name, zero-padded. */
export function nameBytes(name: string): Uint8Array {
  const bytes = new Uint8Array(NAME_BYTES);
  bytes.set(new TextEncoder().encode(name).slice(0, NAME_BYTES));
  return bytes;
}

function readSource(fields: Fields, isSecond: boolean): Source {
  const kinds = isSecond ? (['pull', 'push', 'none'] as const) : (['pull', 'push'] as const);
  const kind = fields.oneOf('source', kinds, 'pull');
  const feed =
    kind === 'none'
      ? NO_FEED.feed
      : kind === 'pull'
        ? getBase16Encoder().encode(fields.hex32('feed'))
        : getAddressEncoder().encode(fields.address('feed'));
  fields.done();
  return { kind: SOURCE[kind], feed };
}

function readMarket(fields: Fields): MarketConfig {
  const name = fields.text('name');
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > NAME_BYTES) fields.fault('name', `must be at most ${NAME_BYTES} bytes, and is ${bytes}`);
  if (name === '' && fields.raw['name'] !== undefined) fields.fault('name', 'must not be empty');
  const first = readSource(fields.within('price'), false);
  const second = readSource(fields.within('secondPrice'), true);
  const params = readMarketParams(fields.within('params'));
  fields.done();
  return { name, first, second, params };
}

function readExchange(fields: Fields): Config['exchange'] {
  const read = {
    id: fields.address('id'),
    mint: fields.address('mint'),
    receiver: fields.address('receiver'),
    pushOracle: fields.address('pushOracle'),
    guardian: fields.address('guardian'),
    treasury: fields.address('treasury'),
    keeperFees: fields.address('keeperFees'),
    params: readExchangeParams(fields.within('params')),
  };
  fields.done();
  return read;
}

/** Rules between fields. What the engine's own rules say of parameters the program says when it is asked. */
function checkWhole(config: Config, faults: string[]): void {
  const names = config.markets.map(({ name }) => name);
  for (const [at, name] of names.entries()) {
    if (names.indexOf(name) !== at)
      faults.push(`markets[${at}].name is that of another market: ${JSON.stringify(name)}`);
  }
  if (config.exchange.guardian === config.vault) {
    faults.push('exchange.guardian must not be multisig.vault: it is meant to act when the multisig cannot meet');
  }
  const timelock = config.exchange.params.timelockSeconds;
  if (config.cluster === 'mainnet' && timelock < DAY) {
    faults.push(`exchange.params.timelockSeconds must be at least a day (${DAY}) on mainnet, and is ${timelock}`);
  }
}

/** Reads a file. Throws {@link BadConfig} with every fault it has. */
export function readConfig(text: string): Config {
  const faults: string[] = [];
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new BadConfig([`the file must be JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const file = Fields.of(raw, '', faults);
  const program = file.within('program');
  const multisig = file.within('multisig');
  const insurance = file.within('insurance');
  const config: Config = {
    cluster: file.oneOf('cluster', ['mainnet', 'devnet', 'localnet'], 'localnet'),
    program: {
      id: program.address('id'),
      room: Number(program.integer('room', { least: 1n, most: MEGABYTES_10 - 45n })),
    },
    vault: multisig.address('vault'),
    exchange: readExchange(file.within('exchange')),
    insurance: insurance.decimal('paidIn', 6, U64),
    markets: file.list('markets').map(readMarket),
  };
  for (const fields of [program, multisig, insurance, file]) fields.done();
  if (config.markets.length === 0 && Array.isArray(file.raw['markets'])) faults.push('markets must not be empty');
  if (faults.length === 0) checkWhole(config, faults);
  if (faults.length > 0) throw new BadConfig(faults);
  return config;
}
