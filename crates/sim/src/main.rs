//! `breakwater-sim`: demo, bench, replay, audit and vectors.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use breakwater_sim::engine::EngineVenue;
use breakwater_sim::svm::SvmVenue;
use breakwater_sim::{audit_log, bench, day, demo, replay, vectors};

const USAGE: &str = "\
breakwater-sim demo [--seed N] [--traders N]       the afternoon of 10 October 2025 on the compiled program
breakwater-sim day [--seed N] [--traders N] [--out DAY.json]
                                                   the same written down, for other networks to play: see make localnet
breakwater-sim bench                               compute units per instruction, and how they grow
breakwater-sim replay DAY.jsonl [--on engine|svm] [--out STATE.json]
                                                   a day written down, operation by operation
breakwater-sim clearing DAY.jsonl [--on engine] [--out STATE.json] [--trace TRACE.jsonl]
                                                   the same in the format of the clearing rooms (docs/replay.md), on these
breakwater-sim vectors [--seed N] [--accounts N] [--out VECTORS.json]
                                                   accounts as the chain holds them, and what the engine says of them
breakwater-sim audit PATH|URL... [--exchange KEY]  the log of an exchange, replayed from account data: files of raw bytes or of
                                                   the JSON of `solana account --output json` and JSON-RPC, directories of
                                                   them, dumps of several times together; or a JSON-RPC server, asked by the
                                                   system's curl, with --exchange";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("breakwater-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<ExitCode, String> {
    let (command, rest) = arguments.split_first().ok_or(USAGE)?;
    match command.as_str() {
        "bench" => bench(rest),
        "demo" => demo(rest),
        "day" => write_day(rest),
        "replay" => replay(rest),
        "clearing" => Ok(if day::command(rest)? { ExitCode::SUCCESS } else { ExitCode::FAILURE }),
        "vectors" => vectors(rest),
        "audit" => audit(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        other => Err(format!("no command `{other}`\n{USAGE}")),
    }
}

/// Where the demo and the benchmarks leave what they find.
fn output(folder: &str) -> Result<PathBuf, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target").join(folder);
    std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

fn bench(arguments: &[String]) -> Result<ExitCode, String> {
    if let Some(extra) = arguments.first() {
        return Err(format!("bench takes no `{extra}`"));
    }
    let found = bench::run(&mut |line| eprintln!("measuring: {line}"))?;
    found.write(&output("bench")?.join("cu.json"))?;
    println!("\n{}\nwritten: target/bench/cu.json", found.table());
    found.faults().iter().for_each(|fault| eprintln!("above what is promised: {fault}"));
    Ok(ExitCode::SUCCESS)
}

fn demo(arguments: &[String]) -> Result<ExitCode, String> {
    let mut plan = demo::Plan::default();
    let mut on = "svm";
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let value = rest.next().ok_or_else(|| format!("{argument} needs a value\n{USAGE}"))?;
        let number = || value.parse().map_err(|_| format!("{argument} {value}: not a number"));
        match argument.as_str() {
            "--seed" => plan.seed = number()?,
            "--traders" => plan.traders = traders(number()?)?,
            "--on" => on = value,
            other => return Err(format!("no option `{other}`\n{USAGE}")),
        }
    }
    println!("10 October 2025, 20:00 to 22:00 UTC, seed {}", plan.seed);
    println!("\nguards off: the waterfall alone");
    let day = live(&plan, on)?;
    println!("\nguards on: volatility, phases and breakers react before anything fails");
    let guarded = live(&demo::Plan { guards: true, ..plan }, on)?;
    let folder = output("demo")?;
    let guards = demo::Comparison::of(&day, &guarded);
    demo::write_report(&day, &guards, &plan, &folder.join("report.json"))?;
    for (name, day) in [("day.svg", &day), ("guarded.svg", &guarded)] {
        std::fs::write(folder.join(name), demo::draw(day)).map_err(|error| format!("{name}: {error}"))?;
    }
    println!("\n{}\n{}", demo::print(&day), demo::compare(&guards));
    println!("written: target/demo/report.json, target/demo/day.svg, target/demo/guarded.svg");
    let conserved = day.audit.conserved() && guarded.audit.conserved();
    guarded.audit.faults.iter().for_each(|fault| eprintln!("with guards: {fault}"));
    Ok(if conserved { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write_day(arguments: &[String]) -> Result<ExitCode, String> {
    let (mut plan, mut out) = (demo::Plan::default(), None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let value = rest.next().ok_or_else(|| format!("{argument} needs a value\n{USAGE}"))?;
        let number = || value.parse().map_err(|_| format!("{argument} {value}: not a number"));
        match argument.as_str() {
            "--seed" => plan.seed = number()?,
            "--traders" => plan.traders = traders(number()?)?,
            "--out" => out = Some(PathBuf::from(value)),
            other => return Err(format!("no option `{other}`\n{USAGE}")),
        }
    }
    let path = match out {
        Some(path) => path,
        None => output("demo")?.join("day.json"),
    };
    demo::write_script(&plan, &path)?;
    println!("written: {}", path.display());
    Ok(ExitCode::SUCCESS)
}

/// How many traders a day may have.
fn traders(wanted: u64) -> Result<usize, String> {
    let fits = usize::try_from(wanted).ok().filter(|traders| (20..=5_000).contains(traders));
    fits.ok_or_else(|| "--traders is from 20 to 5000".into())
}

/// Runs a day on a venue of its own.
fn live(plan: &demo::Plan, on: &str) -> Result<demo::Day, String> {
    let params = plan.exchange();
    let refused = |error| format!("the exchange is refused: {error}");
    let say = &mut |line: &str| println!("{line}");
    match on {
        "engine" => demo::run(&mut EngineVenue::new(&params).map_err(refused)?, plan, say),
        "svm" => demo::run(&mut SvmVenue::new(&params)?.map_err(refused)?, plan, say),
        other => Err(format!("no venue `{other}`: engine or svm")),
    }
}

fn replay(arguments: &[String]) -> Result<ExitCode, String> {
    let (mut day, mut on, mut out) = (None, "engine", None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--on" => on = rest.next().ok_or("--on engine|svm")?,
            "--out" => out = Some(rest.next().ok_or("--out STATE.json")?),
            option if option.starts_with("--") => return Err(format!("no option `{option}`\n{USAGE}")),
            path if day.is_none() => day = Some(path),
            extra => return Err(format!("one day at a time, not also `{extra}`")),
        }
    }
    let day = day.ok_or(USAGE)?;
    let text = std::fs::read_to_string(day).map_err(|error| format!("{day}: {error}"))?;
    let state = run_on(on, &text).map_err(|error| format!("{day}: {error}"))?;
    let json = serde_json::to_string_pretty(&state).map_err(|error| error.to_string())?;
    match out {
        Some(path) => std::fs::write(path, json + "\n").map_err(|error| format!("{path}: {error}"))?,
        None => println!("{json}"),
    }
    Ok(if state.conserved { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn audit(arguments: &[String]) -> Result<ExitCode, String> {
    let (mut sources, mut exchange) = (Vec::new(), None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--exchange" => {
                let key = rest.next().ok_or("--exchange KEY")?;
                exchange = Some(key.parse().map_err(|_| format!("--exchange {key}: not an address"))?);
            }
            option if option.starts_with("--") => return Err(format!("no option `{option}`\n{USAGE}")),
            source => sources.push(source.to_string()),
        }
    }
    if sources.is_empty() {
        return Err(USAGE.into());
    }
    let report = audit_log::run(&sources, exchange)?;
    print!("{}", report.print());
    let faults = report.checks.iter().filter(|check| !check.agrees).count();
    println!("{} checks, {faults} failed", report.checks.len());
    Ok(if report.agrees() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_on(venue: &str, text: &str) -> Result<replay::FinalState, String> {
    let lines = replay::parse(text)?;
    let params = replay::exchange_of(&lines)?;
    let refused = |error| format!("line 1: the exchange is refused: {error}");
    match venue {
        "engine" => replay::run(&lines, &mut EngineVenue::new(&params).map_err(refused)?),
        "svm" => replay::run(&lines, &mut SvmVenue::new(&params)?.map_err(refused)?),
        other => Err(format!("no venue `{other}`: engine or svm")),
    }
}

fn vectors(arguments: &[String]) -> Result<ExitCode, String> {
    let (mut seed, mut accounts, mut out) = (0, 1_000, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let value = rest.next().ok_or_else(|| format!("{argument} needs a value\n{USAGE}"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{argument} {value}: not a number"));
        match argument.as_str() {
            "--seed" => seed = number()?,
            "--accounts" => accounts = usize::try_from(number()?).map_err(|_| "--accounts is out of range")?,
            "--out" => out = Some(PathBuf::from(value)),
            other => return Err(format!("no option `{other}`\n{USAGE}")),
        }
    }
    let path = match out {
        Some(path) => path,
        None => output("vectors")?.join("vectors.json"),
    };
    let moments = vectors::moments(seed, accounts)?;
    let found = vectors::Vectors::of(seed, &moments);
    let json = serde_json::to_string(&found).map_err(|error| error.to_string())?;
    std::fs::write(&path, json + "\n").map_err(|error| format!("{}: {error}", path.display()))?;
    vectors::shares(&moments).iter().for_each(|(state, count)| println!("{count:>6} {state}"));
    println!("{} days written: {}", found.days.len(), path.display());
    Ok(ExitCode::SUCCESS)
}
