//! Stakes: the price of a share against a naive reference that scales every staker's claim by hand, over random histories of
//! stakes, exits, losses and revenue; and the attack on the first depositor.
#![allow(
    dead_code,
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

mod common;
#[path = "common/histories.rs"]
mod histories;

use breakwater_engine::stake::{Exit, VIRTUAL};
use breakwater_engine::state::{ExchangeParams, InsuranceBooks, StakeBooks};
use breakwater_engine::units::{Atoms, Bps, Now};
use breakwater_engine::wide::{self, U128};
use breakwater_engine::{Error, Result};
use common::Rng;
use histories::play;

const NOW: Now = Now { slot: 1_000, time: 1_000_000 };
const PEOPLE: usize = 5;
/// Atoms as the reference counts them: 2^-40 each.
const FINE: u128 = 1 << 40;

fn params() -> ExchangeParams {
    ExchangeParams { stake_min: Atoms(1), exit_cooldown_seconds: 0, ..ExchangeParams::bare() }
}

/// A fund, who has staked in it, and what each should have: claims scaled one by one, at 2^-40 of an atom. The last one is
/// nobody: an atom from the beginning.
struct World {
    fund: InsuranceBooks,
    stakes: [StakeBooks; PEOPLE],
    claims: [u128; PEOPLE + 1],
    staked: u128,
    protocol: u64,
    /// What rounding may have moved between claims so far, atoms.
    dust: u128,
}

impl World {
    fn new() -> World {
        World {
            fund: InsuranceBooks::default(),
            stakes: [StakeBooks::default(); PEOPLE],
            claims: [0, 0, 0, 0, 0, FINE],
            staked: 0,
            protocol: 0,
            dust: 0,
        }
    }

    /// Atoms a share is worth, rounded up, and one: what an operation may round away.
    fn step(&self) -> u128 {
        u128::from(self.fund.staked.0 + 1).div_ceil(self.fund.shares.get() + u128::from(VIRTUAL)) + 1
    }

    /// The tranche comes to another amount: everybody's claim in proportion, nobody's too.
    fn scale(&mut self, staked: u64) {
        let (from, to) = (self.staked as u64 + 1, staked + 1);
        for claim in &mut self.claims {
            *claim = wide::mul_div_long_floor(*claim, to, from).unwrap();
        }
        self.staked = u128::from(staked);
        self.dust += 1;
    }

    /// Nobody has a share: what there was is the protocol's, and a share is as new.
    fn reset(&mut self) {
        self.protocol += self.staked as u64;
        self.staked = 0;
        self.claims = [0, 0, 0, 0, 0, FINE];
        self.dust = 0;
    }

    fn check(&self) {
        let fund = &self.fund;
        assert_eq!(fund.booked.0, fund.protocol.0 + fund.staked.0);
        assert_eq!((fund.protocol.0, u128::from(fund.staked.0)), (self.protocol, self.staked));
        let (mut shares, mut worth) = (0, 0);
        for (stake, claim) in self.stakes.iter().zip(self.claims) {
            shares += if stake.epoch == fund.epoch { stake.shares.get() } else { 0 };
            let now = u128::from(stake.worth(fund).unwrap().0);
            worth += now;
            let bound = self.dust * FINE;
            assert!((now * FINE).abs_diff(claim) <= bound, "worth {now}, reference {claim}, dust {}", self.dust);
        }
        assert_eq!(shares, fund.shares.get(), "shares add up");
        assert!(worth <= u128::from(fund.staked.0), "{worth} redeemable of {}", fund.staked.0);
    }
}

/// Whether a share is worth no less than before, exactly.
fn no_cheaper(before: &InsuranceBooks, after: &InsuranceBooks) -> bool {
    let price = |fund: &InsuranceBooks| (u128::from(fund.staked.0) + 1, fund.shares.get() + u128::from(VIRTUAL));
    let ((a, s), (b, t)) = (price(before), price(after));
    b.checked_mul(s).unwrap() >= a.checked_mul(t).unwrap()
}

fn stake(world: &mut World, who: usize, amount: u64) -> Result<()> {
    let before = (world.fund, world.stakes[who].worth(&world.fund)?);
    let epoch = world.stakes[who].epoch;
    world.stakes[who].pay_in(&mut world.fund, Atoms(amount), &params())?;
    if epoch != world.fund.epoch {
        world.claims[who] = 0;
    }
    world.dust += world.step();
    world.claims[who] += u128::from(amount) * FINE;
    world.staked += u128::from(amount);
    assert!(no_cheaper(&before.0, &world.fund), "a stake made shares cheaper");
    let worth = world.stakes[who].worth(&world.fund)?.0;
    assert!(worth <= before.1 .0 + amount, "a stake of {amount} is worth {worth}, before {:?}", before.1);
    Ok(())
}

fn exit(world: &mut World, who: usize, shares: u128, must_stay: u64) -> Result<Exit> {
    let held = world.stakes[who];
    let before = (world.fund, held.worth(&world.fund)?);
    world.stakes[who].request_exit(&world.fund, shares, &params(), NOW)?;
    let quoted = world.fund.shares_worth(shares)?;
    let exit = world.stakes[who].exit(&mut world.fund, Atoms(must_stay), NOW)?;
    let whole = exit.shares == shares;
    assert!(if whole { exit.paid == quoted } else { exit.paid < quoted }, "{quoted:?} {exit:?} of {shares}");
    let live = if held.epoch == before.0.epoch { held.shares.get() } else { 0 };
    assert_eq!(live - exit.shares, world.stakes[who].shares.get());
    assert!(exit.paid.is_zero() || world.fund.own()?.0 >= must_stay, "too much left");
    world.dust += world.step();
    world.claims[who] = world.claims[who].saturating_sub(u128::from(exit.paid.0) * FINE);
    world.staked -= u128::from(exit.paid.0);
    let out = live > 0 && world.fund.shares == U128::ZERO;
    if out {
        world.reset();
    } else {
        assert!(no_cheaper(&before.0, &world.fund), "an exit made shares cheaper");
    }
    let left = world.stakes[who].worth(&world.fund)?.0;
    assert!(left + exit.paid.0 <= before.1 .0, "paid {}, left {left}, before {:?}", exit.paid.0, before.1);
    Ok(exit)
}

fn lose(world: &mut World, amount: u64) {
    let before = world.fund;
    world.fund.lose(Atoms(amount)).unwrap();
    let from_protocol = amount.min(world.protocol);
    world.protocol -= from_protocol;
    assert!(from_protocol == amount || world.protocol == 0, "the protocol's tranche loses first");
    let from_stakers = amount - from_protocol;
    if from_stakers == 0 {
        return;
    }
    world.scale(before.staked.0 - from_stakers);
    if world.fund.epoch == before.epoch {
        return;
    }
    // A new epoch: less than 2^-20 of what a share was issued at is left for each.
    assert!(world.staked == 0 || world.staked << 40 < before.shares.get() + u128::from(VIRTUAL));
    world.reset();
}

fn earn(world: &mut World, amount: u64, share: Bps) {
    world.fund.share_out(Atoms(amount), share).unwrap();
    let has_stakers = world.stakes.iter().any(|stake| stake.epoch == world.fund.epoch && stake.shares != U128::ZERO);
    let to_stakers = if has_stakers { u128::from(amount) * u128::from(share.0) / 10_000 } else { 0 };
    world.protocol += amount - to_stakers as u64;
    // Scaling a claim scales what rounding made of it.
    let before = world.staked + 1;
    let after = before + to_stakers;
    world.dust = (world.dust * after).div_ceil(before);
    world.scale((world.staked + to_stakers) as u64);
}

fn history(rng: &mut Rng) -> [u64; 5] {
    let mut world = World::new();
    let mut count = [0; 5];
    for _ in 0..rng.within(20, 120) {
        let who = rng.within(0, PEOPLE as u64 - 1) as usize;
        match rng.within(0, 9) {
            0..=3 => {
                count[0] += u64::from(stake(&mut world, who, 1 + rng.magnitude(36)).is_ok());
            }
            4..=6 => {
                let stake = world.stakes[who];
                let held = if stake.epoch == world.fund.epoch { stake.shares.get() } else { 0 };
                let shares = if rng.one_in(2) { held } else { held / u128::from(rng.within(1, 1_000)) };
                let own = world.fund.own().unwrap().0;
                let must_stay = if rng.one_in(3) { rng.within(0, own + own / 2) } else { 0 };
                let before = world.fund;
                match exit(&mut world, who, shares, must_stay) {
                    Ok(exit) => count[1] += u64::from(exit.shares < shares),
                    Err(Error::ExitWaits) => {
                        count[2] += 1;
                        assert!(before.own().unwrap().0 <= must_stay);
                    }
                    Err(error) => assert!(error == Error::InsufficientShares && shares == 0, "{error:?}"),
                }
            }
            7 => {
                let own = world.fund.own().unwrap().0;
                let left = if rng.one_in(3) { rng.magnitude(36).min(own) } else { rng.within(own / 2, own) };
                let epoch = world.fund.epoch;
                lose(&mut world, own - left);
                count[3] += world.fund.epoch - epoch;
            }
            _ => {
                earn(&mut world, rng.magnitude(30), Bps(rng.within(0, 10_000) as u32));
                count[4] += 1;
            }
        }
        world.check();
    }
    // Everybody can leave, and nothing stays with the stakers' tranche (I11).
    for who in 0..PEOPLE {
        let shares = world.stakes[who].shares.get();
        if world.stakes[who].epoch == world.fund.epoch && shares > 0 {
            let _ = exit(&mut world, who, shares, 0).unwrap();
        }
    }
    assert_eq!((world.fund.shares, world.fund.staked), (U128::ZERO, Atoms(0)));
    count
}

#[test]
fn a_share_is_worth_what_the_reference_says_and_rounding_favours_nobody() {
    let counts = play(3_000, history);
    let sum = |at: usize| counts.iter().map(|count| count[at]).sum::<u64>();
    println!("{} stakes, {} partial exits, {} waits, {} epochs, {} revenues", sum(0), sum(1), sum(2), sum(3), sum(4));
    assert!(counts.len() < 1_000 || (0..5).all(|at| sum(at) > 100));
}

/// The attacker stakes first, leaves all but some shares, and gives the tranche revenue (penalties of his own liquidations,
/// all of it the stakers') so that the victim's stake rounds away. Whatever he leaves and gives, he ends with less than he
/// began with by almost all he gave, and the victim keeps all but a thousandth.
#[test]
fn the_first_depositor_cannot_inflate_a_share() {
    for stake_min in [1u64, 1_000_000] {
        let params = ExchangeParams { stake_min: Atoms(stake_min), ..params() };
        for (kept, given) in (0..=40).flat_map(|kept| (0..=40).map(move |given| (kept, 1u64 << given))) {
            let mut fund = InsuranceBooks::default();
            let (mut attacker, mut victim) = (StakeBooks::default(), StakeBooks::default());
            let bought = attacker.pay_in(&mut fund, Atoms(stake_min), &params).unwrap();
            let kept = (bought >> kept).max(1);
            attacker.request_exit(&fund, bought - kept, &params, NOW).unwrap();
            let back = if bought > kept { attacker.exit(&mut fund, Atoms(0), NOW).unwrap().paid.0 } else { 0 };
            fund.share_out(Atoms(given), Bps(10_000)).unwrap();
            let price = (fund.staked.0 + 1) as f64 / (fund.shares.get() + u128::from(VIRTUAL)) as f64;
            let staked = stake_min.max((1_000.0 * price) as u64).max(1_000_000);
            victim.pay_in(&mut fund, Atoms(staked), &params).unwrap();
            let worth = victim.worth(&fund).unwrap().0;
            assert!(staked - worth <= staked / 1_000 + 1, "given {given}: {staked} is worth {worth}");
            let profit = back + attacker.worth(&fund).unwrap().0;
            assert!(profit <= stake_min + given, "kept {kept} given {given}: {profit}");
            // What he gave to shares nobody holds is gone: with one share left, all of it.
            if kept == 1 {
                assert!(profit <= stake_min + given / 1_000, "kept {kept} given {given}: {profit}");
            }
        }
    }
}

/// Below the price of a share a stake is refused rather than kept.
#[test]
fn a_stake_that_buys_no_share_is_refused() {
    let mut fund = InsuranceBooks::default();
    let (mut one, mut other) = (StakeBooks::default(), StakeBooks::default());
    one.pay_in(&mut fund, Atoms(1), &params()).unwrap();
    fund.share_out(Atoms(1 << 50), Bps(10_000)).unwrap();
    assert_eq!(other.pay_in(&mut fund, Atoms(1 << 28), &params()), Err(Error::StakeTooSmall));
    assert!(other.pay_in(&mut fund, Atoms(1 << 30), &params()).is_ok());
    let dear = ExchangeParams { stake_min: Atoms(1 << 40), ..params() };
    assert_eq!(other.pay_in(&mut fund, Atoms((1 << 40) - 1), &dear), Err(Error::StakeTooSmall));
}

/// Asked for and cooled down, an exit is no option for ever: two days, then it is asked for again.
#[test]
fn a32_an_exit_lapses_two_days_after_its_cool_down() {
    let params = ExchangeParams::standard();
    let (mut fund, mut stake) = (InsuranceBooks::default(), StakeBooks::default());
    let shares = stake.pay_in(&mut fund, Atoms(10_000_000), &params).unwrap();
    stake.request_exit(&fund, shares, &params, NOW).unwrap();
    let after = |seconds: i64| Now { time: NOW.time + params.exit_cooldown_seconds as i64 + seconds, ..NOW };
    let (last, lapsed) = (after(2 * 86_400 - 1), after(2 * 86_400));
    assert!(stake.clone().exit(&mut fund.clone(), Atoms(0), last).is_ok());
    assert_eq!(stake.exit(&mut fund, Atoms(0), lapsed), Err(Error::ExitLapsed));
    stake.request_exit(&fund, shares, &params, lapsed).unwrap();
    assert_eq!(stake.exit(&mut fund, Atoms(0), lapsed), Err(Error::ExitCooling));
}

#[test]
fn shares_that_leave_lose_until_they_have_left() {
    let params = ExchangeParams::standard();
    let mut fund = InsuranceBooks::default();
    let mut stake = StakeBooks::default();
    fund.pay_in(Atoms(100)).unwrap();
    let shares = stake.pay_in(&mut fund, Atoms(10_000_000), &params).unwrap();
    assert_eq!(stake.exit(&mut fund, Atoms(0), NOW), Err(Error::InsufficientShares));
    assert_eq!(stake.request_exit(&fund, shares + 1, &params, NOW), Err(Error::InsufficientShares));
    stake.request_exit(&fund, shares, &params, NOW).unwrap();
    let almost = Now { time: NOW.time + params.exit_cooldown_seconds as i64 - 1, ..NOW };
    assert_eq!(stake.exit(&mut fund, Atoms(0), almost), Err(Error::ExitCooling));
    fund.lose(Atoms(4_000_100)).unwrap();
    // Asked for again the cool-down begins anew; taken back there is none.
    stake.request_exit(&fund, shares / 2, &params, almost).unwrap();
    let over = Now { time: almost.time + 1, ..almost };
    assert_eq!(stake.exit(&mut fund, Atoms(0), over), Err(Error::ExitCooling));
    stake.request_exit(&fund, 0, &params, over).unwrap();
    assert_eq!(stake.exit(&mut fund, Atoms(0), over), Err(Error::InsufficientShares));
    stake.request_exit(&fund, shares, &params, NOW).unwrap();
    let exit = stake.exit(&mut fund, Atoms(0), over).unwrap();
    assert_eq!((exit.shares, exit.paid), (shares, Atoms(6_000_000)));
    assert_eq!((fund.staked, fund.protocol, fund.booked), (Atoms(0), Atoms(0), Atoms(0)));
}

/// A stake that was lost whole is worth nothing in the next epoch, whoever stakes then; it still closes.
#[test]
fn shares_of_a_lost_epoch_are_worth_nothing() {
    let mut fund = InsuranceBooks::default();
    let (mut old, mut new) = (StakeBooks::default(), StakeBooks::default());
    let shares = old.pay_in(&mut fund, Atoms(1 << 40), &params()).unwrap();
    old.request_exit(&fund, shares, &params(), NOW).unwrap();
    // A 2^21th is left: less than a share may be worth.
    fund.lose(Atoms((1 << 40) - (1 << 19))).unwrap();
    assert_eq!((fund.epoch, fund.staked, fund.protocol), (1, Atoms(0), Atoms(1 << 19)));
    new.pay_in(&mut fund, Atoms(1_000_000), &params()).unwrap();
    assert_eq!((old.worth(&fund), new.worth(&fund)), (Ok(Atoms(0)), Ok(Atoms(1_000_000))));
    assert_eq!(old.exit(&mut fund, Atoms(0), NOW), Ok(Exit::default()));
    assert_eq!(old.request_exit(&fund, 1, &params(), NOW), Err(Error::InsufficientShares));
    // Twice as much left is still worth something.
    let mut fund = InsuranceBooks::default();
    let mut stake = StakeBooks::default();
    stake.pay_in(&mut fund, Atoms(1 << 40), &params()).unwrap();
    fund.lose(Atoms((1 << 40) - (1 << 20))).unwrap();
    assert_eq!((fund.epoch, fund.staked), (0, Atoms(1 << 20)));
}

/// A fall is measured from the day's peak; stakes and exits are neither gain nor loss.
#[test]
fn a_fall_is_a_loss_and_nothing_else() {
    let mut fund = InsuranceBooks::default();
    let mut stake = StakeBooks::default();
    fund.begin_day(NOW).unwrap();
    fund.pay_in(Atoms(100)).unwrap();
    let shares = stake.pay_in(&mut fund, Atoms(900), &params()).unwrap();
    assert_eq!(fund.drawdown(NOW), Ok((Atoms(1_000), Atoms(1_000))));
    fund.lose(Atoms(300)).unwrap();
    assert_eq!(fund.drawdown(NOW), Ok((Atoms(1_000), Atoms(700))));
    let mut late = StakeBooks::default();
    late.pay_in(&mut fund, Atoms(500), &params()).unwrap();
    assert_eq!(fund.drawdown(NOW), Ok((Atoms(1_500), Atoms(1_200))));
    stake.request_exit(&fund, shares, &params(), NOW).unwrap();
    let paid = stake.exit(&mut fund, Atoms(0), NOW).unwrap().paid.0;
    assert_eq!(fund.drawdown(NOW), Ok((Atoms(1_500 - paid), Atoms(1_200 - paid))));
    fund.pay_in(Atoms(10_000)).unwrap();
    let own = fund.own().unwrap();
    assert_eq!(fund.drawdown(NOW), Ok((own, own)));
    fund.lose(Atoms(50)).unwrap();
    let last = Now { time: NOW.time + 86_399, ..NOW };
    fund.begin_day(last).unwrap();
    assert_eq!(fund.drawdown(last), Ok((own, own.minus(Atoms(50)).unwrap())));
    let next = Now { time: NOW.time + 86_400, ..NOW };
    let own = fund.own().unwrap();
    assert_eq!(fund.drawdown(next), Ok((own, own)));
    fund.begin_day(next).unwrap();
    assert_eq!((fund.peak, fund.peak_since), (own, next.time));
}
