//! `rebase`: moves a market's ladder to a grid around the present mark, in steps.

use crate::error::Explain;
use crate::events::Rebased;
use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;

/// Accounts of `rebase`. Nobody needs to sign.
#[event_cpi]
#[derive(Accounts)]
pub struct Rebase<'info> {
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`.
    #[account(mut)]
    pub market: UncheckedAccount<'info>,
    /// CHECK: opened as the market's `Ladder`.
    #[account(mut)]
    pub ladder: UncheckedAccount<'info>,
}

/// Starts a rebase where one is due and moves up to `lines` lines of each side.
pub fn rebase<'info>(ctx: Context<'info, Rebase<'info>>, lines: u32) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_market(&exchange, &accounts.market, &accounts.ladder)?;
    let opened = &mut scope.markets[0];
    gate::pass_in(Action::Rebase, &exchange, &opened.market, now)?;

    let report = breakwater_engine::rebase::rebase(&mut opened.books(), lines).explained()?;
    let market = opened.market.index;

    let settled = scope.finish()?;
    emit_cpi!(Rebased { market, lines: report.visited, finished: report.finished });
    Ok(settled)
}
