//! Pools: exact lots and shift-free cash, whose members hold shares.

use crate::error::{Error, Result};
use crate::state::{Claims, Pool};
use crate::units::{Lots, Side};
use crate::wide::{self, I128};

/// What a member takes out of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    /// The member's lots: his shares of the pool's, rounded down.
    pub lots: Lots,
    /// The member's moment: his lots at the mark, less his part of the equity.
    pub moment: i128,
    /// What leaves the pool: at most one lot more, which becomes residue, so that nobody left behind grows.
    pub lots_out: Lots,
    /// The moment that leaves the pool with `lots_out`.
    pub moment_out: i128,
}

impl Pool {
    /// Equity at a mark key, 1e-12 atom: negative when the pool is bankrupt. Exact.
    pub fn equity(&self, side: Side, mark_key: i128) -> Result<i128> {
        let value = wide::mul_signed(mark_key, self.lots.0)?;
        side.signed(value.checked_sub(self.moment.get()).ok_or(Error::Overflow)?)
    }

    /// Closes lots at a mark key: equity stays as it is, exactly.
    pub fn close(&mut self, lots: Lots, mark_key: i128) -> Result<()> {
        self.lots = self.lots.minus(lots)?;
        let settled = wide::mul_signed(mark_key, lots.0)?;
        self.moment = I128::new(self.moment.get().checked_sub(settled).ok_or(Error::Overflow)?);
        Ok(())
    }

    /// Brings the sums per share up to the side's now. Must run before lots or shares change.
    pub fn advance_claims(&mut self, side: &Claims) -> Result<()> {
        if self.side_seen == side.now {
            return Ok(());
        }
        let added = side.now.since(&self.side_seen)?;
        if self.shares > 0 {
            self.claims.advance(added, side.now.epoch, self.lots, self.shares)?;
        }
        self.side_seen = side.now;
        Ok(())
    }

    /// What `shares` of it are: their part of its equity at the mark, to the 1e-12 atom, and of its lots, rounded down. The lot
    /// that rounding splits becomes residue at the mark, worth nothing there: at a far level, few lots carry much equity, and a
    /// fraction of a lot must not take its equity along.
    pub fn portion(&self, side: Side, shares: u64, mark_key: i128) -> Result<Portion> {
        if self.shares == 0 {
            return Ok(Portion { lots: Lots::ZERO, moment: 0, lots_out: Lots::ZERO, moment_out: 0 });
        }
        let lots = Lots(wide::mul_div_floor(self.lots.0, shares, self.shares)?);
        let lots_out = Lots(wide::mul_div_ceil(self.lots.0, shares, self.shares)?);
        let equity = side.signed(self.part_of_equity(side, shares, mark_key)?)?;
        let moment_at = |lots: Lots| wide::mul_signed(mark_key, lots.0)?.checked_sub(equity).ok_or(Error::Overflow);
        Ok(Portion { lots, moment: moment_at(lots)?, lots_out, moment_out: moment_at(lots_out)? })
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

    /// Removes a member's shares and what goes with them.
    pub fn remove(&mut self, shares: u64, portion: &Portion) -> Result<()> {
        self.shares = self.shares.checked_sub(shares).ok_or(Error::NotConserved)?;
        self.lots = self.lots.minus(portion.lots_out)?;
        self.moment = I128::new(self.moment.get().checked_sub(portion.moment_out).ok_or(Error::Overflow)?);
        self.members = self.members.checked_sub(1).ok_or(Error::NotConserved)?;
        Ok(())
    }
}
