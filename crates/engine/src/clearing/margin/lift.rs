//! Lifts: positions that lack are given what they lack, from the account's vesting profit, then from siblings.

use super::legs::{share, Leg};
use super::MARKETS_MAX;
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::recovery::vesting;
use crate::clearing::state::AccountBooks;
use crate::error::Result;
use crate::units::Atoms;

/// Lifts legs under water, or below maintenance, from vesting profit and from siblings, in proportion.
pub(super) fn lift(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    legs: &mut [Leg],
    to_maintenance: bool,
) -> Result<Atoms> {
    let target = |leg: &Leg| if to_maintenance { leg.maintenance } else { Atoms::ZERO };
    let mut lacks = [Atoms::ZERO; MARKETS_MAX];
    let mut lack = Atoms::ZERO;
    for (leg, own) in legs.iter().zip(&mut lacks).filter(|(leg, _)| leg.usable) {
        *own = leg.lack(target(leg))?;
        lack = lack.plus(*own)?;
    }
    give_to(account, markets, legs, (&lacks, lack), target)
}

/// Gives legs what they lack, `lack` in all, from vesting profit, then from siblings beyond a target.
pub(super) fn give_to(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    legs: &mut [Leg],
    (lacks, lack): (&[Atoms; MARKETS_MAX], Atoms),
    target: impl Fn(&Leg) -> Atoms,
) -> Result<Atoms> {
    if lack.is_zero() {
        return Ok(Atoms::ZERO);
    }
    let from_vesting = draw_vesting(account, markets, lack)?;
    let mut left = (from_vesting, lack.0);
    for (leg, own) in legs.iter_mut().zip(lacks).filter(|(_, own)| !own.is_zero()) {
        leg.change(i128::from(share(from_vesting, own.0, &mut left)?.0))?;
    }
    let from_siblings = move_between(legs, lacks, lack.minus(from_vesting)?, target)?;
    from_vesting.plus(from_siblings)
}

/// Moves what siblings may spare to those that lack, at most `wanted`.
fn move_between(
    legs: &mut [Leg],
    lacks: &[Atoms; MARKETS_MAX],
    wanted: Atoms,
    target: impl Fn(&Leg) -> Atoms,
) -> Result<Atoms> {
    let (mut spares, mut spare) = ([Atoms::ZERO; MARKETS_MAX], Atoms::ZERO);
    for ((leg, own), lack) in legs.iter().zip(&mut spares).zip(lacks) {
        if lack.is_zero() {
            *own = leg.spare(target(leg))?;
            spare = spare.plus(*own)?;
        }
    }
    let moved = wanted.least(spare);
    if moved.is_zero() {
        return Ok(moved);
    }
    let mut left = (moved, spare.0);
    let mut margin = Atoms::ZERO;
    for (leg, own) in legs.iter_mut().zip(&spares).filter(|(_, own)| !own.is_zero()) {
        let part = share(moved, own.0, &mut left)?;
        leg.cap()?;
        let of_margin = part.least(leg.paid_in);
        leg.paid_in = leg.paid_in.minus(of_margin)?;
        margin = margin.plus(of_margin)?;
        leg.change(i128::from(part.0).wrapping_neg())?;
    }
    let lack = lacks.iter().try_fold(Atoms::ZERO, |sum, own| sum.plus(*own))?;
    let (mut cash_left, mut margin_left) = ((moved, lack.0), (margin, lack.0));
    for (leg, own) in legs.iter_mut().zip(lacks).filter(|(_, own)| !own.is_zero()) {
        leg.cap()?;
        leg.change(i128::from(share(moved, own.0, &mut cash_left)?.0))?;
        leg.paid_in = leg.paid_in.plus(share(margin, own.0, &mut margin_left)?)?;
        leg.cap()?;
    }
    Ok(moved)
}

/// Takes vesting profit of all slots, at most `wanted`, in proportion to what each has. It leaves the markets.
fn draw_vesting(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], wanted: Atoms) -> Result<Atoms> {
    let (mut worths, mut total) = ([Atoms::ZERO; MARKETS_MAX], Atoms::ZERO);
    for (slot, worth) in account.slots.iter().zip(&mut worths).filter(|(slot, _)| !slot.vesting.is_empty()) {
        let market = find(markets, slot.market)?;
        if market.market.may_be_drawn_on() {
            *worth = vesting::worth(market.market, slot)?;
        }
        total = total.plus(*worth)?;
    }
    let drawn = wanted.least(total);
    let mut left = (drawn, total.0);
    for (slot, worth) in account.slots.iter_mut().zip(&worths).filter(|(_, worth)| !worth.is_zero()) {
        let part = share(drawn, worth.0, &mut left)?;
        let _ = vesting::draw(find(markets, slot.market)?.market, slot, part)?;
    }
    Ok(drawn)
}
