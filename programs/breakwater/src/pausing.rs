//! Pauses of the exchange and of markets: how they are changed, and what stands still under them.

use crate::error::{BreakwaterError, Explain};
use crate::events::PauseBitsSet;
use crate::gate;
use crate::layout::{books, books_mut};
use crate::open;
use crate::state::{Exchange, Market};
use anchor_lang::prelude::*;
use breakwater_engine::funding;
use breakwater_engine::permission::PauseBits;
use breakwater_engine::state::{FreezeClock, GuardianWeek, Pauses};
use breakwater_engine::units::Now;

/// Bits that exist, others: `UnknownPauseBits`; and that pause something where they are set, else: `ExchangeWidePause`.
pub fn known(bits: u64, of_market: bool) -> Result<PauseBits> {
    require!(bits & !PauseBits::ALL.0 == 0, BreakwaterError::UnknownPauseBits);
    require!(!of_market || bits & !PauseBits::OF_MARKETS.0 == 0, BreakwaterError::ExchangeWidePause);
    Ok(PauseBits(bits))
}

/// What stands still in a market under the pauses that hold now; and nobody pays funding for the time of a pause that has
/// ended since it was last paid, seen or not (F21).
pub fn stand(exchange: &Exchange, market: &mut Market, now: Now) -> Result<()> {
    let running = books(&exchange.pauses).running_since(now).max(books(&market.pauses).running_since(now));
    funding::stand_still(books_mut(&mut market.books), running).explained()?;
    let stops = gate::stops(exchange, market, now);
    books_mut(&mut market.books).stop(stops, now).explained()
}

/// Settles a market's funding up to now under what held until now: before its pauses or its parameters change.
pub fn settle_funding(exchange: &Exchange, market: &mut Market, now: Now) -> Result<()> {
    stand(exchange, market, now)?;
    funding::accrue(books_mut(&mut market.books), now).explained()
}

/// Changes the pauses of the exchange, or of one of its markets where one is passed.
pub fn change(
    exchange: &mut Exchange,
    key: &Pubkey,
    market: Option<&AccountInfo<'_>>,
    now: Now,
    change: impl FnOnce(&mut Pauses, (&mut GuardianWeek, &mut FreezeClock)) -> breakwater_engine::Result<()>,
) -> Result<PauseBitsSet> {
    let Some(market) = market else {
        let clocks = (books_mut(&mut exchange.guardian_week), books_mut(&mut exchange.freeze_clock));
        change(books_mut(&mut exchange.pauses), clocks).explained()?;
        return Ok(told(u16::MAX, books(&exchange.pauses), now));
    };
    let mut market = open::change_market(key, market)?;
    settle_funding(exchange, &mut market, now)?;
    let clocks = (books_mut(&mut exchange.guardian_week), books_mut(&mut exchange.freeze_clock));
    change(books_mut(&mut market.pauses), clocks).explained()?;
    stand(exchange, &mut market, now)?;
    Ok(told(market.index, books(&market.pauses), now))
}

fn told(market: u16, pauses: &Pauses, now: Now) -> PauseBitsSet {
    PauseBitsSet {
        market,
        bits: pauses.bits(now).0,
        authority_until: pauses.authority.until,
        guardian_until: pauses.guardian.until,
        frozen_until: pauses.frozen_until,
    }
}
