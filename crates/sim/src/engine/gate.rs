//! The program's gate over engine values: nothing is paused here, so modes and marks decide.

use breakwater_engine::permission::{permitted, Action, Mode, PauseBits};
use breakwater_engine::price::Quality;
use breakwater_engine::trade::Order;
use breakwater_engine::units::Now;
use breakwater_engine::{Account, Market, Result};

/// Whether an action is permitted in a market.
pub fn pass(action: Action, market: &Market, now: Now) -> Result<()> {
    let mode = if market.grid.cursor == 0 { Mode::Open } else { Mode::Rebasing };
    let quality = Quality::from_number(market.mark.quality);
    permitted(action, PauseBits::NONE, mode, quality, market.mark_is_fresh(now))
}

/// Whether an order is permitted: one that could enlarge passes as a reduction where only those do, if it is one.
pub fn pass_order(order: &mut Order, market: &Market, taker: &Account, now: Now) -> Result<()> {
    if order.reduce_only {
        return pass(Action::TradeReduce, market, now);
    }
    let Err(refusal) = pass(Action::TradeIncrease, market, now) else { return Ok(()) };
    let reduces = taker
        .slot(market.id)
        .is_ok_and(|slot| slot.position.side() == Some(order.side.opposite()) && slot.position.size() >= order.lots);
    if !reduces {
        return Err(refusal);
    }
    order.reduce_only = true;
    pass(Action::TradeReduce, market, now)
}

/// Whether an account may take free cash out: every market it has lots in must permit it.
pub fn pass_withdrawal<'m>(account: &Account, markets: impl Iterator<Item = &'m Market>, now: Now) -> Result<()> {
    for market in markets {
        if account.slot(market.id).is_ok_and(|slot| slot.position.lots != 0) {
            pass(Action::Withdraw, market, now)?;
        }
    }
    Ok(())
}
