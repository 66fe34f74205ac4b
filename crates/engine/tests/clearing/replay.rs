//! One history: each printed instruction on the engine, and the printed state against the engine's.

use std::collections::BTreeMap;
use std::fmt;

use breakwater_engine::clearing::error::Error;
use breakwater_engine::clearing::waterfall::{Declared, Deleverage, Liquidated, Resolved};
use breakwater_engine::Side;
use serde_json::{Map, Value};

use crate::compare::{compare, compare_report, ATOMS_APART, LOTS_APART};
use crate::exact::{atoms, lots, price, LOTS};
use crate::exchange::{Terms, TestExchange};

/// Why a history could not go on.
pub struct Stopped {
    step: usize,
    line: String,
    what: String,
}

impl Stopped {
    pub fn at_end(what: String) -> Stopped {
        Stopped { step: usize::MAX, line: "the end".into(), what }
    }
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
        let mut exchange = TestExchange::new(&terms);
        exchange.set_fee(bps("fee_bps"));
        Replay { exchange, state: line["state"].clone(), steps: 0 }
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
        let done = call(&mut after, line).and_then(|done| {
            close_rest(&mut after, line, &self.state);
            after.settle().map(|()| done)
        });
        match (line["refused"].is_null(), done) {
            (true, Ok(Done::Observed)) => Err("the engine only observed".into()),
            (true, Ok(done)) => {
                self.exchange = after;
                if let Done::Resolved(report) = &done {
                    compare_report(report, &line["report"])?;
                }
                compare(&self.exchange, &self.state)
            }
            (true, Err(error)) => Err(format!("the engine refused: {error:?}")),
            // What roundings made is nothing.
            (false, Ok(Done::Got(atoms))) if i128::from(atoms) <= ATOMS_APART => Ok(()),
            (false, Ok(Done::Observed) | Err(_)) => Ok(()),
            (false, Ok(_)) => Err("the engine did it".into()),
        }
    }
}

/// What an instruction did.
enum Done {
    /// It only observed.
    Observed,
    /// It did what it says.
    Acted,
    /// It paid out so many atoms.
    Got(u64),
    /// It resolved.
    Resolved(Box<Resolved>),
}

/// Positions that close whole in fractions close in whole lots: what the rounding of walks left of one closes against the dust,
/// which is what the same rounding left on the other side.
fn close_rest(exchange: &mut TestExchange, line: &Value, state: &Value) {
    for who in ["buyer", "seller", "who", "victim", "taker"].map(|key| line["arguments"][key].as_str()).iter().flatten()
    {
        let Some(market) = line["arguments"]["m"].as_u64() else { return };
        let closed = state["accounts"][who]["positions"][market.to_string()].is_null();
        if closed && (1..=LOTS_APART as u64).contains(&exchange.size(who, market as usize)) {
            let mut after = exchange.clone();
            if after.close_dust(who, market).is_ok() {
                *exchange = after;
            }
        }
    }
}

/// Lots that are all but a whole position or estate are the whole: exact fractions have no last lot.
fn whole(lots: u64, sizes: &[u64]) -> u64 {
    sizes.iter().copied().find(|size| *size > 0 && size.abs_diff(lots) <= LOTS_APART as u64).unwrap_or(lots)
}

/// The arguments of a line.
struct Given<'l>(&'l Value);

impl<'l> Given<'l> {
    fn name(&self, key: &str) -> &'l str {
        self.0[key].as_str().unwrap()
    }

    fn keeper(&self) -> Option<&'l str> {
        self.0["keeper"].as_str()
    }

    fn market(&self) -> u64 {
        self.0["m"].as_u64().unwrap_or(0)
    }

    fn amount(&self) -> u64 {
        atoms(&self.0["amount"]) as u64
    }

    fn size(&self) -> u64 {
        lots(&self.0["lots"]) as u64
    }

    fn side(&self) -> Side {
        if self.0["side"] == "long" {
            Side::Long
        } else {
            Side::Short
        }
    }

    fn by_market(&self, key: &str) -> BTreeMap<usize, i128> {
        let given = self.0[key].as_object().cloned().unwrap_or_default();
        given.iter().map(|(market, to)| (market.parse().unwrap(), price(to))).collect()
    }
}

/// Calls a verb.
fn call(exchange: &mut TestExchange, line: &Value) -> Result<Done, Error> {
    let given = Given(&line["arguments"]);
    let verb = line["verb"].as_str().unwrap();
    match of_accounts(exchange, verb, &given) {
        Some(done) => done,
        None => of_markets(exchange, verb, &given),
    }
}

fn unless(observed: bool) -> Done {
    if observed {
        Done::Observed
    } else {
        Done::Acted
    }
}

fn of_accounts(exchange: &mut TestExchange, verb: &str, given: &Given<'_>) -> Option<Result<Done, Error>> {
    let (market, at) = (given.market(), given.market() as usize);
    let acted = |done: Result<(), Error>| Some(done.map(|()| Done::Acted));
    match verb {
        "deposit" => acted(exchange.deposit(given.name("who"), given.amount()).map(drop)),
        "sync_account" => acted(match given.keeper() {
            Some(keeper) => exchange.sync_paid(given.name("who"), keeper),
            None => exchange.sync(given.name("who")),
        }),
        "withdraw" => Some(exchange.withdraw(given.name("who"), given.amount()).map(|got| Done::Got(got.0))),
        "isolate" => acted(exchange.isolate(given.name("who"), market)),
        "trade" => {
            let sizes = [given.name("buyer"), given.name("seller")].map(|who| exchange.size(who, at));
            let lots = whole(given.size(), &sizes);
            acted(exchange.trade(market, given.name("buyer"), given.name("seller"), lots))
        }
        "liquidate" => {
            let done = exchange.liquidate(given.name("victim"), given.name("taker"), market, given.size());
            Some(done.map(|done| unless(matches!(done, Liquidated::Observed(_)))))
        }
        "declare_bankruptcy" => {
            let done = match given.keeper() {
                Some(keeper) => exchange.declare_for(given.name("who"), keeper),
                None => exchange.declare(given.name("who")),
            };
            Some(done.map(|done| unless(matches!(done, Declared::Observed(_)))))
        }
        "declare_isolated" => {
            let done = exchange.declare_isolated(given.name("who"), market);
            Some(done.map(|done| unless(matches!(done, Declared::Observed(_)))))
        }
        "buy_from_estate" => {
            let (side, who) = (given.side(), given.name("who"));
            let sizes = [exchange.market(at).side(side).estate.lots.0, exchange.size(who, at)];
            acted(exchange.buy(who, market, side, whole(given.size(), &sizes)))
        }
        "deleverage_account" => {
            let done = exchange.deleverage(given.name("who"), market);
            Some(done.map(|done| unless(matches!(done, Deleverage::Observed(_)))))
        }
        _ => None,
    }
}

fn of_markets(exchange: &mut TestExchange, verb: &str, given: &Given<'_>) -> Result<Done, Error> {
    let at = given.market() as usize;
    match verb {
        "fund_estate" => exchange.fund_estate(at)?,
        "resolve_estate" => {
            let done = match given.keeper() {
                Some(keeper) => exchange.resolve_for(given.market(), keeper)?,
                None => exchange.resolve(given.market())?,
            };
            return Ok(Done::Resolved(Box::new(done)));
        }
        "offer_layer" => exchange.offer_layer(at, given.amount(), given.0["until"].as_u64().unwrap())?,
        "earn" => exchange.collect(at, given.amount()).map(drop)?,
        "refill_cover" => return exchange.refill(at).map(|added| unless(added.is_zero())),
        "begin_epoch" => exchange.begin_epoch()?,
        "unstake" => exchange.unstake(given.amount())?,
        "gift" => exchange.gift(at, given.side(), given.amount())?,
        "silence" => exchange.silence(at)?,
        "restore" | "settle_market" if exchange.market(at).is_usable() => return Err(Error::NotSettled),
        "restore" => exchange.restore(at)?,
        "settle_market" => exchange.settle_market(at)?,
        "tick" => {
            let marks = given.by_market("marks").into_iter().map(|(market, price)| (market, price as u64)).collect();
            exchange.tick(given.0["slots"].as_u64().unwrap(), &marks, &given.by_market("funding"))?;
        }
        other => panic!("an unknown verb: {other}"),
    }
    Ok(Done::Acted)
}
