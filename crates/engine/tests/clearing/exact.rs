//! Numbers of the reference as the engine counts them.

use num_bigint::BigInt;
use serde_json::Value;

/// Lots of the engine to one of the reference.
pub const LOTS: u64 = 1_000_000_000;
/// Atoms to a unit of its money.
pub const ATOMS: u64 = 1_000_000_000;
/// 1e-12 atom a lot to a unit of its price.
pub const PRICE: u64 = 1_000_000_000_000;

/// A number times a scale, rounded down.
pub fn scaled(number: &Value, scale: u64) -> i128 {
    let (n, d) = match number {
        Value::String(text) => {
            let (n, d) = text.split_once('/').unwrap_or((text, "1"));
            (n.parse::<BigInt>().unwrap(), d.parse::<BigInt>().unwrap())
        }
        Value::Number(number) => (BigInt::from(number.as_i64().unwrap()), BigInt::from(1)),
        Value::Null => return 0,
        other => panic!("not a number: {other}"),
    };
    let scaled = n * scale;
    let quotient = &scaled / &d;
    let floor = if quotient.clone() * &d > scaled { quotient - 1 } else { quotient };
    i128::try_from(floor).unwrap()
}

pub fn atoms(number: &Value) -> i128 {
    scaled(number, ATOMS)
}

pub fn lots(number: &Value) -> i128 {
    scaled(number, LOTS)
}

pub fn price(number: &Value) -> i128 {
    scaled(number, PRICE)
}
