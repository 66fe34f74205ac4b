//! Isolated positions answer with their own cash only: they draw on nothing, are swept into nothing and leave no debt.

use crate::books::{find, Books};
use crate::error::{Error, Result};
use crate::health;
use crate::state::AccountBooks;
use crate::units::Now;

/// Isolates a position, or makes it cross again. Isolating needs the position and every other cross position at initial
/// margin, and an account that is not in distress: so nobody takes a winner out just before a loser is resolved (G6). Joining
/// again needs the position at maintenance, so that no debt is brought along.
pub fn set_isolated(
    account: &mut AccountBooks,
    books: &mut [Books<'_>],
    market: u64,
    isolated: bool,
    now: Now,
) -> Result<()> {
    if account.swept != 0 {
        return Err(Error::Bankrupt);
    }
    for books in books.iter_mut() {
        let _ = books.begin(now)?;
    }
    if account.slot(market)?.position.lots == 0 {
        return Err(Error::NoPosition);
    }
    let target = find(books, market)?;
    if !target.market.has_mark(now) {
        return Err(Error::StaleMark);
    }
    let alone = target.view().standing(account.slot(market)?)?;
    let before = health::cross(account, books.iter().map(Books::view), now)?;
    account.slot_mut(market)?.position.isolated = u32::from(isolated);
    let rest = health::cross(account, books.iter().map(Books::view), now)?;
    let fits = if isolated { alone.is_initial() && rest.is_initial() } else { alone.is_maintained() };
    if before.is_distressed() || before.unmarked > 0 || !fits {
        return Err(Error::CannotIsolate);
    }
    Ok(())
}
