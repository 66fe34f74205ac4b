//! `trade`: a taker against the quotes passed, best price first whatever their order.

use crate::error::{BreakwaterError, Explain};
use crate::events::{Filled, Traded};
use crate::gate;
use crate::layout::{books, books_mut};
use crate::open;
use crate::scope::{Parts, Scope, Settled};
use crate::state::{Exchange, MarginAccount, Quote};
use crate::views::Views;
use anchor_lang::prelude::*;
use breakwater_engine::books::View;
use breakwater_engine::permission::Action;
use breakwater_engine::trade::{self, Maker, Markets, Order, TradeReport, MAKERS};
use breakwater_engine::units::Now;
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
    /// Where less fills the whole order is refused; 0: any fill will do.
    pub min_fill: u64,
    /// How many makers are passed.
    pub makers: u8,
}

/// Accounts of `trade`. Then a pair of market and ladder for every other market of the taker: read only, or writable where its
/// position may pay what a closing one lacks; then a pair of margin account and quote, writable, for every maker, in any
/// order.
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
    let (passed, mut quotes) = open_makers(&mut scope, (accounts.account.key, accounts.market.key), makers)?;
    let views = open_others(&mut scope, &exchange, &accounts.exchange, others)?;
    let mut order = order(&args)?;
    let taker = books(&scope.accounts[0].books);
    gate::pass_order(&mut order, &exchange, &scope.markets[0].market, taker, now)?;

    let others: Vec<_> = views.iter().collect();
    let report = fill(&mut scope, &others, &mut quotes, order)?;
    let market = &scope.markets[0].market;
    let told = (market.index, args.side, books(&market.books).open_interest().0);

    let settled = scope.finish()?;
    tell_fills(&ctx, &report, &passed, told)?;
    tell(&ctx, &report, told)?;
    Ok(settled)
}

/// Hands everything to the engine.
#[inline(never)]
fn fill(
    scope: &mut Scope<'_>,
    others: &[View<'_>],
    quotes: &mut [RefMut<'_, Quote>],
    order: Order,
) -> Result<Box<TradeReport>> {
    let now = scope.now();
    let Parts { accounts: [taker], more, mut books, .. } = scope.parts()?;
    let quotes = quotes.iter_mut().map(|quote| books_mut(&mut quote.books));
    let mut makers: Vec<_> = more.into_iter().zip(quotes).map(|(account, quote)| Maker { account, quote }).collect();
    let (traded, siblings) = books.split_first_mut().ok_or(BreakwaterError::MarketMissing)?;
    let markets = Markets { traded, siblings, others };
    trade::trade(taker, markets, &mut makers, order, now).map(Box::new).explained()
}

/// Each fill, with its maker.
#[inline(never)]
fn tell_fills<'info>(
    ctx: &Context<'info, Trade<'info>>,
    report: &TradeReport,
    passed: &[Pubkey],
    (market, side, _): (u16, u8, u64),
) -> Result<()> {
    for fill in report.fills.iter() {
        let maker = fill.maker.and_then(|at| passed.get(usize::from(at)).copied());
        emit_cpi!(Filled {
            taker: ctx.accounts.account.key(),
            maker: maker.unwrap_or(ctx.accounts.market.key()),
            market,
            side,
            lots: fill.lots.0,
            price: fill.price.0,
        });
    }
    Ok(())
}

/// The order as a whole.
#[inline(never)]
fn tell<'info>(
    ctx: &Context<'info, Trade<'info>>,
    report: &TradeReport,
    (market, side, open_interest): (u16, u8, u64),
) -> Result<()> {
    emit_cpi!(Traded {
        account: ctx.accounts.account.key(),
        market,
        side,
        lots: report.filled.0,
        value: report.value.0,
        taker_fee: report.taker_fee.0,
        maker_fees: report.maker_fees.0,
        open_interest,
    });
    Ok(())
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

/// Opens the taker's other markets: to change where they are writable and let positions be touched, so that they may be drawn
/// on, else to look at.
#[inline(never)]
fn open_others<'a>(
    scope: &mut Scope<'a>,
    exchange: &Exchange,
    address: &'a AccountInfo<'_>,
    pairs: &'a [AccountInfo<'_>],
) -> Result<Views<'a>> {
    require!(pairs.len().is_multiple_of(2), BreakwaterError::AccountsNotInPairs);
    let mut views = Views::of(address);
    for pair in pairs.chunks_exact(2) {
        let writable = pair.iter().all(|account| account.is_writable);
        if writable && touchable(exchange, address.key, &pair[0], scope.now())? {
            scope.open_market(exchange, &pair[0], &pair[1])?;
        } else {
            views.open(&pair[0], &pair[1])?;
        }
    }
    Ok(views)
}

/// Whether a market lets positions be touched now: one that does not is left out of what is drawn on (A27).
fn touchable(exchange: &Exchange, address: &Pubkey, market: &AccountInfo<'_>, now: Now) -> Result<bool> {
    let market = open::read_market(address, market)?;
    Ok(gate::pass_in(Action::Sync, exchange, &market, now).is_ok())
}

/// Opens the makers' accounts in the scope, and their quotes in this market. A maker who is not there any more, whose quote was
/// cancelled or who is the taker himself is passed over (N4): he would refuse an order that others can fill. Returns the accounts
/// opened, in their order.
#[inline(never)]
fn open_makers<'a>(
    scope: &mut Scope<'a>,
    (taker, market): (&Pubkey, &Pubkey),
    pairs: &'a [AccountInfo<'_>],
) -> Result<(Vec<Pubkey>, Vec<RefMut<'a, Quote>>)> {
    let (mut passed, mut quotes) = (Vec::with_capacity(MAKERS), Vec::with_capacity(MAKERS));
    for pair in pairs.chunks_exact(2) {
        if pair[0].key == taker || !open::is::<MarginAccount>(&pair[0]) || !open::is::<Quote>(&pair[1]) {
            continue;
        }
        scope.open_account(&pair[0])?;
        let quote = open::change::<Quote>(&pair[1])?;
        require_keys_eq!(quote.account, *pair[0].key, BreakwaterError::WrongQuote);
        require_keys_eq!(quote.market, *market, BreakwaterError::WrongMarket);
        passed.push(*pair[0].key);
        quotes.push(quote);
    }
    Ok((passed, quotes))
}

fn order(args: &OrderArgs) -> Result<Order> {
    let side = *Side::BOTH.get(usize::from(args.side)).ok_or(BreakwaterError::UnknownSide)?;
    Ok(Order {
        side,
        lots: Lots(args.lots),
        limit: Price(args.limit),
        reduce_only: args.reduce_only,
        min_fill: Lots(args.min_fill),
    })
}
