//! Exits and their refusals, one by one, and the attack on the first depositor.

use breakwater_engine::clearing::error::Error;
use breakwater_engine::clearing::insurance::{Exposure, Unstaked, UNSTAKE_WINDOW_SECONDS};
use breakwater_engine::clearing::state::{Fund, FundParams, MarketBooks, StakeBooks};
use breakwater_engine::state::ExchangeParams;
use breakwater_engine::units::{Atoms, Bps, Now};
use breakwater_engine::Error as Below;

const NOW: Now = Now { slot: 1_000, time: 1_000_000 };

fn params() -> ExchangeParams {
    ExchangeParams { stake_min: Atoms(100), exit_cooldown_seconds: 1_000, ..ExchangeParams::default() }
}

fn fund() -> Fund {
    let run = FundParams { epoch_seconds: u64::MAX, income_seconds: 3_600, report_slots: 25 };
    Fund { params: run, ..Fund::default() }
}

fn later(seconds: i64) -> Now {
    Now { time: NOW.time + seconds, ..NOW }
}

/// A fund in which one staker has 1,000 and asked for all of it.
fn leaving() -> (Fund, StakeBooks) {
    let (mut fund, mut stake) = (fund(), StakeBooks::default());
    let shares = fund.stake(&mut stake, Atoms(1_000), &params(), NOW).unwrap();
    fund.request_unstake(&mut stake, shares, &params(), NOW).unwrap();
    (fund, stake)
}

#[test]
fn a_stake_below_the_smallest_is_refused() {
    let refused = fund().stake(&mut StakeBooks::default(), Atoms(99), &params(), NOW);
    assert_eq!(refused, Err(Error::Engine(Below::StakeTooSmall)));
}

#[test]
fn more_shares_than_there_are_do_not_leave() {
    let (fund, mut stake) = leaving();
    let more = stake.shares.get() + 1;
    let refused = fund.request_unstake(&mut stake, more, &params(), NOW);
    assert_eq!(refused, Err(Error::Engine(Below::InsufficientShares)));
}

#[test]
fn an_exit_that_was_not_asked_for_is_refused() {
    let (mut fund, mut stake) = leaving();
    fund.request_unstake(&mut stake, 0, &params(), NOW).unwrap();
    assert_eq!(fund.unstake(&mut stake, &params(), later(1_000)), Err(Error::Engine(Below::InsufficientShares)));
}

#[test]
fn a32_an_exit_is_taken_from_the_cool_down_on_for_two_days() {
    let window = [(999, Some(Below::ExitCooling)), (1_000, None), (1_000 + UNSTAKE_WINDOW_SECONDS - 1, None)];
    let after = [(1_000 + UNSTAKE_WINDOW_SECONDS, Some(Below::ExitLapsed))];
    for (seconds, refused) in window.into_iter().chain(after) {
        let (mut fund, mut stake) = leaving();
        let done = fund.unstake(&mut stake, &params(), later(seconds));
        assert_eq!(done.err(), refused.map(Error::Engine), "{seconds}");
    }
}

/// Slashed while it cools down, a stake leaves with what is left.
#[test]
fn shares_on_their_way_out_lose_like_any_others() {
    let (mut fund, mut stake) = leaving();
    let mut market = MarketBooks::default();
    market.set_allowance_weight(&mut fund, Bps(10_000)).unwrap();
    fund.begin_epoch().unwrap();
    assert_eq!(market.draw(&mut fund, Atoms(400), true, NOW).unwrap().allowance, Atoms(400));
    let exit = fund.unstake(&mut stake, &params(), later(1_000)).unwrap();
    assert!((598..=600).contains(&exit.paid.0), "{exit:?}");
    fund.check().unwrap();
}

/// What cannot leave yet goes on leaving: 700 of 1,000 must stay.
#[test]
fn an_exit_takes_what_does_not_have_to_stay() {
    let (mut fund, mut stake) = leaving();
    let mut market = MarketBooks::default();
    market.join_fund(&mut fund, NOW).unwrap();
    let says = |amount: u64| Exposure { shortfall: Atoms(amount), uncovered: Atoms(amount), value: Atoms(0) };
    market.report(&mut fund, &says(700), NOW).unwrap();
    assert_eq!(fund.unstake(&mut stake, &params(), later(1_000)).unwrap().paid, Atoms(300));
    assert_eq!(fund.unstake(&mut stake, &params(), later(1_000)), Err(Error::Engine(Below::ExitWaits)));
    market.report(&mut fund, &says(0), NOW).unwrap();
    let exit = fund.unstake(&mut stake, &params(), later(1_000)).unwrap();
    assert!((698..=700).contains(&exit.paid.0), "{exit:?}");
    assert_eq!((stake.shares, fund.booked.0), (StakeBooks::default().shares, 1_000 - 300 - exit.paid.0));
}

/// One market's cover pays nothing of another's shortfall: with 600 of a cover, and 500 uncovered elsewhere, 1,100 stay
/// though all shortfalls come to 500.
#[test]
fn covers_stay_beside_what_is_uncovered_elsewhere() {
    let (mut fund, mut stake) = leaving();
    let mut markets = [MarketBooks::default(); 2];
    for market in &mut markets {
        market.join_fund(&mut fund, NOW).unwrap();
    }
    markets[0].fund_cover(&mut fund, Atoms(600), NOW).unwrap();
    let exposure = Exposure { shortfall: Atoms(500), uncovered: Atoms(500), value: Atoms(0) };
    markets[1].report(&mut fund, &exposure, NOW).unwrap();
    assert_eq!(fund.must_stay(Bps(0)).unwrap(), Atoms(1_100));
    assert_eq!(fund.unstake(&mut stake, &params(), later(1_000)).unwrap().paid, Atoms(500));
    fund.check().unwrap();
}

/// A tranche that was lost whole is another's: its shares are worth nothing, and leave with nothing.
#[test]
fn shares_of_a_lost_tranche_are_buried() {
    let (mut fund, mut stake) = leaving();
    let mut market = MarketBooks::default();
    market.set_allowance_weight(&mut fund, Bps(10_000)).unwrap();
    fund.begin_epoch().unwrap();
    let _ = market.draw(&mut fund, Atoms(1_000), true, NOW).unwrap();
    assert_eq!((fund.stake_epoch, fund.shares.get(), fund.staked), (1, 0, Atoms(0)));
    let mut next = StakeBooks::default();
    fund.stake(&mut next, Atoms(500), &params(), NOW).unwrap();
    assert_eq!(stake.worth(&fund).unwrap(), Atoms(0));
    assert_eq!(fund.unstake(&mut stake, &params(), later(1_000)).unwrap(), Unstaked::default());
    assert_eq!(next.worth(&fund).unwrap(), Atoms(500));
}

/// A loss within a day shows as a fall from the day's peak; stakes and exits do not, and the next day begins anew.
#[test]
fn a_fall_is_measured_from_the_peak_of_the_day_without_stakes_and_exits() {
    let (mut fund, mut stake) = leaving();
    let mut market = MarketBooks::default();
    market.fund_cover(&mut fund, Atoms(500), NOW).unwrap();
    assert_eq!(fund.drawdown(NOW).unwrap(), (Atoms(1_500), Atoms(1_500)));
    let _ = market.draw(&mut fund, Atoms(300), false, NOW).unwrap();
    assert_eq!(fund.drawdown(NOW).unwrap(), (Atoms(1_500), Atoms(1_200)));
    assert!(fund.has_fallen(Bps(2_000), NOW).unwrap() && !fund.has_fallen(Bps(2_001), NOW).unwrap());
    fund.stake(&mut StakeBooks::default(), Atoms(100), &params(), NOW).unwrap();
    let paid = fund.unstake(&mut stake, &params(), later(1_000)).unwrap().paid;
    assert_eq!(fund.drawdown(NOW).unwrap(), (Atoms(1_600 - paid.0), Atoms(1_300 - paid.0)));
    let (peak, own) = fund.drawdown(later(86_400)).unwrap();
    assert_eq!(peak, own);
    assert!(!fund.has_fallen(Bps(0), later(86_400)).unwrap());
}

/// The first staker gives a fortune to the tranche to make a share so dear that the second's buys none: it is theirs
/// then.
#[test]
fn the_first_staker_gains_nothing_by_making_shares_dear() {
    let (mut fund, mut first, mut second) = (fund(), StakeBooks::default(), StakeBooks::default());
    fund.stake(&mut first, Atoms(100), &params(), NOW).unwrap();
    // As if income had come in for it.
    fund.staked = Atoms(fund.staked.0 + 1_000_000);
    fund.booked = Atoms(fund.booked.0 + 1_000_000);
    fund.stake(&mut second, Atoms(900_000), &params(), NOW).unwrap();
    let worth = second.worth(&fund).unwrap().0;
    assert!((899_990..=900_000).contains(&worth), "{worth}");
    assert!(first.worth(&fund).unwrap().0 <= 1_000_100);
}
