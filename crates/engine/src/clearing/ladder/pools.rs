//! Pools: exact lots and shift-free cash, whose members hold shares.

use crate::clearing::state::{AdlPool, Held};
use crate::error::{Error, Result};
use crate::state::Seen;
use crate::units::{Lots, Side};
use crate::wide::{self, I128};

/// What a member takes out of a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Portion {
    /// The member's lots: its shares of the pool's, rounded down.
    pub lots: Lots,
    /// The member's lots times key: its lots at the mark, less its part of the equity.
    pub lots_times_key: i128,
    /// What leaves the pool: at most one lot more, which becomes dust, so that no member left behind grows.
    pub lots_out: Lots,
    /// The lots times key that leave the pool with `lots_out`.
    pub lots_times_key_out: i128,
}

impl AdlPool {
    /// Equity at a mark key, 1e-12 atom: negative when the pool is bankrupt. Exact.
    pub fn equity(&self, side: Side, mark_key: i128) -> Result<i128> {
        let value = wide::mul_signed(mark_key, self.lots.0)?;
        side.signed(value.checked_sub(self.lots_times_key.get()).ok_or(Error::Overflow)?)
    }

    /// Distance of its level from a mark key, rounded down; `None` where it has no lots or is bankrupt there.
    pub fn distance(&self, side: Side, mark_key: i128) -> Result<Option<u64>> {
        let equity = self.equity(side, mark_key)?;
        if self.lots.is_zero() || equity < 0 {
            return Ok(None);
        }
        let distance = wide::div_floor_signed(equity, self.lots.0)?;
        Ok(Some(u64::try_from(distance).unwrap_or(u64::MAX)))
    }

    /// Closes lots and takes `leaves` of its equity at a mark key, exactly.
    pub(super) fn close(&mut self, side: Side, lots: Lots, mark_key: i128, leaves: u128) -> Result<()> {
        let leaves = i128::try_from(leaves).map_err(|_| Error::Overflow)?;
        let equity = self.equity(side, mark_key)?.checked_sub(leaves).ok_or(Error::Overflow)?;
        self.lots = self.lots.minus(lots)?;
        let value = wide::mul_signed(mark_key, self.lots.0)?;
        let keyed = value.checked_sub(side.signed(equity)?).ok_or(Error::Overflow)?;
        self.lots_times_key = I128::new(keyed);
        Ok(())
    }

    /// Whether what its lots leave now can be kept.
    #[must_use]
    pub fn may_hold(&self, list: u64) -> bool {
        self.held.is_none() || self.held.list == list || self.older.is_none()
    }

    /// Whether lines may join it: whoever joins owns nothing that its lots left before.
    #[must_use]
    pub fn may_host(&self) -> bool {
        self.held.is_none() && self.older.is_none()
    }

    /// Keeps what its lots left.
    pub(super) fn hold(&mut self, held: &Held) -> Result<()> {
        if !self.held.is_none() && self.held.list != held.list {
            if !self.older.is_none() {
                return Err(Error::RecordsFull);
            }
            self.older = core::mem::take(&mut self.held);
        }
        self.held.join(held)
    }

    /// Brings the sums per share up to the side's now. Must run before lots or shares change.
    pub(super) fn advance_claims(&mut self, now: &Seen) -> Result<()> {
        if self.side_seen == *now {
            return Ok(());
        }
        let added = now.since(&self.side_seen)?;
        if self.shares > 0 {
            self.claims.advance(added, now.epoch, self.lots, self.shares)?;
        }
        self.side_seen = *now;
        Ok(())
    }

    /// What `shares` of it are: their part of its equity at the mark, to the 1e-12 atom, and of its lots, rounded down. The
    /// lot that rounding splits becomes dust at the mark, worth nothing there: at a far level few lots carry much equity, and
    /// a fraction of a lot must not take its equity along.
    pub(super) fn portion(&self, side: Side, shares: u64, mark_key: i128) -> Result<Portion> {
        if self.shares == 0 {
            return Ok(Portion::default());
        }
        let lots = Lots(wide::mul_div_floor(self.lots.0, shares, self.shares)?);
        let lots_out = Lots(wide::mul_div_ceil(self.lots.0, shares, self.shares)?);
        let equity = self.part_of_equity(side, shares, mark_key)?;
        // Who owes keeps a lot to owe with: without lots it could neither be lifted nor declared, and its account never touched (I11).
        let lots = if equity < 0 && lots.is_zero() { lots_out } else { lots };
        let equity = side.signed(equity)?;
        let keyed = |lots: Lots| wide::mul_signed(mark_key, lots.0)?.checked_sub(equity).ok_or(Error::Overflow);
        Ok(Portion { lots, lots_times_key: keyed(lots)?, lots_out, lots_times_key_out: keyed(lots_out)? })
    }

    /// `equity * shares / self.shares`, rounded down: a gain to less, a debt to more.
    fn part_of_equity(&self, side: Side, shares: u64, mark_key: i128) -> Result<i128> {
        let equity = self.equity(side, mark_key)?;
        let magnitude = equity.unsigned_abs();
        let part = if equity < 0 {
            wide::mul_div_long_ceil(magnitude, shares, self.shares)?
        } else {
            wide::mul_div_long_floor(magnitude, shares, self.shares)?
        };
        let part = i128::try_from(part).map_err(|_| Error::Overflow)?;
        Ok(if equity < 0 { part.wrapping_neg() } else { part })
    }
}
