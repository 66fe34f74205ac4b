//! A walk too long for one call goes on in the next at no further charge, while its mark stands.
//!
//! The first call charged the whole deficit; the lots that its walk left have what they owe at that mark, so that closing them
//! there changes no equity and charges no account again. What may happen between two calls:
//! - the mark moves: the lots that are left are an estate like any other, reopened at the resolution's slot;
//! - more is declared: those lots are not the walk's, and what they lack is charged once, by the resolution that follows theirs;
//! - lots leave the estate, sold or crossed: the walk's leave first;
//! - positions open, close, or are touched: the walk takes the most levered that stand there now, and each leaves h;
//! - the market is silenced: nothing goes on until it is restored.

use super::charge::absorbed_at;
use super::resolution::Resolved;
use crate::clearing::error::{Error, Result};
use crate::clearing::markets::MarketMut;
use crate::clearing::state::{MarketBooks, PendingWalk};
use crate::units::{Lots, Now, Side};

impl MarketMut<'_> {
    /// Goes on with a resolution whose mark stands; `None` where none does or nothing of it closes now. Fails with
    /// `NoUsableMark`.
    pub(super) fn go_on(&mut self, limit: u32, now: Now) -> Result<Option<Resolved>> {
        if !self.market.is_usable() {
            return Err(Error::NoUsableMark);
        }
        if !self.market.walk_stands() {
            return Ok(None);
        }
        let (mut resolved, rates) = (Resolved { continued: true, ..Resolved::default() }, self.market.walk.rates);
        let mut left = PendingWalk { lots: [Lots::ZERO; 2], ..self.market.walk };
        for side in Side::BOTH {
            let wanted = side.of(self.market.walk.lots);
            let stopped = self.close_against_ladder(side, (wanted, limit), &mut resolved, now.slot)?;
            let closed = side.of(resolved.deleveraged);
            if stopped {
                *side.of_mut(&mut left.lots) = side.of(self.market.walk.lots);
            }
            let absorbed = absorbed_at(side.opposite().of(rates).get(), closed)?;
            resolved.absorbed_later = resolved.absorbed_later.plus(absorbed)?;
        }
        let [long, short] = resolved.deleveraged;
        resolved.lots = Lots(long.0.saturating_add(short.0));
        if resolved.lots.is_zero() {
            return Ok(None);
        }
        self.market.leave_pending(left, &mut resolved);
        self.end_estates()?;
        self.end_resolution(&resolved, now)?;
        Ok(Some(resolved))
    }
}

impl MarketBooks {
    /// Whether a walk goes on at the present mark.
    fn walk_stands(&self) -> bool {
        self.walk.price == self.mark.price && self.walk.lots != [Lots::ZERO; 2]
    }

    /// Keeps what a walk leaves for the next call; those lots do not count in this one.
    pub(super) fn leave_pending(&mut self, pending: PendingWalk, resolved: &mut Resolved) {
        let [long, short] = pending.lots;
        let left = long.0.saturating_add(short.0);
        resolved.goes_on = left > 0;
        if !resolved.continued {
            resolved.lots = Lots(resolved.lots.0.saturating_sub(left));
        }
        self.walk = if resolved.goes_on { pending } else { PendingWalk::default() };
    }
}
