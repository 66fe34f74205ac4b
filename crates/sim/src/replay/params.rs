//! What a script's parameters are.

use breakwater_engine::state::{ExchangeParams, MarketParams};

use super::script::{MarketOp, Parameters};
use crate::decimal::Decimal;
use crate::named;

pub use crate::named::USD_DECIMALS;

/// The exchange's parameters.
pub fn exchange(given: &Parameters) -> Result<ExchangeParams, String> {
    let mut params = ExchangeParams::bare();
    named::set_exchange(&mut params, &given.by_name)?;
    Ok(params)
}

/// A market's parameters; `first` is its first price.
pub fn market(given: &MarketOp, first: Option<Decimal>) -> Result<MarketParams, String> {
    let mut params = MarketParams::bare();
    params.lot_exponent = given.lot_exponent.unwrap_or_else(|| first.map_or(params.lot_exponent, named::lot_exponent));
    if let Some(brackets) = &given.brackets {
        let brackets: Vec<_> = brackets.iter().map(|of| (of.up_to_usd, of.imf_bps, of.mmf_bps)).collect();
        named::set_brackets(&mut params, &brackets)?;
    }
    named::set_market(&mut params, &given.parameters.by_name)?;
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakwater_engine::{Atoms, Bps, Lots};

    #[test]
    fn parameters_have_the_engines_names() {
        let given = r#"{"name":"SOL","lot_exponent":-9,"step":"0.01","taker_fee":7,"cover_grant":"1.5","walk_max":8}"#;
        let op: MarketOp = serde_json::from_str(given).expect("a market");
        let params = market(&op, None).expect("parameters");
        assert_eq!((params.step, params.taker_fee, params.cover_grant), (Lots(10_000_000), Bps(7), Atoms(1_500_000)));
        let op: MarketOp = serde_json::from_str(r#"{"name":"SOL","taker_fees":7}"#).expect("a market");
        assert_eq!(market(&op, None), Err("unknown field `taker_fees`".into()));
    }
}
