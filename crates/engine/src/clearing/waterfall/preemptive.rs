//! Pre-emptive deleveraging: a solvent account that found no taker for a whole window sheds lots, as many as cure it, at the largest
//! discount, which the deleveraged get (`reference/deleveraging.py`).
//!
//! Both sides close at the discounted price, so the walk runs there: the members of a pool stay alike, and no position is visited.

use super::auction::{find_victim, Victim};
use super::distress::observe;
use crate::clearing::error::{Error, Result};
use crate::clearing::margin::{need_fresh, spread, touch, ROUNDED_CASH};
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::state::AccountBooks;
use crate::units::{Lots, Now, Price, Side};
use crate::wide;

/// What a pre-emptive deleveraging did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleverage {
    /// Too early: the state is observed. Come back at this slot.
    Observed(u64),
    /// Lots closed on both sides at a price.
    Done(Lots, Price),
}

/// Deleverages an account in distress. `markets` are all it has a slot in. Fails with `Settled`, `NotInDistress`, `Bankrupt`,
/// `UnderWater`, `MarkTooOld`, `DeleverageTooEarly` until it waited `deleverage_after_slots`, `HoldbackStands` where lots that leave leave a holdback, and
/// `TooFewOpposite`.
pub fn deleverage_account(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    (market_index, limit): (u64, u32),
    now: Now,
) -> Result<Deleverage> {
    let market = find(markets, market_index)?;
    let waits = market.market.params.deleverage_after_slots;
    if market.market.is_settled() {
        return Err(Error::Settled);
    }
    if waits == 0 || !market.market.is_usable() {
        return Err(Error::NoUsableMark);
    }
    let _ = touch(account, markets, now.slot)?;
    let _ = observe(account, markets, now)?;
    let victim = match find_victim(account, markets, market_index, now)? {
        Ok(found) => found,
        Err(due) => return Ok(Deleverage::Observed(due)),
    };
    need_fresh(account, markets, now)?;
    find(markets, market_index)?.market.need_fresh(now)?;
    if now.slot.saturating_sub(victim.since) < waits {
        return Err(Error::DeleverageTooEarly);
    }
    if victim.equity <= ROUNDED_CASH {
        return Err(Error::UnderWater);
    }
    let market = find(markets, market_index)?;
    let (lots, price) = market.terms_of(&victim)?;
    if lots.is_zero() {
        // In distress for want of money alone: its other collateral is sold.
        return Err(Error::NothingToTake);
    }
    if market.set_rates(now.slot)? != [0; 2] {
        return Err(Error::HoldbackStands);
    }
    market.close_opposite(victim.side.opposite(), lots, (price, limit))?;
    let mut detached = market.detach(account)?;
    market.close_lots(account, &mut detached, (lots, price.value(lots)?), 0)?;
    market.settle(account, detached)?;
    let _ = spread(account, markets, now.slot)?;
    account.slot_or_new(market_index)?.barred_until = now.slot.saturating_add(waits);
    let _ = touch(account, markets, now.slot)?;
    let _ = observe(account, markets, now)?;
    Ok(Deleverage::Done(lots, price))
}

impl MarketMut<'_> {
    /// Lots and price: as many as restore the account, at the largest discount that its worth's share of a lot can pay (I8).
    fn terms_of(&self, victim: &Victim) -> Result<(Lots, Price)> {
        let mark = self.market.mark.price;
        let params = &self.market.params;
        let most = wide::mul_div_floor(mark.0, u64::from(params.discount_max.0), crate::units::BPS)?;
        let share = wide::mul_div_floor(mark.0, victim.worth.gain_floor()?.0, victim.notional.0.max(1))?;
        let discount = most.min(share);
        let lots = self.market.lots_to_restore(victim, params.discount_max)?;
        let affordable = victim.equity.0.max(0).unsigned_abs().checked_div(u128::from(discount.max(1)));
        let affordable = Lots(u64::try_from(affordable.unwrap_or(0)).unwrap_or(u64::MAX));
        let price = match victim.side {
            Side::Long => mark.0.checked_sub(discount),
            Side::Short => mark.0.checked_add(discount),
        };
        Ok((lots.least(affordable), Price(price.ok_or(crate::Error::Overflow)?)))
    }

    /// Closes exactly so many lots of a side at a price, most levered first.
    fn close_opposite(&mut self, side: Side, lots: Lots, at: (Price, u32)) -> Result<()> {
        let (price, limit) = at;
        let index = self.market.side(side).index.get();
        let mut walk = self.side_at(side, 0)?;
        walk.mark_key = index.checked_add(i128::from(price.0)).ok_or(crate::Error::Overflow)?;
        if walk.deleverage(lots, limit)?.closed != lots {
            return Err(Error::TooFewOpposite);
        }
        Ok(())
    }
}
