//! Whatever lets money out or risk in uses marks published a few slots ago (A55): the price a caller knows is not the one it
//! acts at.

use crate::clearing::error::{Error, Result};
use crate::clearing::markets::view;
use crate::clearing::markets::MarketMut;
use crate::clearing::state::{AccountBooks, MarketBooks};
use crate::units::Now;

impl MarketBooks {
    /// Whether its mark was published at most `action_age_slots` ago; a settled market's is final.
    #[must_use]
    pub const fn is_fresh(&self, now: Now) -> bool {
        self.is_settled() || self.mark.age_slots(now) <= self.waterfall.action_age_slots
    }

    /// Fails with `MarkTooOld`.
    pub const fn need_fresh(&self, now: Now) -> Result<()> {
        if self.is_fresh(now) {
            Ok(())
        } else {
            Err(Error::MarkTooOld)
        }
    }
}

/// Requires a fresh mark of every market in which an account's lots count at one: a market that cannot be valued has rules of its
/// own. Fails with `MarkTooOld`.
pub fn need_fresh(account: &AccountBooks, markets: &[MarketMut<'_>], now: Now) -> Result<()> {
    for slot in account.slots.iter().filter(|slot| slot.has_cross_lots()) {
        let market = view(markets, slot.market)?.market;
        if market.is_usable() {
            market.need_fresh(now)?;
        }
    }
    Ok(())
}
