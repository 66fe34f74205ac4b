//! The lazy ladder against a list of positions that is sorted and changed at once (`reference/ladder.py`,
//! `reference/attribution.py`): lots, equity, and what deleveraged lots left behind.
//!
//! Bounds: a walk rounds less than a lot a group, a leaver up to a lot, a joining less than 2^-24 of an equity.
#![allow(
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    clippy::float_cmp,
    reason = "a test that panics has found something"
)]

mod common;
#[path = "common/histories.rs"]
mod histories;
#[path = "clearing/side.rs"]
mod side;

use breakwater_engine::clearing::ladder::{Place, Visited, CHECKPOINTS, POOLS};
use breakwater_engine::{Error, Side};
use common::Rng;
use histories::play;
use side::{OneSide, MARK};

fn history(rng: &mut Rng, holdbacks: bool) -> (u64, u64) {
    let mut one = OneSide::new(if rng.one_in(2) { Side::Long } else { Side::Short });
    for _ in 0..rng.within(25, 90) {
        match rng.within(0, 99) {
            0..=39 => {
                let distance = MARK / 10_000 * rng.within(10, 9_000);
                one.open(1_000 + rng.magnitude(30), distance);
            }
            40..=54 => one.reprice(rng.within(900, 1_110)),
            55..=64 => one.touch_any(rng),
            65..=84 => {
                let h = if holdbacks && rng.one_in(2) { u128::from(MARK / 10_000 * rng.within(1, 900)) } else { 0 };
                let q = one.solvent_lots() / rng.within(1, 60) + rng.within(0, 3);
                let limit = if rng.one_in(4) { rng.within(1, 6) as u32 } else { u32::MAX };
                one.deleverage(q, h, limit);
                if one.tied {
                    return (one.walks, one.whole);
                }
            }
            85..=92 if holdbacks => one.haircut(rng.within(0, 10)),
            93..=96 if holdbacks => one.end_event(),
            _ => {}
        }
        one.check();
    }
    while !one.is_empty() {
        one.touch_any(rng);
        one.check();
    }
    one.check_empty();
    (one.walks, one.whole)
}

#[test]
fn the_lazy_ladder_is_the_eager_one() {
    let found = play(600, |rng| history(rng, false));
    let walks: u64 = found.iter().map(|found| found.0).sum();
    println!("{walks} walks");
    assert!(walks > 2_000, "the histories deleverage");
}

#[test]
fn what_deleveraged_lots_leave_stays_their_owners() {
    let found = play(2_000, |rng| history(rng, true));
    let (walks, whole) = found.iter().fold((0, 0), |sum, found| (sum.0 + found.0, sum.1 + found.1));
    println!("{walks} walks, {whole} positions closed whole for want of a holdback");
    assert!(walks > 2_000 && whole > 400, "the histories deleverage, thin lots too");
}

/// One call, whatever the size: a walk over every line of the grid.
#[test]
fn a_walk_takes_every_line_in_one_call() {
    let mut one = OneSide::new(Side::Short);
    for line in 0..1_500u64 {
        one.open(10_000, MARK / 100 + MARK / 1_000 * line);
    }
    let q = one.solvent_lots() / 100 * 97;
    assert_eq!(one.deleverage(q, 0, u32::MAX), q);
    one.check();
    assert!(one.visited.levels() <= MOST_LEVELS, "{:?}", one.visited);
}

/// Lines of the first and of the last block, and the blocks between.
const MOST_LEVELS: u32 = 64 + 64 + 32;

/// The most a walk can look at: 32 pools spread over a grid of which every line is occupied.
#[test]
fn a_walk_looks_at_few_lines_however_many_are_occupied() {
    for (side, thin) in [(Side::Long, false), (Side::Short, false), (Side::Long, true), (Side::Short, true)] {
        let mut one = OneSide::new(side);
        let at = |line: u64| if side == Side::Long { MARK / 1_100 * (line % 1_024) } else { MARK / 60 * line };
        for pool in (1..POOLS as u64).rev() {
            one.open(1_000_000, at(pool * 32));
            assert_eq!(one.deleverage(10_000, 0, u32::MAX), 10_000);
        }
        for line in 1..1_024 {
            let _ = one.open(100_000, at(line));
        }
        let h = if thin { u128::from(at(900)) } else { 0 };
        let q = one.solvent_lots() / 10 * 9;
        assert_eq!(one.deleverage(q, h, u32::MAX), q);
        println!("{side:?} {:?}", one.visited);
        assert!(one.visited.levels() <= MOST_LEVELS && one.visited.pools <= POOLS as u32, "{:?}", one.visited);
        assert!(one.visited.checkpoints <= 3, "{:?}", one.visited);
    }
}

/// Lines that stand close together: blocks join from their sums, with pools among their lines, and what each member has is what
/// the list says.
fn dense_history(rng: &mut Rng) -> Visited {
    let mut one = OneSide::new(if rng.one_in(2) { Side::Long } else { Side::Short });
    let mut all = Visited::default();
    for _ in 0..rng.within(6, 14) {
        for _ in 0..rng.within(5, 60) {
            one.open(1_000 + rng.magnitude(30), MARK / 10_000 * rng.within(10, 9_000));
        }
        one.reprice(rng.within(900, 1_110));
        let h = if rng.one_in(2) { u128::from(MARK / 10_000 * rng.within(1, 4_000)) } else { 0 };
        let q = one.solvent_lots() / rng.within(1, 6) + rng.within(0, 3);
        one.deleverage(q, h, u32::MAX);
        if one.tied {
            return all;
        }
        one.check();
        all.add(&one.visited);
        (0..rng.within(0, 20)).for_each(|_| one.touch_any(rng));
    }
    while !one.is_empty() {
        one.touch_any(rng);
    }
    one.check_empty();
    all
}

#[test]
fn blocks_join_from_their_sums_as_their_lines_would() {
    let found = play(200, dense_history);
    let mut all = Visited::default();
    found.iter().for_each(|visited| all.add(visited));
    println!("{all:?}");
    assert!(
        all.blocks > 1_000 && all.buckets > 1_000 && all.pools > 1_000,
        "the histories walk blocks, lines and pools"
    );
}

/// Lines join only a pool that the same walk covers: whoever stands in one further out never grows.
#[test]
fn lines_join_no_pool_the_walk_does_not_reach() {
    let mut one = OneSide::new(Side::Long);
    let far = one.open(1_000_000, MARK / 2);
    let farther = one.open(1_000_000, MARK / 2 + MARK / 100);
    assert_eq!(one.deleverage(900_000, 0, u32::MAX), 900_000);
    let (before, other) = (one.lots(far), one.lots(farther));
    one.open(1_000_000, MARK / 50);
    assert_eq!(one.deleverage(10_000, 0, u32::MAX), 10_000);
    assert_eq!((one.lots(far), one.lots(farther)), (before, other));
    one.check();
}

/// Pools run out, and a touch cures it.
#[test]
fn full_pools_refuse_and_a_touch_cures() {
    let mut one = OneSide::new(Side::Short);
    let mut members = Vec::new();
    for round in 0..POOLS as u64 {
        members.push(one.open(1_000_000 + round, MARK / 70));
        assert_eq!(one.deleverage(100_000, 0, u32::MAX), 100_000, "round {round}");
    }
    members.push(one.open(1_000_000, MARK / 70));
    assert_eq!(one.try_deleverage(100_000, 0, u32::MAX), Err(Error::RecordsFull));
    one.touch(members[0]);
    assert_eq!(one.deleverage(100_000, 0, u32::MAX), 100_000);
    one.check();
}

/// Checkpoints run out, a touch cures it, and finding one's own takes at most 32 steps.
#[test]
fn full_checkpoints_refuse_and_a_touch_cures() {
    let mut one = OneSide::new(Side::Short);
    let h = u128::from(MARK / 40);
    let thin = |one: &mut OneSide, round: u64| one.open(1_000, MARK / 80 - MARK / 40_000 * round);
    let mut members = Vec::new();
    for round in 0..CHECKPOINTS as u64 {
        members.push(thin(&mut one, round));
        assert_eq!(one.deleverage(1_000, h, u32::MAX), 1_000, "round {round}");
    }
    members.push(thin(&mut one, 0));
    assert_eq!(one.try_deleverage(1_000, h, u32::MAX), Err(Error::RecordsFull));
    let steps = members.iter().filter_map(|who| one.steps_to_checkpoint(*who)).max().unwrap();
    assert!(steps <= 32, "{steps} steps");
    one.touch(members[0]);
    assert_eq!(one.deleverage(1_000, h, u32::MAX), 1_000);
    one.check();
}

/// Without equity, or with less than it would leave, a position closes whole, most levered first.
#[test]
fn a_position_at_zero_closes_and_leaves_nothing() {
    let mut one = OneSide::new(Side::Long);
    let zero = one.open(1_000, 0);
    let thin = one.open(1_000, MARK / 1_000);
    let rich = one.open(1_000, MARK / 2);
    let h = u128::from(MARK / 100);
    assert_eq!(one.deleverage(2_000, h, u32::MAX), 2_000);
    assert_eq!((one.lots(zero), one.lots(thin), one.lots(rich)), (0, 0, 1_000));
    assert!(matches!(one.place(thin), Place::Pool { pool: None, .. }));
    one.check();
}
