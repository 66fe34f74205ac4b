//! One history: each printed instruction on the engine, and the printed state against the engine's.

use std::collections::BTreeMap;
use std::fmt;

use breakwater_engine::clearing::error::Error;
use breakwater_engine::clearing::waterfall::{Declared, Deleverage, Liquidated};
use breakwater_engine::Side;
use serde_json::{Map, Value};

use crate::compare::compare;
use crate::exact::{atoms, lots, price, LOTS};
use crate::exchange::{Terms, TestExchange};

/// Why a history could not go on.
pub struct Stopped {
    step: usize,
    line: String,
    what: String,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}: {}\n    {}", self.step, self.line, self.what)
    }
}

/// What occurred in a history that ended.
pub fn occurred(end: &Value) -> Vec<String> {
    let tiers = [("pinned layer", "layers"), ("allowance", "allowance"), ("last resort", "last_resort")];
    let counts = end["occurred"].as_object().unwrap().iter().filter(|(_, times)| atoms(times) > 0);
    let mut names: Vec<String> = counts.map(|(name, _)| name.clone()).collect();
    for (name, tier) in tiers {
        if !names.iter().any(|known| known == name) && atoms(&end["drawn"][tier]) > 0 {
            names.push(name.to_string());
        }
    }
    names
}

/// A history under way.
pub struct Replay {
    exchange: TestExchange,
    state: Value,
    steps: usize,
}

fn merge(state: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *state = patch.clone();
        return;
    };
    if !state.is_object() {
        *state = Value::Object(Map::new());
    }
    let object = state.as_object_mut().unwrap();
    for (key, value) in patch {
        if value.is_null() {
            object.remove(key);
        } else {
            merge(object.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

impl Replay {
    pub fn begin(line: &Value) -> Replay {
        let parameters = line["parameters"].as_object().unwrap();
        let number = |name: &str| parameters[name].as_u64().unwrap();
        let bps = |name: &str| number(name) as u32;
        let slots = parameters.iter().filter(|(name, _)| name.ends_with("_slots"));
        let terms = Terms {
            prices: line["prices"].as_array().unwrap().iter().map(|of| price(of) as u64).collect(),
            cover: atoms(&line["cover"]) as u64,
            common: atoms(&line["common"]) as u64,
            initial: bps("initial_bps"),
            maintenance: bps("maintenance_bps"),
            buffer: bps("buffer_bps"),
            discount_start: bps("discount_start_bps"),
            discount: bps("discount_bps"),
            penalty: bps("penalty_bps"),
            tolerance: bps("tolerance_bps"),
            resolve_deviation: bps("resolve_deviation_bps"),
            weight: bps("allowance_weight_bps"),
            slice: bps("slice_bps"),
            slice_floor: number("slice_floor") * LOTS,
            slots: slots.map(|(name, value)| (name.clone(), value.as_u64().unwrap())).collect(),
        };
        Replay { exchange: TestExchange::new(&terms), state: line["state"].clone(), steps: 0 }
    }

    pub fn step(&mut self, line: &Value) -> Result<(), Stopped> {
        self.steps += 1;
        merge(&mut self.state, &line["state"]);
        self.play(line).map_err(|what| {
            let text = format!("{} {} {}", line["verb"], line["arguments"], line["refused"]);
            Stopped { step: self.steps, line: text, what }
        })
    }

    fn play(&mut self, line: &Value) -> Result<(), String> {
        let mut after = self.exchange.clone();
        let done = call(&mut after, line).and_then(|done| after.settle().map(|()| done));
        match (line["refused"].is_null(), done) {
            (true, Ok(true)) => {
                self.exchange = after;
                compare(&self.exchange, &self.state)
            }
            (true, Ok(false)) => Err("the engine only observed".into()),
            (true, Err(error)) => Err(format!("the engine refused: {error:?}")),
            (false, Ok(true)) => Err("the engine did it".into()),
            (false, _) => Ok(()),
        }
    }
}

fn side(value: &Value) -> Side {
    if value == "long" {
        Side::Long
    } else {
        Side::Short
    }
}

/// Lots that are all but a whole position or estate are the whole: exact fractions have no last lot.
fn whole(lots: u64, sizes: &[u64]) -> u64 {
    sizes.iter().copied().find(|size| *size > 0 && size.abs_diff(lots) <= 200).unwrap_or(lots)
}

/// Calls a verb; whether it did something, not only observed.
fn call(exchange: &mut TestExchange, line: &Value) -> Result<bool, Error> {
    let given = &line["arguments"];
    let name = |key: &str| given[key].as_str().unwrap();
    let market = given["m"].as_u64().unwrap_or(0);
    let at = market as usize;
    let amount = || atoms(&given["amount"]) as u64;
    let size = || lots(&given["lots"]) as u64;
    let size_like = |sizes: &[u64]| whole(size(), sizes);
    match line["verb"].as_str().unwrap() {
        "deposit" => exchange.deposit(name("who"), amount()).map(drop)?,
        "sync_account" => exchange.sync(name("who"))?,
        "withdraw" => exchange.withdraw(name("who"), amount()).map(drop)?,
        "isolate" => exchange.isolate(name("who"), market)?,
        "trade" => {
            let sizes = [name("buyer"), name("seller")].map(|who| exchange.size(who, at));
            exchange.trade(market, name("buyer"), name("seller"), size_like(&sizes))?;
        }
        "liquidate" => {
            let done = exchange.liquidate(name("victim"), name("taker"), market, size())?;
            return Ok(!matches!(done, Liquidated::Observed(_)));
        }
        "declare_bankruptcy" => {
            return exchange.declare(name("who")).map(|done| !matches!(done, Declared::Observed(_)))
        }
        "declare_isolated" => {
            let done = exchange.declare_isolated(name("who"), market)?;
            return Ok(!matches!(done, Declared::Observed(_)));
        }
        "buy_from_estate" => {
            let (side, who) = (side(&given["side"]), name("who"));
            let sizes = [exchange.market(at).side(side).estate.lots.0, exchange.size(who, at)];
            exchange.buy(who, market, side, size_like(&sizes))?;
        }
        "deleverage_account" => {
            let done = exchange.deleverage(name("who"), market)?;
            return Ok(!matches!(done, Deleverage::Observed(_)));
        }
        "fund_estate" => exchange.fund_estate(at)?,
        "resolve_estate" => exchange.resolve(market).map(drop)?,
        "earn" => exchange.collect(at, amount()).map(drop)?,
        "refill_cover" => return exchange.refill(at).map(|added| !added.is_zero()),
        "begin_epoch" => exchange.begin_epoch()?,
        "unstake" => exchange.unstake(amount())?,
        "gift" => exchange.gift(at, side(&given["side"]), amount())?,
        "offer_layer" => exchange.offer_layer(at, amount(), given["until"].as_u64().unwrap())?,
        "silence" => exchange.silence(at)?,
        "restore" => exchange.restore(at)?,
        "tick" => {
            let by_market = |key: &str| given[key].as_object().cloned().unwrap_or_default();
            let marks: BTreeMap<usize, u64> =
                by_market("marks").iter().map(|(m, to)| (m.parse().unwrap(), price(to) as u64)).collect();
            let funding: BTreeMap<usize, i128> =
                by_market("funding").iter().map(|(m, paid)| (m.parse().unwrap(), price(paid))).collect();
            exchange.tick(given["slots"].as_u64().unwrap(), &marks, &funding)?;
        }
        other => panic!("an unknown verb: {other}"),
    }
    Ok(true)
}
