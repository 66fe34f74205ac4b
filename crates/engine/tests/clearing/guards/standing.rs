//! What stands still under pauses, halts and freezes, and the stress of an exchange.

use crate::guarded::{first, guarded, paired, Day, START, USD};
use breakwater_engine::breaker::Level;
use breakwater_engine::clearing::guards::update_stress;
use breakwater_engine::clearing::state::{
    Stress, StressParams, STOPS_DRAWING, STOPS_FORCING, STOPS_FUNDING, STOPS_UNLOCKING,
};
use breakwater_engine::clearing::waterfall::Declared;
use breakwater_engine::permission::{permitted, Action, Conditions, PauseBits};
use breakwater_engine::phase::Phase;
use breakwater_engine::price::Quality;
use breakwater_engine::state::MarketParams;
use breakwater_engine::units::Bps;
use breakwater_engine::wide::I128;
use breakwater_engine::Error;

/// Nothing is drawn out of a halted or frozen market for another, and its positions stay their owner's.
#[test]
fn a27_nothing_is_drawn_out_of_a_halted_or_frozen_market() {
    for frozen in [false, true] {
        let mut day = Day::new(&[guarded(), guarded()]);
        day.deposit("alice", 20 * USD);
        day.deposit("bob", 1_000 * USD);
        (0..2).for_each(|index| day.pass_lots(index, ["alice", "bob"], 100 * USD).unwrap());
        if frozen {
            day.pause(Some(1), PauseBits::FREEZE, 3_600);
        } else {
            // A stale word, then a good price: halted for the hold, and not silent.
            let _ = day.wait(100).print(0, 10_000);
            let _ = day.wait(100).print(0, 10_000);
            let _ = day.take(1, first(10_000, START.time + 1));
            let _ = day.wait(5).print(1, 10_000);
            assert!(day.market(1).is_usable() && day.conditions(1).level == Level::Halted);
        }
        let _ = day.wait(1).print(0, 10_000);
        let before = day.market(1).booked;
        let mut fallen = day.clone();
        fallen.market_mut(0).params.jump_per_slot = Bps(9_000);
        let _ = fallen.wait(5).print(0, 8_850);
        fallen.sync("alice");
        assert_eq!(fallen.market(1).booked, before, "frozen: {frozen}");
        assert!(!fallen.market(1).may_be_drawn_on());
        // Nor do its positions go with a declaration.
        let _ = fallen.wait(6).print(0, 7_000);
        (0..3).for_each(|_| {
            let _ = fallen.wait(6).print(0, 7_000);
            let _ = fallen.print(1, 10_000);
            fallen.sync("alice");
        });
        let declared = fallen.declare("alice").unwrap();
        assert!(matches!(declared, Declared::Done { positions: 1, .. }), "{declared:?}");
        assert_eq!(fallen.lots(1, "alice"), 100 * USD as i64);
    }
}

/// What stands still under each pause, written out by hand.
#[test]
fn f21_each_pause_stops_what_it_says() {
    let all = [STOPS_FUNDING, STOPS_UNLOCKING, STOPS_DRAWING, STOPS_FORCING];
    // Funding, unlocking, drawing, forcing; then the sale, then valuation.
    let rows = [
        (PauseBits::DEPOSITS, [true, false, false, true], false, false),
        (PauseBits::WITHDRAWALS, [false; 4], false, false),
        (PauseBits::TRADE_INCREASE, [false; 4], false, false),
        (PauseBits::TRADE_REDUCE, [true, false, false, true], false, false),
        (PauseBits::QUOTING, [false; 4], false, false),
        (PauseBits::LIQUIDATION, [true, false, false, true], true, false),
        (PauseBits::UNLOCKING, [false, true, false, false], false, false),
        (PauseBits::UNSTAKING, [false; 4], false, false),
        (PauseBits::LISTING, [false; 4], false, false),
        (PauseBits::FREEZE, [true; 4], true, true),
    ];
    assert_eq!(rows.iter().fold(0, |bits, row| bits | row.0 .0), PauseBits::ALL.0);
    for (bits, stops, sale, silent) in rows {
        for place in [None, Some(0)] {
            let mut day = paired(1, 100 * USD, 100 * USD);
            let _ = day.wait(1).print(0, 10_000);
            day.pause(place, bits, 30);
            day.accrue();
            let market = day.market(0);
            let stopped = all.map(|bit| market.standing.has(bit));
            assert_eq!(stopped, stops, "{bits:?} {place:?}");
            assert_eq!(market.standing.sale_stopped_since != 0, sale, "{bits:?}");
            assert_eq!(!market.is_usable(), silent, "{bits:?}");
            // It ends by itself.
            let _ = day.wait(80).print(0, 10_000);
            let market = day.market(0);
            let left = all.map(|bit| market.standing.has(bit));
            let waits = stops[0];
            assert_eq!(left, [false, false, false, waits], "{bits:?}: liquidation waits for the grace period");
            assert_eq!((market.standing.sale_stopped_since, market.is_usable()), (0, true), "{bits:?}");
            let _ = day.wait(80).print(0, 10_000);
            assert_eq!(day.market(0).standing.stopped, 0, "{bits:?}");
        }
    }
}

/// F21: for the time of a pause that nobody saw, nobody pays funding.
#[test]
fn f21_a_pause_between_two_touches_costs_no_funding() {
    let paid = |paused: bool| {
        let mut day = paired(1, 100 * USD, 100 * USD);
        let _ = day.wait(1).print(0, 10_000);
        day.market_mut(0).funding.premium = I128::new(100_000_000_i128 << 32);
        day.market_mut(0).funding.accrued_at = day.now.time;
        if paused {
            day.pause(Some(0), PauseBits::LIQUIDATION, 60);
            day.accrue();
        }
        day.wait(160).accrue();
        day.market(0).sides[0].index.get()
    };
    assert!(paid(false) < paid(true) && paid(true) < 0, "{} {}", paid(false), paid(true));
}

/// Exchange-wide stress: proved by passing stressed markets with more than the share, never by itself, and over when its hold is.
#[test]
fn f19_stress_of_most_open_interest_raises_every_markets_margins() {
    let params = StressParams { hold_seconds: 900, share: Bps(5_000), reserved: 0 };
    let mut day = paired(3, 1_000 * USD, 100 * USD);
    day.pass_lots(0, ["tom", "bob"], 150 * USD).unwrap();
    let prove = |day: &mut Day, passed: &[usize]| {
        let now = day.now;
        let mut stress = day.stress;
        let mut markets: Vec<_> = day
            .listed
            .iter_mut()
            .enumerate()
            .filter(|(index, _)| passed.contains(index))
            .map(|(_, listed)| &mut listed.market)
            .collect();
        let proved = update_stress(&mut stress, &mut markets, &params, now).unwrap();
        day.stress = stress;
        proved
    };
    assert!(!prove(&mut day, &[0, 1, 2]), "calm markets prove nothing");
    assert_eq!(day.stress, Stress { interest: breakwater_engine::Atoms(450 * USD), until: 0 });
    // Its own volatility stresses the second, then the first.
    let excite = |day: &mut Day, index: usize| {
        day.market_mut(index).volatility.variance = 1_000_000_000_000_000;
        let report = day.wait(5).print(index, 10_000);
        assert_eq!(report.phase, Phase::Stressed);
    };
    excite(&mut day, 1);
    assert!(!prove(&mut day, &[1]), "100 of 450");
    excite(&mut day, 0);
    assert!(prove(&mut day, &[0, 1]), "350 of 450");
    let report = day.wait(5).print(2, 10_000);
    assert_eq!(
        (report.phase, report.multiples.initial),
        (Phase::Normal, Bps(12_500)),
        "stressed multipliers, its own phase"
    );
    assert_eq!(report.multiples.maintenance, Bps(10_000), "maintenance follows at its rate");
    assert_eq!(report.level, Level::Open);
    let fee = day.market(2).fee_on(breakwater_engine::Atoms(1_000_000), Bps(5)).unwrap();
    assert_eq!(fee.0, 750, "half more in stress");
    assert_eq!(day.status(2).stressed_until, Some(day.stress.until));
    // Markets that only take others' multipliers prove nothing: stress never keeps itself up.
    let mut calmed = day.clone();
    calmed.accrue();
    (0..2).for_each(|index| calmed.market_mut(index).stance.phase = Phase::Normal.number());
    assert!(!prove(&mut calmed, &[0, 1, 2]));
    day.wait(2_260);
    assert!(day.now.time >= day.stress.until);
    let report = day.print(2, 10_000);
    assert_eq!(report.multiples.initial, Bps(10_000), "it ends by itself");
    assert!(!prove(&mut day, &[0, 1]), "what no refresh has found within the hold is no stress");
}

#[test]
fn a_market_counts_once_in_a_proof_of_stress() {
    let mut day = paired(2, 1_000 * USD, 100 * USD);
    let now = day.now;
    let [one, two] = [day.listed[0].market, day.listed[1].market];
    for passed in [[one, one], [two, one]] {
        let mut passed = passed;
        let mut markets: Vec<_> = passed.iter_mut().collect();
        let outcome = update_stress(&mut day.stress, &mut markets, &StressParams::recommended(), now);
        assert_eq!(outcome, Err(breakwater_engine::clearing::error::Error::DuplicateMarket));
    }
}

/// Funded estates and declarations pass where the table says; the sale's clock stands while buying is not permitted.
#[test]
fn a65_the_sale_of_an_estate_stands_while_buying_is_not_permitted() {
    let guarded_now = Conditions { level: Level::Guarded, quality: Quality::Usable, ..Conditions::CLEAR };
    for action in [Action::BuyFromEstate, Action::DeclareBankruptcy, Action::FundEstate, Action::Resolve] {
        assert_eq!(permitted(action, &guarded_now), Ok(()), "{action:?}");
    }
    let halted = Conditions { level: Level::Halted, ..Conditions::CLEAR };
    for action in [Action::BuyFromEstate, Action::DeclareBankruptcy, Action::Resolve] {
        assert_eq!(permitted(action, &halted), Err(Error::MarketHalted), "{action:?}");
    }
    assert_eq!(permitted(Action::FundEstate, &halted), Ok(()));
    let mut day = Day::new(&[MarketParams { jump_per_slot: Bps(9_000), ..guarded() }]);
    day.deposit("alice", 6 * USD);
    day.deposit("bob", 1_000 * USD);
    day.trade(0, ["alice", "bob"], 100 * USD).unwrap();
    for _ in 0..4 {
        let _ = day.wait(10).print(0, 9_000);
        day.sync("alice");
    }
    assert!(matches!(day.declare("alice").unwrap(), Declared::Done { .. }));
    let age = |day: &Day| day.market(0).sides[0].estate.age(day.now.slot) >> 16;
    let _ = day.wait(10).print(0, 9_000);
    let before = age(&day);
    day.pause(Some(0), PauseBits::LIQUIDATION, 40);
    day.accrue();
    let _ = day.wait(100).print(0, 9_000);
    assert_eq!(age(&day), before, "stood for 100 slots");
    let _ = day.wait(10).print(0, 9_000);
    assert_eq!(age(&day), before + 10);
}
