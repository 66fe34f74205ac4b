//! Tier 1: a healthy account takes lots of a solvent account in distress, or of an isolated position, at a discount that grows
//! with the clock and the depth of the shortfall (`reference/liquidation.py`). It never draws insurance.

use super::auction::{find_victim, Victim};
use super::distress::observe;
use super::work::take_observer;
use crate::clearing::error::{Error, Result};
use crate::clearing::margin::{need_fresh, spread, touch, value};
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::state::AccountBooks;
use crate::units::{Atoms, Bps, Cash, Lots, Now, Side};

/// What a liquidation did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liquidated {
    /// Too early: the state is observed. Come back at this slot.
    Observed(u64),
    /// Lots changed hands.
    Done {
        /// How many.
        lots: Lots,
        /// The auction's discount.
        discount: Bps,
        /// What the victim paid of it.
        paid: Atoms,
        /// What went to insurance.
        penalty: Atoms,
        /// Who is paid for the first observation, on these lots; 0: no account.
        observer: u64,
    },
}

struct Terms {
    market: u64,
    side: Side,
    lots: Lots,
    /// What changes hands for them: their value at the mark less or plus the discount.
    value: Cash,
    discount: Bps,
    paid: Atoms,
    penalty: Atoms,
}

/// Liquidates at most `wanted` lots of the victim's position; the taker takes them over, or closes his opposite ones against
/// them. `markets` are all of both accounts'. Fails with `Settled`, `NotInDistress`, `Bankrupt`, `UnderWater`, `MarkTooOld`,
/// `NothingToTake`, and as an opening of the taker's does.
pub fn liquidate(
    (victim, taker): (&mut AccountBooks, &mut AccountBooks),
    markets: &mut [MarketMut<'_>],
    market_index: u64,
    wanted: Lots,
    now: Now,
) -> Result<Liquidated> {
    let market = &*find(markets, market_index)?.market;
    if !market.is_usable() {
        return Err(Error::NoUsableMark);
    }
    if market.is_settled() {
        return Err(Error::Settled);
    }
    for account in [&mut *victim, &mut *taker] {
        let _ = touch(account, markets, now.slot)?;
        let _ = observe(account, markets, now)?;
    }
    let found = match find_victim(victim, markets, market_index, now)? {
        Ok(found) => found,
        Err(due) => return Ok(Liquidated::Observed(due)),
    };
    need_fresh(victim, markets, now)?;
    need_fresh(taker, markets, now)?;
    find(markets, market_index)?.market.need_fresh(now)?;
    let opposite = opposite_lots(taker, market_index, found.side);
    let wanted = if opposite.is_zero() { wanted } else { wanted.least(opposite) };
    let observer = take_observer(victim, market_index, false);
    let terms = terms(victim, markets, (market_index, wanted), &found, now)?;
    let market = find(markets, market_index)?;
    market.market.stats.partial_liquidations = market.market.stats.partial_liquidations.saturating_add(1);
    market.pay_penalty(victim, terms.penalty)?;
    // What reached the cover lowers h.
    let _ = market.set_rates(now.slot)?;
    let closing = terms.part(terms.lots.least(opposite))?;
    if !closing.0.is_zero() {
        close_both(victim, taker, markets, (&terms, closing), now)?;
    }
    let rest = (terms.lots.minus(closing.0)?, terms.value.minus(closing.1)?);
    if !rest.0.is_zero() {
        take_over(victim, taker, markets, (&terms, rest), now)?;
    }
    for account in [victim, taker] {
        let _ = touch(account, markets, now.slot)?;
        let _ = observe(account, markets, now)?;
    }
    let Terms { lots, discount, paid, penalty, .. } = terms;
    Ok(Liquidated::Done { lots, discount, paid, penalty, observer })
}

fn terms(
    victim: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    (market_index, wanted): (u64, Lots),
    found: &Victim,
    now: Now,
) -> Result<Terms> {
    found.need_solvent()?;
    let market = find(markets, market_index)?;
    let (lots, discount) = market.market.auction_terms(found, (victim, wanted), now)?;
    market.take_of_slice(victim, (found, lots), now)?;
    market.market.note_forced(victim.slot_mut(market_index)?, lots, now)?;
    let market = &*market.market;
    let worth = market.mark.price.value(lots)?;
    let (paid, penalty) = market.split_cost(found, market.mark.price.value_floor(lots)?, discount)?;
    let value = worth.minus(Cash(found.side.signed(paid.cash().0)?))?;
    Ok(Terms { market: market_index, side: found.side, lots, value, discount, paid, penalty })
}

impl MarketMut<'_> {
    /// To insurance, out of the position; it lowers paid-in margin first.
    pub fn pay_penalty(&mut self, victim: &mut AccountBooks, penalty: Atoms) -> Result<()> {
        if penalty.is_zero() {
            return Ok(());
        }
        let mut detached = self.detach(victim)?;
        detached.cash = detached.cash.minus(penalty.cash())?;
        self.attach(victim, detached)?;
        let position = &mut victim.slot_mut(self.market.market_index)?.position;
        position.paid_in = position.paid_in.beyond(penalty);
        Ok(self.market.collect_penalty(penalty)?)
    }
}

/// The taker's own lots that close against the victim's: he takes no more, but for what would be left as dust.
fn opposite_lots(taker: &AccountBooks, market_index: u64, side: Side) -> Lots {
    let position = taker.slot(market_index).ok().map(|slot| slot.position);
    let opposite = position.filter(|position| position.side() == Some(side.opposite()));
    opposite.map_or(Lots::ZERO, |position| position.size())
}

impl Terms {
    /// Some of the lots and their value, rounded down.
    fn part(&self, lots: Lots) -> Result<(Lots, Cash)> {
        if lots == self.lots {
            return Ok((lots, self.value));
        }
        let value = self.value.0.max(0).unsigned_abs();
        let value = crate::wide::mul_div_long_floor(value, lots.0, self.lots.0.max(1))?;
        Ok((lots, Cash(i128::try_from(value).map_err(|_| crate::Error::Overflow)?)))
    }
}

/// What closes the taker's own lots always passes, and leaves h on both sides.
fn close_both(
    victim: &mut AccountBooks,
    taker: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    (terms, closing): (&Terms, (Lots, Cash)),
    now: Now,
) -> Result<()> {
    let market = find(markets, terms.market)?;
    let rates = [Side::Long, Side::Short].map(|side| market.market.side(side).event.rate.get());
    for account in [victim, taker] {
        let market = find(markets, terms.market)?;
        let mut detached = market.detach(account)?;
        detached.need_solvent(market.market.mark.price)?;
        let h = detached.side.of(rates);
        market.close_lots(account, &mut detached, closing, h)?;
        market.settle(account, detached)?;
        let _ = spread(account, markets, now.slot)?;
    }
    Ok(())
}

fn take_over(
    victim: &mut AccountBooks,
    taker: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    (terms, taken): (&Terms, (Lots, Cash)),
    now: Now,
) -> Result<()> {
    let market = find(markets, terms.market)?;
    market.may_open(terms.side, false, now.slot)?;
    let mut detached = market.detach(victim)?;
    market.close_lots(victim, &mut detached, taken, 0)?;
    market.settle(victim, detached)?;
    let _ = spread(victim, markets, now.slot)?;
    let market = find(markets, terms.market)?;
    market.open_own(taker, terms.side, taken, now.slot)?;
    let _ = market.set_rates(now.slot)?;
    let _ = spread(taker, markets, now.slot)?;
    if value(taker, markets, now)?.initial_surplus()?.0 < 0 {
        return Err(Error::InsufficientMargin);
    }
    Ok(())
}
