//! A maker's standing offers in a market.

use crate::books::View;
use crate::error::{Error, Result};
use crate::health;
use crate::state::{AccountBooks, Level, Mark, MarketParams, Position, QuoteBooks};
use crate::units::{Now, Price, Side, LOTS_MAX, PRICE_MAX};

/// Levels a side.
pub const LEVELS: usize = 4;

// A quote has as many a side.
const _: fn(&QuoteBooks) -> [&[Level; LEVELS]; 2] = |quote| [&quote.bids, &quote.asks];

impl Level {
    /// The price at a mark; `None` beyond the price range.
    #[must_use]
    pub fn price_at(&self, mark: &Mark, maker: Side) -> Option<Price> {
        if self.pegged == 0 {
            return Some(self.price);
        }
        let price = match maker {
            Side::Long => mark.price.0.checked_sub(self.price.0),
            Side::Short => mark.price.0.checked_add(self.price.0),
        };
        price.filter(|price| *price > 0 && *price <= PRICE_MAX).map(Price)
    }
}

impl Mark {
    /// Its age by publish time in slots of 400 ms, rounded up; ahead of the clock: none.
    #[must_use]
    pub const fn age_slots(&self, now: Now) -> u64 {
        let seconds = now.time.saturating_sub(self.publish_time);
        if seconds <= 0 {
            return 0;
        }
        seconds.unsigned_abs().saturating_mul(5).div_ceil(2)
    }
}

impl QuoteBooks {
    /// Offers of a maker who buys (`Long`) or sells (`Short`).
    #[must_use]
    pub const fn side(&self, maker: Side) -> &[Level; LEVELS] {
        match maker {
            Side::Long => &self.bids,
            Side::Short => &self.asks,
        }
    }

    /// The same, to change.
    pub const fn side_mut(&mut self, maker: Side) -> &mut [Level; LEVELS] {
        match maker {
            Side::Long => &mut self.bids,
            Side::Short => &mut self.asks,
        }
    }

    /// Whether a maker's quote may fill now. One that only reduces needs no check of the account: nothing is opened on it.
    #[must_use]
    pub const fn is_live(&self, account: &AccountBooks, now: Now) -> bool {
        self.expires >= now.slot
            && self.epoch == account.quote_epoch
            && (self.reduce_only != 0 || account.checked_until >= now.slot)
            && account.swept == 0
    }

    /// Whether all that is offered reduces a position, and no more of it than there is.
    #[must_use]
    pub fn only_reduces(&self, position: &Position) -> bool {
        let Some(side) = position.side() else { return false };
        let offered = |maker| self.side(maker).iter().fold(0u64, |sum, level| sum.saturating_add(level.size.0));
        offered(side) == 0 && offered(side.opposite()) <= position.size().0
    }

    /// Removes all offers.
    pub fn cancel(&mut self) {
        *self = QuoteBooks::default();
    }
}

/// Sets a quote after a whole-account check, which is what keeps it live for `check_slots`. One that only reduces needs no
/// check and no initial margin (A47): where the account does not pass it, a quote that comes to that is marked so. Offers are
/// in the order of their price, sizes in steps.
pub fn set<'v>(
    quote: &mut QuoteBooks,
    mut wanted: QuoteBooks,
    account: &mut AccountBooks,
    market: View<'v>,
    views: impl Iterator<Item = View<'v>> + Clone,
    now: Now,
) -> Result<()> {
    for maker in Side::BOTH {
        check_levels(wanted.side(maker), maker, &market.market.params)?;
    }
    let slot = account.slot_or_new(market.market.id)?;
    let (reduces, is_marked) = (wanted.only_reduces(&slot.position), wanted.reduce_only != 0);
    if account.swept != 0 {
        return Err(Error::Bankrupt);
    }
    if !is_marked {
        match check_account(account, views, market.market.params.check_slots, now) {
            Err(Error::InsufficientMargin | Error::CollateralUnvalued) if reduces => wanted.reduce_only = 1,
            checked => checked?,
        }
    }
    *quote = QuoteBooks { epoch: account.quote_epoch, ..wanted };
    Ok(())
}

/// A whole-account check: initial margin over all positions. Quotes are live from it for `slots`.
pub fn check_account<'v>(
    account: &mut AccountBooks,
    views: impl Iterator<Item = View<'v>> + Clone,
    slots: u64,
    now: Now,
) -> Result<()> {
    if account.swept != 0 {
        return Err(Error::Bankrupt);
    }
    let health = health::cross(account, views, now)?;
    if !health.is_initial() {
        return Err(Error::InsufficientMargin);
    }
    account.checked_until = now.slot.checked_add(slots).ok_or(Error::Overflow)?;
    Ok(())
}

/// Checks the levels of a side: sizes in steps, prices in range and in order.
pub(crate) fn check_levels(levels: &[Level; LEVELS], maker: Side, params: &MarketParams) -> Result<()> {
    let mut last: Option<&Level> = None;
    for level in levels.iter().filter(|level| !level.size.is_zero()) {
        let in_steps = level.size.0.checked_rem(params.step.0) == Some(0);
        if !in_steps || level.size.0 > LOTS_MAX || level.pegged > 1 {
            return Err(Error::WrongStep);
        }
        if level.price.0 > PRICE_MAX || (level.pegged == 0 && level.price.0 == 0) {
            return Err(Error::PriceOutOfBand);
        }
        if last.is_some_and(|before| !is_worse(level, before, maker)) {
            return Err(Error::QuotesOutOfOrder);
        }
        last = Some(level);
    }
    Ok(())
}

/// Whether an offer comes after another: farther from the mark. A fixed price and an offset cannot be compared before the mark
/// is known: they may stand in any order, and a fill takes the best.
fn is_worse(level: &Level, before: &Level, maker: Side) -> bool {
    if level.pegged != before.pegged {
        return true;
    }
    match (maker, level.pegged) {
        (Side::Long, 0) => level.price < before.price,
        _ => level.price > before.price,
    }
}
