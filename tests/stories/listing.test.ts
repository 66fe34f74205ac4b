import { expect, test } from 'vitest';
import { type ErrorName, type MarketParams, marketParams } from '@breakwater/client';
import { BTC, expectError, SOL, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL] });

const NO_BRACKET = { upTo: 0n, initial: 0, maintenance: 0 };

/** Parameters that break one rule each. */
const BROKEN: readonly (readonly [ErrorName, Partial<MarketParams>])[] = [
  ['RuleBracketsRise', { bracketCount: 0 }],
  [
    'RuleInitialAboveMaintenance',
    { brackets: [{ upTo: 0n, initial: 300, maintenance: 300 }, NO_BRACKET, NO_BRACKET, NO_BRACKET], bracketCount: 1 },
  ],
  ['RulePenaltyBelowMaintenance', { penalty: 299 }],
  ['RuleStep', { step: 0n }],
  ['RuleBand', { band: 0 }],
  ['RulePriceBounds', { confidenceGood: 0 }],
  ['RuleFunding', { fundingPeriodSeconds: 0n }],
  ['RuleAuction', { auctionSlots: 0n }],
  ['RuleCover', { eventShare: 20_000 }],
  ['RuleVesting', { profitVestingSeconds: 0n }],
  ['RuleOpenInterest', { openInterestMax: 0n }],
  ['RuleFees', { takerFee: 5, makerFee: 6 }],
  ['RuleLotValue', { lotExponent: -5 }],
  ['RuleImpact', { impactShareBps: 1 }],
  ['RuleWalk', { walkMax: 0 }],
  ['RuleSyncReward', { syncReward: 5_000 }],
];

test.each(BROKEN)('a market whose parameters break %s is not listed', async (name, own) => {
  const params = marketParams('bare', { lotExponent: SOL.lotExponent, ...SOL.own, ...own });
  await expectError(name, stage().list(SOL, params));
  expect(stage().exchange.state.marketCount).toBe(1);
});

test('a market is listed once, by the authority, at a good price of its own feed', async () => {
  await stage().network.publish(BTC.feed, { price: BTC.first, confidence: '90000' });
  await expectError(
    'PriceQuality',
    stage().list(BTC, marketParams('bare', { lotExponent: BTC.lotExponent, ...BTC.own })),
  );
  await stage().network.publish(BTC.feed, { price: '0' });
  await expectError(
    'PriceNotPositive',
    stage().list(BTC, marketParams('bare', { lotExponent: BTC.lotExponent, ...BTC.own })),
  );
  await stage().network.publish(BTC.feed, { price: BTC.first });
  const params = marketParams('bare', { lotExponent: BTC.lotExponent, ...BTC.own });
  const eve = await stage().trader('0');
  await expectError('Unauthorised', stage().list(BTC, params, { authority: eve.signer }));
  await expectError(
    'WrongFeed',
    stage().list({ ...BTC, feed: SOL.feed }, params, { price: await stage().priceAccount(BTC) }),
  );
  await expectError('WrongIndex', stage().list(BTC, params, { number: 2 }));
  await expectError('WrongSource', stage().list(BTC, params, { source: 7 }));
  await expectError('LadderElsewhere', stage().list(BTC, params, { ladderOf: 2 }));
  await stage().list(BTC, params);
  expect(stage().exchange.state.marketCount).toBe(2);
});
