//! `set_quote`: standing offers, live while the whole account was checked lately.

use crate::error::{BreakwaterError, Explain};
use crate::events::QuoteSet;
use crate::layout::{books, books_mut};
use crate::scope::{Parts, Scope, Settled};
use crate::state::{Exchange, Level, Quote, QuoteBooks};
use crate::views::Views;
use crate::{gate, open, seeds};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;
use breakwater_engine::quote;

/// What a maker offers.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy)]
pub struct QuoteArgs {
    /// Bids, from the highest; size zero: none.
    pub bids: [Level; 4],
    /// Asks, from the lowest.
    pub asks: [Level; 4],
    /// Dead after this slot.
    pub expires: u64,
}

/// Accounts of `set_quote`. Then a pair of market and ladder, read only, for every other market of the account.
#[event_cpi]
#[derive(Accounts)]
pub struct SetQuote<'info> {
    /// Owner of the margin account, who pays the quote's rent and gets it back when it is cancelled.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// The quote: opened when it is not.
    #[account(
        init_if_needed, payer = owner, space = 8 + size_of::<Quote>(),
        seeds = [seeds::QUOTE, account.key.as_ref(), market.key.as_ref()], bump,
    )]
    pub quote: AccountLoader<'info, Quote>,
    /// CHECK: opened as `Market`.
    pub market: UncheckedAccount<'info>,
    /// CHECK: opened as the market's `Ladder`.
    pub ladder: UncheckedAccount<'info>,
    /// Creates the quote.
    pub system_program: Program<'info, System>,
}

/// Replaces all offers at once.
pub fn set_quote<'info>(ctx: Context<'info, SetQuote<'info>>, args: QuoteArgs) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_own_account(&accounts.account, &accounts.owner)?;
    let mut views = Views::of(&accounts.exchange);
    views.open(&accounts.market, &accounts.ladder)?;
    views.open_pairs(ctx.remaining_accounts)?;
    gate::pass_in(Action::SetQuote, &exchange, views.first()?, now)?;

    let is_new = open::is_new(accounts.quote.as_ref());
    let mut quote = if is_new { accounts.quote.load_init()? } else { accounts.quote.load_mut()? };
    quote.account = accounts.account.key();
    quote.market = accounts.market.key();
    let wanted = QuoteBooks { bids: args.bids, asks: args.asks, expires: args.expires, epoch: 0 };
    let Parts { accounts: [account], .. } = scope.parts()?;
    let market = views.iter().next().ok_or(BreakwaterError::MarketMissing)?;
    quote::set(books_mut(&mut quote.books), *books(&wanted), account, market, views.iter(), now).explained()?;
    let index = views.first()?.index;
    drop(quote);

    let settled = scope.finish()?;
    emit_cpi!(QuoteSet {
        account: ctx.accounts.account.key(),
        market: index,
        bids: args.bids.map(|level| level.size),
        asks: args.asks.map(|level| level.size),
        expires: args.expires,
    });
    Ok(settled)
}
