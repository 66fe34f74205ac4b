//! Wide arithmetic and units against big integers: edge values in every combination, then random ones.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that panics has found something"
)]

mod common;

use breakwater_engine::units::{atoms_from, Atoms, Cash, ATOMS_MAX, LOTS_MAX, PRICE_MAX};
use breakwater_engine::wide::{self, I128, U128};
use breakwater_engine::{Bps, Error, Lots, Price, Result};
use common::Rng;
use num_bigint::BigInt;

const EDGES: [u64; 12] =
    [0, 1, 2, 3, 0xffff_ffff, 1 << 32, (1 << 53) - 1, 1_000_000_000_000, 1 << 62, (1 << 63) - 1, 1 << 63, u64::MAX];

fn edges128() -> Vec<u128> {
    let mut edges: Vec<u128> =
        EDGES.iter().flat_map(|low| [u128::from(*low), u128::from(*low) << 64 | u128::from(*low)]).collect();
    edges.extend([u128::MAX, u128::MAX - 1, 1 << 127, (1 << 127) - 1]);
    edges
}

/// Three random words of every magnitude.
fn words(rng: &mut Rng) -> (u64, u64, u64) {
    (rng.magnitude(64), rng.magnitude(64), rng.magnitude(64))
}

fn floor(n: &BigInt, d: &BigInt) -> BigInt {
    let quotient = n / d;
    if &quotient * d > *n {
        quotient - 1
    } else {
        quotient
    }
}

fn ceil(n: &BigInt, d: &BigInt) -> BigInt {
    -floor(&-n.clone(), d)
}

/// The engine's answer is the exact one, or a refusal where the exact one does not fit.
fn agree<T: TryFrom<BigInt> + PartialEq + std::fmt::Debug>(found: Result<T>, exact: Option<BigInt>, what: &str) {
    let expected = exact.and_then(|exact| T::try_from(exact).ok()).ok_or(Error::Overflow);
    assert_eq!(found, expected, "{what}");
}

fn check_words(a: u64, b: u64, d: u64) {
    let (x, y, z) = (BigInt::from(a), BigInt::from(b), BigInt::from(d));
    let exact = |round: fn(&BigInt, &BigInt) -> BigInt| (d != 0).then(|| round(&(&x * &y), &z));
    let what = format!("{a} * {b} / {d}");
    assert_eq!(BigInt::from(wide::mul(a, b)), &x * &y, "{what}");
    agree(wide::mul_div_floor(a, b, d), exact(floor), &what);
    agree(wide::mul_div_ceil(a, b, d), exact(ceil), &what);
}

fn check_long(a: u128, b: u64, d: u64) {
    let (x, y, z) = (BigInt::from(a), BigInt::from(b), BigInt::from(d));
    let exact = |round: fn(&BigInt, &BigInt) -> BigInt| (d != 0).then(|| round(&(&x * &y), &z));
    let what = format!("{a} * {b} / {d}");
    agree(wide::mul_div_long_floor(a, b, d), exact(floor), &what);
    agree(wide::mul_div_long_ceil(a, b, d), exact(ceil), &what);
    agree(wide::div_ceil(a, u128::from(d)), (d != 0).then(|| ceil(&x, &z)), &what);
}

fn check_signed(n: i128, d: u64) {
    let (x, z) = (BigInt::from(n), BigInt::from(d));
    let what = format!("{n} by {d}");
    agree(wide::div_floor_signed(n, d), (d != 0).then(|| floor(&x, &z)), &what);
    let product = wide::mul_signed(n, d);
    // -2^127 has no positive: the one product that fits and is refused.
    if &x * &z != BigInt::from(i128::MIN) {
        agree(product, Some(&x * &z), &what);
    }
    if d != 0 && n.unsigned_abs() < 1 << 126 {
        agree(wide::div_ceil_signed(n, d), Some(ceil(&x, &z)), &what);
    }
    assert_eq!(I128::new(n).get(), n);
    assert_eq!(U128::new(n.cast_unsigned()).get(), n.cast_unsigned());
}

#[test]
fn products_and_quotients_of_edges() {
    for a in EDGES {
        for b in EDGES {
            EDGES.iter().for_each(|d| check_words(a, b, *d));
        }
    }
    for a in edges128() {
        for b in EDGES {
            EDGES.iter().for_each(|d| check_long(a, b, *d));
            check_signed(a.cast_signed(), b);
        }
    }
}

#[test]
fn products_and_quotients_of_random_words() {
    let mut rng = Rng::seeded(1);
    for _ in 0..50_000 {
        let (a, b, d) = words(&mut rng);
        check_words(a, b, d);
        let long = u128::from(a) << rng.within(0, 64) | u128::from(rng.next());
        check_long(long, b, d);
        check_signed(long.cast_signed(), d);
    }
}

/// Values of lots: floor and ceiling around the exact one, refused beyond their bounds.
#[test]
fn values_of_lots() {
    let mut rng = Rng::seeded(2);
    for _ in 0..20_000 {
        let (price, lots) = (Price(rng.within(1, PRICE_MAX)), Lots(rng.within(0, LOTS_MAX)));
        let exact = BigInt::from(price.0) * lots.0;
        assert_eq!(BigInt::from(price.value(lots).unwrap().0), exact);
        let pico = BigInt::from(1_000_000_000_000u64);
        agree(price.value_floor(lots).map(|atoms| atoms.0), Some(floor(&exact, &pico)), "value");
        agree(price.value_ceil(lots).map(|atoms| atoms.0), Some(ceil(&exact, &pico)), "value");
    }
    assert!(Price(PRICE_MAX).value(Lots(LOTS_MAX)).is_ok());
}

/// Equity rounds down and debts round up, on both sides of nothing.
#[test]
fn whole_atoms_of_cash() {
    const ATOM: i128 = 1_000_000_000_000;
    let table = [
        // cash, floor, ceil, gain, debt
        (0, 0, 0, 0, 0),
        (1, 0, 1, 0, 0),
        (-1, -1, 0, 0, 1),
        (ATOM, 1, 1, 1, 0),
        (-ATOM, -1, -1, 0, 1),
        (ATOM + 1, 1, 2, 1, 0),
        (-ATOM - 1, -2, -1, 0, 2),
    ];
    for (cash, floor, ceil, gain, debt) in table {
        let cash = Cash(cash);
        assert_eq!((cash.atoms_floor(), cash.atoms_ceil().unwrap()), (floor, ceil), "{cash:?}");
        assert_eq!((cash.gain_floor().unwrap().0, cash.debt_ceil().unwrap().0), (gain, debt), "{cash:?}");
    }
}

#[test]
fn amounts_keep_their_bounds() {
    assert_eq!(Atoms(ATOMS_MAX).plus(Atoms(1)), Err(Error::Overflow));
    assert_eq!(Atoms(1).minus(Atoms(2)), Err(Error::Overflow));
    assert_eq!(Lots(LOTS_MAX).plus(Lots(1)), Err(Error::Overflow));
    assert_eq!(Lots(0).minus(Lots(1)), Err(Error::Overflow));
    assert_eq!(atoms_from(-1), Err(Error::Overflow));
    assert_eq!(atoms_from(i128::from(ATOMS_MAX) + 1), Err(Error::Overflow));
    assert_eq!(Bps(10_000).of_ceil(Atoms(7)), Ok(Atoms(7)));
    assert_eq!((Bps(1).of_floor(Atoms(9_999)), Bps(1).of_ceil(Atoms(1))), (Ok(Atoms(0)), Ok(Atoms(1))));
}
