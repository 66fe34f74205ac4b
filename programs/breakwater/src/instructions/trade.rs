//! `trade`: a taker against the quotes passed, best price first.

use crate::error::{BreakwaterError, Explain};
use crate::events::Traded;
use crate::gate;
use crate::layout::books_mut;
use crate::open;
use crate::scope::{Parts, Scope, Settled};
use crate::state::{Exchange, Quote};
use crate::views::Views;
use anchor_lang::prelude::*;
use breakwater_engine::trade::{self, Maker, Order, MAKERS};
use breakwater_engine::{Lots, Price, Side};
use std::cell::RefMut;

/// A taker's order.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy)]
pub struct OrderArgs {
    /// 0: buy. 1: sell.
    pub side: u8,
    /// How much, a multiple of the market's step.
    pub lots: u64,
    /// The worst price accepted, 1e-12 atom per lot.
    pub limit: u64,
    /// Never opens.
    pub reduce_only: bool,
    /// How many makers are passed.
    pub makers: u8,
}

/// Accounts of `trade`. Then a pair of market and ladder, read only, for every other market of the taker; then a pair of
/// margin account and quote, writable, for every maker, best price first.
#[event_cpi]
#[derive(Accounts)]
pub struct Trade<'info> {
    /// Owner of the taker's account.
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`: the taker.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`.
    #[account(mut)]
    pub market: UncheckedAccount<'info>,
    /// CHECK: opened as the market's `Ladder`.
    #[account(mut)]
    pub ladder: UncheckedAccount<'info>,
}

/// The taker is checked over the whole account, makers at the position alone.
pub fn trade<'info>(ctx: Context<'info, Trade<'info>>, args: OrderArgs) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let (others, makers) = split(ctx.remaining_accounts, args.makers)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_own_account(&accounts.account, &accounts.owner)?;
    scope.open_market(&exchange, &accounts.market, &accounts.ladder)?;
    let mut quotes = open_makers(&mut scope, accounts.market.key, makers)?;
    let mut views = Views::of(&accounts.exchange);
    views.open_pairs(others)?;
    let mut order = order(&args)?;
    let taker = crate::layout::books(&scope.accounts[0].books);
    gate::pass_order(&mut order, &exchange, &scope.markets[0].market, taker, now)?;

    let others: Vec<_> = views.iter().collect();
    let Parts { accounts: [taker], more, mut books, .. } = scope.parts()?;
    let quotes = quotes.iter_mut().map(|quote| books_mut(&mut quote.books));
    let mut makers: Vec<_> = more.into_iter().zip(quotes).map(|(account, quote)| Maker { account, quote }).collect();
    let report = trade::trade(taker, &mut books[0], &others, &mut makers, order, now).explained()?;
    let (market, open_interest) = (books[0].market.id as u16, books[0].market.open_interest().0);

    let settled = scope.finish()?;
    emit_cpi!(Traded {
        account: ctx.accounts.account.key(),
        market,
        side: args.side,
        lots: report.filled.0,
        value: report.value.0,
        taker_fee: report.taker_fee.0,
        maker_fees: report.maker_fees.0,
        open_interest,
    });
    Ok(settled)
}

/// The taker's other markets, then the makers.
fn split<'a, 'info>(
    rest: &'a [AccountInfo<'info>],
    makers: u8,
) -> Result<(&'a [AccountInfo<'info>], &'a [AccountInfo<'info>])> {
    let makers = usize::from(makers);
    require!(makers <= MAKERS, BreakwaterError::TooManyMakers);
    let at = rest.len().checked_sub(makers * 2).ok_or(BreakwaterError::TooManyMakers)?;
    Ok(rest.split_at(at))
}

/// Opens the makers' accounts in the scope, and their quotes in this market.
fn open_makers<'a>(
    scope: &mut Scope<'a>,
    market: &Pubkey,
    pairs: &'a [AccountInfo<'_>],
) -> Result<Vec<RefMut<'a, Quote>>> {
    let mut quotes = Vec::with_capacity(MAKERS);
    for pair in pairs.chunks_exact(2) {
        scope.open_account(&pair[0])?;
        let quote = open::change::<Quote>(&pair[1])?;
        require_keys_eq!(quote.account, *pair[0].key, BreakwaterError::WrongQuote);
        require_keys_eq!(quote.market, *market, BreakwaterError::WrongMarket);
        quotes.push(quote);
    }
    Ok(quotes)
}

fn order(args: &OrderArgs) -> Result<Order> {
    let side = *Side::BOTH.get(usize::from(args.side)).ok_or(BreakwaterError::UnknownSide)?;
    Ok(Order { side, lots: Lots(args.lots), limit: Price(args.limit), reduce_only: args.reduce_only })
}
