//! The cascade gauge: the share of open interest that goes bankrupt within a distance of the mark.
//!
//! It says how far a move would feed itself before anything has failed. Read from the ladder alone, so anyone can check it.

use crate::books::View;
use crate::error::{Error, Result};
use crate::state::MarketParams;
use crate::units::{Bps, Price, Side, BPS};
use crate::wide;

/// The share of both sides' open interest that is solvent at the mark and would be bankrupt `gauge_distance` away from it.
/// Rounds up. Fails with `Rebasing` while a rebase moves lines.
pub fn share(view: View<'_>) -> Result<Bps> {
    let market = view.market;
    if market.grid.cursor != 0 {
        return Err(Error::Rebasing);
    }
    let distance = distance(&market.params, market.mark.price)?;
    let (mut near, mut all) = (0u64, 0u64);
    for side in Side::BOTH {
        let key = market.mark_key(side)?;
        // Cannot overflow: two sides of at most 2^53 lots.
        near = near.wrapping_add(view.ladder.side(side).lots_within(side, &market.grid.scale, key, distance)?);
        all = all.wrapping_add(market.side(side).lots.0);
    }
    share_of(near, all)
}

/// How far from the mark the gauge looks, 1e-12 atom per lot. Rounding down changes nothing: distances are whole too.
pub fn distance(params: &MarketParams, mark: Price) -> Result<u64> {
    wide::mul_div_floor(mark.0, u64::from(params.gauge_distance.0), BPS)
}

/// Lots near bankruptcy as a share of both sides', rounded up.
pub fn share_of(near: u64, all: u64) -> Result<Bps> {
    if near == 0 {
        return Ok(Bps(0));
    }
    u32::try_from(wide::mul_div_ceil(near, BPS, all)?).map(Bps).map_err(|_| Error::Overflow)
}

/// Whether a threshold of the market's is within reach.
#[must_use]
pub fn is_watched(params: &MarketParams) -> bool {
    u64::from(params.gauge_stress.min(params.gauge_guard).0) <= BPS
}

/// The share where it can matter: nothing where no threshold of the market's is within reach, none while nobody knows it.
pub fn watched(view: View<'_>) -> Result<Option<Bps>> {
    if view.market.grid.cursor != 0 {
        return Ok(None);
    }
    if !is_watched(&view.market.params) {
        return Ok(Some(Bps(0)));
    }
    share(view).map(Some)
}
