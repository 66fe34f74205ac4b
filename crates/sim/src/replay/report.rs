//! The final state: where everybody stands, in decimal strings.
//!
//! Positions are caught up whether or not anyone has touched them: records and indices applied, claims that were paid
//! collected, nothing topped up or snapped.

use breakwater_engine::state::{AccountBooks, MarketBooks, MarketSlot};
use std::collections::BTreeMap;

use breakwater_engine::ladder::locate::Place;
use breakwater_engine::units::Cash;
use breakwater_engine::{totals, vesting, wide, Atoms, Side};
use serde::Serialize;

use crate::audit::audit;
use crate::decimal::fixed;
use crate::names::Names;
use crate::quantity::{self, usd, usd_floor};
pub use crate::shared::Refused;
use crate::venue::{Books, State};

/// Everything a replay prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FinalState {
    /// Whether every atom is accounted for.
    pub conserved: bool,
    /// Operations that were refused.
    pub refused: Vec<Refused>,
    /// The insurance fund.
    pub insurance_usd: String,
    /// Fees collected for the protocol.
    pub fees_usd: String,
    /// Markets by name.
    pub markets: BTreeMap<String, MarketState>,
    /// Accounts by name.
    pub accounts: BTreeMap<String, AccountState>,
}

/// A number for each side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sides {
    /// Of longs.
    pub long: String,
    /// Of shorts.
    pub short: String,
}

/// A market at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "replay.md names them")]
pub struct MarketState {
    pub mark: String,
    pub open_interest: String,
    pub long_cash_usd: String,
    pub short_cash_usd: String,
    pub residue_usd: String,
    pub reserve_usd: String,
    pub cover_usd: String,
    pub unfunded_usd: String,
    pub loss_per_unit: Sides,
    pub untouched_shortfall_usd: Sides,
    pub tiers: Tiers,
}

/// What the waterfall did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "replay.md names them")]
pub struct Tiers {
    pub partial_liquidations: u64,
    pub insured_usd: String,
    pub deleveraged: String,
    pub absorbed_usd: String,
    pub socialised_usd: String,
}

/// An account at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "replay.md names them")]
pub struct AccountState {
    pub free_usd: String,
    pub vesting_usd: String,
    pub claims_usd: String,
    pub equity_usd: String,
    pub positions: BTreeMap<String, PositionState>,
}

/// A position at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "replay.md names them")]
pub struct PositionState {
    pub size: String,
    pub cash_usd: String,
    pub bankruptcy_price: String,
}

/// Prints a state by the names of a script.
pub fn report(state: &State, names: &Names, refused: Vec<Refused>) -> Result<FinalState, String> {
    let fees: u64 = state.markets.iter().map(|books| books.market.fees.0).sum();
    let mut markets = BTreeMap::new();
    for (name, id) in names.markets() {
        markets.insert(name.to_string(), market(&state.markets[id]).map_err(named(name))?);
    }
    // Collecting claims takes positions off the ladder: on a copy, one for all, because it changes nobody else's.
    let mut scratch = state.markets.clone();
    let mut accounts = BTreeMap::new();
    for (name, id) in names.accounts() {
        let printed = account(&state.accounts[id], &state.markets, &mut scratch, names);
        accounts.insert(name.to_string(), printed.map_err(named(name))?);
    }
    Ok(FinalState {
        conserved: audit(state).conserved(),
        refused,
        insurance_usd: usd(state.fund.booked),
        fees_usd: usd(Atoms(fees)),
        markets,
        accounts,
    })
}

fn named(name: &str) -> impl FnOnce(breakwater_engine::Error) -> String + '_ {
    move |error| format!("{name}: {error:?}")
}

fn size(lots: i128, market: &MarketBooks) -> String {
    quantity::size(lots, market.params.lot_exponent)
}

fn price(numerator: i128, lots: u64, market: &MarketBooks) -> String {
    quantity::per_unit(numerator, lots, market.params.lot_exponent)
}

fn market(books: &Books) -> breakwater_engine::Result<MarketState> {
    let market = &books.market;
    let cash = |side| totals::side_cash(side, market.side(side)).map(usd_floor);
    let mut reserve = Cash::ZERO;
    for side in Side::BOTH {
        reserve = reserve.plus(totals::reserve(market.side(side))?)?;
    }
    Ok(MarketState {
        mark: price(i128::from(market.mark.price.0), 1, market),
        open_interest: size(i128::from(market.open_interest().0), market),
        long_cash_usd: cash(Side::Long)?,
        short_cash_usd: cash(Side::Short)?,
        residue_usd: fixed(totals::residue_value(market)?, 6),
        reserve_usd: usd_floor(reserve),
        cover_usd: usd(market.cover.amount),
        unfunded_usd: usd(market.unfunded),
        loss_per_unit: sides(|side| Ok(price(market.side(side).claims.now.loss.get() as i128, 1, market)))?,
        untouched_shortfall_usd: sides(|side| shortfall(books, side))?,
        tiers: tiers(market),
    })
}

fn sides(of: impl Fn(Side) -> breakwater_engine::Result<String>) -> breakwater_engine::Result<Sides> {
    Ok(Sides { long: of(Side::Long)?, short: of(Side::Short)? })
}

fn shortfall(books: &Books, side: Side) -> breakwater_engine::Result<String> {
    let key = books.market.mark_key(side)?;
    let beyond = books.ladder.side(side).beyond(side, &books.market.grid.scale, key)?;
    Ok(usd_floor(Cash(beyond.shortfall as i128)))
}

fn tiers(market: &MarketBooks) -> Tiers {
    let tally = &market.tally;
    Tiers {
        partial_liquidations: tally.partial_liquidations,
        insured_usd: usd(tally.insured),
        deleveraged: size(i128::from(tally.deleveraged.0), market),
        absorbed_usd: usd(tally.absorbed),
        socialised_usd: usd(tally.socialised),
    }
}

fn account(
    account: &AccountBooks,
    markets: &[Books],
    scratch: &mut [Books],
    names: &Names,
) -> breakwater_engine::Result<AccountState> {
    let mut positions = BTreeMap::new();
    let mut equity = Cash::ZERO;
    let Collected { free, waiting, claims } = collect(account, scratch)?;
    for slot in &account.slots {
        let Some(name) = usize::try_from(slot.market).ok().and_then(|at| names.name_of(at)) else { continue };
        let books = &markets[slot.market as usize];
        let holding = books.view().holding(slot)?;
        equity = equity.plus(books.view().equity_at(&holding, books.market.mark.price)?)?;
        if holding.lots.0 != 0 || holding.cash.0 != 0 {
            positions.insert(name.to_string(), position(books, slot)?);
        }
    }
    equity = equity.plus(free.cash())?.plus(waiting.cash())?;
    Ok(AccountState {
        free_usd: usd(free),
        vesting_usd: usd(waiting),
        claims_usd: usd(claims),
        equity_usd: usd_floor(equity),
        positions,
    })
}

/// What an account has outside its positions.
struct Collected {
    free: Atoms,
    /// Vesting profit, with what claims were paid.
    waiting: Atoms,
    /// What claims are still worth.
    claims: Atoms,
}

fn collect(account: &AccountBooks, scratch: &mut [Books]) -> breakwater_engine::Result<Collected> {
    let mut copy = *account;
    let (mut waiting, mut claims) = (Atoms::ZERO, Atoms::ZERO);
    for at in 0..copy.slots.len() {
        let Some(books) = usize::try_from(copy.slots[at].market).ok().and_then(|market| scratch.get_mut(market)) else {
            continue;
        };
        if books.market.grid.cursor == 0 {
            let _ = books.books().lift(&mut copy)?;
        }
        let slot = &copy.slots[at];
        waiting = waiting.plus(vesting::worth(&books.market, slot)?)?;
        for (side, units) in books.market.sides.iter().zip(&slot.units) {
            claims = claims.plus(side.claims.worth(units)?)?;
        }
    }
    Ok(Collected { free: copy.free, waiting, claims })
}

fn position(books: &Books, slot: &MarketSlot) -> breakwater_engine::Result<PositionState> {
    let market = &books.market;
    let holding = books.view().holding(slot)?;
    let signed = holding.side.signed(i128::from(holding.lots.0))?;
    let bankruptcy = if holding.lots.0 == 0 { fixed(0, 12) } else { bankruptcy_price(books, slot)? };
    Ok(PositionState { size: size(signed, market), cash_usd: usd_floor(holding.cash), bankruptcy_price: bankruptcy })
}

/// b = K - X, the price at which the position without its spare is worth nothing.
fn bankruptcy_price(books: &Books, slot: &MarketSlot) -> breakwater_engine::Result<String> {
    let market = &books.market;
    let position = &slot.position;
    let Some(side) = position.side() else { return Ok(fixed(0, 12)) };
    let located = books.ladder.side(side).locate(&market.grid, side, position)?;
    let (lots, moment) = match located.place {
        Place::Line(at) => (position.size(), wide::mul_signed(market.grid.scale.key(side, at)?, position.size().0)?),
        Place::Pool { pool, shares, .. } => {
            let portion = books.ladder.side(side).pool(pool)?.portion(side, shares, market.mark_key(side)?)?;
            (portion.lots, portion.moment)
        }
    };
    let shifted = wide::mul_signed(market.side(side).index.get(), lots.0)?;
    Ok(price(moment - shifted, lots.0, market))
}
