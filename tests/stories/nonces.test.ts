import { type Address, generateKeyPairSigner, type Instruction } from '@solana/kit';
import { expect, test } from 'vitest';
import {
  acceptAuthority,
  cancelChange,
  cancelListing,
  executeChange,
  guardianPause,
  INSTRUCTIONS_SYSVAR,
  offerAuthority,
  PAUSE,
  proposeChange,
  refresh,
  revokeOffer,
  setPause,
  simulate,
  tighten,
  units,
} from '@breakwater/client';
import { DurableNonce, Governor, officeOf } from '@breakwater/localnet';
import type { KeyPairSigner } from '@solana/kit';
import { expectError, SOL, useStage } from '../harness/index.js';

const HOUR = 3_600;

const stage = useStage({ markets: [SOL], own: { timelockSeconds: BigInt(HOUR) } });

/** Everything that governs, each such that it would succeed alone, with whoever signs it. */
async function governing(): Promise<readonly (readonly [string, KeyPairSigner, Instruction])[]> {
  const { authority, guardian, network } = stage();
  const governor = new Governor(stage(), officeOf(stage(), authority));
  const next = await network.keypair();
  const offered = await governor.offer(next.address);
  const due = await governor.propose({ parameter: 'stakeMin', to: units.atoms('2') });
  await network.advanceSeconds(HOUR + 1);
  await governor.execute(offered);
  await stage().price('SOL', '200');
  const exchange = await governor.exchange();
  const change = { parameter: 'depositsMax', to: units.atoms('999000000') } as const;
  const proposal = await governor.proposal(due);
  const pause = { bits: PAUSE.deposits, seconds: 60n };
  return [
    ['set_pause_bits', authority, setPause(exchange, authority, pause)],
    [
      'set_pause_bits of a market',
      authority,
      setPause(exchange, authority, { ...pause, bits: PAUSE.quoting, market: stage().market('SOL') }),
    ],
    ['guardian_pause', guardian, guardianPause(exchange, guardian, pause)],
    ['propose_change', authority, await proposeChange(exchange, authority, change)],
    ['offer_authority', authority, await offerAuthority(exchange, authority, guardian.address)],
    ['execute_change', authority, executeChange(exchange, authority, proposal)],
    ['cancel_change', authority, cancelChange(exchange, authority, proposal.address)],
    ["cancel_change of the guardian's", guardian, cancelChange(exchange, guardian, proposal.address)],
    ['tighten', authority, tighten(exchange, authority, change)],
    ['accept_authority', next, acceptAuthority(exchange, next)],
    ['revoke_offer', authority, revokeOffer(exchange, authority)],
    ["revoke_offer of the guardian's", guardian, revokeOffer(exchange, guardian)],
  ];
}

test('a nonce carries what anybody may do', async () => {
  const { exchange, authority, network } = stage();
  const nonce = await DurableNonce.create(network, authority);
  const before = await nonce.value();
  const signed = await nonce.sign(refresh(exchange, [stage().market('SOL')]));
  // It does not expire: that is what it is for.
  await network.advanceSeconds(HOUR);
  await network.refeed();
  await nonce.send(signed);
  expect(await nonce.value()).not.toBe(before);
});

test('nobody governs on a durable nonce, and every instruction of theirs passes without one', async () => {
  const { network } = stage();
  for (const [name, signer, built] of await governing()) {
    const nonce = await DurableNonce.create(network, signer);
    const signed = await nonce.sign([built]);
    await expectError('DurableNonce', nonce.send(signed));
    const { logs } = await simulate({ rpc: network.rpc, payer: signer }, [built]);
    expect(logs.length, name).toBeGreaterThan(0);
  }
});

test('no other account passes for the instructions sysvar', async () => {
  const { network } = stage();
  const { address: forged } = await generateKeyPairSigner();
  network.put(forged, '11111111111111111111111111111111' as Address, new Uint8Array(64));
  for (const [, signer, built] of await governing()) {
    const accounts = built.accounts?.map((meta) =>
      meta.address === INSTRUCTIONS_SYSVAR ? { ...meta, address: forged } : meta,
    );
    await expectError('WrongInstructionsSysvar', network.send(signer, [{ ...built, accounts: accounts ?? [] }]));
  }
});

test('a listing is taken back with a transaction of today', async () => {
  const { authority, network, exchange } = stage();
  const nonce = await DurableNonce.create(network, authority);
  const signed = await nonce.sign([cancelListing(exchange, authority, stage().market('SOL'))]);
  await expectError('DurableNonce', nonce.send(signed));
});
