import { expect, test } from 'vitest';
import { levelOf, loadExchange, loadGuards, reasonsIn, reasonsOf, skim, tripBreaker, units } from '@breakwater/client';
import { type Setup, Stage, type Trader } from '@breakwater/localnet';
import { eventOf, expectError, SOL, useNetwork } from '../harness/index.js';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const HOLD = 300;
const GUARDS = { guardHoldSeconds: BigInt(HOLD) };
const LISTED = { ...SOL, own: { ...SOL.own, ...GUARDS } };

const network = useNetwork();

/** Bob is long 5,000 USD on a margin of 300, against a rich maker; Ann has money and no position. */
async function scene(setup: Setup): Promise<{ stage: Stage; bob: Trader; maker: Trader; ann: Trader }> {
  const stage = await Stage.open(network(), setup);
  if (setup.insurance !== undefined) await stage.send([skim(stage.exchange, stage.exchange.markets)]);
  const [maker, bob, ann] = [await stage.trader('100000'), await stage.trader('400'), await stage.trader('20000')];
  await maker.open('100000');
  await maker.allocate('SOL', '20000');
  await bob.open('300');
  await ann.open('20000');
  await maker.quote('SOL', [['200', '50']], [['200', '50']]);
  await bob.buy('SOL', '25', '200');
  return { stage, bob, maker, ann };
}

const standing = async (stage: Stage) =>
  loadGuards(network().rpc, stage.exchange, stage.market('SOL'), await network().now());

/** What holds the exchange's own breaker. */
async function held(stage: Stage) {
  const { breaker } = (await loadExchange(network().rpc, stage.exchange.address)).state;
  const now = await network().now();
  return [levelOf(breaker, now), reasonsOf(breaker, now)];
}

async function passes(stage: Stage, seconds: number): Promise<void> {
  await network().advanceSeconds(seconds);
  await network().refeed();
  await stage.refreshAll();
}

test('a loss nobody has insured guards the market: no new risk, and the cure goes on', async () => {
  const { stage, bob, maker, ann } = await scene({ markets: [LISTED] });
  await maker.quote('SOL', [['184', '50']], [['201', '50']]);
  await stage.price('SOL', '186');
  expect(await standing(stage)).toMatchObject({ level: 'guarded', market: ['uninsured'] });
  await maker.quote('SOL', [['185.9', '50']], [['186.1', '50']]);
  await expectError('MarketHalted', ann.buy('SOL', '1', '186.2'));
  await expectError('MarketHalted', ann.sell('SOL', '1', '185.8'));
  await expectError('MarketHalted', maker.allocate('SOL', '-1'));
  await expectError('MarketHalted', maker.withdraw('1'));
  await ann.withdraw('10');
  await ann.sync(bob);
  await stage.pass(151);
  const resolved = await eventOf(stage, await ann.resolve(bob, 'SOL'), 'BankruptcyResolved');
  expect(resolved.deficit).toBe(resolved.insured + resolved.absorbed + resolved.socialised + resolved.unfunded);
  await stage.price('SOL', '186');
  expect(await standing(stage)).toMatchObject({ level: 'guarded', market: ['uninsured'] });
  await passes(stage, HOLD + 1);
  expect(await standing(stage)).toMatchObject({ level: 'open', market: [] });
  await maker.quote('SOL', [['185.9', '50']], [['186.1', '50']]);
  await ann.buy('SOL', '1', '186.2');
});

test('a resolution that makes the fund fall far guards the exchange, until it was seen whole for an hour', async () => {
  const own = { guardHoldSeconds: BigInt(HOUR), drawdownGuard: 2_000 };
  const { stage, bob, ann, maker } = await scene({ markets: [SOL], own, insurance: '100' });
  const anyone = await stage.trader('0');
  const trip = () => anyone.send([tripBreaker(stage.exchange)]);
  await expectError('NothingTripped', trip());
  // 25 units, bankrupt below 190, and 50 USD beside them: a loss of some 100 at 184. The cover pays a quarter of itself.
  await stage.price('SOL', '184');
  await ann.sync(bob);
  await stage.pass(151);
  const { insured } = await eventOf(stage, await ann.resolve(bob, 'SOL'), 'BankruptcyResolved');
  expect(insured).toBe(units.atoms('25'));
  expect(await held(stage)).toEqual(['guarded', ['drawdown']]);
  await stage.price('SOL', '184');
  await maker.quote('SOL', [['183.9', '50']], [['184.1', '50']]);
  await expectError('MarketHalted', ann.buy('SOL', '1', '184.2'));
  const told = await eventOf(stage, await trip(), 'BreakerTripped');
  expect([told.market, told.level, reasonsIn(told.reasons)]).toEqual([65_535, 1, ['drawdown']]);

  // A day later the fall is yesterday's: anyone starts the hold, once.
  await network().advanceSeconds(DAY);
  await trip();
  await expectError('NothingTripped', trip());
  expect(await held(stage)).toEqual(['guarded', ['drawdown']]);
  await network().advanceSeconds(HOUR + 1);
  expect(await held(stage)).toEqual(['open', []]);
  await trip();
  await expectError('NothingTripped', trip());
});

test('a bank run guards the exchange while it lasts', async () => {
  const own = {
    guardHoldSeconds: BigInt(HOUR),
    outflowFloor: units.atoms('10'),
    outflowExempt: units.atoms('1'),
    outflowGuard: 7_500,
  };
  const { stage, ann, maker } = await scene({ markets: [SOL], own });
  await network().advanceSeconds(DAY + 1);
  await network().refeed();
  // Of some 120,000 a tenth an hour, a third of that at once: three quarters of it are 3,008.
  // Of one account at most three quarters of that count.
  await ann.withdraw('1400');
  await maker.withdraw('1400');
  expect(await held(stage)).toEqual(['open', []]);
  await maker.withdraw('400');
  expect(await held(stage)).toEqual(['guarded', ['outflow']]);
  await stage.price('SOL', '200');
  await maker.quote('SOL', [['199', '50']], [['200', '50']]);
  await expectError('MarketHalted', ann.buy('SOL', '1', '201'));
  await ann.withdraw('100');

  await network().advanceSeconds(2 * HOUR);
  expect(await held(stage)).toEqual(['guarded', ['outflow']]);
  await stage.send([tripBreaker(stage.exchange)]);
  await network().advanceSeconds(HOUR + 1);
  expect(await held(stage)).toEqual(['open', []]);
});

test('much of the market close to bankruptcy guards it before anyone is, and margin opens it again', async () => {
  const markets = [{ ...LISTED, own: { ...LISTED.own, gaugeDistance: 500, gaugeStress: 2_000, gaugeGuard: 4_000 } }];
  const { stage, bob, ann, maker } = await scene({ markets });
  // Bob, the whole long side, put 250 USD into his position: it is bankrupt at 190, within 5 % of this.
  await stage.price('SOL', '199');
  expect(await standing(stage)).toMatchObject({ level: 'guarded', market: ['gauge'] });
  await maker.quote('SOL', [['198.9', '50']], [['199.1', '50']]);
  await expectError('MarketHalted', ann.buy('SOL', '1', '199.2'));
  await passes(stage, HOLD + 1);
  expect((await standing(stage)).level).toBe('guarded');
  // At 186 it is not.
  await bob.deposit('60');
  await bob.allocate('SOL', '100');
  await stage.price('SOL', '199');
  await passes(stage, HOLD + 1);
  expect((await standing(stage)).level).toBe('open');
});
