//! Quotes: setting one is a whole-account check, which keeps the account's quotes live for few slots, and moves margin behind them.

use super::maker::Maker;
use crate::clearing::error::{Error, Result};
use crate::clearing::margin::{back_quotes, need_fresh, spread, touch, value};
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::state::{AccountBooks, Position};
use crate::clearing::waterfall::{observe, State};
use crate::quote::check_levels;
use crate::state::QuoteBooks;
use crate::units::{Lots, Now, Side, LOTS_MAX};

impl QuoteBooks {
    /// Lots it offers to buy and to sell that may open; none where it only reduces.
    #[must_use]
    pub fn offered(&self) -> [Lots; 2] {
        if self.reduce_only != 0 {
            return [Lots::ZERO; 2];
        }
        Side::BOTH.map(|side| Lots(self.side(side).iter().fold(0u64, |sum, level| sum.saturating_add(level.size.0))))
    }

    /// Whether all that it offers reduces a position, and no more of it than there is.
    fn reduces(&self, position: &Position) -> bool {
        let sum = |side: Side| self.side(side).iter().fold(0u64, |sum, level| sum.saturating_add(level.size.0));
        position.side().is_some_and(|side| sum(side) == 0 && sum(side.opposite()) <= position.size().0)
    }
}

impl Maker<'_> {
    /// Whether its quote may fill now: it has not expired, and the account passed a whole check lately and has not been found in
    /// distress since. A quote that only reduces needs no check (A47).
    #[must_use]
    pub const fn is_live(&self, now: Now) -> bool {
        let checked = self.quote.reduce_only != 0 || self.account.checked_until >= now.slot;
        self.quote.expires >= now.slot && self.quote.epoch == self.account.quote_epoch && checked
    }
}

/// Sets a quote in place of the one that stands: offers in the order of their price, sizes in steps. It needs initial margin over the
/// whole account at fresh marks, as an opening does; one that only reduces needs a usable mark only, and where the account does
/// not pass the check is marked so (A47). Margin follows it as far as the account's other markets may spare it; a level that is not
/// backed does not fill. `markets` are all the account has a slot in, and the quote's. Fails with `NoUsableMark`, `OpenInterestCap`,
/// `InDistress`, `InsufficientMargin`, `MarkTooOld` and as its levels do.
pub fn set(
    (quote, mut wanted): (&mut QuoteBooks, QuoteBooks),
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    market_index: u64,
    now: Now,
) -> Result<()> {
    let market = find(markets, market_index)?;
    for side in Side::BOTH {
        check_levels(wanted.side(side), side, &market.market.params)?;
    }
    if !market.market.is_usable() {
        return Err(Error::NoUsableMark);
    }
    // What an account quotes weighs in its touches, which must never fail (I11): no more than a side may ever hold.
    let most = market.market.params.open_interest_max;
    if wanted.offered().into_iter().any(|lots| lots > most || lots.0 > LOTS_MAX) {
        return Err(crate::Error::OpenInterestCap.into());
    }
    let _ = touch(account, markets, now.slot)?;
    let _ = observe(account, markets, now)?;
    let slot = account.slot_or_new(market_index)?;
    let reduces = wanted.reduces(&slot.position);
    if wanted.reduce_only == 0 {
        match pass_check(account, markets, now) {
            Err(Error::InsufficientMargin | Error::InDistress | Error::MarkTooOld) if reduces => wanted.reduce_only = 1,
            checked => checked?,
        }
    }
    let slot = account.slot_mut(market_index)?;
    (slot.quoted, slot.quoted_until) = (wanted.offered(), wanted.expires);
    *quote = QuoteBooks { epoch: account.quote_epoch, ..wanted };
    follow(account, markets, now)
}

/// Takes a quote away; what backed it alone is free cash at the next touch.
pub fn cancel(quote: &mut QuoteBooks, account: &mut AccountBooks, market_index: u64) {
    *quote = QuoteBooks::default();
    if let Ok(slot) = account.slot_mut(market_index) {
        (slot.quoted, slot.quoted_until) = ([Lots::ZERO; 2], 0);
    }
    account.release_slot(market_index);
}

/// Checks the whole account: all its quotes stay live for `check_slots`, and margin follows them. `markets` are all it has a slot in.
/// Fails with `InDistress`, `InsufficientMargin` and `MarkTooOld`.
pub fn check(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], now: Now) -> Result<()> {
    let _ = touch(account, markets, now.slot)?;
    let _ = observe(account, markets, now)?;
    pass_check(account, markets, now)?;
    follow(account, markets, now)
}

/// Extends what the account's quotes are live until, where it has initial margin.
pub(super) fn pass_check(account: &mut AccountBooks, markets: &[MarketMut<'_>], now: Now) -> Result<()> {
    need_fresh(account, markets, now)?;
    let valuation = value(account, markets, now)?;
    if State::from(&valuation).distress {
        return Err(Error::InDistress);
    }
    if valuation.initial_surplus()?.0 < 0 {
        return Err(Error::InsufficientMargin);
    }
    account.checked_until = now.slot.saturating_add(check_slots(account, markets));
    Ok(())
}

/// The fewest slots that a check lasts in the account's markets.
fn check_slots(account: &AccountBooks, markets: &[MarketMut<'_>]) -> u64 {
    let own = |market: &&MarketMut<'_>| account.slot(market.market.market_index).is_ok();
    markets.iter().filter(own).map(|market| market.market.params.check_slots).min().unwrap_or(0)
}

/// Free cash goes to positions and quotes; then quotes take what they lack of what is spared elsewhere.
fn follow(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], now: Now) -> Result<()> {
    let _ = spread(account, markets, now.slot)?;
    let _ = back_quotes(account, markets, now)?;
    Ok(())
}
