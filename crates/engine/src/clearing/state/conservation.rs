//! Every atom belongs to exactly one class: the sum of a market's classes, and the check that ends every instruction.

use super::{MarketBooks, SideBook};
use crate::error::{Error, Result};
use crate::units::{Cash, Lots, Side, PICO_SIGNED};
use crate::wide::{self, U128};

/// Cash of a side's lines, pools and dust with X, and what rides beside them: spare, drift, held money, less what lacks
/// at the grid's end. 1e-12 atom, exact.
pub fn side_cash(side: Side, book: &SideBook) -> Result<Cash> {
    let open = indexed(side, book, book.totals.lots)?;
    let keyed = side.signed(book.totals.lots_times_key.get())?;
    let held = unsigned(book.event.held)?.plus(unsigned(book.ended_held)?)?;
    let beside = Cash(book.dust.cash.get()).plus(Cash(book.drift.get()))?.plus(book.spare.cash())?;
    open.minus(Cash(keyed))?.plus(held)?.plus(beside)?.minus(unsigned(book.lacking)?)
}

/// Cash of a side's estate with X.
pub fn estate_cash(side: Side, book: &SideBook) -> Result<Cash> {
    indexed(side, book, book.estate.lots)?.plus(Cash(book.estate.cash.get()))
}

fn indexed(side: Side, book: &SideBook, lots: Lots) -> Result<Cash> {
    side.signed(wide::mul_signed(book.index.get(), lots.0)?).map(Cash)
}

fn unsigned(amount: U128) -> Result<Cash> {
    i128::try_from(amount.get()).map(Cash).map_err(|_| Error::Overflow)
}

/// What all classes of a market add up to, less what is unfunded.
pub fn sum(market: &MarketBooks) -> Result<Cash> {
    let mut total = Cash::ZERO;
    let mut whole = market.vesting.total.plus(market.fees)?.plus(market.keeper_pot)?;
    whole = whole.plus(market.insurance_due)?.plus(market.cover.due)?;
    for side in Side::BOTH {
        let book = market.side(side);
        total = total.plus(side_cash(side, book)?)?.plus(estate_cash(side, book)?)?;
        whole = whole.plus(book.claims.paid)?;
    }
    total.plus(whole.cash())?.minus(market.unfunded.cash())
}

/// The check: long lots equal short lots, estates included (I2), and the classes add up to what was booked, to 1e-12 atom
/// (I1). Fails with `NotConserved`.
pub fn check(market: &MarketBooks) -> Result<()> {
    let lots = |side: Side| market.open_lots(side).plus(market.side(side).estate.lots);
    let booked = i128::from(market.booked).checked_mul(PICO_SIGNED);
    if lots(Side::Long)? == lots(Side::Short)? && booked == Some(sum(market)?.0) {
        Ok(())
    } else {
        Err(Error::NotConserved)
    }
}
