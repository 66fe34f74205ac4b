//! Pools: exact lots and shift-free cash, whose members hold shares.

use super::store::Pool;
use crate::claims::{Claims, Seen};
use crate::error::{Error, Result};
use crate::units::{Lots, Side};
use crate::wide::{self, I128};

/// What a member takes out of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    /// The member's lots: his shares of the pool's, rounded down.
    pub lots: Lots,
    /// The member's moment: his lots' part, rounded against him.
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

    /// The sums per share as they would stand now.
    pub fn claims_now(&self, side: &Claims) -> Result<Seen> {
        let mut copy = *self;
        copy.advance_claims(side)?;
        Ok(copy.claims)
    }

    /// What `shares` of it are.
    pub fn portion(&self, side: Side, shares: u64) -> Result<Portion> {
        if self.shares == 0 {
            return Ok(Portion { lots: Lots::ZERO, moment: 0, lots_out: Lots::ZERO, moment_out: 0 });
        }
        if self.lots.is_zero() {
            return self.closed_portion(side, shares);
        }
        let lots = Lots(wide::mul_div_floor(self.lots.0, shares, self.shares)?);
        let lots_out = Lots(wide::mul_div_ceil(self.lots.0, shares, self.shares)?);
        // A long owes its moment: against him is up. A short owns it: against him is down. What leaves the pool with the
        // residue's lot rounds the other way for shorts and up for longs, so those who stay never lose by it.
        let moment = self.moment_of(lots, side == Side::Long)?;
        let moment_out = if lots_out == lots { moment } else { self.moment_of(lots_out, side == Side::Long)? };
        Ok(Portion { lots, moment, lots_out, moment_out })
    }

    /// A closed pool is cash: a share of it, rounded down.
    fn closed_portion(&self, side: Side, shares: u64) -> Result<Portion> {
        let cash = side.opposite().signed(self.moment.get())?;
        let magnitude = u128::try_from(cash.max(0)).map_err(|_| Error::Overflow)?;
        let part = wide::mul_div_long_floor(magnitude, shares, self.shares)?;
        let part = i128::try_from(part).map_err(|_| Error::Overflow)?;
        let moment = side.opposite().signed(part)?;
        Ok(Portion { lots: Lots::ZERO, moment, lots_out: Lots::ZERO, moment_out: moment })
    }

    /// `moment * lots / self.lots`, split into whole key and rest so that no product passes 128 bits.
    fn moment_of(&self, lots: Lots, up: bool) -> Result<i128> {
        let moment = self.moment.get();
        let key = wide::div_floor_signed(moment, self.lots.0)?;
        let rest = moment.checked_sub(wide::mul_signed(key, self.lots.0)?).ok_or(Error::Overflow)?;
        let rest = u64::try_from(rest).map_err(|_| Error::Overflow)?;
        let part = if up {
            wide::mul_div_ceil(rest, lots.0, self.lots.0)?
        } else {
            wide::mul_div_floor(rest, lots.0, self.lots.0)?
        };
        wide::mul_signed(key, lots.0)?.checked_add(i128::from(part)).ok_or(Error::Overflow)
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
