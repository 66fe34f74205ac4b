import { generateKeyPairSigner } from '@solana/kit';
import { expect, test } from 'vitest';
import { NO_PAUSE, PAUSE, setPause, units } from '@breakwater/client';
import { DurableNonce, Governor, Multisig, officeOf, type Setup, Stage } from '@breakwater/localnet';
import { eventOf, expectError, SOL, useNetwork } from '../harness/index.js';

const DAY = 86_400;
const LOCK = 2 * DAY;

const SETUP: Setup = { markets: [SOL], defaults: 'standard', own: { timelockSeconds: BigInt(LOCK) } };

const network = useNetwork();

/** An exchange of a founder's, and a multisig of three members of whom two must sign. */
async function founded() {
  const stage = await Stage.open(network(), SETUP);
  const multisig = await Multisig.create(network(), 2, 3);
  const founder = new Governor(stage, officeOf(stage, stage.authority));
  return { stage, multisig, founder, dao: new Governor(stage, multisig) };
}

/** The same, handed over. */
async function governed() {
  const all = await founded();
  const id = await all.founder.offer(all.multisig.vault);
  await network().advanceSeconds(LOCK + 1);
  await all.founder.execute(id);
  await all.dao.accept();
  return all;
}

test('the founder hands the authority to a multisig: offered, waited for, accepted', async () => {
  const { stage, multisig, founder, dao } = await founded();
  await expectError('Unauthorised', dao.accept());
  const id = await founder.offer(multisig.vault);
  expect((await founder.proposal(id)).change).toEqual({ authority: multisig.vault });
  const queued = await founder.propose({ parameter: 'depositsMax', to: units.atoms('1200000000') });
  await expectError('ProposalTooEarly', founder.execute(id));
  await expectError('Unauthorised', dao.accept());

  await network().advanceSeconds(LOCK + 1);
  await founder.execute(id);
  const offered = (await dao.exchange()).state;
  expect([offered.authority, offered.nextAuthority]).toEqual([stage.authority.address, multisig.vault]);
  // Nobody but whom it was offered to takes it over.
  const eve = await stage.trader('0');
  await expectError('Unauthorised', new Governor(stage, officeOf(stage, eve.signer)).accept());
  const told = await eventOf(stage, await dao.accept(), 'AuthorityAccepted');
  expect([told.from, told.to]).toEqual([stage.authority.address, multisig.vault]);
  await expectError('Unauthorised', dao.accept());

  // What the founder left waiting is the multisig's to execute.
  await expectError('Unauthorised', founder.execute(queued));
  await dao.execute(queued);
  expect((await dao.exchange()).state.params.depositsMax).toBe(units.atoms('1200000000'));
});

test('an offer lapses after a week, and is taken back at once by the authority or the guardian', async () => {
  const { stage, founder, dao, multisig } = await founded();
  const guardian = new Governor(stage, officeOf(stage, stage.guardian));
  const offered = async () => {
    const id = await founder.offer(multisig.vault);
    await network().advanceSeconds(LOCK + 1);
    await founder.execute(id);
  };
  await expectError('NothingOffered', founder.revoke());
  for (const office of [founder, guardian]) {
    await offered();
    const told = await eventOf(stage, await office.revoke(), 'OfferRevoked');
    expect([told.to, told.by]).toEqual([multisig.vault, office.office.signer.address]);
    await expectError('Unauthorised', dao.accept());
  }
  await offered();
  await network().advanceSeconds(7 * DAY);
  await expectError('OfferLapsed', dao.accept());
  await offered();
  await dao.accept();
});

test('two of three members change a margin through the timelock', async () => {
  const { stage, dao } = await governed();
  const market = stage.market('SOL');
  const change = { parameter: 'bracket0Initial', market, to: 475n } as const;
  await expectError('Loosens', dao.tighten(change));
  const id = await dao.propose(change);
  const proposal = await dao.proposal(id);
  expect([proposal.change, proposal.from]).toEqual([change, 500n]);
  await expectError('ProposalTooEarly', dao.execute(id));
  await network().advanceSeconds(LOCK + 1);
  await dao.execute(id);
  expect((await stage.view('SOL')).market.params.brackets[0]?.initial).toBe(475);
  await expectError('ProposalClosed', dao.execute(id));
  // Back up: it asks more of who opens, so it need not wait.
  await dao.tighten({ ...change, to: 500n });
  expect((await stage.view('SOL')).market.params.brackets[0]?.initial).toBe(500);
});

test('one member pauses nothing, two do, and the vault lifts it', async () => {
  const { stage, dao, multisig } = await governed();
  const { exchange } = stage;
  const pause = setPause(exchange, multisig.signer, { bits: PAUSE.deposits, seconds: 3_600n });
  await expectError('MissingRequiredSignature', multisig.send([pause], [1]));
  await expectError('MissingRequiredSignature', multisig.send([pause], []));
  const bob = await stage.trader('100');
  await bob.open('10');
  const told = await eventOf(stage, await multisig.send([pause], [0, 2]), 'PauseBitsSet');
  expect(told.bits).toBe(PAUSE.deposits);
  await expectError('Paused', bob.deposit('1'));
  await dao.pause(NO_PAUSE);
  await bob.deposit('1');
});

test('signatures collected for the vault on a durable nonce are worth nothing', async () => {
  const { stage, multisig } = await governed();
  const [payer] = multisig.members;
  if (payer === undefined) throw new Error('nobody is a member');
  const nonce = await DurableNonce.create(network(), payer);
  const pause = setPause(stage.exchange, multisig.signer, { bits: PAUSE.deposits, seconds: 3_600n });
  const signed = await nonce.sign([multisig.wrap(pause, [0, 1])]);
  await network().advanceSeconds(DAY);
  await expectError('DurableNonce', nonce.send(signed));
});

test('the multisig names another guardian, and hands the authority on', async () => {
  const { stage, dao } = await governed();
  const { guardian } = stage;
  const [fresh, next] = [await network().keypair(), await network().keypair()];
  const change = await dao.propose({ guardian: fresh.address });
  const offer = await dao.offer(next.address);
  await network().advanceSeconds(LOCK + 1);
  await dao.execute(change);
  await dao.execute(offer);
  const replacing = await dao.propose({ guardian: (await generateKeyPairSigner()).address });
  // Nobody keeps his office by vetoing who replaces him.
  await expectError('OwnReplacement', new Governor(stage, officeOf(stage, fresh)).cancel(replacing));
  const waiting = await dao.propose({ parameter: 'depositsMax', to: units.atoms('1200000000') });
  await expectError('Unauthorised', new Governor(stage, officeOf(stage, guardian)).cancel(waiting));
  await new Governor(stage, officeOf(stage, fresh)).cancel(waiting);

  const heir = new Governor(stage, officeOf(stage, next));
  await heir.accept();
  expect((await heir.exchange()).state.authority).toBe(next.address);
  await expectError('Unauthorised', dao.propose({ guardian: guardian.address }));
});
