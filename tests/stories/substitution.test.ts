import { type Address, generateKeyPairSigner, type KeyPairSigner } from '@solana/kit';
import { test } from 'vitest';
import {
  accountAddress,
  BREAKWATER_PROGRAM_ADDRESS,
  deposit,
  eventAuthorityAddress,
  type FailureName,
  liquidate,
  type MarketHandle,
  quoteAddress,
  resolve,
  trade,
  traderAddress,
  units,
  withdraw,
} from '@breakwater/client';
import { mintData, Stage, TOKEN_PROGRAM, Trader, walletData } from '@breakwater/localnet';
import { cast, type Cast, expectSwaps, pair, plains, type Swap, useStage } from '../harness/index.js';

const stage = useStage({ markets: plains(2) });

const SYSTEM_PROGRAM = '11111111111111111111111111111111' as Address;

/** Two exchanges on one network; on the first Alice has positions in both markets, on the second an account of the same key. */
type Scene = Cast & { readonly other: Stage; readonly hers: Trader; readonly stranger: KeyPairSigner };

async function scene(): Promise<Scene> {
  const people = await cast(stage());
  await pair(stage(), { market: 'M1', taker: people.alice, maker: people.bob, size: '1' });
  const other = await Stage.open(stage().network, { markets: plains(2) });
  const { network } = stage();
  const hers = new Trader(other, people.alice.signer, await network.wallet(people.alice.signer.address, 0n));
  const rich = await network.wallet(people.alice.signer.address, units.atoms('1000'));
  await new Trader(other, people.alice.signer, rich).open('100');
  return { ...people, other, hers, stranger: await network.keypair() };
}

/** A token account of a mint nobody knows. */
async function worthless(owner: Address): Promise<Address> {
  const { network } = stage();
  const { address: mint } = await generateKeyPairSigner();
  network.put(mint, TOKEN_PROGRAM, mintData(owner));
  const { address } = await generateKeyPairSigner();
  network.put(address, TOKEN_PROGRAM, walletData(mint, owner, units.atoms('1000')));
  return address;
}

/** What Anchor's events need. */
const events = (stranger: KeyPairSigner): Swap => [
  'event authority: a stranger',
  [eventAuthorityAddress(), stranger.address],
  'ConstraintAddress',
];
const program: Swap = ['the program: another', [BREAKWATER_PROGRAM_ADDRESS, TOKEN_PROGRAM], 'MissingAccount'];
const tokenProgram: Swap = ['token program: the system program', [TOKEN_PROGRAM, SYSTEM_PROGRAM], 'InvalidProgramId'];

/** The exchange. */
function exchange({ other, alice }: Scene, foreign: FailureName = 'WrongExchange'): Swap[] {
  const { address } = stage().exchange;
  return [
    ['exchange: another', [address, other.exchange.address], foreign],
    ['exchange: a market', [address, stage().market('M0').address], 'WrongAccountType'],
    ['exchange: a wallet', [address, alice.wallet], 'WrongOwner'],
  ];
}

/** A vault: the other one, another exchange's. */
function vaults({ other }: Scene): Swap[] {
  const { collateralVault, insuranceVault } = stage().exchange.state;
  return [
    ['collateral vault: the insurance vault', [collateralVault, insuranceVault], 'WrongVault'],
    ['collateral vault of another exchange', [collateralVault, other.exchange.state.collateralVault], 'WrongVault'],
  ];
}

function insuranceVaults({ other }: Scene): Swap[] {
  const { collateralVault, insuranceVault, insurance } = stage().exchange.state;
  return [
    ['insurance vault: the collateral vault', [insuranceVault, collateralVault], 'WrongVault'],
    ['insurance vault of another exchange', [insuranceVault, other.exchange.state.insuranceVault], 'WrongVault'],
    ['fund of another exchange', [insurance, other.exchange.state.insurance], 'WrongInsurance'],
    ['fund: a market', [insurance, stage().market('M0').address], 'WrongInsurance'],
  ];
}

function authority({ other, stranger }: Scene): Swap[] {
  const { vaultAuthority } = stage().exchange.state;
  return [
    ['vault authority: a stranger', [vaultAuthority, stranger.address], 'WrongVaultAuthority'],
    [
      'vault authority of another exchange',
      [vaultAuthority, other.exchange.state.vaultAuthority],
      'WrongVaultAuthority',
    ],
  ];
}

/** Both markets with their ladders: M0 is opened first, so M1 cannot be M0 once more. */
function markets({ other }: Scene): Swap[] {
  const [m0, m1] = [stage().market('M0'), stage().market('M1')];
  const alone = (name: string, mine: MarketHandle, next: MarketHandle): Swap[] => [
    [`${name} of another exchange`, [mine.address, other.market(name).address], 'WrongExchange'],
    [`ladder of ${name}: the other market's`, [mine.ladder, next.ladder], 'WrongLadder'],
    [`ladder of ${name} of another exchange`, [mine.ladder, other.market(name).ladder], 'WrongLadder'],
  ];
  return [
    ...alone('M0', m0, m1),
    ['M0: the other market', [m0.address, m1.address], 'WrongLadder'],
    ...alone('M1', m1, m0),
    ['M1: the other market', [m1.address, m0.address], 'DuplicateAccount'],
  ];
}

/** A margin account whose owner signs. */
async function owned(scene: Scene, who: Trader, another: Trader): Promise<Swap[]> {
  const [mine, theirs] = [await who.address(), await another.address()];
  const { other } = scene;
  return [
    ['account of another owner', [mine, theirs], 'Unauthorised'],
    ['account of another exchange', [mine, await scene.hers.address()], 'WrongExchange'],
    [
      'account: never opened',
      [mine, await accountAddress(other.exchange.address, who.signer.address, 7)],
      'AccountClosed',
    ],
    ['another owner signs', [who.signer.address, another.signer], 'Unauthorised'],
  ];
}

/** The record of what an owner owes. */
async function debts({ other }: Scene, who: Trader, another: Trader): Promise<Swap[]> {
  const of = (at: Address, trader: Trader) => traderAddress(at, trader.signer.address);
  const mine = await of(stage().exchange.address, who);
  return [
    ['debts of another owner', [mine, await of(stage().exchange.address, another)], 'WrongTrader'],
    ['debts on another exchange', [mine, await of(other.exchange.address, who)], 'WrongTrader'],
  ];
}

test('deposit: every account is the one it must be', async () => {
  const it = await scene();
  const { alice, bob, stranger } = it;
  const { network, exchange: handle } = stage();
  const [mine, theirs] = [
    await network.wallet(alice.signer.address, units.atoms('20')),
    await network.wallet(bob.signer.address, units.atoms('20')),
  ];
  const built = await deposit(handle, alice.signer, await alice.address(), mine, units.atoms('10'));
  await expectSwaps(
    alice,
    [built],
    [
      ...exchange(it),
      ...(await owned(it, alice, bob)),
      ...(await debts(it, alice, bob)),
      ...vaults(it),
      ['paid from the vault', [mine, handle.state.collateralVault], 'TokenOwnerMismatch'],
      ["paid from another's wallet", [mine, theirs], 'TokenOwnerMismatch'],
      ['paid in another mint', [mine, await worthless(alice.signer.address)], 'WrongMint'],
      ['paid from an empty wallet', [mine, it.hers.wallet], 'TokenInsufficientFunds'],
      tokenProgram,
      events(stranger),
      program,
    ],
  );
});

test('withdraw: every account is the one it must be', async () => {
  const it = await scene();
  const { alice, bob, stranger } = it;
  const built = withdraw(stage().exchange, alice.signer, await alice.account(), alice.wallet, units.atoms('1'));
  await expectSwaps(alice, built, [
    ...exchange(it),
    ...(await owned(it, alice, bob)),
    ...vaults(it),
    ...authority(it),
    ['to a wallet of another mint', [alice.wallet, await worthless(alice.signer.address)], 'WrongMint'],
    ['to the vault itself', [alice.wallet, stage().exchange.state.collateralVault], 'DuplicateAccount'],
    ...markets(it),
    tokenProgram,
    events(stranger),
    program,
  ]);
});

test('trade: every account is the one it must be', async () => {
  const it = await scene();
  const { alice, bob, carol, stranger } = it;
  const [m0, m1] = [stage().market('M0'), stage().market('M1')];
  for (const name of ['M0', 'M1']) {
    await carol.allocate(name, '1000');
    await carol.quote(name, [['99.9', '10']], [['100.1', '10']]);
  }
  await bob.quote('M0', [['99.9', '10']], []);
  const order = { side: 'short', lots: units.lots('1', -8), limit: units.price('99', -8) } as const;
  const [maker, another] = [await carol.address(), await bob.address()];
  const built = await trade(stage().exchange, alice.signer, await alice.account(), m0, { ...order, makers: [maker] });
  const quote = await quoteAddress(maker, m0.address);
  await expectSwaps(alice, built, [
    ...exchange(it),
    ...(await owned(it, alice, bob)),
    ...markets(it),
    ['maker: another', [maker, another], 'WrongQuote'],
    ['maker of another exchange', [maker, await it.hers.address()], 'WrongExchange'],
    ['maker: the taker', [maker, await alice.address()], 'NothingFilled'],
    ['quote of another maker', [quote, await quoteAddress(another, m0.address)], 'WrongQuote'],
    ['quote in another market', [quote, await quoteAddress(maker, m1.address)], 'WrongMarket'],
    ['quote: never set', [quote, await quoteAddress(await alice.address(), m1.address)], 'NothingFilled'],
    events(stranger),
    program,
  ]);
});

test('liquidate: every account is the one it must be', async () => {
  const it = await scene();
  const { alice, bob, carol, stranger } = it;
  await stage().price('M1', '100');
  await stage().price('M0', '96.2');
  const victim = await alice.account();
  const liquidator = await carol.address();
  const m0 = stage().market('M0');
  const built = await liquidate(stage().exchange, carol.signer, liquidator, victim, m0);
  await expectSwaps(carol, built, [
    ...exchange(it),
    ['victim: somebody else', [victim.address, await bob.address()], 'WrongTrader'],
    ['victim of another exchange', [victim.address, await it.hers.address()], 'WrongExchange'],
    ['victim: the liquidator', [victim.address, liquidator], 'DuplicateAccount'],
    ...(await owned(it, carol, bob)),
    ...(await debts(it, alice, bob)),
    ...vaults(it),
    ...insuranceVaults(it),
    ...authority(it),
    ...markets(it),
    tokenProgram,
    events(stranger),
    program,
  ]);
});

test('resolve: every account is the one it must be', async () => {
  const it = await scene();
  const { alice, bob, stranger, other } = it;
  await stage().price('M1', '100');
  await stage().price('M0', '93');
  const victim = await alice.account();
  const { ledger, insurance } = stage().exchange.state;
  const built = await resolve(stage().exchange, victim, stage().market('M0'));
  await expectSwaps(bob, built, [
    ...exchange(it, 'WrongVault'),
    ['victim: somebody else', [victim.address, await bob.address()], 'WrongTrader'],
    ['victim of another exchange', [victim.address, await it.hers.address()], 'WrongExchange'],
    ...(await debts(it, alice, bob)),
    ['ledger of another exchange', [ledger, other.exchange.state.ledger], 'WrongLedger'],
    ['ledger: the fund', [ledger, insurance], 'WrongLedger'],
    ...vaults(it),
    ...insuranceVaults(it),
    ...authority(it),
    ...markets(it),
    tokenProgram,
    events(stranger),
  ]);
});
