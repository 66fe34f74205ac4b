//! The day as a table, for people.

use breakwater_engine::state::MarketBooks;
use std::fmt::Write;

use breakwater_engine::Side;

use super::record::Tiers;
use super::{Day, PLANS};
use crate::decimal::{fixed, trimmed};

/// Instructions of each tier, as costs are booked.
const TIERS: [(&str, &str); 3] = [
    ("tier 1, liquidate", "liquidate"),
    ("tiers 2 to 4, resolve_bankruptcy", "resolve_bankruptcy"),
    ("observing, sync_position", "sync_position"),
];

/// `BTC 105,000`.
#[must_use]
pub fn quote(name: &str, price: i64) -> String {
    let text =
        if price >= 1_000_000_000 { dollars(price.unsigned_abs() / 100) } else { fixed(i128::from(price / 10_000), 4) };
    format!("{name} {text:>7}")
}

/// Atoms as whole dollars with thousands apart.
#[must_use]
pub fn dollars(atoms: u64) -> String {
    let digits = (atoms / 1_000_000).to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The table, and the line that says whether every atom is accounted for.
#[must_use]
pub fn print(day: &Day) -> String {
    let mut text = String::new();
    let mut row = |label: &str, cells: [String; 3]| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{label:34} {:>18} {:>18} {:>18}", cells[0], cells[1], cells[2]);
    };
    let markets: [&MarketBooks; 3] = std::array::from_fn(|at| &day.state.markets[at].market);
    let each = |cell: &dyn Fn(&MarketBooks) -> String| markets.map(cell);
    let usd = |atoms: u64| fixed(i128::from(atoms), 6);
    row("", PLANS.map(|plan| plan.name.to_string()));
    row("tier 1: liquidated partly", each(&|market| Tiers::of(market).partial_liquidations.to_string()));
    row("tier 2: insured, USD", each(&|market| usd(Tiers::of(market).insured)));
    row("tier 3: deleveraged, lots", each(&|market| Tiers::of(market).deleveraged.to_string()));
    row("        the same in base units", each(&|market| size(market, Tiers::of(market).deleveraged)));
    row("        absorbed, USD", each(&|market| usd(Tiers::of(market).absorbed)));
    row("tier 4: socialised, USD", each(&|market| usd(Tiers::of(market).socialised)));
    row("        per long lot, 1e-12 atom", each(&|market| per_lot(market, Side::Long)));
    row("        per short lot, 1e-12 atom", each(&|market| per_lot(market, Side::Short)));
    row("unfunded, USD", each(&|market| usd(Tiers::of(market).unfunded)));
    row(
        "claims outstanding, USD",
        each(&|market| usd(market.sides.iter().map(|side| side.claims.outstanding.0).sum())),
    );
    row("open interest left, base units", each(&|market| size(market, market.open_interest().0)));
    let _ = writeln!(text);
    for (label, instruction) in TIERS {
        if let Some(units) = day.units.get(instruction) {
            let _ = writeln!(text, "{label:34} {units:>18} compute units at most");
        }
    }
    let _ = writeln!(text);
    text.push_str(&verdict(day));
    text
}

fn size(market: &MarketBooks, lots: u64) -> String {
    trimmed(i128::from(lots), market.params.lot_exponent.unsigned_abs())
}

fn per_lot(market: &MarketBooks, side: Side) -> String {
    market.side(side).claims.now.loss.get().to_string()
}

fn verdict(day: &Day) -> String {
    let (collateral, insurance) = (day.state.collateral_vault.0, day.state.insurance_vault.0);
    if day.audit.conserved() {
        return format!(
            "every atom is accounted for: {collateral} in the collateral vault, {insurance} in the insurance vault\n"
        );
    }
    format!("ATOMS ARE MISSING:\n  {}\n", day.audit.faults.join("\n  "))
}
