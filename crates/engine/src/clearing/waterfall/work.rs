//! Work is paid: never more than the lots could have cost to open, so that no loop of calls earns (A68).

use crate::clearing::state::{AccountBooks, MarketBooks};
use crate::error::Result;
use crate::units::{Atoms, Lots, BPS};

impl MarketBooks {
    /// Pays a keeper for work on lots: `work_share` of their value, at most half of what the lowest fee on it would be, never more
    /// than the pot. Rounds down.
    pub fn pay_work(&mut self, keeper: &mut AccountBooks, lots: Lots) -> Result<Atoms> {
        let value = self.mark.price.value_floor(lots)?;
        let lowest = self.params.taker_fee.0;
        let half = value.share_floor(u64::from(lowest), BPS.saturating_mul(2))?;
        let paid = self.waterfall.work_share.of_floor(value)?.least(half).least(self.keeper_pot);
        self.keeper_pot = self.keeper_pot.minus(paid)?;
        self.book_out(paid)?;
        keeper.free = keeper.free.plus(paid)?;
        Ok(paid)
    }
}
