//! The catalogue of failure modes is true: every test it names exists, every mode has one, and no such test is left out of it. So
//! are the patches of `tests/regressions`: each is named there, and the tests that it must break exist.
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
    /// Which table it is in.
    table: usize,
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
        let number = cell.strip_prefix(['F', 'G', 'A', 'N']).unwrap_or("");
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    };
    let mut table = 0;
    let lines = text.lines().map(|line| {
        table += usize::from(line.starts_with("## "));
        (table, line)
    });
    let lines = lines.filter(|(_, line)| line.starts_with('|')).map(|(table, line)| (table, cells(line)));
    lines
        .filter(|(_, cells)| is_mode(&cells[0]))
        .map(|(table, cells)| {
            let [mode, what, remedy, tests, mutation] = <[String; 5]>::try_from(cells).expect("five columns");
            assert!(!what.is_empty() && !remedy.is_empty(), "{mode}: what happened, and what answers it");
            Row { table, tests: tests_of(&tests), awaited: tests.starts_with("awaited"), mode, mutation }
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
    let number = mode.strip_prefix(['f', 'g', 'a', 'n'])?;
    let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| mode.to_uppercase())
}

#[test]
fn every_mode_has_a_line_in_its_order() {
    let rows = rows();
    let of_table = |table: usize| rows.iter().filter(|row| row.table == table).map(|row| row.mode.clone()).collect();
    let modes: Vec<String> = of_table(0);
    let wanted: Vec<String> =
        (1..=26).map(|number| format!("F{number}")).chain((1..=24).map(|number| format!("G{number}"))).collect();
    let (ours, attacks) = modes.split_at(wanted.len());
    assert_eq!(ours, wanted);
    let numbered = |mode: &String| {
        let (kind, number) = mode.split_at(1);
        (kind.to_string(), number.parse::<u32>().expect("a number"))
    };
    for attacks in [attacks.to_vec(), of_table(1)] {
        let attacks: Vec<(String, u32)> = attacks.iter().map(numbered).collect();
        assert!(!attacks.is_empty() && attacks.is_sorted_by(|one, next| one < next), "{attacks:?}");
    }
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

/// Patches of `tests/regressions`, with the tests that each must break.
fn patches() -> BTreeMap<String, BTreeSet<String>> {
    let folder = std::fs::read_dir(root().join("tests/regressions")).expect("a folder");
    let paths = folder.map(|entry| entry.expect("an entry").path()).filter(|path| path.extension().is_some());
    paths
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("text");
            let fails = text.lines().filter_map(|line| line.strip_prefix("Fails: ")).flat_map(|line| line.split(','));
            let name = path.file_name().expect("a name").to_string_lossy().to_string();
            (format!("tests/regressions/{name}"), fails.map(|test| test.trim().to_string()).collect())
        })
        .collect()
}

#[test]
fn every_patch_is_in_the_catalogue_and_breaks_a_test_of_its_row() {
    let patches = patches();
    let sources: BTreeSet<String> = named_in_sources().into_values().flatten().map(|(_, name)| name).collect();
    let mut named = BTreeSet::new();
    for row in rows() {
        let quoted = row.mutation.split('`').skip(1).step_by(2).filter(|text| text.ends_with(".patch"));
        for patch in quoted {
            let fails = patches.get(patch).unwrap_or_else(|| panic!("{}: no {patch}", row.mode));
            let own = row.tests.iter().any(|(_, name)| fails.contains(name));
            assert!(own, "{}: {patch} breaks no test of the row", row.mode);
            named.insert(patch.to_string());
        }
    }
    for (patch, fails) in &patches {
        assert!(named.contains(patch), "the catalogue does not name {patch}");
        assert!(!fails.is_empty(), "{patch} says of no test that it must fail");
        for test in fails {
            assert!(sources.contains(test), "{patch}: no test {test}");
        }
    }
}
