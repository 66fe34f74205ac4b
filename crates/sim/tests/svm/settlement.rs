//! A market whose oracle is gone, on the compiled program, days later: it settles, everyone leaves, and nothing stays (G22).

use anchor_lang::solana_program::instruction::AccountMeta;
use breakwater_engine::Atoms;
use breakwater_sim::venue::{AccountId, Venue};

use crate::stage::{said, Stage, BIRTH, USD};

const ALICE: AccountId = 0;
const BOB: AccountId = 1;
const DAVE: AccountId = 2;
const ERIN: AccountId = 3;
/// Slots of a day.
const DAY: u64 = 216_000;

/// Alice and Dave long against Bob and Erin; at 80 Alice owes, Dave does not.
fn crashed() -> Stage {
    let mut stage = Stage::with_markets(1);
    for usd in [300, 100_000, 20_000, 50_000] {
        stage.trader(usd);
    }
    stage.pair(0, ALICE, BOB, 5_000);
    stage.venue.allocate(DAVE, 0, 4_000 * USD as i64).expect("margin");
    stage.pair(0, DAVE, ERIN, 10_000);
    stage.mark(0, 8_000);
    hold(&mut stage, 8_000);
    stage
}

/// The feed goes on saying so for longer than settling looks back.
fn hold(stage: &mut Stage, cents: i64) {
    for _ in 0..3 {
        stage.venue.advance(4_750, 1_900);
        stage.confirm(0, cents);
    }
}

fn days(stage: &mut Stage, count: u64) {
    stage.venue.advance(count * DAY, count as i64 * 86_400);
}

#[test]
fn g22_a_market_without_an_oracle_settles_to_zero_on_the_chain() {
    let mut stage = crashed();
    days(&mut stage, 6);
    stage.refuses("after six days", "SettleTooEarly", |stage| stage.venue.settle_market(0));
    stage.refuses("before it is settled", "NotSettled", |stage| stage.venue.settle_position(BOB, 0));
    days(&mut stage, 2);
    stage.venue.settle_market(0).expect("settled");
    stage.conserved("settled");
    stage.refuses("twice", "MarketSettled", |stage| stage.venue.settle_market(0));
    let market = stage.venue.markets[0];
    let late = said(BIRTH, stage.venue.now().time);
    stage.venue.post(&market, &late);
    let refresh = stage.venue.build.refresh_market(&market);
    stage.refuses("the oracle comes back", "MarketSettled", |stage| stage.send("", refresh));
    // Alice owes at the mark and has nothing: her bankruptcy is resolved, against lots nobody holds any more.
    for winner in [BOB, ERIN, DAVE] {
        stage.venue.settle_position(winner, 0).expect("a solvent position leaves");
        stage.conserved("left");
    }
    stage.refuses("left already", "NoPosition", |stage| stage.venue.settle_position(BOB, 0));
    stage.refuses("bankrupt", "Bankrupt", |stage| stage.venue.settle_position(ALICE, 0));
    stage.venue.resolve(ALICE, 0, None).expect("a resolution without an auction");
    let units = stage.units("settle_position");
    println!(
        "settle_market {} settle_position {units} resolve {}",
        stage.units("settle_market"),
        stage.units("resolve_bankruptcy")
    );
    assert!(units <= 40_000, "{units}");
    everything_leaves(&mut stage);
}

/// Profit vests, everyone withdraws, claims included; what is left in the vault are fees and a few atoms of rounding.
fn everything_leaves(stage: &mut Stage) {
    for _ in 0..2 {
        days(stage, 3);
        for who in 0..stage.venue.accounts.len() {
            stage.venue.sync(who, None).expect("a sync");
            let free = stage.venue.account(who).free;
            if free > Atoms::ZERO {
                stage.venue.withdraw(who, free).expect("a withdrawal");
            }
        }
    }
    let mut skim = stage.venue.build.skim();
    let keys = stage.venue.markets[0];
    skim.accounts.extend([keys.market, keys.ladder].map(|key| AccountMeta::new(key, false)));
    stage.send("", skim).expect("a skim");
    stage.conserved("empty");
    let state = stage.venue.state();
    let market = &state.markets[0].market;
    assert_eq!(market.open_interest().0, 0);
    assert!(state.accounts.iter().all(|account| account.free.0 == 0));
    assert!(state.accounts.iter().flat_map(|account| &account.slots).all(|slot| slot.position.is_empty()));
    let claims: u64 = market.sides.iter().map(|side| side.claims.paid.0 + side.claims.waiting.0).sum();
    let named = market.fees.0 + claims + market.vesting.total.0;
    assert!(state.collateral_vault.0.abs_diff(named) <= 5, "{:?} of {named}", state.collateral_vault);
}

/// Under water in the settled market and rich in the other: the other pays, in one instruction that passes both.
#[test]
fn another_market_pays_what_the_settled_position_owes() {
    let mut stage = Stage::with_markets(2);
    for usd in [3_000, 100_000] {
        stage.trader(usd);
    }
    stage.pair(0, ALICE, BOB, 5_000);
    stage.venue.allocate(ALICE, 1, 2_000 * USD as i64).expect("margin");
    stage.pair(1, ALICE, BOB, 5_000);
    let free = stage.venue.account(ALICE).free;
    stage.venue.withdraw(ALICE, free).expect("a withdrawal");
    stage.mark(0, 8_000);
    hold(&mut stage, 8_000);
    days(&mut stage, 8);
    stage.confirm(1, BIRTH);
    stage.venue.settle_market(0).expect("settled");
    let (alice, keys) = (stage.venue.accounts[ALICE], stage.venue.markets[0]);
    let alone = stage.venue.build.settle_position(&alice, &keys, &[]);
    stage.refuses("without the market that pays", "MarketMissing", |stage| stage.send("", alone));
    stage.venue.settle_position(ALICE, 0).expect("the other market pays");
    stage.venue.settle_position(BOB, 0).expect("the last one out");
    assert_eq!(stage.venue.books(0).market.open_interest().0, 0);
    assert!(stage.venue.account(ALICE).slot(1).is_ok_and(|slot| slot.position.lots > 0));
    stage.conserved("both are out");
}

/// The feed says 100 for an hour, prints 80 once and is gone: the print is worth the minute for which it counted.
#[test]
fn a56_a_last_print_settles_nothing() {
    let mut stage = Stage::with_markets(1);
    for usd in [3_000, 100_000] {
        stage.trader(usd);
    }
    stage.pair(0, ALICE, BOB, 5_000);
    for _ in 0..60 {
        stage.venue.advance(150, 60);
        stage.confirm(0, BIRTH);
    }
    stage.mark(0, 8_000);
    let (printed, birth) = (stage.venue.mark(0).0, stage.venue.mark(0).0 / 80 * 100);
    days(&mut stage, 8);
    stage.venue.settle_market(0).expect("settled");
    let settled = stage.venue.mark(0).0;
    assert!(settled > printed && birth - settled <= (birth - printed) / 30, "{settled} of {printed}, {birth}");
    for who in [ALICE, BOB] {
        stage.venue.settle_position(who, 0).expect("out");
    }
    stage.conserved("both are out");
}
