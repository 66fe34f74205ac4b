import { expect, test } from 'vitest';
import {
  type ExchangeParameter,
  type MarketParameter,
  mustWait,
  type ParameterChange,
  PARAMETERS,
  proposeChange,
  ruleOf,
  simulate,
  stepMax,
  tighten,
  TransactionFailure,
} from '@breakwater/client';
import { feedId, Governor, type Listing, officeOf } from '@breakwater/localnet';
import { daysInSeconds, expectError, U64_MAX, useStage } from '../harness/index.js';

const DAY = daysInSeconds(1);

/** A market worth an atom a lot, with the engine's own parameters: what the page of them speaks of. */
const STANDARD: Listing = { name: 'ONE', feed: feedId('01'.repeat(32)), first: '100', lotExponent: -8 };

const stage = useStage({ markets: [STANDARD], defaults: 'standard', own: { timelockSeconds: daysInSeconds(2) } });

const governor = () => new Governor(stage(), officeOf(stage(), stage().authority));

type Named = Pick<ParameterChange, 'parameter' | 'market'>;

/** Every parameter there is. */
function all(): Named[] {
  const market = stage().market('ONE');
  const ofMarket = (Object.keys(PARAMETERS.market) as MarketParameter[]).map((parameter) => ({ parameter, market }));
  const ofExchange = (Object.keys(PARAMETERS.exchange) as ExchangeParameter[]).map((parameter) => ({ parameter }));
  return [...ofMarket, ...ofExchange];
}

const change = (named: Named, to: bigint): ParameterChange => ({ ...named, to }) as ParameterChange;

/** Name of the error of one attempt, which is not sent. */
async function refusal(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'none',
    (error: unknown) => {
      if (error instanceof TransactionFailure) return error.errorName;
      throw error;
    },
  );
}

async function proposed(wanted: ParameterChange): Promise<string> {
  const { network, authority } = stage();
  const built = await proposeChange(stage().exchange, authority, wanted);
  return refusal(simulate({ rpc: network.rpc, payer: authority }, [built]));
}

async function tightened(wanted: ParameterChange): Promise<string> {
  const { network, authority } = stage();
  return refusal(simulate({ rpc: network.rpc, payer: authority }, [tighten(stage().exchange, authority, wanted)]));
}

test('every parameter changes as its page says: by its step, within its bounds, at once or after the timelock', async () => {
  const told: string[] = [];
  const expected: string[] = [];
  for (const named of all()) {
    const rule = ruleOf(named);
    const from = rule.standard;
    const name = `${named.market === undefined ? 'exchange' : 'market'}.${named.parameter}`;
    const say = (what: string, found: string, wanted: string) => {
      told.push(`${name} ${what}: ${found}`);
      expected.push(`${name} ${what}: ${wanted}`);
    };
    if (rule.waits === 'fixed') {
      say('at all', await proposed(change(named, from + 1n)), 'StepTooLarge');
      continue;
    }
    say('as it is', await proposed(change(named, from)), 'NothingChanges');
    const step = stepMax(rule, from);
    say('a step and one up', await proposed(change(named, from + step + 1n)), 'StepTooLarge');
    if (from > step) say('a step and one down', await proposed(change(named, from - step - 1n)), 'StepTooLarge');
    for (const to of [from + step, from > step ? from - step : 0n]) {
      if (to === from || to < rule.least || to > rule.most) continue;
      say(`to ${to}`, await proposed(change(named, to)), 'none');
      say(`to ${to} at once`, await tightened(change(named, to)), mustWait(rule, from, to) ? 'Loosens' : 'none');
    }
    for (const to of [rule.least - 1n, rule.most + 1n]) {
      const reach = to > from ? to - from : from - to;
      if (reach > step || to < 0n || to > U64_MAX) continue;
      const found = await proposed(change(named, to));
      // A rule between parameters may refuse before the parameter's own.
      say(`to ${to}, beyond its bounds`, /^Rule/.test(found) ? 'a rule' : found, 'a rule');
    }
  }
  expect(told).toEqual(expected);
  expect(told.length).toBeGreaterThan(300);
});

test('the timelock is shortened under the old one, step by step, and never below an hour', async () => {
  for (const to of [0n, 1n, DAY]) {
    await expectError('StepTooLarge', governor().propose({ parameter: 'timelockSeconds', to }));
  }
  let now = daysInSeconds(2);
  let waited = 0n;
  for (;;) {
    const step = stepMax(ruleOf({ parameter: 'timelockSeconds' }), now);
    const to = now - step > 3_600n ? now - step : 3_600n;
    if (to === now) break;
    const id = await governor().propose({ parameter: 'timelockSeconds', to });
    await stage().network.advanceSeconds(Number(now) + 1);
    await governor().execute(id);
    waited += now;
    now = to;
  }
  expect((await governor().exchange()).state.params.timelockSeconds).toBe(3_600n);
  expect(waited).toBeGreaterThan(daysInSeconds(6));
  await expectError('RuleTimelock', governor().propose({ parameter: 'timelockSeconds', to: 3_599n }));
});
