//! `guardian_pause`: the guardian pauses action classes for a day at most, three times a week.

use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::{authority, gate, open, pausing};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;

/// Accounts of `guardian_pause`.
#[event_cpi]
#[derive(Accounts)]
pub struct GuardianPause<'info> {
    /// The exchange's guardian.
    pub guardian: Signer<'info>,
    /// CHECK: opened as `Exchange`: the week is counted over all of it.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`; left out: the bits are the exchange's.
    #[account(mut)]
    pub market: Option<UncheckedAccount<'info>>,
    /// CHECK: read by `nonce`.
    pub instructions: UncheckedAccount<'info>,
}

/// Adds to the guardian's own bits; zero lifts them at once.
pub fn guardian_pause<'info>(ctx: Context<'info, GuardianPause<'info>>, bits: u64, seconds: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    authority::require_guardian(&exchange, &accounts.guardian, &accounts.instructions)?;
    gate::pass(Action::SetPause, &exchange, now)?;
    let bits = pausing::known(bits, accounts.market.is_some())?;

    let market = accounts.market.as_ref().map(|market| market.as_ref());
    let told = pausing::change(&mut exchange, accounts.exchange.key, market, now, |pauses, (week, _)| {
        pauses.set_by_guardian(week, bits, seconds, now)
    })?;
    drop(exchange);

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(told);
    Ok(settled)
}
