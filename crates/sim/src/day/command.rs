//! The command line of a day.

use serde_json::Value;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::engine::EngineVenue;
use super::report::FinalState;
use super::run::{exchange_of, run, Watcher};
use super::script::{self, Line};
use super::venue::Stop;

const USAGE: &str = "DAY.jsonl [--on engine] [--out STATE.json] [--trace TRACE.jsonl]";

#[derive(Default)]
struct Asked<'a> {
    day: Option<&'a str>,
    out: Option<&'a str>,
    trace: Option<&'a str>,
}

/// Runs a day; whether every atom is accounted for at its end.
pub fn command(arguments: &[String]) -> Result<bool, String> {
    let asked = read(arguments)?;
    let day = asked.day.ok_or(USAGE)?;
    let named = |error| format!("{day}: {error}");
    let text = std::fs::read_to_string(day).map_err(|error| named(error.to_string()))?;
    let mut progress = Progress::begin(asked.trace)?;
    let folder = Path::new(day).parent().unwrap_or(Path::new("."));
    let state = play(&text, folder, &mut progress).map_err(named)?;
    progress.end()?;
    let json = serde_json::to_string_pretty(&state).map_err(|error| error.to_string())?;
    match asked.out {
        Some(path) => std::fs::write(path, json + "\n").map_err(|error| format!("{path}: {error}"))?,
        None => println!("{json}"),
    }
    Ok(state.conserved)
}

/// Runs a script on the engine; files that it names are in `folder`.
pub fn play(text: &str, folder: &Path, watcher: &mut dyn Watcher) -> Result<FinalState, String> {
    let lines = script::parse(text, folder)?;
    play_lines(&lines, watcher).map(|(state, _)| state)
}

/// The same of a script that names no files, with the exchange as it stands at the end.
pub fn play_on(text: &str) -> Result<(FinalState, EngineVenue), String> {
    play_lines(&script::parse(text, Path::new("."))?, &mut ())
}

fn play_lines(lines: &[Line], watcher: &mut dyn Watcher) -> Result<(FinalState, EngineVenue), String> {
    let (params, preset) = exchange_of(lines)?;
    let mut venue = EngineVenue::new(&params).map_err(|stop| match stop {
        Stop::Refused(why) | Stop::Failed(why) => format!("line 1: the exchange is refused: {why}"),
    })?;
    let state = run(lines, preset, &mut venue, watcher)?;
    Ok((state, venue))
}

fn read(arguments: &[String]) -> Result<Asked<'_>, String> {
    let mut asked = Asked::default();
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("{argument} needs a value: {USAGE}"));
        match argument {
            "--out" => asked.out = Some(value()?),
            "--trace" => asked.trace = Some(value()?),
            "--on" => match value()? {
                "engine" => {}
                other => return Err(format!("no venue `{other}`: engine")),
            },
            option if option.starts_with("--") => return Err(format!("no option `{option}`: {USAGE}")),
            path if asked.day.is_none() => asked.day = Some(path),
            extra => return Err(format!("one day at a time, not also `{extra}`")),
        }
    }
    Ok(asked)
}

/// Writes the trace, and says on standard error how far the day is and how long the rest takes.
struct Progress {
    trace: Option<BufWriter<File>>,
    /// When progress was last said, and how many operations were done then.
    said: (Instant, usize),
    failed: Option<String>,
}

/// How often progress is said.
const PAUSE: Duration = Duration::from_secs(1);

impl Progress {
    fn begin(trace: Option<&str>) -> Result<Progress, String> {
        let open = |path: &str| File::create(path).map(BufWriter::new).map_err(|error| format!("{path}: {error}"));
        Ok(Progress { trace: trace.map(open).transpose()?, said: (Instant::now(), 0), failed: None })
    }

    fn end(mut self) -> Result<(), String> {
        if let Some(trace) = &mut self.trace {
            trace.flush().map_err(|error| format!("the trace: {error}"))?;
        }
        self.failed.map_or(Ok(()), Err)
    }
}

impl Watcher for Progress {
    fn wants_trace(&self) -> bool {
        self.trace.is_some()
    }

    fn trace(&mut self, entry: &Value) {
        let Some(trace) = &mut self.trace else { return };
        if let Err(error) = writeln!(trace, "{entry}") {
            self.failed = Some(format!("the trace: {error}"));
        }
    }

    /// The rest takes as long as the last second's operations did: a row of a crowd costs less than a price.
    fn progress(&mut self, done: usize, all: usize) {
        let (since, before) = self.said;
        let passed = since.elapsed();
        if passed < PAUSE || done <= before {
            return;
        }
        self.said = (Instant::now(), done);
        let left = passed.mul_f64(all.saturating_sub(done) as f64 / (done - before) as f64);
        eprintln!("{done} of {all} operations, {} s left", left.as_secs());
    }
}
