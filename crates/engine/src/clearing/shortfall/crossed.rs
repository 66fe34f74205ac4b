//! Estates that own money in each other's living events would keep both alive for ever (I11): while that is all both holdbacks
//! stand for, an estate takes what is its own at its worth, and nothing is missing in either market.

use super::{lacking, Shortfalls, ROUNDED};
use crate::clearing::ladder::whole_atoms;
use crate::clearing::markets::{find, MarketMut, MarketRef};
use crate::clearing::state::OwnedHeld;
use crate::error::{Error, Result};
use crate::units::{Atoms, Cash, Side};

/// What a seat's money is worth now in the markets passed; nothing in others.
fn worth_now(markets: &[MarketMut<'_>], seat: &OwnedHeld) -> Result<Cash> {
    let holder = markets.iter().find(|market| seat.is_of(market.market.market_index));
    let Some(holder) = holder.map(MarketMut::as_ref) else { return Ok(Cash::ZERO) };
    let worth = holder.worth_of(seat.side(), &seat.held)?;
    i128::try_from(worth).map(Cash).map_err(|_| Error::Overflow)
}

/// What a market's estates lack, with all held money they own in the markets passed at what it is worth now: what a resolution
/// pays and charges.
pub fn lacks_at_worth(markets: &[MarketMut<'_>], market: &MarketRef<'_>) -> Result<[Atoms; 2]> {
    let mut lacks = [Atoms::ZERO; 2];
    for side in Side::BOTH {
        let own = market.market.estate_equity(side)?;
        let mut left = own;
        let seats = market.market.side(side).estate.owned.iter().filter(|seat| own.0 < 0 && seat.market != 0);
        for seat in seats {
            left = left.plus(worth_now(markets, seat)?)?;
        }
        *side.of_mut(&mut lacks) = lacking(left)?;
    }
    Ok(lacks)
}

/// Whether a market's holdback stands for nothing but what events elsewhere hold of its estates.
fn stands_for_others(markets: &[MarketMut<'_>], market_index: u64, slot: u64) -> Result<bool> {
    let found = markets.iter().find(|market| market.market.market_index == market_index);
    let market = found.ok_or(Error::MarketMissing)?.as_ref();
    if !market.market.is_usable() {
        return Ok(false);
    }
    let shortfalls = market.shortfalls(slot)?;
    if !shortfalls.is_uninsured() {
        return Ok(false);
    }
    let lacks = lacks_at_worth(markets, &market)?;
    let once_paid = Shortfalls { lacks, ..shortfalls };
    let both = once_paid.total()?;
    if both.is_zero() {
        return Ok(true);
    }
    let [long, short] = market.rests(&once_paid, both, slot)?;
    Ok(long.plus(short)? <= ROUNDED)
}

/// Hands over what living events of the markets passed hold of a market's estates, where both markets' holdbacks stand for such
/// money alone. Returns whether there was anything.
pub fn take_crossed(markets: &mut [MarketMut<'_>], market_index: u64, slot: u64) -> Result<bool> {
    let mut taken = false;
    if !stands_for_others(markets, market_index, slot)? {
        return Ok(taken);
    }
    for side in Side::BOTH {
        for at in 0..find(markets, market_index)?.market.side(side).estate.owned.len() {
            let owner = find(markets, market_index)?;
            let Some(seat) = owner.market.side(side).estate.owned.get(at).copied() else { break };
            let elsewhere = seat.market != 0 && !seat.is_of(market_index);
            let lives = |market: &&MarketMut<'_>| {
                let event = &market.market.side(seat.side()).event;
                seat.is_of(market.market.market_index) && seat.held.list == event.list
            };
            let holder = markets.iter().filter(|_| elsewhere).find(lives);
            let Some(holder) = holder.map(|market| market.market.market_index) else { continue };
            if stands_for_others(markets, holder, slot)? {
                let atoms = find(markets, holder)?.release_owned(&seat)?;
                let owner = find(markets, market_index)?;
                owner.market.pay_owned(side, at, atoms)?;
                taken = true;
            }
        }
    }
    Ok(taken)
}

impl MarketMut<'_> {
    /// Takes an estate's held money out of the living event, whole atoms.
    fn release_owned(&mut self, seat: &OwnedHeld) -> Result<Atoms> {
        let worth = self.market.side_mut(seat.side()).event.release(&seat.held)?;
        let (atoms, fraction) = whole_atoms(worth)?;
        self.market.side_mut(seat.side()).leave_to_dust(fraction)?;
        self.market.book_out(atoms)?;
        Ok(atoms)
    }
}
