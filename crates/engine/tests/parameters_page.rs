//! `docs/parameters.md` and `app/client/idl/parameters.json`, generated from the table of changes by asking it.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has found something"
)]

use breakwater_engine::state::{ExchangeParams, MarketParams};
use std::fmt::Write;
use std::path::Path;

use breakwater_engine::change::{Rule, Waits, EXCHANGE_PARAMETERS, MARKET_PARAMETERS};
use breakwater_engine::units::Price;

const COMMAND: &str = "BREAKWATER_WRITE=1 cargo test --locked -p breakwater-engine --test parameters_page";

/// An atom a lot: what the standard parameters are made for.
const BIRTH: Price = Price(1_000_000_000_000);

const HEAD: &str = "\
# Parameters

Everything that can be changed on a market and on an exchange: generated from the engine's table of changes
(`crates/engine/src/change`). Do not edit; after a change of the table run

    COMMAND

How a change is made is in [governing](governing.md).

* **unit**: atoms are 1e-6 USDC, lots a market's own, bps 1e-4. Between two prices (`divergence`, `jump`, `disagreement`) bps
  are a ratio, by how much the larger exceeds the smaller, the same for a rise and a fall: 2,000 is a fifth up or a sixth
  down, 90,000 tenfold or a tenth. A jump's compound over the slots between two marks.
* **standard**: what the engine's defaults say, for a market whose lots are worth about an atom.
* **least**, **most**: where changes may lead while everything else is at its standard. Rules between parameters (a penalty
  below every maintenance fraction, a maker's fee not above the taker's) move these bounds with the others' values; a change
  that breaks one is refused with the rule's error, when it is proposed and again when it is executed. A parameter that an
  exchange was created with beyond its bounds may come towards them, never farther out.
* **step**: a change moves a value by at most a quarter of what it is, or by this, whichever is more.
* **waits**: which changes wait for the timelock in a proposal. The others may also be made at once, by `tighten`. *never
  changed*: it is what the market was listed with.
* **error**: what a change beyond the bounds is refused with, where no rule between parameters refuses first.
";

/// One parameter, as both files tell it.
struct Entry {
    number: u16,
    name: String,
    rule: Rule,
    standard: u64,
    least: u64,
    most: u64,
}

/// Parameters that change one at a time.
trait Table: Copy {
    fn value(&self, number: u16) -> u64;
    fn try_change(&mut self, number: u16, to: u64) -> bool;
}

impl Table for MarketParams {
    fn value(&self, number: u16) -> u64 {
        self.parameter(number).unwrap()
    }
    fn try_change(&mut self, number: u16, to: u64) -> bool {
        let mut changed = *self;
        let allowed = changed.change(number, to, BIRTH).is_ok();
        *self = if allowed { changed } else { *self };
        allowed
    }
}

impl Table for ExchangeParams {
    fn value(&self, number: u16) -> u64 {
        self.parameter(number).unwrap()
    }
    fn try_change(&mut self, number: u16, to: u64) -> bool {
        let mut changed = *self;
        let allowed = changed.change(number, to).is_ok();
        *self = if allowed { changed } else { *self };
        allowed
    }
}

/// Where changes lead, one after the other, each as large as it may be.
fn farthest(mut params: impl Table, number: u16, rule: &Rule, towards: impl Fn(u64, u64) -> u64) -> u64 {
    loop {
        let from = params.value(number);
        let mut step = rule.step_max(from);
        while step > 0 && !params.try_change(number, towards(from, step)) {
            step /= 2;
        }
        if step == 0 {
            return from;
        }
    }
}

fn entries<T: Table>(standard: T, numbers: &[u16], rule: fn(u16) -> breakwater_engine::Result<Rule>) -> Vec<Entry> {
    let one = |number: &u16| {
        let rule = rule(*number).unwrap();
        let least = farthest(standard, *number, &rule, u64::saturating_sub);
        let most = farthest(standard, *number, &rule, u64::saturating_add);
        Entry { number: *number, name: camel(rule.name), standard: standard.value(*number), least, most, rule }
    };
    numbers.iter().map(one).collect()
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap().to_string();
    words.fold(first, |all, word| {
        let (head, tail) = word.split_at(1);
        all + &head.to_uppercase() + tail
    })
}

fn unit(name: &str) -> &'static str {
    const ATOMS: [&str; 7] =
        ["up_to", "cover_grant", "deposit_min", "deposits_max", "outflow_floor", "outflow_exempt", "stake_min"];
    const LOTS: [&str; 5] = ["step", "position_min", "open_interest_max", "slice_floor", "impact_lots_min"];
    match name {
        "lot_exponent" => "power of ten",
        "bracket_count" => "brackets",
        "walk_max" => "lines",
        _ if ATOMS.iter().any(|end| name.ends_with(end)) => "atoms",
        _ if LOTS.contains(&name) => "lots",
        _ if name.contains("_seconds") => "seconds",
        _ if name.contains("_slots") => "slots",
        _ => "bps",
    }
}

/// Signed where the parameter is.
fn number(entry: &Entry, value: u64) -> String {
    if entry.rule.name == "lot_exponent" {
        return value.cast_signed().to_string();
    }
    value.to_string()
}

/// With a space every three digits.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && !text.ends_with('-') {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

const fn waits(rule: &Rule) -> (&'static str, &'static str) {
    match rule.waits {
        Waits::Rising => ("rising", "to more"),
        Waits::Falling => ("falling", "to less"),
        Waits::Always => ("always", "every change"),
        Waits::Fixed => ("fixed", "never changed"),
    }
}

fn table(title: &str, entries: &[Entry]) -> String {
    let mut page = format!("\n## {title}\n\n");
    page.push_str("| | parameter | unit | standard | least | most | step | waits | error |\n");
    page.push_str("|--:|---|---|--:|--:|--:|--:|---|---|\n");
    for entry in entries {
        let show = |value| grouped(&number(entry, value));
        let (standard, least, most) = (show(entry.standard), show(entry.least), show(entry.most));
        let (step, waits) = (grouped(&entry.rule.step.to_string()), waits(&entry.rule).1);
        let (name, unit, error) = (&entry.name, unit(entry.rule.name), entry.rule.error);
        writeln!(
            page,
            "| {} | {name} | {unit} | {standard} | {least} | {most} | {step} | {waits} | {error:?} |",
            entry.number
        )
        .unwrap();
    }
    page
}

fn json(entries: &[Entry]) -> String {
    let one = |entry: &Entry| {
        let Entry { number: at, name, rule, .. } = entry;
        let [standard, least, most] = [entry.standard, entry.least, entry.most].map(|value| number(entry, value));
        let (unit, waits, step, error) = (unit(rule.name), waits(rule).0, rule.step, rule.error);
        format!(
            "    {{ \"number\": {at}, \"name\": \"{name}\", \"unit\": \"{unit}\", \"waits\": \"{waits}\", \"step\": \"{step}\", \
             \"standard\": \"{standard}\", \"least\": \"{least}\", \"most\": \"{most}\", \"error\": \"{error:?}\" }}"
        )
    };
    entries.iter().map(one).collect::<Vec<_>>().join(",\n")
}

/// Writes a file, or compares it.
fn settle(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("BREAKWATER_WRITE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{} is not what the table says: run `{COMMAND}`", path.display());
}

#[test]
fn the_page_and_the_clients_table_are_what_the_table_says() {
    let markets = entries(MarketParams::standard(), MARKET_PARAMETERS, MarketParams::rule);
    let exchanges = entries(ExchangeParams::standard(), EXCHANGE_PARAMETERS, ExchangeParams::rule);
    let page =
        HEAD.replace("COMMAND", COMMAND) + &table("Of a market", &markets) + &table("Of an exchange", &exchanges);
    settle("docs/parameters.md", &page);
    let client =
        format!("{{\n  \"market\": [\n{}\n  ],\n  \"exchange\": [\n{}\n  ]\n}}\n", json(&markets), json(&exchanges));
    settle("app/client/idl/parameters.json", &client);
}
