//! The bound on outflow: against a naive log of what left, against exact arithmetic, and as its users meet it.
#![allow(
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
#[path = "common/vault.rs"]
mod vault;

use breakwater_engine::outflow::{self, Allowance, Promise, Refused, LAPSE_SECONDS};
use breakwater_engine::state::{AccountBooks, ExchangeParams, Outflow};
use breakwater_engine::units::{Atoms, Bps, Now};
use breakwater_engine::Error;
use common::Rng;
use histories::play;
use vault::{small, Vault, DAY, HOUR, START, USD};

/// Random hours: everyone deposits, withdraws, requests, cancels, collects early and late, in parts and whole.
fn history(rng: &mut Rng) -> [f64; 2] {
    let (count, patient) = (rng.within(3, 30) as usize, rng.within(1, 4));
    let mut vault = Vault::new(small(), count, rng.within(100, 5_000) * USD);
    for _ in 0..rng.within(200, 800) {
        let who = rng.within(0, count as u64 - 1) as usize;
        let free = vault.accounts[who].free.0;
        let flow = vault.accounts[who].flow;
        match rng.within(0, 9) {
            0 => vault.deposit(who, rng.magnitude(31)),
            1 | 2 => vault.tries(who, rng.within(0, free)),
            3 => vault.tries(who, rng.within(0, vault.allowance().most().unwrap().0.min(free))),
            4 | 5 => vault.asks(who, vault.allowance().most().unwrap().0.min(free)),
            6 if rng.one_in(2) => vault.asks(who, 0),
            // To its last second, where everyone's promises come together.
            7 if rng.one_in(patient) && flow.ready_at > 0 => {
                vault.time = vault.time.max(flow.ready_at + LAPSE_SECONDS - 1);
            }
            8 => {
                let amount = flow.requested.0.min(free);
                vault.tries(who, if rng.one_in(4) { rng.within(0, amount) } else { amount });
            }
            _ => vault.time += rng.magnitude(13) as i64,
        }
        let spread = i64::from(vault.outflow.hour_until > 0);
        assert!(spread == 0 || vault.outflow.day_until > 0, "what is counted is counted in both windows");
    }
    vault.check()
}

#[test]
fn no_window_lets_more_than_its_allowance_through() {
    let found = play(400, history);
    let fullest = |at: usize| found.iter().map(|one| one[at]).fold(0.0, f64::max);
    println!("fullest hour {:.3}, fullest day {:.3} of what may leave", fullest(0), fullest(1));
    assert!(found.len() < 100 || (fullest(0) > 0.6 && fullest(1) > 0.4), "the histories never come near the bound");
}

/// The worst hour there is: a burst and an hour's promises collected at the last second of the burst's, then another hour's.
#[test]
fn the_bound_is_reached_and_not_passed() {
    let params = ExchangeParams { outflow_day: Bps(10_000), outflow_exempt: Atoms(0), ..small() };
    let mut vault = Vault::new(params, 200, 10_000 * USD);
    let part = vault.allowance().hour.0 / 100;
    let ready: Vec<i64> = (0..200).map(|who| vault.request(who, part).unwrap().ready_at).collect();
    let begun = vault.time + LAPSE_SECONDS - 1;
    for (who, ready) in ready.iter().enumerate().filter(|(_, ready)| **ready < begun + HOUR) {
        vault.time = begun.max(*ready);
        vault.withdraw(who, part).unwrap();
    }
    let [hour, _] = vault.check();
    assert!(hour > 0.97, "{hour}");
}

/// `until` in exact nanoseconds, recomputed from the first counted withdrawal on.
fn exact(log: &[(i64, u64, Allowance)]) -> [u128; 2] {
    let mut until = [0u128; 2];
    for (at, counted, allowance) in log {
        for (until, (amount, whole)) in until.iter_mut().zip([(allowance.hour.0, 3 * HOUR), (allowance.day.0, 2 * DAY)])
        {
            let time = u128::from(*counted) * whole as u128 * 1_000_000_000 / u128::from(amount);
            *until = (*until).max(*at as u128 * 1_000_000_000) + time;
        }
    }
    until
}

/// Against arithmetic that keeps every event and rounds to a nanosecond: a millisecond a withdrawal, and never too early.
#[test]
fn words_equal_exact_arithmetic() {
    let found = play(500, |rng| {
        let params = ExchangeParams {
            outflow_floor: Atoms((1 << rng.within(21, 56)) - rng.magnitude(19)),
            outflow_exempt: Atoms(0),
            ..ExchangeParams::standard()
        };
        params.validate().unwrap();
        let mut vault = Vault::new(params, 200, 0);
        let mut log = Vec::new();
        for who in 0..200 {
            vault.booked = rng.magnitude(56);
            let most = vault.allowance().most().unwrap().0;
            let amount = if rng.one_in(3) { most } else { rng.within(0, most).max(1) };
            vault.accounts[who].free = Atoms(amount);
            let promise = vault.request(who, amount).unwrap();
            log.push((vault.time, promise.counted.0, vault.allowance()));
            let [hour, day] = exact(&log);
            let ready = hour.saturating_sub(HOUR as u128 * 1_000_000_000).max(day - 23 * HOUR as u128 * 1_000_000_000);
            let exact = ready.div_ceil(1_000_000_000).max(vault.time as u128);
            let late = i128::from(promise.ready_at) - exact as i128;
            assert!((0..=1).contains(&late), "{late} seconds late after {who}");
            let [exact, ours] = [day, vault.outflow.day_until as u128 * 1_000_000].map(|until| until as i128);
            let bound = (who as i128 + 1) * 1_020_000;
            assert!((0..=bound).contains(&(ours - exact)), "{} ns after {who}", ours - exact);
            vault.time += rng.magnitude(12) as i64;
        }
        0
    });
    assert!(!found.is_empty());
}

/// A run: everyone asks for everything he may, in a random order; each is out at the time he was told, nobody who asked later
/// was told an earlier one, and whatever others do meanwhile changes nothing.
#[test]
fn i10_a_run_leaves_in_order_at_the_times_stated() {
    let found = play(100, |rng| {
        let count = rng.within(5, 60) as usize;
        let mut vault = Vault::new(small(), 2 * count, rng.within(500, 20_000) * USD);
        let mut queue = Vec::new();
        for who in 0..count {
            let amount = vault.allowance().most().unwrap().0.min(vault.accounts[who].free.0);
            let promise = vault.request(who, amount).unwrap();
            assert!(queue.last().is_none_or(|(_, _, ready)| *ready <= promise.ready_at), "in order of request");
            queue.push((who, amount, promise.ready_at));
            disturb(&mut vault, rng, count);
        }
        for (who, amount, ready_at) in &queue {
            while vault.time < ready_at - 1 {
                vault.time += rng.within(1, 2_000).min((ready_at - 1 - vault.time) as u64) as i64;
                disturb(&mut vault, rng, count);
            }
            if vault.time < *ready_at {
                let refused = vault.withdraw(*who, *amount).unwrap_err();
                let expected = Refused { error: Error::RequestNotReady, reopens_at: *ready_at, most: Atoms(*amount) };
                assert_eq!(refused, expected, "a second early");
                vault.time = *ready_at;
            }
            vault.withdraw(*who, *amount).expect("at the time stated");
        }
        vault.check();
        vault.time - START
    });
    println!("the longest run took {} hours", found.iter().max().unwrap() / HOUR);
}

/// Others, who are not in the queue.
fn disturb(vault: &mut Vault, rng: &mut Rng, others: usize) {
    let who = others + rng.within(0, others as u64 - 1) as usize;
    let free = vault.accounts[who].free.0;
    match rng.within(0, 5) {
        0 => vault.deposit(who, rng.magnitude(36)),
        1 => vault.tries(who, rng.within(0, free)),
        2 => vault.asks(who, rng.within(0, vault.allowance().most().unwrap().0.min(free))),
        3 => vault.asks(who, 0),
        4 => vault.tries(who, vault.accounts[who].flow.requested.0.min(free)),
        _ => {}
    }
}

/// Refused: at the second stated what was named passes, a second earlier it does not.
#[test]
fn i10_the_refusal_states_when_and_how_much() {
    let found = play(300, |rng| {
        let mut vault = Vault::new(small(), 8, rng.within(1_000, 50_000) * USD);
        let mut refusals = 0;
        for _ in 0..60 {
            let who = rng.within(0, 7) as usize;
            let free = vault.accounts[who].free.0;
            vault.time += rng.magnitude(10) as i64;
            let amount = rng.within(0, free);
            let Err(refused) = vault.withdraw(who, amount) else { continue };
            assert_eq!(refused.error, Error::OutflowLimit);
            assert!(refused.most.0 <= amount && refused.reopens_at - vault.time <= 8 * DAY);
            let before = (vault.outflow, vault.accounts[who], vault.time);
            for (early, passes) in [(1, false), (0, true)] {
                vault.time = before.2.max(refused.reopens_at - early);
                let moved = vault.time > before.2 || passes;
                if moved && !exemption_ends(&before.1, before.2, vault.time) {
                    let again = vault.withdraw(who, refused.most.0);
                    let fits = refused.reopens_at == before.2 && refused.most.0 < amount;
                    assert_eq!(again.is_ok(), passes || fits, "{again:?} {early} seconds before {refused:?}");
                    refusals += 1;
                }
            }
        }
        refusals
    });
    assert!(found.iter().sum::<u64>() > 100);
}

/// Whether what is not counted has changed in between: the day of a deposit or of an exemption ended.
fn exemption_ends(account: &AccountBooks, from: i64, to: i64) -> bool {
    let over = |since: i64, at: i64| at - since >= DAY;
    let flow = &account.flow;
    [flow.deposited_since, flow.exempt_since].iter().any(|since| over(*since, from) != over(*since, to))
}

/// F3: 285 million in 31 withdrawals over 12 minutes, from as many accounts as one likes.
#[test]
fn f3_thirty_one_withdrawals_do_not_drain_the_vault() {
    let mut vault = Vault::new(ExchangeParams::standard(), 31, 10_000_000 * USD);
    let before = vault.booked;
    for who in 0..31 {
        let _ = vault.withdraw(who, 10_000_000 * USD).or_else(|refused| vault.withdraw(who, refused.most.0));
        let _ =
            vault.request(who, vault.allowance().most().unwrap().0).and_then(|_| vault.withdraw(who, 10_000_000 * USD));
        vault.time += 23;
    }
    let exempt = 31 * vault.params.outflow_exempt.0;
    let left = before - vault.booked;
    // A burst, a third of the hour's allowance, and what twelve minutes refill, a fifth of that.
    assert!(left - exempt <= before / 10 / 3 * 6 / 5 + USD, "{left} of {before} left");
    assert!(left > before / 40, "and what may leave does");
    // In equal parts they guard the exchange within minutes, once three quarters of the burst have left.
    let mut vault = Vault::new(ExchangeParams::standard(), 31, 10_000_000 * USD);
    let part = vault.allowance().most().unwrap().0 / 31;
    for who in 0..31 {
        vault.tries(who, part);
    }
    assert!(vault.outflow.is_strained(vault.params.outflow_guard, vault.now()), "the exchange is guarded by then");
}

/// F2: whoever made profits up draws at most an allowance before somebody looks, whichever way he asks.
#[test]
fn f2_a_day_of_withdrawals_is_bounded() {
    let mut vault = Vault::new(ExchangeParams::standard(), 50, 1_000_000 * USD);
    let before = vault.booked;
    let allowance = vault.allowance();
    while vault.time < START + DAY {
        for who in 0..50 {
            let free = vault.accounts[who].free.0;
            let most = vault.allowance().most().unwrap().0.min(free);
            let _ = vault.withdraw(who, most);
            let _ = vault.request(who, most);
            let _ = vault.withdraw(who, vault.accounts[who].flow.requested.0);
        }
        vault.time += 300;
    }
    let exempt = 50 * vault.params.outflow_exempt.0;
    assert!(before - vault.booked <= allowance.day.0 + exempt, "{} of {before} left", before - vault.booked);
    vault.check();
}

/// Hundreds of accounts with a dollar exempt each: in a second a third of the hour's allowance leaves uncounted and as much counted, in
/// any hour the allowance each way, however small the pieces.
#[test]
fn a54_exemptions_together_are_bounded() {
    let mut vault = Vault::new(small(), 400, 10 * USD);
    let (before, hour) = (vault.booked, vault.allowance().hour.0);
    assert_eq!(hour, 400 * USD);
    (0..400).for_each(|who| vault.tries(who, USD));
    let at_once = before - vault.booked;
    assert!((250 * USD..=267 * USD).contains(&at_once), "{at_once}");
    let mut left = vec![(vault.time, at_once)];
    for _ in 0..240 {
        vault.time += 60;
        let had = vault.booked;
        (0..400).for_each(|who| vault.tries(who, (USD / 2).min(vault.accounts[who].free.0)));
        left.push((vault.time, had - vault.booked));
    }
    for (first, _) in &left {
        let window = left.iter().filter(|(at, _)| (*first..first + HOUR).contains(at));
        let sum: u64 = window.map(|(_, amount)| amount).sum();
        assert!(sum <= 2 * hour, "{sum} in the hour from {first}");
    }
    vault.check();
}

#[test]
fn own_deposits_and_small_amounts_are_not_counted() {
    let mut vault = Vault::new(small(), 2, 1_000 * USD);
    let untouched = vault.outflow;
    vault.deposit(0, 700 * USD);
    vault.withdraw(0, 600 * USD).unwrap();
    vault.withdraw(0, 100 * USD).unwrap();
    vault.withdraw(0, USD).unwrap();
    let exempt = vault.outflow;
    assert_eq!(Outflow { exempt_until: 0, ..exempt }, untouched, "his own of the day, and what is exempt");
    assert!(exempt.exempt_until > 0, "one of all exemptions");
    vault.withdraw(0, 1).unwrap();
    assert_ne!(vault.outflow, exempt, "an atom more is counted");
    // A day later the exemption is there again; a deposit of yesterday counts no more.
    vault.deposit(1, 700 * USD);
    vault.time += DAY;
    let before = vault.outflow;
    vault.withdraw(0, USD).unwrap();
    assert_eq!(Outflow { exempt_until: before.exempt_until, ..vault.outflow }, before);
    assert_eq!(vault.withdraw(1, 700 * USD).unwrap_err().error, Error::OutflowLimit);
    // A large one is counted without what is exempt.
    let most = vault.allowance().most().unwrap().0;
    vault.withdraw(1, most + USD).unwrap();
}

#[test]
fn a_request_in_all_its_states() {
    let mut vault = Vault::new(small(), 3, 1_000 * USD);
    let most = vault.allowance().most().unwrap().0;
    assert_eq!(vault.request(0, 0).unwrap_err().error, Error::NothingRequested);
    assert_eq!(vault.request(0, 1_001 * USD).unwrap_err().error, Error::InsufficientFreeCash);
    let refused = vault.request(0, most + USD + 1).unwrap_err();
    assert_eq!((refused.error, refused.most.0), (Error::OutflowLimit, most + USD));
    let first = vault.request(0, most + USD).unwrap();
    assert_eq!((first.counted.0, first.ready_at), (most, vault.time), "the burst has room");
    assert_eq!(vault.request(0, 1).unwrap_err().error, Error::AlreadyRequested);
    // The second waits, and cannot take more than he asked for.
    let second = vault.request(1, most).unwrap();
    assert!(second.ready_at > vault.time);
    assert_eq!(vault.withdraw(1, 2 * USD).unwrap_err().error, Error::RequestNotReady);
    vault.time = second.ready_at;
    assert_eq!(vault.withdraw(1, most + 1 + USD).unwrap_err().error, Error::OutflowLimit);
    vault.withdraw(1, most - 1).unwrap();
    assert_eq!(vault.request(1, 1).unwrap_err().error, Error::AlreadyRequested, "an atom waits still");
    vault.withdraw(1, 1).unwrap();
    let again = vault.request(1, 1).unwrap();
    assert_eq!(vault.request(1, 1).unwrap_err().error, Error::AlreadyRequested);
    // Given up: its place is free at once.
    let _ = vault.request(1, 0).unwrap();
    assert_eq!(vault.request(1, 0).unwrap_err().error, Error::NothingRequested);
    assert_eq!(vault.request(1, 1).unwrap().ready_at, again.ready_at);
    vault.time = again.ready_at + LAPSE_SECONDS - 1;
    assert_eq!(vault.request(1, 1).unwrap_err().error, Error::AlreadyRequested);
    vault.time += 1;
    let _ = vault.request(1, 1).unwrap();
    // Lapsed: what was promised is counted anew.
    vault.time = first.ready_at + LAPSE_SECONDS;
    let before = vault.outflow;
    vault.accounts[0].flow.exempt_since = vault.time;
    vault.withdraw(0, 1).unwrap();
    assert_ne!(vault.outflow, before);
}

/// A vault that grows lets nobody overtake: what was promised is a moment.
#[test]
fn a_growing_vault_lets_nobody_overtake() {
    let mut vault = Vault::new(small(), 6, 1_000 * USD);
    let most = vault.allowance().most().unwrap().0;
    let promises: Vec<i64> = (0..4).map(|who| vault.request(who, most).unwrap().ready_at).collect();
    vault.deposit(5, 1_000_000 * USD);
    let late = vault.request(4, 100 * USD).unwrap();
    assert!(promises.iter().all(|ready| *ready <= late.ready_at));
    assert_eq!(vault.withdraw(4, 100 * USD).unwrap_err().error, Error::RequestNotReady);
    assert!(vault.accounts[4].free.0 > 50 * USD && vault.withdraw(3, 100 * USD).is_err());
}

#[test]
fn strain_begins_at_the_guard() {
    let params = ExchangeParams { outflow_exempt: Atoms(0), ..small() };
    let mut vault = Vault::new(params, 2, 100_000 * USD);
    let burst = vault.allowance().hour.0 / 3;
    assert!(!vault.outflow.is_strained(Bps(1), vault.now()));
    vault.withdraw(0, burst / 8 * 3).unwrap();
    // The vault has shrunk, and what leaves it takes more time.
    vault.withdraw(1, burst / 8 * 3 - 40 * USD).unwrap();
    assert!(!vault.outflow.is_strained(Bps(7_500), vault.now()));
    vault.withdraw(1, 40 * USD).unwrap();
    assert!(vault.outflow.is_strained(Bps(7_500), vault.now()));
    assert!(!vault.outflow.is_strained(Bps(20_000), vault.now()));
    vault.time += 60;
    assert!(!vault.outflow.is_strained(Bps(7_500), vault.now()), "it passes with time");
}

/// With everything neutral nothing is refused, whatever a vault may hold.
#[test]
fn bare_refuses_nothing() {
    let mut vault = Vault::new(ExchangeParams::bare(), 4, 1 << 50);
    for who in 0..4 {
        vault.withdraw(who, 1 << 50).unwrap();
        assert!(!vault.outflow.is_strained(vault.params.outflow_guard, vault.now()));
    }
}

/// The largest vault, the smallest floor, the end of time: nothing overflows.
#[test]
fn edges() {
    for (floor, booked) in [(1 << 56, 0), (1 << 56, 1 << 62), (USD, 0), (USD, 1 << 62)] {
        let params =
            ExchangeParams { outflow_floor: Atoms(floor), outflow_exempt: Atoms(0), ..ExchangeParams::standard() };
        let allowance = Allowance::of(&params, Atoms(booked)).unwrap();
        let most = allowance.most().unwrap();
        assert!(most.0 > 0 && most < allowance.hour && allowance.hour <= allowance.day);
        for amount in [1, most.0 - 1, most.0] {
            let (mut outflow, mut account) =
                (Outflow::default(), AccountBooks { free: most, ..AccountBooks::default() });
            let now = Now { slot: 0, time: START };
            let promise = outflow::request(&mut outflow, &mut account, &allowance, Atoms(amount), now).unwrap();
            assert_eq!(promise, Promise { counted: Atoms(amount), ready_at: START });
            assert!(outflow.hour_until > START * 1_000 && outflow.hour_until <= (START + HOUR) * 1_000);
        }
    }
    let late = Now { slot: 0, time: i64::MAX };
    let allowance = Allowance::of(&ExchangeParams::standard(), Atoms(0)).unwrap();
    let mut account = AccountBooks { free: Atoms(1 << 40), ..AccountBooks::default() };
    let refused = outflow::request(&mut Outflow::default(), &mut account, &allowance, Atoms(1 << 31), late);
    assert_eq!(refused.unwrap_err().error, Error::Overflow);
}

/// One account with so much of the vault, for fourteen days: it asks for all it may and cancels, lets it lapse, collects it in parts, takes
/// out what it can and brings it back. Nobody else does anything: the breaker is never tripped, and whoever wants to leave finds the
/// windows free an hour after the last time it was cancelled or collected.
#[test]
fn a19_one_account_never_guards_the_exchange() {
    for percent in [1, 3, 10, 20] {
        for habit in 0..4 {
            let mut vault = Vault::new(ExchangeParams::standard(), 2, 0);
            vault.accounts[0].free = Atoms(10_000 * USD * percent);
            vault.accounts[1].free = Atoms(10_000 * USD * (100 - percent));
            vault.booked = 1_000_000 * USD;
            let guard = vault.params.outflow_guard;
            let strained = |vault: &Vault| vault.outflow.is_strained(guard, vault.now());
            for step in 0..14 * 24 * 4 {
                let most = vault.allowance().most().unwrap().0.min(vault.accounts[0].free.0);
                vault.asks(0, most);
                assert!(!strained(&vault), "{percent} % asking");
                match habit {
                    0 => vault.asks(0, 0),
                    1 => {}
                    2 => vault.tries(0, vault.accounts[0].flow.requested.0.div_ceil(2)),
                    _ => vault.tries(0, vault.accounts[0].flow.requested.0),
                }
                vault.tries(0, (most / 3).min(vault.accounts[0].free.0));
                assert!(!strained(&vault), "{percent} % habit {habit} in step {step}");
                if step % 96 == 0 {
                    let gone = 10_000 * USD * percent - vault.accounts[0].free.0;
                    vault.deposit(0, gone);
                }
                vault.time += 900;
            }
        }
    }
}

/// Many accounts trip it where one cannot, by what leaves: what is only asked for is not in it.
#[test]
fn a19_only_what_left_trips() {
    let mut vault = Vault::new(small(), 8, 100_000 * USD);
    let part = vault.allowance().most().unwrap().0 / 4;
    let guard = vault.params.outflow_guard;
    let ready: Vec<i64> = (0..8).map(|who| vault.request(who, part).unwrap().ready_at).collect();
    assert!(!vault.outflow.is_strained(guard, vault.now()), "twice the burst is asked for");
    for (who, ready) in ready.into_iter().enumerate().take(3) {
        assert!(!vault.outflow.is_strained(guard, vault.now()), "{who}");
        vault.time = vault.time.max(ready);
        vault.withdraw(who, part).unwrap();
    }
    assert!(vault.outflow.is_strained(guard, vault.now()), "three quarters of the burst have left");
}

/// What stands in a row after the windows: when the next may leave who asks for a whole burst.
fn next(vault: &Vault, who: usize) -> i64 {
    let mut vault =
        Vault { accounts: vault.accounts.clone(), log: Vec::new(), promised: vault.promised.clone(), ..*vault };
    let most = vault.allowance().most().unwrap().0;
    vault.request(who, most).unwrap().ready_at
}

/// Cancelled, a request gives back its place, the sums it used and its time: as if it had never been asked for.
#[test]
fn a19_a_cancelled_request_gives_everything_back() {
    let params = ExchangeParams { outflow_exempt: Atoms(5 * USD), ..small() };
    let mut vault = Vault::new(params, 3, 10_000 * USD);
    vault.deposit(0, 40 * USD);
    let (free_at, flow) = (next(&vault, 1), vault.accounts[0].flow);
    let most = vault.allowance().most().unwrap().0;
    let _ = vault.request(0, most).unwrap();
    assert!(next(&vault, 1) > free_at, "it takes time");
    vault.time += 60;
    let _ = vault.request(0, 0).unwrap();
    assert_eq!(next(&vault, 1), free_at.max(vault.time), "and gives it back");
    let now = vault.accounts[0].flow;
    assert_eq!((now.deposited, now.exempt, now.requested), (flow.deposited, Atoms(0), Atoms(0)));
    assert_eq!(
        vault.outflow.exempt_room(&vault.allowance(), vault.now()).unwrap(),
        Atoms(vault.allowance().hour.0 / 3)
    );
    // Again and again it leaves nothing behind.
    for _ in 0..100 {
        let _ = vault.request(0, most).unwrap();
        let _ = vault.request(0, 0).unwrap();
    }
    assert_eq!(next(&vault, 1), vault.time);
    vault.withdraw(1, most).unwrap();
}

/// Half collected, the other half's time comes back; what left has left.
#[test]
fn a19_a_part_that_was_collected_stays_counted() {
    let params = ExchangeParams { outflow_exempt: Atoms(0), ..small() };
    let mut whole = Vault::new(params, 3, 10_000 * USD);
    let most = whole.allowance().most().unwrap().0;
    let _ = whole.request(0, most).unwrap();
    whole.withdraw(0, most / 2).unwrap();
    let _ = whole.request(0, 0).unwrap();
    let mut half = Vault::new(params, 3, 10_000 * USD);
    half.withdraw(0, most / 2).unwrap();
    let apart = [whole.outflow.hour_until - half.outflow.hour_until, whole.outflow.day_until - half.outflow.day_until];
    assert!(apart.iter().all(|apart| (0..=2).contains(apart)), "{apart:?}");
}

/// Not collected in time, it gives back what of its time has not run out: of the day's window, most of it.
#[test]
fn a19_a_request_that_lapsed_gives_its_time_back() {
    let params = ExchangeParams { outflow_exempt: Atoms(0), outflow_hour: Bps(2_500), ..small() };
    let mut vault = Vault::new(params, 3, 100_000 * USD);
    let most = vault.allowance().most().unwrap().0;
    let promise = vault.request(0, most).unwrap();
    vault.time = promise.ready_at + LAPSE_SECONDS;
    let ahead = |vault: &Vault| vault.outflow.day_until - vault.time * 1_000;
    let taken = ahead(&vault);
    assert!(taken > 4 * HOUR * 1_000, "{taken}");
    assert!(vault.accounts[0].flow.has_lapsed(vault.now()));
    let _ = vault.request(0, 0).unwrap();
    assert_eq!(ahead(&vault), 0);
    let flow = vault.accounts[0].flow;
    assert_eq!((flow.place, flow.ready_at), (AccountBooks::default().flow.place, 0));
}

/// Who waits behind was promised his moment with it: its time has run out by then, and is not lent to others meanwhile. Whoever asked
/// last gives everything back, whoever waits before him.
#[test]
fn a19_who_waits_behind_a_cancelled_request_is_overtaken_by_nobody() {
    let params = ExchangeParams { outflow_exempt: Atoms(0), ..small() };
    let mut vault = Vault::new(params, 4, 10_000 * USD);
    let most = vault.allowance().most().unwrap().0;
    let _ = vault.request(0, most).unwrap();
    let second = vault.request(1, most).unwrap();
    let behind = next(&vault, 3);
    let mut first_only =
        Vault { accounts: vault.accounts.clone(), log: Vec::new(), promised: vault.promised.clone(), ..vault };
    let _ = first_only.request(0, 0).unwrap();
    assert_eq!(next(&first_only, 3), behind, "the first one's time is not lent while the second waits for his moment");
    let third = vault.request(2, most).unwrap();
    assert!(vault.time < second.ready_at && second.ready_at < third.ready_at);
    let _ = vault.request(2, 0).unwrap();
    assert_eq!(next(&vault, 3), third.ready_at, "the last one's time is the next one's");
    let _ = vault.request(0, 0).unwrap();
    assert_eq!(next(&vault, 3), third.ready_at, "the first one's is not: the second waits for his moment");
    let _ = vault.request(1, 0).unwrap();
    vault.time += 1;
    assert!(next(&vault, 3) <= second.ready_at);
}
