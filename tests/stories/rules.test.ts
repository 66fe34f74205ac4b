import { generateKeyPairSigner } from '@solana/kit';
import { expect, test } from 'vitest';
import {
  type ErrorName,
  type ExchangeParams,
  exchangeAddress,
  exchangeParams,
  initialiseExchange,
  loadExchange,
  type MarketParams,
  marketParams,
} from '@breakwater/client';
import { PUSH_ORACLE, RECEIVER } from '@breakwater/localnet';
import { bit, daysInSeconds, expectError, SOL, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL] });

/** Parameters of an exchange that break one rule each. */
const EXCHANGES: readonly (readonly [string, ErrorName, Partial<ExchangeParams>])[] = [
  ['deposits of nothing', 'RuleDeposits', { depositMin: 0n }],
  ['deposits larger than all', 'RuleDeposits', { depositMin: 2n, depositsMax: 1n }],
  ['deposits without bounds', 'RuleDeposits', { depositsMax: bit(57) }],
  ['a breaker held for a fortnight', 'RuleBreakers', { guardHoldSeconds: 1_209_600n }],
  ['an hour that lets nothing leave', 'RuleOutflow', { outflowHour: 99 }],
  ['a day that lets out less than an hour', 'RuleOutflow', { outflowDay: 999 }],
  ['more than the whole in a day', 'RuleOutflow', { outflowDay: 10_001 }],
  ['a floor of nothing', 'RuleOutflow', { outflowFloor: 999_999n }],
  ['exempt beyond the floor', 'RuleOutflow', { outflowFloor: 2_000_000n, outflowExempt: 2_000_001n }],
  ['a guard nothing reaches', 'RuleOutflow', { outflowGuard: 20_001 }],
  ['a target beyond all that is open', 'RuleInsurance', { insuranceTarget: 10_001 }],
  ['stakers who get more than all', 'RuleInsurance', { stakerShare: 10_001 }],
  ['keepers who get more than all', 'RuleInsurance', { keeperShare: 10_001 }],
  ['a fund that is guarded at its peak', 'RuleInsurance', { drawdownGuard: 0 }],
  ['stakes of nothing', 'RuleInsurance', { stakeMin: 0n }],
  ['a timelock of minutes', 'RuleTimelock', { timelockSeconds: 3_599n }],
  ['a timelock of a quarter', 'RuleTimelock', { timelockSeconds: daysInSeconds(90) }],
  ['an exit without a cool-down', 'RuleTimelock', { exitCooldownSeconds: 0n }],
];

async function create(own: Partial<ExchangeParams>) {
  const { authority, guardian, network } = stage();
  const { address: id } = await generateKeyPairSigner();
  const { treasury, keeperFees } = stage().exchange.state;
  const accounts = { id, mint: network.mint, receiver: RECEIVER, pushOracle: PUSH_ORACLE, treasury, keeperFees };
  const params = exchangeParams('standard', own);
  await stage().send([await initialiseExchange(authority, { ...accounts, guardian: guardian.address, params })]);
  return loadExchange(network.rpc, await exchangeAddress(id));
}

test.each(EXCHANGES)('an exchange with %s is not created: %s', async (_, name, own) => {
  await expectError(name, create(own));
});

test('an exchange is created as it is asked for', async () => {
  const { state } = await create({ timelockSeconds: 3_600n });
  expect(state.params).toEqual(exchangeParams('standard', { timelockSeconds: 3_600n }));
});

/** The same of a market: what reacts before anything fails. */
const MARKETS: readonly (readonly [string, ErrorName, Partial<MarketParams>])[] = [
  ['margins that fall with volatility', 'RuleMultiples', { volatilityMultiplierMax: 9_999 }],
  ['fees that fall with stress', 'RuleMultiples', { stressFee: 9_999 }],
  ['more margin than a position is worth', 'RuleMultiples', { volatilityMultiplierMax: 50_000, stressMargin: 10_001 }],
  ['less for insurance in stress', 'RuleMultiples', { insuranceShare: 7_000 }],
  ['a gauge that sees nothing', 'RuleMultiples', { gaugeDistance: 0 }],
  ['stress that never ends', 'RuleMultiples', { gaugeStress: 0 }],
  ['no volatility that is normal', 'RuleVolatility', { volatilityNormal: 0 }],
  ['volatility of a moment', 'RuleVolatility', { volatilityWindowSeconds: 59n }],
  ['maintenance that doubles overnight', 'RuleVolatility', { maintenanceRate: 10_001 }],
  ['a halt held for hours', 'RuleBreakers', { haltHoldSeconds: 604_801n }],
  ['a guard before the stress', 'RuleBreakers', { gaugeGuard: 1_999 }],
  ['settlement within the hour', 'RuleBreakers', { settleAfterSeconds: 3_599n }],
  ['sources that always disagree', 'RuleBreakers', { disagreement: 0 }],
];

test.each(MARKETS)('a market with %s is not listed: %s', async (_, name, own) => {
  const params = marketParams('standard', { lotExponent: SOL.lotExponent, ...SOL.own, ...own });
  await expectError(name, stage().list(SOL, params));
  expect(stage().exchange.state.marketCount).toBe(1);
});
