//! `refresh_collateral`: reads the price source of a kind of other collateral.

use crate::error::Explain;
use crate::events::CollateralRefreshed;
use crate::kinds::require_pinned;
use crate::layout::books_mut;
use crate::oracle::{self, Source};
use crate::scope::{Scope, Settled};
use crate::state::{Collateral, Exchange};
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;

/// Accounts of `refresh_collateral`. Nobody needs to sign.
#[event_cpi]
#[derive(Accounts)]
pub struct RefreshCollateral<'info> {
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Collateral`.
    #[account(mut)]
    pub collateral: UncheckedAccount<'info>,
    /// CHECK: read by `oracle`, which knows its owner and feed.
    pub price: UncheckedAccount<'info>,
}

/// A bad price keeps the old mark and is no error: that it was bad is written down. A source that says nothing is none either.
pub fn refresh_collateral<'info>(ctx: Context<'info, RefreshCollateral<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::ValueCollateral, &exchange, now)?;
    let mut kind = open::change::<Collateral>(&accounts.collateral)?;
    require_pinned(&exchange, &kind, (accounts.exchange.key, accounts.collateral.key))?;

    let source = Source { kind: kind.source, feed: kind.feed };
    let observation = oracle::listen(&exchange, source, &accounts.price)?;
    let report = books_mut(&mut kind.books).refresh(observation.as_ref(), now).explained()?;
    let (index, price) = (kind.index, kind.books.mark.price);
    drop((kind, exchange));

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(CollateralRefreshed {
        index,
        price,
        quality: report.quality.number() as u8,
        reasons: report.reasons.0,
        accepted: report.accepted,
    });
    Ok(settled)
}
