//! A day written down: one JSON object a line.

use serde::Deserialize;

use crate::decimal::Decimal;

pub use crate::shared::{MarketOp, Parameters};

/// An operation, as `replay.md` names it. Unknown fields are an error.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase", deny_unknown_fields)]
pub enum Op {
    /// First line: the exchange's parameters by name.
    Exchange(Parameters),
    /// Lists a market.
    Market(MarketOp),
    /// Pays into the insurance fund.
    Insurance {
        /// How much.
        usd: Decimal,
    },
    /// Opens a margin account.
    Account {
        /// What the script calls it.
        name: String,
    },
    /// Pays collateral in.
    Deposit {
        /// Whose.
        account: String,
        /// How much.
        usd: Decimal,
    },
    /// Takes free cash out.
    Withdraw {
        /// Whose.
        account: String,
        /// How much.
        usd: Decimal,
    },
    /// Moves margin between free cash and a position.
    Allocate {
        /// Whose.
        account: String,
        /// Where.
        market: String,
        /// How much; negative: back.
        usd: Decimal,
    },
    /// A slot and a second later: publishes and refreshes.
    Price {
        /// Where.
        market: String,
        /// Spot.
        price: Decimal,
        /// Half-width of its confidence interval; default 0.
        conf: Option<Decimal>,
        /// The source's moving average; default spot.
        ema: Option<Decimal>,
    },
    /// Two accounts trade.
    Cross {
        /// Where.
        market: String,
        /// Who buys.
        buyer: String,
        /// Who sells.
        seller: String,
        /// How much.
        size: Decimal,
        /// At what.
        price: Decimal,
    },
    /// Lets time pass.
    Advance {
        /// Slots.
        slots: u32,
        /// Seconds; default one a slot, as `price` has it.
        seconds: Option<u32>,
    },
    /// Tier 1.
    Liquidate {
        /// Whose position.
        account: String,
        /// Where.
        market: String,
        /// Who takes over.
        by: String,
        /// At most this much; default as much as allowed.
        size: Option<Decimal>,
    },
    /// Tiers 2 to 4.
    Resolve {
        /// Whose position.
        account: String,
        /// Where.
        market: String,
        /// A bankrupt account of the other side to close against.
        against: Option<String>,
    },
    /// Brings an account up to date and observes it.
    Sync {
        /// Whose.
        account: String,
    },
    /// Stops the run where an invariant fails.
    Check {},
}

/// An operation and where it stands.
#[derive(Clone, Debug)]
pub struct Line {
    /// Counts from 1, blank lines included.
    pub number: usize,
    /// What to do.
    pub op: Op,
}

impl Op {
    /// Its name in the script.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Op::Exchange(_) => "exchange",
            Op::Market(_) => "market",
            Op::Insurance { .. } => "insurance",
            Op::Account { .. } => "account",
            Op::Deposit { .. } => "deposit",
            Op::Withdraw { .. } => "withdraw",
            Op::Allocate { .. } => "allocate",
            Op::Price { .. } => "price",
            Op::Cross { .. } => "cross",
            Op::Advance { .. } => "advance",
            Op::Liquidate { .. } => "liquidate",
            Op::Resolve { .. } => "resolve",
            Op::Sync { .. } => "sync",
            Op::Check {} => "check",
        }
    }
}

/// Reads a script. Blank lines are skipped; anything else that is no operation is an error that names its line.
pub fn parse(text: &str) -> Result<Vec<Line>, String> {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let op: Op = serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))?;
        if matches!(op, Op::Exchange(_)) && !lines.is_empty() {
            return Err(format!("line {number}: `exchange` comes first"));
        }
        lines.push(Line { number, op });
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_and_operations_are_errors() {
        for (line, said) in [
            (r#"{"op":"deposit","account":"a","usd":"1","memo":"x"}"#, "unknown field `memo`"),
            (r#"{"op":"donate","usd":"1"}"#, "unknown variant `donate`"),
            (r#"{"op":"check","now":true}"#, "unknown field `now`"),
            (r#"{"op":"deposit","account":"a","usd":1}"#, "expected a string"),
            (r#"{"op":"deposit","account":"a"}"#, "missing field `usd`"),
            ("deposit", "expected value"),
        ] {
            let error = parse(&format!("\n{line}\n")).expect_err(line);
            assert!(error.starts_with("line 2: ") && error.contains(said), "{line}: {error}");
        }
    }

    #[test]
    fn the_exchange_comes_first() {
        let error = parse("{\"op\":\"check\"}\n{\"op\":\"exchange\"}").expect_err("second");
        assert_eq!(error, "line 2: `exchange` comes first");
        assert_eq!(parse("{\"op\":\"exchange\"}\n\n{\"op\":\"check\"}").expect("a script").len(), 2);
    }
}
