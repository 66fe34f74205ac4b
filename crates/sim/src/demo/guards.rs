//! What the guards are worth: the same day with and without them, side by side.

use std::fmt::Write;

use serde::Serialize;

use super::record::Tiers;
use super::table::dollars;
use super::Day;

/// A day in the numbers that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Tier 1 liquidations.
    pub liquidations: u64,
    /// Bankruptcies resolved, pieces counted.
    pub resolutions: u64,
    /// What bankrupt positions lacked, atoms: the sum of what follows.
    pub deficit: u64,
    /// Paid by insurance.
    pub insured: u64,
    /// Borne by deleveraged lots.
    pub absorbed: u64,
    /// Borne by everyone else.
    pub socialised: u64,
    /// Borne by nobody.
    pub unfunded: u64,
}

/// The day without guards and with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The waterfall alone.
    pub off: Summary,
    /// With volatility, phases and breakers.
    pub on: Summary,
}

impl Summary {
    /// Of a day.
    #[must_use]
    pub fn of(day: &Day) -> Summary {
        let markets = day.state.markets.iter().map(|books| &books.market);
        let tiers = markets.clone().fold(Tiers::default(), |sum, market| sum.plus(Tiers::of(market)));
        Summary {
            liquidations: tiers.partial_liquidations,
            resolutions: markets.map(|market| market.tally.resolutions).sum(),
            deficit: tiers.insured + tiers.absorbed + tiers.socialised + tiers.unfunded,
            insured: tiers.insured,
            absorbed: tiers.absorbed,
            socialised: tiers.socialised,
            unfunded: tiers.unfunded,
        }
    }
}

impl Comparison {
    /// Of the same day run twice.
    #[must_use]
    pub fn of(off: &Day, on: &Day) -> Comparison {
        Comparison { off: Summary::of(off), on: Summary::of(on) }
    }
}

/// The comparison as a table, for people.
#[must_use]
pub fn compare(comparison: &Comparison) -> String {
    let Comparison { off, on } = comparison;
    let count = |number: u64| number.to_string();
    let rows = [
        ("liquidated partly", count(off.liquidations), count(on.liquidations)),
        ("bankruptcies resolved", count(off.resolutions), count(on.resolutions)),
        ("deficits, USD", dollars(off.deficit), dollars(on.deficit)),
        ("    insured", dollars(off.insured), dollars(on.insured)),
        ("    absorbed by deleveraging", dollars(off.absorbed), dollars(on.absorbed)),
        ("    socialised", dollars(off.socialised), dollars(on.socialised)),
        ("    unfunded", dollars(off.unfunded), dollars(on.unfunded)),
    ];
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{:34} {:>18} {:>18}", "what the guards are worth", "guards off", "guards on");
    for (label, off, on) in rows {
        let _ = writeln!(text, "{label:34} {off:>18} {on:>18}");
    }
    text
}
