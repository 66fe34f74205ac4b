//! Money in and out of a margin account, and margin in and out of a position.

use crate::account::Account;
use crate::books::{find, Books};
use crate::error::{Error, Result};
use crate::health;
use crate::market::STOPS_UNLOCKING;
use crate::maturing;
use crate::params::ExchangeParams;
use crate::units::{Atoms, Now, ATOMS_MAX};

/// Credits a deposit. Nothing refuses it but its own size: a bankrupt account may deposit too.
pub fn deposit(account: &mut Account, params: &ExchangeParams, amount: Atoms) -> Result<()> {
    if amount.is_zero() {
        return Err(Error::ZeroAmount);
    }
    if amount < params.deposit_min {
        return Err(Error::BelowMinimum);
    }
    if amount.0 > ATOMS_MAX {
        return Err(Error::Overflow);
    }
    account.free = account.free.plus(amount)?;
    Ok(())
}

/// Takes free cash out. Without positions nothing else is asked: no oracle, no keeper, no market (I10). With positions all
/// of the account's markets are passed, and it keeps its initial margin after it.
pub fn withdraw(account: &mut Account, books: &mut [Books<'_>], amount: Atoms, now: Now) -> Result<()> {
    if amount.is_zero() {
        return Err(Error::ZeroAmount);
    }
    if account.swept != 0 {
        return Err(Error::Bankrupt);
    }
    for books in books.iter_mut() {
        let matures = account.slot(books.market.id).is_ok_and(|slot| !slot.maturing.amount.is_zero());
        if matures {
            let provision = books.begin(now)?;
            unlock_due(account, books, provision.is_uninsured(), now)?;
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

/// Unlocks what is due of an account's maturing profit in a market, unless the insurance left would not cover U there or the
/// market has unlocking stopped.
pub fn unlock_due(account: &mut Account, books: &mut Books<'_>, frozen: bool, now: Now) -> Result<Atoms> {
    let Ok(slot) = account.slot_mut(books.market.id) else {
        return Ok(Atoms::ZERO);
    };
    let frozen = frozen || books.market.stopped & STOPS_UNLOCKING != 0;
    let unlocked = maturing::unlock(books.market, slot, now, frozen)?;
    account.free = account.free.plus(unlocked)?;
    Ok(unlocked)
}

/// Moves free cash into a position as margin.
pub fn add_margin(account: &mut Account, books: &mut Books<'_>, amount: Atoms, now: Now) -> Result<()> {
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
/// position without lots, cash beyond the paid-in margin leaves as maturing profit.
pub fn take_margin(account: &mut Account, books: &mut [Books<'_>], market: u64, amount: Atoms, now: Now) -> Result<()> {
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
