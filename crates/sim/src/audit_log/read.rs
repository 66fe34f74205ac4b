//! Account data, as it comes: raw bytes, or the JSON that `solana account --output json` and JSON-RPC print, or a directory of
//! either.

use std::path::Path;

use anchor_lang::Discriminator;
use breakwater::state::{
    Collateral, Exchange, Insurance, Ladder, LossLedger, MarginAccount, Market, Proposal, Quote, Stake, Trader,
};
use serde_json::Value;
use solana_pubkey::Pubkey;

/// An account's data, and what is known of where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it was read.
    pub source: String,
    /// Its address, where that was said.
    pub address: Option<Pubkey>,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// First bytes of the program's accounts.
const TYPES: [&[u8]; 11] = [
    LossLedger::DISCRIMINATOR,
    Market::DISCRIMINATOR,
    Exchange::DISCRIMINATOR,
    Insurance::DISCRIMINATOR,
    Ladder::DISCRIMINATOR,
    MarginAccount::DISCRIMINATOR,
    Quote::DISCRIMINATOR,
    Trader::DISCRIMINATOR,
    Stake::DISCRIMINATOR,
    Proposal::DISCRIMINATOR,
    Collateral::DISCRIMINATOR,
];

fn is_ours(bytes: &[u8]) -> bool {
    TYPES.iter().any(|kind| bytes.starts_with(kind))
}

/// Reads a file, or every file of a directory in the order of their names.
pub fn path(path: &Path) -> Result<Vec<Found>, String> {
    let failed = |error| format!("{}: {error}", path.display());
    if !path.is_dir() {
        return parse(&path.display().to_string(), std::fs::read(path).map_err(failed)?);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        files.push(entry.map_err(failed)?.path());
    }
    files.retain(|file| file.is_file());
    files.sort();
    let read = files.iter().map(|file| self::path(file)).collect::<Result<Vec<_>, _>>()?;
    Ok(read.concat())
}

/// Reads one file's bytes.
pub fn parse(source: &str, bytes: Vec<u8>) -> Result<Vec<Found>, String> {
    if is_ours(&bytes) {
        return Ok(vec![Found { source: source.into(), address: None, data: bytes }]);
    }
    let json: Value = serde_json::from_slice(&bytes)
        .map_err(|_| format!("{source}: neither an account of the program nor JSON that holds one"))?;
    let mut found = Vec::new();
    walk(source, &json, None, &mut found)?;
    if found.is_empty() {
        return Err(format!("{source}: the JSON holds no account"));
    }
    Ok(found)
}

/// Finds accounts wherever they stand: an object with `data` and `owner`, its address in the `pubkey` beside or above it.
fn walk(source: &str, value: &Value, above: Option<Pubkey>, found: &mut Vec<Found>) -> Result<(), String> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| walk(source, item, None, found)),
        Value::Object(fields) => {
            let named = fields.get("pubkey").and_then(Value::as_str);
            let address = match named {
                Some(text) => Some(text.parse().map_err(|_| format!("{source}: `{text}` is no address"))?),
                None => above,
            };
            if let (Some(data), Some(owner)) = (fields.get("data"), fields.get("owner").and_then(Value::as_str)) {
                found.push(account(source, data, owner, address)?);
                return Ok(());
            }
            fields.values().try_for_each(|field| walk(source, field, address, found))
        }
        _ => Ok(()),
    }
}

/// An account as JSON tells it.
pub fn account(source: &str, data: &Value, owner: &str, address: Option<Pubkey>) -> Result<Found, String> {
    let ours = breakwater::ID.to_string();
    if owner != ours {
        return Err(format!("{source}: owned by {owner}, not by the program {ours}"));
    }
    let parts = (data.get(0).and_then(Value::as_str), data.get(1).and_then(Value::as_str));
    let (Some(text), Some("base64")) = parts else {
        return Err(format!("{source}: the data is not in base64: ask for that encoding"));
    };
    let data = base64(text).ok_or_else(|| format!("{source}: broken base64"))?;
    if !is_ours(&data) {
        return Err(format!("{source}: not a type of account the program has"));
    }
    Ok(Found { source: source.into(), address, data })
}

/// Decodes standard base64 with its padding, which must be exact.
fn base64(text: &str) -> Option<Vec<u8>> {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    if !text.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut held, mut bits) = (0u32, 0u32);
    for digit in body.bytes() {
        let six = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    (held == 0).then_some(bytes)
}
