//! `claim`: pays an account what the claims of its charged losses were paid.

use crate::error::Explain;
use crate::events::Claimed;
use crate::scope::{Parts, Scope, Settled};
use crate::state::Exchange;
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;
use breakwater_engine::recovery;

/// Accounts of `claim`. Nobody needs to sign.
#[event_cpi]
#[derive(Accounts)]
pub struct Claim<'info> {
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

/// Into the account's vesting profit, like any other profit. Closed positions keep their claims.
pub fn claim<'info>(ctx: Context<'info, Claim<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_account(&accounts.account)?;
    scope.open_market(&exchange, &accounts.market, &accounts.ladder)?;
    gate::pass_in(Action::Claim, &exchange, &scope.markets[0].market, now)?;

    let Parts { accounts: [account], mut books, .. } = scope.parts()?;
    let paid = recovery::claim(account, &mut books[0], now).explained()?;
    let market = books[0].market.id as u16;

    let settled = scope.finish()?;
    emit_cpi!(Claimed { account: ctx.accounts.account.key(), market, amount: paid.0 });
    Ok(settled)
}
