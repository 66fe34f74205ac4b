//! Closing against the lots that rounding left behind: always possible, so that the last position leaves too (I11).

use crate::clearing::error::{Error, Result};
use crate::clearing::margin::touch;
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::state::AccountBooks;
use crate::units::{Lots, Now};

/// Closes lots of a position against the other side's dust at the mark, at most what is there. `markets` are all of the account's.
/// Fails with `NoPosition` where it has none or there is no dust, and `UnderWater`.
pub fn close_against_dust(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    (market_index, wanted): (u64, Lots),
    now: Now,
) -> Result<Lots> {
    let _ = touch(account, markets, now.slot)?;
    let market = find(markets, market_index)?;
    if !market.market.is_usable() {
        return Err(Error::NoUsableMark);
    }
    let position = account.slot(market_index).map_err(|_| Error::NoPosition)?.position;
    let side = position.side().ok_or(Error::NoPosition)?;
    let dust = market.market.side(side.opposite()).dust.lots;
    let lots = wanted.least(position.size()).least(dust);
    if lots.is_zero() {
        return Err(Error::NoPosition);
    }
    let price = market.market.mark.price;
    market.close_own(account, lots, price, now.slot)?;
    market.market.close_dust(side.opposite(), lots)?;
    let _ = market.market.tidy_dust()?;
    let _ = touch(account, markets, now.slot)?;
    Ok(lots)
}
