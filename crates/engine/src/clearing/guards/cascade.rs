//! The cascade gauge over the clearing ladder: the share of open interest that goes bankrupt within a distance of the mark. It
//! says how far a move would feed itself before anything has failed.

use crate::clearing::markets::MarketRef;
use crate::gauge;
use crate::units::{Bps, Side};
use crate::{Error, Result};

impl MarketRef<'_> {
    /// The share of both sides' open lots that is solvent at the mark and would be bankrupt `gauge_distance` away from it. Rounds up.
    /// Fails with `Rebasing` while lines are moved.
    pub fn cascade_share(&self) -> Result<Bps> {
        let market = self.market;
        if market.is_migrating() {
            return Err(Error::Rebasing);
        }
        let distance = i128::from(gauge::distance(&market.params, market.mark.price)?);
        let (mut near, mut all) = (0u64, 0u64);
        for side in Side::BOTH {
            // Keys are whole: those at most the distance away are beyond a unit farther, and those beyond a unit this side of the
            // mark are bankrupt.
            let mark = market.mark_key(side)?;
            let far = mark.checked_sub(side.signed(distance.saturating_add(1))?).ok_or(Error::Overflow)?;
            let bankrupt = mark.checked_sub(side.signed(1)?).ok_or(Error::Overflow)?;
            let lots = self.lots_beyond(side, far)?.checked_sub(self.lots_beyond(side, bankrupt)?);
            near = near.saturating_add(lots.ok_or(Error::NotConserved)?);
            all = all.saturating_add(market.open_lots(side).0);
        }
        gauge::share_of(near, all)
    }

    /// The share where it can matter: zero where no threshold of the market's is within reach, none while it is not known.
    pub fn cascade_watched(&self) -> Result<Option<Bps>> {
        if self.market.is_migrating() {
            return Ok(None);
        }
        if !gauge::is_watched(&self.market.params) {
            return Ok(Some(Bps(0)));
        }
        self.cascade_share().map(Some)
    }

    fn lots_beyond(&self, side: Side, key: i128) -> Result<u64> {
        let lots = self.ladder.side(side).beyond(side, &self.market.grid.scale, key)?.lots;
        u64::try_from(lots).map_err(|_| Error::Overflow)
    }
}
