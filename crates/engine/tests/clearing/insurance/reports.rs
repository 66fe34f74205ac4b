//! Reports of two hundred markets against a list of them.

use breakwater_engine::clearing::insurance::{Elsewhere, Exposure};
use breakwater_engine::clearing::state::{Fund, FundParams, MarketBooks};
use breakwater_engine::units::{Atoms, Bps, Now};

use crate::common::Rng;
use crate::histories::play;

const MARKETS: usize = 200;
const WINDOW: u64 = 25;

/// Sums are exact; an exit passes exactly while every market reported in this window or the last; so no report is as
/// old as two windows, and reporting all within one is enough, whatever others report meanwhile.
#[test]
fn a25_two_hundred_markets_are_summed_exactly_and_none_is_old() {
    play(20, |rng: &mut Rng| {
        let run = FundParams { epoch_seconds: u64::MAX, income_seconds: 3_600, report_slots: WINDOW };
        let mut fund = Fund { params: run, ..Fund::default() };
        let (mut markets, mut last) = (vec![MarketBooks::default(); MARKETS], vec![(0, Exposure::default()); MARKETS]);
        let mut now = Now { slot: 5_000, time: 1_000 };
        for (market, last) in markets.iter_mut().zip(&mut last) {
            market.join_fund(&mut fund, now).unwrap();
            last.0 = now.slot;
        }
        let (mut passed, mut refused, mut at) = (0, 0, 0);
        for _ in 0..3_000 {
            // Markets are reported in turn, and some again and again.
            let chosen = if rng.one_in(4) { rng.within(0, MARKETS as u64 - 1) as usize } else { at };
            at = (at + usize::from(chosen == at)) % MARKETS;
            let amounts = [rng.magnitude(40), rng.magnitude(40), rng.magnitude(62)].map(Atoms);
            let exposure = Exposure { shortfall: amounts[0], uncovered: amounts[1], value: amounts[2] };
            markets[chosen].report(&mut fund, &exposure, now).unwrap();
            last[chosen] = (now.slot, exposure);
            if rng.one_in(if passed > refused { 3 } else { 16 }) {
                now.slot += if rng.one_in(60) { rng.within(0, 80) } else { rng.within(0, 3) };
            }
            let window = |slot: u64| slot / WINDOW;
            let fresh = last.iter().all(|(slot, _)| window(now.slot) - window(*slot) <= 1);
            assert_eq!(fund.has_all_reports(now), fresh);
            let oldest = last.iter().map(|(slot, _)| now.slot - slot).max().unwrap();
            assert!(!fresh || oldest < 2 * WINDOW);
            assert!(fresh || oldest >= WINDOW);
            passed += u64::from(fresh);
            refused += u64::from(!fresh);
        }
        assert!(passed > 100 && refused > 100, "{passed} {refused}");
        check_sums(&fund, &markets, &last);
    });
}

fn check_sums(fund: &Fund, markets: &[MarketBooks], last: &[(u64, Exposure)]) {
    let sum = |of: fn(&Exposure) -> Atoms| last.iter().map(|(_, last)| u128::from(of(last).0)).sum::<u128>();
    let sums = [sum(|last| last.shortfall), sum(|last| last.uncovered), sum(|last| last.value)];
    assert_eq!([fund.reports.shortfalls, fund.reports.uncovered, fund.reports.values].map(|sum| sum.get()), sums);
    assert_eq!(Elsewhere::of(fund, markets.iter()).unwrap().reported, [0; 3]);
    let first = sums[0] + (sums[2] * 250).div_ceil(10_000);
    let most = first.max(sums[1]).min(1 << 62);
    assert_eq!(u128::from(fund.must_stay(Bps(250)).unwrap().0), most);
}

/// Who has all markets reported within a window may leave, though another signer reports some of them at the worst
/// times.
#[test]
fn a25_another_signers_reports_hold_no_exit_up() {
    let run = FundParams { epoch_seconds: u64::MAX, income_seconds: 3_600, report_slots: WINDOW };
    for offset in 0..2 * WINDOW {
        let mut fund = Fund { params: run, ..Fund::default() };
        let mut markets = vec![MarketBooks::default(); MARKETS];
        let mut now = Now { slot: 5_000, time: 1_000 };
        for market in &mut markets {
            market.join_fund(&mut fund, now).unwrap();
        }
        now.slot += 10 * WINDOW + offset;
        for at in 0..MARKETS {
            markets[(at * 7) % 13].report(&mut fund, &Exposure::default(), now).unwrap();
            markets[at].report(&mut fund, &Exposure::default(), now).unwrap();
            now.slot += u64::from(at % 8 == 7);
        }
        assert!(fund.has_all_reports(now), "offset {offset}");
    }
}
