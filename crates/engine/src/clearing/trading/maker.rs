//! A maker's side of a fill. The maker is checked at its position alone: what backs its quote is in the market already.

use super::fees::Backing;
use super::offers::Offer;
use crate::clearing::error::{Error, Result};
use crate::clearing::ladder::DetachedPosition;
use crate::clearing::margin::NO_MARKET;
use crate::clearing::markets::{CaughtUp, MarketMut};
use crate::clearing::state::{AccountBooks, MarketSlot};
use crate::state::QuoteBooks;
use crate::units::{Atoms, Lots, Now, Side};

/// A maker and its quote.
pub struct Maker<'a> {
    /// The account.
    pub account: &'a mut AccountBooks,
    /// Its quote in the market.
    pub quote: &'a mut QuoteBooks,
}

/// What a fill is part of.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// Whether lots of a side rise: not where they only change hands.
    pub raises_a_side: bool,
    /// Lots that the other party has left to close: the maker who takes all of them may hold as few.
    pub leaves: Lots,
    /// The clock.
    pub now: Now,
}

/// Lots that an account takes, for a value in whole atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Take {
    /// Lots, at most its own where it closes.
    pub lots: Lots,
    /// What changes hands for them.
    pub value: Atoms,
    /// The fee.
    pub fee: Atoms,
}

impl Take {
    /// Adds another.
    pub fn join(&mut self, other: &Take) -> Result<()> {
        self.lots = self.lots.plus(other.lots)?;
        self.value = self.value.plus(other.value)?;
        self.fee = self.fee.plus(other.fee)?;
        Ok(())
    }
}

/// A fill that a maker takes.
#[derive(Clone, Copy, Debug)]
pub struct Agreed {
    /// Lots, value, and the maker's fee.
    pub take: Take,
    /// Whether it closes lots of the maker's.
    pub closes: bool,
    /// The maker's position before it.
    pub before: CaughtUp,
    /// The maker's position after it, the fee not paid.
    pub after: CaughtUp,
}

impl Maker<'_> {
    /// What an offer fills of `wanted`; `None` where it is passed over (N4): the maker cannot back it, or it would leave dust, or open
    /// where nothing may be opened. At most what closes the maker's own, where it does. Free of effect but for catching the account up.
    pub fn agree(
        &mut self,
        market: &mut MarketMut<'_>,
        offer: &Offer,
        wanted: Lots,
        gate: &Gate,
    ) -> Result<Option<Agreed>> {
        let market_index = market.market.market_index;
        if let Ok(slot) = self.account.slot(market_index) {
            if !market.as_ref().has_pages_of(slot)? {
                return Ok(None);
            }
            market.bring_up(self.account)?;
        }
        let slot = self.account.slot(market_index).copied().unwrap_or_default();
        let before = market.as_ref().caught_up(&slot)?;
        let closes = before.side == Some(offer.direction.opposite()) && !before.lots.is_zero();
        let size = self.quote.side(offer.direction).get(offer.level).map_or(Lots::ZERO, |level| level.size);
        let lots = wanted.least(size).least(if closes { before.lots } else { Lots(u64::MAX) });
        if lots.is_zero() {
            return Ok(None);
        }
        // Rounded once, for the maker, and the same number for both.
        let value = match offer.direction {
            Side::Long => offer.price.value_floor(lots)?,
            Side::Short => offer.price.value_ceil(lots)?,
        };
        let after = before.filled(offer.direction, lots, value.cash())?;
        if !after.lots.is_zero() && after.lots < market.market.params.position_min && lots != gate.leaves {
            return Ok(None);
        }
        // Lots that only change hands pay no fee, as in a take-over.
        let fee =
            if gate.raises_a_side { market.market.fee_on(value, market.market.params.maker_fee)? } else { Atoms::ZERO };
        let mut agreed = Agreed { take: Take { lots, value, fee }, closes, before, after };
        let takes = if closes {
            self.may_close(market, &slot, &mut agreed)?
        } else {
            self.quote.reduce_only == 0 && self.may_open(market, &slot, &agreed, offer.direction, gate)?
        };
        Ok(takes.then_some(agreed))
    }

    /// What the price takes beyond the mark is the position's own, and the fee at most what is left.
    fn may_close(&self, market: &MarketMut<'_>, slot: &MarketSlot, agreed: &mut Agreed) -> Result<bool> {
        let view = market.as_ref();
        let (was, left) = (view.equity(&agreed.before)?, view.equity(&agreed.after)?);
        if left.0 < 0 {
            return Ok(false);
        }
        let free = if slot.position.isolated != 0 { self.account.free } else { free_for(self.account, slot.market) };
        let maintenance = |lots| market.market.margin_of(lots).map(|margin| margin.maintenance);
        let whole = Backing { worth: was.plus(free.cash())?, maintenance: maintenance(agreed.before.lots)? };
        let rest = Backing { worth: left.plus(free.cash())?, maintenance: maintenance(agreed.after.lots)? };
        agreed.take.fee = agreed.take.fee.least(whole.fee_max(&rest)?);
        Ok(true)
    }

    /// An opening needs the position's own initial margin, the fee paid, at a fresh mark.
    fn may_open(
        &self,
        market: &MarketMut<'_>,
        slot: &MarketSlot,
        agreed: &Agreed,
        direction: Side,
        gate: &Gate,
    ) -> Result<bool> {
        let (books, now) = (&*market.market, gate.now);
        let has_slot = slot.market != NO_MARKET || self.account.slots.iter().any(|slot| slot.market == NO_MARKET);
        let barred = slot.position.isolated != 0 || slot.barred_until > now.slot || books.is_settled();
        if !has_slot || barred || !books.is_fresh(now) {
            return Ok(false);
        }
        if market.may_open(direction, gate.raises_a_side, now.slot).is_err() {
            return Ok(false);
        }
        let free = free_for(self.account, books.market_index);
        let fee = agreed.take.fee;
        let cash = agreed.after.cash.plus(free.cash())?.minus(fee.cash())?;
        let after = CaughtUp { cash, ..agreed.after };
        let paid_in = slot.position.paid_in.plus(free)?.beyond(fee);
        let health = market.as_ref().health_of(&after, paid_in, 0, now)?;
        Ok(health.opening >= health.initial.cash())
    }

    /// Fills what was agreed. Returns the fee paid.
    pub fn fill(&mut self, market: &mut MarketMut<'_>, offer: &Offer, agreed: &Agreed, now: Now) -> Result<Atoms> {
        let market_index = market.market.market_index;
        let free = if agreed.closes { Atoms::ZERO } else { free_for(self.account, market_index) };
        let paid = take_lots(self.account, market, (offer.direction, free), &agreed.take, now)?;
        if let Some(level) = self.quote.side_mut(offer.direction).get_mut(offer.level) {
            level.size = level.size.minus(agreed.take.lots)?;
        }
        if let Ok(slot) = self.account.slot_mut(market_index) {
            slot.quoted = self.quote.offered();
        }
        Ok(paid)
    }
}

/// Free cash that backs a position in a market: all of it, where the account has no other cross position.
fn free_for(account: &AccountBooks, market_index: u64) -> Atoms {
    let elsewhere = account.slots.iter().any(|slot| slot.market != market_index && slot.has_cross_lots());
    if elsewhere {
        Atoms::ZERO
    } else {
        account.free
    }
}

/// Closes an account's opposite lots, or opens lots, for a value, and charges the fee; at most all of what it holds opposite. Up to
/// `backing` of free cash follows the lots that open, so that the ladder never sees them without it. Returns the fee paid.
pub fn take_lots(
    account: &mut AccountBooks,
    market: &mut MarketMut<'_>,
    (direction, backing): (Side, Atoms),
    take: &Take,
    now: Now,
) -> Result<Atoms> {
    let slot = account.slot_or_new(market.market.market_index)?;
    let closes = slot.position.side() == Some(direction.opposite());
    if !closes && slot.barred_until > now.slot {
        return Err(Error::Barred);
    }
    let mut detached = market.detach(account)?;
    if closes {
        let h = market.market.side(detached.side).event.rate.get();
        market.close_lots(account, &mut detached, (take.lots, take.value.cash()), h)?;
    } else {
        detached.open_lots(direction, take.lots, take.value.cash())?;
    }
    let paid = market.charge_fee(account, &mut detached, (take.fee, !closes))?;
    if !closes {
        let before = detached.lots.minus(take.lots)?;
        account.slot_mut(market.market.market_index)?.note_opened(before, take.lots)?;
    }
    back(account, market, &mut detached, backing)?;
    market.settle(account, detached)?;
    Ok(paid)
}

/// Moves free cash into a position, as paid-in margin.
fn back(
    account: &mut AccountBooks,
    market: &mut MarketMut<'_>,
    detached: &mut DetachedPosition,
    most: Atoms,
) -> Result<()> {
    let moved = most.least(account.free);
    account.free = account.free.minus(moved)?;
    market.market.book_in(moved)?;
    detached.cash = detached.cash.plus(moved.cash())?;
    let position = &mut account.slot_mut(market.market.market_index)?.position;
    position.paid_in = position.paid_in.plus(moved)?;
    Ok(())
}
