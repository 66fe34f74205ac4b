//! `refresh_market` and listing: where prices enter.

use crate::books::Books;
use crate::breaker::{self, Level, Shown};
use crate::claims::WHOLE;
use crate::error::{Error, Result};
use crate::funding;
use crate::gauge;
use crate::last_marks;
use crate::margin::Multiples;
use crate::phase::{self, Phase};
use crate::price::{self, Observation, Quality, Reasons};
use crate::provision::Provision;
use crate::source::{self, Observed};
use crate::state::{Claims, Cover, Funding, Grid, MarketBooks, MarketParams, Scale, SideBook, Stance, VestingBook};
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
    /// What the market's breaker leaves allowed after it.
    pub level: Level,
    /// The breaker's reasons in force.
    pub tripped: Reasons,
}

/// Takes what the sources published. Funding up to now is paid at the old mark; a new mark charges both sides at once, so
/// that every lot bears the shortfall that appeared while it was open; then the breaker and the stance follow what was found.
/// A bad price keeps the old mark and is no error: what it trips is written down. A source that says nothing is no error either. Fails with `MarketSettled` where the mark
/// is final, before it looks at the price.
pub fn refresh(books: &mut Books<'_>, observed: impl Into<Observed>, now: Now) -> Result<RefreshReport> {
    if books.market.is_settled() {
        return Err(Error::MarketSettled);
    }
    let judged = source::judge(&*books.market, &observed.into(), now)?;
    funding::accrue(books.market, now)?;
    let stood_still = !books.market.mark_is_fresh(now);
    let before = books.market.mark;
    judged.record(&mut books.market.mark, &mut books.market.second);
    let accepted = books.market.mark.sequence != before.sequence;
    if accepted {
        if stood_still {
            // Nobody could act at the old mark: the market was halted, whether or not anyone said so (F6).
            books.market.breaker.halted_until_now(now);
        }
        volatility::sample(books.market)?;
        last_marks::follow(books.market, &before)?;
    }
    let provision = books.provision_at(now)?;
    let gauge = gauge::watched(books.view())?;
    let uninsured = (!provision.unknown).then(|| provision.is_uninsured());
    breaker::trip(books.market, judged.found, Shown { uninsured, gauge }, now);
    phase::advance(books.market, gauge, &provision, now)?;
    let market = &*books.market;
    Ok(RefreshReport {
        quality: judged.graded.quality,
        reasons: judged.graded.reasons,
        accepted,
        provision,
        phase: market.phase(),
        multiples: market.multiples(),
        level: market.level(now),
        tripped: market.breaker.in_force(now),
    })
}

/// Lists a market over zeroed books and a zeroed ladder. The first price must be good.
pub fn list(
    market: &mut MarketBooks,
    params: &MarketParams,
    id: u64,
    observation: &Observation,
    now: Now,
) -> Result<()> {
    let birth = observation.per_lot(params.lot_exponent)?.positive()?.price;
    params.validate(birth)?;
    let side = SideBook { claims: Claims::default(), ..SideBook::default() };
    *market = MarketBooks {
        params: *params,
        id,
        sides: [side; 2],
        grid: Grid { scale: Scale::around(birth, [I128::ZERO; 2])?, ..Grid::default() },
        cover: Cover { earned: params.cover_grant, ..Cover::default() },
        funding: Funding { accrued_at: now.time, ..Funding::default() },
        vesting: VestingBook { index: WHOLE, ..VestingBook::default() },
        stance: Stance { moved_at: now.time, ..Stance::default() },
        ..MarketBooks::default()
    };
    let graded = price::grade(&*market, observation, now)?.ok_or(Error::PriceFromFuture)?;
    if graded.quality != Quality::Good {
        return Err(Error::PriceQuality);
    }
    graded.record(&mut market.mark);
    volatility::sample(market)
}
