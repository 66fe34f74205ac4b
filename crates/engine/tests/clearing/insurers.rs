//! Verbs of stakers and underwriters, and of income.

use breakwater_engine::clearing::error::{Error as Refused, Result};
use breakwater_engine::clearing::insurance::{Fees, Income, LayerTerms, Unstaked};
use breakwater_engine::clearing::state::StakeBooks;
use breakwater_engine::units::{Atoms, Bps};
use breakwater_engine::Error;

use super::terms::COOLDOWN_SECONDS;
use super::{TestExchange, FIRST_SLOT, SLOTS};

impl TestExchange {
    /// Slots between asking for an exit and leaving.
    pub const COOLDOWN: u64 = COOLDOWN_SECONDS;

    /// An underwriter's layer without attachment or premium, full from the beginning.
    pub fn offer_layer(&mut self, market: usize, amount: u64, until: u64) -> Result<()> {
        let limit = Atoms(amount);
        self.lay(market, &LayerTerms { limit, until, ..LayerTerms::default() }, amount).map(drop)
    }

    /// Lays a layer in a free seat, which it returns. `until` is a slot of the reference.
    pub fn lay(&mut self, market: usize, terms: &LayerTerms, amount: u64) -> Result<usize> {
        let terms = LayerTerms { until: (FIRST_SLOT + terms.until) * SLOTS, ..*terms };
        let seat = self.with_markets(|markets, fund, now| {
            let market = &mut *markets[market].market;
            let free = |seat: &usize| market.layers[*seat].amount.is_zero() && market.layers[*seat].earned.is_zero();
            let seat = (0..market.layers.len()).find(free).ok_or(Error::LayerTaken)?;
            market.offer_layer(seat, &terms, now.slot)?;
            market.fund_layer(fund, seat, Atoms(amount), now)?;
            Ok(seat)
        })?;
        self.outside += i128::from(amount);
        Ok(seat)
    }

    pub fn withdraw_layer(&mut self, market: usize, seat: usize) -> Result<Atoms> {
        let out =
            self.with_markets(|markets, fund, now| Ok(markets[market].market.withdraw_layer(fund, seat, now)?))?;
        self.outside -= i128::from(out.0);
        Ok(out)
    }

    pub fn collect_premium(&mut self, market: usize, seat: usize) -> Result<Atoms> {
        let out =
            self.with_markets(|markets, fund, now| Ok(markets[market].market.collect_premium(fund, seat, now)?))?;
        self.outside -= i128::from(out.0);
        Ok(out)
    }

    /// Income for insurance comes into a market and reaches the fund; the cover takes what it may of it at once.
    pub fn earn(&mut self, market: usize, amount: u64) -> Result<()> {
        let _ = self.collect(market, amount)?;
        self.refill(market).map(drop)
    }

    /// The same, without the refill.
    pub fn collect(&mut self, market: usize, amount: u64) -> Result<Income> {
        let params = self.params;
        let income = self.with_markets(|markets, fund, now| {
            let market = &mut *markets[market].market;
            market.insurance_due = market.insurance_due.plus(Atoms(amount))?;
            market.book_in(Atoms(amount))?;
            Ok(market.collect_income(fund, &params, now)?)
        })?;
        self.outside += i128::from(amount);
        Ok(income)
    }

    pub fn refill(&mut self, market: usize) -> Result<Atoms> {
        self.with_markets(|markets, fund, now| Ok(markets[market].market.refill_cover(fund, now)?))
    }

    pub fn release(&mut self, market: usize) -> Result<Atoms> {
        self.with_markets(|markets, fund, now| Ok(markets[market].market.release_idle_cover(fund, now)?))
    }

    pub fn begin_epoch(&mut self) -> Result<()> {
        Ok(self.fund.begin_epoch()?)
    }

    pub fn report(&mut self, market: usize) -> Result<()> {
        self.with_markets(|markets, fund, now| markets[market].report_to_fund(fund, now).map(drop))
    }

    pub fn retire(&mut self, market: usize) -> Result<()> {
        self.with_markets(|markets, fund, now| Ok(markets[market].market.retire(fund, now)?))
    }

    /// A protocol fee comes into a market from outside.
    pub fn charge_fee(&mut self, market: usize, amount: u64) -> Result<()> {
        self.outside += i128::from(amount);
        self.with_markets(|markets, _, _| {
            let market = &mut *markets[market].market;
            market.book_in(Atoms(amount))?;
            Ok(market.collect_fee(Atoms(amount))?)
        })
    }

    pub fn collect_fees(&mut self, market: usize) -> Result<Fees> {
        let fees = self.with_markets(|markets, _, now| markets[market].collect_fees(now))?;
        self.outside -= i128::from(fees.treasury.0);
        Ok(fees)
    }

    pub fn stake(&mut self, who: &str, amount: u64) -> Result<u128> {
        let (now, mut stake) = (self.now(), self.stakes.get(who).copied().unwrap_or_default());
        let shares = self.fund.stake(&mut stake, Atoms(amount), &self.params, now)?;
        self.stakes.insert(who.to_string(), stake);
        self.outside += i128::from(amount);
        Ok(shares)
    }

    /// Asks for the exit of all shares.
    pub fn request_unstake(&mut self, who: &str) -> Result<()> {
        let (now, mut stake) = (self.now(), self.stake_of(who));
        let all = stake.shares.get();
        self.fund.request_unstake(&mut stake, all, &self.params, now)?;
        self.stakes.insert(who.to_string(), stake);
        Ok(())
    }

    pub fn take_exit(&mut self, who: &str) -> Result<Unstaked> {
        let (now, mut stake) = (self.now(), self.stake_of(who));
        let exit = self.fund.unstake(&mut stake, &self.params, now)?;
        self.stakes.insert(who.to_string(), stake);
        self.outside -= i128::from(exit.paid.0);
        Ok(exit)
    }

    /// As the reference has it: so much of the common fund leaves as stakers' money may.
    pub fn unstake(&mut self, amount: u64) -> Result<()> {
        for market in 0..self.len() {
            self.report(market)?;
        }
        let (amount, own) = (Atoms(amount), self.fund.own()?);
        if amount > self.fund.common()?.least(self.fund.protocol) || amount.plus(self.fund.must_stay(Bps(0))?)? > own {
            return Err(Refused::NothingWithdrawable);
        }
        self.fund.protocol = self.fund.protocol.minus(amount)?;
        self.fund.booked = self.fund.booked.minus(amount)?;
        self.outside -= i128::from(amount.0);
        Ok(())
    }

    pub fn stake_of(&self, who: &str) -> StakeBooks {
        self.stakes.get(who).copied().unwrap_or_default()
    }
}
