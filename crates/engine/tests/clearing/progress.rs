//! What histories found, kept in a file from run to run: a run that was stopped goes on where it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{create_dir_all, read_to_string, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;

use serde_json::{json, Value};

use crate::history::Found;

/// A file with a line for each history that was played to its end by this very build.
pub struct Progress {
    file: Option<Mutex<File>>,
    done: BTreeMap<u64, Found>,
}

/// FNV-1a over the test's own binary: what another build found is not what this one finds.
fn build() -> u64 {
    let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn counts(of: &Value) -> BTreeMap<String, u64> {
    of.as_object().unwrap().iter().map(|(name, times)| (name.clone(), times.as_u64().unwrap())).collect()
}

impl Progress {
    /// In the folder that `BREAKWATER_RESUME` names; without it nothing is kept.
    pub fn open(operations: u64) -> Progress {
        let Ok(folder) = std::env::var("BREAKWATER_RESUME") else {
            return Progress { file: None, done: BTreeMap::new() };
        };
        let folder = PathBuf::from(folder);
        create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{:016x}-{operations}.jsonl", build()));
        let lines = read_to_string(&path).unwrap_or_default();
        // A line that was being written when the run stopped is played again.
        let lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let done = lines.map(|line| {
            let found = Found {
                operations: line["operations"].as_u64().unwrap(),
                tried: counts(&line["tried"]),
                done: counts(&line["done"]),
                tiers: counts(&line["tiers"]),
            };
            (line["seed"].as_u64().unwrap(), found)
        });
        let done = done.collect();
        let file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        Progress { file: Some(Mutex::new(file)), done }
    }

    pub fn seeds(&self) -> BTreeSet<u64> {
        self.done.keys().copied().collect()
    }

    pub fn note(&self, seed: u64, found: &Found) {
        let Some(file) = &self.file else { return };
        let Found { operations, tried, done, tiers } = found;
        let line = json!({"seed": seed, "operations": operations, "tried": tried, "done": done, "tiers": tiers});
        file.lock().unwrap().write_all(format!("\n{line}").as_bytes()).unwrap();
    }

    pub fn into_found(self) -> Vec<Found> {
        self.done.into_values().collect()
    }
}
