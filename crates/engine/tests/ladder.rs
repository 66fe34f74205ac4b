//! The lazy ladder against the eager one: over random histories every position is where sorting and deleveraging everyone at
//! once would have put it (I7).
//!
//! Dust bound, per position: its lots are rounded down when it is read, each leaver of its pool takes at most one lot more than
//! its own into the residue, and each deleveraging moves at most a lot per group walked (the level is rounded toward fewer lots
//! and the difference trimmed); dust of everyone walked shifts the level, so each also bears his share of theirs. Equity is kept to
//! the 1e-12 atom by every step except joining a pool (measured by a share's value to a part in 2^24 or better); dust lots then
//! gain or lose what the mark moves. `Eager` carries both bounds per position.
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
    reason = "a test that panics has found something; floats only bound dust"
)]

mod common;
#[path = "common/eager.rs"]
mod eager;
#[path = "common/histories.rs"]
mod histories;
#[path = "common/pairs.rs"]
mod pairs;

use breakwater_engine::ladder::walk::WALK_MAX;
use breakwater_engine::Side;
use common::Rng;
use histories::play;
use pairs::Pairs;

fn side(rng: &mut Rng) -> Side {
    Side::BOTH[usize::from(rng.one_in(2))]
}

fn pick(rng: &mut Rng, from: &[usize]) -> Option<usize> {
    (!from.is_empty()).then(|| from[rng.within(0, from.len() as u64 - 1) as usize])
}

fn open(pairs: &mut Pairs, rng: &mut Rng) {
    let lots = 1_000 + rng.magnitude(29);
    let margins = [rng.within(40, 9_000), rng.within(40, 9_000)];
    pairs.open(lots, margins);
}

fn close_some(pairs: &mut Pairs, rng: &mut Rng) {
    let pair = Side::BOTH.map(|side| pick(rng, &pairs.members(side)));
    let [Some(long), Some(short)] = pair else { return };
    let most = pairs.seen(long).lots.min(pairs.seen(short).lots);
    if most > 0 {
        let lots = if rng.one_in(3) { most } else { rng.within(1, most) };
        pairs.close(long, lots);
        pairs.close(short, lots);
    }
}

fn touch(pairs: &mut Pairs, rng: &mut Rng) {
    let side = side(rng);
    if let Some(who) = pick(rng, &pairs.members(side)) {
        let hand = pairs.lift(who);
        pairs.place(who, hand);
    }
}

fn deleverage(pairs: &mut Pairs, rng: &mut Rng) {
    let side = side(rng);
    let all = pairs.market.side(side).lots.0;
    if all == 0 {
        return;
    }
    // Mostly some; at times all there is, which takes the whole solvent side.
    let q = if rng.one_in(25) { all } else { (all / 100 * rng.within(1, 60)).max(1) };
    pairs.deleverage(side, q, WALK_MAX);
}

fn index_move(pairs: &mut Pairs, rng: &mut Rng, drift: i128) {
    let size = i128::from(pairs.mark().0) * i128::from(rng.within(0, 300)) / 10_000;
    if rng.one_in(3) {
        let (side, by) = (side(rng), size / 4);
        pairs.shift(side, side.opposite().signed(by).unwrap(), true);
    } else {
        // Funding: both indices move alike, mostly one way, so that rebases fall due.
        let by = if rng.one_in(4) { -size } else { size } * drift;
        Side::BOTH.into_iter().for_each(|side| pairs.shift(side, by, false));
    }
}

fn history(rng: &mut Rng) -> (u32, u32, f64) {
    let mut pairs = Pairs::new();
    let (operations, mut rebases) = (rng.within(50, 200), 0);
    let drift = if rng.one_in(2) { 1 } else { -1 };
    for _ in 0..3 {
        open(&mut pairs, rng);
    }
    for _ in 0..operations {
        match rng.within(0, 99) {
            0..=29 => open(&mut pairs, rng),
            30..=41 => close_some(&mut pairs, rng),
            42..=53 => index_move(&mut pairs, rng, drift),
            54..=64 => {
                let mark = pairs.mark().0;
                pairs.reprice(mark / 1_000 * rng.within(960, 1_035));
            }
            65..=77 => touch(&mut pairs, rng),
            78..=81 => rebases += u32::from(pairs.rebase(rng)),
            _ => deleverage(&mut pairs, rng),
        }
        pairs.check();
    }
    (pairs.events, rebases, pairs.worst_lots)
}

#[test]
fn lazy_equals_eager() {
    let found = play(2_000, history);
    let events: u32 = found.iter().map(|(events, ..)| events).sum();
    let rebases: u32 = found.iter().map(|(_, rebases, _)| rebases).sum();
    let worst = found.iter().fold(0.0f64, |worst, (.., lots)| worst.max(*lots));
    println!("{} histories, {events} deleveragings, {rebases} rebases, at most {worst:.1} lots off", found.len());
}
