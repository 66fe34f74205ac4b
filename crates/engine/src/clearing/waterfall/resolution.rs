//! The resolution of a market's two estates together: insurance, the common rate, deleveraging, socialization, in this order
//! (`reference/resolution.py`). A walk that is too long for one call goes on in the next (`continuation.rs`).

use super::charge::{absorbed, Charge};
use crate::clearing::error::{Error, Result};
use crate::clearing::insurance::Drawn;
use crate::clearing::ladder::Visited;
use crate::clearing::markets::{find, view, MarketMut, MarketRef};
use crate::clearing::shortfall::{ceil, collect_for_estates, fall, lacks_at_worth, Shortfalls};
use crate::clearing::state::{Fund, MarketBooks, PendingWalk};
use crate::units::{Atoms, Lots, Now, Side, BPS};
use crate::wide;

/// What a resolution did: `deficit = insured + absorbed + socialized + from_held + from_vesting + last_resort + unfunded`.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// What both estates lacked at the mark.
    pub deficit: Atoms,
    /// What insurance paid, and of which.
    pub insured: Drawn,
    /// Borne by lots that deleveraging closed.
    pub absorbed: Atoms,
    /// Borne by lots that stayed.
    pub socialized: Atoms,
    /// Borne by held money.
    pub from_held: Atoms,
    /// Borne by vesting profit.
    pub from_vesting: Atoms,
    /// Borne by the common fund beyond all allowances.
    pub last_resort: Atoms,
    /// Borne by nothing yet.
    pub unfunded: Atoms,
    /// Of the charges: uncollected, charged to the same side again.
    pub own: Atoms,
    /// What each side was charged.
    pub charges: [Charge; 2],
    /// Lots that deleveraging closed, by the side of the estate.
    pub deleveraged: [Lots; 2],
    /// Lots of both estates that it dealt with: what its walk leaves for the next call counts there, so that work is paid once.
    pub lots: Lots,
    /// What its walks looked at.
    pub visited: Visited,
    /// Whether the walk goes on in the next call.
    pub goes_on: bool,
    /// Whether it went on with the walk of an earlier call, at no further charge.
    pub continued: bool,
    /// Of what the earlier call called socialized: borne by lots that this one closed.
    pub absorbed_later: Atoms,
    /// Those of them that it closed: what it is paid for.
    pub closed: Lots,
    /// Whether it ran though lots under water were not declared.
    pub forced: bool,
}

impl MarketRef<'_> {
    /// Why the estates may not be resolved yet; `deficits` are theirs at what held money is worth now.
    pub fn may_resolve(&self, deficits: [Atoms; 2], now: Now) -> Result<()> {
        let market = self.market;
        if !market.is_usable() {
            return Err(Error::NoUsableMark);
        }
        if !market.has_estates() {
            return Err(Error::NoEstate);
        }
        let params = &market.waterfall;
        let open = || Side::BOTH.into_iter().map(|side| &market.side(side).estate).filter(|estate| estate.open != 0);
        let shortfalls = Shortfalls { deficits, ..self.shortfalls(now.slot)? };
        if open().all(|estate| estate.lots.is_zero()) && shortfalls.deficit()?.is_zero() {
            return Err(Error::EstateWaits);
        }
        let first = open().map(|estate| estate.first).min().unwrap_or(now.slot);
        if shortfalls.deficit()? <= shortfalls.certain {
            if !open().all(|estate| estate.has_run(now.slot, params.sale_slots)) {
                return Err(Error::SaleRuns);
            }
        } else if now.slot < first.saturating_add(params.estate_slots) {
            return Err(Error::EstateTooYoung);
        }
        if now.slot >= first.saturating_add(params.resolve_wait_slots) {
            return Ok(());
        }
        if self.has_undeclared()? {
            return Err(Error::UndeclaredLots);
        }
        if market.is_near_reference() {
            Ok(())
        } else {
            Err(Error::FarFromReference)
        }
    }
}

impl MarketBooks {
    /// Lots of both estates.
    fn estate_lots(&self) -> Lots {
        let [long, short] = Side::BOTH.map(|side| self.side(side).estate.lots.0);
        Lots(long.saturating_add(short))
    }

    /// Whether the mark stands near one that is at least the confirmation old (A10, A64).
    fn is_near_reference(&self) -> bool {
        let [confirmed, _] = self.reference;
        if confirmed.slot == 0 {
            return false;
        }
        let (mark, reference) = (self.mark.price.0, confirmed.price.0);
        let apart = wide::mul(mark.abs_diff(reference), BPS);
        apart <= wide::mul(reference, u64::from(self.waterfall.resolve_deviation.0))
    }
}

/// Permissionless. `markets` hold the market, with the pages of its present lists, and those in which its estates own held money:
/// else `MarketMissing` or `PageMissing`. At most `limit` levels of a side are
/// walked: the market's parameter, so that no caller decides how much of a bankrupt drifts on. A walk that stopped goes on first,
/// while its mark stands; only where it closes nothing may the estates be resolved anew.
pub fn resolve(
    markets: &mut [MarketMut<'_>],
    fund: &mut Fund,
    (market_index, limit): (u64, u32),
    now: Now,
) -> Result<Resolved> {
    if let Some(resolved) = find(markets, market_index)?.go_on(limit, now)? {
        return Ok(resolved);
    }
    find_owned(markets, view(markets, market_index)?.market)?;
    let _ = collect_for_estates(markets, market_index)?;
    let deficits = lacks_at_worth(markets, &view(markets, market_index)?)?;
    let market = find(markets, market_index)?;
    market.as_ref().may_resolve(deficits, now)?;
    let mut resolved = Resolved { forced: market.as_ref().has_undeclared()?, ..Resolved::default() };
    resolved.lots = market.market.estate_lots();
    market.market.pass_surplus()?;
    market.fund_deficits(fund, &mut resolved, deficits, now)?;
    market.close_estates(limit, &mut resolved, now)?;
    resolved.closed = Lots(resolved.lots.0.saturating_sub(market.market.estate_lots().0));
    market.market.stats.resolutions = market.market.stats.resolutions.saturating_add(1);
    market.end_resolution(&resolved, now)?;
    Ok(resolved)
}

/// That all money of a market's estates can be found, wherever it is held: what a caller left out would be charged to others.
/// Fails with `MarketMissing` and `PageMissing`.
fn find_owned(markets: &[MarketMut<'_>], market: &MarketBooks) -> Result<()> {
    let seats = Side::BOTH.into_iter().flat_map(|side| &market.side(side).estate.owned);
    for seat in seats.filter(|seat| seat.market != 0) {
        let holder = markets.iter().find(|holder| seat.is_of(holder.market.market_index));
        let holder = holder.ok_or(crate::Error::MarketMissing)?.as_ref();
        let _ = holder.worth_of(seat.side(), &seat.held)?;
    }
    Ok(())
}

impl MarketMut<'_> {
    /// Insurance first; the rest of each deficit falls on the other side, but for the side's own uncollected part, in one charge
    /// per side.
    fn fund_deficits(
        &mut self,
        fund: &mut Fund,
        resolved: &mut Resolved,
        deficits: [Atoms; 2],
        now: Now,
    ) -> Result<()> {
        let [of_long, of_short] = deficits;
        resolved.deficit = of_long.plus(of_short)?;
        resolved.insured = self.market.draw(fund, resolved.deficit, true, now)?;
        let insured = self.market.pay_estates(resolved.insured.total()?, deficits)?;
        let (mut rests, mut own) = ([Atoms::ZERO; 2], [Atoms::ZERO; 2]);
        for side in Side::BOTH {
            let rest = side.of(deficits).minus(side.of(insured))?;
            let uncollected = ceil(self.market.side(side).estate.uncollected.get())?;
            *side.of_mut(&mut rests) = rest;
            *side.of_mut(&mut own) = rest.least(uncollected);
            self.market.pay_estate(side, rest)?;
            self.market.side_mut(side).estate.uncollected = wide::U128::ZERO;
        }
        let falls = fall(rests, own)?;
        for side in Side::BOTH {
            *side.of_mut(&mut resolved.charges) = self.charge(fund, side, side.of(falls))?;
        }
        let [long, short] = own;
        resolved.own = long.plus(short)?;
        Ok(())
    }

    /// Estates against each other, against dust, then against the ladders; a deleveraged lot has absorbed its charge.
    fn close_estates(&mut self, limit: u32, resolved: &mut Resolved, now: Now) -> Result<()> {
        self.market.cross()?;
        let mut pending = PendingWalk { price: self.market.mark.price, ..PendingWalk::default() };
        for side in Side::BOTH {
            let wanted = self.market.take_in_dust(side)?;
            let stopped = self.close_against_ladder(side, (wanted, limit), resolved, now.slot)?;
            let closed = side.of(resolved.deleveraged);
            if stopped {
                *side.of_mut(&mut pending.lots) = self.market.side(side).estate.lots;
            }
            *side.opposite().of_mut(&mut pending.rates) = wide::U128::new(side.opposite().of(resolved.charges).rate);
            let charge = side.opposite().of(resolved.charges);
            resolved.absorbed = resolved.absorbed.plus(absorbed(&charge, closed)?)?;
        }
        let [long, short] = resolved.charges;
        for charge in [long, short] {
            resolved.socialized = resolved.socialized.plus(charge.stayed)?;
            resolved.from_held = resolved.from_held.plus(charge.held)?;
            resolved.from_vesting = resolved.from_vesting.plus(charge.from_vesting)?;
            resolved.last_resort = resolved.last_resort.plus(charge.last_resort)?;
            resolved.unfunded = resolved.unfunded.plus(charge.unfunded)?;
        }
        resolved.socialized = resolved.socialized.minus(resolved.absorbed)?;
        self.market.reopen_estates(now.slot);
        self.market.leave_pending(pending, resolved);
        Ok(self.end_estates()?)
    }

    /// So many estate lots close at the mark against the most levered of the other side; the walk runs at the mark worsened by h.
    /// Returns whether it stopped with lots still to close.
    pub(super) fn close_against_ladder(
        &mut self,
        side: Side,
        ask: (Lots, u32),
        resolved: &mut Resolved,
        slot: u64,
    ) -> Result<bool> {
        let (wanted, limit) = ask;
        if wanted.is_zero() {
            return Ok(false);
        }
        let other = side.opposite();
        let h = other.of(self.set_rates(slot)?);
        let interest = self.market.open_interest()?;
        let walked = match self.side_at(other, h)?.deleverage(wanted, limit) {
            // Full pools or checkpoints: the lots wait for syncs, the deficit is charged all the same.
            Err(crate::Error::RecordsFull) => return Ok(true),
            walked => walked?,
        };
        if h > 0 && !walked.closed.is_zero() {
            self.market.begin_event_of(other, interest);
        }
        self.market.close_estate(side, walked.closed)?;
        let estate = &mut self.market.side_mut(side).estate;
        estate.deleveraged = Lots(estate.deleveraged.0.saturating_add(walked.closed.0));
        *side.of_mut(&mut resolved.deleveraged) = walked.closed;
        resolved.visited.add(&walked.visited);
        Ok(walked.stopped)
    }

    /// What every call ends with: in a settled market events, h, and what happened.
    pub(super) fn end_resolution(&mut self, resolved: &Resolved, now: Now) -> Result<()> {
        if self.market.is_settled() {
            self.end_settled_events(now)?;
        }
        let _ = self.set_rates(now.slot)?;
        self.note(resolved)
    }

    fn note(&mut self, resolved: &Resolved) -> Result<()> {
        let stats = &mut self.market.stats;
        let parts = [
            (&mut stats.deficit, resolved.deficit),
            (&mut stats.absorbed, resolved.absorbed),
            (&mut stats.socialized, resolved.socialized),
            (&mut stats.from_held, resolved.from_held),
            (&mut stats.from_vesting, resolved.from_vesting),
            (&mut stats.last_resort, resolved.last_resort),
            (&mut stats.unfunded, resolved.unfunded),
        ];
        for (sum, part) in parts {
            *sum = Atoms(sum.0.saturating_add(part.0));
        }
        stats.absorbed = Atoms(stats.absorbed.0.saturating_add(resolved.absorbed_later.0));
        stats.socialized = Atoms(stats.socialized.0.saturating_sub(resolved.absorbed_later.0));
        let [long, short] = resolved.deleveraged;
        stats.deleveraged = Lots(stats.deleveraged.0.saturating_add(long.0).saturating_add(short.0));
        Ok(())
    }
}
