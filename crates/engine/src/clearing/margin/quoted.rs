//! Margin behind quotes: what fills them is in their market already, because a maker is checked at the position alone.

use super::legs::{legs_of, share, Leg};
use super::touch::apply;
use super::MARKETS_MAX;
use crate::clearing::error::Result;
use crate::clearing::markets::view;
use crate::clearing::markets::{CaughtUp, MarketMut, MarketRef};
use crate::clearing::state::{AccountBooks, MarketSlot};
use crate::units::{Atoms, Cash, Lots, Now, Side};

/// Moves into the markets where the account quotes what the quotes lack of initial margin once they filled: paid-in margin that the
/// account's other markets have beyond their own. In proportion to what each lacks and to what each may spare; the account's
/// surplus beyond initial margin is the same after it. `markets` are all the account has a slot in. Returns what moved.
pub fn back_quotes(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], now: Now) -> Result<Atoms> {
    let (mut legs, count) = legs_of(account, markets, now.slot)?;
    let legs = legs.get_mut(..count).ok_or(crate::Error::Overflow)?;
    let (mut lacks, mut spares) = ([Atoms::ZERO; MARKETS_MAX], [Atoms::ZERO; MARKETS_MAX]);
    let (mut lack, mut spare) = (Atoms::ZERO, Atoms::ZERO);
    for (leg, (of_lack, of_spare)) in
        legs.iter_mut().zip(lacks.iter_mut().zip(&mut spares)).filter(|(leg, _)| leg.usable)
    {
        leg.cap()?;
        let slot = account.slot(leg.market)?;
        let market = view(markets, leg.market)?;
        let beyond = beyond_initial(&market, slot, account.quotes_in(slot, now.slot), now)?;
        *of_lack = beyond.debt_ceil()?;
        *of_spare = beyond.gain_floor()?.least(leg.paid_in);
        (lack, spare) = (lack.plus(*of_lack)?, spare.plus(*of_spare)?);
    }
    let moved = lack.least(spare);
    if moved.is_zero() {
        return Ok(moved);
    }
    let (mut to_take, mut to_give) = ((moved, spare.0), (moved, lack.0));
    for (leg, (of_lack, of_spare)) in legs.iter_mut().zip(lacks.iter().zip(&spares)) {
        let taken = share(moved, of_spare.0, &mut to_take)?;
        let given = share(moved, of_lack.0, &mut to_give)?;
        move_margin(leg, taken, given)?;
    }
    let _ = apply(account, markets, legs)?;
    Ok(moved)
}

fn move_margin(leg: &mut Leg, taken: Atoms, given: Atoms) -> Result<()> {
    leg.paid_in = leg.paid_in.minus(taken)?.plus(given)?;
    leg.change(i128::from(given.0))?;
    Ok(leg.change(i128::from(taken.0).wrapping_neg())?)
}

/// What counts in a market beyond initial margin, with quotes there once the worse side of them has filled at the mark; negative
/// where it lacks.
fn beyond_initial(market: &MarketRef<'_>, slot: &MarketSlot, quotes: bool, now: Now) -> Result<Cash> {
    let position = market.caught_up(slot)?;
    let mut beyond = beyond_of(market, slot, &position, now)?;
    for side in Side::BOTH {
        let offered = side.of(slot.quoted);
        if quotes && !offered.is_zero() {
            let filled = filled_at_mark(market, &position, side, offered)?;
            beyond = beyond.least(beyond_of(market, slot, &filled, now)?);
        }
    }
    Ok(beyond)
}

fn beyond_of(market: &MarketRef<'_>, slot: &MarketSlot, position: &CaughtUp, now: Now) -> Result<Cash> {
    let h = position.side.map_or(0, |side| market.market.side(side).event.rate.get());
    let health = market.health_of(position, slot.position.paid_in, h, now)?;
    Ok(health.opening.minus(health.initial.cash())?)
}

/// A position once lots of a side were filled at the mark, the maker's fee paid.
fn filled_at_mark(market: &MarketRef<'_>, position: &CaughtUp, side: Side, lots: Lots) -> Result<CaughtUp> {
    let mark = market.market.mark.price;
    let fee = market.market.params.maker_fee.of_ceil(mark.value_ceil(lots)?)?;
    let filled = position.filled(side, lots, mark.value(lots)?)?;
    Ok(CaughtUp { cash: filled.cash.minus(fee.cash())?, ..filled })
}
