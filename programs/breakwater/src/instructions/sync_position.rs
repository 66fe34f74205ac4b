//! `sync_position`: brings anyone's account up to date and observes its distress.

use crate::error::Explain;
use crate::events::PositionSynced;
use crate::scope::{Parts, Scope, Settled};
use crate::state::Exchange;
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;
use breakwater_engine::sync;

/// Accounts of `sync_position`. Nobody needs to sign. Then a pair of market and ladder, writable, for every market of the
/// account.
#[event_cpi]
#[derive(Accounts)]
pub struct SyncPosition<'info> {
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`: paid a little when ladder records run low; may be left out.
    #[account(mut)]
    pub payee: Option<UncheckedAccount<'info>>,
}

/// Succeeds whatever it finds.
pub fn sync_position<'info>(ctx: Context<'info, SyncPosition<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::Sync, &exchange, now)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_account(&accounts.account)?;
    if let Some(payee) = &accounts.payee {
        scope.open_account(payee)?;
    }
    scope.open_markets(&exchange, ctx.remaining_accounts)?;
    // A frozen market is left as it is, and holds up nothing elsewhere (A27).
    for opened in scope.markets.iter().filter(|opened| !opened.view().market.is_left_out()) {
        gate::pass_in(Action::Sync, &exchange, &opened.market, now)?;
    }

    let Parts { accounts: [account], mut more, mut books, .. } = scope.parts()?;
    let report = sync::sync(account, &mut books, more.pop(), now).explained()?;
    let distressed_since = account.clock.since;

    let settled = scope.finish()?;
    emit_cpi!(PositionSynced {
        account: ctx.accounts.account.key(),
        caught_up: report.caught_up,
        topped_up: report.topped_up.0,
        unlocked: report.unlocked.0,
        reward: report.reward.0,
        distressed_since,
    });
    Ok(settled)
}
