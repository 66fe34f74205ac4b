//! What a proposal changes: whether it may be proposed, whether what it was made for still holds, and the change itself.

use crate::error::{BreakwaterError, Explain};
use crate::layout::{books, books_mut};
use crate::pausing;
use crate::state::{kind, Change, Exchange, Market, SOURCE_NONE, SOURCE_PULL, SOURCE_PUSH};
use crate::vault::require_fee_account;
use anchor_lang::prelude::*;
use breakwater_engine::layer::Terms;
use breakwater_engine::state::{ExchangeParams, MarketParams, Second};
use breakwater_engine::units::Now;
use breakwater_engine::Error;

/// Seconds in which an offer of the authority may be accepted, once its proposal is executed.
const OFFER_SECONDS: u64 = 7 * 86_400;

/// Timelocks that a change of an oracle program waits: whoever says prices takes everything, so that everybody has twice the time to
/// leave.
const ORACLE_TIMELOCKS: u64 = 2;

/// Seconds a change waits.
pub fn waits(change: &Change, exchange: &Exchange) -> u64 {
    let timelock = exchange.params.timelock_seconds;
    if change.kind == kind::ORACLE {
        timelock.saturating_mul(ORACLE_TIMELOCKS)
    } else {
        timelock
    }
}

/// Whether the account a change names is what it must be, when it is proposed and when it is executed: protocol fees go to token
/// accounts, and what owns prices is a program. Other changes name nothing that is looked at.
pub fn require_named(change: &Change, exchange: &Exchange, named: Option<&AccountInfo<'_>>) -> Result<()> {
    let named = named.filter(|named| *named.key == change.key);
    match change.kind {
        kind::FEE_ACCOUNT => {
            let account = named.ok_or(BreakwaterError::WrongTreasury)?;
            require_fee_account(&exchange.mint, &exchange.vault_authority, account)
        }
        kind::ORACLE => {
            require!(named.is_some_and(|named| named.executable), BreakwaterError::NotAProgram);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Opens the market a change concerns, by `open`: exactly where it concerns one.
pub fn market_of<'a, 'i, M: std::ops::Deref<Target = Market>>(
    change: &Change,
    exchange: &Pubkey,
    market: Option<&'a AccountInfo<'i>>,
    open: impl FnOnce(&'a AccountInfo<'i>) -> Result<M>,
) -> Result<Option<M>> {
    let concerns = matches!(change.kind, kind::MARKET_PARAMETER | kind::SOURCE | kind::SECOND_SOURCE | kind::LAYER);
    let Some(account) = market else {
        require!(!concerns, BreakwaterError::WrongMarket);
        return Ok(None);
    };
    let opened = open(account)?;
    require_keys_eq!(opened.exchange, *exchange, BreakwaterError::WrongExchange);
    require!(concerns && u64::from(opened.index) == change.market, BreakwaterError::WrongMarket);
    Ok(Some(opened))
}

/// What it changes, as it is now: a parameter's value, or the first eight bytes of an address or a feed. A layer's seat and
/// the collaterals are what they are when it is executed.
pub fn current(change: &Change, exchange: &Exchange, market: Option<&Market>) -> Result<u64> {
    Ok(match change.kind {
        kind::MARKET_PARAMETER => params(market)?.parameter(parameter(change)?).explained()?,
        kind::EXCHANGE_PARAMETER => books(&exchange.params).parameter(parameter(change)?).explained()?,
        kind::GUARDIAN => head(&exchange.guardian.to_bytes()),
        kind::FEE_ACCOUNT | kind::ORACLE => head(&address(change, exchange)?.to_bytes()),
        kind::SOURCE => head(&passed(market)?.feed),
        kind::SECOND_SOURCE => head(&passed(market)?.second_feed),
        kind::LAYER => 0,
        kind::AUTHORITY => head(&exchange.authority.to_bytes()),
        _ => return err!(BreakwaterError::UnknownChange),
    })
}

/// Whether it could be made now: what is out of bounds is not even proposed.
pub fn check(change: &Change, exchange: &Exchange, market: Option<&Market>, now: Now) -> Result<()> {
    match change.kind {
        kind::MARKET_PARAMETER => market_params(change, passed(market)?).map(|_| ()),
        kind::EXCHANGE_PARAMETER => exchange_params(change, exchange).map(|_| ()),
        kind::GUARDIAN => differs(change.key != exchange.guardian),
        kind::FEE_ACCOUNT | kind::ORACLE => differs(change.key != *address(change, exchange)?),
        kind::SOURCE => {
            require!(is_source(change.to), BreakwaterError::WrongSource);
            let market = passed(market)?;
            differs(change.to != u64::from(market.source) || change.key.to_bytes() != market.feed)
        }
        kind::SECOND_SOURCE => {
            require!(is_source(change.to) || change.to == u64::from(SOURCE_NONE), BreakwaterError::WrongSource);
            let market = passed(market)?;
            differs(change.to != u64::from(market.second_source) || change.key.to_bytes() != market.second_feed)
        }
        kind::LAYER => {
            let mut seats = books(&passed(market)?.books).layers;
            terms(change)?.take_seat(&mut seats, seat(change), now).explained()
        }
        kind::AUTHORITY => differs(change.key != exchange.authority),
        _ => err!(BreakwaterError::UnknownChange),
    }
}

/// Makes it.
pub fn make(change: &Change, exchange: &mut Exchange, market: Option<&mut Market>, now: Now) -> Result<()> {
    check(change, exchange, market.as_deref(), now)?;
    match change.kind {
        kind::EXCHANGE_PARAMETER => *books_mut(&mut exchange.params) = exchange_params(change, exchange)?,
        kind::GUARDIAN => exchange.guardian = change.key,
        kind::FEE_ACCOUNT | kind::ORACLE => *address_mut(change, exchange)? = change.key,
        kind::AUTHORITY => {
            exchange.next_authority = change.key;
            exchange.offer_lapses_at = now.time.saturating_add_unsigned(OFFER_SECONDS);
        }
        _ => make_in(change, exchange, market.ok_or(BreakwaterError::WrongMarket)?, now)?,
    }
    Ok(())
}

fn make_in(change: &Change, exchange: &Exchange, market: &mut Market, now: Now) -> Result<()> {
    // Funding up to now is paid by what held until now.
    pausing::settle_funding(exchange, market, now)?;
    let source = change.to as u8;
    match change.kind {
        kind::MARKET_PARAMETER => books_mut(&mut market.books).params = market_params(change, market)?,
        kind::SOURCE => (market.source, market.feed) = (source, change.key.to_bytes()),
        kind::SECOND_SOURCE => {
            (market.second_source, market.second_feed) = (source, change.key.to_bytes());
            books_mut(&mut market.books).second = Second::default();
        }
        kind::LAYER => {
            let seats = &mut books_mut(&mut market.books).layers;
            terms(change)?.take_seat(seats, seat(change), now).explained()?;
            market.underwriters[seat(change)] = change.key;
        }
        _ => return err!(BreakwaterError::UnknownChange),
    }
    Ok(())
}

/// Parameters of a market after the change.
#[inline(never)]
fn market_params(change: &Change, market: &Market) -> Result<MarketParams> {
    let books = books(&market.books);
    let mut params = books.params;
    params.change(parameter(change)?, change.to, books.mark.price).explained()?;
    Ok(params)
}

/// Parameters of the exchange after the change.
#[inline(never)]
fn exchange_params(change: &Change, exchange: &Exchange) -> Result<ExchangeParams> {
    let mut params = *books(&exchange.params);
    params.change(parameter(change)?, change.to).explained()?;
    Ok(params)
}

fn address<'e>(change: &Change, exchange: &'e Exchange) -> Result<&'e Pubkey> {
    Ok(match (change.kind, change.field) {
        (kind::FEE_ACCOUNT, 0) => &exchange.treasury,
        (kind::FEE_ACCOUNT, 1) => &exchange.keeper_fees,
        (kind::ORACLE, 0) => &exchange.receiver,
        (kind::ORACLE, 1) => &exchange.push_oracle,
        _ => return err!(BreakwaterError::UnknownParameter),
    })
}

fn address_mut<'e>(change: &Change, exchange: &'e mut Exchange) -> Result<&'e mut Pubkey> {
    Ok(match (change.kind, change.field) {
        (kind::FEE_ACCOUNT, 0) => &mut exchange.treasury,
        (kind::FEE_ACCOUNT, 1) => &mut exchange.keeper_fees,
        (kind::ORACLE, 0) => &mut exchange.receiver,
        (kind::ORACLE, 1) => &mut exchange.push_oracle,
        _ => return err!(BreakwaterError::UnknownParameter),
    })
}

fn passed(market: Option<&Market>) -> Result<&Market> {
    Ok(market.ok_or(BreakwaterError::WrongMarket)?)
}

fn params(market: Option<&Market>) -> Result<&MarketParams> {
    Ok(&books(&passed(market)?.books).params)
}

fn parameter(change: &Change) -> Result<u16> {
    Ok(u16::try_from(change.field).map_err(|_| BreakwaterError::UnknownParameter)?)
}

fn terms(change: &Change) -> Result<Terms> {
    Terms::from_numbers(change.numbers).explained()
}

/// A number too large is no seat either.
fn seat(change: &Change) -> usize {
    usize::try_from(change.field).unwrap_or(usize::MAX)
}

const fn is_source(number: u64) -> bool {
    number == SOURCE_PULL as u64 || number == SOURCE_PUSH as u64
}

fn differs(differs: bool) -> Result<()> {
    if differs {
        Ok(())
    } else {
        Err(Error::NothingChanges).explained()
    }
}

/// Tells one address from another well enough to notice that it was changed.
fn head(bytes: &[u8; 32]) -> u64 {
    bytes.first_chunk().map_or(0, |head| u64::from_le_bytes(*head))
}
