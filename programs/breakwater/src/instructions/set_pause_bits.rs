//! `set_pause_bits`: pauses action classes, of the exchange or of one market.

use crate::error::{BreakwaterError, Explain};
use crate::events::PauseBitsSet;
use crate::layout::{books_mut, Pause};
use crate::scope::{Scope, Settled};
use crate::state::{Exchange, Market};
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::funding;
use breakwater_engine::market::UNCOVERED;
use breakwater_engine::permission::{Action, PauseBits};

/// Accounts of `set_pause_bits`.
#[event_cpi]
#[derive(Accounts)]
pub struct SetPauseBits<'info> {
    /// The exchange's authority.
    pub authority: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`; left out: the bits are the exchange's.
    #[account(mut)]
    pub market: Option<UncheckedAccount<'info>>,
}

/// Replaces the bits: zero lifts every pause.
pub fn set_pause_bits<'info>(ctx: Context<'info, SetPauseBits<'info>>, bits: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    require_keys_eq!(exchange.authority, accounts.authority.key(), BreakwaterError::Unauthorised);
    gate::pass(Action::SetPause, &exchange, now)?;
    require!(bits & !PauseBits::ALL.0 == 0, BreakwaterError::UnknownPauseBits);

    let mut paused = u16::MAX;
    if let Some(market) = &accounts.market {
        let mut market = open::change::<Market>(market)?;
        require_keys_eq!(market.exchange, accounts.exchange.key(), BreakwaterError::WrongExchange);
        // Funding up to now is paid under what held until now.
        let books = books_mut(&mut market.books);
        let stopped = !books.funding_runs(now);
        funding::accrue(books, now, stopped).explained()?;
        market.pauses.authority = Pause { bits, until: i64::MAX };
        market.books.stopped = gate::stops(&exchange, &market, now) | (market.books.stopped & UNCOVERED);
        paused = market.index;
    } else {
        exchange.pauses.authority = Pause { bits, until: i64::MAX };
    }
    drop(exchange);

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(PauseBitsSet { market: paused, bits });
    Ok(settled)
}
