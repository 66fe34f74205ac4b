//! What a liquidation would take and pay, and at which mark distress begins.

use super::{present, LiquidationReport, Views};
use crate::account::{NO_MARKET, SLOTS};
use crate::books::{CaughtUp, Holding, View};
use crate::error::{Error, Result};
use crate::health::Health;
use crate::ladder::locate::Located;
use crate::liquidation;
use crate::state::{AccountBooks, MarketSlot, Position};
use crate::units::{Lots, Now, Price, Side, PICO, PRICE_MAX};
use crate::wide;

/// Marks are searched for distress up to this multiple of the present one.
const SEARCH: u64 = 16;
/// Secants drawn before the search halves what is left.
const SECANTS: u32 = 8;

/// Fills in what liquidation would do to each position with lots.
pub(super) fn assess(
    account: &AccountBooks,
    views: &Views<'_>,
    cross: &Health,
    now: Now,
    reports: &mut [LiquidationReport; SLOTS],
) {
    for (slot, report) in account.slots.iter().zip(reports) {
        if slot.market == NO_MARKET || slot.position.lots == 0 {
            continue;
        }
        *report = match liquidation::quote(account, slot.market, (present(views), cross), now) {
            Ok(quote) => quote,
            Err(error) => LiquidationReport { refusal: error.into(), ..LiquidationReport::default() },
        };
        if let Ok(Some(found)) = price(account, slot.market, (views, cross), now) {
            report.price = found;
        }
    }
}

/// The mark nearest to a position's safe side at which what backs it is in distress, everything else as it is; at the next mark
/// towards that side it is not. `None` without lots or a usable mark, and where no mark up to sixteen times the present one
/// makes the difference.
pub(super) fn price(
    account: &AccountBooks,
    market: u64,
    around: (&Views<'_>, &Health),
    now: Now,
) -> Result<Option<Price>> {
    let (views, cross) = around;
    let slot = account.slot(market)?;
    let view = present(views).find(|view| view.market.id == market).ok_or(Error::MarketMissing)?;
    let CaughtUp { holding, located, .. } = view.caught_up(slot)?;
    let Some(located) = located.filter(|_| view.market.has_mark(now)) else { return Ok(None) };
    let (side, others) = (holding.side, others(slot, view, &holding, cross)?);
    let search = Search { view, position: &slot.position, located: (side, located), lots: holding.lots, others };
    let top = view.market.mark.price.0.saturating_mul(SEARCH).min(PRICE_MAX);
    search.run(side.pick(1, top), side.pick(top, 1))
}

/// Health of everything but one position's equity and maintenance margin, which move with its mark.
fn others(slot: &MarketSlot, view: View<'_>, holding: &Holding, cross: &Health) -> Result<Health> {
    if slot.position.isolated != 0 {
        return Ok(Health { positions: 1, ..Health::default() });
    }
    Ok(Health {
        equity: cross.equity.minus(view.equity_at(holding, view.market.mark.price)?)?,
        maintenance: cross.maintenance.minus(view.market.maintenance_of(holding.lots)?)?,
        ..*cross
    })
}

struct Search<'v> {
    view: View<'v>,
    position: &'v Position,
    located: (Side, Located),
    /// Its lots, caught up: the same at every mark.
    lots: Lots,
    others: Health,
}

impl Search<'_> {
    fn health_at(&self, price: u64) -> Result<Health> {
        let CaughtUp { holding, .. } = self.view.located_at(self.position, self.located, Price(price))?;
        let equity = self.view.equity_at(&holding, Price(price))?;
        let maintenance = self.view.market.maintenance_of_at(self.lots, Price(price))?;
        Ok(Health {
            equity: self.others.equity.plus(equity)?,
            maintenance: self.others.maintenance.plus(maintenance)?,
            ..self.others
        })
    }

    /// Narrows from an end in distress and one that is not to two neighboring marks.
    fn run(&self, bad: u64, good: u64) -> Result<Option<Price>> {
        let (worst, best) = (self.health_at(bad)?, self.health_at(good)?);
        if !worst.is_distressed() || best.is_distressed() {
            return Ok(None);
        }
        let mut ends = Ends { bad: (bad, room(&worst)?), good: (good, room(&best)?) };
        // A requirement rounds up to an atom, so marks this close to each other need not be in order.
        let noise = PICO.checked_div(self.lots.0).unwrap_or(PICO).saturating_mul(2).max(1);
        for _ in 0..SECANTS {
            if ends.span() <= noise.saturating_mul(2) {
                break;
            }
            let guess = ends.secant()?;
            self.narrow(&mut ends, guess)?;
            // The other end lies far off still: bring it as close.
            let beyond = if guess == ends.bad.0 { ends.toward_good(noise) } else { ends.toward_bad(noise) };
            self.narrow(&mut ends, beyond)?;
        }
        while ends.span() > 1 {
            let middle = ends.bad.0.midpoint(ends.good.0);
            self.narrow(&mut ends, middle)?;
        }
        Ok(Some(Price(ends.bad.0)))
    }

    fn narrow(&self, ends: &mut Ends, price: u64) -> Result<()> {
        let health = self.health_at(price)?;
        let end = (price, room(&health)?);
        if health.is_distressed() {
            ends.bad = end;
        } else {
            ends.good = end;
        }
        Ok(())
    }
}

/// A mark in distress and one that is not, each with its [`room`].
struct Ends {
    bad: (u64, i128),
    good: (u64, i128),
}

impl Ends {
    fn span(&self) -> u64 {
        self.bad.0.abs_diff(self.good.0)
    }

    /// A mark so far from the bad end towards the good one, strictly between the two where there is one.
    fn toward_good(&self, by: u64) -> u64 {
        let by = by.min(self.span().saturating_sub(1)).max(1);
        if self.bad.0 < self.good.0 {
            self.bad.0.saturating_add(by)
        } else {
            self.bad.0.saturating_sub(by)
        }
    }

    fn toward_bad(&self, by: u64) -> u64 {
        let by = by.min(self.span().saturating_sub(1)).max(1);
        self.toward_good(self.span().saturating_sub(by))
    }

    /// Where the line between the two ends crosses zero.
    fn secant(&self) -> Result<u64> {
        let (lack, room) = (self.bad.1.min(0).unsigned_abs(), self.good.1.max(0).unsigned_abs());
        let whole = lack.checked_add(room).ok_or(Error::Overflow)?.max(1);
        // Both by as many bits as make the sum fit: a guess may be off by one part in 2^62.
        let excess = 128u32.wrapping_sub(whole.leading_zeros()).saturating_sub(63);
        let scaled = |value: u128| u64::try_from(value.checked_shr(excess).unwrap_or(0)).unwrap_or(u64::MAX);
        let by = wide::mul_div_floor(self.span(), scaled(lack), scaled(whole).max(1))?;
        Ok(self.toward_good(by))
    }
}

/// What a health has above distress, 1e-12 atom; negative in it.
fn room(health: &Health) -> Result<i128> {
    health.equity.minus(health.maintenance.cash()).map(|room| room.0)
}
