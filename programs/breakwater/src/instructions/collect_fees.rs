//! `collect_fees`: a market's protocol fees go to the keepers and the treasury.

use crate::error::{BreakwaterError, Explain};
use crate::events::FeesCollected;
use crate::layout::books;
use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::vault::{Vault, VaultSigner};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::revenue;

/// Accounts of `collect_fees`. Nobody needs to sign.
#[event_cpi]
#[derive(Accounts)]
pub struct CollectFees<'info> {
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`.
    #[account(mut)]
    pub market: UncheckedAccount<'info>,
    /// CHECK: opened as the market's `Ladder`.
    #[account(mut)]
    pub ladder: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub treasury: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub keeper_fees: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub collateral_vault: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    pub vault_authority: UncheckedAccount<'info>,
    /// Moves the tokens.
    pub token_program: Program<'info, Token>,
}

/// While the market's U is insured and nothing is going on there; deficits nobody bore are served first.
pub fn collect_fees<'info>(ctx: Context<'info, CollectFees<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    let pinned = accounts.treasury.key() == exchange.treasury && accounts.keeper_fees.key() == exchange.keeper_fees;
    require!(pinned, BreakwaterError::WrongTreasury);
    let vault = Vault::collateral(&exchange, &accounts.collateral_vault)?;
    let signer = VaultSigner::of(&exchange, accounts.exchange.key, &accounts.vault_authority)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_market(&exchange, &accounts.market, &accounts.ladder)?;
    gate::pass_in(Action::CollectFees, &exchange, &scope.markets[0].market, now)?;

    let keeper_share = books(&exchange.params).keeper_share;
    let market = scope.markets[0].books().market;
    let fees = revenue::collect_fees(market, keeper_share, now).explained()?;
    let index = market.id as u16;

    vault.send(&accounts.keeper_fees, &signer, fees.keepers)?;
    vault.send(&accounts.treasury, &signer, fees.treasury)?;
    let settled = scope.finish_collateral(&mut exchange, &vault)?;
    emit_cpi!(FeesCollected {
        market: index,
        served: fees.served.0,
        keepers: fees.keepers.0,
        treasury: fees.treasury.0,
    });
    Ok(settled)
}
