//! Marks of other collateral: what is silent, old, unsure or one print decides nothing against an owner, and shields nobody.

use breakwater_engine::clearing::collateral::Bought;
use breakwater_engine::clearing::error::Error;
use breakwater_engine::clearing::waterfall::Declared;
use breakwater_engine::price::Observation;
use breakwater_engine::Error as EngineError;

use crate::collateral::{alice, confirmed, declared, engine, forfeited, until_declared, INSURED, WINDOW};
use crate::exchange::collateral::{first, said, PAR};
use crate::stage::{equal, lots, Stage, ATOMS};

#[test]
fn a64_one_print_of_collateral_declares_nobody() {
    // At 95 money is 1 and 40 units count 32; a print of a tenth of the asset leaves 4: distress. The feed then
    // publishes no more.
    let mut stage = alice(&[(0, 40)]).mark(0, 94u64);
    // A mark counts for a minute, far longer than a confirmation takes.
    stage.ex.assets.books[0].params.action_age_slots = 150;
    stage.ex.price_asset(0, PAR / 10);
    stage.act(|ex| ex.sync("alice"));
    assert_ne!(stage.ex.accounts["alice"].clock.bankrupt.slot, 0, "bankrupt at this print");
    stage.ex.assets.silent[0] = true;
    for _ in 0..20 {
        stage = stage.wait(1);
        let done = stage.ex.clone().declare("alice");
        assert!(!matches!(done, Ok(Declared::Done { .. })), "declared on one print");
    }
    // The next print says that it was one: the clock ends.
    stage.ex.assets.silent[0] = false;
    stage.ex.price_asset(0, PAR);
    stage.act(|ex| ex.sync("alice"));
    assert_eq!(stage.ex.accounts["alice"].clock.bankrupt.slot, 0);
}

#[test]
fn a46_collateral_that_nobody_valued_is_neither_nothing_nor_a_shield() {
    let mut stage = confirmed(alice(&[(0, 100)]).mark(0, 90u64));
    let before = stage.ex.accounts["alice"].clock;
    stage.ex.assets.valued = false;
    let old = stage.wait(10);
    let unvalued = || engine(EngineError::CollateralUnvalued);
    // Money is -49: a valuation that counted nothing would declare her, and 100 units count 80.
    old.refused(unvalued(), |ex| ex.declare("alice"));
    old.refused(unvalued(), |ex| ex.liquidate("alice", "carol", 0, lots(1u64)));
    old.refused(unvalued(), |ex| ex.withdraw("alice", 1));
    let mut synced = old.clone();
    synced.act(|ex| ex.sync("alice"));
    let after = synced.ex.accounts["alice"].clock;
    assert_eq!((after.distress, after.bankrupt), (before.distress, before.bankrupt), "what nobody knows ends no clock");
    // Nor does it shield her: anyone values.
    let mut valued = old;
    valued.ex.assets.valued = true;
    valued.ex.price_asset(0, PAR / 10);
    let mut valued = confirmed(valued.sync("alice"));
    assert!(declared(valued.act(|ex| ex.declare("alice"))).is_some());
}

#[test]
fn a46_a_silent_feed_puts_nobody_in_distress() {
    let mut stage = alice(&[(0, 100)]);
    stage.ex.assets.silent = [true; 3];
    // An hour without a price, at a mark at which she needs it: it is held at its last mark.
    let stage = stage.wait(900).mark(0, 97u64);
    let mut stage = stage.wait(900);
    stage.act(|ex| ex.sync("alice"));
    let worth = stage.ex.worth("alice").unwrap();
    equal(worth, 21 + 80);
    assert_eq!(stage.ex.accounts["alice"].clock.distress.slot, 0);
    // But nothing leaves on it: with 41 of money she lacks 7.5 to initial margin.
    let richer = stage.clone().deposit("alice", 20u64);
    richer.refused(Error::InsufficientMargin, |ex| ex.withdraw_collateral("alice", 0, ATOMS));
    // And it does not shield her for ever: in distress its window runs all the same.
    let stage = confirmed(stage.mark(0, 94u64));
    stage.stays("alice");
    let (stage, took) = until_declared(stage, |_| ());
    assert!(took <= WINDOW, "{took} slots");
    assert_eq!(forfeited(&stage, 0), 100 * ATOMS);
}

#[test]
fn a62_nobody_acts_on_a_mark_that_a_newer_one_would_contradict() {
    // The asset rose, and a keeper does not pass its refresh. At a fifth 40 units count 6.4 against -9, at twice that 12.8.
    let mut stage = alice(&[(0, 40), (1, 1)]).mark(0, 94u64);
    stage.ex.price_asset(0, PAR / 5);
    let mut stage = confirmed(stage.sync("alice"));
    stage.ex.assets.silent[0] = true;
    let stage = stage.wait(5);
    let clock = stage.ex.accounts["alice"].clock;
    stage.refused(Error::NotBankrupt, |ex| ex.declare("alice"));
    stage.refused(Error::CollateralNotRefreshed, |ex| ex.buy_collateral("alice", 0, 0));
    // It shields no other asset: money is short whatever it is worth.
    let mut other = stage.clone();
    assert!(matches!(other.act(|ex| ex.buy_collateral("alice", 1, 0)), Bought::Done { .. }));
    assert_ne!(clock.bankrupt.slot, 0, "nor has it ended a clock");
    // A minute later the source is silent.
    let mut stage = confirmed(stage.wait(30).sync("alice"));
    assert!(declared(stage.act(|ex| ex.declare("alice"))).is_some());
}

#[test]
fn a23_a_slow_feed_shields_nobody_whom_it_does_not_save() {
    // Twice what 10 units count is 16 against -49.
    let mut stage = alice(&[(0, 10)]).mark(0, 90u64);
    stage.ex.assets.silent[0] = true;
    let mut stage = stage.wait(5).wait(6);
    assert_eq!(stage.ex.accounts["alice"].collateral.uncertain, 1);
    assert!(declared(stage.act(|ex| ex.declare("alice"))).is_some());
    // One that publishes every 28 seconds, at a mark that twice would save: it is declared at the second of its prints.
    let mut stage = alice(&[(0, 40)]).mark(0, 94u64);
    stage.ex.price_asset(0, PAR / 5);
    let mut stage = stage.sync("alice");
    for second in 0..40 {
        stage.ex.assets.silent[0] = second % 14 != 13;
        stage = stage.wait(1);
        if matches!(stage.attempt(|ex| ex.declare("alice")), Ok(Declared::Done { .. })) {
            assert_eq!(second, 13);
            return;
        }
    }
    panic!("nobody declares her");
}

#[test]
fn a46_nothing_is_opened_on_a_mark_of_a_while_ago() {
    let mut stage = Stage::covered(&[100], INSURED).deposits(&[("alice", 40), ("bob", 500)]);
    stage.act(|ex| ex.deposit_collateral("alice", 0, 40 * ATOMS));
    let mut young = stage.clone();
    // 40 of money and 30 of collateral: initial margin of 10 lots is 50, and maintenance of 30 is money.
    young.trade(0, "alice", "bob", 10u64).unwrap();
    stage.ex.assets.silent = [true; 3];
    let mut old = stage.wait(5);
    assert!(old.trade(0, "alice", "bob", 10u64).is_err());
}

#[test]
fn a23_wide_prices_shield_nobody_longer_than_a_minute() {
    // Bankrupt at the last mark, and the feed then publishes nothing that is sure.
    let mut stage = confirmed(alice(&[(0, 40)]).mark(0, 90u64));
    stage.ex.assets.silent[0] = true;
    for _ in 0..40 {
        stage = stage.wait(1);
        let now = stage.ex.asset_now();
        let wide = Observation { confidence: PAR / 2, ..said(PAR, now.time) };
        let report = stage.ex.assets.books[0].refresh(&first(wide), now).unwrap();
        assert!(!report.accepted);
    }
    let mut stage = confirmed(stage.sync("alice"));
    assert!(declared(stage.act(|ex| ex.declare("alice"))).is_some());
}
