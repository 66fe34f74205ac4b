//! `allocate_margin`: free cash into a position, or paid-in margin back out of it.

use crate::error::Explain;
use crate::events::MarginAllocated;
use crate::scope::{Parts, Scope, Settled};
use crate::state::Exchange;
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;
use breakwater_engine::{collateral, Atoms};

/// Accounts of `allocate_margin`.
#[event_cpi]
#[derive(Accounts)]
pub struct AllocateMargin<'info> {
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

/// Into the position above zero, out of it below. Nothing ever forbids adding.
pub fn allocate_margin<'info>(ctx: Context<'info, AllocateMargin<'info>>, amount: i64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_own_account(&accounts.account, &accounts.owner)?;
    scope.open_market(&exchange, &accounts.market, &accounts.ladder)?;
    let action = if amount < 0 { Action::TakeMargin } else { Action::AddMargin };
    gate::pass_in(action, &exchange, &scope.markets[0].market, now)?;

    let Parts { accounts: [account], mut books, .. } = scope.parts()?;
    let size = Atoms(amount.unsigned_abs());
    let market = books[0].market.id;
    match action {
        Action::TakeMargin => collateral::take_margin(account, &mut books, market, size, now),
        _ => collateral::add_margin(account, &mut books[0], size, now),
    }
    .explained()?;
    let (free, market) = (account.free.0, market as u16);

    let settled = scope.finish()?;
    emit_cpi!(MarginAllocated { account: ctx.accounts.account.key(), market, amount, free });
    Ok(settled)
}
