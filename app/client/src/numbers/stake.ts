/** What a stake in the insurance fund is worth. */
import { getInsuranceBooksEncoder, type InsuranceBooks, type StakeBooks } from '../generated/index.js';
import { placed } from '../engine/inputs.js';
import { room, withEngine } from '../engine/module.js';
import { split } from '../engine/words.js';
import { allowed } from './views.js';

/** What so many shares would be paid if they left now, atoms, rounded down. */
export function sharesWorth(fund: InsuranceBooks, shares: bigint): bigint {
  return withEngine((frame) => {
    const at = placed(frame, getInsuranceBooksEncoder(), fund);
    const out = room(frame, 8);
    allowed(frame.exports.shares_worth(at, ...split(shares), out));
    return frame.words.u64(out);
  });
}

/** What a stake is worth, atoms, rounded down: nothing where the stakers' tranche has been lost whole since it was bought. */
export function stakeWorth(fund: InsuranceBooks, stake: StakeBooks): bigint {
  return stake.epoch === fund.epoch ? sharesWorth(fund, stake.shares) : 0n;
}
