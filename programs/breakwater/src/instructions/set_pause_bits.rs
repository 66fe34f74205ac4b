//! `set_pause_bits`: the authority pauses action classes, of the exchange or of one market.

use crate::layout::books_mut;
use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::{authority, gate, open, pausing};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;

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
    /// CHECK: read by `nonce`.
    pub instructions: UncheckedAccount<'info>,
}

/// Replaces the authority's own bits for `seconds`: zero lifts them at once. The guardian's stay. A pause of exits pushes every
/// waiting proposal back by as long: whoever does not like a change has the timelock to leave in (A22).
pub fn set_pause_bits<'info>(ctx: Context<'info, SetPauseBits<'info>>, bits: u64, seconds: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    authority::require(&exchange, &accounts.authority, &accounts.instructions)?;
    gate::pass(Action::SetPause, &exchange, now)?;
    let bits = pausing::known(bits, accounts.market.is_some())?;

    let market = accounts.market.as_ref().map(|market| market.as_ref());
    let told = pausing::change(&mut exchange, accounts.exchange.key, market, now, |pauses, (_, clock)| {
        pauses.set_by_authority(clock, bits, seconds, now)
    })?;
    books_mut(&mut exchange.exit_hold).note(bits, seconds, now);
    drop(exchange);

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(told);
    Ok(settled)
}
