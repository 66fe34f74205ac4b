//! `isolate_position`: makes a position answer with its own cash only, or join the account's others again.

use crate::error::Explain;
use crate::events::PositionIsolated;
use crate::scope::{Parts, Scope, Settled};
use crate::state::Exchange;
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::isolation;
use breakwater_engine::permission::Action;

/// Accounts of `isolate_position`. Then a pair of market and ladder, writable, for every other market of the account.
#[event_cpi]
#[derive(Accounts)]
pub struct IsolatePosition<'info> {
    /// Owner of the margin account.
    pub owner: Signer<'info>,
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

/// Nobody takes a winner aside just before a loser is resolved: the rest must keep its initial margin without it.
pub fn isolate_position<'info>(ctx: Context<'info, IsolatePosition<'info>>, isolated: bool) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_own_account(&accounts.account, &accounts.owner)?;
    scope.open_market(&exchange, &accounts.market, &accounts.ladder)?;
    scope.open_markets(&exchange, ctx.remaining_accounts)?;
    gate::pass_in(Action::Isolate, &exchange, &scope.markets[0].market, now)?;

    let Parts { accounts: [account], mut books, .. } = scope.parts()?;
    let market = books[0].market.id;
    isolation::set_isolated(account, &mut books, market, isolated, now).explained()?;

    let settled = scope.finish()?;
    emit_cpi!(PositionIsolated { account: ctx.accounts.account.key(), market: market as u16, isolated });
    Ok(settled)
}
