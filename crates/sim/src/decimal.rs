//! Decimal strings and the integers money is counted in. No floats: "0.1" is exactly a tenth.

use std::fmt::Write;

use serde::de::{Deserialize, Deserializer, Error};

/// Digits a number may have in all, so that a power of ten up to 1e18 more still fits an `i128`.
const DIGITS_MAX: usize = 19;

/// A decimal number as it was written: `mantissa / 10^decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// All digits, signed.
    pub mantissa: i128,
    /// How many of them stand behind the point, trailing zeros dropped.
    pub decimals: u32,
}

impl Decimal {
    /// Reads `-12.5`: an optional minus, digits, optionally a point and more digits. Nothing else.
    pub fn parse(text: &str) -> Result<Decimal, String> {
        let bad = || format!("`{text}` is not a decimal number: write it like \"12.5\"");
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(bad()),
            Some((whole, fraction)) => (whole, fraction.trim_end_matches('0')),
            None => (digits, ""),
        };
        let all = format!("{whole}{fraction}");
        let only_digits = !whole.is_empty() && all.bytes().all(|byte| byte.is_ascii_digit());
        if !only_digits {
            return Err(bad());
        }
        if all.trim_start_matches('0').len() > DIGITS_MAX || fraction.len() > DIGITS_MAX {
            return Err(format!("`{text}` has more than {DIGITS_MAX} digits"));
        }
        let magnitude: i128 = all.parse().map_err(|_| bad())?;
        let mantissa = if negative { -magnitude } else { magnitude };
        Ok(Decimal { mantissa, decimals: fraction.len() as u32 })
    }

    /// The number times `10^power`, rounded down; `None` when it leaves 128 bits.
    #[must_use]
    pub fn scaled_floor(self, power: i32) -> Option<i128> {
        let shift = i64::from(power) - i64::from(self.decimals);
        let scale = 10i128.checked_pow(u32::try_from(shift.unsigned_abs()).ok()?)?;
        if shift < 0 {
            Some(self.mantissa.div_euclid(scale))
        } else {
            self.mantissa.checked_mul(scale)
        }
    }

    /// The number times `10^power` where that is whole.
    #[must_use]
    pub fn scaled_exact(self, power: i32) -> Option<i128> {
        let whole = i64::from(self.decimals) <= i64::from(power) || self.mantissa == 0;
        if whole {
            return self.scaled_floor(power);
        }
        let scale = 10i128.checked_pow(u32::try_from(i64::from(self.decimals) - i64::from(power)).ok()?)?;
        (self.mantissa % scale == 0).then(|| self.mantissa / scale)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    /// From a string: a JSON number would have gone through a float somewhere.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let text = String::deserialize(deserializer)?;
        Decimal::parse(&text).map_err(D::Error::custom)
    }
}

/// `value / 10^decimals` with all decimals: `1.500000`.
#[must_use]
pub fn fixed(value: i128, decimals: u32) -> String {
    let scale = 10u128.pow(decimals);
    let (whole, rest) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    let mut text = String::new();
    if value < 0 {
        text.push('-');
    }
    // Writing to a string cannot fail.
    let _ = write!(text, "{whole}");
    if decimals > 0 {
        let _ = write!(text, ".{rest:0width$}", width = decimals as usize);
    }
    text
}

/// `value / 10^decimals` without trailing zeros: `1.5`.
#[must_use]
pub fn trimmed(value: i128, decimals: u32) -> String {
    let text = fixed(value, decimals);
    if decimals == 0 {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly() {
        for (text, mantissa, decimals) in
            [("0", 0, 0), ("12.5", 125, 1), ("-0.000001", -1, 6), ("1.500", 15, 1), ("007", 7, 0), ("-3", -3, 0)]
        {
            assert_eq!(Decimal::parse(text), Ok(Decimal { mantissa, decimals }), "{text}");
        }
        for text in ["", "-", ".", ".5", "5.", "1e3", "+1", "1_000", " 1", "0x1", "--1", "1.-5", "12345678901234567890"]
        {
            assert!(Decimal::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn scaling_is_exact_or_rounds_down() {
        let read = |text: &str| Decimal::parse(text).expect("a number");
        assert_eq!(read("1.5").scaled_exact(6), Some(1_500_000));
        assert_eq!(read("0.0000015").scaled_exact(6), None);
        assert_eq!(read("-0.0000015").scaled_floor(6), Some(-2));
        assert_eq!(read("1200").scaled_exact(-2), Some(12));
        assert_eq!(read("1250").scaled_exact(-2), None);
        assert_eq!(read("1250").scaled_floor(-2), Some(12));
    }

    #[test]
    fn numbers_are_written_as_read() {
        assert_eq!(fixed(-1, 6), "-0.000001");
        assert_eq!(fixed(1_500_000, 6), "1.500000");
        assert_eq!(trimmed(-125, 1), "-12.5");
        assert_eq!(trimmed(1_000, 2), "10");
        assert_eq!(trimmed(0, 8), "0");
        assert_eq!(trimmed(7, 0), "7");
    }
}
