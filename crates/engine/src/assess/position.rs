//! One position, caught up and not touched.

use super::{Flag, HealthReport, PositionReport};
use crate::books::{CaughtUp, View};
use crate::error::{Error, Result};
use crate::health;
use crate::ladder::locate::{Located, Place};
use crate::ladder::rank::Rank;
use crate::state::{Claims, MarketSlot};
use crate::units::{Atoms, Cash, Side};
use crate::vesting;
use crate::wide::{self, I128};

/// All that is known of a slot's position from its market.
pub(super) fn report(view: View<'_>, slot: &MarketSlot) -> Result<PositionReport> {
    let found = view.caught_up(slot)?;
    let CaughtUp { holding, key_cash, located } = found;
    let claims = ClaimsWorth::of(view, slot, located.as_ref())?;
    let rank = match &located {
        Some(located) => view.rank(holding.side, &located.place)?,
        None => None,
    }
    .unwrap_or_default();
    let mut report = PositionReport {
        is_short: Flag::from(holding.side == Side::Short),
        lots: holding.lots,
        cash: I128::new(holding.cash.0),
        key_cash: I128::new(key_cash.0),
        health: HealthReport::of(&health::alone(slot, view, &holding)?),
        is_isolated: Flag::from(slot.position.isolated != 0),
        bankruptcy_price: I128::new(bankruptcy_price(&found)?),
        ahead: rank.ahead,
        group: rank.group,
        total: rank.total,
        paid: claims.paid,
        owed: claims.owed,
        units: claims.units,
        vesting: vesting::worth(view.market, slot)?,
        ..PositionReport::default()
    };
    if let Some(Located { place, freed_per_lot }) = located {
        report.freed_per_lot = I128::new(freed_per_lot);
        match place {
            Place::Line(at) => report.place = u32::from(at.get()),
            Place::Pool { record, pool, shares } => {
                report.is_pooled = Flag::from(true);
                (report.place, report.record, report.shares) = (u32::from(pool), u32::from(record), shares);
            }
        }
    }
    Ok(report)
}

/// `b = K - X`: what the key's cash owes over the lots, rounded down; zero without lots.
fn bankruptcy_price(found: &CaughtUp) -> Result<i128> {
    if found.holding.lots.is_zero() {
        return Ok(0);
    }
    let owed = found.holding.side.opposite().signed(found.key_cash.0)?;
    wide::div_floor_signed(owed, found.holding.lots.0)
}

/// What touching a position would collect on its claims, and leave in its slot.
struct ClaimsWorth {
    paid: Atoms,
    owed: [Atoms; 2],
    units: [wide::U128; 2],
}

impl ClaimsWorth {
    /// The same steps as touching takes, on copies of the two pots.
    fn of(view: View<'_>, slot: &MarketSlot, located: Option<&Located>) -> Result<ClaimsWorth> {
        let mut pots = Side::BOTH.map(|side| view.market.side(side).claims);
        let mut units = slot.units;
        let mut paid = Atoms::ZERO;
        for (pot, units) in pots.iter_mut().zip(&mut units) {
            let due = pot.refresh(units)?;
            paid = paid.plus(pot.collect(due)?)?;
        }
        if let (Some(side), Some(located)) = (slot.position.side(), located) {
            let due = due_on_lots(view, slot, side, located, side.of_mut(&mut units))?;
            paid = paid.plus(side.of_mut(&mut pots).collect(due)?)?;
        }
        let [long, short] = &pots;
        let [of_long, of_short] = &units;
        Ok(ClaimsWorth {
            paid,
            owed: [long.worth(of_long)?, short.worth(of_short)?],
            units: [of_long.units, of_short.units],
        })
    }
}

/// What the open lots gathered and were paid.
fn due_on_lots(
    view: View<'_>,
    slot: &MarketSlot,
    side: Side,
    located: &Located,
    units: &mut crate::state::Units,
) -> Result<Cash> {
    let claims: &Claims = &view.market.side(side).claims;
    let (seen, size) = (&slot.position.seen, slot.position.size());
    match located.place {
        Place::Line(_) => claims.due_on_line(units, seen, size),
        Place::Pool { record, pool, shares } => {
            let ladder = view.ladder.side(side);
            let mut pool = *ladder.pool(pool)?;
            pool.advance_claims(claims)?;
            claims.due_in_pool(units, seen, size, (ladder.record(record)?, &pool, shares))
        }
    }
}

impl View<'_> {
    /// Where a place stands in its side's order of deleveraging; `None` where it is bankrupt at the mark.
    pub fn rank(&self, side: Side, place: &Place) -> Result<Option<Rank>> {
        let mark_key = self.market.mark_key(side)?;
        self.ladder.side(side).rank(side, &self.market.grid.scale, mark_key, place).map_err(|error| match error {
            // Sums that do not add up: these bytes are no ladder the program wrote.
            Error::KeyOffGrid => Error::NotConserved,
            other => other,
        })
    }
}
