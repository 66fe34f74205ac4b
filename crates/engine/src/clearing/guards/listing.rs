//! Listing a market: over zeroed books and a zeroed ladder, at a first price that must be good.

use crate::clearing::recovery::WHOLE;
use crate::clearing::state::{Cover, GuardParams, MarketBooks, WaterfallParams};
use crate::price::{Quality, Reasons};
use crate::source::{self, Observed};
use crate::state::{Funding, Grid, MarketParams, Scale, Stance, VestingBook};
use crate::units::{Now, Side};
use crate::wide::I128;
use crate::{Bps, Error, Result};

/// What a market is listed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its parameters.
    pub params: MarketParams,
    /// Its waterfall's.
    pub waterfall: WaterfallParams,
    /// Its guards'.
    pub guards: GuardParams,
    /// Its number on the exchange.
    pub market_index: u64,
}

/// Lists a market. `observed` is what its sources publish: a market is not listed with one that says nothing, or with two that
/// disagree. Fails with a rule's error, `PriceFromFuture` where the first says nothing yet, and `PriceQuality`.
pub fn list(market: &mut MarketBooks, listing: &Listing, observed: impl Into<Observed>, now: Now) -> Result<()> {
    let observed = observed.into();
    let first = observed.first.ok_or(Error::PriceQuality)?;
    let birth = first.per_lot(listing.params.lot_exponent)?.positive()?.price;
    listing.params.validate(birth)?;
    listing.guards.validate(&listing.params)?;
    *market = MarketBooks {
        params: listing.params,
        waterfall: listing.waterfall,
        guards: listing.guards,
        market_index: listing.market_index,
        grid: Grid { scale: Scale::around(birth, [I128::ZERO; 2])?, ..Grid::default() },
        cover: Cover { earned: listing.params.cover_grant, ..Cover::default() },
        funding: Funding { accrued_at: now.time, ..Funding::default() },
        vesting: VestingBook { index: WHOLE, ..VestingBook::default() },
        vesting_clock_at: now.time,
        stance: Stance { moved_at: now.time, ..Stance::default() },
        ..MarketBooks::default()
    };
    for side in Side::BOTH {
        market.side_mut(side).event.window_start = now.slot;
    }
    let decision = source::judge(&*market, &observed, now)?;
    if decision.graded.mark.is_none() && decision.graded.unchanged {
        return Err(Error::PriceFromFuture);
    }
    let is_second_heard = observed.second.is_none() || decision.second.seen_at != 0;
    if decision.graded.quality != Quality::Good || decision.found.seen != Reasons::NONE || !is_second_heard {
        return Err(Error::PriceQuality);
    }
    decision.record(&mut market.mark, &mut market.second);
    market.average = market.mark.price;
    market.volatility.sample(&market.params, &market.mark)?;
    market.begin_reference(now.slot);
    Ok(())
}

impl GuardParams {
    /// Recommended: a tenth of open interest within five minutes, a tenth an hour of standard deviation, half an hour's average.
    #[must_use]
    pub const fn recommended() -> GuardParams {
        GuardParams {
            flow_window_seconds: 300,
            settle_window_seconds: 1_800,
            flow_guard: Bps(1_000),
            volatility_guard: Bps(1_000),
        }
    }

    /// The same without what reacts before a failure.
    #[must_use]
    pub const fn without_guards() -> GuardParams {
        GuardParams { flow_guard: Bps(u32::MAX), volatility_guard: Bps(u32::MAX), ..GuardParams::recommended() }
    }

    /// Checks that windows measure something and that no bound always holds: a market's normal volatility does not guard it. Fails
    /// with `RuleBreakers`.
    pub fn validate(&self, params: &MarketParams) -> Result<()> {
        let windows = (10..=86_400).contains(&self.flow_window_seconds)
            && (60..=7 * 86_400).contains(&self.settle_window_seconds)
            && self.settle_window_seconds >= params.price_age_seconds_max;
        let bounds = self.flow_guard.0 > 0 && self.volatility_guard > params.volatility_normal;
        if windows && bounds {
            Ok(())
        } else {
            Err(Error::RuleBreakers)
        }
    }
}
