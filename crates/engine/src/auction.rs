//! What one liquidation may take, and at which discount: the Dutch auction, the slices, and the lots that cure.

use crate::books::Holding;
use crate::error::{Error, Result};
use crate::health::{self, Health};
use crate::margin::{self, Restore};
use crate::state::{MarketBooks, MarketParams, MarketSlot, Slice};
use crate::units::{Bps, Cash, Lots, Now, BPS};
use crate::wide;

/// The auction's discount: from its start with the clock to its largest, and with the depth of the shortfall. Rounds down.
pub fn discount(params: &MarketParams, health: &Health, elapsed: u64) -> Result<Bps> {
    let room = u64::from(params.discount_max.0.saturating_sub(params.discount_start.0));
    let ripe = elapsed.min(params.auction_slots);
    let by_time = wide::mul_div_floor(room, ripe, params.auction_slots.max(1))?;
    let by_depth = wide::mul_div_floor(u64::from(params.discount_depth.0), health::depth(health), BPS)?;
    let total = u64::from(params.discount_start.0).saturating_add(by_time).saturating_add(by_depth);
    let total = total.min(u64::from(params.discount_max.0));
    u32::try_from(total).map(Bps).map_err(|_| Error::Overflow)
}

/// Lots that restore an account to maintenance and its buffer at a cost, in whole steps; all where less would leave dust.
pub fn lots_to_cure(market: &MarketBooks, holding: &Holding, health: &Health, cost: Bps) -> Result<Lots> {
    let params = &market.params;
    let restore = Restore {
        lots: holding.lots,
        price: market.mark.price,
        equity: health.equity,
        maintenance: health.maintenance,
        multiple: market.multiples().maintenance,
        cost,
        buffer: params.buffer,
    };
    let lots = whole_steps(margin::lots_to_restore(params, &restore)?, holding.lots, params)?;
    let rest = holding.lots.minus(lots)?;
    Ok(if rest < params.position_min { holding.lots } else { lots })
}

/// Rounds lots up to the market's step, at most all.
fn whole_steps(lots: Lots, all: Lots, params: &MarketParams) -> Result<Lots> {
    let steps = wide::div_ceil(u128::from(lots.0), u128::from(params.step.0))?;
    let rounded = steps.saturating_mul(u128::from(params.step.0));
    Ok(Lots(u64::try_from(rounded).unwrap_or(u64::MAX)).least(all))
}

/// The lots one call may take: what restores the account, what is left of the window's slice, everything when what would be
/// left is dust.
pub fn allowed(
    most: Lots,
    wanted: Lots,
    position: (&Lots, &MarketSlot),
    health: &Health,
    params: &MarketParams,
    now: Now,
) -> Result<Lots> {
    let (all, slot) = position;
    let left = slice_left(slot, *all, health, params, now)?;
    if left.is_zero() {
        return Err(Error::SliceUsed);
    }
    let lots = if wanted.is_zero() { most.least(left) } else { wanted };
    if lots > most || lots > left || lots.is_zero() {
        return Err(Error::TooMuch);
    }
    // Only from an amount that is permitted itself: nobody takes a whole position by asking for all but one lot.
    if all.minus(lots)? < params.position_min {
        return Ok(*all);
    }
    if lots.0.checked_rem(params.step.0) != Some(0) && lots != *all {
        return Err(Error::WrongStep);
    }
    Ok(lots)
}

/// What the window still allows, in lots (G19), rounded up to a step: a deleveraged position is no multiple of it. No slices when equity is below half of maintenance.
fn slice_left(slot: &MarketSlot, all: Lots, health: &Health, params: &MarketParams, now: Now) -> Result<Lots> {
    let half = Cash(health.maintenance.cash().0.checked_div(2).ok_or(Error::Overflow)?);
    if health.equity < half {
        return Ok(all);
    }
    let open = window(&slot.slice, all, params, now);
    let share = Lots(wide::mul_div_ceil(open.base.0, u64::from(params.slice.0), BPS)?);
    let size = Lots(share.0.max(params.slice_floor.0));
    whole_steps(Lots(size.0.saturating_sub(open.taken.0)), all, params)
}

/// The running window, or a new one where it has run out.
pub fn window(slice: &Slice, all: Lots, params: &MarketParams, now: Now) -> Slice {
    let over = slice.base.is_zero() || now.slot.saturating_sub(slice.start) >= params.slice_window_slots;
    if over {
        Slice { start: now.slot, base: all, taken: Lots::ZERO }
    } else {
        *slice
    }
}
