//! The final state: where everybody stands, in decimal strings.
//!
//! Positions are caught up whether or not anyone has touched them: records and indices applied, claims that were paid counted,
//! nothing lifted or snapped.

use breakwater_engine::clearing::ladder::Place;
use breakwater_engine::clearing::margin::NO_MARKET;
use breakwater_engine::clearing::recovery::debt;
use breakwater_engine::clearing::state::{conservation, AccountBooks, Fund, MarketBooks, MarketSlot};
use breakwater_engine::units::Cash;
use breakwater_engine::{Atoms, Result, Side};
use serde::Serialize;
use std::collections::BTreeMap;

use super::distance::{liquidation_price, Queues};
use super::venue::{Books, State};
use crate::names::Names;
use crate::quantity::{per_unit, size, usd, usd_floor};
pub use crate::shared::Refused;

/// Everything a day prints at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FinalState {
    /// Whether every atom is accounted for.
    pub conserved: bool,
    /// Operations that were refused.
    pub refused: Vec<Refused>,
    /// The insurance fund.
    pub insurance: InsuranceState,
    /// Fees collected for the protocol.
    pub fees_usd: String,
    /// What rewards for work are paid from.
    pub keeper_pot_usd: String,
    /// Markets by name.
    pub markets: BTreeMap<String, MarketState>,
    /// Accounts by name.
    pub accounts: BTreeMap<String, AccountState>,
}

/// The insurance fund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InsuranceState {
    /// The protocol's tranche.
    pub protocol_usd: String,
    /// The stakers'.
    pub staked_usd: String,
    /// What outside layers hold.
    pub layers_usd: String,
    /// What no cover has set aside.
    pub common_usd: String,
}

/// A market at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the README's page of the final state says what each is")]
pub struct MarketState {
    pub mark: String,
    pub open_interest: String,
    pub long: SideState,
    pub short: SideState,
    pub dust_usd: String,
    pub cover_usd: String,
    pub allowance_left_usd: String,
    pub unfunded_usd: String,
    pub tiers: Tiers,
}

/// A side of a market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SideState {
    /// Cash of its positions with index and spare.
    pub cash_usd: String,
    /// Charged per base unit since listing.
    pub charge_per_unit: String,
    /// U: what the ladder sees under water.
    pub untouched_shortfall_usd: String,
    /// Its estate.
    pub estate: EstateState,
    /// h per base unit.
    pub holdback_per_unit: String,
    /// What lots that left have left behind, that of ended events included.
    pub held_usd: String,
}

/// The positions of the declared of one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EstateState {
    /// Its lots in base units.
    pub size: String,
    /// Its cash with index.
    pub cash_usd: String,
    /// What it lacks at the mark, held money it owns counted.
    pub deficit_usd: String,
}

/// What the waterfall did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the README's page of the final state says what each is")]
pub struct Tiers {
    pub partial_liquidations: u64,
    pub declared: u64,
    pub sold: String,
    pub insured_usd: String,
    pub deleveraged: String,
    pub absorbed_usd: String,
    pub socialized_usd: String,
    pub from_held_usd: String,
    pub from_vesting_usd: String,
    pub last_resort_usd: String,
}

/// An account at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the README's page of the final state says what each is")]
pub struct AccountState {
    pub free_usd: String,
    pub vesting_usd: String,
    pub held_usd: String,
    pub claims_usd: String,
    pub debt_usd: String,
    pub equity_usd: String,
    pub distress_since_slot: Option<u64>,
    pub positions: BTreeMap<String, PositionState>,
}

/// A position at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PositionState {
    /// Signed base units.
    pub size: String,
    /// Its cash with index and spare.
    pub cash_usd: String,
    /// What it is worth at the mark.
    pub equity_usd: String,
    /// Where it is worth nothing, its spare apart.
    pub bankruptcy_price: String,
    /// Where what backs it comes into distress, other marks as they are; none where no price does that.
    pub liquidation_price: Option<String>,
    /// Share of its side's solvent lots that deleveraging closes before it, in percent; none where it is under water.
    pub adl_rank_percent: Option<String>,
}

/// Prints a state by the names of a script.
pub fn report(
    state: State<'_>,
    names: &Names,
    refused: Vec<Refused>,
    conserved: bool,
) -> std::result::Result<FinalState, String> {
    let books = state.markets.iter().map(|books| &books.market);
    let (fees, pot) = books.fold((0, 0), |(fees, pot), market| (fees + market.fees.0, pot + market.keeper_pot.0));
    let mut markets = BTreeMap::new();
    for (name, id) in names.markets() {
        let printed = market_state(&state.markets[id], state.fund).map_err(named(name))?;
        markets.insert(name.to_string(), printed);
    }
    let mut printer = Printer::new(state, names).map_err(named("the ladders"))?;
    let mut accounts = BTreeMap::new();
    for (name, id) in names.accounts() {
        accounts.insert(name.to_string(), printer.account(&state.accounts[id]).map_err(named(name))?);
    }
    Ok(FinalState {
        conserved,
        refused,
        insurance: insurance_state(state.fund).map_err(named("insurance"))?,
        fees_usd: usd(Atoms(fees)),
        keeper_pot_usd: usd(Atoms(pot)),
        markets,
        accounts,
    })
}

fn named(name: &str) -> impl FnOnce(breakwater_engine::Error) -> String + '_ {
    move |error| format!("{name}: {error:?}")
}

/// What the fund holds.
pub fn insurance_state(fund: &Fund) -> Result<InsuranceState> {
    Ok(InsuranceState {
        protocol_usd: usd(fund.protocol),
        staked_usd: usd(fund.staked),
        layers_usd: usd(fund.layers),
        common_usd: usd(fund.common()?),
    })
}

/// A market with its sides.
pub fn market_state(books: &Books, fund: &Fund) -> Result<MarketState> {
    let market = &books.market;
    let exponent = market.params.lot_exponent;
    let mut dust = Cash::ZERO;
    for side in Side::BOTH {
        dust = dust.plus(dust_equity(market, side)?)?;
    }
    Ok(MarketState {
        mark: per_unit(i128::from(market.mark.price.0), 1, exponent),
        open_interest: size(i128::from(market.open_interest()?.0), exponent),
        long: side_state(books, Side::Long)?,
        short: side_state(books, Side::Short)?,
        dust_usd: usd_floor(dust),
        cover_usd: usd(market.whole_cover()?),
        allowance_left_usd: usd(market.allowance(fund)?.least(fund.common()?)),
        unfunded_usd: usd(market.unfunded),
        tiers: tiers(market),
    })
}

/// What a side's dust is worth at the mark.
fn dust_equity(market: &MarketBooks, side: Side) -> Result<Cash> {
    let dust = &market.side(side).dust;
    let value = breakwater_engine::wide::mul_signed(market.mark_key(side)?, dust.lots.0)?;
    Cash(dust.cash.get()).plus(Cash(side.signed(value)?))
}

/// Cash of a side's positions: without what is held, and without dust.
fn positions_cash(market: &MarketBooks, side: Side) -> Result<Cash> {
    let book = market.side(side);
    let dust = breakwater_engine::wide::mul_signed(book.index.get(), book.dust.lots.0)?;
    let dust = Cash(book.dust.cash.get()).plus(Cash(side.signed(dust)?))?;
    conservation::side_cash(side, book)?.minus(held(market, side)?)?.minus(dust)
}

fn held(market: &MarketBooks, side: Side) -> Result<Cash> {
    let book = market.side(side);
    Cash(signed(book.event.held.get())?).plus(Cash(signed(book.ended_held.get())?))
}

fn signed(amount: u128) -> Result<i128> {
    i128::try_from(amount).map_err(|_| breakwater_engine::Error::Overflow)
}

fn side_state(books: &Books, side: Side) -> Result<SideState> {
    let market = &books.market;
    let exponent = market.params.lot_exponent;
    let book = market.side(side);
    Ok(SideState {
        cash_usd: usd_floor(positions_cash(market, side)?),
        charge_per_unit: per_unit(signed(book.claims.now.loss.get())?, 1, exponent),
        untouched_shortfall_usd: usd_floor(Cash(signed(books.view().under_water(side)?)?)),
        estate: EstateState {
            size: size(i128::from(book.estate.lots.0), exponent),
            cash_usd: usd_floor(conservation::estate_cash(side, book)?),
            deficit_usd: usd(books.view().estate_lack(side, true)?),
        },
        holdback_per_unit: per_unit(signed(book.event.rate.get())?, 1, exponent),
        held_usd: usd_floor(held(market, side)?),
    })
}

fn tiers(market: &MarketBooks) -> Tiers {
    let (stats, exponent) = (&market.stats, market.params.lot_exponent);
    Tiers {
        partial_liquidations: stats.partial_liquidations,
        declared: stats.declarations,
        sold: size(i128::from(stats.sold.0), exponent),
        insured_usd: usd(stats.insured),
        deleveraged: size(i128::from(stats.deleveraged.0), exponent),
        absorbed_usd: usd(stats.absorbed),
        socialized_usd: usd(stats.socialized),
        from_held_usd: usd(stats.from_held),
        from_vesting_usd: usd(stats.from_vesting),
        last_resort_usd: usd(stats.last_resort),
    }
}

/// Prints accounts. Gathering claims may take positions off the ladder: on a copy, one for all, because it changes no
/// other's.
struct Printer<'a> {
    state: State<'a>,
    names: Vec<&'a str>,
    queues: Vec<Queues>,
    scratch: Vec<Books>,
}

/// What an account has outside its positions.
#[derive(Default)]
struct Beside {
    vesting: Atoms,
    held: Cash,
    claims: Atoms,
}

impl<'a> Printer<'a> {
    fn new(state: State<'a>, names: &'a Names) -> Result<Printer<'a>> {
        let mut by_number = vec![""; state.markets.len()];
        names.markets().for_each(|(name, id)| by_number[id] = name);
        let queues = state.markets.iter().map(Queues::of).collect::<Result<_>>()?;
        let owes = |books: &Books| books.market.sides.iter().any(|side| !side.claims.outstanding.is_zero());
        let scratch = if state.markets.iter().any(owes) { state.markets.to_vec() } else { Vec::new() };
        Ok(Printer { state, names: by_number, queues, scratch })
    }

    fn account(&mut self, account: &AccountBooks) -> Result<AccountState> {
        let mut positions = BTreeMap::new();
        let mut equity = account.free.plus(account.pledged)?.cash();
        let mut beside = Beside { claims: self.claims(account)?, ..Beside::default() };
        for slot in account.slots.iter().filter(|slot| slot.market != NO_MARKET) {
            let at = slot.market as usize;
            let view = self.state.markets[at].view();
            let position = view.caught_up(slot)?;
            equity = equity.plus(view.equity(&position)?)?.plus(view.beside(slot, &position)?)?;
            let vesting = breakwater_engine::clearing::recovery::vesting::worth(view.market, slot)?;
            let claimed = view.claims_due(slot, &position)?;
            let held = view.beside(slot, &position)?.minus(vesting.cash())?.minus(claimed.cash())?;
            beside.vesting = beside.vesting.plus(vesting)?.plus(claimed)?;
            beside.held = beside.held.plus(held)?;
            if !position.lots.is_zero() || position.cash != Cash::ZERO {
                positions.insert(self.names[at].to_string(), self.position(account, slot)?);
            }
        }
        Ok(AccountState {
            free_usd: usd(account.free.plus(account.pledged)?),
            vesting_usd: usd(beside.vesting),
            held_usd: usd_floor(beside.held),
            claims_usd: usd(beside.claims),
            debt_usd: usd(debt::total(account)?),
            equity_usd: usd_floor(equity),
            distress_since_slot: Some(account.clock.distress.slot).filter(|slot| *slot != 0),
            positions,
        })
    }

    /// What an account's claims are still worth.
    fn claims(&mut self, account: &AccountBooks) -> Result<Atoms> {
        let mut total = Atoms::ZERO;
        if self.scratch.is_empty() {
            return Ok(total);
        }
        let mut copy = *account;
        for at in 0..copy.slots.len() {
            let Some(books) = self.scratch.get_mut(copy.slots[at].market as usize) else { continue };
            let mut market = books.parts();
            if market.market.grid.cursor == 0 {
                market.bring_up(&mut copy)?;
            }
            for (side, units) in books.market.sides.iter().zip(&copy.slots[at].units) {
                total = total.plus(side.claims.worth(units)?)?;
            }
        }
        Ok(total)
    }

    fn position(&self, account: &AccountBooks, slot: &MarketSlot) -> Result<PositionState> {
        let at = slot.market as usize;
        let books = &self.state.markets[at];
        let (view, exponent) = (books.view(), books.market.params.lot_exponent);
        let position = view.caught_up(slot)?;
        let Some(side) = position.side.filter(|_| !position.lots.is_zero()) else {
            return Ok(PositionState {
                size: "0".into(),
                cash_usd: usd_floor(position.cash),
                equity_usd: usd_floor(position.cash),
                bankruptcy_price: per_unit(0, 1, exponent),
                liquidation_price: None,
                adl_rank_percent: None,
            });
        };
        // Cash is -q*b, spare apart.
        let owed = side.opposite().signed(position.key_cash.0)?;
        let price = |price: breakwater_engine::Price| per_unit(i128::from(price.0), 1, exponent);
        let located = books.ladder.side(side).locate(&books.market.grid, side, &slot.position)?;
        let line = match located.place {
            Place::Bucket(line) => Some(line),
            Place::Pool { .. } => None,
        };
        Ok(PositionState {
            size: size(side.signed(i128::from(position.lots.0))?, exponent),
            cash_usd: usd_floor(position.cash),
            equity_usd: usd_floor(view.equity(&position)?),
            bankruptcy_price: per_unit(owed, position.lots.0, exponent),
            liquidation_price: liquidation_price(account, slot, self.state)?.map(price),
            adl_rank_percent: self.queues[at].percent_before(side, (line, &position), books)?,
        })
    }
}
