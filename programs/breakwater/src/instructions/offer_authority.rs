//! `offer_authority`: proposes to hand the authority over. It goes when the timelock has run out, the proposal was executed
//! and the next authority has accepted: a key nobody holds cannot be handed to.

use super::propose_change::{propose, ProposeChange};
use crate::gate;
use crate::scope::{Scope, Settled};
use crate::state::{kind, Change};
use anchor_lang::prelude::*;

/// The same accounts as for any proposal.
pub fn offer_authority<'info>(ctx: Context<'info, ProposeChange<'info>>, id: u64, next: Pubkey) -> Result<Settled> {
    let now = gate::now()?;
    let change = Change { kind: kind::AUTHORITY, key: next, ..Change::default() };
    let told = propose(ctx.accounts, id, &change, now)?;
    let settled = Scope::begin(&ctx.accounts.exchange, now).finish()?;
    emit_cpi!(told);
    Ok(settled)
}
