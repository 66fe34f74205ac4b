import { TOKEN_PROGRAM, walletData } from '@breakwater/localnet';
import { PAUSE, setPause, units } from '@breakwater/client';
import { beforeAll, expect, test } from 'vitest';
import { type Draft, useSite } from './site.js';

const site = useSite('file');

beforeAll(async () => {
  await site().prepare();
  await site().deploy();
}, 300_000);

test('anyone may verify, without a key', async () => {
  const { code, out } = await site().run(['--verify', '--keypair', '/nowhere']);
  expect(code, out).toBe(0);
  expect(out).toMatch(/verified: 2\d\d fields are as the file says/);
});

/** What anyone might write into the file, and what must then be shown of it. */
const CHANGED: readonly (readonly [string, (draft: Draft) => void, string, string])[] = [
  ['a fee', (draft) => (market(draft, 0).params['takerFee'] = 6), '- file   6', '+ chain  5'],
  ['an amount', (draft) => (market(draft, 1).params['coverGrant'] = '1.5'), '- file   1.5', '+ chain  50000'],
  ['a name', (draft) => (market(draft, 2).name = 'ETC'), '- file   ETC', '+ chain  ETH'],
  [
    'a feed',
    (draft) => (market(draft, 0).price.feed = 'ab'.repeat(32)),
    `- file   pull ${'ab'.repeat(32)}`,
    'ef0d8b6f',
  ],
  ['an address', (draft) => (draft.exchange['guardian'] = draft.exchange['id']), '- file', '+ chain'],
  ['a second', (draft) => (draft.exchange.params['timelockSeconds'] = 3_600), '- file   3600', '+ chain  172800'],
  ['a market less', (draft) => draft.markets.pop(), '- file   2', '+ chain  3'],
];

function market(draft: Draft, at: number): Draft['markets'][number] {
  const found = draft.markets[at];
  if (found === undefined) throw new Error(`no market ${at}`);
  return found;
}

test.each(CHANGED)('%s of the file that is not on the chain is shown, and fails', async (_, change, file, chain) => {
  const draft = structuredClone(site().draft);
  change(draft);
  const { code, out } = await site().run(['--verify'], draft);
  expect(code, out).toBe(1);
  expect(out).toContain(file);
  expect(out).toContain(chain);
  expect(out).toMatch(/^1 of \d+ fields differ$/m);
});

test('a file that asks for other parameters is not acted on: the exchange is live', async () => {
  const draft = structuredClone(site().draft);
  market(draft, 0).params['takerFee'] = 6;
  const held = await site().balance();
  const { code, out } = await site().run(['--yes'], draft);
  expect(code, out).toBe(1);
  expect(out).toMatch(/blocked at market:SOL: market SOL.params.takerFee: the file says 6, the chain 5; .*governing/);
  expect(await site().balance()).toBe(held);
});

test('a pause is seen as long as it lasts', async () => {
  const { network, multisig } = site();
  const exchange = await site().exchange();
  await multisig.send([setPause(exchange, multisig.signer, { bits: PAUSE.deposits, seconds: 60n })]);
  const { code, out } = await site().run(['--verify']);
  expect(code).toBe(1);
  expect(out).toContain('exchange.pauses\n  - file   0\n  + chain  1');
  await network.advanceSeconds(61);
  expect((await site().run(['--verify'])).code).toBe(0);
});

test('a vault that holds an atom less than is booked in it is seen', async () => {
  const { network } = site();
  const { state } = await site().exchange();
  const vault = (amount: bigint): void =>
    network.put(state.insuranceVault, TOKEN_PROGRAM, walletData(network.mint, state.vaultAuthority, amount));
  vault(units.atoms('3000') - 1n);
  const { code, out } = await site().run(['--verify']);
  vault(units.atoms('3000'));
  expect(code).toBe(1);
  expect(out).toContain('vaults.insurance\n  - file   at least 3000 USDC\n  + chain  2999.999999 USDC');
});
