//! Lots that an account takes: what closes its own first, then what opens; and what an opening asks of the side, the market and
//! the account (`reference/trading.py`).

use crate::clearing::error::{Error, Result};
use crate::clearing::margin::{need_fresh, spread, value};
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::state::AccountBooks;
use crate::units::{Cash, Lots, Now, Price, Side};

/// Lots to take of a side at a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The market.
    pub market_index: u64,
    /// `Long` buys.
    pub direction: Side,
    /// How many.
    pub lots: Lots,
    /// At which price.
    pub price: Price,
    /// Whether a side's lots rise: not by a take-over or a purchase from an estate, which only change hands.
    pub raises_a_side: bool,
}

/// What a fill did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Lots that closed the account's own.
    pub closed: Lots,
    /// Lots that opened.
    pub opened: Lots,
}

impl MarketMut<'_> {
    /// I16: whether lots may enter a side. A take-over or purchase asks its own side only (A82), and passes in a guarded market;
    /// lots that enter were not charged before, so they enter no side that has charged (A80).
    pub fn may_open(&self, side: Side, raises_a_side: bool, slot: u64) -> Result<()> {
        if side.of(self.as_ref().rates(slot)?) != 0 {
            return Err(Error::HoldbackStands);
        }
        let event = &self.market.side(side).event;
        if !raises_a_side {
            return if event.charged.get() == 0 { Ok(()) } else { Err(Error::LossEventLives) };
        }
        if self.market.guarded != 0 {
            return Err(Error::Guarded);
        }
        let shortfalls = self.as_ref().shortfalls(slot)?;
        if shortfalls.is_due()? {
            return Err(Error::EstateUnfunded);
        }
        if event.alive != 0 {
            return Err(Error::LossEventLives);
        }
        let beyond = shortfalls.total()?.beyond(self.market.insurance_for_openings(slot)?);
        if beyond > self.market.tolerance()? {
            return Err(Error::ShortfallUninsured);
        }
        Ok(())
    }

    /// Closes lots of an account's position at a price; each leaves h behind.
    pub fn close_own(&mut self, account: &mut AccountBooks, lots: Lots, price: Price, slot: u64) -> Result<()> {
        let mut detached = self.detach(account)?;
        detached.need_solvent(self.market.mark.price)?;
        let h = self.market.side(detached.side).event.rate.get();
        self.close_lots(account, &mut detached, (lots, price.value(lots)?), h)?;
        self.settle(account, detached)?;
        let _ = self.set_rates(slot)?;
        Ok(())
    }

    /// Opens lots for a value. Fails with `Barred` where the account was deleveraged a while ago.
    pub fn open_own(&mut self, account: &mut AccountBooks, side: Side, for_: (Lots, Cash), now: u64) -> Result<()> {
        let (lots, value) = for_;
        let slot = account.slot_or_new(self.market.market_index)?;
        if slot.barred_until > now {
            return Err(Error::Barred);
        }
        if slot.position.isolated != 0 {
            return Err(Error::Isolated);
        }
        let mut detached = self.detach(account)?;
        account.slot_mut(self.market.market_index)?.note_opened(detached.lots, Lots::ZERO)?;
        detached.open_lots(side, lots, value)?;
        Ok(self.attach(account, detached)?)
    }
}

/// Closes the account's opposite lots first and opens the rest. `markets` are all the account's, and the fill's.
pub fn close_or_open(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    fill: &Fill,
    now: Now,
) -> Result<Filled> {
    let mut filled = Filled::default();
    let own = account.slot(fill.market_index).map(|slot| (slot.position.side(), slot.position.size()));
    if let Ok((Some(side), size)) = own {
        if side != fill.direction {
            filled.closed = size.least(fill.lots);
            find(markets, fill.market_index)?.close_own(account, filled.closed, fill.price, now.slot)?;
            let _ = spread(account, markets, now.slot)?;
        }
    }
    filled.opened = fill.lots.minus(filled.closed)?;
    if !filled.opened.is_zero() {
        open(account, markets, &Fill { lots: filled.opened, ..*fill }, now)?;
    }
    Ok(filled)
}

fn open(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], fill: &Fill, now: Now) -> Result<()> {
    let market = find(markets, fill.market_index)?;
    market.may_open(fill.direction, fill.raises_a_side, now.slot)?;
    if market.market.is_settled() {
        return Err(Error::Settled);
    }
    market.market.need_fresh(now)?;
    market.open_own(account, fill.direction, (fill.lots, fill.price.value(fill.lots)?), now.slot)?;
    // h a lot is what the lots that are there now would leave: it must not be multiplied with more than it was divided by.
    let _ = market.set_rates(now.slot)?;
    let _ = spread(account, markets, now.slot)?;
    need_fresh(account, markets, now)?;
    if value(account, markets, now)?.initial_surplus()?.0 < 0 {
        return Err(Error::InsufficientMargin);
    }
    Ok(())
}
