//! A vault whose accounts come and go, with a naive log of everything that left it.

use breakwater_engine::outflow::{self, Allowance, Promise, Refused};
use breakwater_engine::state::{AccountBooks, ExchangeParams, Outflow};
use breakwater_engine::units::{Atoms, Now};

pub const USD: u64 = 1_000_000;
pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 86_400;

/// What left: when, how much of it was counted, and the allowances it was counted under.
#[derive(Clone, Copy)]
pub struct Left {
    pub at: i64,
    pub counted: u64,
    pub allowance: Allowance,
}

/// A vault whose accounts come and go.
pub struct Vault {
    pub params: ExchangeParams,
    pub outflow: Outflow,
    pub accounts: Vec<AccountBooks>,
    pub booked: u64,
    pub time: i64,
    pub log: Vec<Left>,
    /// What of each account's request was counted and has not left, under which allowance.
    pub promised: Vec<(u64, Allowance)>,
}

pub const START: i64 = 1_760_000_000;

impl Vault {
    /// Accounts with this much each, deposited long ago.
    pub fn new(params: ExchangeParams, accounts: usize, each: u64) -> Vault {
        let account = AccountBooks { free: Atoms(each), ..AccountBooks::default() };
        let booked = each * accounts as u64;
        let none = Allowance::of(&params, Atoms(booked)).unwrap();
        Vault {
            params,
            outflow: Outflow::default(),
            accounts: vec![account; accounts],
            booked,
            time: START,
            log: Vec::new(),
            promised: vec![(0, none); accounts],
        }
    }

    pub fn now(&self) -> Now {
        Now { slot: 0, time: self.time }
    }

    pub fn allowance(&self) -> Allowance {
        Allowance::of(&self.params, Atoms(self.booked)).unwrap()
    }

    pub fn deposit(&mut self, who: usize, amount: u64) {
        let now = self.now();
        self.accounts[who].free.0 += amount;
        self.accounts[who].flow.deposit(Atoms(amount), now).unwrap();
        self.booked += amount;
    }

    /// As the program does: a refusal changes nothing.
    pub fn withdraw(&mut self, who: usize, amount: u64) -> Result<(), Refused> {
        self.clear_lapsed(who);
        let (allowance, now) = (self.allowance(), self.now());
        let (mut outflow, mut account) = (self.outflow, self.accounts[who]);
        assert!(account.free.0 >= amount, "a test withdraws what is there");
        let asked = account.flow.requested;
        outflow::withdraw(&mut outflow, &mut account.flow, &allowance, Atoms(amount), now)?;
        account.free.0 -= amount;
        let (counted, under) = if account.flow.requested == asked {
            (counted_of((&self.accounts[who], &self.outflow), amount, &allowance, now), allowance)
        } else {
            let (promised, under) = &mut self.promised[who];
            let part = amount.min(*promised);
            *promised -= part;
            (part, *under)
        };
        (self.outflow, self.accounts[who]) = (outflow, account);
        self.booked -= amount;
        self.log.push(Left { at: self.time, counted, allowance: under });
        Ok(())
    }

    pub fn request(&mut self, who: usize, amount: u64) -> Result<Promise, Refused> {
        if amount > 0 {
            self.clear_lapsed(who);
        }
        let (allowance, now) = (self.allowance(), self.now());
        let (mut outflow, mut account) = (self.outflow, self.accounts[who]);
        let promise = outflow::request(&mut outflow, &mut account, &allowance, Atoms(amount), now)?;
        if amount > 0 {
            let counted = counted_of((&self.accounts[who], &self.outflow), amount, &allowance, now);
            assert_eq!(promise.counted.0, counted, "what is counted");
            self.promised[who] = (promise.counted.0, allowance);
        }
        (self.outflow, self.accounts[who]) = (outflow, account);
        Ok(promise)
    }

    /// What has lapsed gives back what it took, as anyone may have it do.
    pub fn clear_lapsed(&mut self, who: usize) {
        if self.accounts[who].flow.has_lapsed(self.now()) {
            let _ = self.request(who, 0).unwrap();
        }
    }

    /// Withdraws if that passes.
    pub fn tries(&mut self, who: usize, amount: u64) {
        let _ = self.withdraw(who, amount);
    }

    /// Requests if that passes.
    pub fn asks(&mut self, who: usize, amount: u64) {
        let _ = self.request(who, amount);
    }

    /// The most that left in any window of so many seconds, and the largest allowance it was counted under.
    pub fn check_windows(&self, seconds: i64, of: fn(&Allowance) -> Atoms) -> f64 {
        let mut fullest = 0.0f64;
        for first in &self.log {
            let window = self.log.iter().filter(|left| (first.at..first.at + seconds).contains(&left.at));
            let counted: u64 = window.clone().map(|left| left.counted).sum();
            let most = window.filter(|left| left.counted > 0).map(|left| of(&left.allowance).0).max().unwrap_or(1);
            assert!(counted <= most, "{counted} of {most} left in {seconds} seconds from {}", first.at);
            fullest = fullest.max(counted as f64 / most as f64);
        }
        fullest
    }

    pub fn check(&self) -> [f64; 2] {
        [self.check_windows(HOUR, |allowance| allowance.hour), self.check_windows(DAY, |allowance| allowance.day)]
    }
}

/// By the rules as they are told: not one's own deposits of the day, nor the exempt amount a day as far as there is room for all.
pub fn counted_of((account, outflow): (&AccountBooks, &Outflow), amount: u64, allowance: &Allowance, now: Now) -> u64 {
    let room = outflow.exempt_room(allowance, now).unwrap().0;
    let flow = &account.flow;
    let own = if now.time - flow.deposited_since < DAY { flow.deposited.0 } else { 0 };
    let used = if now.time - flow.exempt_since < DAY { flow.exempt.0 } else { 0 };
    amount.saturating_sub(own).saturating_sub(allowance.exempt.0.saturating_sub(used).min(room))
}

pub fn small() -> ExchangeParams {
    ExchangeParams { outflow_floor: Atoms(10 * USD), outflow_exempt: Atoms(USD), ..ExchangeParams::standard() }
}
