//! A [`World`] with three kinds of other collateral: tokens of nine decimals at 100 USD, a tenth of an atom each.

use super::check::check;
use super::world::{Listed, World};
use breakwater_engine::account::PLEDGES;
use breakwater_engine::books::Books;
use breakwater_engine::liquidation::LiquidationReport;
use breakwater_engine::pledge::sale::{self, Sale};
use breakwater_engine::pledge::{self, Kinds, Stock};
use breakwater_engine::price::Observation;
use breakwater_engine::resolve::ResolveReport;
use breakwater_engine::state::{CollateralBooks, CollateralParams};
use breakwater_engine::units::{Atoms, Bps};
use breakwater_engine::{Error, Result};

/// One whole token.
pub const TOKEN: u64 = 1_000_000_000;
/// A dollar.
pub const USD: u64 = 1_000_000;

/// An exchange and the tokens its accounts have put up.
#[derive(Clone)]
pub struct Pledges {
    pub world: World,
    pub kinds: [CollateralBooks; PLEDGES],
    /// What the vaults hold.
    pub vaults: [u64; PLEDGES],
}

/// What a feed says of a token, cents.
pub fn said(cents: u64, time: i64) -> Observation {
    let price = i64::try_from(cents * 1_000_000).unwrap();
    Observation { price, confidence: 0, ema_price: price, ema_confidence: 0, exponent: -8, publish_time: time }
}

/// A haircut of a fifth, sold from 1 % off to nothing in a thousand slots.
pub fn params() -> CollateralParams {
    CollateralParams {
        haircut: Bps(2_000),
        discount_start: Bps(100),
        auction_slots: 1_000,
        ..CollateralParams::standard()
    }
}

fn books_of(markets: &mut [Listed]) -> Vec<Books<'_>> {
    markets.iter_mut().map(|listed| Books { market: &mut listed.market, ladder: &mut listed.ladder }).collect()
}

impl Pledges {
    pub fn new(world: World, kind: &CollateralParams) -> Pledges {
        let mut kinds = [CollateralBooks::default(); PLEDGES];
        for books in &mut kinds {
            books.list(kind, &said(10_000, world.now.time), world.now).unwrap();
        }
        Pledges { world, kinds, vaults: [0; PLEDGES] }
    }

    /// Runs a verb; where it fails, nothing has happened.
    pub fn attempt<R>(&mut self, verb: impl FnOnce(&mut Pledges) -> Result<R>) -> Result<R> {
        let before = self.clone();
        let result = verb(self);
        if result.is_err() {
            *self = before;
        }
        result
    }

    /// A new price of a kind, as if enough slots had passed for it; no time passes for anyone else.
    pub fn price(&mut self, at: usize, cents: u64) {
        self.kinds[at].mark.slot = 0;
        self.kinds[at].mark.publish_time -= 1;
        self.kinds[at].mark.seen_at -= 1;
        let report = self.kinds[at].refresh(Some(&said(cents, self.world.now.time)), self.world.now).unwrap();
        assert!(report.accepted, "{:?}", report.reasons);
    }

    /// Every kind's and every market's mark again, now.
    pub fn confirm(&mut self) {
        for at in 0..PLEDGES {
            let cents = self.kinds[at].mark.price.0 / 10_000_000;
            self.price(at, cents);
        }
        self.confirm_markets();
    }

    pub fn confirm_markets(&mut self) {
        (0..self.world.markets.len())
            .for_each(|market| self.world.refresh(market, self.world.mark(market)).map(drop).unwrap());
    }

    pub fn deposit(&mut self, who: usize, at: usize, amount: u64) -> Result<()> {
        pledge::deposit(&mut self.world.accounts[who], (at, &mut self.kinds[at]), amount, self.world.now)?;
        self.vaults[at] += amount;
        Ok(())
    }

    fn others(kinds: &[CollateralBooks; PLEDGES]) -> Kinds<'_> {
        kinds.each_ref().map(Some)
    }

    pub fn withdraw(&mut self, who: usize, at: usize, amount: u64) -> Result<()> {
        let (mut account, mut kind, kinds) = (self.world.accounts[who], self.kinds[at], self.kinds);
        let stock = Stock { at, kind: &mut kind, others: Pledges::others(&kinds) };
        pledge::withdraw(&mut account, stock, self.world.views().into_iter(), amount, self.world.now)?;
        (self.world.accounts[who], self.kinds[at]) = (account, kind);
        self.vaults[at] -= amount;
        Ok(())
    }

    /// Values an account; returns what it counts for initial and maintenance margin.
    pub fn value(&mut self, who: usize) -> [u64; 2] {
        let account = &mut self.world.accounts[who];
        pledge::value(account, &Pledges::others(&self.kinds), self.world.now).unwrap();
        [account.pledge.initial.0, account.pledge.maintenance.0]
    }

    pub fn sell(&mut self, who: usize, at: usize, wanted: u64) -> Result<Sale> {
        self.attempt(|this| {
            let (mut account, mut kind, kinds) = (this.world.accounts[who], this.kinds[at], this.kinds);
            let stock = Stock { at, kind: &mut kind, others: Pledges::others(&kinds) };
            let now = this.world.now;
            let sold = sale::sell(&mut account, &mut books_of(&mut this.world.markets), stock, wanted, now)?;
            (this.world.accounts[who], this.kinds[at]) = (account, kind);
            this.vaults[at] -= sold.amount;
            this.world.collateral += i128::from(sold.proceeds.0);
            Ok(sold)
        })
    }

    /// Valued first, like everything a keeper sends.
    pub fn liquidate(&mut self, who: usize, market: usize, by: usize, lots: u64) -> Result<LiquidationReport> {
        self.value(who);
        self.attempt(|this| this.world.liquidate(who, market, by, lots))
    }

    pub fn resolve(&mut self, who: usize, market: usize, against: Option<usize>) -> Result<ResolveReport> {
        self.value(who);
        self.attempt(|this| this.world.resolve(who, market, against))
    }

    pub fn sync(&mut self, who: usize) -> Result<()> {
        self.value(who);
        self.attempt(|this| this.world.sync(who).map(drop))
    }

    /// Equity of the cross positions and the part of it that is money.
    pub fn equity(&mut self, who: usize) -> [i128; 2] {
        self.value(who);
        let views = self.world.views();
        let now = self.world.now;
        let health = breakwater_engine::health::cross(&self.world.accounts[who], views.into_iter(), now).unwrap();
        [health.equity.atoms_floor(), health.money().atoms_floor()]
    }

    /// The world's own checks; every unit is in an account, in the books and in its vault.
    pub fn check(&self) {
        check(&self.world);
        for at in 0..PLEDGES {
            let held: u64 = self.world.accounts.iter().map(|account| account.pledge.amounts[at]).sum();
            assert_eq!([held, self.kinds[at].booked], [self.vaults[at]; 2], "kind {at}");
        }
        for account in &self.world.accounts {
            assert!(account.swept == 0 || !account.pledge.is_held(), "what is swept has been sold before");
        }
    }
}

/// What an account's collateral of a kind counts, from the definition.
pub fn counted(books: &CollateralBooks, amount: u64) -> u64 {
    let value = u128::from(amount) * u128::from(books.mark.price.0) / 1_000_000_000_000;
    let capped = value.min(u128::from(books.params.account_max.0));
    (capped * (10_000 - u128::from(books.params.haircut.0)) / 10_000) as u64
}

/// Whether an amount of atoms is an error's.
pub fn refused<R: core::fmt::Debug>(result: Result<R>, error: Error) {
    assert_eq!(result.map(drop), Err(error));
}

/// The cap of one account, in atoms.
pub fn capped(atoms: u64) -> CollateralParams {
    CollateralParams { account_max: Atoms(atoms), ..params() }
}
