//! A maker's side of a fill. He is checked at the position alone: what backs his quote is in its market already.

use super::offers::Offer;
use crate::clearing::error::{Error, Result};
use crate::clearing::ladder::DetachedPosition;
use crate::clearing::markets::{CaughtUp, MarketMut};
use crate::clearing::state::AccountBooks;
use crate::state::QuoteBooks;
use crate::units::{Atoms, Cash, Lots, Now, Side};

/// A maker and his quote.
pub struct Maker<'a> {
    /// His account.
    pub account: &'a mut AccountBooks,
    /// His quote in the market.
    pub quote: &'a mut QuoteBooks,
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

impl Maker<'_> {
    /// How many lots an offer may fill: at most what closes the maker's own, where it does.
    pub fn fillable(&self, market_index: u64, direction: Side, offer: &Offer, wanted: Lots) -> Lots {
        let size = self.quote.side(direction).get(offer.level).map_or(Lots::ZERO, |level| level.size);
        let position = self.account.slot(market_index).map(|slot| slot.position).unwrap_or_default();
        let most = if position.side() == Some(direction.opposite()) { position.size() } else { Lots(u64::MAX) };
        wanted.least(size).least(most)
    }

    /// Whether a fill would pass; else its level is passed over. `direction` is what the maker does.
    pub fn will_fill(&self, market: &MarketMut<'_>, direction: Side, take: &Take, now: Now) -> Result<bool> {
        let slot = self.account.slot(market.market.market_index).copied().unwrap_or_default();
        let position = market.as_ref().caught_up(&slot)?;
        let mark = market.market.mark.price;
        let closes = position.side == Some(direction.opposite()) && !position.lots.is_zero();
        let left = if closes { position.lots.minus(take.lots)? } else { position.lots.plus(take.lots)? };
        if take.lots.is_zero() || (!left.is_zero() && left < market.market.params.position_min) {
            return Ok(false);
        }
        let paid = Cash(direction.signed(take.value.cash().0)?);
        if closes {
            // What the price takes beyond the mark is the position's own.
            let worth = Cash(direction.signed(mark.value(take.lots)?.0)?);
            let equity = market.as_ref().equity(&position)?.plus(worth)?.minus(paid)?;
            return Ok(equity.0 >= 0);
        }
        if slot.position.isolated != 0 || slot.barred_until > now.slot || market.market.is_settled() {
            return Ok(false);
        }
        if market.may_open(direction, true, now.slot).is_err() {
            return Ok(false);
        }
        let free = free_for(self.account, market.market.market_index);
        let cash = position.cash.minus(paid)?.plus(free.cash())?.minus(take.fee.cash())?;
        let after = CaughtUp { side: Some(direction), lots: left, cash, ..CaughtUp::default() };
        let paid_in = slot.position.paid_in.plus(free)?.beyond(take.fee);
        let health = market.as_ref().health_of(&after, paid_in, 0, now)?;
        Ok(health.opening >= health.initial.cash())
    }

    /// Fills. Returns the fee paid.
    pub fn fill(
        &mut self,
        market: &mut MarketMut<'_>,
        direction: Side,
        offer: &Offer,
        take: &Take,
        now: Now,
    ) -> Result<Atoms> {
        let paid = take_lots(self.account, market, direction, take, now)?;
        back_with_free(self.account, market)?;
        if let Some(level) = self.quote.side_mut(direction).get_mut(offer.level) {
            level.size = level.size.minus(take.lots)?;
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

/// Margin follows the position that the fill opened.
fn back_with_free(account: &mut AccountBooks, market: &mut MarketMut<'_>) -> Result<()> {
    let market_index = market.market.market_index;
    let free = free_for(account, market_index);
    let has_lots = account.slot(market_index).is_ok_and(|slot| slot.has_cross_lots());
    if free.is_zero() || !has_lots {
        return Ok(());
    }
    let mut detached = market.detach(account)?;
    account.free = Atoms::ZERO;
    market.market.book_in(free)?;
    detached.cash = detached.cash.plus(free.cash())?;
    let position = &mut account.slot_mut(market_index)?.position;
    position.paid_in = position.paid_in.plus(free)?;
    Ok(market.attach(account, detached)?)
}

/// Closes an account's opposite lots, or opens lots, for a value, and charges the fee; at most all of what it holds opposite.
/// Returns the fee paid.
pub fn take_lots(
    account: &mut AccountBooks,
    market: &mut MarketMut<'_>,
    direction: Side,
    take: &Take,
    now: Now,
) -> Result<Atoms> {
    let slot = account.slot_or_new(market.market.market_index)?;
    let held = slot.position.side();
    if held != Some(direction.opposite()) && slot.barred_until > now.slot {
        return Err(Error::Barred);
    }
    let mut detached = match held {
        Some(_) => market.detach(account)?,
        None => DetachedPosition { side: direction, lots: Lots::ZERO, cash: Cash::ZERO },
    };
    if held == Some(direction.opposite()) {
        let h = market.market.side(detached.side).event.rate.get();
        market.close_lots(account, &mut detached, (take.lots, take.value.cash()), h)?;
    } else {
        detached.open_lots(direction, take.lots, take.value.cash())?;
    }
    let paid = market.charge_fee(account, &mut detached, take.fee)?;
    if held != Some(direction.opposite()) && paid == take.fee {
        let before = detached.lots.minus(take.lots)?;
        account.slot_mut(market.market.market_index)?.note_opened(before, take.lots)?;
    }
    market.settle(account, detached)?;
    Ok(paid)
}
