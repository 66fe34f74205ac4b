import { expect, test } from 'vitest';
import { cancelChange, executeChange, proposalState, proposeChange, units } from '@breakwater/client';
import { Governor, officeOf, Stage } from '@breakwater/localnet';
import { eventOf, expectError, SOL, useStage } from '../harness/index.js';

const DAY = 86_400;
const LOCK = 2 * DAY;
const WEEK = 7 * DAY;

const stage = useStage({ markets: [SOL], defaults: 'standard', own: { timelockSeconds: BigInt(LOCK) } });

const authority = () => new Governor(stage(), officeOf(stage(), stage().authority));
const guardian = () => new Governor(stage(), officeOf(stage(), stage().guardian));
const penalty = (to: bigint) => ({ parameter: 'penalty', market: stage().market('SOL'), to }) as const;
const cap = (usd: string) => ({ parameter: 'depositsMax', to: units.atoms(usd) }) as const;

/** What the market's parameters are now. */
const params = async () => (await stage().view('SOL')).market.params;

test('what loosens waits for the timelock, and is then made once', async () => {
  const { network } = stage();
  await expectError('Loosens', authority().tighten(cap('1250000000')));
  const { time } = await network.now();
  const id = await authority().propose(cap('1250000000'));
  const proposal = await authority().proposal(id);
  expect(proposal.change).toEqual(cap('1250000000'));
  expect(proposal.from).toBe(units.atoms('1000000000'));
  expect(proposal.readyAt).toBeGreaterThanOrEqual(time + BigInt(LOCK));
  expect(proposal.expiresAt).toBe(proposal.readyAt + BigInt(WEEK));
  expect(proposalState(proposal, await network.now())).toBe('early');
  await expectError('ProposalTooEarly', authority().execute(id));

  await network.advanceSeconds(LOCK - 60);
  await expectError('ProposalTooEarly', authority().execute(id));
  await network.advanceSeconds(61);
  expect(proposalState(await authority().proposal(id), await network.now())).toBe('due');
  const closed = await eventOf(stage(), await authority().execute(id), 'ProposalClosed');
  expect([closed.id, closed.closed, closed.by]).toEqual([id, 1n, stage().authority.address]);
  expect((await authority().exchange()).state.params.depositsMax).toBe(units.atoms('1250000000'));
  expect(proposalState(await authority().proposal(id), await network.now())).toBe('executed');
  await expectError('ProposalClosed', authority().execute(id));
  await expectError('ProposalClosed', authority().cancel(id));
});

test('what tightens is made at once', async () => {
  const before = (await authority().exchange()).state.params.depositsMax;
  const to = before - units.atoms('1000000');
  const told = await eventOf(stage(), await authority().tighten({ parameter: 'depositsMax', to }), 'Tightened');
  expect([told.market, told.parameter, told.from, told.to]).toEqual([65_535, 1, before, to]);
  const sol = stage().market('SOL');
  const less = (await params()).openInterestMax - 1_000_000_000n;
  const market = await eventOf(
    stage(),
    await authority().tighten({ parameter: 'openInterestMax', market: sol, to: less }),
    'Tightened',
  );
  expect(market.market).toBe(sol.number);
  expect((await params()).openInterestMax).toBe(less);
  await expectError('NothingChanges', authority().tighten({ parameter: 'openInterestMax', market: sol, to: less }));
  await expectError('Loosens', authority().tighten(penalty(60n)));
  await expectError('Unauthorised', guardian().tighten(cap('1000000000')));
});

test('of proposals queued for one parameter the first to be executed leaves the others outdated', async () => {
  const [first, second] = [await authority().propose(penalty(55n)), await authority().propose(penalty(56n))];
  await stage().network.advanceSeconds(LOCK + 1);
  await authority().execute(second);
  expect((await params()).penalty).toBe(56);
  await expectError('ProposalOutdated', authority().execute(first));
  expect((await params()).penalty).toBe(56);
});

test('a proposal nobody executes within a week lapses', async () => {
  const id = await authority().propose(penalty(57n));
  await stage().network.advanceSeconds(LOCK + WEEK + 1);
  await expectError('ProposalExpired', authority().execute(id));
  expect(proposalState(await authority().proposal(id), await stage().network.now())).toBe('expired');
});

test('the authority or the guardian takes a proposal back, nobody else', async () => {
  for (const whose of [authority(), guardian()]) {
    const id = await authority().propose(penalty(58n));
    const eve = await stage().trader('0');
    await expectError('Unauthorised', new Governor(stage(), officeOf(stage(), eve.signer)).cancel(id));
    const told = await eventOf(stage(), await whose.cancel(id), 'ProposalClosed');
    expect([told.closed, told.by]).toEqual([2n, whose.office.signer.address]);
    await stage().network.advanceSeconds(LOCK + 1);
    await expectError('ProposalClosed', authority().execute(id));
    await expectError('ProposalClosed', whose.cancel(id));
  }
  const id = await authority().propose(penalty(58n));
  await stage().network.advanceSeconds(LOCK + 1);
  await expectError('Unauthorised', guardian().execute(id));
});

test('the guardian takes back anything but its own replacement, and holds off nothing that tightens', async () => {
  const { address } = await stage().network.keypair();
  const replacement = await authority().propose({ guardian: address });
  await expectError('OwnReplacement', guardian().cancel(replacement));
  const id = await authority().propose({ parameter: 'penalty', market: stage().market('SOL'), to: 57n });
  await guardian().cancel(id);
  await stage().network.advanceSeconds(LOCK + 1);
  await expectError('ProposalClosed', authority().execute(id));
  const { depositsMax } = (await authority().exchange()).state.params;
  await authority().tighten({ parameter: 'depositsMax', to: depositsMax - 1n });
  expect((await authority().exchange()).state.params.depositsMax).toBe(depositsMax - 1n);
});

test('bounds hold again when a proposal is executed', async () => {
  const own = await Stage.open(stage().network, { markets: [SOL], defaults: 'standard' });
  const governor = new Governor(own, officeOf(own, own.authority));
  const market = own.market('SOL');
  // Beside a discount of 200 and a stressed fee of 8 a penalty of 62 stays below 300, one of 50 below 260: not 62 below 260.
  const higher = await governor.propose({ parameter: 'penalty', market, to: 62n });
  const lower = await governor.propose({ parameter: 'bracket0Maintenance', market, to: 260n });
  await stage().network.advanceSeconds(LOCK + 1);
  await governor.execute(higher);
  await expectError('RulePenaltyBelowMaintenance', governor.execute(lower));
});

test("a proposal is the exchange's own, under the next number", async () => {
  const { network } = stage();
  const elsewhere = await Stage.open(network, { markets: [] });
  const theirs = new Governor(elsewhere, officeOf(elsewhere, elsewhere.authority));
  const foreign = await theirs.proposal(await theirs.propose({ guardian: elsewhere.authority.address }));
  const exchange = await authority().exchange();
  const { signer } = authority().office;
  await expectError('WrongProposal', stage().send([executeChange(exchange, signer, foreign)]));
  await expectError('WrongProposal', stage().send([cancelChange(exchange, signer, foreign.address)]));
  const ahead = await proposeChange(exchange, signer, penalty(57n), exchange.state.proposalCount + 1n);
  await expectError('WrongProposal', stage().send([ahead]));
});
