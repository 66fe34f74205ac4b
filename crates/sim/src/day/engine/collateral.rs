//! Other collateral: mints, their prices, what accounts hold of them, and its sale.

use breakwater_engine::clearing::collateral::{
    buy_collateral, buy_forfeited, deposit, value, withdraw, AuctionInput, Bought, CollateralInput, CollateralSet,
};
use breakwater_engine::clearing::margin::require_valued;
use breakwater_engine::clearing::markets::MarketMut;
use breakwater_engine::clearing::state::{AccountBooks, CollateralAsset, CollateralParams, COLLATERAL_ASSETS};
use breakwater_engine::clearing::{error, waterfall};
use breakwater_engine::permission::Action;
use breakwater_engine::price::Observation;
use breakwater_engine::source::Observed;
use breakwater_engine::units::Now;
use serde_json::{json, Value};

use super::atomic::Age;
use super::{passed, EngineVenue};
use crate::day::venue::{AccountId, AssetId, MarketId, Outcome, Report, Stop};
use crate::quantity::{size, usd};

/// The assets, one of them to change.
fn split(assets: &mut [CollateralAsset], at: AssetId) -> Outcome<CollateralInput<'_>> {
    let mut others: CollateralSet<'_> = [None; COLLATERAL_ASSETS];
    let mut own = None;
    for (number, asset) in assets.iter_mut().enumerate() {
        if number == at {
            own = Some(asset);
        } else if let Some(seat) = others.get_mut(number) {
            *seat = Some(asset);
        }
    }
    let asset = own.ok_or_else(|| Stop::from(error::Error::CollateralMissing))?;
    Ok(CollateralInput { at, asset, others })
}

/// Values an account's other collateral, as the sender of an instruction does first.
pub(super) fn value_held(account: &mut AccountBooks, assets: &[CollateralAsset], now: Now) -> Outcome<()> {
    if !account.collateral.is_held() {
        return Ok(());
    }
    let mut set: CollateralSet<'_> = [None; COLLATERAL_ASSETS];
    set.iter_mut().zip(assets).for_each(|(seat, asset)| *seat = Some(asset));
    Ok(value(account, &set, now)?)
}

/// Declares an account with all that it holds.
pub(super) fn declare(
    account: &mut AccountBooks,
    assets: &mut [CollateralAsset],
    markets: &mut [MarketMut<'_>],
    fund: &mut breakwater_engine::clearing::state::Fund,
    now: Now,
) -> Outcome<waterfall::Declared> {
    let mut all = [const { None }; COLLATERAL_ASSETS];
    all.iter_mut().zip(assets).for_each(|(seat, asset)| *seat = Some(asset));
    Ok(waterfall::declare_with_collateral((account, &mut all), markets, fund, now)?)
}

impl EngineVenue {
    pub(super) fn accept_mint(&mut self, params: &CollateralParams, first: &Observation) -> Outcome<AssetId> {
        self.permit_at_all(Action::ListMarket)?;
        if self.assets.len() >= COLLATERAL_ASSETS {
            return Err(Stop::Failed(format!("at most {COLLATERAL_ASSETS} mints")));
        }
        let mut asset = CollateralAsset::default();
        asset.list(params, false, &Observed { first: Some(*first), second: None }, self.now)?;
        self.assets.push(asset);
        Ok(self.assets.len() - 1)
    }

    pub(super) fn refresh_mint(&mut self, at: AssetId, observation: &Observation) -> Outcome {
        let now = self.now;
        let mut asset = self.assets[at];
        let done = asset.refresh(&Observed { first: Some(*observation), second: None }, now)?;
        self.assets[at] = asset;
        Ok(Report::from_iter([("quality".into(), json!(format!("{:?}", done.quality).to_lowercase()))]))
    }

    /// Runs a verb over an account and one of its assets.
    fn with_asset<T>(
        &mut self,
        account: AccountId,
        (at, action): (AssetId, Action),
        verb: impl FnOnce(&mut AccountBooks, &mut [MarketMut<'_>], CollateralInput<'_>, Now) -> error::Result<T>,
    ) -> Outcome<T> {
        self.permit_at_all(action)?;
        self.attempt_of(&[account], (None, Age::Acting), |venue, markets| {
            let EngineVenue { accounts, markets: books, assets, now, .. } = venue;
            let input = split(assets, at)?;
            Ok(verb(&mut accounts[account], &mut passed(books, markets), input, *now)?)
        })
    }

    pub(super) fn put_collateral(&mut self, account: AccountId, at: AssetId, amount: u64) -> Outcome {
        self.with_asset(account, (at, Action::DepositCollateral), |account, markets, input, now| {
            deposit(account, markets, input, amount, now)
        })?;
        Ok(Report::new())
    }

    pub(super) fn take_collateral(&mut self, account: AccountId, at: AssetId, amount: u64) -> Outcome {
        self.with_asset(account, (at, Action::WithdrawCollateral), |account, markets, input, now| {
            require_valued(account, now)?;
            withdraw(account, markets, input, amount, now)
        })?;
        Ok(Report::new())
    }

    /// A buyer pays from its wallet: for what an account in distress has, or for what insurance owns of a declared one's.
    pub(super) fn sell_collateral(&mut self, account: AccountId, at: AssetId, wanted: u64) -> Outcome {
        let holding = self.accounts[account].collateral.assets[at];
        let action = (at, Action::AuctionCollateral);
        if holding.amount == 0 && holding.forfeited != 0 {
            let debtor: Vec<MarketId> = self.markets_of(&[account], None);
            let sold = self.attempt_of(&[account], (debtor.first().copied(), Age::Acting), |venue, markets| {
                let EngineVenue { accounts, markets: books, assets, now, .. } = venue;
                let input = AuctionInput { collateral: split(assets, at)?, wanted };
                let sold = buy_forfeited(&mut accounts[account], &mut passed(books, markets), input, *now)?;
                venue.outside += i128::from(sold.proceeds.0);
                Ok(sold)
            })?;
            return Ok(self.sold(at, (sold.amount, sold.discount.0), usd(sold.proceeds)));
        }
        self.permit_at_all(action.1)?;
        let bought = self.attempt_of(&[account], (None, Age::Acting), |venue, markets| {
            let EngineVenue { accounts, markets: books, assets, now, .. } = venue;
            let input = AuctionInput { collateral: split(assets, at)?, wanted };
            let bought = buy_collateral(&mut accounts[account], &mut passed(books, markets), input, *now)?;
            if let Bought::Done { proceeds, .. } = bought {
                venue.outside += i128::from(proceeds.0);
            }
            Ok(bought)
        })?;
        Ok(match bought {
            Bought::Observed(due) => super::waterfall::observed(due),
            Bought::Done { amount, discount, proceeds, .. } => self.sold(at, (amount, discount.0), usd(proceeds)),
        })
    }

    fn sold(&self, at: AssetId, (amount, discount): (u64, u32), proceeds: String) -> Report {
        Report::from_iter([
            ("amount".into(), self.units(at, amount)),
            ("discount_bps".into(), json!(discount)),
            ("proceeds_usd".into(), json!(proceeds)),
        ])
    }

    fn units(&self, at: AssetId, amount: u64) -> Value {
        json!(size(i128::from(amount), self.assets[at].params.unit_exponent))
    }

    /// What is wrong with the sums of other collateral.
    pub(super) fn collateral_faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (at, asset) in self.assets.iter().enumerate() {
            let held = |of: fn(&AccountBooks, usize) -> u64| -> u128 {
                self.accounts.iter().map(|account| u128::from(of(account, at))).sum()
            };
            let amounts = held(|account, at| account.collateral.assets[at].amount);
            let forfeited = held(|account, at| account.collateral.assets[at].forfeited);
            if (amounts, forfeited) != (asset.booked.into(), asset.forfeited.into()) {
                faults.push(format!("mint {at}: accounts hold {amounts} and {forfeited}, not {asset:?}"));
            }
        }
        faults
    }
}
