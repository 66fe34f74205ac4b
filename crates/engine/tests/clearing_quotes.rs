//! Random histories of accounts that quote, trade, are liquidated into quotes and withdraw. After every verb everything that can be read
//! off the state holds (`clearing/check.rs`), and what the verb promises: no fill lowers what a maker is worth at the mark but for its
//! fee, a maker that opens has initial margin in its market, a sale takes of its victim what it says and never its health, an order
//! that opens raises nothing beyond the reserve, and margin stands behind a quote only while it is live.
//!
//! `BREAKWATER_SEED=n` plays one.
#![allow(
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

#[path = "clearing/check.rs"]
mod check;
mod common;
#[path = "clearing/exchange.rs"]
mod exchange;
#[path = "common/histories.rs"]
mod histories;

use std::collections::BTreeMap;

use breakwater_engine::clearing::error::{Error, Result};
use breakwater_engine::clearing::trading::{Order, Sold};
use breakwater_engine::state::{Level, QuoteBooks};
use breakwater_engine::units::{Bps, Lots, Price};
use breakwater_engine::Side;
use check::check;
use common::Rng;
use exchange::{slot_of, Terms, TestExchange};
use histories::play;

const PICO: u64 = 1_000_000_000_000;
const MARKETS: u64 = 3;
const ACCOUNTS: u64 = 9;
const STEPS: u64 = 220;
const NAMES: [&str; 9] = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"];
/// Atoms that a few entries, exits and snaps round away.
const ROUNDED: i128 = 40;

fn terms() -> Terms {
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
        prices: vec![100 * PICO; MARKETS as usize],
        cover: 50_000_000,
        common: 0,
        initial: 500,
        maintenance: 300,
        buffer: 150,
        discount_start: 10,
        discount: 200,
        penalty: 20,
        tolerance: 1,
        resolve_deviation: 500,
        weight: 0,
        slice: 2_000,
        slice_floor: 1_000,
        slots: slots.into_iter().map(|(name, slots)| (name.to_string(), slots)).collect(),
    }
}

/// What a history tried and what succeeded, and its standing quotes.
struct History<'r> {
    rng: &'r mut Rng,
    exchange: TestExchange,
    quotes: BTreeMap<(usize, u64), QuoteBooks>,
    done: BTreeMap<&'static str, (u64, u64)>,
}

fn history(rng: &mut Rng) -> BTreeMap<&'static str, (u64, u64)> {
    let mut exchange = TestExchange::new(&terms());
    for market in 0..MARKETS as usize {
        let looks_ahead = rng.one_in(3);
        let books = exchange.market_mut(market);
        (books.params.taker_fee, books.params.maker_fee) = (Bps(5), Bps(2));
        books.params.check_slots = 60;
        books.params.position_min = Lots(100);
        books.waterfall.adequacy_move = Bps(if looks_ahead { 1_500 } else { 0 });
    }
    let mut history = History { rng, exchange, quotes: BTreeMap::new(), done: BTreeMap::new() };
    for who in NAMES {
        let amount = 40_000 + history.rng.magnitude(23);
        history.attempt("deposit", |ex| ex.deposit(who, amount)).unwrap();
    }
    for _ in 0..STEPS {
        history.step();
    }
    history.done
}

impl History<'_> {
    fn any_account(&mut self) -> usize {
        self.rng.within(0, ACCOUNTS - 1) as usize
    }

    fn attempt<R>(&mut self, verb: &'static str, act: impl FnOnce(&mut TestExchange) -> Result<R>) -> Option<R> {
        let mut after = self.exchange.clone();
        let result = act(&mut after);
        let counts = self.done.entry(verb).or_default();
        counts.0 += 1;
        if let Err(Error::Engine(error)) = &result {
            let fault = matches!(error, breakwater_engine::Error::NotConserved | breakwater_engine::Error::Overflow);
            assert!(!fault, "{verb}: {error:?}");
        }
        let result = result.ok()?;
        counts.1 += 1;
        after.settle().unwrap();
        check(&after);
        self.exchange = after;
        Some(result)
    }

    fn step(&mut self) {
        match self.rng.within(0, 99) {
            0..=3 => {
                let (who, amount) = (NAMES[self.any_account()], self.rng.magnitude(18) + 1);
                self.attempt("deposit", |ex| ex.deposit(who, amount));
            }
            4..=29 => self.quote(),
            30..=59 => self.order(),
            60..=74 => self.tick(),
            75..=79 => {
                let who = NAMES[self.any_account()];
                if self.attempt("sync", |ex| ex.sync(who)).is_some() {
                    self.exchange.check_lifted(who);
                    self.check_behind_quotes(who);
                }
            }
            80..=83 => {
                let (who, amount) = (NAMES[self.any_account()], self.rng.magnitude(24) + 1);
                self.attempt("withdraw", |ex| ex.withdraw(who, amount));
            }
            84..=86 => {
                let who = NAMES[self.any_account()];
                self.attempt("check", |ex| ex.check_quotes(who));
            }
            87..=88 => {
                let (at, market) = (self.any_account(), self.rng.within(0, MARKETS - 1));
                self.quotes.remove(&(at, market));
                self.attempt("cancel", |ex| ex.cancel(NAMES[at], market));
            }
            89..=96 => self.sell(),
            _ => self.clear(),
        }
    }

    fn mark(&self, market: u64) -> u64 {
        self.exchange.market(market as usize).mark.price.0
    }

    fn quote(&mut self) {
        let (at, market) = (self.any_account(), self.rng.within(0, MARKETS - 1));
        let mark = self.mark(market);
        let mut wanted = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
        wanted.reduce_only = u32::from(self.rng.one_in(6));
        for side in Side::BOTH {
            let mut distance = 0;
            for level in wanted.side_mut(side).iter_mut().take(self.rng.within(0, 4) as usize) {
                distance += mark / 10_000 * self.rng.within(1, 60);
                let size = Lots(self.rng.within(100, 20_000));
                *level = match (self.rng.one_in(3), side) {
                    (true, _) => Level { size, price: Price(distance), pegged: 1 },
                    (false, Side::Long) => Level { size, price: Price(mark - distance), pegged: 0 },
                    (false, Side::Short) => Level { size, price: Price(mark + distance), pegged: 0 },
                };
            }
        }
        let before = self.worth(NAMES[at]);
        if let Some(standing) = self.attempt("quote", |ex| ex.quote(NAMES[at], market, wanted)) {
            assert!((self.worth(NAMES[at]) - before).abs() <= ROUNDED, "a quote costs nothing");
            self.quotes.insert((at, market), standing);
        }
    }

    /// Everything that is an account's at the marks: free, in positions, vesting, held, claims.
    fn worth(&self, who: &str) -> i128 {
        let account = &self.exchange.accounts[who];
        let mut worth = i128::from(account.free.0) + i128::from(account.pledged.0);
        for market in 0..MARKETS as usize {
            let Some(slot) = slot_of(account, market) else { continue };
            let view = self.exchange.view(market);
            let position = view.caught_up(slot).unwrap();
            worth += view.equity(&position).unwrap().plus(view.beside(slot, &position).unwrap()).unwrap().atoms_floor();
        }
        worth
    }

    fn makers(&mut self, market: u64, but: usize) -> Vec<(usize, QuoteBooks)> {
        let mut found: Vec<(usize, QuoteBooks)> = self
            .quotes
            .iter()
            .filter(|((at, of), _)| *of == market && *at != but)
            .map(|((at, _), quote)| (*at, *quote))
            .collect();
        while found.len() > 4 || (found.len() > 1 && self.rng.one_in(3)) {
            let out = self.rng.within(0, found.len() as u64 - 1) as usize;
            found.remove(out);
        }
        let turns = self.rng.within(0, 3) as usize % found.len().max(1);
        found.rotate_left(turns);
        found
    }

    fn order(&mut self) {
        let (at, market) = (self.any_account(), self.rng.within(0, MARKETS - 1));
        let side = if self.rng.one_in(2) { Side::Long } else { Side::Short };
        let limit = if side == Side::Long { Price(1 << 59) } else { Price(1) };
        let (lots, reduce_only) = (Lots(self.rng.magnitude(15) + 1), self.rng.one_in(5));
        let order = Order { market_index: market, side, lots, limit, reduce_only, min_fill: Lots::ZERO };
        let makers = self.makers(market, at);
        let passed: Vec<(&str, QuoteBooks)> = makers.iter().map(|(maker, quote)| (NAMES[*maker], *quote)).collect();
        let before: Vec<i128> = makers.iter().map(|(maker, _)| self.worth(NAMES[*maker])).collect();
        let reserve = self.adequacy(market);
        let Some((done, left)) = self.attempt("order", |ex| ex.order_with_quotes(NAMES[at], &passed, &order)) else {
            return;
        };
        let fees = i128::from(done.fills.maker_fees.0);
        let after: i128 = makers.iter().map(|(maker, _)| self.worth(NAMES[*maker])).sum();
        assert!(after + fees + ROUNDED * 4 >= before.iter().sum(), "a fill never lowers a maker at the mark");
        assert_eq!(done.fills.each().iter().map(|fill| fill.lots.0).sum::<u64>(), done.fills.lots.0, "I3");
        assert!(!(reduce_only && done.opened.0 > 0), "an order that only reduces opens nothing");
        if done.opened.0 > 0 {
            let (after, before) = (self.adequacy(market), reserve);
            assert!(after <= before, "an order raised what is missing beyond the reserve: {before} to {after}");
        }
        for ((maker, _), quote) in makers.iter().zip(left) {
            self.quotes.insert((*maker, market), quote);
            self.check_maker(NAMES[*maker], market);
        }
    }

    fn adequacy(&self, market: u64) -> u64 {
        let found = self.exchange.view(market as usize).adequacy(&self.exchange.fund).unwrap();
        found.map_or(0, |found| found.gap().0)
    }

    /// What its quote still offers is what its slot says.
    fn check_maker(&self, who: &str, market: u64) {
        let at = NAMES.iter().position(|name| *name == who).unwrap();
        let account = &self.exchange.accounts[who];
        let quote = &self.quotes[&(at, market)];
        if let Some(slot) = slot_of(account, market as usize).filter(|_| quote.epoch == account.quote_epoch) {
            assert_eq!(slot.quoted, quote.offered(), "{who} {market}");
        }
    }

    /// After a touch money stands without a position only behind a live quote.
    fn check_behind_quotes(&self, who: &str) {
        let account = &self.exchange.accounts[who];
        let now = self.exchange.now().slot;
        for slot in account.slots.iter().filter(|slot| slot.position.lots == 0 && slot.position.spare.0 > 0) {
            assert!(account.quotes_in(slot, now), "{who} has money in market {} for nothing", slot.market);
        }
    }

    fn sell(&mut self) {
        let distressed = |(_, who): &(usize, &&str)| self.exchange.accounts[**who].clock.distress.slot != 0;
        let Some((at, who)) = NAMES.iter().enumerate().find(distressed) else { return };
        let account = &self.exchange.accounts[*who];
        let Some(market) = account.slots.iter().find(|slot| slot.position.lots != 0).map(|slot| slot.market) else {
            return;
        };
        let makers = self.makers(market, at);
        let passed: Vec<(&str, QuoteBooks)> = makers.iter().map(|(maker, quote)| (NAMES[*maker], *quote)).collect();
        let (before, size) = (self.worth(who), self.exchange.size(who, market as usize));
        let interest = self.exchange.market(market as usize).open_interest().unwrap();
        let fund = self.exchange.fund;
        let wanted = self.rng.within(1, 40_000);
        let done = self.attempt("sell", |ex| ex.liquidate_into(who, &passed, (market, wanted)));
        let Some((Sold::Done { fills, paid, penalty, .. }, left)) = done else { return };
        self.done.entry("sold").or_default().1 += 1;
        let after = self.worth(who);
        let cost = i128::from(paid.0 + penalty.0);
        assert!((before - after - cost).abs() <= ROUNDED * 4, "{before} to {after} at a cost of {cost}");
        assert!(after > -ROUNDED, "never below zero");
        let rest = self.exchange.size(who, market as usize);
        assert!(rest + fills.lots.0 <= size, "what was sold is gone");
        assert!(rest == 0 || rest >= 100 || size < 100, "no dust: {rest}");
        assert!(self.exchange.market(market as usize).open_interest().unwrap() <= interest, "lots only change hands");
        assert_eq!(self.exchange.fund, fund, "no insurance is drawn");
        for ((maker, _), quote) in makers.iter().zip(left) {
            self.quotes.insert((*maker, market), quote);
            self.check_maker(NAMES[*maker], market);
        }
    }

    fn tick(&mut self) {
        let slots = [1, 1, 2, 6, 12][self.rng.within(0, 4) as usize];
        let mut marks = BTreeMap::new();
        for market in 0..MARKETS as usize {
            let permille = if self.rng.one_in(12) { self.rng.within(880, 1_120) } else { self.rng.within(975, 1_025) };
            let moved = u128::from(self.mark(market as u64)) * u128::from(permille) / 1_000;
            marks.insert(market, u64::try_from(moved).unwrap().clamp(20 * PICO, 500 * PICO));
        }
        self.attempt("tick", |ex| ex.tick(slots, &marks, &BTreeMap::new())).unwrap();
        for market in 0..MARKETS as usize {
            let books = self.exchange.market(market);
            let indices = Side::BOTH.map(|side| books.side(side).index.get());
            if books.grid.is_due(books.mark.price, indices).unwrap() {
                self.attempt("migrate", |ex| ex.migrate_grid(market));
            }
        }
    }

    /// What is bankrupt is declared and resolved.
    fn clear(&mut self) {
        for who in NAMES {
            if self.exchange.accounts[who].clock.bankrupt.slot != 0 {
                self.attempt("declare", |ex| ex.declare(who));
            }
        }
        for market in 0..MARKETS {
            if self.exchange.market(market as usize).has_estates() {
                self.attempt("fund", |ex| ex.fund_estate(market as usize));
                self.attempt("resolve", |ex| ex.resolve(market));
            }
        }
    }
}

#[test]
fn every_history_of_quotes_holds() {
    let found = play(60, |rng: &mut Rng| history(rng));
    let mut all: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let count = found.len();
    for (verb, (tried, done)) in found.into_iter().flatten() {
        let sum = all.entry(verb).or_default();
        *sum = (sum.0 + tried, sum.1 + done);
    }
    for (verb, (tried, done)) in &all {
        println!("  {verb:10} {done:6} of {tried:6}");
    }
    if count >= 40 {
        for verb in ["quote", "order", "check", "withdraw", "sell"] {
            let (tried, done) = all[verb];
            assert!(done * 20 >= tried, "{verb} succeeds in {done} of {tried} calls");
        }
        assert!(all["sold"].1 >= 10, "lots were sold into quotes {} times", all["sold"].1);
    }
}
