/** The engine's own parameters: what a listing starts from. */
import { getBase16Encoder } from '@solana/kit';
import {
  type CollateralParams,
  type ExchangeParams,
  getCollateralParamsDecoder,
  getExchangeParamsDecoder,
  getMarketParamsDecoder,
  type MarketParams,
} from './generated/index.js';
import { DEFAULTS } from './generated/tables.js';

/** `standard`: every guard on. `bare`: the waterfall alone, for networks to try it on. */
export type Defaults = keyof (typeof DEFAULTS)['MarketParams'];

/** A market's parameters, with some of one's own. The lot and every amount of lots fit an asset of some 100 USD. */
export function marketParams(which: Defaults, own: Partial<MarketParams> = {}): MarketParams {
  return { ...getMarketParamsDecoder().decode(getBase16Encoder().encode(DEFAULTS.MarketParams[which])), ...own };
}

/** An exchange's parameters, with some of one's own. */
export function exchangeParams(which: Defaults, own: Partial<ExchangeParams> = {}): ExchangeParams {
  return { ...getExchangeParamsDecoder().decode(getBase16Encoder().encode(DEFAULTS.ExchangeParams[which])), ...own };
}

/** A kind of collateral's parameters, with some of one's own: for a liquid asset whose mint has nine decimals. */
export function collateralParams(own: Partial<CollateralParams> = {}): CollateralParams {
  const standard = getBase16Encoder().encode(DEFAULTS.CollateralParams.standard);
  return { ...getCollateralParamsDecoder().decode(standard), ...own };
}
