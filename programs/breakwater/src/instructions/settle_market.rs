//! `settle_market`: makes the average of the last marks of a market whose oracle is gone final.

use crate::error::Explain;
use crate::events::MarketSettled;
use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;
use breakwater_engine::settle;

/// Accounts of `settle_market`. Nobody needs to sign.
#[event_cpi]
#[derive(Accounts)]
pub struct SettleMarket<'info> {
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`.
    #[account(mut)]
    pub market: UncheckedAccount<'info>,
    /// CHECK: opened as the market's `Ladder`.
    #[account(mut)]
    pub ladder: UncheckedAccount<'info>,
}

/// Only time permits it: from then on positions close at the average of the last marks, and nothing else happens in the market.
pub fn settle_market<'info>(ctx: Context<'info, SettleMarket<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_market(&exchange, &accounts.market, &accounts.ladder)?;
    let opened = &mut scope.markets[0];
    gate::pass_in(Action::Settle, &exchange, &opened.market, now)?;

    settle::declare(&mut opened.books(), now).explained()?;
    let (market, mark) = (opened.market.index, opened.market.books.mark);
    let open_interest = opened.view().market.open_interest().0;

    let settled = scope.finish()?;
    emit_cpi!(MarketSettled { market, price: mark.price, published: mark.publish_time, open_interest });
    Ok(settled)
}
