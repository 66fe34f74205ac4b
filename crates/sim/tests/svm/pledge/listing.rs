//! Who lists what, and when it counts (F3).

use breakwater_engine::state::{CollateralParams, ExchangeParams};
use breakwater_engine::units::Bps;
use breakwater_engine::Atoms;
use breakwater_sim::svm::{decode, tokens, SvmVenue};
use breakwater_sim::venue::Venue;

use super::{conserved, deposit, give, kind_state, list, params, pledge, post, prepare, reprice, value, TOKEN};
use crate::stage::{Stage, USD};

const DAY: i64 = 86_400;

/// An exchange whose changes wait for two days.
fn with_timelock() -> Stage {
    let params = ExchangeParams { timelock_seconds: 2 * DAY as u64, ..ExchangeParams::bare() };
    let created = SvmVenue::new(&params).expect("make build first");
    Stage { venue: created.expect("an exchange") }
}

#[test]
fn f3_nothing_of_a_new_kind_counts_before_the_timelock() {
    let mut stage = with_timelock();
    let alice = stage.trader(100);
    let kind = list(&mut stage, 0);
    give(&mut stage, alice, &kind, 10 * TOKEN);
    assert_eq!(kind_state(&stage, &kind).opens_at, stage.venue.now().time + 2 * DAY);
    stage.refuses("at once", "MarketNotOpen", |stage| deposit(stage, alice, &kind, TOKEN));
    stage.venue.advance(2 * DAY as u64, 2 * DAY - 1);
    reprice(&mut stage, &kind, 10_000);
    stage.refuses("a second early", "MarketNotOpen", |stage| deposit(stage, alice, &kind, TOKEN));
    stage.venue.advance(1, 1);
    deposit(&mut stage, alice, &kind, TOKEN).expect("open");
    conserved(&stage, &kind, 0);
}

#[test]
fn a_listing_is_taken_back_before_it_opens() {
    for guardian in [true, false] {
        let mut stage = with_timelock();
        let alice = stage.trader(100);
        let kind = list(&mut stage, 0);
        give(&mut stage, alice, &kind, 10 * TOKEN);
        let keys = stage.venue.build.keys;
        let stranger = stage.venue.accounts[alice].owner;
        let built = |stage: &Stage, signer| stage.venue.build.cancel_collateral(signer, &kind);
        let by_stranger = built(&stage, stranger);
        stage.refuses("a stranger", "Unauthorised", |stage| stage.send("", by_stranger));
        let by = built(&stage, if guardian { keys.guardian } else { keys.authority });
        stage.send("cancel_collateral", by.clone()).expect("taken back");
        stage.refuses("twice", "NothingChanges", |stage| stage.send("", by));
        stage.venue.advance(2, 100 * 365 * DAY);
        reprice(&mut stage, &kind, 10_000);
        stage.refuses("a century later", "MarketNotOpen", |stage| deposit(stage, alice, &kind, TOKEN));
    }
    let mut stage = Stage::empty();
    let kind = list(&mut stage, 0);
    let late = stage.venue.build.cancel_collateral(stage.venue.build.keys.guardian, &kind);
    stage.refuses("once it is open", "ProposalClosed", |stage| stage.send("", late));
}

#[test]
fn f3_the_caps_bound_what_a_worthless_kind_buys() {
    let mut stage = Stage::with_markets(1);
    let (alice, bob) = (stage.trader(100), stage.trader(100_000));
    let kind = prepare(&mut stage, 0);
    let capped = CollateralParams { account_max: Atoms(50 * USD), total_max: 1_000 * TOKEN, ..params() };
    let built = stage.venue.build.list_collateral(&kind, decode::mirrored(&capped));
    stage.send("list_collateral", built).expect("a kind");
    give(&mut stage, alice, &kind, 2_000 * TOKEN);
    stage.refuses("more than the exchange accepts", "CollateralCap", |stage| {
        deposit(stage, alice, &kind, 1_000 * TOKEN + 1)
    });
    deposit(&mut stage, alice, &kind, 1_000 * TOKEN).expect("as much as it accepts");
    value(&mut stage, alice, &[kind]);
    assert_eq!((pledge(&stage, alice).initial, pledge(&stage, alice).maintenance), (Atoms(40 * USD), Atoms(40 * USD)));
    // 100,000 USD by its feed; all it ever lets out is the account's own money beyond initial margin less 40.
    stage.pair(0, alice, bob, 1_000);
    value(&mut stage, alice, &[kind]);
    let free = stage.venue.account(alice).free.0;
    stage.venue.withdraw(alice, Atoms(free)).expect("the rest is in the position");
    stage.refuses("more", "InsufficientFreeCash", |stage| stage.venue.withdraw(alice, Atoms(1)));
}

#[test]
fn kinds_beyond_three_and_out_of_order() {
    let mut stage = Stage::empty();
    let early = prepare(&mut stage, 1);
    let built = stage.venue.build.list_collateral(&early, decode::mirrored(&params()));
    stage.refuses("the second first", "WrongIndex", |stage| stage.send("", built));
    for index in 0..3 {
        list(&mut stage, index);
    }
    let fourth = prepare(&mut stage, 3);
    let built = stage.venue.build.list_collateral(&fourth, decode::mirrored(&params()));
    stage.refuses("a fourth", "CollateralSlotsFull", |stage| stage.send("", built));
}

#[test]
fn what_a_kind_is_listed_with() {
    let mut stage = Stage::empty();
    let kind = prepare(&mut stage, 0);
    let attempt = |stage: &mut Stage, error: &str, params: CollateralParams| {
        let built = stage.venue.build.list_collateral(&kind, decode::mirrored(&params));
        stage.refuses(error, error, |stage| stage.send("", built));
    };
    attempt(&mut stage, "RuleCollateral", CollateralParams { haircut: Bps(0), ..params() });
    // The mint has nine decimals.
    attempt(&mut stage, "RuleCollateral", CollateralParams { unit_exponent: -8, ..params() });
    attempt(&mut stage, "RuleCollateral", CollateralParams { unit_exponent: i32::MIN, ..params() });
    post(&mut stage, &kind, 0);
    attempt(&mut stage, "PriceNotPositive", params());
    stage.venue.advance(1, 61);
    attempt(&mut stage, "PriceNotPositive", params());
    post(&mut stage, &kind, 10_000);
    stage.venue.advance(1, 61);
    attempt(&mut stage, "PriceQuality", params());
    post(&mut stage, &kind, 10_000);
    let payer = stage.venue.chain.payer();
    tokens::put_mint_of(&mut stage.venue.chain, kind.mint, payer, 10);
    attempt(&mut stage, "RuleCollateral", CollateralParams { unit_exponent: -10, ..params() });
}
