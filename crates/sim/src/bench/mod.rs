//! `bench`: compute units of every instruction, how they grow, and how fast positions catch up in native code.

mod governance;
mod growth;
mod guards;
mod native;
mod pledge;
mod recovery;
mod stage;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::venue::Outcome;

const IDL: &str = include_str!("../../../../app/client/idl/breakwater.json");

/// A measurement: its name, its compute units, and what it may cost at most, where that is promised.
#[derive(Clone, Debug)]
pub struct Row {
    /// Instruction, and in what situation.
    pub name: String,
    /// Measured.
    pub units: u64,
    /// Promised.
    pub most: Option<u64>,
}

/// Everything the benchmark found.
pub struct Bench {
    /// One row an instruction and situation.
    pub rows: Vec<Row>,
    /// `resolve_bankruptcy` by positions on the other side.
    pub resolve: Vec<(usize, u64)>,
    /// Native catch-ups a second.
    pub catch_ups: u64,
}

/// Runs everything; `say` hears how it goes.
pub fn run(say: &mut dyn FnMut(&str)) -> Result<Bench, String> {
    let named = |what: &'static str| move |refusal| format!("{what}: {refusal}");
    say("instructions");
    let mut rows = growth::house().map_err(named("house"))?;
    rows.extend(governance::governance().map_err(named("governance"))?);
    rows.extend(guards::guards().map_err(named("guards"))?);
    rows.extend(recovery::recovery().map_err(named("recovery"))?);
    rows.extend(pledge::pledge().map_err(named("other collateral"))?);
    say("accounts with 0 to 8 positions");
    rows.extend(growth::positions().map_err(named("positions"))?);
    say("trades with 1 to 4 makers");
    rows.extend(growth::makers().map_err(named("makers"))?);
    say("resolutions with 8 to 24 lines");
    rows.extend(growth::lines().map_err(named("lines"))?);
    let mut resolve = Vec::new();
    for positions in [10, 100, 1_000, 10_000] {
        say(&format!("a resolution against {positions} positions on 8 lines"));
        let units = growth::resolve_against(positions, 8).map_err(named("resolve"))?;
        resolve.push((positions, units));
    }
    say("a refresh after a fall of 70 %");
    rows.push(growth::refresh_after_fall().map_err(named("refresh"))?);
    say("catch-ups in native code");
    let catch_ups = native::catch_ups_a_second()?;
    Ok(Bench { rows, resolve, catch_ups })
}

impl Bench {
    /// What is above its promise, and instructions nobody measured.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let over = self.rows.iter().filter(|row| row.most.is_some_and(|most| row.units > most));
        let mut faults: Vec<String> = over.map(|row| format!("{}: {} units", row.name, row.units)).collect();
        let measured =
            |name: &str| self.rows.iter().any(|row| row.name.split(',').next() == Some(name) && row.units > 0);
        faults.extend(instructions().into_iter().filter(|name| !measured(name)).map(|name| format!("{name}: no row")));
        let units = self.resolve.iter().map(|(_, units)| *units);
        let (least, most) = (units.clone().min().unwrap_or(0), units.max().unwrap_or(0));
        if (most - least) * 100 > least * 5 {
            faults.push(format!("resolve_bankruptcy grows with positions: {least} to {most}"));
        }
        if self.catch_ups < 2_000_000 {
            faults.push(format!("{} catch-ups a second", self.catch_ups));
        }
        faults
    }

    /// For people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = format!("{:44} {:>8} {:>8}\n", "compute units", "measured", "allowed");
        for row in &self.rows {
            let most = row.most.map_or(String::new(), |most| most.to_string());
            let mark = if row.most.is_some_and(|most| row.units > most) { "  over" } else { "" };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{:44} {:>8} {most:>8}{mark}", row.name, row.units);
        }
        let _ = writeln!(text, "\nresolve_bankruptcy against positions on the same 8 lines");
        for (positions, units) in &self.resolve {
            let _ = writeln!(text, "{positions:>44} {units:>8}");
        }
        let _ = writeln!(text, "\n{} position catch-ups a second on one core, after 500 deleveragings", self.catch_ups);
        text
    }

    /// For machines: instruction (and situation) to compute units.
    pub fn write(&self, to: &Path) -> Result<(), String> {
        let mut units: BTreeMap<String, u64> = self.rows.iter().map(|row| (key(&row.name), row.units)).collect();
        units.extend(
            self.resolve.iter().map(|(positions, units)| (format!("resolve_bankruptcy_against_{positions}"), *units)),
        );
        let json = serde_json::to_string_pretty(&units).map_err(|error| error.to_string())?;
        std::fs::write(to, json + "\n").map_err(|error| format!("{}: {error}", to.display()))
    }
}

/// `trade, 2 makers` as `trade_2_makers`.
fn key(name: &str) -> String {
    name.replace(", ", "_").replace(' ', "_")
}

/// Names of all instructions of the program, from its IDL.
fn instructions() -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Named {
        name: String,
    }
    #[derive(serde::Deserialize)]
    struct Idl {
        instructions: Vec<Named>,
    }
    let idl: Idl = serde_json::from_str(IDL).unwrap_or(Idl { instructions: Vec::new() });
    idl.instructions.into_iter().map(|instruction| instruction.name).collect()
}

/// What instructions cost when they last ran, without a promise.
fn rows_of(stage: &stage::Stage, names: &[&'static str]) -> Vec<Row> {
    names.iter().map(|name| row(*name, stage.last(name), None)).collect()
}

fn row(name: impl Into<String>, units: u64, most: Option<u64>) -> Row {
    Row { name: name.into(), units, most }
}

/// A situation that measures something.
type Measured<T> = Outcome<T>;
