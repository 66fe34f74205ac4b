/** What a stake in the insurance fund is worth. */
import type { InsuranceBooks, StakeBooks } from '../generated/index.js';

/** Shares nobody holds; also what an atom buys at first. With one atom they keep a share from becoming too dear to buy. */
const VIRTUAL = 1n << 20n;

/** What so many shares would be paid if they left now, atoms, rounded down. */
export function sharesWorth(fund: InsuranceBooks, shares: bigint): bigint {
  return (shares * (fund.staked + 1n)) / (fund.shares + VIRTUAL);
}

/** What a stake is worth, atoms, rounded down: nothing where the stakers' tranche has been lost whole since it was bought. */
export function stakeWorth(fund: InsuranceBooks, stake: StakeBooks): bigint {
  return stake.epoch === fund.epoch ? sharesWorth(fund, stake.shares) : 0n;
}
