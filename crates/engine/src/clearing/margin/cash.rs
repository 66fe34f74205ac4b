//! Money in and out of an account, and isolation (`reference/margin.py`).

use super::touch::serve_pledged;
use super::valuation::value;
use super::{need_fresh, touch, AccountValuation, MARKETS_MAX, NO_MARKET, ROUNDED};
use crate::clearing::error::{Error, Result};
use crate::clearing::markets::{find, view, MarketMut};
use crate::clearing::recovery::debt;
use crate::clearing::state::AccountBooks;
use crate::units::{Atoms, Now};

/// Takes money out of an account: free cash, then paid-in margin that the account may spare, of its positions in proportion
/// to what each may spare; at most `amount`. Returns what it got. Fails with `InDistress`, with `MarkTooOld` where the account has
/// positions (A55), and with `NothingWithdrawable` where that is nothing.
pub fn withdraw(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], amount: Atoms, now: Now) -> Result<Atoms> {
    let _ = touch(account, markets, now.slot)?;
    let valuation = value(account, markets, now)?;
    if valuation.is_in_distress() {
        return Err(Error::InDistress);
    }
    if valuation.positions > 0 {
        need_fresh(account, markets, now)?;
    }
    let wanted = if valuation.positions > 0 { amount.least(surplus(&valuation)?) } else { amount };
    take_margin(account, markets, wanted.beyond(account.free), now)?;
    serve_pledged(account, markets)?;
    let got = wanted.least(account.free);
    // With positions a few atoms may be what roundings made.
    let nothing = if valuation.positions > 0 { ROUNDED } else { 0 };
    if i128::from(got.0) <= nothing {
        return Err(Error::NothingWithdrawable);
    }
    account.free = account.free.minus(got)?;
    Ok(got)
}

/// What the account has beyond initial margin, rounded down.
fn surplus(valuation: &AccountValuation) -> Result<Atoms> {
    Ok(valuation.initial_surplus()?.gain_floor()?)
}

/// Takes margin out of positions into free cash.
fn take_margin(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], wanted: Atoms, now: Now) -> Result<()> {
    if wanted.is_zero() {
        return Ok(());
    }
    let (mut spares, mut total) = ([Atoms::ZERO; MARKETS_MAX], Atoms::ZERO);
    for (at, spare) in spares.iter_mut().enumerate() {
        cap(account, markets, at)?;
        *spare = margin_to_spare(account, markets, at, now)?;
        total = total.plus(*spare)?;
    }
    let taken = wanted.least(total);
    let (mut left, mut weights) = (taken, total);
    for (at, spare) in spares.into_iter().enumerate().filter(|(_, spare)| !spare.is_zero()) {
        let part = if spare == weights { left } else { left.share_floor(spare.0, weights.0)? };
        left = left.minus(part)?;
        weights = weights.minus(spare)?;
        let market_index = account.slots.get(at).ok_or(Error::NoPosition)?.market;
        let market = find(markets, market_index)?;
        if account.slot(market_index)?.position.lots == 0 {
            market.move_spare(account, i128::from(part.0).wrapping_neg())?;
        } else {
            let mut detached = market.detach(account)?;
            let position = &mut account.slot_mut(market_index)?.position;
            position.paid_in = position.paid_in.minus(part)?;
            detached.cash = detached.cash.minus(part.cash())?;
            market.market.book_out(part)?;
            market.attach(account, detached)?;
        }
        account.credit(market_index, part)?;
    }
    Ok(())
}

/// Lowers paid-in margin of a slot's cross position to its equity.
fn cap(account: &mut AccountBooks, markets: &[MarketMut<'_>], at: usize) -> Result<()> {
    let Some(slot) = account.slots.get_mut(at).filter(|slot| slot.has_cross_lots()) else { return Ok(()) };
    let market = view(markets, slot.market)?;
    if market.market.is_usable() {
        let equity = market.equity(&market.caught_up(slot)?)?.gain_floor()?;
        slot.position.paid_in = slot.position.paid_in.least(equity);
    }
    Ok(())
}

/// Paid-in margin of a slot's position that its own opening value has; all the money behind quotes without a position.
fn margin_to_spare(account: &AccountBooks, markets: &[MarketMut<'_>], at: usize, now: Now) -> Result<Atoms> {
    if let Some(slot) = account.slots.get(at).filter(|slot| slot.market != NO_MARKET && slot.position.lots == 0) {
        return Ok(slot.position.spare);
    }
    let Some(slot) = account.slots.get(at).filter(|slot| slot.has_cross_lots()) else { return Ok(Atoms::ZERO) };
    let market = view(markets, slot.market)?;
    if !market.market.is_usable() {
        return Ok(Atoms::ZERO);
    }
    let position = market.caught_up(slot)?;
    let h = position.side.map_or(0, |side| market.market.side(side).event.rate.get());
    let opening = market.health_of(&position, slot.position.paid_in, h, now)?.opening;
    let equity = market.equity(&position)?.gain_floor()?;
    Ok(slot.position.paid_in.least(equity).least(opening.gain_floor()?))
}

/// Isolates a position: from then on it is backed only by its own margin and leaves no debt. Fails with `NoPosition`,
/// `UnderWater`, `InDistress`, `MarkTooOld`, and with `InsufficientMargin` where the other positions are not at initial margin without it.
pub fn isolate(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], market_index: u64, now: Now) -> Result<()> {
    let slot = account.slot(market_index).map_err(|_| Error::NoPosition)?;
    if !slot.has_cross_lots() {
        return Err(Error::NoPosition);
    }
    let market = view(markets, market_index)?;
    if market.equity(&market.caught_up(slot)?)?.0 <= 0 {
        return Err(Error::UnderWater);
    }
    if value(account, markets, now)?.is_in_distress() {
        return Err(Error::InDistress);
    }
    need_fresh(account, markets, now)?;
    let _ = touch(account, markets, now.slot)?;
    account.slot_mut(market_index)?.position.isolated = 1;
    if value(account, markets, now)?.initial_surplus()?.0 < 0 {
        return Err(Error::InsufficientMargin);
    }
    Ok(())
}

/// Adds money to an account: its owner's debts are served first, in proportion, the rest waits as free cash. `markets` are
/// all those in which the owner owes.
pub fn deposit(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], amount: Atoms) -> Result<Atoms> {
    let served = debt::serve(account, amount, |market_index, side, part| {
        find(markets, market_index)?.market.pay_debt(side, part)
    })?;
    account.free = account.free.plus(amount.minus(served)?)?;
    Ok(served)
}
