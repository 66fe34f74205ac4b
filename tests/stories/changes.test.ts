import { type Address, generateKeyPairSigner, getAddressEncoder } from '@solana/kit';
import { expect, test } from 'vitest';
import {
  BREAKWATER_PROGRAM_ADDRESS,
  type Change,
  collateralAddress,
  type ErrorName,
  getProposeChangeInstruction,
  INSTRUCTIONS_SYSVAR,
  proposalAddress,
  type RawChange,
  rawChange,
  units,
} from '@breakwater/client';
import { Governor, officeOf, TOKEN_PROGRAM } from '@breakwater/localnet';
import { bit, BTC, expectError, SOL, useStage } from '../harness/index.js';

const HOUR = 3_600;
const ASSOCIATED_TOKEN_PROGRAM = 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL' as Address;

const stage = useStage({ markets: [SOL, BTC], own: { timelockSeconds: BigInt(HOUR) } });

const governor = () => new Governor(stage(), officeOf(stage(), stage().authority));
const someone = async () => (await generateKeyPairSigner()).address;

/** Proposes as the program takes it, whatever that is. */
async function raw(change: Partial<RawChange>, market?: Address) {
  const { address, state } = await governor().exchange();
  const id = state.proposalCount;
  const { market: marketArg, ...rest } = { ...rawChange({ guardian: BREAKWATER_PROGRAM_ADDRESS }), ...change };
  const accounts = {
    exchange: address,
    ...(market === undefined ? {} : { market }),
    instructions: INSTRUCTIONS_SYSVAR,
  };
  const { authority } = stage();
  const proposal = await proposalAddress(address, id);
  return stage().send([getProposeChangeInstruction({ authority, ...accounts, proposal, id, marketArg, ...rest })]);
}

test('addresses, sources and seats change by proposal, and a proposal reads as it was written', async () => {
  const sol = stage().market('SOL');
  const { time } = await stage().network.now();
  const [guardian, underwriter, account] = [await someone(), await someone(), await someone()];
  const [treasury, keeperFees] = [
    await stage().network.wallet(guardian, 0n),
    await stage().network.wallet(guardian, 0n),
  ];
  const [receiver, pushOracle] = [TOKEN_PROGRAM, ASSOCIATED_TOKEN_PROGRAM];
  const offer = { limit: units.atoms('5000'), attachment: 7n, premium: 500n, expiresAt: time + 2_592_000n };
  const changes: Exclude<Change, { readonly authority: Address }>[] = [
    { guardian },
    { treasury },
    { keeperFees },
    { layer: { seat: 3, underwriter, ...offer }, market: sol },
    { secondSource: { kind: 'pull', feed: BTC.feed }, market: sol },
    { source: { kind: 'push', account }, market: sol },
    { receiver },
    { pushOracle },
    { parameter: 'penalty', market: sol, to: 55n },
    { parameter: 'keeperShare', to: 1_250n },
  ];
  const ids: bigint[] = [];
  for (const change of changes) ids.push(await governor().propose(change));
  for (const [at, id] of ids.entries()) expect((await governor().proposal(id)).change).toEqual(changes[at]);

  await stage().network.advanceSeconds(HOUR + 1);
  // Who says prices waits twice as long.
  const oracles = changes.flatMap((change, at) => ('receiver' in change || 'pushOracle' in change ? [ids[at]] : []));
  for (const id of ids.filter((id) => !oracles.includes(id))) await governor().execute(id);
  for (const id of oracles) if (id !== undefined) await expectError('ProposalTooEarly', governor().execute(id));
  await stage().network.advanceSeconds(HOUR);
  for (const id of oracles) if (id !== undefined) await governor().execute(id);
  const { state, markets } = await governor().exchange();
  expect([state.guardian, state.treasury, state.keeperFees]).toEqual([guardian, treasury, keeperFees]);
  expect([state.receiver, state.pushOracle, state.params.keeperShare]).toEqual([receiver, pushOracle, 1_250]);
  expect(markets[0]?.price).toBe(account);
  expect(markets[0]?.second).toBe(stage().market('BTC').price);
  const { market } = await stage().view('SOL');
  expect(market.params.penalty).toBe(55);
  expect(market.layers[3]).toMatchObject({ limit: offer.limit, attachment: 7n, premium: 500, amount: 0n });
});

test('a change that is none, or nobody may make, is not even proposed', async () => {
  const [sol, btc] = [stage().market('SOL'), stage().market('BTC')];
  const { collateralVault, guardian, keeperFees } = (await governor().exchange()).state;
  const someAddress = await someone();
  const feed = getAddressEncoder().encode(someAddress);
  const parameter = (field: bigint, to: bigint) => ({ kind: 0n, market: 0n, field, to });
  const rows: readonly (readonly [ErrorName, () => Promise<unknown>])[] = [
    ['UnknownChange', () => raw({ kind: 99n, key: someAddress })],
    // Collateral and the authority have instructions of their own.
    ['UnknownChange', async () => raw({ kind: 8n, key: await collateralAddress(stage().exchange.address, 0) })],
    ['UnknownChange', () => raw({ kind: 9n, key: someAddress })],
    ['UnknownParameter', () => raw(parameter(70n, 1n), sol.address)],
    ['UnknownParameter', () => raw(parameter(65_536n, 55n), sol.address)],
    ['UnknownParameter', () => raw({ kind: 3n, field: 2n, key: someAddress })],
    ['WrongMarket', () => raw(parameter(44n, 51n), btc.address)],
    ['WrongMarket', () => raw(parameter(44n, 51n))],
    ['WrongMarket', () => raw({ kind: 2n, key: someAddress }, sol.address)],
    ['WrongSource', () => raw({ kind: 5n, market: 0n, to: 2n, key: someAddress }, sol.address)],
    ['WrongTreasury', () => governor().propose({ treasury: collateralVault })],
    ['NotATokenAccount', () => governor().propose({ keeperFees: someAddress })],
    ['NotAProgram', () => governor().propose({ receiver: someAddress })],
    ['NotAProgram', () => governor().propose({ pushOracle: collateralVault })],
    ['NothingChanges', () => governor().propose({ guardian })],
    ['NothingChanges', () => governor().propose({ keeperFees })],
    ['NothingChanges', () => governor().propose({ secondSource: 'none', market: btc })],
    ['NothingChanges', () => governor().propose({ source: { kind: 'pull', feed: BTC.feed }, market: btc })],
    ['StepTooLarge', () => governor().propose({ parameter: 'penalty', market: btc, to: 63n })],
    ['LayerTerms', () => governor().propose({ layer: { seat: 4, ...layer(someAddress) }, market: btc })],
    ['LayerTerms', () => governor().propose({ layer: { seat: 0, ...layer(someAddress), limit: 0n }, market: btc })],
  ];
  const { proposalCount } = (await governor().exchange()).state;
  for (const [name, attempt] of rows) await expectError(name, attempt());
  expect((await governor().exchange()).state.proposalCount).toBe(proposalCount);
  await governor().propose({ secondSource: { kind: 'pull', feed }, market: btc });
});

function layer(underwriter: Address) {
  return { underwriter, limit: units.atoms('5000'), attachment: 0n, premium: 500n, expiresAt: bit(40) };
}
