//! Held money that estates own: what a declared account's lots had left (A77).

use crate::clearing::ladder::whole_atoms;
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::state::{Estate, Held, MarketBooks, OwnedHeld};
use crate::error::{Error, Result};
use crate::units::{Atoms, Side};

impl OwnedHeld {
    /// Whether it is held in a market of a number.
    #[must_use]
    pub fn is_of(&self, market_index: u64) -> bool {
        u64::from(self.market) == market_index.saturating_add(1)
    }

    /// Side of the event it is held by.
    #[must_use]
    pub const fn side(&self) -> Side {
        if self.side == 0 {
            Side::Long
        } else {
            Side::Short
        }
    }

    fn of(market_index: u64, side: Side, held: Held) -> Result<OwnedHeld> {
        let market = market_index.checked_add(1).and_then(|market| u32::try_from(market).ok());
        Ok(OwnedHeld { market: market.ok_or(Error::Overflow)?, side: side.pick(0, 1), held })
    }
}

impl Estate {
    /// Keeps held money, joined to what it has of the same list; `false` where no seat is free.
    pub fn own(&mut self, market_index: u64, side: Side, held: Held) -> Result<bool> {
        let same = self
            .owned
            .iter_mut()
            .find(|seat| seat.is_of(market_index) && seat.side() == side && seat.held.list == held.list);
        if let Some(seat) = same {
            seat.held.join(&held)?;
            return Ok(true);
        }
        let Some(seat) = self.owned.iter_mut().find(|seat| seat.market == 0) else { return Ok(false) };
        *seat = OwnedHeld::of(market_index, side, held)?;
        Ok(true)
    }
}

impl MarketBooks {
    /// Books in what an estate's seat held in another market, and empties the seat.
    pub(super) fn pay_owned(&mut self, side: Side, at: usize, atoms: Atoms) -> Result<()> {
        self.book_in(atoms)?;
        let estate = &mut self.side_mut(side).estate;
        estate.cash.add(atoms.cash().0)?;
        free(estate, at);
        Ok(())
    }
}

impl MarketMut<'_> {
    /// Collects what ended lists of this market hold of its own estate of a side.
    pub fn collect_own(&mut self, side: Side) -> Result<()> {
        let index = self.market.market_index;
        for at in 0..self.market.side(side).estate.owned.len() {
            let Some(seat) = self.market.side(side).estate.owned.get(at).copied() else { break };
            if !seat.is_of(index) || seat.held.list == self.market.side(seat.side()).event.list {
                continue;
            }
            let worth = self.take_ended(seat.side(), &seat.held)?;
            let estate = &mut self.market.side_mut(side).estate;
            estate.cash.add(i128::try_from(worth).map_err(|_| Error::Overflow)?)?;
            free(estate, at);
        }
        Ok(())
    }

    /// What no estate has a seat for becomes the cover's where it is held.
    pub fn held_to_cover(&mut self, side: Side, held: &Held) -> Result<()> {
        let worth = self.market.side_mut(side).event.release(held)?;
        let (atoms, fraction) = whole_atoms(worth)?;
        self.market.side_mut(side).leave_to_dust(fraction)?;
        self.market.cover.due = self.market.cover.due.plus(atoms)?;
        Ok(())
    }
}

/// Collects what ended lists of the markets passed hold of a market's estates; other markets' stay. Returns whether there was
/// anything.
pub fn collect_for_estates(markets: &mut [MarketMut<'_>], market_index: u64) -> Result<bool> {
    let mut collected = false;
    for side in Side::BOTH {
        find(markets, market_index)?.collect_own(side)?;
        for at in 0..find(markets, market_index)?.market.side(side).estate.owned.len() {
            let owner = find(markets, market_index)?;
            let Some(seat) = owner.market.side(side).estate.owned.get(at).copied() else { break };
            if seat.market == 0 || seat.is_of(market_index) {
                continue;
            }
            let Some(holder) = markets.iter_mut().find(|market| seat.is_of(market.market.market_index)) else {
                continue;
            };
            let of = seat.side();
            let waits = seat.held.list == holder.market.side(of).event.list;
            if waits || !holder.as_ref().has_page_of(of, &seat.held) {
                continue;
            }
            // What was too little for a unit is nothing to collect.
            collected |= seat.held.units.get() != 0;
            let worth = holder.take_ended(seat.side(), &seat.held)?;
            let (atoms, fraction) = whole_atoms(worth)?;
            holder.market.side_mut(seat.side()).leave_to_dust(fraction)?;
            holder.market.book_out(atoms)?;
            let owner = find(markets, market_index)?;
            owner.market.pay_owned(side, at, atoms)?;
        }
    }
    Ok(collected)
}

/// Empties a seat.
fn free(estate: &mut Estate, at: usize) {
    if let Some(seat) = estate.owned.get_mut(at) {
        *seat = OwnedHeld::default();
    }
}
