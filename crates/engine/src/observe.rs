//! Distress, observed: what starts, keeps and clears the auction clock.

use crate::books::View;
use crate::error::{Error, Result};
use crate::health::{self, Health};
use crate::state::{AccountBooks, DistressClock};
use crate::units::Now;

/// Starts, extends or clears a clock: it runs while distress is observed again within `within` slots of the last time, else it
/// starts anew (G18).
pub fn mark(clock: &mut DistressClock, distressed: bool, within: u64, now: Now) {
    if !distressed {
        *clock = DistressClock::default();
        return;
    }
    let lapsed = clock.since == 0 || now.slot.saturating_sub(clock.last) > within;
    if lapsed {
        clock.since = now.slot.max(1);
    }
    clock.last = now.slot;
}

impl DistressClock {
    /// Slots since distress was first observed; 0 while the clock does not run.
    #[must_use]
    pub const fn elapsed(&self, now: Now) -> u64 {
        match self.since {
            0 => 0,
            since => now.slot.saturating_sub(since),
        }
    }
}

/// Observes a whole account: its cross positions, whose health is passed, and each isolated one. Distress anywhere kills its
/// quotes.
pub fn account<'v>(
    account: &mut AccountBooks,
    views: impl Iterator<Item = View<'v>> + Clone,
    cross: &Health,
    now: Now,
) -> Result<()> {
    // Only markets the account stands in: nobody resets a clock by passing one with a shorter memory.
    let stands = |view: &View<'_>| account.slot(view.market.id).is_ok_and(|slot| slot.position.lots != 0);
    let within = views.clone().filter(stands).map(|view| view.market.params.observe_slots).min().unwrap_or(0);
    mark(&mut account.clock, cross.is_distressed(), within, now);
    let mut distressed = cross.is_distressed();
    for slot in account.slots.iter_mut().filter(|slot| slot.position.isolated != 0) {
        let Some(view) = views.clone().find(|view| view.market.id == slot.market) else { continue };
        if !view.market.has_mark(now) {
            continue;
        }
        let alone = health::isolated(slot, view)?.is_distressed();
        mark(&mut slot.clock, alone, within, now);
        distressed |= alone;
    }
    if distressed {
        account.quote_epoch = account.quote_epoch.checked_add(1).ok_or(Error::Overflow)?;
    }
    Ok(())
}

/// The clock that a slot's distress runs on.
pub fn clock(account: &AccountBooks, market: u64) -> Result<DistressClock> {
    let slot = account.slot(market)?;
    Ok(if slot.position.isolated == 0 { account.clock } else { slot.clock })
}
