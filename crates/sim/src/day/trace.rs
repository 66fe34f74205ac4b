//! What each operation did, a JSON object each.

use breakwater_engine::{Result, Side};
use serde_json::{json, Value};

use super::report::{insurance_state, market_state, SideState};
use super::script::Line;
use super::venue::{MarketId, Outcome, State, Stop};
use crate::quantity::usd;

/// One operation.
pub fn entry(line: &Line, state: State<'_>, outcome: &Outcome) -> Value {
    let mut entry = json!({
        "line": line.number, "op": line.op.name(), "slot": state.now.slot, "time": state.now.time,
    });
    let (field, value) = match outcome {
        Ok(report) => ("report", Value::Object(report.clone())),
        Err(Stop::Refused(error) | Stop::Failed(error)) => ("refused", json!(error)),
    };
    if let Some(entry) = entry.as_object_mut() {
        entry.insert(field.into(), value);
    }
    entry
}

/// A market after a price: both sides' shortfall, estate and held money, insurance, phase and breaker.
pub fn market(state: State<'_>, at: MarketId, (level, reasons): (String, u64)) -> Result<Value> {
    let books = &state.markets[at];
    let printed = market_state(books, state.fund)?;
    let side = |of: &SideState, side: Side| -> Result<Value> {
        let all = books.view().shortfalls(state.now.slot)?;
        Ok(json!({
            "shortfall_usd": usd(all.of(side)?),
            "estate": of.estate,
            "holdback_per_unit": of.holdback_per_unit,
            "held_usd": of.held_usd,
        }))
    };
    Ok(json!({
        "mark": printed.mark,
        "long": side(&printed.long, Side::Long)?,
        "short": side(&printed.short, Side::Short)?,
        "insurance": insurance_state(state.fund)?,
        "cover_usd": printed.cover_usd,
        "phase": format!("{:?}", books.market.stance.phase()).to_lowercase(),
        "breaker": {"level": level, "reasons": reasons},
    }))
}
