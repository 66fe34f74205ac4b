//! Pyth: the only file that knows it. What comes out is an observation; the engine grades it.
//!
//! Pinned here: who owns the account, which feed it carries, that it is fully verified. Age, sign, exponent, confidence and
//! order in time are the engine's.

use crate::error::BreakwaterError;
use crate::state::{Exchange, Market, SOURCE_NONE, SOURCE_PULL, SOURCE_PUSH};
use anchor_lang::prelude::*;
use anchor_lang::Discriminator;
use breakwater_engine::price::Observation;
use breakwater_engine::source::Observed;
use pyth_sdk_solana::state::load_price_account;
use pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel};

/// Where a market's prices come from.
#[derive(Clone, Copy)]
pub struct Source {
    /// `SOURCE_PULL` or `SOURCE_PUSH`.
    pub kind: u8,
    /// Pull: the feed id. Push: the address of the price account.
    pub feed: [u8; 32],
}

/// Reads what a market's sources published. The second is passed exactly where the market names one: whoever leaves it out
/// could hide that it disagrees.
pub fn observe_all(
    exchange: &Exchange,
    market: &Market,
    first: &AccountInfo<'_>,
    second: Option<&AccountInfo<'_>>,
) -> Result<Observed> {
    require!(second.is_some() == (market.second_source != SOURCE_NONE), BreakwaterError::WrongSecondSource);
    let source = Source { kind: market.source, feed: market.feed };
    let first = observe(exchange, source, first)?;
    let source = Source { kind: market.second_source, feed: market.second_feed };
    let second = second.map(|account| observe(exchange, source, account)).transpose()?;
    Ok(Observed { first, second })
}

/// Whether a market may name a second source of this kind.
pub fn require_second(kind: u8) -> Result<()> {
    require!(matches!(kind, SOURCE_PULL | SOURCE_PUSH | SOURCE_NONE), BreakwaterError::WrongSource);
    Ok(())
}

/// Reads what a source published.
pub fn observe(exchange: &Exchange, source: Source, account: &AccountInfo<'_>) -> Result<Observation> {
    match source.kind {
        SOURCE_PULL => observe_pull(&exchange.receiver, &source.feed, account),
        SOURCE_PUSH => observe_push(&exchange.push_oracle, &source.feed, account),
        _ => err!(BreakwaterError::WrongSource),
    }
}

/// A pull update is decoded by borsh: its layout shifts by a byte with the verification level.
fn observe_pull(receiver: &Pubkey, feed: &[u8; 32], account: &AccountInfo<'_>) -> Result<Observation> {
    require_keys_eq!(*account.owner, *receiver, BreakwaterError::WrongOracleOwner);
    let bytes = account.try_borrow_data()?;
    let tagged = bytes.strip_prefix(PriceUpdateV2::DISCRIMINATOR).ok_or(BreakwaterError::WrongOracleAccount)?;
    let update = PriceUpdateV2::deserialize(&mut &*tagged).map_err(|_| BreakwaterError::WrongOracleAccount)?;
    require!(update.verification_level == VerificationLevel::Full, BreakwaterError::PriceNotVerified);
    let message = update.price_message;
    require!(message.feed_id == *feed, BreakwaterError::WrongFeed);
    Ok(Observation {
        price: message.price,
        confidence: message.conf,
        ema_price: message.ema_price,
        ema_confidence: message.ema_conf,
        exponent: message.exponent,
        publish_time: message.publish_time,
    })
}

fn observe_push(oracle: &Pubkey, feed: &[u8; 32], account: &AccountInfo<'_>) -> Result<Observation> {
    require_keys_eq!(*account.owner, *oracle, BreakwaterError::WrongOracleOwner);
    require!(account.key.to_bytes() == *feed, BreakwaterError::WrongFeed);
    let bytes = account.try_borrow_data()?;
    let prices = load_price_account::<32, ()>(&bytes).map_err(|_| BreakwaterError::WrongOracleAccount)?;
    // While the aggregate is not trading this is the last one that was, with its own time: it ages like any other.
    let feed = prices.to_price_feed(&account.key.to_bytes().into());
    let (spot, average) = (feed.get_price_unchecked(), feed.get_ema_price_unchecked());
    Ok(Observation {
        price: spot.price,
        confidence: spot.conf,
        ema_price: average.price,
        ema_confidence: average.conf,
        exponent: spot.expo,
        publish_time: spot.publish_time,
    })
}
