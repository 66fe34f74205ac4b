//! The engine's state against the reference's, name by name.

use breakwater_engine::clearing::markets::MarketRef;
use breakwater_engine::clearing::recovery::vesting;
use breakwater_engine::units::{Cash, Side};
use serde_json::Value;

use crate::exact::{atoms, lots, price};
use crate::exchange::{slot_of, TestExchange};

/// Atoms that roundings may have moved: 2e-5 of a unit of the reference's money.
const ATOMS_APART: i128 = 20_000;
/// Lots likewise: 2e-7 of a lot.
const LOTS_APART: i128 = 200;

fn close(name: &str, engine: i128, reference: i128, bound: i128) -> Result<(), String> {
    if (engine - reference).abs() <= bound {
        return Ok(());
    }
    Err(format!("{name}: {engine}, the reference has {reference}"))
}

fn same(name: &str, engine: bool, reference: &Value) -> Result<(), String> {
    if Some(engine) == reference.as_bool() {
        return Ok(());
    }
    Err(format!("{name}: {engine}, the reference has {reference}"))
}

pub fn compare(exchange: &TestExchange, state: &Value) -> Result<(), String> {
    let common = i128::from(exchange.fund.common().unwrap().0);
    for index in 0..exchange.len() {
        let there = &state["markets"][index.to_string()];
        market(exchange, index, there).map_err(|what| format!("market {index} {what}"))?;
    }
    close("common fund", common, atoms(&state["common"]), ATOMS_APART)?;
    for (who, there) in state["accounts"].as_object().unwrap() {
        account(exchange, who, there).map_err(|what| format!("{who} {what}"))?;
    }
    Ok(())
}

fn market(exchange: &TestExchange, index: usize, there: &Value) -> Result<(), String> {
    let view = exchange.view(index);
    let market = view.market;
    let money = |name: &str, engine: u64| close(name, i128::from(engine), atoms(&there[name]), ATOMS_APART);
    for side in Side::BOTH {
        let name = side.pick("long", "short");
        of_side(&view, side, &there[name]).map_err(|what| format!("{name} {what}"))?;
    }
    money("cover", market.whole_cover().unwrap().0)?;
    money("unfunded", market.unfunded.0)?;
    money("keeper_pot", market.keeper_pot.0)?;
    money("allowance", market.allowance(&exchange.fund).unwrap().0)?;
    money("vesting_total", market.vesting.total.0)?;
    same("usable", market.is_usable(), &there["usable"])
}

fn of_side(view: &MarketRef<'_>, side: Side, there: &Value) -> Result<(), String> {
    let book = view.market.side(side);
    let open = i128::from(book.totals.lots.0);
    let pico = |value: u128| Cash(i128::try_from(value).unwrap()).atoms_floor();
    close("open lots", open, lots(&there["open_lots"]), LOTS_APART)?;
    close(
        "X",
        book.index.get() * open / 1_000_000_000_000,
        price(&there["x"]) * open / 1_000_000_000_000,
        ATOMS_APART,
    )?;
    close("under water", pico(view.under_water(side).unwrap()), atoms(&there["under_water"]), ATOMS_APART)?;
    let estate = &there["estate"];
    close("estate lots", i128::from(book.estate.lots.0), lots(&estate["lots"]).abs(), LOTS_APART)?;
    let equity = view.market.estate_equity(side).unwrap().atoms_floor();
    close("estate equity", equity, atoms(&estate["equity"]), ATOMS_APART)?;
    close("estate uncollected", pico(book.estate.uncollected.get()), atoms(&estate["uncollected"]), ATOMS_APART)?;
    let event = &there["event"];
    same("event alive", book.event.alive != 0, &event["alive"])?;
    close("held", pico(book.event.held.get()), atoms(&event["held"]), ATOMS_APART)?;
    close("held lots", i128::from(book.event.held_lots.0), lots(&event["held_lots"]), LOTS_APART)?;
    close(
        "h",
        pico(book.event.rate.get() * open.unsigned_abs()),
        price(&there["h"]) * open / 1_000_000_000_000,
        ATOMS_APART,
    )?;
    close("claims", i128::from(book.claims.outstanding.0), atoms(&there["claims"]), ATOMS_APART)
}

fn account(exchange: &TestExchange, who: &str, there: &Value) -> Result<(), String> {
    let Some(account) = exchange.accounts.get(who) else { return Err("is missing".into()) };
    for index in 0..exchange.len() {
        position(exchange, who, index, there).map_err(|what| format!("market {index} {what}"))?;
    }
    close("free", i128::from(account.free.0), atoms(&there["free"]), ATOMS_APART)?;
    let debts: u64 = account.slots.iter().flat_map(|slot| slot.debt).map(|debt| debt.0).sum();
    close("debts", i128::from(debts), atoms(&there["debts"]), ATOMS_APART)
}

fn position(exchange: &TestExchange, who: &str, index: usize, there: &Value) -> Result<(), String> {
    let account = &exchange.accounts[who];
    let expected = &there["positions"][index.to_string()];
    let vesting_of = atoms(&there["vesting"][index.to_string()]);
    let Some(slot) = slot_of(account, index) else {
        close("lots", 0, lots(&expected["lots"]), LOTS_APART)?;
        return close("vesting", 0, vesting_of, ATOMS_APART);
    };
    let view = exchange.view(index);
    let found = view.caught_up(slot).unwrap();
    let size = i128::from(found.lots.0) * if found.side == Some(Side::Short) { -1 } else { 1 };
    close("lots", size, lots(&expected["lots"]), LOTS_APART)?;
    if !found.lots.is_zero() {
        let equity = view.equity(&found).unwrap().atoms_floor();
        close("equity", equity, atoms(&expected["equity"]), ATOMS_APART)?;
        if found.settled {
            close("margin", i128::from(slot.position.paid_in.0), atoms(&expected["margin"]), ATOMS_APART)?;
        }
    }
    close("vesting", i128::from(vesting::worth(view.market, slot).unwrap().0), vesting_of, ATOMS_APART)?;
    for side in Side::BOTH {
        let mut held = view.held_of(slot, side).unwrap();
        if found.side == Some(side) {
            held += found.held.iter().map(|held| view.worth_of(side, held).unwrap()).sum::<u128>();
        }
        let name = format!("{index} {}", side.pick("long", "short"));
        close("held", Cash(held as i128).atoms_floor(), atoms(&there["held"][name]), ATOMS_APART)?;
    }
    Ok(())
}
