//! Deleveraging at its limits: the infinite level, few lots kept of much equity, the walk's limit, full records, and a cascade
//! whose members nobody touches.
#![allow(
    dead_code,
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

mod common;
#[path = "common/eager.rs"]
mod eager;
#[path = "common/pairs.rs"]
mod pairs;

use breakwater_engine::ladder::walk::WALK_MAX;
use breakwater_engine::ladder::{live, POOLS};
use breakwater_engine::units::PICO_SIGNED;
use breakwater_engine::{Error, Lots, Side};
use common::Rng;
use pairs::Pairs;

const WHOLE: u64 = 1_000_000;
/// Rounding to shares: 2^56 of them for at most 2^60 of equity, some on each of three lines; 1e-12 atom.
const SHARE: i128 = 100;

fn records(pairs: &Pairs, side: Side) -> usize {
    live(pairs.ladder.side(side).live_records).count()
}

fn equity(pairs: &Pairs, who: usize, side: Side) -> i128 {
    let seen = pairs.seen(who);
    seen.cash + side.signed(i128::from(seen.lots) * i128::from(pairs.mark().0)).unwrap()
}

/// `q` takes the whole solvent side: the lots close and the equity becomes cash.
#[test]
fn infinite_level() {
    let mut pairs = Pairs::new();
    let members: Vec<usize> = [300, 1_000, 5_000].map(|bps| pairs.open(WHOLE, [5_000, bps])[1]).to_vec();
    let worth: Vec<i128> = members.iter().map(|who| equity(&pairs, *who, Side::Short)).collect();
    assert_eq!(pairs.deleverage(Side::Short, 3 * WHOLE, WALK_MAX), 3 * WHOLE);
    for (who, worth) in members.iter().zip(worth) {
        let seen = pairs.seen(*who);
        assert_eq!(seen.lots, 0);
        assert!((worth - seen.cash).abs() <= SHARE, "{worth} became {}", seen.cash);
    }
    assert_eq!(pairs.market.open_interest(), Lots::ZERO);
    pairs.check();
}

/// All but seven of 3,000,000 lots close: seven lots carry 630,000 atoms. Three members own 0.3, 1.1 and 5.6 lots of them; what a
/// fraction of a lot is worth stays with its owner.
#[test]
fn few_lots_of_much_equity() {
    let mut pairs = Pairs::new();
    let members: Vec<usize> = [300, 1_000, 5_000].map(|bps| pairs.open(WHOLE, [5_000, bps])[1]).to_vec();
    let worth: Vec<i128> = members.iter().map(|who| equity(&pairs, *who, Side::Short)).collect();
    assert_eq!(pairs.deleverage(Side::Short, 3 * WHOLE - 7, WALK_MAX), 3 * WHOLE - 7);
    let lots: u64 = members.iter().map(|who| pairs.seen(*who).lots).sum();
    assert!((4..=7).contains(&lots), "{lots} lots of seven, one lost at most to each of three");
    for (who, worth) in members.iter().zip(worth) {
        assert!((worth - equity(&pairs, *who, Side::Short)).abs() <= SHARE);
        let (before, hand) = (pairs.seen(*who), pairs.lift(*who));
        assert_eq!(hand.cash, (before.cash + before.spare).div_euclid(PICO_SIGNED), "lifting takes what reading saw");
        pairs.place(*who, hand);
    }
    pairs.check();
}

/// A walk stopped at its limit closes what brings it to the next line and no more; the next call goes on from there.
#[test]
fn walk_limits() {
    let mut pairs = Pairs::new();
    for step in 0..40 {
        pairs.open(WHOLE, [9_000, 300 + 100 * step]);
    }
    let q = 30 * WHOLE;
    let (mut closed, mut calls) = (0, 0);
    while closed < q {
        let now = pairs.deleverage(Side::Short, q - closed, 8);
        assert!(now > 0, "stuck after {calls} calls and {closed} lots");
        closed += now;
        calls += 1;
        pairs.check();
    }
    assert!(calls > 1, "the limit was never reached");
    let lots = pairs.market.side(Side::Short).lots.0;
    assert_eq!(lots, 10 * WHOLE);
}

/// G15: dust positions on hundreds of lines: each deleveraging stays within its limits, and the next goes on.
#[test]
fn g15_dust_on_every_line() {
    let mut pairs = Pairs::new();
    for step in 0..900 {
        pairs.open(1_000, [9_900, 40 + 10 * step]);
    }
    let mut closed = 0;
    for _ in 0..400 {
        let now = pairs.deleverage(Side::Short, 800_000 - closed, 24);
        assert!(now > 0 || closed == 800_000, "stuck at {closed}");
        closed += now;
    }
    assert_eq!(closed, 800_000);
    pairs.check();
}

/// G14: 500 small deleveragings in a row, their members never touched. However many of them a position went
/// through, catching up reads one record and one pool, and records do not run out: each line joins a pool once.
#[test]
fn g14_a_long_cascade() {
    let mut pairs = Pairs::new();
    let members: Vec<usize> = (0..60).map(|step| pairs.open(100 * WHOLE, [9_900, 200 + 150 * step])[1]).collect();
    let mut most = 0;
    for event in 0..500 {
        let mark = pairs.mark().0;
        // The mark wanders by a percent or so, and every event closes a thousandth of the side.
        pairs.reprice(if event % 2 == 0 { mark / 1_000 * 1_008 } else { mark / 1_000 * 993 });
        let q = pairs.market.side(Side::Short).lots.0 / 1_000;
        assert_eq!(pairs.deleverage(Side::Short, q, 24), q, "event {event}");
        most = most.max(records(&pairs, Side::Short));
    }
    pairs.check();
    assert!(most <= 60, "{most} records for sixty lines");
    let pools = live(pairs.ladder.side(Side::Short).live_pools).count();
    assert!(pools <= 60, "{pools} pools");
    for who in members {
        let hand = pairs.lift(who);
        pairs.place(who, hand);
    }
    assert_eq!(records(&pairs, Side::Short), 0);
    pairs.check();
}

/// Each crash takes one fresh line, and nobody touches anything: after 256 records the next is refused, a touch cures it.
#[test]
fn records_full_and_cured() {
    let mut pairs = Pairs::new();
    let mut rng = Rng::of(1);
    let (mut members, mut refused) = (Vec::new(), false);
    for event in 0..POOLS + 1 {
        let [_, short] = pairs.open(WHOLE + rng.within(0, 1_000), [9_900, 150]);
        members.push(short);
        if event == POOLS {
            let q = Lots(WHOLE / 10);
            refused = pairs.books().side_at(Side::Short).unwrap().deleverage(q, WALK_MAX) == Err(Error::RecordsFull);
            break;
        }
        assert_eq!(pairs.deleverage(Side::Short, WHOLE / 10, WALK_MAX), WHOLE / 10, "event {event}");
    }
    assert!(refused);
    let hand = pairs.lift(members[0]);
    pairs.place(members[0], hand);
    assert_eq!(pairs.deleverage(Side::Short, WHOLE / 10, WALK_MAX), WHOLE / 10);
    pairs.check();
}
