//! What both formats of a day have: parameters by name, a market to list, and what was refused.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use crate::decimal::Decimal;

/// Parameters by name.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Parameters {
    /// Whatever is not a field of the operation: checked by name when it is applied.
    #[serde(flatten)]
    pub by_name: BTreeMap<String, Value>,
}

/// A market to list.
#[derive(Clone, Debug, Deserialize)]
pub struct MarketOp {
    /// What the script calls it.
    pub name: String,
    /// 10^this of the base asset is a lot; default: the largest worth at most an atom at the first price.
    pub lot_exponent: Option<i32>,
    /// Margin brackets, smallest first.
    pub brackets: Option<Vec<BracketOp>>,
    /// Every other parameter.
    #[serde(flatten)]
    pub parameters: Parameters,
}

/// A margin bracket.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BracketOp {
    /// Upper bound of its notional; the last one's does not count and may be left out.
    pub up_to_usd: Option<Decimal>,
    /// Initial margin fraction.
    pub imf_bps: u32,
    /// Maintenance margin fraction.
    pub mmf_bps: u32,
}

/// An operation that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Line of the script.
    pub line: usize,
    /// What was asked.
    pub op: &'static str,
    /// Name of the error.
    pub error: String,
}
