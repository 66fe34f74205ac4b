//! The engine's state against the reference's, name by name.
//!
//! Flags, slots, and which positions, estates, clocks and lists there are must be the same. Numbers may be apart by what rounding
//! moved, and the largest difference met is printed by name. An engine lot is 1e-9 of the reference's, an atom 1e-9 of its money;
//! a lot is worth about 100 atoms. The roundings:
//!
//! | where | rounds | moves |
//! |---|---|---|
//! | an amount given by a line | down | an atom, or a lot |
//! | a key on its line | the rest is spare, whole atoms | an atom, to the dust |
//! | the level of a walk | toward fewer lots | a lot a group |
//! | a member's part of a pool | lots down, a fraction of one is dust | a lot, worth 100 atoms |
//! | lots that a trade closes whole, whose walks left them a few lots apart | to the smaller | those lots: they close against dust |
//! | a rate (`h`, a charge) | up, to 1e-12 atom a lot | an atom |
//! | shares of an amount (spread, lift, debts, insurance) | down, the last takes the rest | an atom a share |
//! | held money, its index, claim units | down | an atom an owner |
//! | margin, value of lots | requirement up, worth down | an atom |
//! | a rate in basis points of a sale or an auction | down | nothing: the reference rounds it alike |

use std::collections::BTreeMap;
use std::sync::Mutex;

use breakwater_engine::clearing::markets::MarketRef;
use breakwater_engine::clearing::recovery::vesting;
use breakwater_engine::clearing::state::DistressClock;
use breakwater_engine::clearing::waterfall::Resolved;
use breakwater_engine::units::{Cash, Side};
use serde_json::Value;

use crate::exact::{atoms, lots, price};
use crate::exchange::{slot_of, TestExchange, FIRST_SLOT, SLOTS};

/// Atoms that roundings may have moved: 2e-5 of a unit of the reference's money.
pub const ATOMS_APART: i128 = 20_000;
/// Lots likewise: 2e-7 of a lot.
pub const LOTS_APART: i128 = 200;

/// The largest differences met, by name.
pub static LARGEST: Mutex<BTreeMap<&'static str, i128>> = Mutex::new(BTreeMap::new());

fn close(name: &'static str, engine: i128, reference: i128, bound: i128) -> Result<(), String> {
    let apart = (engine - reference).abs();
    if apart > bound {
        return Err(format!("{name}: {engine}, the reference has {reference}"));
    }
    if apart > 0 {
        let mut largest = LARGEST.lock().unwrap();
        let known = largest.entry(name).or_default();
        *known = apart.max(*known);
    }
    Ok(())
}

fn close_atoms(name: &'static str, engine: impl Into<i128>, reference: &Value) -> Result<(), String> {
    close(name, engine.into(), atoms(reference), ATOMS_APART)
}

fn close_lots(name: &'static str, engine: impl Into<i128>, reference: &Value) -> Result<(), String> {
    close(name, engine.into(), lots(reference).abs(), LOTS_APART)
}

fn same(name: &str, engine: bool, reference: &Value) -> Result<(), String> {
    if Some(engine) == reference.as_bool() {
        return Ok(());
    }
    Err(format!("{name}: {engine}, the reference has {reference}"))
}

fn whole(pico: u128) -> i128 {
    Cash(i128::try_from(pico).unwrap()).atoms_floor()
}

pub fn compare(exchange: &TestExchange, state: &Value) -> Result<(), String> {
    for index in 0..exchange.len() {
        let there = &state["markets"][index.to_string()];
        market(exchange, index, there).map_err(|what| format!("market {index} {what}"))?;
    }
    close_atoms("common fund", exchange.fund.common().unwrap().0, &state["common"])?;
    for (who, there) in state["accounts"].as_object().unwrap() {
        account(exchange, who, there).map_err(|what| format!("{who} {what}"))?;
    }
    Ok(())
}

/// A resolution's report, part by part.
pub fn compare_report(done: &Resolved, there: &Value) -> Result<(), String> {
    let parts = [
        ("report: deficit", done.deficit, "deficit"),
        ("report: insured", done.insured.total().unwrap(), "insured"),
        ("report: layers", done.insured.layers, "from_layers"),
        ("report: allowance", done.insured.allowance, "from_allowance"),
        ("report: absorbed", done.absorbed, "absorbed"),
        ("report: socialized", done.socialized, "socialized"),
        ("report: from held", done.from_held, "from_held"),
        ("report: from vesting", done.from_vesting, "from_vesting"),
        ("report: last resort", done.last_resort, "last_resort"),
        ("report: unfunded", done.unfunded, "unfunded"),
        ("report: uncollected", done.own, "own"),
    ];
    for (name, part, key) in parts {
        close_atoms(name, part.0, &there[key])?;
    }
    let sum: u64 = parts[1..2].iter().chain(&parts[4..10]).map(|(_, part, _)| part.0).sum();
    if sum != done.deficit.0 {
        return Err(format!("I3: the parts sum to {sum}, the deficit is {}", done.deficit.0));
    }
    same("forced", done.forced, &there["forced"])
}

fn market(exchange: &TestExchange, index: usize, there: &Value) -> Result<(), String> {
    let view = exchange.view(index);
    let market = view.market;
    for side in Side::BOTH {
        let name = side.pick("long", "short");
        of_side(&view, side, &there[name]).map_err(|what| format!("{name} {what}"))?;
    }
    close_atoms("cover", market.whole_cover().unwrap().0, &there["cover"])?;
    close_atoms("unfunded", market.unfunded.0, &there["unfunded"])?;
    close_atoms("keeper pot", market.keeper_pot.0, &there["keeper_pot"])?;
    close_atoms("allowance", market.allowance(&exchange.fund).unwrap().0, &there["allowance"])?;
    close_atoms("vesting total", market.vesting.total.0, &there["vesting_total"])?;
    close_lots("tolerance lots", market.tolerance_lots.0, &there["tolerance_lots"])?;
    let layers = there["layers"].as_array().unwrap();
    let amounts = |pinned: bool| {
        let mine = layers.iter().filter(|layer| layer["pinned"].as_bool() == Some(pinned));
        mine.map(|layer| atoms(&layer["amount"])).sum::<i128>()
    };
    let booked = |pinned: u64| {
        market
            .layers
            .iter()
            .filter(|layer| layer.pinned == pinned)
            .map(|layer| i128::from(layer.amount.0))
            .sum::<i128>()
    };
    close("pinned layers", booked(1), amounts(true), ATOMS_APART)?;
    close("other layers", booked(0), amounts(false), ATOMS_APART)?;
    same("settled", market.is_settled(), &there["settled"])?;
    same("usable", market.is_usable(), &there["usable"])
}

/// What an amount a lot comes to over the open lots of a side.
fn over(open: u64, per_lot: i128) -> i128 {
    per_lot * i128::from(open) / 1_000_000_000_000
}

fn of_side(view: &MarketRef<'_>, side: Side, there: &Value) -> Result<(), String> {
    let book = view.market.side(side);
    let open = book.totals.lots.0;
    close_lots("open lots", open, &there["open_lots"])?;
    close("X", over(open, book.index.get()), over(open, price(&there["x"])), ATOMS_APART)?;
    close_atoms("under water", whole(view.under_water(side).unwrap()), &there["under_water"])?;
    let (estate, owned) = (&there["estate"], &book.estate);
    same("estate open", owned.open != 0, &(!estate["opened"].is_null()).into())?;
    close_lots("estate lots", owned.lots.0, &estate["lots"])?;
    close_atoms("estate equity", view.market.estate_equity(side).unwrap().atoms_floor(), &estate["equity"])?;
    close_atoms("estate uncollected", whole(owned.uncollected.get()), &estate["uncollected"])?;
    let first = estate["first"].as_u64().map_or(0, |first| (FIRST_SLOT + first) * SLOTS);
    if owned.open != 0 && owned.first != first {
        return Err(format!("estate first: {}, the reference has {first}", owned.first));
    }
    let (event, known) = (&there["event"], &book.event);
    same("event alive", known.alive != 0, &event["alive"])?;
    close_atoms("held", whole(known.held.get()), &event["held"])?;
    close_lots("held lots", known.held_lots.0, &event["held_lots"])?;
    let charged = i128::try_from(known.charged.get()).unwrap();
    close("charged", over(open, charged), over(open, price(&event["charged"])), ATOMS_APART)?;
    let rate = i128::try_from(known.rate.get()).unwrap();
    close("h", over(open, rate), over(open, price(&there["h"])), ATOMS_APART)?;
    close_atoms("uncollected", view.uncollected(side).unwrap().0, &there["uncollected"])?;
    close_atoms("claims of a side", book.claims.outstanding.0, &there["claims"])
}

fn account(exchange: &TestExchange, who: &str, there: &Value) -> Result<(), String> {
    let Some(account) = exchange.accounts.get(who) else { return Err("is missing".into()) };
    for index in 0..exchange.len() {
        position(exchange, who, index, there).map_err(|what| format!("market {index} {what}"))?;
    }
    close_atoms("free", account.free.0, &there["free"])?;
    let debts: u64 = account.slots.iter().flat_map(|slot| slot.debt).map(|debt| debt.0).sum();
    close_atoms("debts", debts, &there["debts"])?;
    clocks(&account.clock, "", &there["clocks"])
}

/// Since when a state was observed.
fn clocks(clock: &DistressClock, of: &str, there: &Value) -> Result<(), String> {
    for (name, at) in [("distress", &clock.distress), ("bankrupt", &clock.bankrupt)] {
        let name = format!("{name}{of}");
        let first = there[&name][0].as_u64().map_or(0, |slot| (FIRST_SLOT + slot) * SLOTS);
        if first != at.slot {
            return Err(format!("{name} since {}, the reference has {}", at.slot, there[&name]));
        }
    }
    Ok(())
}

fn position(exchange: &TestExchange, who: &str, index: usize, there: &Value) -> Result<(), String> {
    let account = &exchange.accounts[who];
    let expected = &there["positions"][index.to_string()];
    let vesting_of = &there["vesting"][index.to_string()];
    let Some(slot) = slot_of(account, index) else {
        close_lots("lots", 0, &expected["lots"])?;
        return close_atoms("vesting", 0, vesting_of);
    };
    let view = exchange.view(index);
    let found = view.caught_up(slot).unwrap();
    let size = i128::from(found.lots.0) * if found.side == Some(Side::Short) { -1 } else { 1 };
    close("lots", size, lots(&expected["lots"]), LOTS_APART)?;
    let equity = view.equity(&found).unwrap().atoms_floor();
    if found.lots.is_zero() {
        // Closed whole by a walk: cash until the next touch.
        close_atoms("closed", equity, &there["closed"][index.to_string()])?;
    } else {
        close_atoms("equity", equity, &expected["equity"])?;
        if found.settled {
            close_atoms("margin", slot.position.paid_in.0, &expected["margin"])?;
        }
    }
    close_atoms("vesting", vesting::worth(view.market, slot).unwrap().0, vesting_of)?;
    close_atoms("claims paid", view.claims_due(slot, &found).unwrap().0, &there["claims_paid"][index.to_string()])?;
    for side in Side::BOTH {
        let mut held = view.held_of(slot, side).unwrap();
        if found.side == Some(side) {
            held += found.held.iter().map(|held| view.worth_of(side, held).unwrap()).sum::<u128>();
        }
        let name = format!("{index} {}", side.pick("long", "short"));
        close_atoms("held of an account", whole(held), &there["held"][name])?;
    }
    clocks(&slot.clock, &format!(" {index}"), &there["clocks"])
}
