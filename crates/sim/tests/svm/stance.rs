//! The stance of a market on the compiled program: multiples, phases, what they do to fees and margins, and what it costs.

use breakwater_engine::phase::Phase;
use breakwater_engine::state::{MarketBooks, MarketParams};
use breakwater_engine::{Atoms, Bps};
use breakwater_sim::venue::{AccountId, Venue};

use crate::stage::{none, Stage, BIRTH, USD};

/// What a refresh may cost.
const REFRESH_UNITS: u64 = 20_000;

fn market(stage: &Stage) -> MarketBooks {
    stage.venue.state().markets[0].market
}

/// A minute passes and the market looks at a price, within its units.
fn minute(stage: &mut Stage, cents: i64) -> MarketBooks {
    stage.venue.advance(150, 60);
    stage.confirm(0, cents);
    let units = stage.units("refresh_market");
    assert!(units > 0 && units <= REFRESH_UNITS, "{units} units");
    market(stage)
}

/// Guards on; a gauge that needs more than a few positions.
fn guarded() -> (Stage, [AccountId; 2]) {
    let mut stage = Stage::empty();
    stage.list(&MarketParams { gauge_distance: Bps(1), ..MarketParams::standard() });
    let (long, short) = (stage.trader(10_000), stage.trader(100_000));
    stage.pair(0, long, short, 5_000);
    (stage, [long, short])
}

/// A volatile hour raises initial margin at once and maintenance slowly; the phase rises at once and falls step by step.
#[test]
fn a_volatile_hour_and_the_calm_after_it() {
    let (mut stage, _) = guarded();
    assert_eq!(market(&stage).phase(), Phase::Normal);
    // 2 % in the first minute of an hour's average, against a normal 1 % an hour.
    let first = minute(&mut stage, BIRTH + 200).multiples();
    assert!(first.initial > Bps(10_000) && first.maintenance == Bps(10_000), "{first:?}");
    let mut last = Bps(10_000);
    for at in 1..60 {
        let multiples = minute(&mut stage, if at % 2 == 0 { BIRTH + 100 } else { BIRTH }).multiples();
        // 2,500 an hour is 41.7 a minute.
        assert!(
            multiples.maintenance >= last && multiples.maintenance.0 <= last.0 + 42,
            "{multiples:?} after {last:?}"
        );
        last = multiples.maintenance;
    }
    let hour = market(&stage);
    assert_eq!((hour.phase(), hour.multiples().initial), (Phase::Stressed, Bps(25_000)));
    assert!((12_300..=12_500).contains(&last.0), "{last:?}");
    let mut phases: Vec<Phase> = (0..600).map(|_| minute(&mut stage, BIRTH).phase()).collect();
    phases.dedup();
    assert_eq!(phases, [Phase::Stressed, Phase::Recovery, Phase::Normal]);
    let calm = market(&stage).multiples();
    assert_eq!((calm.initial, calm.maintenance), (Bps(10_000), Bps(10_000)));
    stage.conserved("after a day of it");
}

/// What the stance says is what the program asks for: margin taken out in calm is refused in stress, and fees are dearer.
#[test]
fn stress_asks_for_more() {
    let (mut stage, [long, short]) = guarded();
    // 5,000 USD at 5 %: 250; 400 are enough in calm.
    stage.venue.allocate(long, 0, (400 * USD) as i64).expect("margin");
    stage.venue.allocate(long, 0, -((200 * USD) as i64)).expect("margin back");
    let fee = |stage: &mut Stage| {
        let before = market(stage);
        stage.cross(0, long, short, 100).expect("a trade");
        let after = market(stage);
        [after.fees.0 - before.fees.0, after.insurance_due.0 - before.insurance_due.0]
    };
    // 5 and 2 bps of 100 USD, a fifth of it insurance's.
    assert_eq!(fee(&mut stage), [56_000, 14_000]);
    for at in 0..10 {
        let _ = minute(&mut stage, if at % 2 == 0 { BIRTH + 100 } else { BIRTH });
    }
    assert_eq!(market(&stage).phase(), Phase::Stressed);
    // Half as much again, three fifths of it insurance's.
    assert_eq!(fee(&mut stage), [42_000, 63_000]);
    let position = &stage.venue.state().accounts[long].slots[0].position;
    let back = -(i64::try_from(position.paid_in.0).expect("margin") / 2);
    stage.refuses("margin back", "InsufficientMargin", |stage| stage.venue.allocate(long, 0, back));
    stage.conserved("in stress");
}

/// The dearest refresh: guards on, both ladders full of lines, some of them bankrupt, a rising and a falling mark.
#[test]
fn refreshing_with_guards_on_stays_within_its_units() {
    let mut stage = Stage::empty();
    stage.list(&MarketParams { gauge_distance: Bps(5_000), ..MarketParams::standard() });
    for at in 1..=20u64 {
        let (long, short) = (stage.trader(20_000), stage.trader(20_000));
        for (who, usd) in [(long, 6 * at), (short, 5 * at + 20)] {
            stage.venue.allocate(who, 0, (usd * USD) as i64).expect("margin");
        }
        let _ = stage.cross(0, long, short, 100);
        let _ = stage.venue.withdraw(long, Atoms(USD));
    }
    let mut faults = Vec::new();
    for (what, cents) in [("a rise", 10_900), ("no move", 10_900), ("a fall", 9_300), ("deep", 7_000), ("back", 9_000)]
    {
        stage.mark(0, cents);
        let units = stage.units("refresh_market");
        println!("refresh_market with guards, {what}: {units} of {REFRESH_UNITS}");
        if units == 0 || units > REFRESH_UNITS {
            faults.push(format!("{what}: {units}"));
        }
    }
    none(faults);
}
