//! Profit vests in two parts; here against a naive list that keeps every addition with a schedule of its own (A52).
#![allow(
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics has found something"
)]

mod common;

use breakwater_engine::market::{STOPS_UNLOCKING, UNCOVERED, UNKNOWN};
use breakwater_engine::phase::Signs;
use breakwater_engine::state::{MarketBooks, MarketParams, MarketSlot, Stance, VestingPart};
use breakwater_engine::units::Now;
use breakwater_engine::{vesting, Atoms, Bps};
use common::Rng;

const START: i64 = 1_000_000;
const DAY: u64 = 86_400;
const USD: u64 = 1_000_000;
const CALM: Signs = Signs { gauge: Some(Bps(0)), volatility: Bps(10_000), uninsured: false, tripped: false };
const TRIPPED: Signs = Signs { tripped: true, ..CALM };

/// An addition by itself.
struct Addition {
    amount: u64,
    since: i64,
    period: u64,
}

/// A slot's vesting profit beside the list of what was added to it. The list counts in parts of an atom, `DAY` to one;
/// periods divide a day, so it is exact.
struct Pair {
    market: Box<MarketBooks>,
    slot: MarketSlot,
    now: Now,
    additions: Vec<Addition>,
    unlocked: u64,
    /// Touches: each may round a part of an atom away for later in either part.
    touches: u64,
}

impl Pair {
    fn new(period: u64) -> Pair {
        let stance = Stance { moved_at: START, ..Stance::default() };
        let params = MarketParams { profit_vesting_seconds: period, ..MarketParams::standard() };
        let mut market = Box::new(MarketBooks { params, stance, ..MarketBooks::default() });
        market.vesting.index = 1 << 63;
        let now = Now { slot: 0, time: START };
        Pair { market, slot: MarketSlot::default(), now, additions: Vec::new(), unlocked: 0, touches: 0 }
    }

    fn time(&self) -> i64 {
        self.market.unlock_time(self.now).unwrap()
    }

    fn pass(&mut self, seconds: u64) {
        self.now.time += seconds as i64;
    }

    fn stop(&mut self, stopped: u64) {
        self.market.set_stopped(stopped, self.now).unwrap();
    }

    fn add(&mut self, amount: u64) {
        let period = self.market.params.profit_vesting_seconds;
        self.market.book_in(Atoms(amount)).unwrap();
        vesting::add(&mut self.market, &mut self.slot, Atoms(amount), self.now).unwrap();
        self.touches += 1;
        if amount > 0 {
            self.additions.push(Addition { amount, since: self.time(), period });
        }
    }

    fn touch(&mut self) {
        self.unlocked += vesting::unlock(&mut self.market, &mut self.slot, self.now).unwrap().0;
        self.touches += 1;
    }

    /// What additions had vested, each alone, `behind` seconds of the market's clock ago.
    fn naive(&self, behind: u64) -> u128 {
        let time = self.time() - behind as i64;
        let vested = |one: &Addition| {
            let passed = u64::try_from(time - one.since).unwrap_or(0).min(one.period);
            u128::from(one.amount) * u128::from(passed) * u128::from(DAY / one.period)
        };
        self.additions.iter().map(vested).sum()
    }

    fn added(&self) -> u64 {
        self.additions.iter().map(|one| one.amount).sum()
    }

    fn check_never_early(&self) {
        let unlocked = u128::from(self.unlocked) * u128::from(DAY);
        assert!(unlocked <= self.naive(0), "{} of {}", unlocked, self.naive(0));
        assert_eq!(self.unlocked + self.slot.vesting.total().unwrap().0, self.added());
        assert_eq!(self.market.vesting.total, self.slot.vesting.total().unwrap());
    }

    /// After a touch that let out what it could.
    fn check_late_by_at_most(&self, behind: u64) {
        let unlocked = u128::from(self.unlocked + 2 * self.touches) * u128::from(DAY);
        assert!(unlocked >= self.naive(behind), "{} of {}", unlocked, self.naive(behind));
    }

    /// An addition of any size, after which the old part is as it was.
    fn add_beside(&mut self, rng: &mut Rng) {
        self.touch();
        let before = self.slot.vesting.old;
        self.add(rng.magnitude(40));
        if !before.amount.is_zero() {
            assert_eq!(self.slot.vesting.old, before, "what was there is not delayed");
        }
    }
}

/// Over random histories of additions, touches, stress and stops: no more is free than every addition's own schedule
/// allows, the old part's end never moves, and no addition is later than its own schedule by more than one vesting
/// period.
#[test]
fn a52_no_profit_vests_early_nor_a_period_late() {
    let mut rng = Rng::seeded(52);
    for _ in 0..300 {
        let period = DAY / [1, 2, 4, 24][rng.within(0, 3) as usize];
        let mut pair = Pair::new(period);
        let (additions, touches) = (rng.within(1, 12), rng.within(1, 6));
        for _ in 0..200 {
            pair.pass(rng.magnitude(14));
            match rng.within(0, 9) {
                0 => pair.stop([STOPS_UNLOCKING, UNCOVERED, UNKNOWN][rng.within(0, 2) as usize]),
                1..=3 => pair.stop(0),
                4 => pair.market.take_stance(&TRIPPED, pair.now).unwrap(),
                5 => pair.market.take_stance(&CALM, pair.now).unwrap(),
                _ => {}
            }
            if rng.one_in(additions) {
                pair.add_beside(&mut rng);
            }
            if rng.one_in(touches) {
                pair.touch();
                if !pair.market.unlock_is_frozen() {
                    pair.check_late_by_at_most(period);
                }
            }
            pair.check_never_early();
        }
        pair.stop(0);
        pair.pass(4 * period);
        pair.touch();
        assert!(pair.slot.vesting.is_empty() && pair.market.vesting.total.is_zero(), "all of it at last");
        assert_eq!(pair.unlocked, pair.added());
    }
}

/// The period itself changes: an addition still never vests before its own schedule, and all of it has within twice the
/// longest.
#[test]
fn a52_a_changed_period_brings_nothing_forward() {
    let mut rng = Rng::seeded(53);
    for _ in 0..200 {
        let mut pair = Pair::new(DAY);
        for _ in 0..100 {
            pair.pass(rng.magnitude(15));
            pair.market.params.profit_vesting_seconds = DAY / [1, 2, 3, 24][rng.within(0, 3) as usize];
            pair.add_beside(&mut rng);
            pair.touch();
            pair.check_never_early();
            let old = pair.additions.iter().filter(|one| one.since + 2 * DAY as i64 <= pair.time());
            assert!(pair.unlocked >= old.map(|one| one.amount).sum());
        }
    }
}

/// A minute's crumbs for ten days: the day's profit is free when its day is over, to the atom, and every crumb within
/// two days.
#[test]
fn a52_crumbs_postpone_nothing_for_ever() {
    let mut pair = Pair::new(DAY);
    pair.add(1_000 * USD);
    for minute in 1..=10 * 1_440 {
        pair.pass(60);
        pair.touch();
        if minute == 1_440 {
            assert!(pair.unlocked >= 1_000 * USD, "{}", pair.unlocked);
        }
        pair.add(100);
        let out = pair.additions.iter().filter(|one| one.since + 2 * DAY as i64 <= pair.time());
        assert!(pair.unlocked >= out.map(|one| one.amount).sum(), "minute {minute}");
        pair.check_never_early();
    }
}

/// Nor do crumbs hurry anything: a large profit beside an old crumb takes its own day (the shape of day 09).
#[test]
fn a52_an_old_end_takes_no_fresh_profit_with_it() {
    let mut pair = Pair::new(DAY);
    pair.add(10_000 * USD);
    pair.pass(DAY - 16_000);
    pair.touch();
    pair.add(100 * USD);
    pair.pass(16_000);
    pair.touch();
    // 100 * 16,000 / 86,400 = 18.518518.518... has vested of it.
    assert_eq!(pair.unlocked, 10_000 * USD + 18_518_518);
    assert_eq!(pair.slot.vesting.old, VestingPart { amount: Atoms(81_481_482), end: START + 2 * DAY as i64 - 16_000 });
    assert_eq!(pair.slot.vesting.new, VestingPart::default());
}

/// While unlocking waits, what has vested is set apart: an addition in between delays none of it and shares in none of
/// it.
#[test]
fn a52_what_waits_for_a_stop_keeps_its_time() {
    for added in [0, 1, 7_000 * USD] {
        let mut pair = Pair::new(DAY);
        pair.add(864 * USD);
        // Time counts while the shortfall is merely not known.
        pair.stop(UNKNOWN);
        pair.pass(43_200);
        pair.touch();
        assert_eq!(pair.unlocked, 0);
        pair.add(added);
        pair.pass(21_600);
        pair.touch();
        assert_eq!(pair.unlocked, 0);
        pair.stop(0);
        pair.touch();
        assert_eq!(pair.unlocked, 648 * USD + added / 4);
        pair.check_never_early();
    }
}

/// A draw takes what has vested, then the old part, then the new: it brings nothing forward.
#[test]
fn g5_a_draw_takes_what_is_free_soonest() {
    let mut pair = Pair::new(DAY);
    pair.add(1_000);
    pair.pass(43_200);
    pair.add(600);
    pair.pass(21_600);
    let draw = |pair: &mut Pair, wanted: u64| {
        let drawn = vesting::draw(&mut pair.market, &mut pair.slot, Atoms(wanted), pair.now).unwrap().0;
        let found = pair.slot.vesting;
        assert_eq!(pair.market.vesting.total, found.total().unwrap());
        (drawn, found.vested.0, found.old.amount.0, found.new.amount.0)
    };
    // 750 of the first and 150 of the second have vested.
    assert_eq!(draw(&mut pair, 0), (0, 900, 250, 450));
    assert_eq!(draw(&mut pair, 800), (800, 100, 250, 450));
    assert_eq!(draw(&mut pair, 200), (200, 0, 150, 450));
    assert_eq!(draw(&mut pair, 151), (151, 0, 449, 0), "new becomes old");
    assert_eq!(pair.slot.vesting.old.end, START + 43_200 + DAY as i64);
    assert_eq!(draw(&mut pair, 1_000), (449, 0, 0, 0));
    assert_eq!(draw(&mut pair, 1_000), (0, 0, 0, 0));
}

/// A haircut takes the same of all parts, what waits for a stop included; all of it, and an epoch ends.
#[test]
fn a_haircut_takes_the_same_of_every_part() {
    let mut pair = Pair::new(DAY);
    pair.add(1_001);
    pair.stop(UNKNOWN);
    pair.pass(43_200);
    pair.add(801);
    assert_eq!(vesting::haircut(&mut pair.market, Atoms(901)).unwrap(), Atoms(901));
    // A half of 500, of 501 and of 801, each rounded down.
    assert_eq!(vesting::worth(&pair.market, &pair.slot).unwrap(), Atoms(250 + 250 + 400));
    assert_eq!(pair.market.vesting.total, Atoms(901));
    pair.touch();
    let found = pair.slot.vesting;
    assert_eq!((found.vested.0, found.old.amount.0, found.new.amount.0), (250, 250, 400));
    assert_eq!(vesting::haircut(&mut pair.market, Atoms(2_000)).unwrap(), Atoms(901));
    assert_eq!(vesting::worth(&pair.market, &pair.slot).unwrap(), Atoms::ZERO);
    // What is added afterwards is of the new epoch.
    pair.add(300);
    let found = pair.slot.vesting;
    assert_eq!((found.vested.0, found.old.amount.0, found.new.amount.0), (0, 300, 0));
    assert_eq!(found.old.end, pair.time() + DAY as i64);
}
