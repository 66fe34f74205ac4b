//! `refresh_market` and listing: where prices enter.

use crate::books::Books;
use crate::claims::{Claims, WHOLE};
use crate::error::{Error, Result};
use crate::funding;
use crate::ladder::grid::{Grid, Scale};
use crate::margin::Multiples;
use crate::market::{Cover, Funding, Market, MaturingBook, SideBook, Stance};
use crate::params::MarketParams;
use crate::phase::{self, Phase};
use crate::price::{self, Observation, Quality, Reasons};
use crate::provision::Provision;
use crate::units::Now;
use crate::volatility;
use crate::wide::I128;

/// What a refresh did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshReport {
    /// The quality of what the oracle said.
    pub quality: Quality,
    /// Why it is not better.
    pub reasons: Reasons,
    /// Whether there is a new mark.
    pub accepted: bool,
    /// What both sides were charged at it.
    pub provision: Provision,
    /// The market's phase after it.
    pub phase: Phase,
    /// What multiplies its margins after it.
    pub multiples: Multiples,
}

/// Takes an observation. Funding up to now is paid at the old mark; a new mark charges both sides at once, so that every lot
/// bears the shortfall that appeared while it was open; then the market takes the stance what was found asks for. A bad price
/// keeps the old mark and is no error.
pub fn refresh(books: &mut Books<'_>, observation: &Observation, now: Now) -> Result<RefreshReport> {
    let graded = price::grade(books.market, observation, now)?;
    let stopped = !books.market.funding_runs(now);
    funding::accrue(books.market, now, stopped)?;
    let before = books.market.mark.sequence;
    graded.record(&mut books.market.mark);
    let accepted = books.market.mark.sequence != before;
    if accepted {
        volatility::sample(books.market)?;
    }
    let provision = books.provision()?;
    phase::advance(books, &provision, now)?;
    let (phase, multiples) = (books.market.phase(), books.market.multiples());
    Ok(RefreshReport { quality: graded.quality, reasons: graded.reasons, accepted, provision, phase, multiples })
}

/// Lists a market over zeroed books and a zeroed ladder. The first price must be good.
pub fn list(market: &mut Market, params: &MarketParams, id: u64, observation: &Observation, now: Now) -> Result<()> {
    let birth = observation.per_lot(params.lot_exponent)?.price;
    params.validate(birth)?;
    let side = SideBook { claims: Claims::default(), ..SideBook::default() };
    *market = Market {
        params: *params,
        id,
        sides: [side; 2],
        grid: Grid { scale: Scale::around(birth, [I128::ZERO; 2])?, ..Grid::default() },
        cover: Cover { earned: params.cover_grant, ..Cover::default() },
        funding: Funding { paid_at: now.time, sampled_at: now.time, ..Funding::default() },
        maturing: MaturingBook { index: WHOLE, ..MaturingBook::default() },
        stance: Stance { moved_at: now.time, ..Stance::default() },
        ..Market::default()
    };
    let graded = price::grade(market, observation, now)?;
    if graded.quality != Quality::Good {
        return Err(Error::PriceQuality);
    }
    graded.record(&mut market.mark);
    volatility::sample(market)
}
