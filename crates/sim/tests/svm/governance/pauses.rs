//! Pauses end by themselves; who sets them cannot renew them for good, nor lift the other's.

use breakwater_engine::permission::PauseBits;
use breakwater_engine::Atoms;
use breakwater_sim::svm::tokens;
use breakwater_sim::venue::{Outcome, Venue};

use super::*;
use crate::stage::{BIRTH, USD};

const DEPOSITS: PauseBits = PauseBits::DEPOSITS;
const LIQUIDATION: PauseBits = PauseBits::LIQUIDATION;
const FREEZE: PauseBits = PauseBits::FREEZE;

fn by_authority(stage: &mut Stage, of_market: bool, bits: PauseBits, seconds: i64) -> Outcome {
    let market = of_market.then(|| stage.venue.markets[0]);
    let built = stage.venue.build.pause_for(market.as_ref(), bits.0, seconds as u64);
    stage.send("set_pause_bits", built)
}

fn by_guardian(stage: &mut Stage, of_market: bool, bits: PauseBits, seconds: i64) -> Outcome {
    let market = of_market.then(|| stage.venue.markets[0]);
    let built = stage.venue.build.guardian_pause(market.as_ref(), bits.0, seconds as u64);
    stage.send("guardian_pause", built)
}

fn clear(stage: &mut Stage, of_market: bool) -> Outcome {
    let market = of_market.then(|| stage.venue.markets[0]);
    let built = stage.venue.build.clear_pauses(market.as_ref());
    stage.send("clear_pauses", built)
}

#[test]
fn a_pause_ends_by_itself_and_anyone_clears_it() {
    for of_market in [false, true] {
        let mut stage = Stage::with_markets(1);
        stage.refuses("nothing to clear", "PauseNotExpired", |stage| clear(stage, of_market));
        let bits = if of_market { LIQUIDATION } else { DEPOSITS };
        by_authority(&mut stage, of_market, bits, 7 * DAY).expect("a pause");
        let carol = stage.venue.open();
        assert_eq!(carol.is_err(), !of_market, "deposits are the exchange's");
        pass(&mut stage, 7 * DAY - 1);
        stage.refuses("while it lasts", "PauseNotExpired", |stage| clear(stage, of_market));
        pass(&mut stage, 1);
        stage.venue.open().expect("it has ended, cleared or not");
        clear(&mut stage, of_market).expect("cleared");
        stage.refuses("twice", "PauseNotExpired", |stage| clear(stage, of_market));
    }
}

/// A pause, as one of the two signers sets it.
type Pausing = fn(&mut Stage, bool, PauseBits, i64) -> Outcome;

/// What an instruction would ignore in a market is not paused there, by the authority or the guardian, alone or beside what is not ignored.
#[test]
fn a_market_is_not_paused_where_nothing_asks_it() {
    let mut stage = Stage::with_markets(1);
    for bit in (0..10).map(|bit| PauseBits(1 << bit)) {
        let does_nothing = [DEPOSITS, PauseBits::UNSTAKING, PauseBits::LISTING].contains(&bit);
        let also = PauseBits::QUOTING.and(bit);
        let pauses: [(bool, Pausing); 2] = [(true, by_authority), (false, by_guardian)];
        for (freezes, pause) in pauses {
            let mut stage = stage.clone();
            if does_nothing {
                stage.refuses("alone", "ExchangeWidePause", |stage| pause(stage, true, bit, HOUR));
                stage.refuses("beside another", "ExchangeWidePause", |stage| pause(stage, true, also, HOUR));
                pause(&mut stage, false, bit, HOUR).expect("a pause of the exchange");
            } else if freezes || bit != FREEZE {
                pause(&mut stage, true, bit, HOUR).expect("a pause of the market");
                let held = market(&stage).pauses;
                assert_eq!(held.authority.bits | held.guardian.bits, bit.0 & !FREEZE.0);
            }
        }
    }
    stage.refuses("none that exists", "UnknownPauseBits", |stage| by_authority(stage, true, PauseBits(1 << 10), HOUR));
}

/// The exchange is frozen, then its market: they end together, and neither is frozen again for a week.
#[test]
fn a31_freezes_share_one_clock() {
    let mut stage = Stage::with_markets(1);
    by_authority(&mut stage, false, FREEZE, 2 * DAY).expect("the exchange");
    pass(&mut stage, DAY);
    by_authority(&mut stage, true, FREEZE, 2 * DAY).expect("and its market");
    assert_eq!(market(&stage).pauses.frozen_until, exchange(&stage).pauses.frozen_until);
    pass(&mut stage, 8 * DAY - 1);
    for of_market in [false, true] {
        stage.refuses("a second early", "FreezeTooSoon", |stage| by_authority(stage, of_market, FREEZE, DAY));
    }
    pass(&mut stage, 1);
    by_authority(&mut stage, true, FREEZE, DAY).expect("a week after the end");
}

/// What a bankruptcy in one market takes out of a frozen one: nothing. Unfrozen, all there is.
#[test]
fn a27_a_frozen_market_is_not_drawn_on() {
    for freezes in [false, true] {
        let mut stage = Stage::with_markets(2);
        let (alice, carol) = (stage.trader(120), stage.trader(100_000));
        stage.pair(0, alice, carol, 1_000);
        stage.pair(1, alice, carol, 500);
        if freezes {
            let built = stage.venue.build.pause_for(Some(&stage.venue.markets[1]), FREEZE.0, DAY as u64);
            stage.send("set_pause_bits", built).expect("a freeze");
        }
        stage.mark(0, 8_000);
        stage.wait(100);
        let stands = |stage: &Stage| stage.venue.account(alice).slot(1).expect("a slot").position;
        let before = stands(&stage);
        stage.venue.resolve(alice, 0, None).expect("a resolution");
        assert_eq!(stands(&stage) == before, freezes);
        stage.conserved("after the resolution");
    }
}

#[test]
fn the_guardian_pauses_for_a_day_three_times_a_week_over_all_markets() {
    let mut stage = Stage::with_markets(1);
    stage.refuses("longer than a day", "PauseTooLong", |stage| by_guardian(stage, false, DEPOSITS, DAY + 1));
    stage.refuses("a freeze", "OnlyAuthorityFreezes", |stage| by_guardian(stage, false, FREEZE, 60));
    by_guardian(&mut stage, false, DEPOSITS, DAY).expect("the first");
    pass(&mut stage, 2 * DAY);
    by_guardian(&mut stage, true, LIQUIDATION, DAY).expect("the second");
    pass(&mut stage, 2 * DAY);
    by_guardian(&mut stage, true, LIQUIDATION, DAY).expect("the third");
    for of_market in [false, true] {
        stage.refuses("a fourth", "PausesUsedUp", |stage| by_guardian(stage, of_market, LIQUIDATION, 60));
    }
    by_guardian(&mut stage, true, PauseBits::NONE, 0).expect("lifting its own is no pause");
    pass(&mut stage, 3 * DAY - 1);
    stage.refuses("a second early", "PausesUsedUp", |stage| by_guardian(stage, false, DEPOSITS, 60));
    pass(&mut stage, 1);
    by_guardian(&mut stage, false, DEPOSITS, 60).expect("a week after the first");
    stage.refuses("but no fifth", "PausesUsedUp", |stage| by_guardian(stage, false, DEPOSITS, 60));
}

/// Something somebody tries.
type Attempt = fn(&mut Stage) -> Outcome;

#[test]
fn neither_lifts_the_others() {
    let mut stage = Stage::with_markets(1);
    let carol = stage.trader(100);
    // A deposit that is refused leaves her wallet as it was only if it has enough already.
    let (wallet, mint) = (stage.venue.accounts[carol], stage.venue.build.keys.mint);
    tokens::put_wallet(&mut stage.venue.chain, wallet.wallet, mint, wallet.owner, Atoms(100 * USD));
    let deposit = |stage: &mut Stage| stage.venue.deposit(carol, Atoms(USD));
    by_guardian(&mut stage, false, DEPOSITS, DAY).expect("a pause");
    by_authority(&mut stage, false, PauseBits::NONE, 0).expect("nothing of its own");
    stage.refuses("the guardian's holds", "Paused", deposit);
    by_authority(&mut stage, false, DEPOSITS, DAY).expect("a pause");
    by_guardian(&mut stage, false, PauseBits::NONE, 0).expect("lifted");
    stage.refuses("the authority's holds", "Paused", deposit);
    by_authority(&mut stage, false, PauseBits::NONE, 0).expect("lifted");
    deposit(&mut stage).expect("neither's");
    let rows: [(&str, Attempt); 2] = [
        ("the guardian as the authority", |stage| {
            stage.venue.build.keys.authority = stage.venue.build.keys.guardian;
            by_authority(stage, false, DEPOSITS, 60)
        }),
        ("the authority as the guardian", |stage| {
            stage.venue.build.keys.guardian = stage.venue.build.keys.authority;
            by_guardian(stage, false, DEPOSITS, 60)
        }),
    ];
    for (name, attempt) in rows {
        stage.clone().refuses(name, "Unauthorised", attempt);
    }
}

#[test]
fn a_freeze_ends_and_cools() {
    let mut stage = Stage::with_markets(1);
    let carol = stage.trader(100);
    stage.refuses("for longer", "PauseTooLong", |stage| by_authority(stage, false, FREEZE, 2 * DAY + 1));
    by_authority(&mut stage, false, FREEZE, 2 * DAY).expect("a freeze");
    pass(&mut stage, DAY);
    stage.refuses("frozen", "Paused", |stage| stage.venue.withdraw(carol, Atoms(USD)));
    // Asked for again it goes on, and ends when it would have.
    by_authority(&mut stage, false, FREEZE, 2 * DAY).expect("the same freeze");
    pass(&mut stage, DAY);
    stage.venue.withdraw(carol, Atoms(USD)).expect("flat money leaves (I10)");
    stage.refuses("another at once", "FreezeTooSoon", |stage| by_authority(stage, false, FREEZE, 60));
    pass(&mut stage, 7 * DAY - 1);
    stage.refuses("a second early", "FreezeTooSoon", |stage| by_authority(stage, false, FREEZE, 60));
    pass(&mut stage, 1);
    by_authority(&mut stage, false, FREEZE, 60).expect("a week later");
}

/// What the first market's longs have paid in funding, 1e-12 atom a lot.
fn paid(stage: &Stage) -> i128 {
    -stage.venue.books(0).market.sides[0].index.get()
}

/// A pause that ran out while nobody looked is not paid for either.
#[test]
fn f21_nobody_pays_for_a_pause_nobody_saw_end() {
    for of_market in [false, true] {
        let mut stage = Stage::empty();
        stage.list(&MarketParams { funding_ema_seconds: 60, ..MarketParams::bare() });
        let (long, short) = (stage.trader(10_000), stage.trader(100_000));
        stage.pair(0, long, short, 5_000);
        stage.mark(0, BIRTH);
        stage.venue.advance(50, 40);
        stage.confirm(0, BIRTH);
        let (quote, taker) = (stage.ask(0, 1_000, 100), stage.trader(10_000));
        stage.venue.quote(short, 0, &quote).expect("a quote");
        let order = stage.buy(0, 1_000);
        stage.venue.trade(taker, 0, order, &[short]).expect("a trade");
        stage.wait(50);
        let before = paid(&stage);
        assert!(before > 0, "funding runs");
        let mut never = stage.clone();
        by_authority(&mut stage, of_market, LIQUIDATION, 50).expect("a pause");
        let at_pause = paid(&stage);
        for stage in [&mut stage, &mut never] {
            stage.venue.advance(20, 52);
            stage.confirm(0, BIRTH);
        }
        let unpaused = paid(&never) - before;
        let left = paid(&stage) - at_pause;
        assert!(left > 0 && left * 20 < unpaused, "two seconds of fifty-two: {left} of {unpaused}, market {of_market}");
        assert_eq!(stage.venue.books(0).market.sides[1].index.get(), stage.venue.books(0).market.sides[0].index.get());
        stage.conserved("after a pause nobody saw end");
    }
}
