//! `settle_position`: closes anyone's position in a settled market at its final mark.

use crate::error::Explain;
use crate::events::PositionSettled;
use crate::scope::{Parts, Scope, Settled};
use crate::state::Exchange;
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;
use breakwater_engine::settle;

/// Accounts of `settle_position`. Nobody needs to sign. Then, where the position owes at the mark, a pair of market and ladder,
/// writable, for every other market of the account.
#[event_cpi]
#[derive(Accounts)]
pub struct SettlePosition<'info> {
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`.
    #[account(mut)]
    pub market: UncheckedAccount<'info>,
    /// CHECK: opened as the market's `Ladder`.
    #[account(mut)]
    pub ladder: UncheckedAccount<'info>,
}

/// Closes it whole: nobody needs to stand on the other side. One that still owes is refused and resolved.
pub fn settle_position<'info>(ctx: Context<'info, SettlePosition<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_account(&accounts.account)?;
    scope.open_market(&exchange, &accounts.market, &accounts.ladder)?;
    scope.open_markets(&exchange, ctx.remaining_accounts)?;
    gate::pass_in(Action::SettlePosition, &exchange, &scope.markets[0].market, now)?;

    let Parts { accounts: [account], mut books, .. } = scope.parts()?;
    let market = books[0].market.id;
    let report = settle::position(account, &mut books, market, now).explained()?;
    let free = account.free.0;

    let settled = scope.finish()?;
    // Cannot overflow: an order has at most 2^53 lots.
    let lots = if report.long { report.lots.0 as i64 } else { -(report.lots.0 as i64) };
    emit_cpi!(PositionSettled {
        account: ctx.accounts.account.key(),
        market: market as u16,
        lots,
        paid: report.paid.0,
        drawn: report.drawn.0,
        free,
    });
    Ok(settled)
}
