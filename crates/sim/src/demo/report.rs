//! The day as JSON, for machines.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::record::Tiers;
use super::{Comparison, Day, Plan, PLANS};
use crate::decimal::fixed;

#[derive(Serialize)]
struct Report<'a> {
    seed: u64,
    traders: usize,
    conserved: bool,
    faults: &'a [String],
    tiers: TierReport,
    markets: BTreeMap<&'static str, MarketReport>,
    classes_usd: BTreeMap<&'static str, String>,
    collateral_vault_atoms: u64,
    insurance_vault_atoms: u64,
    max_cu: &'a BTreeMap<&'static str, u64>,
    refused: &'a BTreeMap<String, usize>,
    guards: &'a Comparison,
}

/// The tiers of a market, or of all, for machines.
#[derive(Serialize)]
pub(super) struct TierReport {
    partial_liquidations: u64,
    insured_atoms: u64,
    deleveraged_lots: u64,
    absorbed_atoms: u64,
    socialised_atoms: u64,
    unfunded_atoms: u64,
}

#[derive(Serialize)]
struct MarketReport {
    tiers: TierReport,
    lot_exponent: i32,
    open_interest_lots: u64,
    claims_outstanding_atoms: u64,
    cover_atoms: u64,
}

pub(super) fn tiers(tiers: Tiers) -> TierReport {
    TierReport {
        partial_liquidations: tiers.partial_liquidations,
        insured_atoms: tiers.insured,
        deleveraged_lots: tiers.deleveraged,
        absorbed_atoms: tiers.absorbed,
        socialised_atoms: tiers.socialised,
        unfunded_atoms: tiers.unfunded,
    }
}

/// Writes the report of a day and of what the guards changed about it.
pub fn write(day: &Day, guards: &Comparison, plan: &Plan, to: &Path) -> Result<(), String> {
    let mut all = Tiers::default();
    let mut markets = BTreeMap::new();
    for (plan, books) in PLANS.iter().zip(&day.state.markets) {
        let market = &books.market;
        all = all.plus(Tiers::of(market));
        let report = MarketReport {
            tiers: tiers(Tiers::of(market)),
            lot_exponent: plan.lot_exponent,
            open_interest_lots: market.open_interest().0,
            claims_outstanding_atoms: market.sides.iter().map(|side| side.claims.outstanding.0).sum(),
            cover_atoms: market.cover.amount.0,
        };
        markets.insert(plan.name, report);
    }
    let report = Report {
        seed: plan.seed,
        traders: plan.traders,
        conserved: day.audit.conserved(),
        faults: &day.audit.faults,
        tiers: tiers(all),
        markets,
        classes_usd: classes(day),
        collateral_vault_atoms: day.state.collateral_vault.0,
        insurance_vault_atoms: day.state.insurance_vault.0,
        max_cu: &day.units,
        refused: &day.refused,
        guards,
    };
    let json = serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?;
    std::fs::write(to, json + "\n").map_err(|error| format!("{}: {error}", to.display()))
}

/// The classes with 18 decimals: they are exact, and so is what is written.
fn classes(day: &Day) -> BTreeMap<&'static str, String> {
    let classes = &day.audit.classes;
    let usd = |pico: i128| fixed(pico, 18);
    BTreeMap::from([
        ("free", usd(classes.free)),
        ("positions", usd(classes.positions)),
        ("vesting", usd(classes.vesting)),
        ("reserves", usd(classes.reserves)),
        ("fees", usd(classes.fees)),
        ("recovery", usd(classes.recovery)),
        ("unfunded", usd(classes.unfunded)),
    ])
}
