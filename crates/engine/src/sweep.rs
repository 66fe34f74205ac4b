//! The sweep: once per bankruptcy, everything the account has is shared among its positions under water, in proportion to
//! their shortfalls, so that the order in which a keeper resolves markets changes nothing.

use crate::account::{NO_MARKET, SLOTS};
use crate::books::{find, Books};
use crate::error::{Error, Result};
use crate::health::{self, Depth};
use crate::state::AccountBooks;
use crate::transfer::{draw_siblings, draw_vesting};
use crate::units::{Atoms, Cash, Now, ATOMS_MAX};

/// Sweeps an account whose cross positions together are bankrupt, by shortfall; returns what was shared out. Positions without a usable mark
/// are left alone.
pub fn sweep(account: &mut AccountBooks, books: &mut [Books<'_>], now: Now) -> Result<Atoms> {
    let survey = health::survey(account, books.iter().map(Books::view), Depth::Maintenance, now)?;
    let all = Atoms(ATOMS_MAX);
    let free = core::mem::take(&mut account.free);
    let vesting = draw_vesting(account, books, all, now)?;
    let (siblings, margin) = draw_siblings(account, books, NO_MARKET, all, &mut survey.gains()?, now)?;
    let money = free.plus(vesting)?.plus(siblings)?;
    let margin = margin.plus(free)?;
    let shortfalls = shortfalls(account, &survey.equities)?;
    let total = shortfalls.iter().try_fold(Atoms::ZERO, |sum, part| sum.plus(*part))?;
    if total.is_zero() {
        // Equity is exactly nothing: nobody is under water, and what there is stays with its owner.
        account.free = account.free.plus(money)?;
        return Ok(Atoms::ZERO);
    }
    let (mut left, mut last) = (money, None);
    for (at, shortfall) in shortfalls.iter().enumerate().filter(|(_, shortfall)| !shortfall.is_zero()) {
        let part = money.share_floor(shortfall.0, total.0)?;
        let paid_in = margin.share_floor(shortfall.0, total.0)?;
        give(account, books, at, part, paid_in)?;
        left = left.minus(part)?;
        last = Some(at);
    }
    if let Some(at) = last {
        // What rounding left of the division.
        give(account, books, at, left, Atoms::ZERO)?;
    }
    for (slot, _) in account.slots.iter_mut().zip(shortfalls).filter(|(_, shortfall)| !shortfall.is_zero()) {
        slot.swept = 1;
        account.swept = account.swept.saturating_add(1);
    }
    Ok(money)
}

/// Each slot's shortfall, in atoms, rounded up: of cross positions with lots, where a mark values them.
fn shortfalls(account: &AccountBooks, equities: &[Cash; SLOTS]) -> Result<[Atoms; SLOTS]> {
    let mut found = [Atoms::ZERO; SLOTS];
    for ((slot, equity), shortfall) in account.slots.iter().zip(equities).zip(&mut found) {
        if slot.position.lots != 0 {
            *shortfall = equity.debt_ceil()?;
        }
    }
    Ok(found)
}

/// Adds money to a position as spare: its key stays where it is, whatever the price does next.
fn give(account: &mut AccountBooks, books: &mut [Books<'_>], at: usize, amount: Atoms, paid_in: Atoms) -> Result<()> {
    let slot = account.slots.get_mut(at).ok_or(Error::NoPosition)?;
    let books = find(books, slot.market)?;
    let side = slot.position.side().ok_or(Error::NoPosition)?;
    slot.position.spare = slot.position.spare.plus(amount)?;
    slot.position.paid_in = slot.position.paid_in.plus(paid_in)?;
    let book = books.market.side_mut(side);
    book.spare = book.spare.plus(amount)?;
    books.market.book_in(amount)
}
