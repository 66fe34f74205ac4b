//! Stress of the exchange: while markets with more than a share of all open interest are stressed, every market takes the
//! stressed multipliers. Passing those markets proves it; it ends by itself.

use crate::clearing::error::{Error, Result};
use crate::clearing::state::{MarketBooks, Stress, StressParams};
use crate::phase::Phase;
use crate::units::{Atoms, Bps, Now, BPS};
use crate::wide;

/// Brings the sum of all open interest up to what the markets passed have now, and prolongs the exchange's stress where those of
/// them that are stressed have more than the share. A market counts as stressed where a refresh within the hold found it so: its
/// own phase, which stress elsewhere does not move, so that stress never proves itself. Returns whether it was proved. Fails with
/// `DuplicateMarket` where one is passed twice.
pub fn update_stress(
    stress: &mut Stress,
    markets: &mut [&mut MarketBooks],
    params: &StressParams,
    now: Now,
) -> Result<bool> {
    let mut stressed = Atoms::ZERO;
    let mut last = None;
    for market in markets.iter_mut() {
        // In order of their numbers, so that none counts twice.
        if last.is_some_and(|last| last >= market.market_index) {
            return Err(Error::DuplicateMarket);
        }
        last = Some(market.market_index);
        stress.note(market)?;
        if market.is_stressed(params, now) {
            stressed = stressed.plus(market.noted_interest)?;
        }
    }
    let share = wide::mul(stress.interest.0, u64::from(params.share.0));
    let proved = wide::mul(stressed.0, BPS) > share;
    if proved {
        stress.until = stress.until.max(now.time.saturating_add_unsigned(params.hold_seconds));
    }
    Ok(proved)
}

impl Stress {
    /// Replaces a market's part of the sum by the value of its open interest at its mark, rounded down.
    fn note(&mut self, market: &mut MarketBooks) -> crate::Result<()> {
        let value = market.mark.price.value_floor(market.open_interest()?)?;
        self.interest = self.interest.minus(market.noted_interest)?.plus(value)?;
        market.noted_interest = value;
        Ok(())
    }
}

impl MarketBooks {
    fn is_stressed(&self, params: &StressParams, now: Now) -> bool {
        let since = now.time.saturating_sub(self.stance.moved_at);
        let is_recent = u64::try_from(since).is_ok_and(|since| since <= params.hold_seconds);
        self.stance.phase() == Phase::Stressed && is_recent
    }
}

impl StressParams {
    /// Recommended: a quarter of an hour, half of open interest.
    #[must_use]
    pub const fn recommended() -> StressParams {
        StressParams { hold_seconds: 900, share: Bps(5_000), reserved: 0 }
    }
}
