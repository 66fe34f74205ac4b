//! What scenarios share: actors with deposits, pairs, marks and keepers. Amounts, lots and prices are in whole units, or pairs of
//! numerator and denominator; what actors end with is in atoms.
//!
//! A unit is 2^40 atoms and a lot 1e12 of the engine's, so that a whole price is 2^40 and lines of the grid stand at the halves of
//! prices from 64 to 128 and at whole prices up to 256: who has a whole margin a lot has no spare, and h is what it is on paper.

use std::collections::BTreeMap;

use breakwater_engine::clearing::error::{Error, Result};
use breakwater_engine::clearing::state::{AccountBooks, MarketBooks};
pub use breakwater_engine::clearing::waterfall::Resolved as Report;
use breakwater_engine::clearing::waterfall::{Declared, Liquidated};
use breakwater_engine::units::{Atoms, Side};

use crate::check::check;
use crate::exchange::{slot_of, Terms, TestExchange};

/// Atoms of a unit.
pub const ATOMS: u64 = 1 << 40;
/// Lots of the engine in a lot.
pub const LOTS: u64 = 1_000_000_000_000;
/// The engine's price of a unit a lot.
pub const PRICE: u64 = 1 << 40;

/// Atoms that roundings may move between accounts, 1e-9 units: an atom for each entry, exit, holdback and charge, and the value of
/// one of the engine's lots (110 atoms at a price of 100) for each deleveraging.
pub const ROUNDING: i128 = 1_000;

/// A whole number, or a numerator and a denominator.
pub trait Number: Copy {
    fn times(self, scale: u64) -> u64;
}

impl Number for u64 {
    fn times(self, scale: u64) -> u64 {
        self * scale
    }
}

impl Number for (u64, u64) {
    fn times(self, scale: u64) -> u64 {
        u64::try_from(u128::from(self.0) * u128::from(scale) / u128::from(self.1)).unwrap()
    }
}

/// Atoms of an amount.
pub fn atoms(amount: impl Number) -> Atoms {
    Atoms(amount.times(ATOMS))
}

/// Lots as the engine counts them.
pub fn lots(amount: impl Number) -> u64 {
    amount.times(LOTS)
}

/// 1e-12 atom a lot, of an amount a lot.
pub fn per_lot(amount: impl Number) -> u128 {
    u128::from(amount.times(PRICE))
}

/// A sum in whole units, or its negative, against atoms: equal up to roundings.
#[track_caller]
pub fn equal(found: i128, units: i64) {
    equal_parts(found, units, 1);
}

/// The same of a fraction.
#[track_caller]
pub fn equal_parts(found: i128, numerator: i64, denominator: i64) {
    let wanted = i128::from(numerator) * i128::from(ATOMS) / i128::from(denominator);
    assert!((found - wanted).abs() <= ROUNDING, "{found} atoms, not {wanted}: {} units", found as f64 / ATOMS as f64);
}

/// An exchange whose actors' deposits are remembered, so that gains are what they end with beyond them.
#[derive(Clone)]
pub struct Stage {
    pub ex: TestExchange,
    put: BTreeMap<String, i128>,
    pub reports: Vec<Report>,
}

/// The recommended parameters.
pub fn terms(prices: &[u64]) -> Terms {
    let slots = [
        ("profit_vesting_slots", 1_000),
        ("auction_slots", 100),
        ("deleverage_slots", 100),
        ("slice_window_slots", 25),
        ("confirm_slots", 5),
        ("confirm_far_slots", 25),
        ("distress_ttl_slots", 30),
        ("sale_slots", 100),
        ("estate_slots", 10),
        ("resolve_wait_slots", 50),
        ("sibling_grace_slots", 150),
        ("open_layer_slots", 150),
    ];
    Terms {
        prices: prices.iter().map(|price| price * PRICE).collect(),
        cover: 0,
        common: 0,
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
        slice_floor: 10 * LOTS,
        slots: slots.into_iter().map(|(name, slots)| (name.to_string(), slots)).collect(),
    }
}

/// Slots of a resolution whose side has lots under water that nobody declared.
pub const RESOLVE_WAIT: u64 = 50;

impl Stage {
    pub fn new(prices: &[u64]) -> Stage {
        Stage::with(&terms(prices))
    }

    pub fn with(terms: &Terms) -> Stage {
        Stage { ex: TestExchange::new(terms), put: BTreeMap::new(), reports: Vec::new() }
    }

    /// Each market has so much cover.
    pub fn covered(prices: &[u64], cover: u64) -> Stage {
        Stage::with(&Terms { cover: cover * ATOMS, ..terms(prices) })
    }

    /// Runs a verb on a copy, which is kept where it succeeds and every invariant holds.
    pub fn attempt<R>(&mut self, act: impl FnOnce(&mut TestExchange) -> Result<R>) -> Result<R> {
        let mut after = self.ex.clone();
        let done = act(&mut after)?;
        after.settle()?;
        check(&after);
        self.ex = after;
        Ok(done)
    }

    #[track_caller]
    pub fn act<R>(&mut self, act: impl FnOnce(&mut TestExchange) -> Result<R>) -> R {
        self.attempt(act).unwrap()
    }

    /// That a verb is refused, and why.
    #[track_caller]
    pub fn refused<R>(&self, because: Error, act: impl FnOnce(&mut TestExchange) -> Result<R>) {
        let found = act(&mut self.ex.clone()).err();
        assert_eq!(found, Some(because));
    }

    // --- what actors do

    pub fn deposit(mut self, who: &str, amount: impl Number) -> Stage {
        let amount = atoms(amount);
        *self.put.entry(who.to_string()).or_default() += i128::from(amount.0);
        let _ = self.act(|ex| ex.deposit(who, amount.0));
        self
    }

    pub fn deposits(self, amounts: &[(&str, u64)]) -> Stage {
        amounts.iter().fold(self, |stage, (who, amount)| stage.deposit(who, *amount))
    }

    #[track_caller]
    pub fn pair(mut self, market: u64, long: &str, short: &str, amount: impl Number) -> Stage {
        self.trade(market, long, short, amount).unwrap();
        self
    }

    pub fn trade(&mut self, market: u64, buyer: &str, seller: &str, amount: impl Number) -> Result<()> {
        self.attempt(|ex| ex.trade(market, buyer, seller, lots(amount)))
    }

    /// Closes a short of `who` against the same lots of `long`'s.
    #[track_caller]
    pub fn close_short(self, market: u64, who: &str, long: &str, amount: impl Number) -> Stage {
        self.pair(market, who, long, amount)
    }

    #[track_caller]
    pub fn sync(mut self, who: &str) -> Stage {
        self.act(|ex| ex.sync(who));
        self
    }

    /// Takes out all that leaves, in atoms; nothing where it is refused.
    pub fn withdraw(&mut self, who: &str) -> i128 {
        let got = self.attempt(|ex| ex.withdraw(who, u64::MAX / 4)).map_or(0, |got| i128::from(got.0));
        *self.put.get_mut(who).unwrap() -= got;
        got
    }

    #[track_caller]
    pub fn declare(mut self, who: &str) -> Stage {
        let done = self.act(|ex| ex.declare(who));
        assert!(matches!(done, Declared::Done { .. }), "{who}: {done:?}");
        self
    }

    /// That an account cannot be declared now.
    #[track_caller]
    pub fn stays(&self, who: &str) {
        let done = self.ex.clone().declare(who);
        let refused = matches!(done, Err(Error::NotBankrupt) | Ok(Declared::Observed(_)));
        assert!(refused, "{who}: {done:?}");
    }

    pub fn liquidate(&mut self, victim: &str, taker: &str, market: u64, amount: u64) -> Result<Liquidated> {
        self.attempt(|ex| ex.liquidate(victim, taker, market, lots(amount)))
    }

    /// Resolves a market's estates and keeps the report.
    #[track_caller]
    pub fn resolve(mut self, market: u64) -> Stage {
        let report = self.act(|ex| ex.resolve(market));
        self.reports.push(report);
        self
    }

    /// Buys lots of an estate of market 0, as the engine counts them.
    #[track_caller]
    pub fn buy(mut self, who: &str, side: Side, amount: u64) -> Stage {
        self.act(|ex| ex.buy(who, 0, side, amount));
        self
    }

    #[track_caller]
    pub fn fund(mut self, market: usize) -> Stage {
        self.act(|ex| ex.fund_estate(market));
        self
    }

    #[track_caller]
    pub fn silence(mut self, market: usize) -> Stage {
        self.act(|ex| ex.silence(market));
        self
    }

    #[track_caller]
    pub fn restore(mut self, market: usize) -> Stage {
        self.act(|ex| ex.restore(market));
        self
    }

    /// A layer that lasts so many slots more.
    #[track_caller]
    pub fn layer(mut self, market: usize, amount: u64, slots: u64) -> Stage {
        let until = self.ex.slot + slots;
        self.act(|ex| ex.offer_layer(market, atoms(amount).0, until));
        self
    }

    // --- time

    /// Accepts a mark for each of the first markets, a slot later.
    pub fn marks<N: Number>(self, marks: &[N]) -> Stage {
        let marks = marks.iter().enumerate().map(|(market, mark)| (market, mark.times(PRICE))).collect();
        self.tick(1, &marks)
    }

    /// Accepts a mark for one market, so many slots later.
    pub fn mark_in(self, slots: u64, market: usize, mark: impl Number) -> Stage {
        self.tick(slots, &BTreeMap::from([(market, mark.times(PRICE))]))
    }

    pub fn mark(self, market: usize, mark: impl Number) -> Stage {
        self.mark_in(1, market, mark)
    }

    /// Lets slots pass at the same marks.
    pub fn wait(self, slots: u64) -> Stage {
        self.tick(slots, &BTreeMap::new())
    }

    #[track_caller]
    fn tick(mut self, slots: u64, marks: &BTreeMap<usize, u64>) -> Stage {
        self.act(|ex| ex.tick(slots, marks, &BTreeMap::new()));
        self
    }

    // --- what is seen

    pub fn market(&self, market: usize) -> &MarketBooks {
        self.ex.market(market)
    }

    /// An account, to change.
    pub fn account(&mut self, who: &str) -> &mut AccountBooks {
        self.ex.accounts.get_mut(who).unwrap()
    }

    pub fn size(&self, who: &str, market: usize) -> u64 {
        self.ex.size(who, market)
    }

    /// Equity of a position at the mark, in atoms, rounded down.
    pub fn equity(&self, who: &str, market: usize) -> Option<i128> {
        let slot = slot_of(&self.ex.accounts[who], market)?;
        let view = self.ex.view(market);
        let position = view.caught_up(slot).unwrap();
        position.side.map(|_| view.equity(&position).unwrap().atoms_floor())
    }

    /// All that is an account's: free, in positions, vesting, held, and claims that were paid.
    pub fn total_of(&self, who: &str) -> i128 {
        let account = &self.ex.accounts[who];
        let mut total = i128::from(account.free.0) + i128::from(account.pledged.0);
        for market in 0..self.ex.len() {
            let Some(slot) = slot_of(account, market) else { continue };
            let view = self.ex.view(market);
            let position = view.caught_up(slot).unwrap();
            total += view.equity(&position).unwrap().atoms_floor();
            total += view.beside(slot, &position).unwrap().atoms_floor();
        }
        total
    }

    /// What is an account's beyond its deposits less its withdrawals, in atoms.
    pub fn gain(&self, who: &str) -> i128 {
        self.total_of(who) - self.put[who]
    }

    /// That an account gained so many units.
    #[track_caller]
    pub fn gained(&self, who: &str, units: i64) -> &Stage {
        let found = self.gain(who);
        equal(found, units);
        self
    }

    /// What an account's lots left behind in a side's event, in atoms.
    pub fn held_of(&self, who: &str, market: usize, side: Side) -> i128 {
        let Some(slot) = slot_of(&self.ex.accounts[who], market) else { return 0 };
        (self.ex.view(market).held_of(slot, side).unwrap() / 1_000_000_000_000) as i128
    }

    /// h of a side, 1e-12 atom a lot.
    pub fn holdback(&self, market: usize, side: Side) -> u128 {
        self.market(market).side(side).event.rate.get()
    }
}
