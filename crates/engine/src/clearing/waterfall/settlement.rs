//! Positions of a settled market close at its final mark, in any order, with nobody on the other side: their lots become their
//! side's dust, which is worth nothing at the mark, and opposite dust cancels (G22).

use crate::clearing::error::{Error, Result};
use crate::clearing::margin::touch;
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::state::AccountBooks;
use crate::units::{Lots, Now};
use crate::wide;

/// Closes an account's position in a settled market, whole; each lot leaves h behind like any other. What it owes its owner's other
/// positions pay first. `markets` are all of the account's. Fails with `NotSettled`, `NoPosition`, and `UnderWater` where it still
/// owes: that is declared.
pub fn settle_position(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    market_index: u64,
    now: Now,
) -> Result<Lots> {
    if !find(markets, market_index)?.market.is_settled() {
        return Err(Error::NotSettled);
    }
    let _ = touch(account, markets, now.slot)?;
    let market = find(markets, market_index)?;
    let side = account.slot(market_index).ok().and_then(|slot| slot.position.side()).ok_or(Error::NoPosition)?;
    let mut detached = market.detach(account)?;
    let (lots, mark) = (detached.lots, market.market.mark.price);
    let h = market.market.side(side).event.rate.get();
    market.close_lots(account, &mut detached, (lots, mark.value(lots)?), h)?;
    market.settle(account, detached)?;
    let worth = side.signed(wide::mul_signed(market.market.mark_key(side)?, lots.0)?)?;
    let book = market.market.side_mut(side);
    book.totals.lots = book.totals.lots.plus(lots)?;
    book.dust.lots = book.dust.lots.plus(lots)?;
    book.dust.cash.add(worth.checked_neg().ok_or(crate::Error::Overflow)?)?;
    let _ = market.market.tidy_dust()?;
    let _ = touch(account, markets, now.slot)?;
    Ok(lots)
}
