//! A fund, three markets and five stakers, with what a naive book-keeper writes down beside them.

use breakwater_engine::clearing::error::Result;
use breakwater_engine::clearing::insurance::{Elsewhere, Unstaked, VIRTUAL};
use breakwater_engine::clearing::state::{conservation, Fund, FundParams, MarketBooks, StakeBooks};
use breakwater_engine::state::{ExchangeParams, MarketParams};
use breakwater_engine::units::{Atoms, Bps, Now};
use num_bigint::BigUint;

pub const MARKETS: usize = 3;
pub const STAKERS: usize = 5;
/// Bits of a fraction of an atom in a claim.
const FINE: u32 = 64;

#[derive(Clone)]
pub struct World {
    pub fund: Fund,
    pub markets: Vec<MarketBooks>,
    pub stakes: [StakeBooks; STAKERS],
    pub params: ExchangeParams,
    pub now: Now,
    /// What the vaults hold, by what came in and what verbs said must move.
    pub insurance: i128,
    pub collateral: i128,
    /// By market: what reached the fund with its grant, and what may be taken for it: streams and covers.
    pub reached: [u128; MARKETS],
    pub taken: [u128; MARKETS],
    /// Each staker's claim, and that of no staker: an atom from the beginning.
    claims: Vec<BigUint>,
    /// What rounding may have moved between claims so far, atoms.
    dust: u128,
}

impl World {
    pub fn new() -> World {
        let run = FundParams { epoch_seconds: 86_400, income_seconds: 86_400, report_slots: 25 };
        run.validate().unwrap();
        let params = ExchangeParams {
            stake_min: Atoms(10),
            staker_share: Bps(3_000),
            exit_cooldown_seconds: 86_400,
            insurance_target: Bps(100),
            ..ExchangeParams::default()
        };
        let now = Now { slot: 10_000, time: 1_000_000 };
        let mut world = World {
            fund: Fund { params: run, ..Fund::default() },
            markets: vec![MarketBooks::default(); MARKETS],
            stakes: [StakeBooks::default(); STAKERS],
            params,
            now,
            insurance: 0,
            collateral: 0,
            reached: [0; MARKETS],
            taken: [0; MARKETS],
            claims: fresh_claims(),
            dust: 0,
        };
        for (index, market) in world.markets.iter_mut().enumerate() {
            market.params = MarketParams {
                cover_grant: Atoms(1 << 20),
                cover_epoch_seconds: 86_400,
                insurance_share: Bps(2_000),
                ..MarketParams::default()
            };
            (market.market_index, market.waterfall.allowance_weight) = (index as u64, Bps(3_000));
            market.vesting.index = 1 << 63;
            market.join_fund(&mut world.fund, now).unwrap();
            world.reached[index] = 1 << 20;
        }
        world
    }

    /// Brings the fund up to now, and every claim with it; a second time changes nothing.
    pub fn accrue(&mut self) {
        let before = self.fund;
        self.fund.accrue(self.now).unwrap();
        self.follow(&before);
        let once = self.fund;
        self.fund.accrue(self.now).unwrap();
        assert_eq!(once, self.fund);
    }

    /// The tranche changed by income or by a loss: every claim in proportion, or none is left.
    pub fn follow(&mut self, before: &Fund) {
        if self.fund.stake_epoch != before.stake_epoch {
            (self.claims, self.dust) = (fresh_claims(), 0);
            return;
        }
        let (from, to) = (before.staked.0 + 1, self.fund.staked.0 + 1);
        if from != to {
            self.claims.iter_mut().for_each(|claim| *claim = &*claim * to / from);
            self.dust = (self.dust * u128::from(to)).div_ceil(u128::from(from)) + 1;
        }
    }

    /// Atoms a share is worth, rounded up, and one: what an operation may round away.
    fn step(&self) -> u128 {
        u128::from(self.fund.staked.0 + 1).div_ceil(self.fund.shares.get() + u128::from(VIRTUAL)) + 1
    }

    pub fn stake(&mut self, who: usize, amount: u64) -> Result<()> {
        let before = (self.fund, self.stakes[who].worth(&self.fund)?.0);
        let (_, epoch) = (self.fund.stake(&mut self.stakes[who], Atoms(amount), &self.params, self.now)?, before.0);
        if epoch.shares.get() == 0 {
            self.claims = fresh_claims();
        }
        self.insurance += i128::from(amount);
        self.claims[who] += BigUint::from(amount) << FINE;
        self.dust += self.step();
        self.no_cheaper(&before.0);
        assert!(self.stakes[who].worth(&self.fund)?.0 <= before.1 + amount, "a stake is worth more than it cost");
        Ok(())
    }

    pub fn unstake(&mut self, who: usize) -> Result<Unstaked> {
        let before = (self.fund, self.stakes[who].worth(&self.fund)?.0);
        let exit = self.fund.unstake(&mut self.stakes[who], &self.params, self.now)?;
        self.insurance -= i128::from(exit.paid.0);
        let paid = BigUint::from(exit.paid.0) << FINE;
        self.claims[who] = if self.claims[who] > paid { &self.claims[who] - paid } else { BigUint::ZERO };
        self.dust += self.step();
        if self.fund.shares.get() == 0 {
            (self.claims, self.dust) = (fresh_claims(), 0);
        } else {
            self.no_cheaper(&before.0);
        }
        let stays = self.fund.must_stay(self.params.insurance_target)?;
        assert!(exit.paid.is_zero() || self.fund.own()? >= stays, "too much left");
        assert!(exit.paid.is_zero() || self.fund.has_all_reports(self.now), "on old reports");
        assert!(self.stakes[who].worth(&self.fund)?.0 + exit.paid.0 <= before.1);
        Ok(exit)
    }

    /// A share is worth no less than before, exactly.
    fn no_cheaper(&self, before: &Fund) {
        let price =
            |fund: &Fund| (BigUint::from(fund.staked.0) + 1u32, BigUint::from(fund.shares.get() + u128::from(VIRTUAL)));
        let ((a, s), (b, t)) = (price(before), price(&self.fund));
        assert!(b * s >= a * t, "shares became cheaper");
    }

    pub fn check(&self) {
        let fund = &self.fund;
        fund.check().unwrap();
        assert_eq!(i128::from(fund.booked.0), self.insurance, "I1: the insurance vault");
        assert_eq!(Elsewhere::of(fund, self.markets.iter()).unwrap(), Elsewhere::default(), "I17: sums are parts");
        let booked: i128 = self.markets.iter().map(|market| i128::from(market.booked)).sum();
        assert_eq!(booked, self.collateral, "I1: the collateral vault");
        let mut payable = 0;
        for (index, market) in self.markets.iter().enumerate() {
            conservation::check(market).unwrap();
            payable += market.payable_allowance(fund).unwrap().0;
            assert!(self.taken[index] <= self.reached[index], "A17: more than what reached the fund");
        }
        assert!(payable <= fund.common().unwrap().0, "A66: one market's allowance is another's");
        self.check_claims();
    }

    fn check_claims(&self) {
        let (mut shares, mut worth) = (0, 0u128);
        for (stake, claim) in self.stakes.iter().zip(&self.claims) {
            let lives = stake.epoch == self.fund.stake_epoch;
            shares += if lives { stake.shares.get() } else { 0 };
            let now = stake.worth(&self.fund).unwrap().0;
            worth += u128::from(now);
            let fine = BigUint::from(now) << FINE;
            let apart = if fine > *claim { fine - claim } else { claim - fine };
            assert!(apart <= BigUint::from(self.dust + 1) << FINE, "{now} by shares, {} by claims", claim >> FINE);
        }
        assert_eq!(shares, self.fund.shares.get(), "shares add up");
        assert!(worth <= u128::from(self.fund.staked.0), "stakes are worth more than there is");
    }
}

fn fresh_claims() -> Vec<BigUint> {
    let mut claims = vec![BigUint::ZERO; STAKERS + 1];
    claims[STAKERS] = BigUint::from(1u32) << FINE;
    claims
}
