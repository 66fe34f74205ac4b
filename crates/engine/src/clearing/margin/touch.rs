//! What every touch does: collects, trims, unlocks, spreads free cash over the cross positions, lifts those under water, then
//! those below maintenance. It plans on numbers first and moves each position once.

use super::valuation::{holdback, view};
use super::{MARKETS_MAX, NO_MARKET, ROUNDED};
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::recovery::{debt, vesting};
use crate::clearing::state::AccountBooks;
use crate::error::{Error, Result};
use crate::units::{Atoms, Side};

/// What a touch moved.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Free cash that became margin of positions.
    pub spread: Atoms,
    /// Moved into positions under water or below maintenance, from vesting profit and siblings.
    pub lifted: Atoms,
    /// Positions that changed.
    pub moved: u32,
}

/// A cross position in the plan.
#[derive(Clone, Copy, Default)]
struct Leg {
    market: u64,
    usable: bool,
    /// Equity at the last accepted mark with what the plan has moved, rounded down to the atom.
    equity: i128,
    /// What it may give where no mark is usable.
    assured: i128,
    /// Paid-in margin, as planned.
    paid_in: Atoms,
    /// Maintenance margin; none in a settled market.
    maintenance: Atoms,
    /// What its part of free cash is measured by.
    weight: Atoms,
    /// What its lots would leave behind.
    holdback: Atoms,
    /// Cash the plan moves in, or out where negative.
    change: i128,
}

impl Leg {
    /// Lowers paid-in margin to the equity: what is lost licenses nothing (A13, A69).
    fn cap(&mut self) -> Result<()> {
        let equity = u64::try_from(self.equity.max(0)).map_err(|_| Error::Overflow)?;
        self.paid_in = self.paid_in.least(Atoms(equity));
        Ok(())
    }

    fn change(&mut self, amount: i128) -> Result<()> {
        self.equity = self.equity.checked_add(amount).ok_or(Error::Overflow)?;
        self.assured = self.assured.checked_add(amount).ok_or(Error::Overflow)?;
        self.change = self.change.checked_add(amount).ok_or(Error::Overflow)?;
        Ok(())
    }

    /// What it lacks to a target.
    /// What roundings took of it is no lack: a sync that follows a lift must find nothing to do.
    fn lack(&self, target: Atoms) -> Result<Atoms> {
        let lack = i128::from(target.0).checked_sub(self.equity).ok_or(Error::Overflow)?;
        let lack = if lack > ROUNDED { lack } else { 0 };
        u64::try_from(lack).map(Atoms).map_err(|_| Error::Overflow)
    }

    /// What it may give: beyond its own holdback and the target; without a usable mark what is assured.
    fn spare(&self, target: Atoms) -> Result<Atoms> {
        if !self.usable {
            return u64::try_from(self.assured.max(0)).map(Atoms).map_err(|_| Error::Overflow);
        }
        let keeps = self.holdback.plus(target)?;
        let spare = self.equity.checked_sub(i128::from(keeps.0)).ok_or(Error::Overflow)?;
        u64::try_from(spare.max(0)).map(Atoms).map_err(|_| Error::Overflow)
    }
}

type Legs = [Leg; MARKETS_MAX];

/// Touches an account. `markets` are all the markets it has a slot in. h is what was stored before, throughout: an account's own
/// lifts do not free what it may give.
pub fn touch(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], slot: u64) -> Result<Touched> {
    for at in 0..MARKETS_MAX {
        let Some(slot) = account.slots.get(at).filter(|slot| slot.market != NO_MARKET) else { continue };
        find(markets, slot.market)?.bring_up(account)?;
    }
    serve_pledged(account, markets)?;
    let (mut legs, count) = legs_of(account, markets)?;
    let legs_of_account = legs.get_mut(..count).ok_or(Error::Overflow)?;
    let mut touched = Touched { spread: spread_over(account, legs_of_account)?, ..Touched::default() };
    for to_maintenance in [false, true] {
        let lifted = lift(account, markets, legs_of_account, to_maintenance)?;
        touched.lifted = touched.lifted.plus(lifted)?;
    }
    touched.moved = apply(account, markets, legs_of_account)?;
    store_rates(account, markets, slot)?;
    Ok(touched)
}

/// Free cash goes to the cross positions, and nothing else happens.
pub fn spread(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], slot: u64) -> Result<Touched> {
    serve_pledged(account, markets)?;
    let (mut legs, count) = legs_of(account, markets)?;
    let legs_of_account = legs.get_mut(..count).ok_or(Error::Overflow)?;
    let spread = spread_over(account, legs_of_account)?;
    let moved = apply(account, markets, legs_of_account)?;
    store_rates(account, markets, slot)?;
    Ok(Touched { spread, moved, ..Touched::default() })
}

/// What came out of pledged markets serves the owner's debts, the rest is free cash; without debts nothing is pledged.
pub fn serve_pledged(account: &mut AccountBooks, markets: &mut [MarketMut<'_>]) -> Result<()> {
    if account.slots.iter().all(|slot| slot.pledged == 0) {
        return Ok(());
    }
    let amount = core::mem::take(&mut account.pledged);
    let served = debt::serve(account, amount, |market_index, side, part| {
        find(markets, market_index)?.market.pay_debt(side, part)
    })?;
    account.free = account.free.plus(amount.minus(served)?)?;
    if debt::total(account)?.is_zero() {
        account.slots.iter_mut().for_each(|slot| slot.pledged = 0);
    }
    Ok(())
}

/// Stores h in the account's markets: lots under water may have changed.
fn store_rates(account: &AccountBooks, markets: &mut [MarketMut<'_>], at: u64) -> Result<()> {
    for slot in account.slots.iter().filter(|slot| slot.market != NO_MARKET) {
        let market = find(markets, slot.market)?;
        if market.market.is_usable() {
            let _ = market.set_rates(at)?;
        }
    }
    Ok(())
}

impl MarketMut<'_> {
    /// Brings a slot up to now: its position onto a line, claims that were paid, held money that ended or is above the highest
    /// h of the two windows, profit that vested.
    pub fn bring_up(&mut self, account: &mut AccountBooks) -> Result<()> {
        let market_index = self.market.market_index;
        let slot = account.slot(market_index)?;
        if let Some(side) = slot.position.side() {
            let located = self.ladder.side(side).locate(&self.market.grid, side, &slot.position)?;
            if located.is_current() && slot.position.grid_epoch == self.market.grid.epoch {
                self.gather(account.slot_mut(market_index)?, side, &located)?;
            } else {
                let detached = self.detach(account)?;
                self.settle(account, detached)?;
            }
        }
        for side in Side::BOTH {
            self.gather_held(account.slot_mut(market_index)?, side)?;
            self.gather_units(account.slot_mut(market_index)?, side)?;
            self.collect_held(account, side)?;
            self.trim(account, side)?;
        }
        let unlocked = vesting::unlock(self.market, account.slot_mut(market_index)?)?;
        account.credit(market_index, unlocked)
    }

    /// Returns held money above the highest h of the two windows: a spike of one slot costs nothing (A79).
    fn trim(&mut self, account: &mut AccountBooks, side: Side) -> Result<()> {
        let market_index = self.market.market_index;
        let usable = self.market.is_usable();
        let event = &mut self.market.side_mut(side).event;
        let held = side.of_mut(&mut account.slot_mut(market_index)?.held);
        if held.is_none() || held.list != event.list || !usable {
            return Ok(());
        }
        let high = event.rate.get().max(event.window_high.get()).max(event.previous_high.get());
        let most = holdback(high, held.lots)?.0.unsigned_abs();
        let worth = held.worth(event.index)?;
        if worth <= most {
            return Ok(());
        }
        let mut returned = held.take(worth.wrapping_sub(most), worth)?;
        // Its lots left for good, and paid-in margin comes back first.
        held.lots = crate::Lots(held.lots.0.saturating_add(returned.lots.0));
        held.lowered = held.lowered.plus(returned.lowered)?;
        let amount = returned.worth(event.index)?;
        event.units.sub(returned.units.get())?;
        event.held.sub(amount)?;
        let (atoms, _) = crate::clearing::ladder::whole_atoms(amount)?;
        returned.lowered = held.lowered.least(atoms);
        held.lowered = held.lowered.minus(returned.lowered)?;
        self.give_back(account, side, amount, returned.lowered)
    }
}

/// The plan's legs: the account's cross positions.
fn legs_of(account: &AccountBooks, markets: &[MarketMut<'_>]) -> Result<(Legs, usize)> {
    let (mut legs, mut count) = (Legs::default(), 0usize);
    for slot in account.slots.iter().filter(|slot| slot.has_cross_lots()) {
        let market = view(markets, slot.market)?;
        let position = market.caught_up(slot)?;
        let usable = market.market.is_usable();
        let h = position.side.map_or(0, |side| market.market.side(side).event.rate.get());
        let leg = legs.get_mut(count).ok_or(Error::Overflow)?;
        *leg = Leg {
            market: slot.market,
            usable,
            equity: market.equity(&position)?.atoms_floor(),
            assured: market.assured_equity(&position)?.atoms_floor(),
            paid_in: slot.position.paid_in,
            maintenance: market.market.margin_of(position.lots)?.maintenance,
            weight: market.market.margin_at_mark(position.lots)?.maintenance,
            holdback: Atoms(u64::try_from(holdback(h, position.lots)?.atoms_ceil()?).map_err(|_| Error::Overflow)?),
            change: 0,
        };
        count = count.wrapping_add(1);
    }
    Ok((legs, count))
}

/// Shares an amount out by weights, rounded down; the last with a weight takes the rest.
fn share(amount: Atoms, weight: u64, left: &mut (Atoms, u64)) -> Result<Atoms> {
    let (rest, weights) = *left;
    let part = if weight == weights { rest } else { rest.share_floor(weight, weights.max(1))? };
    *left = (rest.minus(part)?, weights.checked_sub(weight).ok_or(Error::Overflow)?);
    debug_assert!(part <= amount, "a part is at most the whole");
    Ok(part)
}

/// Free cash goes to the cross positions in proportion to their maintenance margins, and is paid-in margin there.
fn spread_over(account: &mut AccountBooks, legs: &mut [Leg]) -> Result<Atoms> {
    let mut weights = 0u64;
    for leg in legs.iter().filter(|leg| leg.usable) {
        weights = weights.checked_add(leg.weight.0).ok_or(Error::Overflow)?;
    }
    let amount = account.free;
    if weights == 0 || amount.is_zero() {
        return Ok(Atoms::ZERO);
    }
    let mut left = (amount, weights);
    for leg in legs.iter_mut().filter(|leg| leg.usable) {
        let part = share(amount, leg.weight.0, &mut left)?;
        leg.change(i128::from(part.0))?;
        leg.paid_in = leg.paid_in.plus(part)?;
    }
    account.free = left.0;
    amount.minus(left.0)
}

/// Lifts legs under water, or below maintenance, from vesting profit and from siblings, in proportion.
fn lift(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    legs: &mut [Leg],
    to_maintenance: bool,
) -> Result<Atoms> {
    let target = |leg: &Leg| if to_maintenance { leg.maintenance } else { Atoms::ZERO };
    let mut lacks = [Atoms::ZERO; MARKETS_MAX];
    let mut lack = Atoms::ZERO;
    for (leg, own) in legs.iter().zip(&mut lacks).filter(|(leg, _)| leg.usable) {
        *own = leg.lack(target(leg))?;
        lack = lack.plus(*own)?;
    }
    give_to(account, markets, legs, (&lacks, lack), target)
}

/// Gives legs what they lack, `lack` in all, from vesting profit, then from siblings beyond a target.
fn give_to(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    legs: &mut [Leg],
    (lacks, lack): (&[Atoms; MARKETS_MAX], Atoms),
    target: impl Fn(&Leg) -> Atoms,
) -> Result<Atoms> {
    if lack.is_zero() {
        return Ok(Atoms::ZERO);
    }
    let from_vesting = draw_vesting(account, markets, lack)?;
    let mut left = (from_vesting, lack.0);
    for (leg, own) in legs.iter_mut().zip(lacks).filter(|(_, own)| !own.is_zero()) {
        leg.change(i128::from(share(from_vesting, own.0, &mut left)?.0))?;
    }
    let from_siblings = move_between(legs, lacks, lack.minus(from_vesting)?, target)?;
    from_vesting.plus(from_siblings)
}

/// Draws what a cross position lacks for a close from the account's vesting profit and siblings, at most `wanted` (A51). Returns
/// what it got.
pub fn draw_into(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    (market, wanted): (u64, Atoms),
    slot: u64,
) -> Result<Atoms> {
    let (mut legs, count) = legs_of(account, markets)?;
    let legs_of_account = legs.get_mut(..count).ok_or(Error::Overflow)?;
    let mut lacks = [Atoms::ZERO; MARKETS_MAX];
    for (leg, own) in legs_of_account.iter().zip(&mut lacks).filter(|(leg, _)| leg.market == market) {
        *own = if leg.usable { wanted } else { Atoms::ZERO };
    }
    let lack = lacks.iter().try_fold(Atoms::ZERO, |sum, own| sum.plus(*own))?;
    let drawn = give_to(account, markets, legs_of_account, (&lacks, lack), |_| Atoms::ZERO)?;
    let _ = apply(account, markets, legs_of_account)?;
    store_rates(account, markets, slot)?;
    Ok(drawn)
}

/// Moves what siblings may spare to those that lack, at most `wanted`.
fn move_between(
    legs: &mut [Leg],
    lacks: &[Atoms; MARKETS_MAX],
    wanted: Atoms,
    target: impl Fn(&Leg) -> Atoms,
) -> Result<Atoms> {
    let (mut spares, mut spare) = ([Atoms::ZERO; MARKETS_MAX], Atoms::ZERO);
    for ((leg, own), lack) in legs.iter().zip(&mut spares).zip(lacks) {
        if lack.is_zero() {
            *own = leg.spare(target(leg))?;
            spare = spare.plus(*own)?;
        }
    }
    let moved = wanted.least(spare);
    if moved.is_zero() {
        return Ok(moved);
    }
    let mut left = (moved, spare.0);
    let mut margin = Atoms::ZERO;
    for (leg, own) in legs.iter_mut().zip(&spares).filter(|(_, own)| !own.is_zero()) {
        let part = share(moved, own.0, &mut left)?;
        leg.cap()?;
        let of_margin = part.least(leg.paid_in);
        leg.paid_in = leg.paid_in.minus(of_margin)?;
        margin = margin.plus(of_margin)?;
        leg.change(i128::from(part.0).wrapping_neg())?;
    }
    let lack = lacks.iter().try_fold(Atoms::ZERO, |sum, own| sum.plus(*own))?;
    let (mut cash_left, mut margin_left) = ((moved, lack.0), (margin, lack.0));
    for (leg, own) in legs.iter_mut().zip(lacks).filter(|(_, own)| !own.is_zero()) {
        leg.cap()?;
        leg.change(i128::from(share(moved, own.0, &mut cash_left)?.0))?;
        leg.paid_in = leg.paid_in.plus(share(margin, own.0, &mut margin_left)?)?;
        leg.cap()?;
    }
    Ok(moved)
}

/// Takes vesting profit of all slots, at most `wanted`, in proportion to what each has. It leaves the markets.
fn draw_vesting(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], wanted: Atoms) -> Result<Atoms> {
    let (mut worths, mut total) = ([Atoms::ZERO; MARKETS_MAX], Atoms::ZERO);
    for (slot, worth) in account.slots.iter().zip(&mut worths).filter(|(slot, _)| !slot.vesting.is_empty()) {
        *worth = vesting::worth(find(markets, slot.market)?.market, slot)?;
        total = total.plus(*worth)?;
    }
    let drawn = wanted.least(total);
    let mut left = (drawn, total.0);
    for (slot, worth) in account.slots.iter_mut().zip(&worths).filter(|(_, worth)| !worth.is_zero()) {
        let part = share(drawn, worth.0, &mut left)?;
        let _ = vesting::draw(find(markets, slot.market)?.market, slot, part)?;
    }
    Ok(drawn)
}

/// Moves each position once.
fn apply(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], legs: &[Leg]) -> Result<u32> {
    let mut moved = 0u32;
    for leg in legs {
        let market = find(markets, leg.market)?;
        if leg.change != 0 {
            let mut detached = market.detach(account)?;
            let atoms = crate::units::atoms_from(leg.change.abs())?;
            if leg.change > 0 {
                market.market.book_in(atoms)?;
                detached.cash = detached.cash.plus(atoms.cash())?;
            } else {
                market.market.book_out(atoms)?;
                detached.cash = detached.cash.minus(atoms.cash())?;
            }
            market.attach(account, detached)?;
            moved = moved.saturating_add(1);
        }
        account.slot_mut(leg.market)?.position.paid_in = leg.paid_in;
    }
    Ok(moved)
}
