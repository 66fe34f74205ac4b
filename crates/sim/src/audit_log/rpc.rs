//! Accounts of an exchange from a JSON-RPC server, asked through the system's `curl`: it speaks TLS, and nothing here has to.

use std::io::Write;
use std::process::{Command, Stdio};

use breakwater::seeds;
use breakwater::state::Exchange;
use serde_json::{json, Value};
use solana_pubkey::Pubkey;

use super::read::{self, Found};
use crate::svm::decode;

/// Accounts a server answers with at once.
const AT_ONCE: usize = 100;

/// The exchange's ledger and its markets, read together where they fit into one answer.
pub fn accounts(server: &str, exchange: Pubkey) -> Result<Vec<Found>, String> {
    let of = |seeds: &[&[u8]]| Pubkey::find_program_address(seeds, &breakwater::ID).0;
    let opened = fetch(server, &[exchange])?.pop().ok_or("no answer")?;
    let state = decode::state::<Exchange>(&opened.data);
    let ledger = of(&[seeds::LEDGER, exchange.as_ref()]);
    if state.ledger != ledger {
        return Err(format!("{server}: {exchange} is no exchange of the program"));
    }
    let markets = (0..state.market_count).map(|at| of(&[seeds::MARKET, exchange.as_ref(), &at.to_le_bytes()]));
    let wanted: Vec<Pubkey> = std::iter::once(ledger).chain(markets).collect();
    let found = wanted.chunks(AT_ONCE).map(|keys| fetch(server, keys)).collect::<Result<Vec<_>, _>>()?;
    Ok(found.concat())
}

fn fetch(server: &str, keys: &[Pubkey]) -> Result<Vec<Found>, String> {
    let names: Vec<String> = keys.iter().map(Pubkey::to_string).collect();
    let asked = json!({
        "jsonrpc": "2.0", "id": 1, "method": "getMultipleAccounts",
        "params": [names, { "encoding": "base64", "commitment": "finalized" }],
    });
    let answer: Value = serde_json::from_str(&post(server, &asked.to_string())?)
        .map_err(|error| format!("{server}: not JSON: {error}"))?;
    if let Some(error) = answer.get("error") {
        return Err(format!("{server}: {error}"));
    }
    let values = answer.pointer("/result/value").and_then(Value::as_array);
    let values = values.filter(|values| values.len() == keys.len());
    let values = values.ok_or_else(|| format!("{server}: an answer without the accounts"))?;
    let each = keys.iter().zip(values).map(|(key, value)| {
        let (data, owner) = (value.get("data"), value.get("owner").and_then(Value::as_str));
        let (Some(data), Some(owner)) = (data, owner) else { return Err(format!("{server}: there is no {key}")) };
        read::account(&format!("{server} {key}"), data, owner, Some(*key))
    });
    each.collect()
}

fn post(server: &str, body: &str) -> Result<String, String> {
    let mut curl = Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--max-time", "60", "--header", "Content-Type: application/json"])
        .args(["--data-binary", "@-", "--", server])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("curl: {error}; install it, or pass files"))?;
    if let Some(mut stdin) = curl.stdin.take() {
        stdin.write_all(body.as_bytes()).map_err(|error| format!("curl: {error}"))?;
    }
    let done = curl.wait_with_output().map_err(|error| format!("curl: {error}"))?;
    if !done.status.success() {
        return Err(format!("{server}: {}", String::from_utf8_lossy(&done.stderr).trim()));
    }
    String::from_utf8(done.stdout).map_err(|_| format!("{server}: not text"))
}
