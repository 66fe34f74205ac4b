//! Stakers and underwriters: paid for the time they stand there, and not gone before what they insure is over.

use breakwater_engine::clearing::error::Error;
use breakwater_engine::clearing::insurance::{Exposure, LayerTerms};
use breakwater_engine::clearing::shortfall::DEAD_SLOTS;
use breakwater_engine::clearing::state::{Fund, FundParams, MarketBooks, StakeBooks};
use breakwater_engine::clearing::waterfall::Declared;
use breakwater_engine::state::ExchangeParams;
use breakwater_engine::units::{Atoms, Bps, Now, Side};
use breakwater_engine::Error as Below;

use crate::exchange::{Terms, TestExchange, SLOTS};
use crate::stage::{atoms, equal, equal_parts, lots, terms, Stage};

/// Seconds of two days: an exit that is asked for is taken within them.
const TWO_DAYS: u64 = 2 * 86_400;

impl Stage {
    #[track_caller]
    fn stake(mut self, who: &str, amount: u64) -> Stage {
        let _ = self.act(|ex| ex.stake(who, atoms(amount).0));
        self
    }

    /// Asks for the exit of a stake and waits until it may leave.
    #[track_caller]
    fn ask(mut self, who: &str) -> Stage {
        self.act(|ex| ex.request_unstake(who));
        self.wait(TestExchange::COOLDOWN)
    }

    /// Every market reports.
    #[track_caller]
    fn report(mut self) -> Stage {
        for market in 0..self.ex.len() {
            self.act(|ex| ex.report(market));
        }
        self
    }

    /// What an exit pays now, in atoms.
    #[track_caller]
    fn leaves(&mut self, who: &str) -> i128 {
        i128::from(self.act(|ex| ex.take_exit(who)).paid.0)
    }

    /// Open longs of b, 100 lots with 10 a lot behind them, against s.
    fn opened(self) -> Stage {
        self.deposits(&[("b", 1_000), ("s", 9_000)]).pair(0, "b", "s", 100)
    }
}

fn staked(amount: u64) -> Stage {
    Stage::new(&[100]).stake("k", amount)
}

/// `early` and `late` stake 1,000 each, late one second before 100 of income comes in, half of it stakers'. It is paid
/// out over the thousand seconds from 1,000 on: late leaves at 1,091 and has half of 91 thousandths of 50.
#[test]
fn a15_a_staker_earns_for_the_time_it_stands_there() {
    let mut stage = Stage::new(&[100]).stake("early", 1_000).wait(990).stake("late", 1_000);
    stage.ex.params.staker_share = Bps(5_000);
    stage = stage.wait(1);
    let income = stage.act(|ex| ex.collect(0, atoms(100).0));
    assert_eq!(income.stakers, atoms(50));
    let mut stage = stage.ask("late").report();
    equal_parts(stage.leaves("late") - i128::from(atoms(1_000).0), 91 * 50, 2 * 1_000);
}

/// A layer that is full from slot 490 on earns a fifth of the income of 100 that comes in a slot later: 20, over the
/// 500 slots from 500 on, of which 90 have passed.
#[test]
fn a15_an_underwriter_earns_for_the_time_it_stands_there() {
    let mut stage = Stage::new(&[100]).wait(490);
    let terms = LayerTerms { limit: atoms(1_000), premium: Bps(2_000), until: 5_000, ..LayerTerms::default() };
    let seat = stage.act(|ex| ex.lay(0, &terms, atoms(1_000).0));
    stage = stage.wait(1);
    let income = stage.act(|ex| ex.collect(0, atoms(100).0));
    assert_eq!(income.premiums, atoms(20));
    stage = stage.wait(99);
    let earned = stage.act(|ex| ex.collect_premium(0, seat));
    equal_parts(i128::from(earned.0), 90 * 20, 500);
}

/// Of 100 that come in a layer may earn 20, and stakers half of the rest: what is left for the cover is 40.
#[test]
fn a17_a_cover_is_refilled_with_what_stayed_in_the_fund() {
    let mut stage = staked(1_000);
    stage.ex.params.staker_share = Bps(5_000);
    let terms = LayerTerms { limit: atoms(1_000), premium: Bps(2_000), until: 5_000, ..LayerTerms::default() };
    let _ = stage.act(|ex| ex.lay(0, &terms, atoms(1_000).0));
    stage.act(|ex| ex.earn(0, atoms(100).0));
    assert_eq!(stage.market(0).cover.amount, atoms(40));
}

/// Two hundred markets report one by one, in as many transactions; the exit passes none of them. A staker of 1,000 may
/// take what their shortfalls of 1 each leave: 800.
#[test]
fn a25_any_number_of_markets_bounds_no_exit() {
    let params = ExchangeParams { stake_min: Atoms(1), ..ExchangeParams::default() };
    let run = FundParams { epoch_seconds: u64::MAX, income_seconds: 1, report_slots: 25 };
    let mut fund = Fund { params: run, ..Fund::default() };
    let mut markets = vec![MarketBooks::default(); 200];
    let mut now = Now { slot: 1_000, time: 1_000 };
    for market in &mut markets {
        market.join_fund(&mut fund, now).unwrap();
    }
    let mut stake = StakeBooks::default();
    let shares = fund.stake(&mut stake, Atoms(1_000), &params, now).unwrap();
    fund.request_unstake(&mut stake, shares, &params, now).unwrap();
    now.slot += 1_000;
    let exposure = Exposure { shortfall: Atoms(1), uncovered: Atoms(1), value: Atoms(0) };
    for (at, market) in markets.iter_mut().enumerate() {
        assert_eq!(fund.unstake(&mut stake, &params, now), Err(Error::ReportsMissing), "{at} have reported");
        market.report(&mut fund, &exposure, now).unwrap();
        now.slot += u64::from(at % 8 == 7);
    }
    assert_eq!(fund.unstake(&mut stake, &params, now).unwrap().paid, Atoms(800));
}

/// At 100 nothing lacks, and the market says so. At 80 b lacks 1,000 of the stake of 5,000: what was said before is
/// good for less than two windows, and then someone says what is.
#[test]
fn a25_no_exit_is_judged_by_an_old_report() {
    let stage = staked(5_000).opened().ask("k").report().marks(&[80]).wait(10);
    stage.refused(Error::ReportsMissing, |ex| ex.take_exit("k"));
    let mut stage = stage.report();
    equal(stage.leaves("k"), 4_000);
}

/// A mark that was not refreshed makes no report.
#[test]
fn a25_no_report_is_made_at_an_old_mark() {
    let mut stage = staked(5_000).opened().ask("k");
    stage.ex.market_mut(0).waterfall.action_age_slots = 4;
    stage.ex.slot += 1;
    stage.refused(Error::Engine(Below::StaleMark), |ex| ex.report(0));
}

/// A migration has begun: what lines lack by the old grid and by the new one is not what positions lack.
#[test]
fn a25_no_report_is_made_while_lines_move() {
    let mut stage = staked(5_000).opened().ask("k").marks(&[20_000]).report();
    stage.ex.migrate_lines(0, 1).unwrap();
    stage.refused(Error::Engine(Below::Rebasing), |ex| ex.report(0));
    stage.ex.migrate_grid(0).unwrap();
    stage.act(|ex| ex.report(0));
}

/// The first declaration in a market tells the fund what it found there, whatever was reported before.
#[test]
fn a25_a_declaration_reports() {
    let mut stage = staked(5_000).opened().ask("k").marks(&[100]).report().marks(&[80]).wait(6);
    let done = stage.act(|ex| ex.declare("b"));
    assert!(matches!(done, Declared::Done { .. }));
    equal(stage.leaves("k"), 4_000);
}

/// The source of a market fails at 100, where nothing lacks. At half of that b's 100 lots would lack 40 each, at twice
/// of it s's 10 each: of 5,000 the stakers may take 1,000. A day later the market is dead, and counts at its last mark.
#[test]
fn a25_a_silent_market_is_neither_nothing_nor_a_lock() {
    let mut stage = staked(5_000).opened().ask("k").silence(0).report();
    equal(stage.leaves("k"), 1_000);
    stage = stage.wait(DEAD_SLOTS / SLOTS).report();
    equal(stage.leaves("k"), 4_000);
}

/// A market that is settled and empty is not waited for.
#[test]
fn a25_a_market_that_has_ended_is_not_waited_for() {
    let mut stage = staked(5_000);
    stage.act(|ex| ex.settle_market(0));
    stage = stage.ask("k");
    stage.refused(Error::ReportsMissing, |ex| ex.take_exit("k"));
    stage.act(|ex| ex.retire(0));
    equal(stage.leaves("k"), 5_000);
}

#[test]
fn a32_an_exit_that_is_not_taken_lapses() {
    let stage = staked(1_000).ask("k");
    let early = stage.clone().wait(TWO_DAYS - 1).report();
    equal(early.clone().leaves("k"), 1_000);
    stage.wait(TWO_DAYS).report().refused(Error::Engine(Below::ExitLapsed), |ex| ex.take_exit("k"));
}

/// A lot of d's lacks 10 at 85: that stays, and no more.
#[test]
fn a33_a_dust_shortfall_holds_a_dust_amount() {
    let mut stage = staked(1_000).deposits(&[("d", 5), ("x", 900)]).pair(0, "d", "x", 1).marks(&[85]).ask("k").report();
    equal(stage.leaves("k"), 990);
}

/// b lacks 1,000 at 80. Declared, its lack is the estate's, and the ladder sees nothing.
#[test]
fn a63_a_declaration_opens_no_exit() {
    let stage = staked(5_000).opened().ask("k").marks(&[80]).wait(6);
    let before = stage.clone().report().leaves("k");
    let mut after = stage.declare("b").report();
    equal(before, 4_000);
    equal(after.leaves("k"), 4_000);
}

/// Fees stay in the market while its shortfall has no insurance, but for what serves the unfunded; a fifth of them was set aside for
/// keepers when it was booked.
#[test]
fn a63_fees_wait_while_an_estate_lacks() {
    let mut stage = Stage::new(&[100]).opened();
    stage.act(|ex| ex.charge_fee(0, atoms(10).0));
    let stage = stage.marks(&[80]).wait(6).declare("b");
    stage.refused(Error::Engine(Below::ExitWaits), |ex| ex.collect_fees(0));
    let mut stage = stage.keepers(12).end();
    let fees = stage.act(|ex| ex.collect_fees(0));
    assert_eq!(fees.treasury, atoms(8));
}

/// Both markets may draw 500 of 1,000, and the staker takes half of it before they fail together, each by 2,000.
#[test]
fn a66_an_exit_shrinks_every_allowance_alike() {
    let mut stage = Stage::with(&Terms { weight: 5_000, ..terms(&[100, 100]) }).stake("k", 500).stake("l", 500);
    stage.act(|ex| ex.begin_epoch());
    stage = stage
        .deposits(&[("b0", 1_000), ("s0", 9_000), ("b1", 1_000), ("s1", 9_000)])
        .pair(0, "b0", "s0", 100)
        .pair(1, "b1", "s1", 100)
        .ask("k")
        .report();
    equal(stage.leaves("k"), 500);
    let stage = stage.marks(&[70, 70]).wait(6).declare("b0").declare("b1").wait(12).resolve(0).resolve(1);
    for report in &stage.reports {
        equal(i128::from(report.insured.allowance.0), 250);
    }
}

/// A layer of 700 for 20 slots is pinned when b's estate opens: its underwriter stays until the estate has ended, and
/// pays.
#[test]
fn a75_a_pinned_layer_is_not_withdrawn() {
    let stage = Stage::new(&[100]).opened().layer(0, 700, 20).marks(&[80]).wait(6).declare("b").wait(25);
    stage.refused(Error::Engine(Below::LayerBound), |ex| ex.withdraw_layer(0, 0));
    let mut stage = stage.resolve(0);
    assert_eq!(stage.reports[0].insured.layers, atoms(700));
    // What is withdrawn of a layer that has paid is nothing.
    assert_eq!(stage.act(|ex| ex.withdraw_layer(0, 0)), Atoms(0));
}

/// A layer that has not ended is not withdrawn either.
#[test]
fn a6_a_layer_stays_until_its_end() {
    let stage = Stage::new(&[100]).layer(0, 700, 20).wait(20);
    stage.refused(Error::Engine(Below::LayerBound), |ex| ex.withdraw_layer(0, 0));
    let mut stage = stage.wait(1);
    assert_eq!(stage.act(|ex| ex.withdraw_layer(0, 0)), atoms(700));
}

/// b lacks 1,000 at 80, nothing covers it, and a layer of 5,000 pays from 600 of insurance on: without a cover it never
/// does, and insures nothing. With 650 of cover it attaches on the way.
#[test]
fn a18_a_layer_pays_from_its_attachment_on() {
    for (cover, layers) in [(0, 0), (650, 350)] {
        let mut stage = Stage::covered(&[100], cover);
        let limit = atoms(5_000);
        let terms = LayerTerms { limit, attachment: atoms(600), until: 5_000, ..LayerTerms::default() };
        let _ = stage.act(|ex| ex.lay(0, &terms, limit.0));
        let stage = stage.opened().marks(&[80]).wait(6).declare("b");
        assert_eq!(stage.market(0).layers[0].amount, atoms(5_000 - layers));
        assert_eq!(stage.holdback(0, Side::Short) == 0, cover > 0);
    }
}

/// b's 500 at 85 are paid of a cover of 820, and u's 300 are under water. A layer attaches at 800, which the rest of
/// the cover reaches. The buyer of b's lots has 170 of it: the layer still attaches, and insures u.
#[test]
fn a17_a_discount_unhinges_no_layer() {
    let mut stage = Stage::covered(&[100], 820);
    let limit = atoms(5_000);
    let terms = LayerTerms { limit, attachment: atoms(800), until: 5_000, ..LayerTerms::default() };
    let _ = stage.act(|ex| ex.lay(0, &terms, limit.0));
    let mut stage = stage
        .deposits(&[("u", 1_200), ("us", 9_000), ("buyer", 9_000)])
        .opened()
        .pair(0, "u", "us", 100)
        .marks(&[85])
        .wait(6)
        .declare("b")
        .wait(100);
    stage.act(|ex| ex.buy("buyer", 0, Side::Long, lots(100)));
    equal(stage.gain("buyer"), 170);
    assert_eq!(stage.holdback(0, Side::Short), 0);
}

/// A penalty is the market's income: it serves what is unfunded, and only what is left of it is the cover's.
#[test]
fn a17_a_penalty_serves_what_is_unfunded_first() {
    let mut market = MarketBooks { unfunded: atoms(7), ..MarketBooks::default() };
    market.collect_penalty(atoms(10)).unwrap();
    assert_eq!((market.unfunded, market.cover.due), (Atoms(0), atoms(3)));
}
