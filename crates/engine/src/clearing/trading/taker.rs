//! What an order asks of its taker, fill by fill and at its end.

use super::maker::Take;
use super::order::Order;
use super::quotes::pass_check;
use crate::clearing::error::{Error, Result};
use crate::clearing::margin::{draw_into, need_fresh, value_isolated, value_known, AccountValuation};
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::state::{AccountBooks, MarketBooks};
use crate::units::{Cash, Lots, Now};

use super::fees::Backing;

/// The side of the taker's position that the order closes now, with its lots; none where it opens.
pub fn closing(taker: &AccountBooks, order: &Order) -> Option<Lots> {
    let position = taker.slot(order.market_index).ok()?.position;
    position.side().filter(|side| *side == order.side.opposite()).map(|_| position.size())
}

/// What an opening asks of the market and of the account's slot; closing asks nothing.
pub fn may_take(taker: &AccountBooks, markets: &mut [MarketMut<'_>], order: &Order, now: Now) -> Result<()> {
    if closing(taker, order).is_some() {
        return Ok(());
    }
    if order.reduce_only {
        return Err(Error::NoPosition);
    }
    let market = find(markets, order.market_index)?;
    if market.market.is_settled() {
        return Err(Error::Settled);
    }
    if taker.slot(order.market_index).is_ok_and(|slot| slot.position.isolated != 0) {
        return Err(Error::Isolated);
    }
    market.market.need_fresh(now)?;
    market.may_open(order.side, true, now.slot)
}

/// What answers for the position that an order reduces: the account, or an isolated position alone.
pub fn backing(
    taker: &AccountBooks,
    markets: &mut [MarketMut<'_>],
    (order, before): (&Order, &AccountValuation),
    now: Now,
) -> Result<Backing> {
    let market = find(markets, order.market_index)?.as_ref();
    let alone = match taker.slot(order.market_index) {
        Ok(slot) => value_isolated(&market, slot, now)?,
        Err(_) => None,
    };
    Ok(match alone {
        Some(health) => Backing { worth: health.solvency.plus(taker.free.cash())?, maintenance: health.maintenance },
        None => Backing { worth: before.worth, maintenance: before.maintenance },
    })
}

/// What closing at a price takes beyond the position's equity the account's siblings pay (A51).
pub fn cover_loss(
    taker: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    order: &Order,
    take: &Take,
    now: Now,
) -> Result<()> {
    let slot = *taker.slot(order.market_index)?;
    let market = find(markets, order.market_index)?.as_ref();
    let position = market.caught_up(&slot)?;
    let worth = Cash(order.side.signed(market.market.mark.price.value(take.lots)?.0)?);
    let paid = Cash(order.side.signed(take.value.cash().0)?);
    let lack = market.equity(&position)?.plus(worth)?.minus(paid)?.debt_ceil()?;
    if !lack.is_zero() && slot.position.isolated == 0 {
        let _ = draw_into(taker, markets, (order.market_index, lack), now.slot)?;
    }
    Ok(())
}

/// No dust, and open interest within its cap where it grew.
pub fn check_market(market: &MarketBooks, taker: &AccountBooks, before: Lots) -> Result<()> {
    let size = taker.slot(market.market_index).map_or(Lots::ZERO, |slot| slot.position.size());
    if !size.is_zero() && size < market.params.position_min {
        return Err(crate::Error::DustPosition.into());
    }
    let interest = market.open_interest()?;
    if interest > before && interest > market.params.open_interest_max {
        return Err(crate::Error::OpenInterestCap.into());
    }
    Ok(())
}

/// The whole account after the order: where it opened, initial margin at fresh marks; else health must not have fallen. A taker with
/// initial margin has passed a check.
pub fn check_taker(
    taker: &mut AccountBooks,
    markets: &[MarketMut<'_>],
    (before, opened): (&AccountValuation, bool),
    now: Now,
) -> Result<()> {
    if opened {
        need_fresh(taker, markets, now)?;
        return pass_check(taker, markets, now);
    }
    if pass_check(taker, markets, now).is_ok() {
        return Ok(());
    }
    let after = value_known(taker, markets, now)?;
    if after.initial_surplus()?.0 >= 0 || after.is_not_below(before)? {
        Ok(())
    } else {
        Err(Error::HealthFalls)
    }
}
