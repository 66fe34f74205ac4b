//! Where insurance revenue goes: layers' premiums, stakers, the protocol's tranche. Where protocol fees go, and what the fund
//! holds too much.

use crate::books::Books;
use crate::cover;
use crate::error::{Error, Result};
use crate::layer;
use crate::state::{InsuranceBooks, MarketBooks};
use crate::units::{Atoms, Bps, Now, Side};

/// What a market pays insurance: its layers earn their premiums first, then stakers their share, the rest is the protocol's.
pub fn receive(market: &mut MarketBooks, fund: &mut InsuranceBooks, amount: Atoms, staker_share: Bps) -> Result<()> {
    if amount.is_zero() {
        return Ok(());
    }
    let premiums = layer::earn(market, fund, amount)?;
    fund.share_out(amount.minus(premiums)?, staker_share)
}

/// What a market collected for insurance moves to the fund; returns the tokens to move.
#[must_use = "what was collected must move"]
pub fn collect_due(market: &mut MarketBooks, fund: &mut InsuranceBooks, staker_share: Bps) -> Result<Atoms> {
    let due = core::mem::take(&mut market.insurance_due);
    market.book_out(due)?;
    receive(market, fund, due, staker_share)?;
    Ok(due)
}

/// Where a market's protocol fees went, atoms.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fees {
    /// Deficits nobody could bear, which fees serve first: no tokens move.
    pub served: Atoms,
    /// To the keepers, rounded down.
    pub keepers: Atoms,
    /// To the treasury: the rest.
    pub treasury: Atoms,
}

/// Takes a market's protocol fees out, while its U is insured and nothing is going on there: `ExitWaits` otherwise, and
/// `ZeroAmount` where there are none.
pub fn collect_fees(market: &mut MarketBooks, keeper_share: Bps, now: Now) -> Result<Fees> {
    if market.fees.is_zero() {
        return Err(Error::ZeroAmount);
    }
    let spares = market.open_interest().is_zero() || (cover::is_calm(market, now) && cover::insures(market, now)?);
    if !spares {
        return Err(Error::ExitWaits);
    }
    let fees = core::mem::take(&mut market.fees);
    let served = fees.least(market.unfunded);
    market.unfunded = market.unfunded.minus(served)?;
    let left = fees.minus(served)?;
    market.book_out(left)?;
    let keepers = keeper_share.of_floor(left)?;
    Ok(Fees { served, keepers, treasury: left.minus(keepers)? })
}

/// Pays what the protocol's tranche holds beyond `must_stay` to all sides that are owed, in proportion to what they are owed;
/// returns the tokens to move. Frozen markets are left out. `NothingOwed` where nobody is owed: then surplus stays. `NoSurplus` where there is none.
#[must_use = "what was paid must move"]
pub fn distribute(fund: &mut InsuranceBooks, books: &mut [Books<'_>], must_stay: Atoms) -> Result<Atoms> {
    let mut owed = Atoms::ZERO;
    for books in books.iter().filter(|books| !books.market.is_left_out()) {
        owed = owed.plus(owed_by(books.market)?)?;
    }
    if owed.is_zero() {
        return Err(Error::NothingOwed);
    }
    let surplus = fund.own()?.beyond(must_stay).least(fund.protocol).least(owed);
    let mut paid = Atoms::ZERO;
    for books in books.iter_mut().filter(|books| !books.market.is_left_out()) {
        let market = &mut *books.market;
        for side in Side::BOTH {
            let part = surplus.share_floor(lacks(market, side).0, owed.0)?;
            let over = market.side_mut(side).claims.pay(part)?;
            market.insurance_due = market.insurance_due.plus(over)?;
            market.book_in(part)?;
            paid = paid.plus(part)?;
        }
    }
    if paid.is_zero() {
        return Err(Error::NoSurplus);
    }
    fund.release(paid)?;
    Ok(paid)
}

/// What a side is owed beyond what waits to be paid.
fn lacks(market: &MarketBooks, side: Side) -> Atoms {
    let claims = &market.side(side).claims;
    claims.outstanding.beyond(claims.waiting)
}

fn owed_by(market: &MarketBooks) -> Result<Atoms> {
    lacks(market, Side::Long).plus(lacks(market, Side::Short))
}
