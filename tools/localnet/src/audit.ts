/** Every atom of an exchange, counted from outside, and what its waterfall has done. */
import {
  type Address,
  type Base58EncodedBytes,
  fetchEncodedAccount,
  getBase58Decoder,
  getBase64Encoder,
  type ReadonlyUint8Array,
} from '@solana/kit';
import {
  BREAKWATER_PROGRAM_ADDRESS,
  getExchangeDecoder,
  getInsuranceDecoder,
  getMarginAccountDecoder,
  getMarketDecoder,
  MARGIN_ACCOUNT_DISCRIMINATOR,
  type MarketBooks,
  ofSide,
  signed,
  SIDES,
  type Tally,
} from '@breakwater/client';
import type { Stage } from './stage.js';
import { pico, valueOfLots } from './units.js';

/** What an audit found. */
export type Audit = {
  /** Everything that does not add up; empty: every atom is accounted for. */
  readonly faults: readonly string[];
  /** What the waterfall did, all markets together: atoms, and lots where deleveraged. */
  readonly tally: Tally;
  /** Atoms in the collateral vault. */
  readonly vault: bigint;
};

/** What a market's classes add up to, less what nobody could bear: 1e-12 atom, exact. */
function sumOf(market: MarketBooks): bigint {
  const sides = SIDES.map((side) => {
    const book = ofSide(side, market.sides);
    const keyed = signed(side, valueOfLots(book.lots, book.index) - book.moment);
    const whole = book.spare + book.claims.paid + book.claims.waiting;
    return keyed + book.residue.cash + book.drift + book.reserve + pico(whole);
  });
  const whole = market.vesting.total + market.fees + market.insuranceDue - market.unfunded;
  return total(sides) + pico(whole);
}

const total = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

/** Counts everything. Nobody may act meanwhile: it takes several reads. */
export async function auditOf({ network, exchange }: Stage): Promise<Audit> {
  const read = async (address: Address): Promise<ReadonlyUint8Array> => {
    const account = await fetchEncodedAccount(network.rpc, address, { commitment: 'confirmed' });
    if (!account.exists) throw new Error(`${address} does not exist`);
    return account.data;
  };
  const state = getExchangeDecoder().decode(await read(exchange.address));
  const fund = getInsuranceDecoder().decode(await read(state.insurance)).books;
  const data = await Promise.all(exchange.markets.map(({ address }) => read(address)));
  const markets = data.map((bytes) => getMarketDecoder().decode(bytes).books);
  const vault = await network.balance(state.collateralVault);
  const insurance = await network.balance(state.insuranceVault);
  const classes = pico(await freeOf(network.rpc, exchange.address)) + total(markets.map(sumOf));
  const checks: readonly (readonly [string, bigint, bigint])[] = [
    ['classes and collateral vault, 1e-12 atom', classes, pico(vault)],
    ['collateral booked and in the vault', state.collateralBooked, vault],
    ['insurance booked and in the vault', fund.booked, insurance],
    ['tranches and insurance booked', fund.protocol + fund.staked + fund.layers, fund.booked],
    ['covers and what is set aside', total(markets.map(({ cover }) => cover.amount)), fund.covers],
  ];
  const wrong = checks.filter(([, left, right]) => left !== right);
  return {
    faults: wrong.map(([what, left, right]) => `${what}: ${left} and ${right}`),
    tally: tallyOf(markets),
    vault,
  };
}

/** Free cash of all margin accounts, atoms. */
async function freeOf(rpc: Stage['network']['rpc'], exchange: Address): Promise<bigint> {
  const tag = getBase58Decoder().decode(MARGIN_ACCOUNT_DISCRIMINATOR) as string as Base58EncodedBytes;
  const of = exchange as string as Base58EncodedBytes;
  const filters = [
    { memcmp: { offset: 0n, bytes: tag, encoding: 'base58' } },
    { memcmp: { offset: 8n, bytes: of, encoding: 'base58' } },
  ] as const;
  const config = { encoding: 'base64', filters, commitment: 'confirmed' } as const;
  const found = await rpc.getProgramAccounts(BREAKWATER_PROGRAM_ADDRESS, config).send();
  const bytes = found.map(({ account }) => getBase64Encoder().encode(account.data[0]));
  return total(bytes.map((data) => getMarginAccountDecoder().decode(data).books.free));
}

function tallyOf(markets: readonly MarketBooks[]): Tally {
  const sum = (of: (tally: Tally) => bigint): bigint => total(markets.map(({ tally }) => of(tally)));
  return {
    partialLiquidations: sum((tally) => tally.partialLiquidations),
    resolutions: sum((tally) => tally.resolutions),
    insured: sum((tally) => tally.insured),
    deleveraged: sum((tally) => tally.deleveraged),
    absorbed: sum((tally) => tally.absorbed),
    socialised: sum((tally) => tally.socialised),
    unfunded: sum((tally) => tally.unfunded),
  };
}
