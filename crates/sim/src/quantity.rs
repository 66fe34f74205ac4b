//! What a script writes in decimals and the integers the engine counts in, and back. No floats.

use breakwater_engine::price::Observation;
use breakwater_engine::units::Cash;
use breakwater_engine::{Atoms, Lots, Price};

use crate::decimal::{fixed, trimmed, Decimal};
use crate::named::USD_DECIMALS;

/// Digits a Pyth price has behind the point, as most feeds publish.
const FEED_DECIMALS: u32 = 8;
/// 1e-12 atom in an atom.
const PICO: i128 = 1_000_000_000_000;
/// Zero, written down.
pub const ZERO: Decimal = Decimal { mantissa: 0, decimals: 0 };

/// An amount of USD, not negative.
pub fn atoms(usd: Decimal) -> Result<Atoms, String> {
    let atoms = usd.scaled_exact(USD_DECIMALS).and_then(|atoms| u64::try_from(atoms).ok());
    atoms.map(Atoms).ok_or_else(|| "`usd` is negative, finer than 1e-6 or out of range".into())
}

/// Base units as lots; `None` where they are finer than one.
pub fn lots(size: Decimal, lot_exponent: i32) -> Result<Option<Lots>, String> {
    if size.mantissa < 0 {
        return Err("`size` is negative".into());
    }
    match size.scaled_exact(-lot_exponent) {
        None => Ok(None),
        Some(lots) => u64::try_from(lots).map(|lots| Some(Lots(lots))).map_err(|_| "`size` is out of range".into()),
    }
}

/// USD per base unit as 1e-12 atom per lot, rounded down as the oracle's is; `None` beyond its range.
#[must_use]
pub fn price_per_lot(price: Decimal, lot_exponent: i32) -> Option<Price> {
    let scaled = price.scaled_floor(18 + lot_exponent)?;
    u64::try_from(scaled).ok().map(Price)
}

/// What Pyth would publish: spot, average and confidence on one exponent, as fine as they need.
pub fn observation(numbers: [Decimal; 3], publish_time: i64) -> Result<Observation, String> {
    let finest = numbers.iter().map(|number| number.decimals).max().unwrap_or(0).max(FEED_DECIMALS);
    let exponent = -(finest as i32);
    let mantissa = |number: Decimal| number.scaled_exact(finest as i32).and_then(|whole| i64::try_from(whole).ok());
    let [Some(price), Some(ema_price), Some(confidence)] = numbers.map(mantissa) else {
        return Err("a price has more digits than a feed publishes".into());
    };
    let confidence = confidence.unsigned_abs();
    Ok(Observation { price, confidence, ema_price, ema_confidence: confidence, exponent, publish_time })
}

/// What a market is listed at: the script's first price, or an atom a lot where it never says one.
pub fn first_observation(first: Option<Decimal>, lot_exponent: i32, time: i64) -> Result<Observation, String> {
    match first {
        Some(price) => observation([price, price, ZERO], time),
        None => Ok(atom_a_lot(lot_exponent, time)),
    }
}

fn atom_a_lot(lot_exponent: i32, publish_time: i64) -> Observation {
    let price = Decimal { mantissa: 1, decimals: 0 }.scaled_floor((-lot_exponent).clamp(0, 18)).unwrap_or(1);
    let price = i64::try_from(price).unwrap_or(1);
    Observation { price, confidence: 0, ema_price: price, ema_confidence: 0, exponent: -6, publish_time }
}

/// An amount, with six decimals.
#[must_use]
pub fn usd(amount: Atoms) -> String {
    fixed(i128::from(amount.0), 6)
}

/// Exact cash, rounded down to six decimals.
#[must_use]
pub fn usd_floor(cash: Cash) -> String {
    fixed(cash.0.div_euclid(PICO), 6)
}

/// Lots in base units, without trailing zeros.
#[must_use]
pub fn size(lots: i128, lot_exponent: i32) -> String {
    if lot_exponent >= 0 {
        return trimmed(lots * 10i128.pow(lot_exponent.unsigned_abs()), 0);
    }
    trimmed(lots, lot_exponent.unsigned_abs())
}

/// 1e-12 atom per lot, as a ratio so that it rounds once, in USD per base unit: twelve decimals, rounded down.
#[must_use]
pub fn per_unit(numerator: i128, lots: u64, lot_exponent: i32) -> String {
    // 1e-12 atom is 1e-18 USD; twelve decimals of it, per base unit of 10^-exponent lots.
    let power = -6 - lot_exponent;
    let scale = 10i128.pow(power.unsigned_abs());
    let lots = i128::from(lots);
    let scaled = if power < 0 {
        numerator.div_euclid(lots).div_euclid(scale)
    } else {
        numerator.div_euclid(lots) * scale + (numerator.rem_euclid(lots) * scale).div_euclid(lots)
    };
    fixed(scaled, 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_rounds_down() {
        assert_eq!(usd_floor(Cash(-1)), "-0.000001");
        assert_eq!(usd_floor(Cash(1_999_999_999_999)), "0.000001");
        assert_eq!(size(-12_500_000_000, -9), "-12.5");
        assert_eq!(size(3, 2), "300");
        // A third of 1e-12 atom a lot of 1e-9: 1e-9 USD / 3.
        assert_eq!(per_unit(1, 3, -9), "0.000000000333");
        assert_eq!(per_unit(-1, 3, -9), "-0.000000000334");
        assert_eq!(per_unit(200_000_000_000, 1, -9), "200.000000000000");
    }

    #[test]
    fn a_price_is_read_per_lot() {
        let price = Decimal::parse("200").expect("a price");
        assert_eq!(price_per_lot(price, -9), Some(Price(200_000_000_000)));
        let size = Decimal::parse("0.0000000015").expect("a size");
        assert_eq!(lots(size, -9), Ok(None));
        assert_eq!(lots(size, -10), Ok(Some(Lots(15))));
    }
}
