//! Requirements against exact arithmetic, and the lots that restore one against bisection.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

mod common;

use breakwater_engine::margin::{lots_to_restore, maintenance_at, requirement, Margin, Multiples, Restore};
use breakwater_engine::state::{Bracket, MarketParams};
use breakwater_engine::units::{ATOMS_MAX, LOTS_MAX, PICO};
use breakwater_engine::{Atoms, Bps, Cash, Error, Lots, Price};
use common::Rng;

const USD: u64 = 1_000_000;
const WHOLE: Bps = Bps(10_000);

/// Up to 100 atoms at 10 %, to 300 at 20 %, beyond at 50 %; maintenance half of each.
fn small() -> MarketParams {
    let mut params = MarketParams { bracket_count: 3, ..MarketParams::standard() };
    params.brackets[..3].copy_from_slice(&[
        Bracket { up_to: Atoms(100), initial: Bps(1_000), maintenance: Bps(500) },
        Bracket { up_to: Atoms(300), initial: Bps(2_000), maintenance: Bps(1_000) },
        Bracket { up_to: Atoms(0), initial: Bps(5_000), maintenance: Bps(2_500) },
    ]);
    params
}

#[test]
fn requirements() {
    let rows = [
        ("nothing", small(), 0, (0, 0)),
        ("one atom rounds up", small(), 1, (1, 1)),
        ("inside the first: 50 * 10 %", small(), 50, (5, 3)),
        ("at its bound", small(), 100, (10, 5)),
        ("just beyond: 10 + 0.2", small(), 101, (11, 6)),
        ("10 + 100 * 20 %", small(), 200, (30, 15)),
        ("two full: 10 + 40", small(), 300, (50, 25)),
        ("10 + 40 + 700 * 50 %", small(), 1_000, (400, 200)),
        ("5 % of 10k USD", MarketParams::standard(), 10_000 * USD, (500 * USD, 300 * USD)),
        ("2.5k + 200k * 7.5 %", MarketParams::standard(), 250_000 * USD, (17_500 * USD, 9_500 * USD)),
        // 2.5k + 15k + 75k + 1M * 20 %; 1.5k + 8k + 45k + 1M * 12 %
        ("two million USD", MarketParams::standard(), 2_000_000 * USD, (292_500 * USD, 174_500 * USD)),
    ];
    for (name, params, notional, (initial, maintenance)) in rows {
        let expected = Margin { initial: Atoms(initial), maintenance: Atoms(maintenance) };
        assert_eq!(requirement(&params, Multiples::WHOLE, Atoms(notional)), Ok(expected), "{name}");
        assert_eq!(maintenance_at(&params, WHOLE, Atoms(notional)), Ok(Atoms(maintenance)), "{name}");
    }
    let none = MarketParams { bracket_count: 0, ..small() };
    assert_eq!(requirement(&none, Multiples::WHOLE, Atoms(1)), Err(Error::RuleBracketsRise));
    let beyond = MarketParams { bracket_count: 5, ..small() };
    assert_eq!(maintenance_at(&beyond, WHOLE, Atoms(1)), Err(Error::RuleBracketsRise));
}

#[test]
fn the_largest_notional_fits() {
    let mut params = MarketParams { bracket_count: 1, ..MarketParams::standard() };
    params.brackets[0].initial = Bps(10_000);
    let margin = requirement(&params, Multiples::WHOLE, Atoms(ATOMS_MAX)).unwrap();
    assert_eq!(margin.initial, Atoms(ATOMS_MAX));
    assert!(margin.maintenance < margin.initial);
    // A multiple that listing allows: of a tenth, tenfold.
    params.brackets[0].initial = Bps(1_000);
    let tenfold = Multiples { initial: Bps(100_000), ..Multiples::WHOLE };
    let at = |multiples| requirement(&params, multiples, Atoms(ATOMS_MAX)).map(|margin| margin.initial);
    assert_eq!(at(tenfold), Ok(Atoms(ATOMS_MAX)));
    assert_eq!(at(Multiples { initial: Bps(100_001), ..tenfold }), Err(Error::Overflow));
    assert_eq!(at(Multiples { initial: Bps(u32::MAX), ..tenfold }), Err(Error::Overflow));
}

#[test]
fn multiples_raise_the_whole_requirement() {
    // 10 + 40 + 700 * 50 % = 400; maintenance half of it.
    let rows = [
        ("one whole", (10_000, 10_000), 1_000, (400, 200)),
        ("initial alone", (15_000, 10_000), 1_000, (600, 200)),
        ("both, unlike", (20_000, 12_500), 1_000, (800, 250)),
        // 10.1 * 1.0001 = 10.10101; 5.05 * 1.0001
        ("a hair rounds up", (10_001, 10_001), 101, (11, 6)),
        // 10 * 1.0001: rounded up after the multiple, not before.
        ("beyond a whole number", (10_001, 10_001), 100, (11, 6)),
        // 0.1 * 5 and 0.05 * 5: rounded once, or this were 5 and 5.
        ("rounded once", (50_000, 50_000), 1, (1, 1)),
        ("nothing", (50_000, 50_000), 0, (0, 0)),
    ];
    for (name, (initial, maintenance), notional, expected) in rows {
        let multiples = Multiples { initial: Bps(initial), maintenance: Bps(maintenance) };
        let margin = requirement(&small(), multiples, Atoms(notional)).unwrap();
        assert_eq!((margin.initial.0, margin.maintenance.0), expected, "{name}");
        assert_eq!(maintenance_at(&small(), multiples.maintenance, Atoms(notional)), Ok(margin.maintenance), "{name}");
    }
}

/// Brackets that pass listing: bounds rise, fractions do not fall.
fn random_params(rng: &mut Rng, bits: u32) -> MarketParams {
    let mut params = MarketParams { bracket_count: rng.within(1, 4) as u32, ..MarketParams::standard() };
    let (mut bound, mut maintenance, mut initial) = (0, 255, 0);
    for bracket in &mut params.brackets {
        bound += rng.magnitude(bits) + 1;
        maintenance += rng.within(1, 1_500) as u32;
        initial = (maintenance + rng.within(1, 1_000) as u32).max(initial);
        *bracket = Bracket { up_to: Atoms(bound), initial: Bps(initial), maintenance: Bps(maintenance) };
    }
    params
}

/// Multiples that listing allows the brackets: maintenance's at most initial's, no requirement above the notional.
fn random_multiples(rng: &mut Rng, params: &MarketParams) -> Multiples {
    let counted = &params.brackets[..params.bracket_count as usize];
    let steepest = counted.iter().map(|bracket| bracket.initial.0).max().unwrap();
    let initial = if rng.one_in(4) { 10_000 } else { rng.within(10_000, 100_000_000 / u64::from(steepest)) };
    let maintenance = rng.within(10_000, initial);
    Multiples { initial: Bps(initial as u32), maintenance: Bps(maintenance as u32) }
}

/// The same in the most naive way: a sum over brackets in 128 bits, 1e-4 of the unit the notional is in.
fn naive(params: &MarketParams, notional: u128, unit: u128, fraction: impl Fn(&Bracket) -> Bps) -> u128 {
    let counted = &params.brackets[..params.bracket_count as usize];
    let mut bottom = 0;
    let mut sum = 0;
    for (index, bracket) in counted.iter().enumerate() {
        let top = if index + 1 == counted.len() { u128::MAX } else { u128::from(bracket.up_to.0) * unit };
        sum += notional.min(top).saturating_sub(bottom) * u128::from(fraction(bracket).0);
        bottom = top;
    }
    sum
}

#[test]
fn requirement_is_the_exact_sum_rounded_up_once() {
    let mut rng = Rng::seeded(3);
    for _ in 0..20_000 {
        let params = random_params(&mut rng, 58);
        let notional = rng.magnitude(60);
        let multiples = random_multiples(&mut rng, &params);
        let margin = requirement(&params, multiples, Atoms(notional)).unwrap();
        let exact = |fraction: fn(&Bracket) -> Bps, multiple: Bps| {
            (naive(&params, notional.into(), 1, fraction) * u128::from(multiple.0)).div_ceil(100_000_000)
        };
        let initial = exact(|bracket| bracket.initial, multiples.initial);
        let maintenance = exact(|bracket| bracket.maintenance, multiples.maintenance);
        assert_eq!((u128::from(margin.initial.0), u128::from(margin.maintenance.0)), (initial, maintenance));
        assert_eq!(maintenance_at(&params, multiples.maintenance, Atoms(notional)), Ok(margin.maintenance));
        assert!(margin.maintenance <= margin.initial && margin.initial.0 <= notional);
    }
}

/// Continuous and rising: an atom more of notional asks for at most an atom more. And splitting never asks for more than
/// the whole, rounding apart.
#[test]
fn requirement_is_continuous_and_convex() {
    let mut rng = Rng::seeded(4);
    for _ in 0..20_000 {
        let params = random_params(&mut rng, 40);
        let bracket = params.brackets[rng.within(0, 3) as usize];
        let notional = if rng.one_in(2) { bracket.up_to.0 } else { rng.magnitude(42) };
        let multiples = random_multiples(&mut rng, &params);
        let at = |notional| requirement(&params, multiples, Atoms(notional)).unwrap();
        let (here, next) = (at(notional), at(notional + 1));
        assert!(next.initial.0 - here.initial.0 <= 1 && next.maintenance.0 - here.maintenance.0 <= 1);
        let part = rng.within(0, notional);
        let (left, right) = (at(part), at(notional - part));
        assert!(left.maintenance.0 + right.maintenance.0 <= here.maintenance.0 + 1);
        assert!(left.initial.0 + right.initial.0 <= here.initial.0 + 1);
    }
}

/// Whether closing `x` restores, in 1e-12 atom times bps^2, where each lot frees `factor` bps of its bracket's fraction.
fn restores_at(params: &MarketParams, restore: &Restore, factor: i128, x: u64) -> bool {
    let value = |lots: u64| u128::from(lots) * u128::from(restore.price.0);
    let exact = |lots| naive(params, value(lots), PICO.into(), |bracket| bracket.maintenance) as i128;
    let cost = value(x) as i128 * i128::from(restore.cost.0) * 10_000;
    let required = i128::from(restore.maintenance.0) * i128::from(PICO) * 10_000;
    let freed = exact(restore.lots.0) - exact(restore.lots.0 - x);
    restore.equity.0 * 100_000_000 - cost >= required * (10_000 + i128::from(restore.buffer.0)) - freed * factor
}

/// The same with the factor that is documented: `(1 + b) k`, rounded down.
fn restores(params: &MarketParams, restore: &Restore, x: u64) -> bool {
    let factor = (10_000 + i128::from(restore.buffer.0)) * i128::from(restore.multiple.0) / 10_000;
    restores_at(params, restore, factor, x)
}

fn bisected(params: &MarketParams, restore: &Restore) -> u64 {
    let (mut fails, mut holds) = (0, restore.lots.0);
    if restores(params, restore, 0) {
        return 0;
    }
    if !restores(params, restore, holds) {
        return restore.lots.0;
    }
    while holds - fails > 1 {
        let middle = fails + (holds - fails) / 2;
        if restores(params, restore, middle) {
            holds = middle;
        } else {
            fails = middle;
        }
    }
    holds
}

#[test]
fn lots_that_restore() {
    // Lots of one atom each, cost 2 %, no buffer. Maintenance of 400 lots: 5 + 20 + 25 = 50.
    let base = Restore {
        lots: Lots(400),
        price: Price(PICO),
        equity: Cash(0),
        maintenance: Atoms(50),
        multiple: WHOLE,
        cost: Bps(200),
        buffer: Bps(0),
    };
    let atoms = |atoms: i128| Cash(atoms * i128::from(PICO));
    let rows = [
        ("healthy", Restore { equity: atoms(50), ..base }, 0),
        ("more than healthy", Restore { equity: atoms(1_000), ..base }, 0),
        // A gap of 1; each lot frees 0.25 and costs 0.02: 1 / 0.23 = 4.3
        ("top bracket", Restore { equity: atoms(49), ..base }, 5),
        // 100 lots close 23; the next free 0.1 - 0.02: 2 / 0.08 = 25
        ("second bracket", Restore { equity: atoms(25), ..base }, 125),
        // 100 close 23, 200 close 16; the last free 0.05 - 0.02: 1 / 0.03 = 33.3
        ("first bracket", Restore { equity: atoms(10), ..base }, 334),
        // 23 + 16 + 3 = 42 of 42
        ("just by closing all", Restore { equity: atoms(8), ..base }, 400),
        ("closing all does not reach", Restore { equity: atoms(7), ..base }, 400),
        ("far under water", Restore { equity: atoms(-1_000_000), ..base }, 400),
        // 55 required; a gap of 1; each lot frees 0.275 and costs 0.02: 1 / 0.255 = 3.9
        ("buffer of a tenth", Restore { equity: atoms(54), buffer: Bps(1_000), ..base }, 4),
        // Another position's 30: not freed by closing this one. A gap of 31: 100 lots close 23, 8 / 0.08 = 100
        ("siblings", Restore { equity: atoms(49), maintenance: Atoms(80), ..base }, 200),
        ("a hair short", Restore { equity: Cash(50 * i128::from(PICO) - 1), ..base }, 1),
        ("cost above what closing frees", Restore { equity: atoms(49), cost: Bps(2_500), ..base }, 400),
        // Twice 50 required; each lot frees 0.5 and costs 0.02: 1 / 0.48 = 2.1
        (
            "twice the maintenance",
            Restore { maintenance: Atoms(100), equity: atoms(99), multiple: Bps(20_000), ..base },
            3,
        ),
        // The same gap where closing were thought to free the brackets' own: 1 / 0.23
        ("with the wrong multiple", Restore { maintenance: Atoms(100), equity: atoms(99), ..base }, 5),
        ("worth nothing, healthy", Restore { price: Price(0), equity: atoms(50), ..base }, 0),
        ("worth nothing, short", Restore { price: Price(0), equity: atoms(49), ..base }, 400),
        ("nothing to close", Restore { lots: Lots(0), ..base }, 0),
    ];
    for (name, restore, expected) in rows {
        assert_eq!(lots_to_restore(&small(), &restore), Ok(Lots(expected)), "{name}");
    }
}

#[test]
fn restoring_agrees_with_bisection() {
    let mut rng = Rng::seeded(5);
    let (mut inside, mut none, mut all) = (0, 0, 0);
    for _ in 0..20_000 {
        let params = random_params(&mut rng, 44);
        let price = Price(rng.within(1 << 24, 2 * PICO));
        let lots = Lots(rng.magnitude(50) + 1);
        let multiple = random_multiples(&mut rng, &params).maintenance;
        let own = maintenance_at(&params, multiple, price.value_ceil(lots).unwrap()).unwrap();
        let siblings = if rng.one_in(2) { 0 } else { rng.magnitude(40) };
        let maintenance = Atoms(own.0 + siblings);
        let equity = match rng.within(0, 2) {
            0 => i128::from(rng.next() % (maintenance.0 + 2)) * i128::from(PICO) + i128::from(rng.next() % PICO),
            1 => i128::from(maintenance.0) * i128::from(PICO) + i128::from(rng.magnitude(60)) - (1 << 59),
            _ => i128::from(rng.next().cast_signed() >> rng.within(10, 60)) * i128::from(PICO),
        };
        let restore = Restore {
            lots,
            price,
            equity: Cash(equity),
            maintenance,
            multiple,
            cost: Bps(rng.within(0, 255) as u32),
            buffer: Bps(rng.within(0, 5_000) as u32),
        };
        let found = lots_to_restore(&params, &restore).unwrap();
        assert_eq!(found.0, bisected(&params, &restore), "{restore:?} {params:?}");
        // What rounding the factor down understates never leaves the account short: 1e-4 of what is freed at most.
        let ceiling = ((10_000 + i128::from(restore.buffer.0)) * i128::from(multiple.0)).div_euclid(10_000) + 1;
        let enough = restores(&params, &restore, found.0);
        assert!(found == lots || (enough && restores_at(&params, &restore, ceiling, found.0)), "{restore:?}");
        match found.0 {
            0 => none += 1,
            some if some == lots.0 => all += 1,
            _ => inside += 1,
        }
    }
    assert!(inside > 4_000 && none > 1_000 && all > 1_000, "{inside} {none} {all}");
}

/// Nothing within 2^58 atoms overflows, and what does says so.
#[test]
fn bounds() {
    let most = 1u64 << 58;
    let restore = Restore {
        lots: Lots(LOTS_MAX),
        price: Price(32 * PICO),
        equity: Cash(-i128::from(most) * i128::from(PICO)),
        maintenance: Atoms(most / 4),
        multiple: Bps(50_000),
        cost: Bps(255),
        buffer: Bps(5_000),
    };
    assert_eq!(restore.price.value_ceil(restore.lots), Ok(Atoms(most)));
    assert_eq!(lots_to_restore(&MarketParams::standard(), &restore), Ok(Lots(LOTS_MAX)));
    let solvent = Restore { equity: Cash(i128::from(most / 10) * i128::from(PICO)), ..restore };
    assert!(lots_to_restore(&MarketParams::standard(), &solvent).is_ok());
    let beyond = Restore { equity: Cash(i128::MIN), ..restore };
    assert_eq!(lots_to_restore(&MarketParams::standard(), &beyond), Err(Error::Overflow));
}
