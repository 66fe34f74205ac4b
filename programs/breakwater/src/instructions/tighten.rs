//! `tighten`: changes a parameter at once, where that only tightens.

use crate::error::Explain;
use crate::events::Tightened;
use crate::layout::{books, books_mut};
use crate::scope::{Scope, Settled};
use crate::state::{Exchange, Market};
use crate::{authority, gate, open, pausing};
use anchor_lang::prelude::*;
use breakwater_engine::change::Change;
use breakwater_engine::permission::Action;
use breakwater_engine::Error;

/// Accounts of `tighten`.
#[event_cpi]
#[derive(Accounts)]
pub struct Tighten<'info> {
    /// The exchange's authority.
    pub authority: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`; left out: the parameter is the exchange's.
    #[account(mut)]
    pub market: Option<UncheckedAccount<'info>>,
    /// CHECK: read by `nonce`.
    pub instructions: UncheckedAccount<'info>,
}

/// Within the same steps and bounds as any change. What waits is refused: `Loosens`.
pub fn tighten<'info>(ctx: Context<'info, Tighten<'info>>, parameter: u16, to: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    authority::require(&exchange, &accounts.authority, &accounts.instructions)?;
    gate::pass(Action::Govern, &exchange, now)?;

    let (market, change) = if let Some(market) = &accounts.market {
        let mut market = open::change_market(accounts.exchange.key, market)?;
        pausing::settle_funding(&exchange, &mut market, now)?;
        (market.index, tighten_market(&mut market, parameter, to)?)
    } else {
        (u16::MAX, books_mut(&mut exchange.params).change(parameter, to).explained()?)
    };
    at_once(change).explained()?;
    drop(exchange);

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(Tightened { market, parameter, from: change.from, to });
    Ok(settled)
}

fn tighten_market(market: &mut Market, parameter: u16, to: u64) -> Result<Change> {
    let mark = books(&market.books).mark.price;
    books_mut(&mut market.books).params.change(parameter, to, mark).explained()
}

fn at_once(change: Change) -> std::result::Result<(), Error> {
    if change.waits {
        Err(Error::Loosens)
    } else {
        Ok(())
    }
}
