//! Days whose right end was derived by hand: `NAME.jsonl` is the day, `NAME.expected.json` the rule it shows, the
//! derivation and the values it comes to. Each runs on the engine and on the compiled program, which must end alike and
//! as derived.

#![allow(clippy::panic, clippy::expect_used, reason = "a test that panics has found something")]

use std::fs;
use std::path::{Path, PathBuf};

use breakwater_sim::engine::EngineVenue;
use breakwater_sim::replay::{self, FinalState};
use breakwater_sim::svm::SvmVenue;
use serde_json::Value;

#[test]
fn every_day_ends_as_derived_by_hand_on_engine_and_program() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/days");
    let found = fs::read_dir(folder).expect("the folder of days");
    let mut days: Vec<PathBuf> = found.map(|entry| entry.expect("an entry").path()).collect();
    days.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    days.sort();
    assert!(!days.is_empty(), "no days");
    for day in days {
        check(&day);
    }
}

fn check(day: &Path) {
    let name = day.file_stem().expect("a name").to_string_lossy();
    let script = fs::read_to_string(day).expect("a day");
    let expected = fs::read_to_string(day.with_extension("expected.json"));
    let expected = expected.unwrap_or_else(|error| panic!("{name}: no expected values beside the day: {error}"));
    let expected: Value = serde_json::from_str(&expected).unwrap_or_else(|error| panic!("{name}: {error}"));
    for field in ["rule", "by_hand", "final"] {
        assert!(!expected[field].is_null(), "{name}: `{field}` is missing");
    }
    let [engine, svm] = on_both(&script).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(engine, svm, "{name}: engine and program differ");
    assert!(svm.conserved, "{name}: atoms are missing");
    let end = serde_json::to_value(&svm).expect("a final state");
    let mut differences = Vec::new();
    compare("", &expected["final"], &end, &mut differences);
    assert!(differences.is_empty(), "{name}: {}\n{differences:#?}", expected["rule"]);
}

fn on_both(script: &str) -> Result<[FinalState; 2], String> {
    let lines = replay::parse(script)?;
    let params = replay::exchange_of(&lines)?;
    let mut engine = EngineVenue::new(&params).map_err(|error| error.to_string())?;
    let mut svm = SvmVenue::new(&params).map_err(|error| format!("{error:?}"))?.map_err(|error| error.to_string())?;
    Ok([replay::run(&lines, &mut engine)?, replay::run(&lines, &mut svm)?])
}

/// What is expected, name by name; what the file does not name may be anything. Lists are compared whole.
fn compare(at: &str, expected: &Value, found: &Value, differences: &mut Vec<String>) {
    match expected {
        Value::Object(fields) => {
            for (name, value) in fields {
                compare(&format!("{at}/{name}"), value, &found[name], differences);
            }
        }
        value if value == found => {}
        value => differences.push(format!("{at}: {found}, by hand {value}")),
    }
}
