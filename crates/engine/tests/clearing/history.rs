//! A random history: every verb in any order, and the way out.

use std::collections::BTreeMap;

use breakwater_engine::clearing::error::{Error, Result};
use breakwater_engine::clearing::insurance::LayerTerms;
use breakwater_engine::clearing::state::AccountBooks;
use breakwater_engine::clearing::waterfall::{Declared, Deleverage, Liquidated};
use breakwater_engine::units::{Atoms, Bps};
use breakwater_engine::Side;

use crate::check::check;
use crate::common::Rng;
use crate::exchange::{Terms, TestExchange};

#[path = "collateral_steps.rs"]
mod collateral_steps;
#[path = "insuring.rs"]
mod insuring;
#[path = "leaving.rs"]
mod leaving;

const PICO: u128 = 1_000_000_000_000;
/// Two of the accounts have money for anything.
const RICH: [&str; 2] = ["a0", "a1"];
const ACCOUNTS: u64 = 14;
const MARKETS: u64 = 3;
const STEPS: u64 = 290;

fn terms(rng: &mut Rng) -> Terms {
    let slots = [
        ("profit_vesting_slots", 400),
        ("auction_slots", 40),
        ("deleverage_slots", 20),
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
        prices: (0..MARKETS).map(|_| (1 << 40) + rng.magnitude(44)).collect(),
        cover: rng.magnitude(32),
        common: rng.magnitude(34),
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
    pub tried: BTreeMap<&'static str, u64>,
    pub done: BTreeMap<&'static str, u64>,
    pub tiers: BTreeMap<&'static str, u64>,
}

struct History<'r> {
    rng: &'r mut Rng,
    exchange: TestExchange,
    found: Found,
}

/// Plays one, to the last withdrawal.
pub fn history(rng: &mut Rng) -> Found {
    let terms = terms(rng);
    let mut history = History { exchange: TestExchange::new(&terms), rng, found: Found::default() };
    history.exchange.pages_created = false;
    for market in 0..MARKETS as usize {
        let (side, list) = (if history.rng.one_in(2) { Side::Long } else { Side::Short }, history.rng.within(245, 256));
        history.exchange.start_lists_at(market, side, list);
    }
    history.exchange.levels_max = [1, 3, 4_096][history.rng.within(0, 2) as usize];
    for who in RICH {
        history.attempt("deposit", |exchange| exchange.deposit(who, 1 << 44));
    }
    for _ in 0..STEPS {
        history.step();
    }
    history.drain();
    history.found
}

impl History<'_> {
    fn name(&mut self) -> String {
        format!("a{}", self.rng.within(0, ACCOUNTS - 1))
    }

    fn any_market(&mut self) -> u64 {
        self.rng.within(0, MARKETS - 1)
    }

    /// Runs a verb on a copy and keeps it where it succeeds.
    fn attempt<R>(&mut self, verb: &'static str, act: impl Fn(&mut TestExchange) -> Result<R>) -> Option<R> {
        *self.found.tried.entry(verb).or_default() += 1;
        let mut after = self.exchange.clone();
        after.pages_created |= self.rng.one_in(80);
        // A keeper may refresh without the pages of events that are over: they end later.
        after.pages_passed = verb != "tick" || self.rng.one_in(2);
        let done = act(&mut after);
        after.pages_passed = true;
        if self.rng.one_in(8) {
            self.compare_without_pages(verb, act, (&after, done.as_ref().err()));
        }
        if let Err(Error::Engine(error)) = &done {
            let fault = matches!(error, breakwater_engine::Error::NotConserved | breakwater_engine::Error::Overflow);
            assert!(!fault, "{verb}: {error:?}");
        }
        let result = done.ok()?;
        after.settle().unwrap();
        check(&after);
        self.exchange = after;
        *self.found.done.entry(verb).or_default() += 1;
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

    fn lots_worth(&mut self, market: u64, bits: u32) -> u64 {
        let price = self.exchange.market(market as usize).mark.price.0;
        let atoms = u128::from(self.rng.magnitude(bits)) + 1;
        u64::try_from((atoms * PICO / u128::from(price)).clamp(1, 1 << 52)).unwrap()
    }

    fn step(&mut self) {
        match self.rng.within(0, 115) {
            0..=4 => self.deposit(),
            5..=19 => self.enter(),
            20..=25 => self.trade(),
            26..=43 => self.tick(),
            44..=51 => self.sync(),
            52..=55 => self.withdraw(),
            56..=64 => self.liquidate(),
            65..=73 => self.declare(),
            74..=80 => self.resolve(),
            81..=84 => self.buy(),
            85..=87 => self.deleverage(),
            88..=89 => self.isolate(),
            90..=91 => self.silence(),
            92..=93 => self.layer(),
            94..=95 => self.fund(),
            96 => self.epoch(),
            97 => self.migrate(),
            98 => self.end_events(),
            99 => self.gift(),
            100..=103 => self.insure(),
            _ => self.collateral(),
        }
    }

    fn deposit(&mut self) {
        let (who, amount) = (self.name(), self.rng.magnitude(36) + 1);
        self.attempt("deposit", |exchange| exchange.deposit(&who, amount));
    }

    fn end_events(&mut self) {
        let market = self.any_market() as usize;
        self.attempt("end events", |exchange| exchange.end_loss_events(market));
    }

    /// Two accounts pay their margins in and trade with each other: from 20x to less than 2x.
    fn enter(&mut self) {
        let (buyer, seller, market) = (self.name(), self.name(), self.any_market());
        let value = 1 << self.rng.within(26, 34);
        let margins = [self.rng.within(50, 600), self.rng.within(50, 600)];
        let lots = u64::try_from(u128::from(value) * PICO / u128::from(self.price(market))).unwrap().max(1);
        for (who, margin) in [(&buyer, margins[0]), (&seller, margins[1])] {
            self.attempt("deposit", |exchange| exchange.deposit(who, value / 1_000 * margin + 10));
        }
        self.attempt("trade", |exchange| exchange.trade(market, &buyer, &seller, lots));
    }

    fn price(&self, market: u64) -> u64 {
        self.exchange.market(market as usize).mark.price.0
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

    fn trade(&mut self) {
        let (buyer, seller, market) = (self.name(), self.name(), self.any_market());
        let lots = self.lots_worth(market, 34);
        self.attempt("trade", |exchange| exchange.trade(market, &buyer, &seller, lots));
    }

    fn tick(&mut self) {
        let slots = [1, 1, 3, 5, 6, 12, 30][self.rng.within(0, 6) as usize];
        let (mut marks, mut funding) = (BTreeMap::new(), BTreeMap::new());
        for index in 0..MARKETS as usize {
            let market = self.exchange.market(index);
            let price = market.mark.price.0;
            if !market.is_usable() || self.rng.one_in(3) {
                continue;
            }
            let permille = match self.rng.within(0, 39) {
                0 => self.rng.within(10, 40_000),
                1..=6 => self.rng.within(600, 1_500),
                _ => self.rng.within(940, 1_065),
            };
            let moved = u128::from(price) * u128::from(permille) / 1_000;
            marks.insert(index, u64::try_from(moved.clamp(1 << 29, 1 << 51)).unwrap());
            if self.rng.one_in(8) {
                funding.insert(index, i128::from(price / 1_000) * (self.rng.within(0, 2) as i128 - 1));
            }
        }
        self.attempt("tick", |exchange| exchange.tick(slots, &marks, &funding));
    }

    fn sync(&mut self) {
        let who = self.name();
        if self.attempt("sync", |exchange| exchange.sync(&who)).is_some() {
            self.exchange.check_lifted(&who);
        }
    }

    fn withdraw(&mut self) {
        let (who, amount) = (self.name(), self.rng.magnitude(36) + 1);
        self.attempt("withdraw", |exchange| exchange.withdraw(&who, amount));
    }

    fn liquidate(&mut self) {
        let distressed = |account: &AccountBooks| account.clock.distress.slot != 0 && account.clock.bankrupt.slot == 0;
        if !self.exchange.accounts.values().any(distressed) && !self.rng.one_in(20) {
            return;
        }
        let victim = self.in_state(distressed);
        let (taker, market) = (RICH[self.rng.within(0, 1) as usize], self.market_of(&victim));
        let lots = self.lots_worth(market, 36);
        let done = self.attempt("liquidate", |exchange| exchange.liquidate(&victim, taker, market, lots));
        if matches!(done, Some(Liquidated::Done { .. })) {
            *self.found.tiers.entry("partial liquidation").or_default() += 1;
        }
    }

    fn declare(&mut self) {
        for _ in 0..4 {
            let bankrupt = |account: &AccountBooks| account.clock.bankrupt.slot != 0;
            if !self.exchange.accounts.values().any(bankrupt) && !self.rng.one_in(20) {
                continue;
            }
            let who = self.in_state(bankrupt);
            let done = self.attempt("declare", |exchange| exchange.declare(&who));
            if matches!(done, Some(Declared::Done { .. })) {
                *self.found.tiers.entry("declared").or_default() += 1;
            }
        }
        let who = self.in_state(|account| account.slots.iter().any(|slot| slot.clock.bankrupt.slot != 0));
        let slots = self.exchange.accounts.get(&who).map(|account| account.slots);
        let isolated = slots.iter().flatten().find(|slot| slot.clock.bankrupt.slot != 0).map(|slot| slot.market);
        if let Some(market) = isolated {
            self.attempt("declare isolated", |exchange| exchange.declare_isolated(&who, market));
        }
    }

    fn resolve(&mut self) {
        for market in 0..MARKETS {
            if !self.exchange.market(market as usize).has_estates() {
                continue;
            }
            let Some(done) = self.attempt("resolve", |exchange| exchange.resolve(market)) else { continue };
            if done.continued {
                assert!(done.deficit.0 == 0 && done.charges.iter().all(|charge| charge.rate == 0), "no further charge");
                *self.found.tiers.entry("continued").or_default() += 1;
            }
            let paid = done.insured.total().unwrap();
            let parts = [
                paid,
                done.absorbed,
                done.socialized,
                done.from_held,
                done.from_vesting,
                done.last_resort,
                done.unfunded,
            ];
            let sum: u64 = parts.iter().map(|part| part.0).sum();
            assert_eq!(sum, done.deficit.0, "I3: the parts sum to the deficit");
            let left = self.exchange.market(market as usize).left_to_draw(&self.exchange.fund).unwrap();
            assert!(sum == paid.0 || left.0 == 0, "I4: no account is charged while insurance holds {left:?}");
            let names = ["insured", "absorbed", "socialized", "from held", "from vesting", "last resort", "unfunded"];
            for (name, part) in names.into_iter().zip(parts).filter(|(_, part)| part.0 > 0) {
                *self.found.tiers.entry(name).or_default() += u64::from(part.0 > 0);
            }
            if done.deleveraged.iter().any(|lots| lots.0 > 0) {
                *self.found.tiers.entry("deleveraged").or_default() += 1;
            }
        }
    }

    fn buy(&mut self) {
        for market in 0..MARKETS {
            for side in Side::BOTH {
                let lots = self.exchange.market(market as usize).side(side).estate.lots.0;
                if lots == 0 {
                    continue;
                }
                let (who, part) = (self.name(), self.rng.within(1, 4));
                let lots = (lots / part).max(1);
                if self.attempt("buy", |exchange| exchange.buy(&who, market, side, lots)).is_some() {
                    *self.found.tiers.entry("sold").or_default() += 1;
                }
            }
        }
    }

    fn deleverage(&mut self) {
        let distressed = |account: &AccountBooks| account.clock.distress.slot != 0 && account.clock.bankrupt.slot == 0;
        if !self.exchange.accounts.values().any(distressed) && !self.rng.one_in(20) {
            return;
        }
        let who = self.in_state(distressed);
        let market = self.market_of(&who);
        let done = self.attempt("deleverage", |exchange| exchange.deleverage(&who, market));
        if matches!(done, Some(Deleverage::Done(..))) {
            *self.found.tiers.entry("pre-emptive").or_default() += 1;
        }
    }

    fn isolate(&mut self) {
        let who = self.name();
        let market = self.market_of(&who);
        self.attempt("isolate", |exchange| exchange.isolate(&who, market));
    }

    fn silence(&mut self) {
        let market = self.any_market() as usize;
        let usable = self.exchange.market(market).is_usable();
        if usable && self.rng.one_in(3) {
            self.attempt("silence", |exchange| exchange.silence(market));
        } else if !usable {
            self.attempt("restore", |exchange| exchange.restore(market));
        }
    }

    fn layer(&mut self) {
        let (market, amount) = (self.any_market() as usize, self.rng.magnitude(32) + 1);
        let until = self.exchange.slot + self.rng.within(10, 300);
        let terms = LayerTerms {
            attachment: Atoms(if self.rng.one_in(2) { 0 } else { self.rng.magnitude(30) }),
            limit: Atoms(amount + self.rng.magnitude(32)),
            premium: Bps(self.rng.within(0, 1_250) as u32),
            until,
        };
        self.attempt("layer", |exchange| exchange.lay(market, &terms, amount));
    }

    fn fund(&mut self) {
        for market in 0..MARKETS as usize {
            let lacks =
                Side::BOTH.iter().any(|side| !self.exchange.view(market).estate_lack(*side, true).unwrap().is_zero());
            if !lacks {
                continue;
            }
            self.attempt("fund", |exchange| exchange.fund_estate(market));
        }
    }

    fn epoch(&mut self) {
        self.attempt("epoch", TestExchange::begin_epoch);
        let (market, amount) = (self.any_market() as usize, self.rng.magnitude(30) + 1);
        self.attempt("earn", |exchange| exchange.earn(market, amount));
    }

    fn gift(&mut self) {
        let (market, amount) = (self.any_market() as usize, self.rng.magnitude(30) + 1);
        let owed = |side: &Side| !self.exchange.market(market).side(*side).claims.outstanding.is_zero();
        let side = Side::BOTH.into_iter().find(owed).unwrap_or(Side::Long);
        self.attempt("gift", |exchange| exchange.gift(market, side, amount));
    }

    fn migrate(&mut self) {
        for market in 0..MARKETS as usize {
            let books = self.exchange.market(market);
            let indices = Side::BOTH.map(|side| books.side(side).index.get());
            if books.grid.is_due(books.mark.price, indices).unwrap() {
                self.attempt("migrate", |exchange| exchange.migrate_grid(market));
            }
        }
    }
}
