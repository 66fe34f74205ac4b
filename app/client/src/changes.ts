/** Changes of an exchange, as people say them and as a proposal holds them: see `programs/breakwater/src/state/proposal.rs`. */
import { type Address, getAddressDecoder, getAddressEncoder, type ReadonlyUint8Array } from '@solana/kit';
import { type ExchangeHandle, type MarketHandle } from './accounts.js';
import type { ProposeChangeInstructionDataArgs } from './generated/index.js';
import { CHANGE as KIND, PARAMETERS, SOURCE } from './generated/tables.js';
import { type ParameterChange, parameterNumber } from './parameters.js';

/** Where a market's price comes from: the id of a Pyth feed, or a push account. */
export type PriceSource =
  { readonly kind: 'pull'; readonly feed: ReadonlyUint8Array } | { readonly kind: 'push'; readonly account: Address };

/** What an underwriter is offered. */
export type LayerOffer = {
  /** One of the market's four seats, from 0. */
  readonly seat: number;
  /** Who may fund it. */
  readonly underwriter: Address;
  /** Capital at most, atoms. */
  readonly limit: bigint;
  /** Losses, in atoms, below which it is not asked. */
  readonly attachment: bigint;
  /** Premium: its share of what the market pays insurance, bps. */
  readonly premium: bigint;
  /** End, unix seconds. */
  readonly expiresAt: bigint;
};

/** What a proposal may change. */
export type Change =
  | ParameterChange
  /** Who may pause for a day. */
  | { readonly guardian: Address }
  /** Token account of protocol fees. */
  | { readonly treasury: Address }
  /** Token account of the keepers' share of them. */
  | { readonly keeperFees: Address }
  /** Pyth receiver whose updates count: a program. It waits twice the timelock, like the next. */
  | { readonly receiver: Address }
  /** Owner of Pyth push accounts. */
  | { readonly pushOracle: Address }
  | { readonly source: PriceSource; readonly market: MarketHandle }
  | { readonly secondSource: PriceSource | 'none'; readonly market: MarketHandle }
  | { readonly layer: LayerOffer; readonly market: MarketHandle }
  /** Who may accept the authority: proposed by `offerAuthority` only. */
  | { readonly authority: Address };

/** A change as the program stores it. */
export type RawChange = Omit<ProposeChangeInstructionDataArgs, 'id'>;

const NOBODY = '11111111111111111111111111111111' as Address;
const NOTHING = { kind: 0n, market: 0n, field: 0n, to: 0n, key: NOBODY, numbers: [0n, 0n, 0n, 0n] };

/** The market a change concerns, if it does one: its instructions must be passed it. */
export function marketOfChange(change: Change): MarketHandle | undefined {
  return 'market' in change ? change.market : undefined;
}

/** The account a change names that the program looks at: where fees go, or who says prices. Its instructions must be passed it. */
export function namedBy(change: Change): Address | undefined {
  if ('treasury' in change) return change.treasury;
  if ('keeperFees' in change) return change.keeperFees;
  if ('receiver' in change) return change.receiver;
  return 'pushOracle' in change ? change.pushOracle : undefined;
}

function parameterOf(change: ParameterChange): RawChange {
  const field = BigInt(parameterNumber(change));
  const of = change.market === undefined ? {} : { market: BigInt(change.market.number) };
  const kind = change.market === undefined ? KIND.exchangeParameter : KIND.marketParameter;
  // One parameter is signed: it travels as its two's complement.
  return { ...NOTHING, kind, ...of, field, to: BigInt.asUintN(64, change.to) };
}

function sourceOf(kind: bigint, market: MarketHandle, source: PriceSource | 'none'): RawChange {
  const of = { ...NOTHING, kind, market: BigInt(market.number) };
  if (source === 'none') return { ...of, to: BigInt(SOURCE.none) };
  const key = source.kind === 'pull' ? getAddressDecoder().decode(source.feed) : source.account;
  return { ...of, to: BigInt(SOURCE[source.kind]), key };
}

function layerOf(market: MarketHandle, offer: LayerOffer): RawChange {
  const numbers = [offer.limit, offer.attachment, offer.premium, offer.expiresAt];
  const of = { market: BigInt(market.number), field: BigInt(offer.seat) };
  return { ...NOTHING, kind: KIND.layer, ...of, key: offer.underwriter, numbers };
}

/** A change as the program takes it. */
export function rawChange(change: Change): RawChange {
  if ('parameter' in change) return parameterOf(change);
  if ('source' in change) return sourceOf(KIND.source, change.market, change.source);
  if ('secondSource' in change) return sourceOf(KIND.secondSource, change.market, change.secondSource);
  if ('layer' in change) return layerOf(change.market, change.layer);
  if ('guardian' in change) return { ...NOTHING, kind: KIND.guardian, key: change.guardian };
  if ('treasury' in change) return { ...NOTHING, kind: KIND.feeAccount, field: 0n, key: change.treasury };
  if ('keeperFees' in change) return { ...NOTHING, kind: KIND.feeAccount, field: 1n, key: change.keeperFees };
  if ('receiver' in change) return { ...NOTHING, kind: KIND.oracle, field: 0n, key: change.receiver };
  if ('pushOracle' in change) return { ...NOTHING, kind: KIND.oracle, field: 1n, key: change.pushOracle };
  return { ...NOTHING, kind: KIND.authority, key: change.authority };
}

/** What a proposal stores of its change. */
export type StoredChange = {
  readonly kind: bigint;
  readonly market: bigint;
  readonly field: bigint;
  readonly to: bigint;
  readonly key: Address;
  readonly numbers: readonly bigint[];
};

/** A change that this client does not know: of a newer program. As the proposal stores it, to be shown and cancelled. */
export type UnknownChange = {
  /** What of it is unknown. */
  readonly unknown: 'kind' | 'parameter' | 'market' | 'source';
  readonly stored: StoredChange;
};

/** Whether a change is one that this client knows. */
export function isKnown(change: Change | UnknownChange): change is Change {
  return !('unknown' in change);
}

function nameIn<Name extends string>(
  table: Readonly<Record<Name, { readonly number: number }>>,
  number: bigint,
): Name | undefined {
  const names = Object.keys(table) as Name[];
  return names.find((name) => BigInt(table[name].number) === number);
}

function priceSource({ to, key }: StoredChange): PriceSource | 'none' | undefined {
  if (to === BigInt(SOURCE.none)) return 'none';
  if (to === BigInt(SOURCE.push)) return { kind: 'push', account: key };
  return to === BigInt(SOURCE.pull) ? { kind: 'pull', feed: getAddressEncoder().encode(key) } : undefined;
}

function layerOffer({ field, key, numbers }: StoredChange): LayerOffer {
  const [limit = 0n, attachment = 0n, premium = 0n, expiresAt = 0n] = numbers;
  return { seat: Number(field), underwriter: key, limit, attachment, premium, expiresAt };
}

function marketChange(stored: StoredChange, market: MarketHandle): Change | UnknownChange {
  if (stored.kind === KIND.marketParameter) {
    const parameter = nameIn(PARAMETERS.market, stored.field);
    return parameter === undefined ? { unknown: 'parameter', stored } : { parameter, market, to: stored.to };
  }
  if (stored.kind === KIND.layer) return { layer: layerOffer(stored), market };
  const source = priceSource(stored);
  if (source === undefined) return { unknown: 'source', stored };
  if (stored.kind === KIND.secondSource) return { secondSource: source, market };
  return source === 'none' ? { unknown: 'source', stored } : { source, market };
}

function addressChange(stored: StoredChange): Change | UnknownChange {
  const { kind, field, key } = stored;
  if (kind === KIND.guardian) return { guardian: key };
  if (kind === KIND.authority) return { authority: key };
  if (kind === KIND.feeAccount && field <= 1n) return field === 0n ? { treasury: key } : { keeperFees: key };
  if (kind === KIND.oracle && field <= 1n) return field === 0n ? { receiver: key } : { pushOracle: key };
  return { unknown: kind === KIND.feeAccount || kind === KIND.oracle ? 'parameter' : 'kind', stored };
}

/** A change as people say it, from a proposal or the event of one; {@link UnknownChange} where this client does not know it. */
export function readChange(exchange: ExchangeHandle, stored: StoredChange): Change | UnknownChange {
  const ofMarket: readonly bigint[] = [KIND.marketParameter, KIND.source, KIND.secondSource, KIND.layer];
  if (stored.kind === KIND.exchangeParameter) {
    const parameter = nameIn(PARAMETERS.exchange, stored.field);
    return parameter === undefined ? { unknown: 'parameter', stored } : { parameter, to: stored.to };
  }
  if (!ofMarket.includes(stored.kind)) return addressChange(stored);
  const market = exchange.markets.find(({ number }) => BigInt(number) === stored.market);
  return market === undefined ? { unknown: 'market', stored } : marketChange(stored, market);
}
