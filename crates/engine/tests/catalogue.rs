//! The catalogue of failure modes is true: every test it names exists, every mode has one, and no such test is left out of it.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics has found something"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Where the catalogue's paths begin.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A line of the table.
struct Row {
    mode: String,
    tests: Vec<(String, String)>,
    awaited: bool,
    mutation: String,
}

/// `path.rs::name` of a cell in backquotes.
fn tests_of(cell: &str) -> Vec<(String, String)> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted.filter_map(|text| text.split_once(".rs::")).map(|(path, name)| (format!("{path}.rs"), name.into())).collect()
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("docs/failure-modes.md")).expect("the catalogue");
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_string()).collect::<Vec<_>>();
    let is_mode = |cell: &str| {
        let number = cell.strip_prefix(['F', 'G', 'A']).unwrap_or("");
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    };
    let lines = text.lines().filter(|line| line.starts_with('|')).map(cells).filter(|cells| is_mode(&cells[0]));
    lines
        .map(|cells| {
            let [mode, what, remedy, tests, mutation] = <[String; 5]>::try_from(cells).expect("five columns");
            assert!(!what.is_empty() && !remedy.is_empty(), "{mode}: what happened, and what answers it");
            Row { tests: tests_of(&tests), awaited: tests.starts_with("awaited"), mode, mutation }
        })
        .collect()
}

/// Tests named after a mode, by the mode: `f5_...` belongs to F5.
fn named_in_sources() -> BTreeMap<String, BTreeSet<(String, String)>> {
    let mut found: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    let mut folders: Vec<PathBuf> = ["crates/engine/tests", "crates/sim/tests", "programs/breakwater/tests"]
        .map(|folder| root().join(folder))
        .into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let shown = path.strip_prefix(root()).expect("under the root").display().to_string();
                for name in tests_in(&std::fs::read_to_string(&path).expect("text")) {
                    if let Some(mode) = mode_of(&name) {
                        found.entry(mode).or_default().insert((shown.clone(), name));
                    }
                }
            }
        }
    }
    found
}

/// Names of the functions that stand under `#[test]`.
fn tests_in(source: &str) -> Vec<String> {
    let mut lines = source.lines().map(str::trim);
    let mut names = Vec::new();
    while let Some(line) = lines.next() {
        if line != "#[test]" {
            continue;
        }
        let function = lines.by_ref().find_map(|line| line.strip_prefix("fn "));
        names.extend(function.and_then(|rest| rest.split_once('(')).map(|(name, _)| name.to_string()));
    }
    names
}

fn mode_of(test: &str) -> Option<String> {
    let (mode, _) = test.split_once('_')?;
    let number = mode.strip_prefix(['f', 'g', 'a'])?;
    let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| mode.to_uppercase())
}

#[test]
fn every_mode_has_a_line_in_its_order() {
    let modes: Vec<String> = rows().into_iter().map(|row| row.mode).collect();
    let wanted: Vec<String> =
        (1..=26).map(|number| format!("F{number}")).chain((1..=24).map(|number| format!("G{number}"))).collect();
    let (ours, attacks) = modes.split_at(wanted.len());
    assert_eq!(ours, wanted);
    let number =
        |mode: &String| mode.strip_prefix('A').and_then(|number| number.parse::<u32>().ok()).expect("an attack");
    let attacks: Vec<u32> = attacks.iter().map(number).collect();
    assert!(attacks.is_sorted_by(|one, next| one < next), "{attacks:?}");
}

#[test]
fn every_test_named_exists_and_bears_its_number() {
    let sources = named_in_sources();
    for row in rows() {
        let none = BTreeSet::new();
        let own = sources.get(&row.mode).unwrap_or(&none);
        for test in &row.tests {
            let (path, name) = test;
            let text = std::fs::read_to_string(root().join(path)).unwrap_or_else(|_| panic!("{}: no {path}", row.mode));
            assert!(tests_in(&text).contains(name), "{}: no test {name} in {path}", row.mode);
        }
        assert!(row.awaited != row.tests.iter().any(|test| own.contains(test)), "{}: a test of its number", row.mode);
        assert_eq!(row.mutation.is_empty(), row.awaited, "{}: what makes it fail", row.mode);
    }
}

#[test]
fn every_test_with_a_number_is_in_the_catalogue() {
    let named: BTreeSet<(String, String)> = rows().into_iter().flat_map(|row| row.tests).collect();
    for (mode, tests) in named_in_sources() {
        for test in tests {
            assert!(named.contains(&test), "{mode}: the catalogue does not name {test:?}");
        }
    }
}
