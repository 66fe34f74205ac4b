//! `refresh_market`: the only instruction that reads an oracle.

use crate::error::Explain;
use crate::events::MarketRefreshed;
use crate::oracle;
use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;
use breakwater_engine::refresh;

/// Accounts of `refresh_market`. Nobody needs to sign.
#[event_cpi]
#[derive(Accounts)]
pub struct RefreshMarket<'info> {
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`.
    #[account(mut)]
    pub market: UncheckedAccount<'info>,
    /// CHECK: opened as the market's `Ladder`.
    #[account(mut)]
    pub ladder: UncheckedAccount<'info>,
    /// CHECK: read by `oracle`, which knows its owner and feed.
    pub price: UncheckedAccount<'info>,
    /// CHECK: read by `oracle`: the second source, where the market names one, and nothing where it does not.
    pub second: Option<UncheckedAccount<'info>>,
}

/// A bad price keeps the old mark and is no error: that it was bad, and what that trips, is written down. Keepers send this
/// alone, so that no other instruction's failure undoes it.
pub fn refresh_market<'info>(ctx: Context<'info, RefreshMarket<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_market(&exchange, &accounts.market, &accounts.ladder)?;
    let opened = &mut scope.markets[0];
    gate::pass_in(Action::Refresh, &exchange, &opened.market, now)?;

    let second = accounts.second.as_deref();
    let observed = oracle::observe_all(&exchange, &opened.market, &accounts.price, second)?;
    let report = refresh::refresh(&mut opened.books(), observed, now).explained()?;
    let (market, price) = (opened.market.index, opened.market.books.mark.price);

    let settled = scope.finish()?;
    emit_cpi!(MarketRefreshed {
        market,
        price,
        quality: report.quality.number() as u8,
        reasons: report.reasons.0,
        accepted: report.accepted,
        charged: report.provision.charged,
        phase: report.phase.number() as u8,
        initial_multiple: report.multiples.initial.0,
        maintenance_multiple: report.multiples.maintenance.0,
        level: report.level.number(),
        tripped: report.tripped.0,
    });
    Ok(settled)
}
