import { expect, test } from 'vitest';
import {
  type ExchangeParameter,
  exchangeParams,
  type MarketParameter,
  marketParams,
  mustWait,
  PARAMETERS,
  parameterValue,
  ruleOf,
  stepMax,
} from '../src/index.js';

const market = Object.keys(PARAMETERS.market) as MarketParameter[];
const exchange = Object.keys(PARAMETERS.exchange) as ExchangeParameter[];

test('every parameter of the table is in the parameters, under its name, at its standard', () => {
  const [ofMarket, ofExchange] = [marketParams('standard'), exchangeParams('standard')];
  expect(market.map((name) => parameterValue(ofMarket, name))).toEqual(
    market.map((name) => PARAMETERS.market[name].standard),
  );
  expect(exchange.map((name) => parameterValue(ofExchange, name))).toEqual(
    exchange.map((name) => PARAMETERS.exchange[name].standard),
  );
});

test('every parameter there is has a rule', () => {
  const { brackets, reserved: padding, ...flat } = marketParams('standard');
  expect(padding).toBe(0);
  const bracketed = brackets.flatMap((bracket, at) =>
    Object.keys(bracket).map((name) => `bracket${at}${name.slice(0, 1).toUpperCase()}${name.slice(1)}`),
  );
  expect(new Set(market)).toEqual(new Set([...Object.keys(flat), ...bracketed]));
  const { reserved, ...rest } = exchangeParams('standard');
  expect(reserved).toBe(0);
  expect(new Set(exchange)).toEqual(new Set(Object.keys(rest)));
});

test('a step is a quarter of the value, or the parameter has a smallest', () => {
  const cap = ruleOf({ parameter: 'depositsMax' });
  expect(stepMax(cap, 1_000_000_000_000_000n)).toBe(250_000_000_000_000n);
  expect(stepMax(cap, 4n)).toBe(1_000_000_000_000n);
  expect([mustWait(cap, 1n, 2n), mustWait(cap, 2n, 1n)]).toEqual([true, false]);
  const fee = ruleOf({ parameter: 'outflowDay' });
  expect(() => ruleOf({ parameter: 'penalty' as ExchangeParameter })).toThrow('no parameter penalty');
  expect(fee.waits).toBe('rising');
});
