//! What time does to a guarded market: funding, the vesting clock, order flow, the average that settles it.

use crate::common::Rng;
use crate::guarded::{first, guarded, paired, Day, START, USD};
use breakwater_engine::breaker::{Findings, Holds};
use breakwater_engine::clearing::error::Error as ClearingError;
use breakwater_engine::clearing::state::{ForcedFlow, MarketBooks, MarketSlot, Stress};
use breakwater_engine::clearing::waterfall::Declared;
use breakwater_engine::permission::PauseBits;
use breakwater_engine::price::Reasons;
use breakwater_engine::source::Observed;
use breakwater_engine::state::{Mark, MarketParams, Pauses};
use breakwater_engine::units::{Bps, Lots, Now, Side};
use breakwater_engine::wide::I128;
use breakwater_engine::{Error, Price};

/// A49: touched at any times, by instructions, by refreshes with bad prices or none, the same funding is paid as at one touch within
/// the gap, whatever became of the mark meanwhile.
#[test]
fn a49_many_small_accruals_pay_what_one_big_one_pays() {
    let mut rng = Rng::seeded(49);
    for _ in 0..200 {
        let mut often = paired(1, 100 * USD, 100 * USD);
        let premium = i128::from(rng.within(1, 2_000_000_000)) * if rng.one_in(2) { 1 } else { -1 };
        often.market_mut(0).funding.premium = I128::new(premium << 32);
        let mut once = often.clone();
        let mut touches = 0;
        let end = often.now.slot + rng.within(100, 8_000);
        while often.now.slot < end {
            let slots = rng.within(1, 400).min(end - often.now.slot);
            often.wait(slots);
            let now = often.now.time;
            match rng.within(0, 3) {
                // An update older than one shown before changes nothing and succeeds (N1); then no word at all.
                0 => {
                    let old = first(10_000, now.min(often.market(0).mark.seen_at - 1));
                    let _ = often.take(0, old);
                }
                1 => {
                    let _ = often.take(0, Observed::default());
                }
                _ => often.accrue(),
            }
            touches += 1;
        }
        once.wait(end - once.now.slot);
        often.accrue();
        once.accrue();
        let index = |day: &Day| day.market(0).sides.map(|side| side.index.get());
        let apart = index(&often)[0] - index(&once)[0];
        // Each decay is rounded toward zero, and halts none.
        assert!(apart.abs() <= touches + 16, "{apart} after {touches} touches");
        assert_eq!(index(&often)[0], index(&often)[1], "long and short indices move alike");
        assert!(index(&once)[0] * premium.signum() <= 0, "who pays is who the premium says");
    }
}

/// The vesting clock against a reference in seconds times speed: it stands while unlocking is stopped, while a shortfall is not
/// insured and while the market is silent, runs slower in stress, and how often anyone looks makes no difference.
#[test]
fn a63_the_vesting_clock_runs_as_fast_as_the_market_lets_it() {
    let mut rng = Rng::seeded(7);
    let (mut stood, mut slowed) = (0u32, 0u32);
    for _ in 0..100 {
        let mut day = paired(1, 100 * USD, 100 * USD);
        let mut other = day.clone();
        let mut expected = 0u64;
        for _ in 0..30 {
            let stopped = rng.one_in(4);
            let stressed = rng.one_in(3);
            let silent = rng.one_in(5);
            for day in [&mut day, &mut other] {
                day.pauses = Pauses::default();
                if stopped {
                    let bit = PauseBits::UNLOCKING;
                    day.pause(Some(0), bit, 1 << 40);
                } else {
                    day.listed[0].pauses = Pauses::default();
                }
                day.stress = Stress { until: if stressed { i64::MAX } else { 0 }, ..day.stress };
                // What the source said last; `quality` is what a refresh writes down.
                day.market_mut(0).mark.quality = if silent { 0 } else { 2 };
                day.accrue();
            }
            let slots = rng.within(1, 2_000);
            let before = day.now.time;
            let pieces = rng.within(1, 6);
            (0..pieces).for_each(|_| day.wait(slots).accrue());
            other.wait(slots * pieces).accrue();
            let passed = u64::try_from(day.now.time - before).unwrap();
            expected += if stopped || silent { 0 } else { passed * if stressed { 8_000 } else { 10_000 } };
            (stood, slowed) = (stood + u32::from(stopped || silent), slowed + u32::from(stressed));
        }
        let clock = |day: &Day| (day.market(0).vesting_clock, day.market(0).standing.vesting_carried);
        assert_eq!(clock(&day), clock(&other));
        let (seconds, carried) = clock(&day);
        assert_eq!(u64::try_from(seconds).unwrap() * 10_000 + carried, expected);
    }
    assert!(stood > 500 && slowed > 500, "{stood} {slowed}");
}

/// The clock stands over a shortfall that nothing insures, from the mark at which it appeared.
#[test]
fn the_vesting_clock_stands_over_an_uninsured_shortfall() {
    let mut day = Day::new(&[MarketParams { jump_per_slot: Bps(9_000), ..guarded() }]);
    day.deposit("alice", 6 * USD);
    day.deposit("bob", 100 * USD);
    day.pass_lots(0, ["alice", "bob"], 100 * USD).unwrap();
    let _ = day.wait(50).print(0, 10_000);
    let before = day.market(0).vesting_clock;
    assert_eq!(before, 20);
    let report = day.wait(50).print(0, 9_000);
    assert_eq!((report.uninsured, report.tripped.contains(Reasons::UNINSURED)), (Some(true), true));
    assert!(day.market(0).sides[1].event.rate.get() > 0, "shorts that leave now leave h behind");
    day.wait(100).accrue();
    assert_eq!(day.market(0).vesting_clock, before + 20, "up to the mark, and no further");
}

/// Lots forced out within the last window count, those of two windows ago do not, and in between each counts for less as it gets
/// older; against a list of them.
#[test]
fn order_flow_counts_the_lots_of_a_window() {
    let mut rng = Rng::seeded(3);
    for _ in 0..200 {
        let mut market = paired(1, 100 * USD, 100 * USD).listed.remove(0).market;
        let window = market.guards.flow_window_seconds;
        let mut now = Now { slot: 0, time: START.time };
        let mut past: Vec<(i64, u64)> = Vec::new();
        for _ in 0..60 {
            now.time += i64::try_from(rng.within(0, window / 3)).unwrap();
            let lots = rng.within(0, 1_000);
            let mut slot = MarketSlot { fees_paid: Lots(u64::MAX), ..MarketSlot::default() };
            market.note_forced(&mut slot, Lots(lots), now).unwrap();
            past.push((now.time, lots));
            let within =
                |seconds: i64| past.iter().filter(|(at, _)| now.time - at < seconds).map(|(_, lots)| lots).sum::<u64>();
            let counted = market.forced.counted(window, now).unwrap().0;
            let window = i64::try_from(window).unwrap();
            assert!(counted <= within(2 * window), "{counted}");
            assert!(counted >= lots, "what was just forced counts whole");
            let later = Now { time: now.time + 2 * window, ..now };
            assert_eq!(market.forced.counted(window.unsigned_abs(), later).unwrap(), Lots(0));
        }
    }
}

/// Order flow that costs nothing guards nothing: lots taken over or bought count no second time, nor do those whose fees nobody paid.
#[test]
fn a68_lots_count_as_order_flow_once_their_opening_fees_are_paid() {
    let mut market = paired(1, 100 * USD, 100 * USD).listed.remove(0).market;
    let now = Now { slot: 0, time: START.time };
    let mut slot = MarketSlot::default();
    slot.note_opened(Lots(0), Lots(0)).unwrap();
    market.note_forced(&mut slot, Lots(100), now).unwrap();
    assert_eq!(market.forced.lots, Lots(0), "taken over without a fee");
    slot.note_opened(Lots(0), Lots(60)).unwrap();
    market.note_forced(&mut slot, Lots(100), now).unwrap();
    assert_eq!((market.forced.lots, slot.fees_paid), (Lots(60), Lots(0)));
    // Closed and taken over again: what was paid for lots that are gone says nothing about these.
    slot.note_opened(Lots(0), Lots(50)).unwrap();
    slot.note_opened(Lots(0), Lots(0)).unwrap();
    market.note_forced(&mut slot, Lots(100), now).unwrap();
    assert_eq!(market.forced.lots, Lots(60));
    let flow = ForcedFlow { since: now.time, lots: Lots(100), before: Lots(0), interest: Lots(1_000) };
    let guards = |flow: ForcedFlow| MarketBooks { forced: flow, ..market }.is_flow_forced(now).unwrap();
    let share = u64::from(market.guards.flow_guard.0);
    let bound = Lots(market.open_interest().unwrap().0 * share / 10_000);
    assert!(!guards(ForcedFlow { lots: bound, ..flow }) && guards(ForcedFlow { lots: Lots(bound.0 + 1), ..flow }));
}

/// A trade's opening pays a fee and a take-over none; a declaration counts what was paid for.
#[test]
fn a68_fees_paid_follow_the_lots_of_trades_and_declarations() {
    let mut day = Day::new(&[MarketParams { jump_per_slot: Bps(9_000), ..guarded() }]);
    for (who, money) in [("alice", 7), ("bob", 1_000), ("carol", 7)] {
        day.deposit(who, money * USD);
    }
    day.trade(0, ["alice", "bob"], 50 * USD).unwrap();
    day.pass_lots(0, ["alice", "bob"], 50 * USD).unwrap();
    day.pass_lots(0, ["carol", "bob"], 100 * USD).unwrap();
    assert_eq!(day.accounts["alice"].slot(0).unwrap().fees_paid, Lots(50 * USD));
    for _ in 0..4 {
        let _ = day.wait(10).print(0, 9_000);
        ["alice", "carol"].into_iter().for_each(|who| day.sync(who));
    }
    assert!(matches!(day.declare("carol").unwrap(), Declared::Done { .. }));
    assert_eq!(day.market(0).forced.lots, Lots(0));
    assert!(matches!(day.declare("alice").unwrap(), Declared::Done { .. }));
    assert_eq!(day.market(0).forced.lots, Lots(50 * USD));
}

/// A56: the average against one that keeps every mark and the time it stood, in floating point: between the marks, as far from each
/// as time says.
#[test]
fn a56_the_settlement_price_is_a_time_weighted_average_of_accepted_marks() {
    let mut rng = Rng::seeded(56);
    for _ in 0..50 {
        let mut day = Day::new(&[MarketParams { jump_per_slot: Bps(9_000), ..guarded() }]);
        let (window, longest) = (1_800.0, 60.0);
        let (mut average, mut last) = (1e12, (1e12, START.time));
        let (mut low, mut high) = (1e12_f64, 1e12_f64);
        for _ in 0..rng.within(1, 120) {
            let cents = rng.within(9_000, 11_000);
            let report = day.wait(rng.within(1, 400)).print(0, cents as i64);
            if !report.accepted {
                continue;
            }
            let stood = ((day.now.time - last.1) as f64).clamp(0.0, longest);
            average = (average * window + last.0 * stood) / (window + stood);
            last = (cents as f64 * 1e8, day.now.time);
            (low, high) = (low.min(last.0), high.max(last.0));
        }
        let expected = (average * window + last.0 * longest) / (window + longest);
        let settled = day.market(0).settlement_price().unwrap().0 as f64;
        assert!((settled / expected - 1.0).abs() < 1e-9, "{settled} {expected}");
        assert!(settled >= low - 1.0 && settled <= high + 1.0);
    }
}

/// A56: one print before the source dies, of whatever quality, moves the settlement by its minute and no more; showing it again and
/// again, or waiting, adds nothing.
#[test]
fn a56_one_print_does_not_settle_a_market() {
    let mut day = Day::new(&[MarketParams { jump_per_slot: Bps(9_000), divergence_usable: Bps(90_000), ..guarded() }]);
    day.deposit("alice", 30 * USD);
    day.deposit("bob", 100 * USD);
    day.pass_lots(0, ["alice", "bob"], 100 * USD).unwrap();
    (0..60).for_each(|_| day.wait(100).print_all(10_000));
    let report = day.wait(5).print(0, 5_000);
    assert!(report.accepted);
    let said = first(5_000, day.now.time);
    for _ in 0..50 {
        let _ = day.wait(1).take(0, said);
    }
    let settled = |day: &mut Day| day.bare(0, |market, exchange, now| market.settle_at_average(exchange, now));
    assert_eq!(settled(&mut day.clone()), Err(Error::SettleTooEarly));
    day.wait(7 * 86_400 * 5 / 2 + 200);
    let price = settled(&mut day).unwrap();
    // Half the price for 60 of 1,860 seconds.
    let expected = 1_000_000_000_000 - 500_000_000_000u64 * 60 / 1_860;
    assert!(price.0.abs_diff(expected) < 100_000_000, "{price:?}");
    assert_eq!(settled(&mut day), Err(Error::MarketSettled));
    assert_eq!((day.market(0).mark.price, day.market(0).mark.ema), (price, price));
    // The market empties at it, whoever comes first.
    for who in ["bob", "alice"] {
        day.settle_position(0, who).unwrap();
    }
    assert_eq!(day.market(0).open_interest().unwrap(), Lots(0));
    assert_eq!(day.settle_position(0, "bob"), Err(ClearingError::NoPosition));
    day.check();
}

/// A market that is silent for good when it is settled comes back: its last mark is final, and everybody can be valued again.
#[test]
fn a56_a_silent_market_ends_when_it_is_settled() {
    let mut day = paired(1, 100 * USD, 100 * USD);
    let report = day.wait(400).take(0, Observed::default());
    assert!(report.silent);
    day.wait(7 * 86_400 * 5 / 2 + 200);
    day.bare(0, |market, exchange, now| market.settle_at_average(exchange, now)).unwrap();
    assert!(day.market(0).is_usable() && day.market(0).silent_since == 0);
    assert_eq!(day.market(0).standing.sale_stopped_since, 0);
    for who in ["alice", "bob"] {
        day.settle_position(0, who).unwrap();
    }
    assert_eq!(day.market(0).open_interest().unwrap(), Lots(0));
}

/// An event does not end on marks accepted while nothing could be valued.
#[test]
fn a81_an_event_does_not_end_at_marks_at_which_nothing_is_valued() {
    let mut day = Day::new(&[MarketParams { jump_per_slot: Bps(9_000), ..guarded() }]);
    day.deposit("alice", 6 * USD);
    day.deposit("bob", 100 * USD);
    day.pass_lots(0, ["alice", "bob"], 100 * USD).unwrap();
    let _ = day.wait(20).print(0, 9_000);
    assert_eq!(day.market(0).sides[1].event.alive, 1);
    day.pause(Some(0), PauseBits::FREEZE, 1_000);
    (0..20).for_each(|_| day.wait(10).print_all(10_000));
    assert_eq!((day.market(0).sides[1].event.alive, day.market(0).sides[1].event.zero_since), (1, 0));
    day.listed[0].pauses = Pauses::default();
    (0..2).for_each(|_| day.wait(10).print_all(10_000));
    assert_eq!(day.market(0).sides[1].event.alive, 0, "two marks, the confirmation apart");
}

/// While lines are moved nobody knows what is under water: h, events and the breaker's reasons stay as they were.
#[test]
fn a81_a_grid_migration_hides_the_ladder_and_changes_nothing_else() {
    let mut day = paired(1, 100 * USD, 100 * USD);
    let _ = day.wait(10).print(0, 10_000);
    day.market_mut(0).breaker.as_mut().observe(
        Findings::default().about(Reasons::GAUGE, true),
        Holds { halt: 15, guard: 300 },
        START,
    );
    day.market_mut(0).grid.cursor = 1;
    let before = day.market(0).sides.map(|side| side.event);
    let report = day.wait(10).print(0, 9_000);
    assert_eq!((report.accepted, report.gauge, report.uninsured), (true, None, None));
    assert!(report.tripped.contains(Reasons::GAUGE), "what is not known does not clear");
    for side in Side::BOTH {
        let event = &day.market(0).side(side).event;
        assert_eq!((event.rate, event.alive), (side.of(before).rate, side.of(before).alive));
    }
}

/// Marks of before another accepted one are what the average is of: refused prices never enter it.
#[test]
fn refused_prices_never_enter_the_average() {
    let mut day = paired(1, 100 * USD, 100 * USD);
    (0..10).for_each(|_| day.wait(50).print_all(10_000));
    let before: (Price, Mark) = (day.market(0).average, day.market(0).mark);
    let report = day.wait(3).print(0, 2_000);
    assert!(!report.accepted && report.reasons.contains(Reasons::JUMP));
    assert_eq!((day.market(0).average, day.market(0).mark.price), (before.0, before.1.price));
    assert_eq!(day.market(0).settlement_price().unwrap(), before.1.price);
}
