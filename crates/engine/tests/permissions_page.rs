//! `docs/permissions.md`, generated from the table by asking it, and the proof that the page says all of it.
//!
//! The page shows each column alone. That it is enough, because the columns are independent and refuse in a fixed order, is
//! checked here over the whole product.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has found something"
)]

use std::fmt::Write;
use std::path::Path;

use breakwater_engine::breaker::Level;
use breakwater_engine::permission::{permitted, Action, Conditions, PauseBits};
use breakwater_engine::price::Quality;
use breakwater_engine::Error;

const COMMAND: &str = "BREAKWATER_WRITE=1 cargo test --locked -p breakwater-engine --test permissions_page";
const CLEAR: Conditions = Conditions::CLEAR;

const PAUSES: [(&str, PauseBits); 10] = [
    ("deposits", PauseBits::DEPOSITS),
    ("withdrawals", PauseBits::WITHDRAWALS),
    ("increase", PauseBits::TRADE_INCREASE),
    ("reduce", PauseBits::TRADE_REDUCE),
    ("quoting", PauseBits::QUOTING),
    ("liquidation", PauseBits::LIQUIDATION),
    ("unlocking", PauseBits::UNLOCKING),
    ("unstaking", PauseBits::UNSTAKING),
    ("listing", PauseBits::LISTING),
    ("freeze", PauseBits::FREEZE),
];
const LEVELS: [(&str, Level); 3] = [("open", Level::Open), ("guarded", Level::Guarded), ("halted", Level::Halted)];
const QUALITIES: [(&str, Quality); 3] = [("bad", Quality::Bad), ("usable", Quality::Usable), ("good", Quality::Good)];

const HEAD: &str = "\
# Permissions

Who may do what, and when: generated from the program's one table (`crates/engine/src/permission/table.rs`). Do not edit;
after a change of the table run

    COMMAND

An instruction asks the table about the exchange and about each market it acts in. Its columns are independent: an action is
refused by the first thing that stands against it, always in this order, whatever else does too. An empty cell passes.

| | error | what stands against the action |
|---|---|---|
| o | MarketNotOpen | the listing's timelock still runs |
| P | Paused | a pause bit, of the exchange or of the market |
| R | Rebasing | a rebase is moving the market's lines |
| S | MarketSettled | the market is settled: its last mark is final |
| N | NotSettled | the market is not settled |
| H | MarketHalted | the level of the market's breaker or of the exchange's |
| G | GracePeriod | a halt, or a pause of liquidation, reducing or everything, ended just now |
| A | StaleMark | the mark is older than the market allows |
| Q | PriceQuality | the mark is not good enough |

In a settled market the market's own level, the grace period, and the mark's age and quality are not asked.
";

/// The page's letter for an answer.
fn letter(action: Action, now: &Conditions) -> char {
    match permitted(action, now) {
        Ok(()) => ' ',
        Err(Error::MarketNotOpen) => 'o',
        Err(Error::Paused) => 'P',
        Err(Error::Rebasing) => 'R',
        Err(Error::MarketSettled) => 'S',
        Err(Error::NotSettled) => 'N',
        Err(Error::MarketHalted) => 'H',
        Err(Error::GracePeriod) => 'G',
        Err(Error::StaleMark) => 'A',
        Err(Error::PriceQuality) => 'Q',
        Err(other) => panic!("{action:?}: {other:?} is no answer of the table"),
    }
}

/// What a table leaves as it is: the one state an action that needs a settled market can pass in.
fn usual(action: Action) -> Conditions {
    Conditions { settled: action == Action::SettlePosition, ..CLEAR }
}

/// A column: its name, and what it changes.
struct Column {
    name: String,
    change: Box<dyn Fn(Conditions) -> Conditions>,
}

fn column(name: impl Into<String>, change: impl Fn(Conditions) -> Conditions + 'static) -> Column {
    Column { name: name.into(), change: Box::new(change) }
}

fn table(columns: &[Column]) -> String {
    let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
    let mut page = format!("| action | {} |\n|---|{}\n", names.join(" | "), ":-:|".repeat(columns.len()));
    for action in Action::ALL {
        let cells = columns.iter().map(|column| letter(action, &(column.change)(usual(action))).to_string());
        writeln!(page, "| {action:?} | {} |", cells.collect::<Vec<_>>().join(" | ")).unwrap();
    }
    page
}

fn page() -> String {
    let pauses: Vec<_> =
        PAUSES.into_iter().map(|(name, paused)| column(name, move |now| Conditions { paused, ..now })).collect();
    let grid = LEVELS.into_iter().flat_map(|level| QUALITIES.map(|quality| (level, quality)));
    let levels: Vec<_> = grid
        .map(|((level_name, level), (quality_name, quality))| {
            column(format!("{level_name}, {quality_name}"), move |now| Conditions { level, quality, ..now })
        })
        .collect();
    let others = [
        column("stale mark", |now| Conditions { fresh: false, ..now }),
        column("grace", |now| Conditions { grace: true, ..now }),
        column("rebasing", |now| Conditions { rebasing: true, ..now }),
        column("settled", |now| Conditions { settled: true, ..now }),
        column("not settled", |now| Conditions { settled: false, ..now }),
        column("not open yet", |now| Conditions { not_open: true, ..now }),
    ];
    let mut page = HEAD.replace("COMMAND", COMMAND);
    let parts = [
        ("Action and pause bit", table(&pauses)),
        ("Action, breaker level and price quality", table(&levels)),
        ("Action and everything else", table(&others)),
    ];
    for (title, table) in parts {
        write!(page, "\n## {title}\n\n{table}").unwrap();
    }
    page
}

#[test]
fn the_page_is_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/permissions.md");
    let expected = page();
    if std::env::var_os("BREAKWATER_WRITE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &expected).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = expected.lines().zip(written.lines().chain(std::iter::repeat(""))).find(|(want, got)| want != got);
    assert!(written == expected, "docs/permissions.md is out of date, first at {differs:?}: run\n    {COMMAND}\n");
}

/// Every action x pause bit x level x quality x everything else: the answer is the first of the single columns', in the
/// page's order.
#[test]
fn the_page_leaves_nothing_out() {
    const ORDER: &str = "oPRSNHGAQ";
    let answers = |action: Action, now: &Conditions| {
        let settled = now.settled;
        let usual = Conditions { settled, ..CLEAR };
        let own = if settled { usual } else { Conditions { quality: now.quality, ..usual } };
        let alone = [
            usual,
            Conditions { not_open: now.not_open, ..usual },
            Conditions { paused: now.paused, ..usual },
            Conditions { rebasing: now.rebasing, ..usual },
            Conditions { level: now.level, ..usual },
            Conditions { grace: now.grace, ..usual },
            Conditions { fresh: now.fresh, ..usual },
            own,
        ];
        let first = alone.iter().map(|one| letter(action, one)).filter(|answer| *answer != ' ');
        first.min_by_key(|answer| ORDER.find(*answer)).unwrap_or(' ')
    };
    for action in Action::ALL {
        for (_, paused) in PAUSES.into_iter().chain([("", PauseBits::NONE)]) {
            for ((_, level), (_, quality)) in LEVELS.into_iter().flat_map(|one| QUALITIES.map(|two| (one, two))) {
                for flags in 0..32u32 {
                    let [not_open, rebasing, settled, grace, fresh] = [0, 1, 2, 3, 4].map(|at| flags & (1 << at) != 0);
                    let now = Conditions { not_open, paused, rebasing, settled, level, grace, fresh, quality };
                    assert_eq!(letter(action, &now), answers(action, &now), "{action:?} {now:?}");
                }
            }
        }
    }
}
