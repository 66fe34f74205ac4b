//! Prices and what follows from them: listing, silence, halts, restarts, volatility, order flow, the gauge.

use std::collections::BTreeMap;

use crate::common::Rng;
use crate::guarded::{both, first, guarded, listing, paired, says, Day, NOTHING, START, USD};
use breakwater_engine::breaker::Level;
use breakwater_engine::clearing::guards::{list, Cure};
use breakwater_engine::clearing::state::{GuardParams, MarketBooks};
use breakwater_engine::clearing::waterfall::{Declared, Liquidated};
use breakwater_engine::gauge;
use breakwater_engine::permission::Action;
use breakwater_engine::phase::Phase;
use breakwater_engine::price::{Quality, Reasons};
use breakwater_engine::state::MarketParams;
use breakwater_engine::units::{Bps, Now, Side};
use breakwater_engine::wide::I128;
use breakwater_engine::{Error, Price};

#[test]
fn a_market_is_listed_at_a_good_price_of_every_source_it_names() {
    let mut market = MarketBooks::default();
    let listed = listing(guarded(), 3);
    let now = START.time;
    let refused = [
        (first(10_000, now + 11), Error::PriceFromFuture),
        (first(10_000, now - 61), Error::PriceQuality),
        (NOTHING, Error::PriceQuality),
        (both(says(10_000, now), says(10_201, now)), Error::PriceQuality),
        (both(says(10_000, now), says(10_000, now + 11)), Error::PriceQuality),
    ];
    for (observed, error) in refused {
        assert_eq!(list(&mut market, &listed, observed, START), Err(error), "{observed:?}");
    }
    let always = [
        GuardParams { flow_guard: Bps(0), ..listed.guards },
        GuardParams { volatility_guard: Bps(100), ..listed.guards },
    ];
    for guards in always {
        let outcome = list(
            &mut market,
            &breakwater_engine::clearing::guards::Listing { guards, ..listed },
            first(10_000, now),
            START,
        );
        assert_eq!(outcome, Err(Error::RuleBreakers));
    }
    list(&mut market, &listed, both(says(10_000, now), says(10_200, now)), START).unwrap();
    assert_eq!(
        (market.mark.price, market.average, market.market_index),
        (Price(1_000_000_000_000), market.mark.price, 3)
    );
    assert_eq!((market.mark.quality, market.vesting_clock_at, market.funding.accrued_at), (2, now, now));
}

/// A20: that nobody looked, and a source that says nothing, trip nothing. Once the last word is older than a price may be, nothing can
/// be valued; the next word ends it at once, without a hold.
#[test]
fn a20_a_source_without_a_word_is_silence_and_no_stress() {
    let mut day = paired(1, 100 * USD, 100 * USD);
    let report = day.wait(150).take(0, NOTHING);
    assert!(!report.silent, "sixty seconds are not too old");
    let report = day.wait(5).take(0, NOTHING);
    assert!(report.silent && !report.accepted);
    assert_eq!((report.level, report.tripped, report.phase), (Level::Open, Reasons::NONE, Phase::Normal));
    assert_eq!(report.multiples.initial, Bps(10_000));
    assert_eq!(day.market(0).silent_since, START.slot + 155);
    let report = day.wait(1).print(0, 10_000);
    assert!(!report.silent && report.accepted);
    assert_eq!(report.level, Level::Open);
    // Nobody could act meanwhile: owners act first.
    assert_eq!(day.permits(Action::Liquidate, 0), Err(Error::GracePeriod));
    assert_eq!(day.permits(Action::TradeReduce, 0), Ok(()));
}

/// A20, A21: stale is the source's age. It halts while the price is bad and for the hold after it; reducing passes from the first
/// accepted price on (I9), liquidation after hold and grace.
#[test]
fn a20_a_stale_source_halts_and_its_return_lets_owners_act_first() {
    let mut day = paired(1, 100 * USD, 100 * USD);
    let old = START.time + 1;
    let report = day.wait(400).take(0, first(10_000, old));
    assert_eq!((report.quality, report.level, report.silent), (Quality::Bad, Level::Halted, true));
    assert_eq!(report.phase, Phase::Normal, "nobody published: no stress");
    assert_eq!(day.permits(Action::TradeReduce, 0), Err(Error::StaleMark));
    let report = day.wait(5).print(0, 10_050);
    assert_eq!((report.accepted, report.level, report.silent), (true, Level::Halted, false));
    assert_eq!(day.permits(Action::TradeReduce, 0), Ok(()));
    assert!(day.trade(0, ["bob", "alice"], 10 * USD).is_ok(), "reducing passes as soon as a price is usable");
    assert_eq!(day.permits(Action::Liquidate, 0), Err(Error::MarketHalted));
    let _ = day.wait(38).print(0, 10_050);
    assert_eq!(day.permits(Action::Liquidate, 0), Err(Error::GracePeriod));
    assert_eq!(day.permits(Action::TradeIncrease, 0), Ok(()));
    let _ = day.wait(76).print(0, 10_050);
    assert_eq!(day.permits(Action::Liquidate, 0), Ok(()));
}

/// A feed that is silent for 200 slots, then back: a solvent owner loses nothing by it, is not liquidated for it elsewhere, and pays no
/// less funding.
#[test]
fn a46_a_silent_feed_for_200_slots_then_back() {
    let mut day = paired(2, 12 * USD, 100 * USD);
    for _ in 0..8 {
        day.wait(20);
        day.print_all(10_000);
    }
    day.market_mut(1).funding.premium = I128::new(100_000_000_i128 << 32);
    day.market_mut(1).funding.accrued_at = day.now.time;
    let mut fed = day.clone();
    let worth = day.value("alice").worth;
    for step in 1..=10u64 {
        day.wait(20);
        let _ = day.print(0, 10_000);
        let silent = day.take(1, NOTHING).silent;
        assert_eq!(silent, step > 7, "a word of {} slots ago", 20 * step);
        day.sync("alice");
        assert!(!day.value("alice").is_in_distress());
        assert!(day.liquidate(0, ["alice", "tom"], 10 * USD).is_err());
        assert!(day.declare("alice").is_err());
        fed.wait(20);
        fed.print_all(10_000);
    }
    day.wait(5);
    let _ = day.print(0, 10_000);
    let report = day.print(1, 10_010);
    assert!(report.accepted && !report.silent);
    fed.wait(5);
    fed.print_all(10_000);
    let (index, of_fed) = (day.market(1).sides[0].index.get(), fed.market(1).sides[0].index.get());
    assert!(of_fed < 0 && (index - of_fed).abs() <= 64, "{index} {of_fed}: silence erases no funding");
    day.sync("alice");
    // 100 lots' gain of ten cents on 100 USD, less the funding of the silent market.
    assert!(day.value("alice").worth > worth, "the silent market's money was there all the while");
    assert_eq!(day.lots(0, "alice"), 100 * USD as i64);
}

/// After its grace a silent market counts at what is assured, and an account that lives off it alone can be declared without it: the
/// position stays its owner's.
#[test]
fn a62_a_silent_market_is_left_out_of_a_declaration() {
    let mut day = Day::new(&[guarded(), guarded()]);
    day.deposit("alice", 11 * USD);
    day.deposit("bob", 1_000 * USD);
    (0..2).for_each(|index| day.pass_lots(index, ["alice", "bob"], 100 * USD).unwrap());
    for index in 0..2 {
        day.market_mut(index).params.jump_per_slot = Bps(9_000);
    }
    // The second falls silent; the first falls by a seventh.
    for step in 0..30 {
        day.wait(20);
        let _ = day.take(1, NOTHING);
        let _ = day.print(0, if step < 20 { 10_000 } else { 8_600 });
        day.sync("alice");
    }
    assert!(matches!(day.declare("alice").unwrap(), Declared::Done { positions: 1, .. }));
    assert_eq!((day.lots(0, "alice"), day.lots(1, "alice")), (0, 100 * USD as i64));
}

/// After a restart of the cluster a mark of before says nothing, however few slots ago it was; the market stays guarded until a fresh
/// one and the grace period.
#[test]
fn f6_a_restart_guards_until_a_fresh_mark_and_the_grace_period() {
    let mut day = paired(1, 100 * USD, 100 * USD);
    let _ = day.wait(10).print(0, 10_000);
    assert_eq!(day.permits(Action::TradeIncrease, 0), Ok(()));
    // Hours pass, and four slots.
    let outage = 3 * 3_600;
    day.last_restart = day.now.slot + 2;
    day.now = Now { slot: day.now.slot + 4, time: day.now.time + outage };
    assert_eq!(day.conditions(0).level, Level::Guarded);
    assert_eq!(day.permits(Action::TradeIncrease, 0), Err(Error::MarketHalted));
    assert_eq!(day.permits(Action::TradeReduce, 0), Err(Error::StaleMark));
    assert!(day.status(0).restarted);
    day.accrue();
    assert_eq!(
        day.trade(0, ["tom", "bob"], 10 * USD).err(),
        Some(breakwater_engine::clearing::error::Error::MarkTooOld)
    );
    let now = day.now.time;
    let report = day.take(0, first(10_000, now));
    assert_eq!((report.accepted, report.level, report.phase), (true, Level::Guarded, Phase::Normal));
    assert_eq!(day.permits(Action::TradeReduce, 0), Ok(()));
    assert_eq!(day.permits(Action::Liquidate, 0), Err(Error::GracePeriod));
    let grace = day.market(0).params.grace_seconds as i64;
    day.now.time += grace - 1;
    assert_eq!(day.conditions(0).level, Level::Guarded);
    day.now = Now { slot: day.now.slot + 75, time: day.now.time + 1 };
    let now = day.now.time;
    let _ = day.take(0, first(10_000, now));
    assert_eq!(day.conditions(0).level, Level::Open);
    assert_eq!((day.permits(Action::TradeIncrease, 0), day.permits(Action::Liquidate, 0)), (Ok(()), Ok(())));
}

/// Marks that swing by a tenth guard the market; calm ones let it go after the hold.
#[test]
fn realized_volatility_beyond_its_bound_guards() {
    let mut day = paired(1, 1_000 * USD, 100 * USD);
    let mut level = Level::Open;
    for step in 0..40 {
        let report = day.wait(25).print(0, if step % 2 == 0 { 10_600 } else { 10_000 });
        assert_eq!(
            report.tripped.contains(Reasons::VOLATILITY),
            day.market(0).volatility.hourly() > 100_000_000,
            "{step}"
        );
        level = level.max(report.level);
    }
    assert_eq!(level, Level::Guarded);
    assert_eq!(day.permits(Action::Liquidate, 0), Ok(()), "the cure is never forbidden");
    assert_eq!(day.status(0).market[0].map(|status| status.cure), Some(Cure::CalmerMarks));
    (0..400).for_each(|_| day.wait(125).print_all(10_000));
    assert_eq!(day.conditions(0).level, Level::Open);
}

/// The gauge reads the same lots off the ladder as a reader of every position, at, inside and beyond its distance.
#[test]
fn the_cascade_gauge_is_what_every_position_says() {
    let mut rng = Rng::seeded(11);
    let mut seen = 0;
    for _ in 0..40 {
        let mut day = Day::new(&[MarketParams { gauge_distance: Bps(rng.within(1, 2_000) as u32), ..guarded() }]);
        day.deposit("whale", 100_000 * USD);
        for at in 0..12 {
            let who = format!("trader {at}");
            let lots = rng.within(10, 200) * USD;
            day.deposit(&who, lots / rng.within(4, 18));
            let pair = if rng.one_in(2) { [who.as_str(), "whale"] } else { ["whale", who.as_str()] };
            let _ = day.pass_lots(0, pair, lots);
        }
        let _ = day.wait(5).print(0, rng.within(9_600, 10_400) as i64);
        let share = day.view(0).cascade_share().unwrap();
        assert_eq!(share, naive_share(&day));
        seen += u32::from(share > Bps(0) && share < Bps(5_000));
    }
    assert!(seen > 10, "{seen}");
}

fn naive_share(day: &Day) -> Bps {
    let view = day.view(0);
    let market = view.market;
    let distance = i128::from(gauge::distance(&market.params, market.mark.price).unwrap());
    let (mut near, mut all) = (0, 0);
    for side in Side::BOTH {
        all += market.open_lots(side).0;
        let mark = market.mark_key(side).unwrap();
        for account in day.accounts.values() {
            let Ok(slot) = account.slot(0) else { continue };
            let position = view.caught_up(slot).unwrap();
            if position.side == Some(side) {
                let index = market.side(side).index.get();
                let key = index - side.signed(position.key_cash.0).unwrap() / i128::from(position.lots.0);
                let from_mark = side.signed(mark - key).unwrap();
                near += if from_mark > 0 && from_mark <= distance { position.lots.0 } else { 0 };
            }
        }
    }
    Bps(u32::try_from((u128::from(near) * 10_000).div_ceil(u128::from(all.max(1)))).unwrap())
}

/// Every reason says what would clear it, and when its hold ends once it begins.
#[test]
fn the_status_says_what_would_clear_a_market() {
    let mut day = paired(1, 100 * USD, 100 * USD);
    let now = day.wait(5).now.time;
    let report = day.take(0, both(says(10_000, now), says(10_300, now)));
    assert_eq!((report.quality, report.level), (Quality::Usable, Level::Guarded));
    let status = day.status(0);
    let first = status.market[0].unwrap();
    assert_eq!((first.reason, first.level, first.cure), (Reasons::DISAGREEMENT, Level::Guarded, Cure::SourcesAgree));
    assert_eq!((first.clears_at, status.market[1]), (None, None));
    assert!(status.unlocking_stands && !status.funding_stands && !status.declarations_leave_out);
    assert_eq!((status.phase, status.phase_falls_at), (Phase::Stressed, None));
    let later = day.wait(5).now.time;
    let _ = day.take(0, both(says(10_000, later), says(10_000, later)));
    let status = day.status(0);
    assert_eq!(status.market[0].unwrap().clears_at, Some(later + 300));
    let _ = day.wait(755).take(0, both(says(10_000, later + 302), says(10_000, later + 302)));
    let status = day.status(0);
    assert_eq!((status.level, status.market[0]), (Level::Open, None));
    assert!(!status.unlocking_stands && status.phase_falls_at.is_some());
    let reasons: BTreeMap<u64, Cure> = (0..14).map(|bit| (bit, Reasons(1 << bit).cure())).collect();
    let price = reasons.iter().filter(|(_, cure)| **cure == Cure::AcceptedPrice).map(|(bit, _)| *bit);
    assert_eq!(price.collect::<Vec<_>>(), [0, 1, 2, 3, 4, 13], "price reasons, and a restart");
}

/// An account that reduces while its market is halted by an old word and a good price is one thing; liquidating it is another.
#[test]
fn liquidation_runs_after_hold_and_grace_and_counts_as_order_flow() {
    let mut day = Day::new(&[MarketParams { jump_per_slot: Bps(9_000), slice: Bps(10_000), ..guarded() }]);
    for (who, money) in [("alice", 6 * USD), ("bob", 1_000 * USD), ("tom", 1_000 * USD)] {
        day.deposit(who, money);
    }
    day.trade(0, ["alice", "bob"], 100 * USD).unwrap();
    for _ in 0..4 {
        let _ = day.wait(10).print(0, 9_680);
        day.sync("alice");
    }
    let done = day.liquidate(0, ["alice", "tom"], 100 * USD).unwrap();
    let Liquidated::Done { lots, .. } = done else { panic!("{done:?}") };
    assert_eq!(day.market(0).forced.lots, lots);
    let report = day.wait(5).print(0, 9_680);
    assert!(report.tripped.contains(Reasons::ORDER_FLOW) && report.level == Level::Guarded, "{report:?}");
    assert_eq!(day.permits(Action::Liquidate, 0), Ok(()));
}
