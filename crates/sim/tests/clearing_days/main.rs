//! Days of the clearing rooms whose right end was derived by hand: `NAME.jsonl` is the day, `NAME.expected.json` the rule it
//! shows, the derivation, the values it comes to, and how many atoms roundings may take of an amount.

#![allow(clippy::panic, clippy::expect_used, reason = "a test that panics has found something")]

use std::fs;
use std::path::{Path, PathBuf};

use breakwater_sim::day::command::play;
use breakwater_sim::decimal::Decimal;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clearing_days")
}

#[test]
fn every_day_ends_as_derived_by_hand() {
    let found = fs::read_dir(folder()).expect("the folder of days");
    let mut days: Vec<PathBuf> = found.map(|entry| entry.expect("an entry").path()).collect();
    days.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    days.sort();
    assert!(!days.is_empty(), "no days");
    let faults: Vec<String> = days.iter().flat_map(|day| check(day)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn check(day: &Path) -> Vec<String> {
    let name = day.file_stem().expect("a name").to_string_lossy();
    let script = fs::read_to_string(day).expect("a day");
    let expected = fs::read_to_string(day.with_extension("expected.json"));
    let expected = expected.unwrap_or_else(|error| panic!("{name}: no expected values beside the day: {error}"));
    let expected: Value = serde_json::from_str(&expected).unwrap_or_else(|error| panic!("{name}: {error}"));
    for field in ["rule", "by_hand", "final", "atoms"] {
        assert!(!expected[field].is_null(), "{name}: `{field}` is missing");
    }
    let atoms = i128::from(expected["atoms"].as_u64().expect("a count of atoms"));
    assert!(atoms <= 20, "{name}: a day of a few trades loses no more than twenty atoms to roundings");
    let end = play(&script, &folder(), &mut ()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut faults = Vec::new();
    if !end.conserved {
        faults.push(format!("{name}: atoms are missing"));
    }
    let end = serde_json::to_value(&end).expect("a final state");
    compare(&name, (&expected["final"], &end), atoms, &mut faults);
    faults
}

/// What is expected, name by name; what the file does not name may be anything, but for an object without names, which is
/// empty. Amounts and what a unit was charged may differ by so many atoms; lists are compared whole.
fn compare(at: &str, (expected, found): (&Value, &Value), atoms: i128, faults: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(fields), Value::Object(_)) if !fields.is_empty() => {
            for (name, value) in fields {
                compare(&format!("{at}/{name}"), (value, &found[name]), atoms, faults);
            }
        }
        (Value::String(by_hand), Value::String(given)) if at.ends_with("_usd") || at.ends_with("_per_unit") => {
            let read =
                |text: &str| Decimal::parse(text).ok().and_then(|number| number.scaled_floor(6)).expect("an amount");
            if (read(by_hand) - read(given)).abs() > atoms {
                faults.push(format!("{at}: {given}, by hand {by_hand}"));
            }
        }
        (expected, found) if expected == found => {}
        (expected, found) => faults.push(format!("{at}: {found}, by hand {expected}")),
    }
}
