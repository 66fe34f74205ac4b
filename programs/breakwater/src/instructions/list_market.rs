//! `list_market`: a market and the ladder the client created for it, bound to it by the address it was created at.

use crate::error::{BreakwaterError, Explain};
use crate::events::MarketListed;
use crate::layout::{books, books_mut};
use crate::oracle::{self, Source};
use crate::scope::{Scope, Settled};
use crate::state::{Exchange, Ladder, Market, MarketParams};
use crate::{authority, gate, open, seeds};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;
use breakwater_engine::refresh;

/// What a market is listed with.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy)]
pub struct MarketArgs {
    /// The exchange's next free number.
    pub index: u16,
    /// 0: Pyth pull. 1: Pyth push.
    pub source: u8,
    /// Pull: the feed id. Push: the address of the price account.
    pub feed: [u8; 32],
    /// The second source's kind; 255: there is none.
    pub second_source: u8,
    /// The second source's feed id or price account.
    pub second_feed: [u8; 32],
    /// Name, zero-padded.
    pub name: [u8; 16],
    /// Parameters.
    pub params: MarketParams,
}

/// Accounts of `list_market`.
#[event_cpi]
#[derive(Accounts)]
#[instruction(args: MarketArgs)]
pub struct ListMarket<'info> {
    /// The exchange's authority, who pays the rent.
    #[account(mut)]
    pub authority: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// The market.
    #[account(
        init, payer = authority, space = 8 + size_of::<Market>(),
        seeds = [seeds::MARKET, exchange.key.as_ref(), &args.index.to_le_bytes()], bump,
    )]
    pub market: AccountLoader<'info, Market>,
    /// Its ladder: created by the client, owned by this program, all zero, at the address derived from its base and the market.
    #[account(zero)]
    pub ladder: AccountLoader<'info, Ladder>,
    /// CHECK: whose address the ladder's is derived from. It signed when the ladder was created.
    pub ladder_base: UncheckedAccount<'info>,
    /// CHECK: read by `oracle`, which knows its owner and feed.
    pub price: UncheckedAccount<'info>,
    /// CHECK: read by `nonce`.
    pub instructions: UncheckedAccount<'info>,
    /// Creates the market.
    pub system_program: Program<'info, System>,
}

/// The first price must be good.
pub fn list_market<'info>(ctx: Context<'info, ListMarket<'info>>, args: MarketArgs) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    authority::require(&exchange, &accounts.authority, &accounts.instructions)?;
    gate::pass(Action::ListMarket, &exchange, now)?;
    require!(args.index == exchange.market_count, BreakwaterError::WrongIndex);

    require_bound(&accounts.market.key(), accounts.ladder_base.key, &accounts.ladder.key())?;
    oracle::require_second(args.second_source)?;
    let source = Source { kind: args.source, feed: args.feed };
    let observation = oracle::observe(&exchange, source, &accounts.price)?;
    let mut market = accounts.market.load_init()?;
    let listed = books_mut(&mut market.books);
    refresh::list(listed, books(&args.params), u64::from(args.index), &observation, now).explained()?;
    let price = listed.mark.price.0;
    market.exchange = accounts.exchange.key();
    market.ladder = accounts.ladder.key();
    market.feed = args.feed;
    market.name = args.name;
    market.index = args.index;
    market.source = args.source;
    market.second_source = args.second_source;
    market.second_feed = args.second_feed;
    market.opens_at = now.time.saturating_add_unsigned(exchange.params.timelock_seconds);
    market.bump = ctx.bumps.market;
    accounts.ladder.load_init()?.market = accounts.market.key();
    exchange.market_count += 1;
    drop((market, exchange));

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(MarketListed { market: args.index, ladder: ctx.accounts.ladder.key(), price });
    Ok(settled)
}

/// A ladder is too large for the program to create, so somebody else pays for it first. Its address says for which market, and with
/// that of which exchange: no other listing takes it (A28).
fn require_bound(market: &Pubkey, base: &Pubkey, ladder: &Pubkey) -> Result<()> {
    let bound = Pubkey::create_with_seed(base, &seeds::ladder(market), &crate::ID);
    require!(bound.is_ok_and(|bound| bound == *ladder), BreakwaterError::LadderElsewhere);
    Ok(())
}
