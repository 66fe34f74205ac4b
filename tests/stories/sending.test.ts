import { AccountRole, generateKeyPairSigner, type Instruction } from '@solana/kit';
import { expect, test } from 'vitest';
import { deposit, fetchEvents, send, sync, units, withdraw } from '@breakwater/client';
import { TOKEN_PROGRAM, type Trader } from '@breakwater/localnet';
import { expectError, failureOf, member, plains, useStage } from '../harness/index.js';

const stage = useStage({ markets: plains(1) });

/** Limits known already: nothing is simulated, so that what fails does so on the chain. */
const ON_CHAIN = { units: 400_000, priority: 0n } as const;

/** A deposit of more USD than there are in the wallet. */
async function tooMuch(bob: Trader): Promise<Instruction[]> {
  const { exchange } = stage();
  return [await deposit(exchange, bob.signer, await bob.address(), bob.wallet, units.atoms('1000000'))];
}

test('what would fail is found out before it costs anything', async () => {
  const bob = await member(stage(), '100');
  const { rpc } = stage().network;
  const { value: before } = await rpc.getBalance(bob.signer.address).send();
  const failure = await failureOf(bob.send(await tooMuch(bob)));
  expect(failure.errorName).toBe('TokenInsufficientFunds');
  expect(failure.program).toBe(TOKEN_PROGRAM);
  expect(failure.signature).toBeUndefined();
  expect((await rpc.getBalance(bob.signer.address).send()).value).toBe(before);
});

test('what fails on the chain is named all the same, with its signature, and nothing it told of happened', async () => {
  const { network, exchange } = stage();
  const bob = await member(stage(), '100');
  // The first would succeed: what it tells of is undone with the rest.
  const first = withdraw(exchange, bob.signer, await bob.account(), bob.wallet, units.atoms('1'));
  const instructions = [...first, ...(await tooMuch(bob))];
  const failure = await failureOf(network.send(bob.signer, instructions, ON_CHAIN));
  expect(failure.errorName).toBe('TokenInsufficientFunds');
  expect(failure.instruction).toBe(1);
  expect(failure.logs.join('\n')).toContain('insufficient funds');
  if (failure.signature === undefined) throw new Error('it was sent');
  expect(await fetchEvents(network.rpc, failure.signature)).toEqual([]);
  expect(await bob.free()).toBe('100');
});

test('too few compute units and a payer without SOL are told apart from what the program says', async () => {
  const { network, exchange } = stage();
  const bob = await member(stage(), '100');
  const built = sync(exchange, await bob.account());
  await expectError('ComputationalBudgetExceeded', network.send(bob.signer, built, { units: 2_000, priority: 0n }));
  const poor = await generateKeyPairSigner();
  await expectError('AccountNotFound', send({ rpc: network.rpc, payer: poor }, built));
});

test("another program's number is not taken for one of this program's", async () => {
  const bob = await stage().trader('100');
  const wallet = { address: bob.wallet, role: AccountRole.WRITABLE } as const;
  const rent = { address: bob.signer.address, role: AccountRole.WRITABLE } as const;
  const owner = { address: bob.signer.address, role: AccountRole.READONLY_SIGNER, signer: bob.signer } as const;
  // Closing a token account that holds tokens.
  const close = { programAddress: TOKEN_PROGRAM, accounts: [wallet, rent, owner], data: Uint8Array.of(9) };
  const failure = await failureOf(bob.send([close]));
  expect(failure.errorName).toBe('TokenNotEmpty');
  expect(failure.program).toBe(TOKEN_PROGRAM);
});
