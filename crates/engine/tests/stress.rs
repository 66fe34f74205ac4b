//! What the stance of a market does to money: margins, fees, insurance's share, and the unlocking of profit.
#![allow(
    dead_code,
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
#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::health;
use breakwater_engine::market::{STOPS_FUNDING, STOPS_UNLOCKING, UNCOVERED, UNKNOWN};
use breakwater_engine::phase::{Phase, Signs};
use breakwater_engine::state::{MarketBooks, MarketParams, MarketSlot, Stance};
use breakwater_engine::units::Now;
use breakwater_engine::vesting;
use breakwater_engine::{Atoms, Bps, Cash, Error, Side};
use common::Rng;
use scene::M;
use world::{usd, World};

const WHOLE: Bps = Bps(10_000);
const HOUR: i64 = 3_600;
const CALM: Signs = Signs { gauge: Some(Bps(0)), volatility: WHOLE, uninsured: false, tripped: false };
const TRIPPED: Signs = Signs { tripped: true, ..CALM };
/// In the last two time stands for unlocking.
const STOPS: [u64; 4] = [STOPS_FUNDING, UNKNOWN, STOPS_UNLOCKING, UNCOVERED];

/// Guards on, no cover to wait for; a gauge that two positions alone do not set off.
fn guarded() -> MarketParams {
    MarketParams { gauge_distance: Bps(1), ..MarketParams::standard() }
}

/// A world of one market and some accounts with money.
fn world(params: MarketParams, accounts: usize) -> World {
    let mut world = World::new(&[params], accounts);
    for who in 0..accounts {
        world.deposit(who, 1_000_000 * M).unwrap();
    }
    world
}

/// Puts the market in a stance that stands until the next refresh.
fn stand(world: &mut World, signs: &Signs) {
    let now = world.now;
    world.markets[0].market.take_stance(signs, now).unwrap();
}

/// A volatile hour on real marks: initial margin at once, maintenance slowly; calm, and both come back.
#[test]
fn a_volatile_hour() {
    let mut world = world(guarded(), 0);
    let mut seen = Vec::new();
    for minute in 0..60 {
        world.pass(150, 60);
        // 1 % a minute is 7.7 % an hour against a normal 1 %.
        world.refresh(0, usd(if minute % 2 == 0 { 101.0 } else { 100.0 })).map(drop).unwrap();
        let multiples = world.market(0).multiples();
        seen.push((multiples.initial.0, multiples.maintenance.0, world.market(0).phase()));
    }
    assert!(seen[1].0 > 13_000 && seen[1].1 < 10_100, "{:?}", seen[1]);
    assert_eq!(seen[59].0, 25_000, "twice for volatility, 1.25 for stress");
    assert_eq!(seen[59].2, Phase::Stressed);
    assert!((12_300..=12_500).contains(&seen[59].1), "an hour of 2,500: {:?}", seen[59]);
    let mut phases = Vec::new();
    for _ in 0..12 * 60 {
        world.pass(150, 60);
        world.refresh(0, usd(100.0)).map(drop).unwrap();
        phases.push(world.market(0).phase());
    }
    phases.dedup();
    assert_eq!(phases, [Phase::Stressed, Phase::Recovery, Phase::Normal]);
    let multiples = world.market(0).multiples();
    assert_eq!((multiples.initial, multiples.maintenance), (WHOLE, WHOLE));
}

/// Opening asks for initial margin as volatility and phase multiply it, at once; what was enough before is refused.
#[test]
fn f18_opening_asks_for_the_multiplied_initial_margin() {
    let params = MarketParams { taker_fee: Bps(0), maker_fee: Bps(0), funding_rate_max: Bps(0), ..guarded() };
    // 100 USD at 5 %, and at 5 % * 1.6 * 1.25.
    for (signs, needed) in [(CALM, 5_000_000u64), (Signs { volatility: Bps(16_000), ..TRIPPED }, 10_000_000)] {
        for (margin, expected) in [(needed + 2, Ok(())), (needed - 2, Err(Error::InsufficientMargin))] {
            let mut world = World::new(&[params], 2);
            world.deposit(0, margin).unwrap();
            world.deposit(1, 1_000 * M).unwrap();
            stand(&mut world, &signs);
            let opened = world.attempt(|world| world.open([0, 1], 0, 100 * M, [0, 100 * M]).map(|_| ()));
            assert_eq!(opened, expected, "{margin} of {needed}");
        }
    }
}

/// Unrealised profit counts towards initial margin by half and not more; it opens only so much, and none of it leaves.
#[test]
fn f1_unrealised_profit_counts_only_up_to_its_haircut() {
    let params = MarketParams { taker_fee: Bps(0), maker_fee: Bps(0), funding_rate_max: Bps(0), ..guarded() };
    let mut world = World::new(&[params], 3);
    world.deposit(0, 100 * M).unwrap();
    world.deposit(1, 100_000 * M).unwrap();
    let _ = world.open([0, 1], 0, 1_000 * M, [100 * M, 1_000 * M]).unwrap();
    world.reprice(0, usd(110.0));
    let slot = *world.accounts[0].slot(0).unwrap();
    let standing = world.view(0).standing(&slot).unwrap();
    // 100 paid in and a profit of 100.
    let but_for_an_atom = |cash: Cash, whole: u64| (whole - 1..=whole).contains(&(cash.atoms_floor() as u64));
    assert!(but_for_an_atom(standing.equity, 200 * M), "{standing:?}");
    assert!(but_for_an_atom(standing.initial_equity, 150 * M), "{standing:?}");
    // Only paid-in margin can be asked for, and none of it where the half that counts does not reach.
    assert_eq!(world.attempt(|world| world.take_margin(0, 0, 100 * M + 1)), Err(Error::InsufficientPaidIn));
    assert_eq!(world.attempt(|world| world.withdraw(0, 1)), Err(Error::InsufficientFreeCash));
    stand(&mut world, &Signs { volatility: Bps(20_000), ..CALM });
    // 1,100 USD at 5 % * 2 * 1.25 (volatility alone is stress): 137.5 of 150.
    assert_eq!(world.attempt(|world| world.take_margin(0, 0, 20 * M)), Err(Error::InsufficientMargin));
    assert_eq!(world.attempt(|world| world.take_margin(0, 0, 12 * M)), Ok(()));
    let more = |world: &mut World| world.open([0, 1], 0, 100 * M, [0, 1_000 * M]).map(|_| ());
    assert_eq!(world.attempt(more), Err(Error::InsufficientMargin), "another 100 lots would need 13.75 more");
    // What does not count at all still keeps it out of distress.
    world.markets[0].market.params.profit_counts = Bps(0);
    let health = health::cross(&world.accounts[0], world.views().into_iter(), world.now).unwrap();
    assert!(!health.is_initial() && !health.is_distressed());
    assert!(but_for_an_atom(health.initial_equity, 100 * M), "{health:?}");
}

/// Nobody is put in distress by a parameter overnight: whatever volatility and phase say and whoever refreshes when, an account
/// whose equity is more than its maintenance by what the rate allows is not in distress.
#[test]
fn a_parameter_never_liquidates_anyone_overnight() {
    let mut rng = Rng::seeded(31);
    for _ in 0..40 {
        let mut world = world(guarded(), 2);
        let lots = rng.within(100, 100_000) * M;
        let _ = world.open([0, 1], 0, lots, [lots / 4, lots / 4]).unwrap();
        let _ = world.withdraw(0, world.accounts[0].free.0);
        let base = world.market(0).maintenance_of(breakwater_engine::Lots(lots)).unwrap().0;
        let (start, night) = (world.now.time, rng.within(1, 8) as i64 * HOUR);
        while world.now.time < start + night {
            world.pass(1, rng.magnitude(12) as i64 + 1);
            let signs = Signs { volatility: Bps(rng.within(10_000, 20_000) as u32), tripped: rng.one_in(2), ..CALM };
            stand(&mut world, &signs);
            let hours = (world.now.time - start) as u64 * 2_500;
            let bound = base + (base * hours.div_ceil(3_600)).div_ceil(10_000);
            let required = world.market(0).maintenance_of(breakwater_engine::Lots(lots)).unwrap().0;
            assert!(required <= bound, "{required} of {bound} after {} s", world.now.time - start);
            let slot = *world.accounts[0].slot(0).unwrap();
            let standing = world.view(0).standing(&slot).unwrap();
            assert_eq!(standing.maintenance.0, required);
            assert!(standing.equity.atoms_floor() <= i128::from(bound) || standing.is_maintained());
        }
        // A whole night of it did raise maintenance.
        assert!(world.market(0).multiples().maintenance > WHOLE);
    }
}

/// A liquidation in a stressed market restores the multiplied maintenance and its buffer: no more is sold than that asks for,
/// and no less.
#[test]
fn a_liquidation_restores_the_multiplied_maintenance() {
    let params = MarketParams { slice: WHOLE, penalty: Bps(0), discount_depth: Bps(0), ..guarded() };
    let mut world = world(params, 3);
    let lots = 10_000 * M;
    let _ = world.open([0, 1], 0, lots, [900 * M, 5_000 * M]).unwrap();
    let free = world.accounts[0].free.0;
    world.withdraw(0, free).unwrap();
    world.reprice(0, usd(95.0));
    // Ten hours within few slots: a refresh would see that the market is calm.
    for _ in 0..100 {
        world.pass(1, 360);
        stand(&mut world, &Signs { volatility: Bps(20_000), ..TRIPPED });
    }
    assert_eq!(world.market(0).multiples().maintenance, Bps(25_000));
    // 9,500 USD: 285 by the brackets, 712.5 multiplied; equity about 400.
    let report = world.liquidate(0, 0, 2, 0).unwrap();
    assert!(!report.lots.is_zero() && report.lots.0 < lots);
    let health = health::cross(&world.accounts[0], world.views().into_iter(), world.now).unwrap();
    let target = i128::from(health.maintenance.0) * 11_000 / 10_000;
    let short_of = health.equity.atoms_floor() - target;
    // Within a few lots' worth and the basis point the factor is rounded by.
    assert!((-10..=i128::from(M)).contains(&short_of), "{short_of} from {target}");
}

fn tiers(world: &World) -> [u64; 3] {
    let market = world.market(0);
    [market.fees.0, market.insurance_due.0, market.unfunded.0]
}

/// Fees by phase: 5 and 2 bps of 10,000 USD, times one, 1.5 and 1.25, a fifth, three fifths and two fifths to insurance.
#[test]
fn fees_and_their_share_follow_the_phase() {
    let rows = [
        (Phase::Normal, [5_000_000, 2_000_000], 1_400_000),
        (Phase::Stressed, [7_500_000, 3_000_000], 6_300_000),
        (Phase::Recovery, [6_250_000, 2_500_000], 3_500_000),
    ];
    for (phase, [taker, maker], insurance) in rows {
        let mut world = world(guarded(), 2);
        world.markets[0].market.stance.phase = phase.number();
        let earned = world.market(0).cover.earned.0;
        let report = world.open([0, 1], 0, 10_000 * M, [2_000 * M, 2_000 * M]).unwrap();
        assert_eq!((report.taker_fee.0, report.maker_fees.0), (taker, maker), "{phase:?}");
        assert_eq!(tiers(&world), [taker + maker - insurance, insurance, 0], "{phase:?}");
        assert_eq!(world.market(0).cover.earned.0 - earned, taker + maker, "earned as before");
    }
}

/// Rounded up once, and insurance's part up as well; a debt of the market's is served before either.
#[test]
fn fees_round_up_once_and_serve_debts_first() {
    let mut world = world(guarded(), 2);
    world.markets[0].market.stance.phase = Phase::Stressed.number();
    // 1,000,001 lots at 100: 1,000,001 atoms. 7.5 bps: 750.00075. 3 bps: 300.0003.
    let report = world.open([0, 1], 0, M + 1, [M, M]).unwrap();
    assert_eq!((report.taker_fee.0, report.maker_fees.0), (751, 301));
    // 60 % of each, up.
    assert_eq!(tiers(&world), [1_052 - 451 - 181, 451 + 181, 0]);
    world.markets[0].market.unfunded = Atoms(500);
    let report = world.trade([0, 1], 0, Side::Long, M, world.mark(0)).unwrap();
    assert_eq!((report.taker_fee.0, report.maker_fees.0), (750, 300));
    // The maker's 300 and 200 of the taker's serve the debt; 550 are left.
    assert_eq!(tiers(&world), [1_052 - 632 + 220, 632 + 330, 0]);
}

/// A market in which profit vests, and the exact reference of its clock: 1e-4 seconds that count.
struct DistressClock {
    market: Box<MarketBooks>,
    slot: MarketSlot,
    now: i64,
    counted: i128,
}

const START: i64 = 1_000_000;

impl DistressClock {
    fn new(params: MarketParams, profit: u64) -> DistressClock {
        let stance = Stance { moved_at: START, ..Stance::default() };
        let mut market = Box::new(MarketBooks { params, stance, ..MarketBooks::default() });
        market.vesting.index = 1 << 63;
        let mut slot = MarketSlot::default();
        market.book_in(Atoms(profit)).unwrap();
        vesting::add(&mut market, &mut slot, Atoms(profit), Now { slot: 0, time: START }).unwrap();
        DistressClock { market, slot, now: START, counted: 0 }
    }

    /// Time passes; what of it counts is the speed of the phase it passes in, and nothing while profit may not unlock.
    fn pass(&mut self, seconds: i64) {
        let margin = i128::from(self.market.phase().measures(&self.market.params).margin.0);
        self.now += seconds;
        if self.market.stopped & (STOPS_UNLOCKING | UNCOVERED) == 0 {
            self.counted += i128::from(seconds) * (100_000_000 / margin);
        }
    }

    /// What stops unlocking comes or goes: found by provisions, or a pause.
    fn stop(&mut self, stopped: u64) {
        self.market.set_stopped(stopped, Now { slot: 0, time: self.now }).unwrap();
    }

    fn look(&mut self, signs: &Signs) {
        self.market.take_stance(signs, Now { slot: 0, time: self.now }).unwrap();
    }

    fn touch(&mut self) -> u64 {
        let now = Now { slot: 0, time: self.now };
        vesting::unlock(&mut self.market, &mut self.slot, now).unwrap().0
    }
}

/// The clock profit unlocks by is exactly the time that counts, to the second rounded down, whatever the schedule of refreshes
/// and of stops; it never goes back and never runs ahead of the clock.
#[test]
fn stress_slows_the_unlocking_exactly_and_a_stop_holds_it() {
    let mut rng = Rng::seeded(41);
    for _ in 0..200 {
        let margin = Bps(rng.within(10_000, 25_000) as u32);
        let mut clock = DistressClock::new(MarketParams { stress_margin: margin, ..guarded() }, 1);
        let mut last = START;
        for _ in 0..200 {
            clock.pass(rng.magnitude(13) as i64);
            let time = clock.market.unlock_time(Now { slot: 0, time: clock.now }).unwrap();
            assert_eq!(i128::from(time), (i128::from(START) * 10_000 + clock.counted).div_euclid(10_000));
            assert!(last <= time && time <= clock.now);
            last = time;
            if rng.one_in(3) {
                clock.stop(STOPS[rng.within(0, 3) as usize]);
            }
            if rng.one_in(2) {
                clock.look(if rng.one_in(4) { &TRIPPED } else { &CALM });
            }
        }
    }
}

/// Nothing is lost and nothing comes early: however often an account is touched, what has unlocked is never more than the time
/// that counted allows nor than without stress, and when that time is over all of it has.
#[test]
fn nothing_is_lost_and_nothing_comes_early() {
    let mut rng = Rng::seeded(42);
    for _ in 0..300 {
        let profit = rng.magnitude(40) + 1;
        let mut clock = DistressClock::new(guarded(), profit);
        let whole = i128::from(clock.market.params.profit_vesting_seconds) * 10_000;
        let (mut unlocked, mut slowed) = (0u64, false);
        let touches = rng.within(1, 4);
        loop {
            clock.pass(rng.magnitude(14) as i64 + 1);
            if rng.one_in(touches) {
                unlocked += clock.touch();
            }
            let linear = i128::from(profit) * clock.counted.min(whole) / whole;
            assert!(i128::from(unlocked) <= linear, "{unlocked} of {linear}");
            let passed = i128::from(clock.now - START) * 10_000;
            assert!(clock.counted <= passed && linear <= i128::from(profit) * passed.min(whole) / whole);
            assert_eq!(clock.slot.vesting.total().unwrap().0 + unlocked, profit);
            slowed |= clock.market.phase() != Phase::Normal;
            if clock.counted >= whole + 10_000 {
                break;
            }
            clock.look(if rng.one_in(5) { &TRIPPED } else { &CALM });
            clock.stop(if rng.one_in(4) { UNCOVERED } else { 0 });
        }
        clock.stop(0);
        unlocked += clock.touch();
        assert_eq!((unlocked, clock.slot.vesting.total().unwrap().0, clock.market.vesting.total.0), (profit, 0, 0));
        assert!(slowed || clock.now - START >= 86_400);
    }
}

/// A day's profit in a market stressed throughout takes a day and a quarter: neither earlier nor later, and touching it in
/// the worst moment loses nothing.
#[test]
fn a_stressed_day_takes_a_quarter_longer() {
    for touched in [false, true] {
        let mut clock = DistressClock::new(guarded(), 86_400 * 1_000);
        clock.look(&TRIPPED);
        let mut unlocked = 0;
        for minute in 1..=1_800 {
            clock.pass(60);
            clock.look(&TRIPPED);
            if touched {
                unlocked += clock.touch();
            }
            if minute == 1_799 {
                unlocked += clock.touch();
                assert!(unlocked < 86_400 * 1_000);
            }
        }
        assert_eq!(unlocked + clock.touch(), 86_400 * 1_000, "{touched}");
    }
}

/// A minute in which nothing unlocks costs a minute, also where a stranger touches the account in it: he cannot push back what
/// had been waited for.
#[test]
fn a_stop_takes_no_more_than_its_own_time() {
    for touched in [false, true] {
        let mut clock = DistressClock::new(guarded(), 86_400 * 1_000);
        clock.pass(43_200);
        clock.stop(UNCOVERED);
        clock.pass(60);
        if touched {
            assert_eq!(clock.touch(), 0, "nothing leaves");
        }
        clock.stop(0);
        assert_eq!(clock.touch(), 43_200 * 1_000, "{touched}");
        clock.pass(43_200);
        assert_eq!(clock.touch(), 43_200 * 1_000, "{touched}");
    }
}

/// Profit added while the clock lags takes its own time from there, on the same clock, and leaves the older part's end
/// alone.
#[test]
fn profit_added_under_stress_keeps_both_ends() {
    let mut clock = DistressClock::new(guarded(), 1_000);
    clock.look(&TRIPPED);
    clock.pass(54_000);
    // Half the day has counted: 43,200 s of 86,400.
    assert_eq!(clock.touch(), 500);
    let now = Now { slot: 0, time: clock.now };
    vesting::add(&mut clock.market, &mut clock.slot, Atoms(500), now).unwrap();
    // 500 with half a day left, 500 with a day, and a quarter longer by the wall.
    clock.pass(43_200 * 5 / 4 - 1);
    assert_eq!(clock.touch(), 499 + 249);
    clock.pass(1);
    assert_eq!(clock.touch(), 1, "the older part's last");
    clock.pass(43_200 * 5 / 4 - 1);
    assert_eq!(clock.touch(), 250);
    clock.pass(1);
    assert_eq!(clock.touch(), 1);
}
