//! What insured estates lack is paid at once, so that an insured estate is never short for long (A78).

use super::crossed::take_crossed;
use super::owned::collect_for_estates;
use crate::clearing::error::{Error, Result};
use crate::clearing::insurance::Drawn;
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::state::{Fund, MarketBooks};
use crate::units::{Atoms, Now, Side};

impl MarketMut<'_> {
    /// Pays what estates lack from cover and pinned layers while insurance covers both shortfalls; else nothing.
    pub fn fund_insured(&mut self, fund: &mut Fund, now: Now) -> crate::Result<Drawn> {
        fund.accrue(now)?;
        let shortfalls = self.as_ref().shortfalls(now.slot)?;
        self.report_read(fund, &shortfalls, now)?;
        if !shortfalls.is_due()? {
            return Ok(Drawn::default());
        }
        self.market.pass_surplus()?;
        let drawn = self.market.draw(fund, shortfalls.deficit()?, false, now)?;
        self.market.pay_estates(drawn.total()?, shortfalls.deficits)?;
        for side in Side::BOTH {
            if !side.of(shortfalls.deficits).is_zero() {
                self.market.side_mut(side).estate.first = now.slot;
            }
        }
        Ok(drawn)
    }
}

impl MarketBooks {
    /// Pays an amount into the estates in proportion to what they lack; returns what each got.
    pub fn pay_estates(&mut self, amount: Atoms, lacks: [Atoms; 2]) -> crate::Result<[Atoms; 2]> {
        let [long, short] = lacks;
        let both = long.plus(short)?;
        let first = if both.is_zero() { Atoms::ZERO } else { amount.share_floor(long.0, both.0)? };
        let parts = [first, amount.minus(first)?];
        for side in Side::BOTH {
            self.pay_estate(side, side.of(parts))?;
        }
        Ok(parts)
    }
}

/// Permissionless: collects what ended lists of the markets passed hold of a market's estates, and what living ones hold where that
/// is all they live for, and pays what insured estates lack.
/// Fails with `NothingToFund` where there is nothing to collect and no insured estate lacks.
pub fn fund_estate(markets: &mut [MarketMut<'_>], fund: &mut Fund, market_index: u64, now: Now) -> Result<Drawn> {
    let crossed = take_crossed(markets, market_index, now.slot)?;
    let collected = collect_for_estates(markets, market_index)? || crossed;
    let market = find(markets, market_index)?;
    if !collected && !market.as_ref().shortfalls(now.slot)?.is_due()? {
        return Err(Error::NothingToFund);
    }
    let drawn = market.fund_insured(fund, now)?;
    market.end_estates()?;
    let _ = market.store(now.slot)?;
    Ok(drawn)
}
