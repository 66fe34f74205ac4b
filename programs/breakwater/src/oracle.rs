//! Pyth: the only file that knows it. What comes out is an observation; the engine grades it.
//!
//! Pinned here: who owns the account, which feed it carries, that it is fully verified. Age, sign, exponent, confidence and
//! order in time are the engine's.
//!
//! An account that is closed, belongs to another program or cannot be read is a source that says nothing: no error of a refresh,
//! which then has the other source (A21). A listing and a proposal name it by an error: they want a source that speaks. An
//! account of another feed, or an update that is not fully verified, is the caller's mistake everywhere.

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

/// Reads what a market's sources say. The second is passed exactly where the market names one: whoever leaves it out could hide
/// that it disagrees.
pub fn observe_all(
    exchange: &Exchange,
    market: &Market,
    first: &AccountInfo<'_>,
    second: Option<&AccountInfo<'_>>,
) -> Result<Observed> {
    require!(second.is_some() == (market.second_source != SOURCE_NONE), BreakwaterError::WrongSecondSource);
    let source = Source { kind: market.source, feed: market.feed };
    let first = listen(exchange, source, first)?;
    let source = Source { kind: market.second_source, feed: market.second_feed };
    let second = second.map_or(Ok(None), |account| listen(exchange, source, account))?;
    Ok(Observed { first, second })
}

/// Whether a market may name a second source of this kind.
pub fn require_second(kind: u8) -> Result<()> {
    require!(matches!(kind, SOURCE_PULL | SOURCE_PUSH | SOURCE_NONE), BreakwaterError::WrongSource);
    Ok(())
}

/// Why an account says nothing.
type Silence = BreakwaterError;

/// Reads what a source published: where prices enter for the first time, it must say something.
pub fn observe(exchange: &Exchange, source: Source, account: &AccountInfo<'_>) -> Result<Observation> {
    Ok(read(exchange, source, account)??)
}

/// Reads what a source says, if it says anything.
pub fn listen(exchange: &Exchange, source: Source, account: &AccountInfo<'_>) -> Result<Option<Observation>> {
    Ok(read(exchange, source, account)?.ok())
}

fn read(
    exchange: &Exchange,
    source: Source,
    account: &AccountInfo<'_>,
) -> Result<std::result::Result<Observation, Silence>> {
    match source.kind {
        SOURCE_PULL => read_pull(&exchange.receiver, &source.feed, account),
        SOURCE_PUSH => read_push(&exchange.push_oracle, &source.feed, account),
        _ => err!(BreakwaterError::WrongSource),
    }
}

/// A pull update is decoded by borsh: its layout shifts by a byte with the verification level.
fn read_pull(
    receiver: &Pubkey,
    feed: &[u8; 32],
    account: &AccountInfo<'_>,
) -> Result<std::result::Result<Observation, Silence>> {
    if account.owner != receiver {
        return Ok(Err(BreakwaterError::WrongOracleOwner));
    }
    let bytes = account.try_borrow_data()?;
    let tagged = bytes.strip_prefix(PriceUpdateV2::DISCRIMINATOR);
    let Some(update) = tagged.and_then(|mut tagged| PriceUpdateV2::deserialize(&mut tagged).ok()) else {
        return Ok(Err(BreakwaterError::WrongOracleAccount));
    };
    require!(update.verification_level == VerificationLevel::Full, BreakwaterError::PriceNotVerified);
    let message = update.price_message;
    require!(message.feed_id == *feed, BreakwaterError::WrongFeed);
    Ok(Ok(Observation {
        price: message.price,
        confidence: message.conf,
        ema_price: message.ema_price,
        ema_confidence: message.ema_conf,
        exponent: message.exponent,
        publish_time: message.publish_time,
    }))
}

fn read_push(
    oracle: &Pubkey,
    feed: &[u8; 32],
    account: &AccountInfo<'_>,
) -> Result<std::result::Result<Observation, Silence>> {
    require!(account.key.to_bytes() == *feed, BreakwaterError::WrongFeed);
    if account.owner != oracle {
        return Ok(Err(BreakwaterError::WrongOracleOwner));
    }
    let bytes = account.try_borrow_data()?;
    let Ok(prices) = load_price_account::<32, ()>(&bytes) else {
        return Ok(Err(BreakwaterError::WrongOracleAccount));
    };
    // While the aggregate is not trading this is the last one that was, with its own time: it ages like any other.
    let feed = prices.to_price_feed(&account.key.to_bytes().into());
    let (spot, average) = (feed.get_price_unchecked(), feed.get_ema_price_unchecked());
    Ok(Ok(Observation {
        price: spot.price,
        confidence: spot.conf,
        ema_price: average.price,
        ema_confidence: average.conf,
        exponent: spot.expo,
        publish_time: spot.publish_time,
    }))
}
