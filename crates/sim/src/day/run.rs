//! Goes through a day's lines.

use breakwater_engine::state::ExchangeParams;
use serde_json::Value;
use std::collections::BTreeMap;

use super::op::{Op, Preset, PriceOp};
use super::params;
use super::policy::Keepers;
use super::report::{report, FinalState, Refused};
use super::script::Line;
use super::trace;
use super::venue::{AssetId, Outcome, Stop, Venue};
use crate::decimal::Decimal;
use crate::names::Names;

/// Who looks on.
pub trait Watcher {
    /// Whether entries of the trace are wanted.
    fn wants_trace(&self) -> bool {
        false
    }

    /// What an operation did.
    fn trace(&mut self, _entry: &Value) {}

    /// How many operations are done, of how many.
    fn progress(&mut self, _done: usize, _all: usize) {}
}

/// Without a watcher nothing is traced and no progress said.
impl Watcher for () {}

/// A run in progress.
pub(super) struct Run<'v> {
    pub venue: &'v mut dyn Venue,
    pub names: Names,
    pub preset: Preset,
    refused: Vec<Refused>,
    /// First price of each market in the script: what it is listed at.
    pub first: BTreeMap<String, Decimal>,
    pub keepers: Keepers,
    /// Mints by name; none where listing was refused.
    pub mints: BTreeMap<String, Option<(AssetId, i32)>>,
}

/// The script's own mistake.
pub(super) fn failed(error: impl Into<String>) -> Stop {
    Stop::Failed(error.into())
}

/// Parameters of the exchange a script begins with, and what its markets' begin with.
pub fn exchange_of(lines: &[Line]) -> Result<(ExchangeParams, Preset), String> {
    let given = match lines.first() {
        Some(Line { op: Op::Exchange(given), .. }) => given.clone(),
        _ => super::op::ExchangeOp::default(),
    };
    let params = params::exchange(&given).map_err(|error| format!("line 1: {error}"))?;
    Ok((params, given.preset))
}

/// Runs a script. Refused operations are recorded; a script that makes no sense, or a failed `check`, stops the run with an
/// error that names the line.
pub fn run(
    lines: &[Line],
    preset: Preset,
    venue: &mut dyn Venue,
    watcher: &mut dyn Watcher,
) -> Result<FinalState, String> {
    let mut run = Run {
        venue,
        names: Names::default(),
        preset,
        refused: Vec::new(),
        first: first_prices(lines),
        keepers: Keepers::default(),
        mints: BTreeMap::new(),
    };
    let all: usize = lines.iter().map(|line| line.rows.len().max(1)).sum();
    let mut done = 0;
    for line in lines {
        let outcome = run.step(line, &mut |rows| watcher.progress(done + rows, all));
        done += line.rows.len().max(1);
        if watcher.wants_trace() {
            watcher.trace(&run.entry(line, &outcome)?);
        }
        match outcome {
            Ok(_) => {}
            Err(Stop::Refused(error)) => run.refuse(line, error),
            Err(Stop::Failed(error)) => return Err(format!("line {}: {error}", line.number)),
        }
        watcher.progress(done, all);
    }
    let faults = run.venue.faults();
    report(run.venue.state(), &run.names, run.refused, faults.is_empty())
}

fn first_prices(lines: &[Line]) -> BTreeMap<String, Decimal> {
    let mut first = BTreeMap::new();
    for line in lines {
        if let Op::Price(PriceOp { market, price, .. }) | Op::Publish(PriceOp { market, price, .. }) = &line.op {
            first.entry(market.clone()).or_insert(*price);
        }
        if let Op::CollateralPrice { mint, price, .. } = &line.op {
            first.entry(mint_key(mint)).or_insert(*price);
        }
    }
    first
}

/// A mint among the markets' names: no market is called so.
pub(super) fn mint_key(mint: &str) -> String {
    format!("mint \n{mint}")
}

impl Run<'_> {
    pub(super) fn refuse(&mut self, line: &Line, error: String) {
        self.refused.push(Refused { line: line.number, op: line.op.name(), error });
    }

    fn entry(&self, line: &Line, outcome: &Outcome) -> Result<Value, String> {
        let mut entry = trace::entry(line, self.venue.state(), outcome);
        if let (Op::Price(given), Some(entry)) = (&line.op, entry.as_object_mut()) {
            if let Some(at) = self.names.market(&given.market)?.id {
                let market = trace::market(self.venue.state(), at, self.venue.level(at))
                    .map_err(|error| format!("{error:?}"))?;
                entry.insert("market".into(), market);
            }
        }
        Ok(entry)
    }

    fn step(&mut self, line: &Line, progress: &mut dyn FnMut(usize)) -> Outcome {
        self.venue.set_refresh(line.refresh);
        let outcome = match &line.op {
            Op::Accounts { with, .. } => self.crowd(line, with, progress),
            Op::Sync { account } if account == "all" => self.sync_all(line),
            op => self.apply(op),
        };
        let touched = self.venue.take_touched();
        self.keepers.note(&mut *self.venue, &touched)?;
        let mut report = outcome?;
        if let Op::Price(given) = &line.op {
            if let Some(market) = self.names.market(&given.market).map_err(failed)?.id {
                let work = self.keepers.work(&mut *self.venue, market)?;
                if !work.is_empty() {
                    report.insert("keepers".into(), Value::Object(work));
                }
            }
        }
        Ok(report)
    }
}
