//! A random history: every verb in any order, at prices from a millionth to a thousandfold of the first, and the way out.

use std::collections::BTreeMap;

use breakwater_engine::clearing::error::{Error, Result};
use breakwater_engine::clearing::state::AccountBooks;
use breakwater_engine::Side;

use crate::check::check;
use crate::common::Rng;
use crate::exchange::{Terms, TestExchange};
use crate::watch::{describe, watch, Act, Tallies};

#[path = "acts.rs"]
mod acts;
#[path = "collateral_steps.rs"]
mod collateral_steps;
#[path = "insuring.rs"]
mod insuring;
#[path = "leaving.rs"]
mod leaving;

const PICO: u128 = 1_000_000_000_000;
/// Two of the accounts have money for anything.
const RICH: [&str; 2] = ["a0", "a1"];
/// Two of each owner's.
const ACCOUNTS: u64 = 24;
const MARKETS: u64 = 3;
/// The largest value of a fill at the first price, atoms: at a thousandfold it is still far from what a market may hold.
const FILL_MAX: u128 = 1 << 38;

fn terms(rng: &mut Rng) -> Terms {
    let fund = rng.within(0, 2) as usize;
    let slots = [
        ("profit_vesting_slots", 400),
        ("auction_slots", 40),
        ("deleverage_slots", 12),
        ("slice_window_slots", 25),
        ("confirm_slots", 5),
        ("confirm_far_slots", 25),
        ("distress_ttl_slots", 30),
        ("sale_slots", 30),
        ("estate_slots", 10),
        ("resolve_wait_slots", 50),
        ("sibling_grace_slots", 60),
        ("open_layer_slots", 150),
    ];
    Terms {
        // From one atom to a hundred a lot.
        prices: (0..MARKETS).map(|_| (1 << 40) + rng.magnitude(46)).collect(),
        // The fund is empty, next to empty, or enough.
        cover: if fund < 2 { 0 } else { rng.magnitude(34) },
        common: [0, 1 + rng.magnitude(26), rng.magnitude(36)][fund],
        initial: 500,
        maintenance: 300,
        buffer: 150,
        discount_start: 10,
        discount: 200,
        penalty: 20,
        tolerance: 1,
        resolve_deviation: 500,
        weight: 2_500,
        slice: 2_000,
        slice_floor: 1_000,
        slots: slots.into_iter().map(|(name, slots)| (name.to_string(), slots)).collect(),
    }
}

/// What a history tried and what succeeded.
#[derive(Default)]
pub struct Found {
    pub operations: u64,
    pub tried: BTreeMap<String, u64>,
    pub done: BTreeMap<String, u64>,
    pub tiers: BTreeMap<String, u64>,
}

struct History<'r> {
    rng: &'r mut Rng,
    exchange: TestExchange,
    found: Found,
    tallies: Tallies,
    firsts: Vec<u64>,
    /// Where each market's price tends to in this history: thousandths a mark.
    drifts: Vec<u64>,
}

/// Plays one of so many operations, to the last withdrawal.
pub fn history(rng: &mut Rng, operations: u64) -> Found {
    let terms = terms(rng);
    let drifts = (0..MARKETS).map(|_| [955, 970, 1_000, 1_000, 1_020, 1_040][rng.within(0, 5) as usize]).collect();
    let mut history = History {
        exchange: TestExchange::new(&terms),
        rng,
        found: Found::default(),
        tallies: Tallies::default(),
        firsts: terms.prices,
        drifts,
    };
    history.exchange.pages_created = false;
    for market in 0..MARKETS as usize {
        let (side, list) = (if history.rng.one_in(2) { Side::Long } else { Side::Short }, history.rng.within(245, 256));
        history.exchange.start_lists_at(market, side, list);
    }
    history.exchange.levels_max = [1, 3, 4_096][history.rng.within(0, 2) as usize];
    for who in RICH {
        history.attempt("deposit", Act::of(&[who]), |exchange| exchange.deposit(who, 1 << 46));
    }
    while history.found.operations < operations {
        history.step();
    }
    history.drain();
    history.found
}

impl History<'_> {
    fn name(&mut self) -> String {
        format!("a{}", self.rng.within(0, ACCOUNTS - 1))
    }

    /// The other account of the same owner.
    fn other_of(&mut self, who: &str) -> String {
        let at: u64 = who[1..].parse().unwrap();
        format!("a{}", at ^ 1)
    }

    fn any_market(&mut self) -> u64 {
        self.rng.within(0, MARKETS - 1)
    }

    /// Runs a verb on a copy, checks every invariant, and keeps the copy where it succeeds.
    fn attempt<R>(&mut self, verb: &'static str, act: Act, run: impl Fn(&mut TestExchange) -> Result<R>) -> Option<R> {
        self.found.operations += 1;
        *self.found.tried.entry(verb.to_string()).or_default() += 1;
        let mut after = self.exchange.clone();
        after.pages_created |= self.rng.one_in(200);
        // A keeper may refresh without the pages of events that are over: they end later.
        after.pages_passed = verb != "tick" || self.rng.one_in(2);
        let done = run(&mut after);
        after.pages_passed = true;
        if self.rng.one_in(8) {
            self.compare_without_pages(verb, run, (&after, done.as_ref().err()));
        }
        if let Err(Error::Engine(error)) = &done {
            let fault = matches!(error, breakwater_engine::Error::NotConserved | breakwater_engine::Error::Overflow);
            let who: String =
                act.actors().iter().map(|who| format!("\n{who} {}", describe(&self.exchange, who))).collect();
            assert!(!fault, "{verb}: {error:?}{who}");
        }
        if let Err(error) = &done {
            let always = matches!(verb, "tick" | "sync");
            let of = act.actors().first().map(|who| describe(&self.exchange, who));
            assert!(!always, "I11: {verb}: {error:?}: {}", of.unwrap_or_default());
        }
        let result = done.ok()?;
        after.settle().unwrap();
        let _blame = Blame(verb);
        check(&after);
        watch(&self.exchange, &after, (verb, &act), &mut self.tallies);
        self.exchange = after;
        *self.found.done.entry(verb.to_string()).or_default() += 1;
        Some(result)
    }

    /// A verb that is passed no pages says so, or does what it does with them; only events end and estates collect later.
    fn compare_without_pages<R>(
        &self,
        verb: &str,
        act: impl Fn(&mut TestExchange) -> Result<R>,
        with: (&TestExchange, Option<&Error>),
    ) {
        let mut bare = self.exchange.clone();
        bare.pages_passed = false;
        let error = act(&mut bare).err();
        if error == Some(Error::Engine(breakwater_engine::Error::PageMissing)) {
            return;
        }
        let later = ["tick", "fund", "collect", "end events"].contains(&verb);
        assert!(later || error.as_ref() == with.1, "{verb}: {error:?} without pages, {:?} with them", with.1);
        assert!(later || error.is_some() || bare.is_like(with.0), "{verb} does something else without pages");
    }

    fn tier(&mut self, name: &str) {
        *self.found.tiers.entry(name.to_string()).or_default() += 1;
    }

    fn price(&self, market: u64) -> u64 {
        self.exchange.market(market as usize).mark.price.0
    }

    /// Lots of about so many atoms, at most what a fill may be.
    fn lots_for(&self, market: u64, atoms: u128) -> u64 {
        let most = FILL_MAX * PICO / u128::from(self.firsts[market as usize]);
        (atoms * PICO / u128::from(self.price(market))).clamp(1, most) as u64
    }

    fn lots_worth(&mut self, market: u64, bits: u32) -> u64 {
        let atoms = u128::from(self.rng.magnitude(bits)) + 1;
        self.lots_for(market, atoms)
    }

    fn value_of(&self, market: u64, lots: u64) -> u64 {
        (u128::from(lots) * u128::from(self.price(market)) / PICO) as u64
    }

    /// Accounts in a state, else anybody.
    fn in_state(&mut self, state: impl Fn(&AccountBooks) -> bool) -> String {
        let found: Vec<&String> =
            self.exchange.accounts.iter().filter(|(_, account)| state(account)).map(|(who, _)| who).collect();
        if found.is_empty() {
            return self.name();
        }
        let at = self.rng.within(0, found.len() as u64 - 1) as usize;
        found[at].clone()
    }

    /// A market in which an account has a position, else any.
    fn market_of(&mut self, who: &str) -> u64 {
        let slots = self.exchange.accounts.get(who).map_or(Vec::new(), |account| {
            account.slots.iter().filter(|slot| slot.position.lots != 0).map(|slot| slot.market).collect()
        });
        match slots.len() as u64 {
            0 => self.any_market(),
            count => slots[self.rng.within(0, count - 1) as usize],
        }
    }

    fn step(&mut self) {
        match self.rng.within(0, 239) {
            0..=9 => self.deposit(),
            10..=39 => self.enter(),
            40..=53 => self.trade(),
            54..=61 => self.order(),
            62..=95 => self.tick(),
            96..=109 => self.sync(),
            110..=117 => self.withdraw(),
            118..=135 => self.liquidate(),
            136..=149 => self.declare(),
            150..=160 => self.resolve(),
            161..=168 => self.buy(),
            169..=177 => self.deleverage(),
            178..=180 => self.isolate(),
            181 => self.silence(),
            182..=184 => self.squeeze(),
            185..=187 => self.layer(),
            188..=190 => self.fund(),
            191..=192 => self.epoch(),
            193..=194 => self.unstake(),
            195 => self.migrate(),
            196 => self.dust(),
            197..=199 => self.gift(),
            200..=201 => self.end_events(),
            202..=209 => self.insure(),
            _ => self.collateral(),
        }
    }
}

/// Says which verb a failed check followed.
struct Blame(&'static str);

impl Drop for Blame {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("after {}", self.0);
        }
    }
}
