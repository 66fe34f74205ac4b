//! Assessment: all that can be said of a margin account from account bytes, without touching it. Wallets, keepers and risk
//! pages ask it through WebAssembly; what it says is what the program would find.

mod liquidation;
mod position;
mod report;
mod sale;

pub use report::{
    AccountReport, Flag, GuardReport, HealthReport, LiquidationReport, MarginReport, PositionReport, RankReport,
    Refusal, SaleReport,
};
pub use sale::{assess_sale, NO_KIND};

use crate::account::{NO_MARKET, SLOTS};
use crate::books::View;
use crate::error::{Error, Result};
use crate::health::{self, Health};
use crate::pledge::{self, Kinds};
use crate::state::{AccountBooks, MarketSlot};
use crate::units::Now;
use crate::wide::I128;

/// The markets an account stands in, slot by slot; `None` where the slot is not in use or its market was not passed.
pub type Views<'v> = [Option<View<'v>>; SLOTS];

/// An account's markets among those passed, slot by slot; of two with one number the first.
#[must_use]
pub fn views_of<'v>(account: &AccountBooks, markets: impl Iterator<Item = View<'v>> + Clone) -> Views<'v> {
    let mut views: Views<'v> = [None; SLOTS];
    for (view, slot) in views.iter_mut().zip(&account.slots) {
        *view = markets.clone().find(|market| market.market.id == slot.market);
    }
    views
}

/// No market in particular, in [`AccountReport::refused_market`].
pub const NO_MARKET_REFUSED: u32 = u32::MAX;

/// Assesses an account whose other collateral is valued. The whole is refused where a market is missing (`MarketMissing`), its
/// ladder is being moved (`Rebasing`) or the valuation of other collateral is old (`CollateralUnvalued`), and where a number
/// leaves its bounds; each position that can be assessed is, all the same.
#[must_use]
pub fn assess(account: &AccountBooks, views: &Views<'_>, now: Now) -> AccountReport {
    let mut report = AccountReport::default();
    assess_into(account, views, now, &mut report);
    report
}

/// [`assess`] into a report that is there already: it is two thousand bytes.
pub fn assess_into(account: &AccountBooks, views: &Views<'_>, now: Now, report: &mut AccountReport) {
    *report = AccountReport { refused_market: NO_MARKET_REFUSED, ..AccountReport::default() };
    let seats = account.slots.iter().zip(views).zip(&mut report.positions);
    for ((slot, view), position) in seats {
        *position = assess_slot(slot, *view);
        if position.refusal != Refusal::default() && report.refusal == Refusal::default() {
            report.refusal = position.refusal;
            report.refused_market = u32::try_from(slot.market).unwrap_or(NO_MARKET_REFUSED);
        }
    }
    match health::cross(account, present(views), now) {
        Ok(health) => {
            report.health = HealthReport::of(&health);
            liquidation::assess(account, views, &health, now, &mut report.liquidations);
        }
        Err(error) if report.refusal == Refusal::default() => report.refusal = error.into(),
        Err(_) => {}
    }
}

/// [`assess_into`] once other collateral is valued at the marks of `kinds`. Where a kind that the account has an amount of was
/// not passed the valuation stays as it is, and the report says whether it counts.
pub fn assess_valued(
    account: &AccountBooks,
    views: &Views<'_>,
    kinds: &Kinds<'_>,
    now: Now,
    report: &mut AccountReport,
) {
    let mut account = *account;
    let _ = pledge::value(&mut account, kinds, now);
    assess_into(&account, views, now, report);
}

/// Assesses the position of one slot.
#[must_use]
pub fn assess_slot(slot: &MarketSlot, view: Option<View<'_>>) -> PositionReport {
    let found = match view {
        _ if slot.market == NO_MARKET => Ok(PositionReport::default()),
        None => Err(Error::MarketMissing),
        Some(view) => position::report(view, slot),
    };
    let found = found.unwrap_or_else(|error| PositionReport { refusal: error.into(), ..PositionReport::default() });
    PositionReport { market: slot.market, ..found }
}

/// The views that are there.
fn present<'a>(views: &'a Views<'_>) -> impl Iterator<Item = View<'a>> + Clone {
    views.iter().flatten().copied()
}

/// The mark nearest to a position's safe side at which what backs it is in distress: see [`LiquidationReport::price`].
pub fn liquidation_price(
    account: &AccountBooks,
    market: u64,
    views: &Views<'_>,
    now: Now,
) -> Result<Option<crate::Price>> {
    let cross = health::cross(account, present(views), now)?;
    liquidation::price(account, market, (views, &cross), now)
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal(error.number())
    }
}

impl HealthReport {
    /// A health as reports store it.
    #[must_use]
    pub fn of(health: &Health) -> HealthReport {
        HealthReport {
            equity: I128::new(health.equity.0),
            initial_equity: I128::new(health.initial_equity.0),
            initial: health.initial,
            maintenance: health.maintenance,
            pledged: health.pledged,
            positions: health.positions,
            unmarked: health.unmarked,
            is_initial: health.is_initial().into(),
            is_distressed: health.is_distressed().into(),
            is_bankrupt: health.is_bankrupt().into(),
            is_unfunded: health.is_unfunded().into(),
        }
    }
}
