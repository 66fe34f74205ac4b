/** Steps that create an exchange, list its markets and pay into its fund. */
import {
  type Address,
  fetchEncodedAccount,
  generateKeyPairSigner,
  getAddressDecoder,
  getAddressEncoder,
  getProgramDerivedAddress,
  type Instruction,
  type TransactionSigner,
} from '@solana/kit';
import {
  type ExchangeHandle,
  feedAddress,
  fundInsurance,
  getExchangeDecoder,
  getInsuranceDecoder,
  getLossLedgerDecoder,
  getMarketDecoder,
  initialiseExchange,
  LADDER_SIZE,
  listMarket,
  send,
  SOURCE,
  units,
} from '@breakwater/client';
import { type MarketConfig, nameBytes, type Source } from '../config/config.js';
import type { Node } from '../operator.js';
import { blocked, done, feeOf, type Step, type StepName, toDo } from '../step.js';
import { exchangeDifferences, marketDifferences, said } from '../verify.js';
import type { Refusals } from '../rehearsal.js';
import type { Job, OperatorWorld, Standing } from '../world.js';

const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;
const ASSOCIATED_PROGRAM = 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL' as Address;
const TOKEN_ACCOUNT = 165n;
const MINT_SIZE = 82;
const DECIMALS_AT = 44;
const USDC_DECIMALS = 6;
const GOVERNED = "changes of a live exchange are its authority's: docs/governing.md";

const rentOf = async (rpc: Node, sizes: readonly (number | bigint)[]): Promise<bigint> => {
  const rents = await Promise.all(sizes.map((size) => rpc.getMinimumBalanceForRentExemption(BigInt(size)).send()));
  return rents.reduce((all, rent) => all + rent, 0n);
};

async function dataOf(rpc: Node, address: Address, owner: Address) {
  const account = await fetchEncodedAccount(rpc, address, { commitment: 'confirmed' });
  return account.exists && account.programAddress === owner ? account.data : undefined;
}

/** Why an exchange cannot be created with these addresses. */
async function objections({ config, operator }: Job): Promise<string[]> {
  const { mint, treasury, keeperFees } = config.exchange;
  const found: string[] = [];
  const mintData = await dataOf(operator.rpc, mint, TOKEN_PROGRAM);
  if (mintData?.length !== MINT_SIZE) found.push(`exchange.mint ${mint} is no mint of the token program`);
  else if (mintData[DECIMALS_AT] !== USDC_DECIMALS)
    found.push(`exchange.mint ${mint} has not ${USDC_DECIMALS} decimals`);
  for (const [field, address] of Object.entries({ treasury, keeperFees })) {
    const data = await dataOf(operator.rpc, address, TOKEN_PROGRAM);
    const isOne = data?.length === Number(TOKEN_ACCOUNT) && getAddressDecoder().decode(data) === mint;
    if (!isOne) found.push(`exchange.${field} ${address} is no token account of the mint`);
  }
  return found;
}

/** The exchange with its vaults. */
export async function exchangeStep(job: Job, world: OperatorWorld, refusals: Refusals): Promise<Step> {
  const { config, operator } = job;
  const me = operator.payer.address;
  if (world.standing !== undefined) {
    const { authority } = world.standing.handle.state;
    if (authority !== me && authority !== config.vault) {
      return blocked(
        'exchange',
        `${world.exchange} is governed by ${authority}: neither the operator nor the multisig`,
      );
    }
    const differing = exchangeDifferences(config, world.standing);
    if (differing.length > 0) return blocked('exchange', `${said(differing)}; ${GOVERNED}`);
    return done('exchange', `${world.exchange} is as the file says`);
  }
  const against = await objections(job);
  if (against.length > 0) return blocked('exchange', against.join('; '));
  const refusal = refusals.get('exchange');
  if (refusal !== undefined) return blocked('exchange', refusal);
  const decoders = [getExchangeDecoder(), getInsuranceDecoder(), getLossLedgerDecoder()];
  const sizes = [...decoders.map(({ fixedSize }) => fixedSize), TOKEN_ACCOUNT, TOKEN_ACCOUNT];
  const lamports = (await rentOf(operator.rpc, sizes)) + feeOf(operator);
  return toDo('exchange', `create ${world.exchange} with its vaults`, lamports, async () => {
    await send(operator, [await initialiseExchange(operator.payer, config.exchange)]);
  });
}

/** Where a source's price is. */
export function priceAccount({ kind, feed }: Source): Promise<Address> | Address {
  return kind === SOURCE.pull ? feedAddress(feed) : getAddressDecoder().decode(feed);
}

/** The instructions that list a market at the price of its first source. */
export async function listing(
  exchange: ExchangeHandle,
  authority: TransactionSigner,
  base: TransactionSigner,
  rent: bigint,
  market: MarketConfig,
): Promise<Instruction[]> {
  return listMarket(exchange, authority, base, rent, {
    source: market.first.kind,
    feed: market.first.feed,
    secondSource: market.second.kind,
    secondFeed: market.second.feed,
    name: nameBytes(market.name),
    params: market.params,
    price: await priceAccount(market.first),
  });
}

async function listingStep(
  job: Job,
  name: StepName,
  market: MarketConfig,
  standing: Standing | undefined,
  refusal: string | undefined,
): Promise<Step> {
  const { config, operator } = job;
  const price = await priceAccount(market.first);
  const publisher = market.first.kind === SOURCE.pull ? config.exchange.receiver : config.exchange.pushOracle;
  if ((await dataOf(operator.rpc, price, publisher)) === undefined) {
    return blocked(name, `no price to list it at: ${price} is no account of ${publisher}`);
  }
  if (refusal !== undefined) return blocked(name, refusal);
  const lamports =
    (await rentOf(operator.rpc, [getMarketDecoder().fixedSize, LADDER_SIZE])) + 2n * feeOf(operator, 1_400_000n);
  const opens = `opens ${config.exchange.params.timelockSeconds} s later`;
  return toDo(name, `list it at the price of ${price}; ${opens}`, lamports, async () => {
    if (standing === undefined) throw new Error('there is no exchange to list a market on');
    const base = await generateKeyPairSigner();
    const rent = await rentOf(operator.rpc, [LADDER_SIZE]);
    const instructions = await listing(standing.handle, operator.payer, base, rent, market);
    await send(operator, instructions);
  });
}

/** A market, in its place of the file. */
export async function marketStep(
  job: Job,
  world: OperatorWorld,
  index: number,
  refusals: Refusals,
): Promise<Step | undefined> {
  const market = job.config.markets[index];
  if (market === undefined) return undefined;
  const name: StepName = `market:${market.name}`;
  const listed = world.standing?.markets[index];
  if (listed !== undefined) {
    const differing = marketDifferences(market, listed);
    if (differing.length > 0) return blocked(name, `${said(differing)}; ${GOVERNED}`);
    const isOpen = listed.opensAt <= world.now.time;
    const when = isOpen ? 'open' : `opens ${new Date(Number(listed.opensAt) * 1_000).toISOString()}`;
    return done(name, `number ${index} is as the file says, ${when}`);
  }
  const authority = world.standing?.handle.state.authority ?? job.operator.payer.address;
  if (authority !== job.operator.payer.address)
    return blocked(name, `${authority} governs, and lists further markets itself`);
  return listingStep(job, name, market, world.standing, refusals.get(name));
}

/** The operator's own account of a mint. */
export async function associatedAccount(owner: Address, mint: Address): Promise<Address> {
  const seeds = [owner, TOKEN_PROGRAM, mint].map((key) => getAddressEncoder().encode(key));
  const [found] = await getProgramDerivedAddress({ programAddress: ASSOCIATED_PROGRAM, seeds });
  return found;
}

/** What the fund begins with. Once the authority is handed over, what it holds is not this file's any more. */
export async function insuranceStep(job: Job, world: OperatorWorld): Promise<Step> {
  const { config, operator } = job;
  const { standing } = world;
  const held = standing?.insurance.books.booked ?? 0n;
  const wanted = `${units.usd(config.insurance)} USDC`;
  const isHanded = standing?.handle.state.authority === config.vault;
  if (held >= config.insurance || isHanded)
    return done('insurance', `the fund holds ${units.usd(held)} USDC of ${wanted}`);
  const from = await associatedAccount(operator.payer.address, config.exchange.mint);
  const missing = config.insurance - held;
  const data = await dataOf(operator.rpc, from, TOKEN_PROGRAM);
  const has = data === undefined ? 0n : new DataView(data.buffer, data.byteOffset).getBigUint64(64, true);
  if (has < missing) {
    return blocked(
      'insurance',
      `the operator's ${from} holds ${units.usd(has)} USDC: ${units.usd(missing)} are to be paid in`,
    );
  }
  return toDo('insurance', `pay ${units.usd(missing)} USDC into the fund from ${from}`, feeOf(operator), async () => {
    if (standing === undefined) throw new Error('there is no fund to pay into');
    await send(operator, [fundInsurance(standing.handle, operator.payer, from, missing)]);
  });
}
