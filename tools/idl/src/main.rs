//! `breakwater-idl [--check]`: builds the program's IDL with Anchor's own `idl-build` feature and writes
//! `app/client/idl/breakwater.json`, with the default parameters beside it, or, with `--check`, says whether the files are
//! still what the source says.
//!
//! Anchor lists an account only where an instruction names its type. The program's handlers open their accounts themselves,
//! so a test of the program (`programs/breakwater/src/idl.rs`) prints all of them, and they are merged here.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anchor_lang_idl::build::IdlBuilder;
use anchor_lang_idl::types::{Idl, IdlAccount, IdlTypeDef};
use serde::Deserialize;
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error>>;

const FOLDER: &str = "app/client/idl";
const BEGIN: &str = "--- IDL begin accounts ---";
const END: &str = "--- IDL end accounts ---";

/// What the program's test prints.
#[derive(Deserialize)]
struct Accounts {
    accounts: Vec<IdlAccount>,
    types: Vec<IdlTypeDef>,
    defaults: Value,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("breakwater-idl: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    let check = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        other => return Err(format!("usage: breakwater-idl [--check], not {other:?}").into()),
    };
    // Its value breaks the builder's call of cargo; the folder's rust-toolchain.toml says the same.
    std::env::remove_var("RUSTUP_TOOLCHAIN");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let (idl, defaults) = built(&root)?;
    std::fs::create_dir_all(root.join(FOLDER))?;
    settle(&root, "breakwater.json", &serde_json::to_string_pretty(&idl)?, check)?;
    settle(&root, "defaults.json", &serde_json::to_string_pretty(&defaults)?, check)
}

/// Writes a file, or compares it.
fn settle(root: &Path, name: &str, text: &str, check: bool) -> Outcome<()> {
    let (path, text) = (root.join(FOLDER).join(name), format!("{text}\n"));
    if !check {
        std::fs::write(&path, text)?;
        println!("written: {FOLDER}/{name}");
        return Ok(());
    }
    if std::fs::read_to_string(&path).unwrap_or_default() != text {
        return Err(format!("{FOLDER}/{name} is not what the program says: run `make idl`").into());
    }
    println!("{FOLDER}/{name} is what the program says");
    Ok(())
}

fn built(root: &Path) -> Outcome<(Idl, Value)> {
    let program = root.join("programs/breakwater");
    let arguments = arguments(root);
    let mut idl = IdlBuilder::new().program_path(program.clone()).cargo_args(arguments.clone()).build()?;
    let opened = opened_accounts(&program, &arguments)?;
    let defaults = opened.defaults.clone();
    merge(&mut idl, opened)?;
    Ok((idl, defaults))
}

/// A folder of its own: the builder's compiler flags would otherwise throw away what everything else has built.
fn arguments(root: &Path) -> Vec<String> {
    let target = root.join("target/idl").to_string_lossy().into_owned();
    ["--locked", "--lib", "--target-dir", &target].map(String::from).to_vec()
}

/// The same build again, one test of it: nothing is compiled twice because every flag and variable is the builder's.
fn opened_accounts(program: &PathBuf, arguments: &[String]) -> Outcome<Accounts> {
    let output = Command::new("cargo")
        .args(["test", "print_accounts_for_the_idl", "--features", "idl-build"])
        .args(arguments)
        .args(["--", "--show-output", "--quiet"])
        .env("ANCHOR_IDL_BUILD_NO_DOCS", "FALSE")
        .env("ANCHOR_IDL_BUILD_RESOLUTION", "TRUE")
        .env("ANCHOR_IDL_BUILD_SKIP_LINT", "FALSE")
        .env("ANCHOR_IDL_BUILD_PROGRAM_PATH", program)
        .env("RUSTFLAGS", "-A warnings")
        .current_dir(program)
        .stderr(Stdio::inherit())
        .output()?;
    let printed = String::from_utf8(output.stdout)?;
    let (_, rest) = printed.split_once(BEGIN).ok_or("the program's test printed no accounts")?;
    let (json, _) = rest.split_once(END).ok_or("the program's test did not finish")?;
    Ok(serde_json::from_str(&without_paths(json))?)
}

/// Names without their modules, as the builder writes them.
fn without_paths(json: &str) -> String {
    let named = |piece: &str| piece.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':');
    let short = |piece: &'_ str| -> String {
        let last = if named(piece) { piece.rsplit("::").next().unwrap_or(piece) } else { piece };
        last.to_string()
    };
    json.split('"').map(short).collect::<Vec<_>>().join("\"")
}

/// Two types of one name that differ cannot be told apart in the IDL.
fn merge(idl: &mut Idl, opened: Accounts) -> Outcome<()> {
    let mut accounts: BTreeMap<_, _> = idl.accounts.drain(..).map(|account| (account.name.clone(), account)).collect();
    accounts.extend(opened.accounts.into_iter().map(|account| (account.name.clone(), account)));
    idl.accounts = accounts.into_values().collect();
    let mut types: BTreeMap<_, _> = idl.types.drain(..).map(|kind| (kind.name.clone(), kind)).collect();
    for kind in opened.types {
        let name = kind.name.clone();
        if types.insert(name.clone(), kind.clone()).is_some_and(|other| other != kind) {
            return Err(format!("two types are called {name}").into());
        }
    }
    idl.types = types.into_values().collect();
    Ok(())
}
