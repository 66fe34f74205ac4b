//! Writes what TypeScript knows of the module: decoders of its reports and the engine's constants, from the same lists.
//!
//!     cargo run -p breakwater-wasm --example typescript -- app/client/src/generated/engine.ts
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a tool"
)]

use breakwater_engine::account::{NO_MARKET, PLEDGES};
use breakwater_engine::assess::*;
use breakwater_engine::breaker::Level;
use breakwater_engine::permission::PauseBits;
use breakwater_engine::pledge::VALUATION_SLOTS;
use breakwater_engine::price::Reasons;
use breakwater_engine::quote::LEVELS as QUOTE_LEVELS;
use breakwater_engine::state;
use breakwater_engine::trade::MAKERS;
use breakwater_engine::units::{BPS, PICO, PRICE_MAX};
use breakwater_wasm::accounts::TYPES;
use core::mem::offset_of;

/// A field: its name, its type as the list has it, where it lies, its sentences.
type Field = (&'static str, &'static str, usize, &'static [&'static str]);

/// A report: its name, its size, its sentences, its fields.
type Report = (&'static str, usize, &'static [&'static str], &'static [Field]);

macro_rules! describe {
    ($(
        $(#[doc = $doc:literal])*
        $kind:ident $name:ident {
            $($(#[doc = $field_doc:literal])* $field:ident: $type:tt,)+
        }
    )+) => {
        const REPORTS: &[Report] = &[$((
            stringify!($name),
            size_of::<$name>(),
            &[$($doc),*],
            &[$((stringify!($field), stringify!($type), offset_of!($name, $field), &[$($field_doc),*])),+],
        )),+];
    };
}
breakwater_engine::report_fields!(describe);

/// Action classes a pause stops, as TypeScript calls them.
const PAUSES: [(&str, PauseBits); 10] = [
    ("deposits", PauseBits::DEPOSITS),
    ("withdrawals", PauseBits::WITHDRAWALS),
    ("tradeIncrease", PauseBits::TRADE_INCREASE),
    ("tradeReduce", PauseBits::TRADE_REDUCE),
    ("quoting", PauseBits::QUOTING),
    ("liquidation", PauseBits::LIQUIDATION),
    ("unlocking", PauseBits::UNLOCKING),
    ("unstaking", PauseBits::UNSTAKING),
    ("listing", PauseBits::LISTING),
    ("freeze", PauseBits::FREEZE),
];

/// Reasons a breaker can hold.
const REASONS: [(&str, Reasons); 11] = [
    ("stale", Reasons::STALE),
    ("wide", Reasons::WIDE),
    ("divergence", Reasons::DIVERGENCE),
    ("jump", Reasons::JUMP),
    ("notPositive", Reasons::NOT_POSITIVE),
    ("disagreement", Reasons::DISAGREEMENT),
    ("gauge", Reasons::GAUGE),
    ("uninsured", Reasons::UNINSURED),
    ("drawdown", Reasons::DRAWDOWN),
    ("outflow", Reasons::OUTFLOW),
    ("second", Reasons::SECOND),
];

/// Breaker levels, lowest first.
const LEVELS: [(&str, Level); 3] = [("open", Level::Open), ("guarded", Level::Guarded), ("halted", Level::Halted)];

fn main() {
    let path = std::env::args().nth(1).expect("a path to write to");
    check();
    let mut text = String::from(
        "// Written by crates/wasm/examples/typescript.rs from the engine's lists.\nimport type { Words } from '../engine/words.js';\n",
    );
    constants(&mut text);
    for report in REPORTS {
        write_report(&mut text, report);
    }
    std::fs::write(&path, text).unwrap_or_else(|error| panic!("{path}: {error}"));
}

/// A name that is missing above would be missing in TypeScript.
fn check() {
    let paused = PAUSES.iter().fold(0, |all, (_, bit)| all | bit.0);
    assert_eq!(paused, PauseBits::ALL.0, "a pause bit has no name");
    for (bit, (name, reason)) in REASONS.iter().enumerate() {
        assert_eq!(reason.0, 1 << bit, "{name} is out of order");
    }
    assert_eq!(REASONS.len(), breakwater_engine::market::REASONS, "a reason has no name");
    for (number, (name, level)) in LEVELS.iter().enumerate() {
        assert_eq!(usize::from(level.number()), number, "{name} is out of order");
    }
}

fn constants(text: &mut String) {
    let mut say = |doc: &str, line: String| *text += &format!("\n/** {doc} */\nexport const {line};\n");
    say("1e-12 atom in an atom: the resolution of prices, indices and exact cash.", format!("PICO = {PICO}n"));
    say("One whole in basis points.", format!("BPS = {BPS}n"));
    say("Makers a trade passes at most.", format!("MAKERS_MAX = {MAKERS}"));
    say("Offers a quote holds on each side.", format!("QUOTE_LEVELS = {QUOTE_LEVELS}"));
    say("Kinds of other collateral an exchange accepts at most.", format!("KINDS_MAX = {PLEDGES}"));
    say("Market number of a slot that is not in use.", format!("NO_MARKET = {NO_MARKET}n"));
    say(
        "Slots a valuation of other collateral counts, the one it was made in apart.",
        format!("VALUATION_SLOTS = {VALUATION_SLOTS}n"),
    );
    say("The largest price, 1e-12 atom per lot.", format!("PRICE_MAX = {PRICE_MAX}n"));
    let bits: Vec<_> = PAUSES.iter().map(|(name, bit)| format!("  {name}: {}n,\n", bit.0)).collect();
    say("Action classes a pause stops.", format!("PAUSE = {{\n{}}} as const", bits.concat()));
    let bits: Vec<_> = REASONS.iter().map(|(name, reason)| format!("  {name}: {}n,\n", reason.0)).collect();
    say(
        "Reasons a breaker can hold, as bits; the first five halt, the others guard.",
        format!("REASON = {{\n{}}} as const", bits.concat()),
    );
    let names: Vec<_> = LEVELS.iter().map(|(name, _)| format!("'{name}'")).collect();
    say("Breaker levels, lowest first.", format!("LEVELS = [{}] as const", names.join(", ")));
    let types: Vec<_> = TYPES
        .iter()
        .enumerate()
        .map(|(number, (name, (_, size)))| format!("  {name}: {{ number: {number}, size: {size} }},\n"))
        .collect();
    say(
        "Account types the module reads: their number there, and their bytes after the discriminator.",
        format!("TYPES = {{\n{}}} as const", types.concat()),
    );
    let books = [
        ("marginAccount", offset_of!(state::MarginAccount, books)),
        ("market", offset_of!(state::Market, books)),
        ("ladder", offset_of!(state::Ladder, books)),
        ("collateral", offset_of!(state::Collateral, books)),
        ("insurance", offset_of!(state::Insurance, books)),
        ("stake", offset_of!(state::Stake, books)),
    ];
    let books: Vec<_> = books.iter().map(|(name, at)| format!("  {name}: {at},\n")).collect();
    say(
        "Where an account's books begin, in its bytes after the discriminator.",
        format!("BOOKS = {{\n{}}} as const", books.concat()),
    );
    say(
        "Where a collateral's number lies, in its bytes after the discriminator.",
        format!("COLLATERAL_INDEX = {}", offset_of!(state::Collateral, index)),
    );
    say("Where a market's number lies in its books.", format!("MARKET_ID = {}", offset_of!(state::MarketBooks, id)));
    say("Where a market's mark lies in its books.", format!("MARK = {}", offset_of!(state::MarketBooks, mark)));
    say(
        "`refusedMarket` of a report that is about none in particular.",
        format!("NO_MARKET_REFUSED = {NO_MARKET_REFUSED}"),
    );
}

fn write_report(text: &mut String, (name, size, docs, fields): &Report) {
    *text += &format!(
        "\n/** {} */\nexport type {name} = {{\n",
        docs.iter().map(|doc| doc.trim()).collect::<Vec<_>>().join(" ")
    );
    for (field, kind, _, docs) in *fields {
        *text += &format!("  /** {} */\n", docs.iter().map(|doc| doc.trim()).collect::<Vec<_>>().join(" "));
        *text += &format!("  readonly {}: {};\n", camel(field), typescript(kind));
    }
    *text += &format!("}};\n\n/** Bytes of a `{name}`. */\nexport const {}_SIZE = {size};\n", screaming(name));
    *text += &format!(
        "\n/** Reads a `{name}`. */\nexport function read{name}(from: Words, at: number): {name} {{\n  return {{\n"
    );
    for (field, kind, at, _) in *fields {
        *text += &format!("    {}: {},\n", camel(field), reader(kind, *at));
    }
    *text += "  };\n}\n";
    if fields.iter().any(|(_, kind, ..)| array(kind).is_some_and(|(_, count)| count > 2)) {
        let places = fields.iter().map(|(field, _, at, _)| format!("{}: {at}", camel(field)));
        *text += &format!(
            "\n/** Where the fields of a `{name}` lie. */\nexport const {}_AT = {{ {} }} as const;\n",
            screaming(name),
            places.collect::<Vec<_>>().join(", ")
        );
    }
}

/// `[Atoms; 2]` in its parts.
fn array(kind: &str) -> Option<(&str, usize)> {
    let (inner, count) = kind.strip_prefix('[')?.strip_suffix(']')?.split_once(';')?;
    Some((inner.trim(), count.trim().parse().expect("a count")))
}

fn typescript(kind: &str) -> String {
    match (kind, array(kind)) {
        (_, Some((inner, 2))) => format!("readonly [{0}, {0}]", typescript(inner)),
        (_, Some((inner, _))) => format!("readonly {}[]", typescript(inner)),
        ("u32" | "Bps" | "Refusal", _) => "number".into(),
        ("Flag", _) => "boolean".into(),
        ("u64" | "i64" | "Atoms" | "Lots" | "Price" | "I128" | "U128", _) => "bigint".into(),
        (report, _) => report.into(),
    }
}

fn size_of_kind(kind: &str) -> usize {
    match kind {
        "u32" | "Bps" | "Refusal" | "Flag" => 4,
        "I128" | "U128" => 16,
        "u64" | "i64" | "Atoms" | "Lots" | "Price" => 8,
        report => {
            REPORTS.iter().find(|(name, ..)| *name == report).map(|(_, size, ..)| *size).expect("a report before it")
        }
    }
}

fn reader(kind: &str, at: usize) -> String {
    let place = if at == 0 { "at".to_string() } else { format!("at + {at}") };
    if let Some((inner, count)) = array(kind) {
        let parts = (0..count).map(|n| reader(inner, at + n * size_of_kind(inner)));
        return format!("[{}]", parts.collect::<Vec<_>>().join(", "));
    }
    match kind {
        "u32" | "Bps" | "Refusal" => format!("from.u32({place})"),
        "Flag" => format!("from.u32({place}) !== 0"),
        "u64" | "Atoms" | "Lots" | "Price" => format!("from.u64({place})"),
        "i64" => format!("from.i64({place})"),
        "I128" => format!("from.i128({place})"),
        "U128" => format!("from.u128({place})"),
        report => format!("read{report}(from, {place})"),
    }
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| text + &part[..1].to_uppercase() + &part[1..])
}

fn screaming(name: &str) -> String {
    let upper =
        |letter: char| if letter.is_uppercase() { format!("_{letter}") } else { letter.to_uppercase().to_string() };
    name.chars().map(upper).collect::<String>().trim_start_matches('_').to_string()
}
