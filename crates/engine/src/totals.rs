//! Every atom belongs to exactly one class: the sum of a market's classes, and the check that ends every instruction.

use crate::error::{Error, Result};
use crate::state::{MarketBooks, SideBook};
use crate::units::{Cash, Side};
use crate::wide;

/// Cash of a side's lines, pools and residue with X, plus what rides beside them: spare, drift, reserve. 1e-12 atom, exact.
pub fn side_cash(side: Side, book: &SideBook) -> Result<Cash> {
    let shifted = wide::mul_signed(book.index.get(), book.lots.0)?;
    let keyed = side.signed(shifted.checked_sub(book.moment.get()).ok_or(Error::Overflow)?)?;
    Cash(keyed).plus(Cash(book.residue.cash.get()))?.plus(Cash(book.drift.get()))?.plus(book.spare.cash())
}

/// A side's loss reserve.
pub fn reserve(book: &SideBook) -> Result<Cash> {
    i128::try_from(book.reserve.get()).map(Cash).map_err(|_| Error::Overflow)
}

/// What all classes of a market add up to, less what nobody could bear.
pub fn sum(market: &MarketBooks) -> Result<Cash> {
    let mut total = Cash::ZERO;
    let mut whole = market.vesting.total.plus(market.fees)?.plus(market.insurance_due)?;
    for side in Side::BOTH {
        let book = market.side(side);
        total = total.plus(side_cash(side, book)?)?.plus(reserve(book)?)?;
        whole = whole.plus(book.claims.paid)?.plus(book.claims.waiting)?;
    }
    total.plus(whole.cash())?.minus(market.unfunded.cash())
}

/// The check: long lots equal short lots (I2), and the classes add up to what was booked, to 1e-12 atom (I1, I3).
pub fn check(market: &MarketBooks) -> Result<()> {
    let [long, short] = &market.sides;
    let booked = i128::from(market.booked).checked_mul(crate::units::PICO_SIGNED);
    if long.lots == short.lots && booked == Some(sum(market)?.0) {
        Ok(())
    } else {
        Err(Error::NotConserved)
    }
}

/// What rounding left on both sides, in whole atoms of cash, residue lots valued at the mark. Rounds down.
pub fn residue_value(market: &MarketBooks) -> Result<i128> {
    let mut total = Cash::ZERO;
    for side in Side::BOTH {
        let book = market.side(side);
        let value = wide::mul_signed(market.mark_key(side)?, book.residue.lots.0)?;
        total = total.plus(Cash(book.residue.cash.get()))?.plus(Cash(side.signed(value)?))?;
    }
    Ok(total.atoms_floor())
}

/// What members of a side own at the mark beyond their spare, negative where the side is bankrupt. 1e-12 atom.
pub fn members_equity(market: &MarketBooks, side: Side) -> Result<i128> {
    let book = market.side(side);
    let lots = book.lots.minus(book.residue.lots)?;
    let value = wide::mul_signed(market.mark_key(side)?, lots.0)?;
    side.signed(value.checked_sub(book.moment.get()).ok_or(Error::Overflow)?)
}
