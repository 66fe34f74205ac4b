//! Money in and out of a margin account, and margin in and out of a position.

use crate::books::{find, Books, View};
use crate::error::{Error, Result};
use crate::health;
use crate::state::{AccountBooks, ExchangeParams};
use crate::units::{Atoms, Now, ATOMS_MAX};
use crate::vesting;

/// Whether a deposit has a size the exchange accepts. What it becomes is in [`crate::recovery::deposit`].
pub fn check_deposit(params: &ExchangeParams, amount: Atoms) -> Result<()> {
    if amount.is_zero() {
        return Err(Error::ZeroAmount);
    }
    if amount < params.deposit_min {
        return Err(Error::BelowMinimum);
    }
    if amount.0 > ATOMS_MAX {
        return Err(Error::Overflow);
    }
    Ok(())
}

/// What a deposit may bring beyond any cap on deposits, because it restores an account whose positions are below their initial
/// margin (A53): what they lack or what they need, whichever is more, rounded up; zero where nothing is lacking. So whoever
/// fills a cap keeps nobody from the cure, and no position is a way around the cap for more than its own margin.
pub fn cure_max<'v>(account: &AccountBooks, views: impl Iterator<Item = View<'v>> + Clone, now: Now) -> Result<Atoms> {
    let cross = health::cross(account, views.clone(), now)?;
    let mut most = Atoms::ZERO;
    if cross.positions > 0 && !cross.is_initial() {
        let lack = cross.initial.cash().minus(cross.initial_equity)?.ceil_positive()?;
        most = Atoms(lack.0.max(cross.initial.0));
    }
    for slot in account.slots.iter().filter(|slot| slot.position.isolated != 0) {
        let view = views.clone().find(|view| view.market.id == slot.market).ok_or(Error::MarketMissing)?;
        let standing = view.standing(slot)?;
        let lack = standing.lack()?;
        if !lack.is_zero() {
            most = most.plus(Atoms(lack.0.max(standing.initial.0)))?;
        }
    }
    Ok(most)
}

/// Takes free cash out, as far as the account goes; whether it may leave the vault now is [`crate::outflow::withdraw`]'s. Without positions nothing else is asked: no oracle, no keeper, no market (I10). With positions all
/// of the account's markets are passed, and it keeps its initial margin after it.
pub fn withdraw(account: &mut AccountBooks, books: &mut [Books<'_>], amount: Atoms, now: Now) -> Result<()> {
    if amount.is_zero() {
        return Err(Error::ZeroAmount);
    }
    if account.swept != 0 {
        return Err(Error::Bankrupt);
    }
    for books in books.iter_mut() {
        let vests = account.slot(books.market.id).is_ok_and(|slot| !slot.vesting.is_empty());
        if vests {
            let _ = books.begin(now)?;
            unlock_due(account, books, now)?;
        }
    }
    account.free = account.free.minus(amount).map_err(|_| Error::InsufficientFreeCash)?;
    if account.slots.iter().any(|slot| slot.position.lots != 0) {
        let health = health::cross(account, books.iter().map(Books::view), now)?;
        if !health.is_initial() {
            return Err(Error::InsufficientMargin);
        }
    }
    Ok(())
}

/// Unlocks what is due of an account's vesting profit in a market that has begun: not while unlocking is paused, nor
/// while the insurance left would not cover U there, or nobody knows for want of a good mark (F1, F10).
pub fn unlock_due(account: &mut AccountBooks, books: &mut Books<'_>, now: Now) -> Result<Atoms> {
    let Ok(slot) = account.slot_mut(books.market.id) else {
        return Ok(Atoms::ZERO);
    };
    let unlocked = vesting::unlock(books.market, slot, now)?;
    account.free = account.free.plus(unlocked)?;
    Ok(unlocked)
}

/// Moves free cash into a position as margin.
pub fn add_margin(account: &mut AccountBooks, books: &mut Books<'_>, amount: Atoms, now: Now) -> Result<()> {
    if amount.is_zero() {
        return Err(Error::ZeroAmount);
    }
    if account.free < amount {
        return Err(Error::InsufficientFreeCash);
    }
    let _ = books.begin(now)?;
    account.slot_or_new(books.market.id)?;
    let mut hand = books.lift(account)?;
    books.pay_margin(account, &mut hand, amount)?;
    books.place(account, hand)
}

/// Takes margin back: at most what was paid in, and only while the position alone keeps its initial margin (G3, G4). From a
/// position without lots, cash beyond the paid-in margin leaves as vesting profit.
pub fn take_margin(
    account: &mut AccountBooks,
    books: &mut [Books<'_>],
    market: u64,
    amount: Atoms,
    now: Now,
) -> Result<()> {
    if amount.is_zero() {
        return Err(Error::ZeroAmount);
    }
    if account.swept != 0 {
        return Err(Error::Bankrupt);
    }
    let books = find(books, market)?;
    let _ = books.begin(now)?;
    let mut hand = books.lift(account)?;
    let available = if hand.lots.is_zero() { i128::MAX } else { i128::from(account.slot(market)?.position.paid_in.0) };
    if i128::from(amount.0) > available || (hand.lots.is_zero() && i128::from(amount.0) > hand.cash) {
        return Err(Error::InsufficientPaidIn);
    }
    let has_lots = !hand.lots.is_zero();
    books.release(account, &mut hand, amount, now)?;
    books.place(account, hand)?;
    let standing = books.view().standing(account.slot(market)?)?;
    if has_lots && !(standing.is_initial() && books.market.has_mark(now)) {
        return Err(Error::InsufficientMargin);
    }
    account.release_slot(market);
    Ok(())
}
