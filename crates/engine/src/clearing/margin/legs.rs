//! The plan of a touch: the account's cross positions as numbers, and the spread of free cash over them.

use super::valuation::holdback;
use super::{MARKETS_MAX, NO_MARKET, ROUNDED};
use crate::clearing::markets::{view, MarketMut, MarketRef};
use crate::clearing::state::{AccountBooks, MarketSlot};
use crate::error::{Error, Result};
use crate::units::Atoms;

/// A cross position in the plan, or the money behind quotes in a market without one.
#[derive(Clone, Copy, Default)]
pub(super) struct Leg {
    /// Its market.
    pub(super) market: u64,
    /// Whether the mark is usable.
    pub(super) usable: bool,
    /// Whether anything may be taken out of it.
    pub(super) gives: bool,
    /// Equity at the last accepted mark with what the plan has moved, rounded down to the atom.
    pub(super) equity: i128,
    /// What it may give where no mark is usable.
    pub(super) assured: i128,
    /// Paid-in margin, as planned.
    pub(super) paid_in: Atoms,
    /// Maintenance margin; none in a settled market.
    pub(super) maintenance: Atoms,
    /// What its part of free cash is measured by.
    pub(super) weight: Atoms,
    /// What its lots would leave behind.
    pub(super) holdback: Atoms,
    /// Cash the plan moves in, or out where negative.
    pub(super) change: i128,
}

impl Leg {
    /// Lowers paid-in margin to the equity: what is lost licenses nothing (A13, A69).
    pub(super) fn cap(&mut self) -> Result<()> {
        let equity = u64::try_from(self.equity.max(0)).map_err(|_| Error::Overflow)?;
        self.paid_in = self.paid_in.least(Atoms(equity));
        Ok(())
    }

    pub(super) fn change(&mut self, amount: i128) -> Result<()> {
        self.equity = self.equity.checked_add(amount).ok_or(Error::Overflow)?;
        self.assured = self.assured.checked_add(amount).ok_or(Error::Overflow)?;
        self.change = self.change.checked_add(amount).ok_or(Error::Overflow)?;
        Ok(())
    }

    /// What it lacks to a target. What roundings took of it is no lack: a sync that follows a lift must find nothing to do.
    pub(super) fn lack(&self, target: Atoms) -> Result<Atoms> {
        let lack = i128::from(target.0).checked_sub(self.equity).ok_or(Error::Overflow)?;
        let lack = if lack > ROUNDED { lack } else { 0 };
        u64::try_from(lack).map(Atoms).map_err(|_| Error::Overflow)
    }

    /// What it may give: beyond its own holdback and the target; without a usable mark what is assured.
    pub(super) fn spare(&self, target: Atoms) -> Result<Atoms> {
        if !self.gives {
            return Ok(Atoms::ZERO);
        }
        if !self.usable {
            return u64::try_from(self.assured.max(0)).map(Atoms).map_err(|_| Error::Overflow);
        }
        let keeps = self.holdback.plus(target)?;
        let spare = self.equity.checked_sub(i128::from(keeps.0)).ok_or(Error::Overflow)?;
        u64::try_from(spare.max(0)).map(Atoms).map_err(|_| Error::Overflow)
    }
}

pub(super) type Legs = [Leg; MARKETS_MAX];

/// The plan's legs: the account's cross positions, and the markets where it has money and no position, or only quotes.
pub(super) fn legs_of(account: &AccountBooks, markets: &[MarketMut<'_>], at: u64) -> Result<(Legs, usize)> {
    let (mut legs, mut count) = (Legs::default(), 0usize);
    for slot in account.slots.iter().filter(|slot| slot.market != NO_MARKET) {
        let found = if slot.has_cross_lots() {
            position_leg(&view(markets, slot.market)?, slot)?
        } else if slot.position.lots == 0 && (!slot.position.spare.is_zero() || account.quotes_in(slot, at)) {
            quoting_leg(&view(markets, slot.market)?, slot, account.quotes_in(slot, at))?
        } else {
            continue;
        };
        *legs.get_mut(count).ok_or(Error::Overflow)? = found;
        count = count.wrapping_add(1);
    }
    Ok((legs, count))
}

fn position_leg(market: &MarketRef<'_>, slot: &MarketSlot) -> Result<Leg> {
    let position = market.caught_up(slot)?;
    let h = position.side.map_or(0, |side| market.market.side(side).event.rate.get());
    Ok(Leg {
        market: slot.market,
        usable: market.market.is_usable(),
        gives: market.market.may_be_drawn_on(),
        equity: market.equity(&position)?.atoms_floor(),
        assured: market.assured_equity(&position)?.atoms_floor(),
        paid_in: slot.position.paid_in,
        maintenance: market.market.margin_of(position.lots)?.maintenance,
        weight: market.market.margin_at_mark(position.lots)?.maintenance,
        holdback: Atoms(u64::try_from(holdback(h, position.lots)?.atoms_ceil()?).map_err(|_| Error::Overflow)?),
        change: 0,
    })
}

/// Money without a position is worth itself at any mark, and gives all of it; live quotes count as the lots they offer.
fn quoting_leg(market: &MarketRef<'_>, slot: &MarketSlot, quotes: bool) -> Result<Leg> {
    let spare = i128::from(slot.position.spare.0);
    let weight = if quotes && !market.market.is_settled() {
        market.market.margin_of(slot.lots_once_filled())?.maintenance
    } else {
        Atoms::ZERO
    };
    Ok(Leg {
        market: slot.market,
        usable: market.market.is_usable(),
        gives: market.market.may_be_drawn_on(),
        equity: spare,
        assured: spare,
        paid_in: slot.position.paid_in,
        weight,
        ..Leg::default()
    })
}

/// Shares an amount out by weights, rounded down; the last with a weight takes the rest.
pub(super) fn share(amount: Atoms, weight: u64, left: &mut (Atoms, u64)) -> Result<Atoms> {
    let (rest, weights) = *left;
    let part = if weight == weights { rest } else { rest.share_floor(weight, weights.max(1))? };
    *left = (rest.minus(part)?, weights.checked_sub(weight).ok_or(Error::Overflow)?);
    debug_assert!(part <= amount, "a part is at most the whole");
    Ok(part)
}

/// Free cash goes to the cross positions, and to markets where the account only quotes, in proportion to their maintenance
/// margins, and is paid-in margin there.
pub(super) fn spread_over(account: &mut AccountBooks, legs: &mut [Leg]) -> Result<Atoms> {
    let mut weights = 0u64;
    for leg in legs.iter().filter(|leg| leg.usable) {
        weights = weights.checked_add(leg.weight.0).ok_or(Error::Overflow)?;
    }
    let amount = account.free;
    if weights == 0 || amount.is_zero() {
        return Ok(Atoms::ZERO);
    }
    let mut left = (amount, weights);
    for leg in legs.iter_mut().filter(|leg| leg.usable) {
        let part = share(amount, leg.weight.0, &mut left)?;
        leg.change(i128::from(part.0))?;
        leg.paid_in = leg.paid_in.plus(part)?;
    }
    account.free = left.0;
    amount.minus(left.0)
}
