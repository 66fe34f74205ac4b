//! `set_quote`: standing offers, live while the whole account was checked lately.

use crate::error::{BreakwaterError, Explain};
use crate::events::QuoteSet;
use crate::layout::{books, books_mut};
use crate::scope::{Parts, Scope, Settled};
use crate::state::{Exchange, Level, Quote, QuoteBooks};
use crate::views::Views;
use crate::{gate, open, seeds};
use anchor_lang::prelude::*;
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
    /// The largest age, by publish time, of the mark that pegged levels fill at, in slots of 400 ms; 0: the market's own limit.
    pub mark_age_slots_max: u32,
    /// Never opens: needs no initial margin and a usable price only, and outlives the check of the account.
    pub reduce_only: bool,
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

/// Replaces all offers at once. Where the account or the price lets nobody open, a quote that only reduces passes, and is marked so.
pub fn set_quote<'info>(ctx: Context<'info, SetQuote<'info>>, args: QuoteArgs) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_own_account(&accounts.account, &accounts.owner)?;
    let mut views = Views::of(&accounts.exchange);
    views.open(&accounts.market, &accounts.ladder)?;
    views.open_pairs(ctx.remaining_accounts)?;
    let mut wanted = wanted(&args);
    let maker = books(&scope.accounts[0].books);
    gate::pass_quote(&mut wanted, &exchange, views.first()?, maker, now)?;

    let is_new = open::is_new(accounts.quote.as_ref());
    let mut quote = if is_new { accounts.quote.load_init()? } else { accounts.quote.load_mut()? };
    quote.account = accounts.account.key();
    quote.market = accounts.market.key();
    let Parts { accounts: [account], .. } = scope.parts()?;
    let market = views.iter().next().ok_or(BreakwaterError::MarketMissing)?;
    quote::set(books_mut(&mut quote.books), wanted, account, market, views.iter(), now).explained()?;
    let (index, reduce_only) = (views.first()?.index, quote.books.reduce_only != 0);
    drop(quote);

    let settled = scope.finish()?;
    emit_cpi!(QuoteSet {
        account: ctx.accounts.account.key(),
        market: index,
        bids: args.bids.map(|level| level.size),
        asks: args.asks.map(|level| level.size),
        expires: args.expires,
        mark_age_slots_max: args.mark_age_slots_max,
        reduce_only,
    });
    Ok(settled)
}

fn wanted(args: &QuoteArgs) -> breakwater_engine::state::QuoteBooks {
    *books(&QuoteBooks {
        bids: args.bids,
        asks: args.asks,
        expires: args.expires,
        epoch: 0,
        mark_age_slots_max: args.mark_age_slots_max,
        reduce_only: args.reduce_only.into(),
    })
}
