//! `open_account`: a margin account for the signer.

use crate::events::AccountOpened;
use crate::layout::books_mut;
use crate::scope::{Scope, Settled};
use crate::state::{Exchange, MarginAccount, Trader};
use crate::{gate, open, seeds};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;
use breakwater_engine::state::MarketSlot;

/// Accounts of `open_account`.
#[event_cpi]
#[derive(Accounts)]
#[instruction(index: u16)]
pub struct OpenAccount<'info> {
    /// Owner, and payer of the rent, which comes back when the account is closed.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// The account to open.
    #[account(
        init, payer = owner, space = 8 + size_of::<MarginAccount>(),
        seeds = [seeds::ACCOUNT, exchange.key.as_ref(), owner.key.as_ref(), &index.to_le_bytes()], bump,
    )]
    pub account: AccountLoader<'info, MarginAccount>,
    /// The owner's record, opened with his first account: it outlives them, and its rent stays.
    #[account(
        init_if_needed, payer = owner, space = 8 + size_of::<Trader>(),
        seeds = [seeds::TRADER, exchange.key.as_ref(), owner.key.as_ref()], bump,
    )]
    pub trader: AccountLoader<'info, Trader>,
    /// Creates it.
    pub system_program: Program<'info, System>,
}

/// `index` tells an owner's accounts apart.
pub fn open_account<'info>(ctx: Context<'info, OpenAccount<'info>>, index: u16) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::OpenAccount, &exchange, now)?;

    let mut account = accounts.account.load_init()?;
    account.exchange = accounts.exchange.key();
    account.owner = accounts.owner.key();
    account.index = index;
    account.bump = ctx.bumps.account;
    let books = books_mut(&mut account.books);
    books.slots.iter_mut().for_each(|slot| *slot = MarketSlot::default());
    // Later than any epoch an account at this address had before: no quote of a former life is live again.
    books.quote_epoch = now.slot << 20;

    if open::is_new(accounts.trader.as_ref()) {
        let mut trader = accounts.trader.load_init()?;
        trader.exchange = accounts.exchange.key();
        trader.owner = accounts.owner.key();
        trader.bump = ctx.bumps.trader;
    }

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(AccountOpened { account: ctx.accounts.account.key(), owner: ctx.accounts.owner.key() });
    Ok(settled)
}
