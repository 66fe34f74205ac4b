//! Deleveraging an account in distress that is still solvent, after a window without takers: as many lots as cure it, at the
//! largest discount, which the lots deleveraged for it receive. Deleveraging in time is cheaper than insurance late.

use crate::auction::lots_to_cure;
use crate::books::Books;
use crate::error::{Error, Result};
use crate::health::Health;
use crate::observe;
use crate::resolve::ResolveReport;
use crate::state::AccountBooks;
use crate::units::{Atoms, Lots, Now, Price, Side, PICO};
use crate::wide;

/// Whether a market deleverages this account by now. A settled one never: whoever is solvent leaves it at the mark, whole.
pub fn is_due(victim: &AccountBooks, books: &Books<'_>, health: &Health, now: Now) -> Result<bool> {
    let after = books.market.params.deleverage_after_slots;
    let elapsed = observe::clock(victim, books.market.id)?.elapsed(now);
    Ok(after > 0 && !books.market.is_settled() && health.is_distressed() && elapsed >= after)
}

impl Books<'_> {
    /// Cures an account as far as the other side's ladder reaches; it may not open here for a window (G20). What it pays is at
    /// most its equity times the share of maintenance that is freed, so its health never falls.
    #[inline(never)]
    pub fn cure(
        &mut self,
        victim: &mut AccountBooks,
        health: &Health,
        now: Now,
        report: &mut ResolveReport,
    ) -> Result<()> {
        let params = self.market.params;
        let holding = self.view().holding(victim.slot(self.market.id)?)?;
        if holding.lots.is_zero() {
            return Err(Error::NoPosition);
        }
        let lots = lots_to_cure(self.market, &holding, health, params.discount_max)?;
        let price = self.cure_price(holding.side, (holding.lots, lots), health)?;
        let limit = usize::try_from(params.walk_max).map_err(|_| Error::Overflow)?;
        let mut other = self.side_at(holding.side.opposite())?;
        other.settle_key = other.book.index.get().checked_add(i128::from(price.0)).ok_or(Error::Overflow)?;
        let walked = other.deleverage(lots, limit)?;
        if walked.closed.is_zero() {
            return Err(Error::NobodySolvent);
        }
        let mut hand = self.lift(victim)?;
        self.sell_to_ladder(&mut hand, walked.closed, price)?;
        let slot = victim.slot_mut(self.market.id)?;
        slot.barred_until = now.slot.saturating_add(params.auction_slots);
        slot.position.paid_in = slot.position.paid_in.beyond(self.discount_paid(walked.closed, price)?);
        if hand.lots.is_zero() {
            self.forgive_rounding(&mut hand, holding.side)?;
            self.release_all(victim, &mut hand, now)?;
        }
        report.deleveraged = walked.closed;
        report.lines = walked.lines;
        report.pools = walked.pools;
        report.cured = true;
        self.place(victim, hand)
    }

    /// The mark less the largest discount the account can pay without its health falling, for a long; above it for a short.
    fn cure_price(&self, side: Side, lots: (Lots, Lots), health: &Health) -> Result<Price> {
        let (all, closed) = lots;
        let (params, mark) = (&self.market.params, self.market.mark.price);
        let whole = self.market.maintenance_of(all)?;
        let rest = self.market.maintenance_of(all.minus(closed)?)?;
        let able = health.equity.gain_floor()?.share_floor(whole.minus(rest)?.0, health.maintenance.0)?;
        let cost = params.discount_max.of_floor(mark.value_floor(closed)?)?.least(able);
        let per_lot = wide::mul_div_floor(cost.0, PICO, closed.0)?;
        match side {
            Side::Long => mark.0.checked_sub(per_lot),
            Side::Short => mark.0.checked_add(per_lot),
        }
        .map(Price)
        .ok_or(Error::Overflow)
    }

    /// Closes lots of a hand at a price the ladder settled at exactly; what rounding to whole atoms takes is residue.
    fn sell_to_ladder(&mut self, hand: &mut crate::hand::Hand, lots: Lots, price: Price) -> Result<()> {
        let side = hand.side;
        let exact = price.value(lots)?.0;
        let value = match side {
            Side::Long => price.value_floor(lots)?,
            Side::Short => price.value_ceil(lots)?,
        };
        hand.fill(side.opposite(), lots, value)?;
        let taken = exact.checked_sub(value.cash().0).ok_or(Error::Overflow)?;
        self.market.side_mut(side).residue.cash.add(side.signed(taken)?)
    }

    fn discount_paid(&self, lots: Lots, price: Price) -> Result<Atoms> {
        Price(self.market.mark.price.0.abs_diff(price.0)).value_floor(lots)
    }
}
