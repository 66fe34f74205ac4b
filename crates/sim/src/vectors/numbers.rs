//! What the engine says of an account.

use breakwater_engine::account::NO_MARKET;
use breakwater_engine::books::View;
use breakwater_engine::health::{self, Health};
use breakwater_engine::ladder::locate::{Located, Place};
use breakwater_engine::units::Now;
use breakwater_engine::{maturing, Account, Market, Price, Result, Side, Slot};
use serde::Serialize;

use super::rank::{rank, Rank};
use crate::venue::Books;

/// Marks are searched for a liquidation price up to this multiple of the present one.
const SEARCH: u64 = 16;

/// Everything a client computes of an account.
#[derive(Debug, Serialize)]
pub struct Expected {
    /// All cross positions together.
    pub health: std::result::Result<HealthNumbers, String>,
    /// Each market the account has a slot in, in the order of its slots.
    pub slots: Vec<SlotNumbers>,
}

/// Health, exact cash in 1e-12 atom, requirements in atoms.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the engine's names")]
pub struct HealthNumbers {
    pub equity: String,
    pub initial_equity: String,
    pub initial: String,
    pub maintenance: String,
    pub positions: u32,
    pub unmarked: u32,
    pub pledged: String,
    pub distressed: bool,
    pub bankrupt: bool,
}

/// One market of an account.
#[derive(Debug, Serialize)]
pub struct SlotNumbers {
    /// The market's number.
    pub market: String,
    /// Why there is nothing else to say: the engine's error.
    pub error: Option<String>,
    /// Whether its line was deleveraged since it was last touched.
    pub in_pool: bool,
    /// Signed lots, caught up.
    pub lots: String,
    /// Cash, exact, 1e-12 atom.
    pub cash: String,
    /// The position alone.
    pub standing: Option<HealthNumbers>,
    /// The same where it answers with its own cash only.
    pub isolated: Option<HealthNumbers>,
    /// `b = K - X`, 1e-12 atom per lot, rounded down; negative for a long that nothing can bankrupt.
    pub bankruptcy_price: Option<String>,
    /// The mark nearest to the present one's safe side at which what the position answers with is in distress.
    pub liquidation_price: Option<String>,
    /// Order of deleveraging.
    pub rank: Option<Rank>,
    /// What claims have been paid since the position was last touched, atoms.
    pub paid: String,
    /// What claims are still worth, by the side that was charged, atoms.
    pub claims: [String; 2],
    /// Claim units touching the position would leave in its slot, by the same side, 1e-12.
    pub units: [String; 2],
    /// Maturing profit after haircuts, atoms; what claims were paid not included.
    pub maturing: String,
}

/// Of an account, at a moment.
pub fn expected(account: &Account, markets: &[Books], now: Now) -> Expected {
    let views = markets.iter().map(Books::view);
    let health =
        health::cross(account, views, now).map(|health| numbers(&health)).map_err(|error| format!("{error:?}"));
    let held = account.slots.iter().filter(|slot| slot.market != NO_MARKET);
    let slots = held.map(|slot| {
        of_slot(account, slot, markets, now)
            .unwrap_or_else(|error| SlotNumbers { error: Some(format!("{error:?}")), ..empty(slot) })
    });
    Expected { health, slots: slots.collect() }
}

fn numbers(health: &Health) -> HealthNumbers {
    HealthNumbers {
        equity: health.equity.0.to_string(),
        initial_equity: health.initial_equity.0.to_string(),
        initial: health.initial.0.to_string(),
        maintenance: health.maintenance.0.to_string(),
        positions: health.positions,
        unmarked: health.unmarked,
        pledged: health.pledged.0.to_string(),
        distressed: health.is_distressed(),
        bankrupt: health.is_bankrupt(),
    }
}

fn empty(slot: &Slot) -> SlotNumbers {
    SlotNumbers {
        market: slot.market.to_string(),
        error: None,
        in_pool: false,
        lots: "0".into(),
        cash: "0".into(),
        standing: None,
        isolated: None,
        bankruptcy_price: None,
        liquidation_price: None,
        rank: None,
        paid: "0".into(),
        claims: ["0".into(), "0".into()],
        units: ["0".into(), "0".into()],
        maturing: "0".into(),
    }
}

fn of_slot(account: &Account, slot: &Slot, markets: &[Books], now: Now) -> Result<SlotNumbers> {
    let books = &markets[slot.market as usize];
    let view = books.view();
    let holding = view.holding(slot)?;
    let standing = health::isolated(slot, view)?;
    let touched = touched(account, slot, books)?;
    let mut found = SlotNumbers {
        lots: holding.side.signed(i128::from(holding.lots.0))?.to_string(),
        cash: holding.cash.0.to_string(),
        standing: Some(numbers(&standing)),
        isolated: (slot.position.isolated != 0).then(|| numbers(&standing)),
        paid: touched.paid,
        claims: touched.claims,
        units: touched.units,
        maturing: maturing::worth(&books.market, slot)?.0.to_string(),
        ..empty(slot)
    };
    if let Some(side) = slot.position.side() {
        let located = books.ladder.side(side).locate(&books.market.grid, side, &slot.position)?;
        found.in_pool = matches!(located.place, Place::Pool { .. });
        found.rank = rank(books, side, &located.place)?;
        found.bankruptcy_price = bankruptcy_price(view, slot, &located)?;
        found.liquidation_price = liquidation_price(account, slot, markets, now)?.map(|price| price.to_string());
    }
    Ok(found)
}

/// The position's cash without its spare, over its lots.
fn bankruptcy_price(view: View<'_>, slot: &Slot, located: &Located) -> Result<Option<String>> {
    let holding = view.holding(slot)?;
    if holding.lots.is_zero() {
        return Ok(None);
    }
    let size = i128::from(slot.position.size().0);
    let beside = slot.position.spare.cash().0 + located.freed_per_lot * size;
    let owed = holding.side.opposite().signed(holding.cash.0 - beside)?;
    Ok(Some(owed.div_euclid(i128::from(holding.lots.0)).to_string()))
}

/// What touching the position would find.
struct Touched {
    paid: String,
    claims: [String; 2],
    units: [String; 2],
}

fn touched(account: &Account, slot: &Slot, books: &Books) -> Result<Touched> {
    let (mut copy, mut books) = (*account, books.clone());
    let pot = |market: &Market| Side::BOTH.map(|side| market.side(side).claims.paid.0).iter().sum::<u64>();
    let before = pot(&books.market);
    let _ = books.books().lift(&mut copy)?;
    let held = copy.slot(slot.market)?.units;
    let [long, short] = Side::BOTH.map(|side| books.market.side(side).claims.worth(&side.of(held)));
    Ok(Touched {
        paid: (before - pot(&books.market)).to_string(),
        claims: [long?.0.to_string(), short?.0.to_string()],
        units: held.map(|units| units.units.get().to_string()),
    })
}

/// Bisects on the mark: distress only grows against a position.
fn liquidation_price(account: &Account, slot: &Slot, markets: &[Books], now: Now) -> Result<Option<u64>> {
    let books = &markets[slot.market as usize];
    let top = books.market.mark.price.0.saturating_mul(SEARCH);
    if !books.market.has_mark(now) {
        return Ok(None);
    }
    let mut moved = markets.to_vec();
    let mut distressed = |price: u64| -> Result<bool> {
        moved[slot.market as usize].market.mark.price = Price(price);
        let views = moved.iter().map(Books::view);
        Ok(health::of_slot(account, slot.market, views, now)?.is_distressed())
    };
    let long = slot.position.side() == Some(Side::Long);
    // Kept: the end that is in distress, if either is; the other is not.
    let (mut bad, mut good) = if long { (1, top) } else { (top, 1) };
    if !distressed(bad)? || distressed(good)? {
        return Ok(None);
    }
    while bad.abs_diff(good) > 1 {
        let middle = bad.midpoint(good);
        *(if distressed(middle)? { &mut bad } else { &mut good }) = middle;
    }
    Ok(Some(bad))
}
