//! Other collateral of a [`TestExchange`]: three assets whose smallest unit is worth an atom, their vaults, and the
//! verbs.

use breakwater_engine::clearing::collateral::{self, AuctionInput, Bought, CollateralInput, Recovered};
use breakwater_engine::clearing::error::Result;
use breakwater_engine::clearing::margin;
use breakwater_engine::clearing::markets::MarketMut;
use breakwater_engine::clearing::state::{AccountBooks, CollateralAsset, CollateralParams, COLLATERAL_ASSETS};
use breakwater_engine::clearing::waterfall::{declare_with_collateral, Declared};
use breakwater_engine::price::Observation;
use breakwater_engine::source::Observed;
use breakwater_engine::units::{Atoms, Bps, Now};

use super::TestExchange;

/// A price of one atom a unit, in millionths.
pub const PAR: u64 = 1_000_000;

/// The assets and what their vaults hold.
#[derive(Clone)]
pub struct Assets {
    pub books: [CollateralAsset; COLLATERAL_ASSETS],
    pub vaults: [u64; COLLATERAL_ASSETS],
    /// Its feed publishes nothing.
    pub silent: [bool; COLLATERAL_ASSETS],
    /// Whether whoever sends an instruction values the account first, as wallets and keepers do.
    pub valued: bool,
    /// Whether keepers observe distress all the while.
    pub watched: bool,
}

/// A haircut of a fifth; sold from 1 % off to nothing in a thousand slots of the engine.
pub fn asset_params() -> CollateralParams {
    CollateralParams {
        total_max: 1 << 55,
        account_max: Atoms(1 << 55),
        auction_slots: 1_000,
        unit_exponent: 0,
        allows_freeze: 1,
        ..CollateralParams::recommended()
    }
}

/// What a feed says, millionths of an atom a unit.
pub fn said(price: u64, time: i64) -> Observation {
    let price = i64::try_from(price).unwrap();
    Observation { price, confidence: 0, ema_price: price, ema_confidence: 0, exponent: -12, publish_time: time }
}

pub fn first(observation: Observation) -> Observed {
    Observed { first: Some(observation), second: None }
}

impl Assets {
    pub fn new(now: Now) -> Assets {
        let mut books = [CollateralAsset::default(); COLLATERAL_ASSETS];
        for asset in &mut books {
            asset.list(&asset_params(), true, &first(said(PAR, now.time)), now).unwrap();
        }
        Assets { books, vaults: [0; 3], silent: [false; 3], valued: true, watched: true }
    }

    pub fn value(&self, account: &mut AccountBooks, now: Now) {
        if account.collateral.is_held() && self.valued {
            collateral::value(account, &self.books.each_ref().map(Some), now).unwrap();
            let counts: u64 = (0..COLLATERAL_ASSETS).map(|at| self.counts(account, at)).sum();
            let delisted = self.books.iter().any(|asset| asset.delisted_at != 0);
            let known = account.collateral.uncertain == 0 && !delisted;
            assert!(!known || counts == account.collateral.maintenance.0, "what it counts");
            assert!(account.collateral.initial <= account.collateral.maintenance, "opening asks more");
        }
    }

    /// The feeds that live publish their last price again.
    pub fn publish(&mut self, now: Now) {
        for (asset, silent) in self.books.iter_mut().zip(self.silent) {
            if !silent {
                let said = said(asset.mark.price.0 / 1_000_000, now.time);
                let _ = asset.refresh(&first(said), now).unwrap();
            }
        }
    }

    /// What an account's collateral of an asset counts for distress, from the definition.
    pub fn counts(&self, account: &AccountBooks, at: usize) -> u64 {
        let (asset, holding) = (&self.books[at], &account.collateral.assets[at]);
        let value = u128::from(holding.amount) * u128::from(asset.mark.price.0) / 1_000_000_000_000;
        let start = u64::from(asset.params.discount_start.0);
        let ripe = holding.auctioned_slots.min(asset.params.auction_slots);
        let discount = start + (10_000 - start) * ripe / asset.params.auction_slots;
        let running = if holding.auctioned_slots == 0 { 0 } else { discount };
        let off = running.max(u64::from(asset.params.haircut.0));
        let capped = value.min(u128::from(asset.params.account_max.0));
        u64::try_from(capped * u128::from(10_000 - off) / 10_000).unwrap()
    }
}

impl TestExchange {
    /// The clock that publish times are seconds of.
    pub fn asset_now(&self) -> Now {
        Now { time: 2 * self.published as i64, ..self.now() }
    }

    fn with_asset<R>(
        &mut self,
        who: &str,
        at: usize,
        verb: impl FnOnce(&mut AccountBooks, &mut [MarketMut<'_>], CollateralInput<'_>, Now) -> Result<R>,
    ) -> Result<R> {
        let now = self.asset_now();
        let (mut asset, others) = (self.assets.books[at], self.assets.books);
        let result = self.with(who, |account, markets, _, _| {
            let input = CollateralInput { at, asset: &mut asset, others: others.each_ref().map(Some) };
            verb(account, markets, input, now)
        })?;
        self.assets.books[at] = asset;
        Ok(result)
    }

    pub fn deposit_collateral(&mut self, who: &str, at: usize, amount: u64) -> Result<()> {
        self.with_asset(who, at, |account, markets, input, now| {
            collateral::deposit(account, markets, input, amount, now)
        })?;
        self.assets.vaults[at] += amount;
        Ok(())
    }

    pub fn withdraw_collateral(&mut self, who: &str, at: usize, amount: u64) -> Result<()> {
        self.with_asset(who, at, |account, markets, input, now| {
            collateral::withdraw(account, markets, input, amount, now)
        })?;
        self.assets.vaults[at] -= amount;
        Ok(())
    }

    pub fn buy_collateral(&mut self, who: &str, at: usize, wanted: u64) -> Result<Bought> {
        let before = self.accounts.get(who).copied().unwrap_or_default();
        let (clock, worth) = (before.collateral.assets[at].auctioned_slots, self.worth(who));
        let bought = self.with_asset(who, at, |account, markets, collateral, now| {
            collateral::buy_collateral(account, markets, AuctionInput { collateral, wanted }, now)
        })?;
        if let Bought::Done { amount, proceeds, served, .. } = bought {
            self.assets.vaults[at] -= amount;
            self.outside += i128::from(proceeds.0);
            let counted_before = worth.unwrap();
            // A clock that moves in the sale lowers what the rest counts, not the sale; a cure ends it.
            if clock == self.accounts[who].collateral.assets[at].auctioned_slots {
                let after = self.worth(who).unwrap() + i128::from(served.0);
                assert!(after + 30 >= counted_before, "I8: a sale lowers worth from {counted_before} to {after}");
            }
        }
        Ok(bought)
    }

    /// What an account is worth, in atoms, where it is valued.
    pub fn worth(&mut self, who: &str) -> Option<i128> {
        let now = self.now();
        self.with(who, |account, markets, _, _| Ok(margin::value(account, markets, now).ok()))
            .unwrap()
            .map(|valuation| valuation.worth.atoms_floor())
    }

    pub fn buy_forfeited(&mut self, who: &str, at: usize, wanted: u64) -> Result<Recovered> {
        let bought = self.with_asset(who, at, |account, markets, collateral, now| {
            collateral::buy_forfeited(account, markets, AuctionInput { collateral, wanted }, now)
        })?;
        self.assets.vaults[at] -= bought.amount;
        self.outside += i128::from(bought.proceeds.0);
        Ok(bought)
    }

    pub fn release_forfeited(&mut self, who: &str, at: usize) -> Result<u64> {
        self.with_asset(who, at, |account, _, input, _| collateral::release_forfeited(account, input))
    }

    /// Declares an account with what it holds.
    pub fn declare(&mut self, who: &str) -> Result<Declared> {
        let mut books = self.assets.books;
        let done = self.with(who, |account, markets, fund, now| {
            let mut assets = books.each_mut().map(Some);
            declare_with_collateral((account, &mut assets), markets, fund, now)
        })?;
        self.assets.books = books;
        Ok(done)
    }

    /// A new price of an asset, as if enough slots had passed for it; no time passes for anyone else.
    pub fn price_asset(&mut self, at: usize, price: u64) {
        let now = self.asset_now();
        let asset = &mut self.assets.books[at];
        asset.mark.slot = 0;
        asset.mark.publish_time -= 1;
        asset.mark.seen_at = asset.mark.publish_time;
        let report = asset.refresh(&first(said(price, now.time)), now).unwrap();
        assert!(report.accepted, "{:?}", report.reasons);
    }

    /// Units of an asset that an account holds.
    pub fn holds(&self, who: &str, at: usize) -> u64 {
        self.accounts.get(who).map_or(0, |account| account.collateral.assets[at].amount)
    }

    /// Changes an asset's parameters without asking.
    pub fn set_haircut(&mut self, at: usize, haircut: u32) {
        self.assets.books[at].params.haircut = Bps(haircut);
    }

    /// I1 per mint: every unit is an account's or insurance's, in the books and in the vault. What valuations stored is
    /// what the definition says.
    pub fn check_collateral(&self) {
        for at in 0..COLLATERAL_ASSETS {
            let asset = &self.assets.books[at];
            let held = |of: fn(&AccountBooks, usize) -> u64| self.accounts.values().map(|one| of(one, at)).sum::<u64>();
            let booked = held(|account, at| account.collateral.assets[at].amount);
            let forfeited = held(|account, at| account.collateral.assets[at].forfeited);
            assert_eq!([booked, forfeited], [asset.booked, asset.forfeited], "I1: asset {at}");
            assert_eq!(asset.units(), Ok(self.assets.vaults[at]), "I1: vault {at}");
        }
        for (who, account) in &self.accounts {
            for holding in account.collateral.assets {
                assert!(holding.amount != 0 || holding.auctioned_slots == 0, "{who}: a clock of nothing");
            }
        }
    }
}
