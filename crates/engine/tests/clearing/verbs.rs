//! Verbs over accounts of a [`TestExchange`].

use breakwater_engine::clearing::error::{Error, Result};
use breakwater_engine::clearing::ladder::LINES_AND_POOLS_MAX;
use breakwater_engine::clearing::margin::{deposit, isolate, touch, withdraw};
use breakwater_engine::clearing::waterfall::{
    buy_from_estate, close_against_dust, declare_isolated, deleverage_account, liquidate, observe, settle_position,
    sync_account, Declared, Deleverage, Fill, Liquidated, Synced,
};
use breakwater_engine::units::{Atoms, Lots, Side};

use super::paid::{close_opposite, open_for_a_fee};
use super::TestExchange;

impl TestExchange {
    pub fn deposit(&mut self, who: &str, amount: u64) -> Result<Atoms> {
        let served = self.with(who, |account, markets, _, _| deposit(account, markets, Atoms(amount)))?;
        self.outside += i128::from(amount);
        Ok(served)
    }

    pub fn sync(&mut self, who: &str) -> Result<()> {
        self.with(who, |account, markets, _, now| touch(account, markets, now.slot).map(drop).map_err(Error::from))
    }

    /// A sync by a keeper, who is paid.
    pub fn sync_for(&mut self, who: &str, (keeper, address): (&str, u64)) -> Result<Synced> {
        self.with_two((who, keeper), |account, keeper, markets, now| {
            Ok(sync_account(account, markets, Some((address, keeper)), now)?)
        })
    }

    pub fn withdraw(&mut self, who: &str, amount: u64) -> Result<Atoms> {
        let got = self.with(who, |account, markets, _, now| {
            let _ = touch(account, markets, now.slot)?;
            let _ = observe(account, markets, now)?;
            withdraw(account, markets, Atoms(amount), now)
        })?;
        self.outside -= i128::from(got.0);
        Ok(got)
    }

    pub fn isolate(&mut self, who: &str, market: u64) -> Result<()> {
        self.with(who, |account, markets, _, now| isolate(account, markets, market, now))
    }

    /// A fill at the mark.
    pub fn trade(&mut self, market: u64, buyer: &str, seller: &str, lots: u64) -> Result<()> {
        if buyer == seller {
            return Err(Error::SelfTrade);
        }
        if !self.market(market as usize).is_usable() {
            return Err(Error::NoUsableMark);
        }
        let price = self.market(market as usize).mark.price;
        self.with_two((buyer, seller), |buyer, seller, markets, now| {
            for account in [&mut *buyer, &mut *seller] {
                let _ = touch(account, markets, now.slot)?;
            }
            let mut opening = Vec::new();
            for (account, direction) in [(&mut *buyer, Side::Long), (&mut *seller, Side::Short)] {
                let fill = Fill { market_index: market, direction, lots: Lots(lots), price, raises_a_side: true };
                let lots = close_opposite(account, markets, &fill, now)?;
                opening.push((account, Fill { lots, ..fill }));
            }
            opening.retain(|(_, fill)| !fill.lots.is_zero());
            // Both gates first: until margin follows the first opening, its lots may look bankrupt to the other's gate.
            for (_, fill) in &opening {
                markets[market as usize].may_open(fill.direction, true, now.slot)?;
            }
            for (account, fill) in opening {
                open_for_a_fee(account, markets, &fill, now)?;
            }
            for account in [buyer, seller] {
                let _ = touch(account, markets, now.slot)?;
            }
            Ok(())
        })
    }

    /// A whole-account check, as setting a quote does it.
    pub fn check_account(&mut self, who: &str) -> Result<()> {
        self.with(who, |account, markets, _, now| {
            let valuation = breakwater_engine::clearing::margin::value(account, markets, now)?;
            if valuation.initial_surplus()?.0 < 0 {
                return Err(Error::InsufficientMargin);
            }
            account.checked_until = now.slot + 1_000;
            Ok(())
        })
    }

    pub fn liquidate(&mut self, victim: &str, taker: &str, market: u64, lots: u64) -> Result<Liquidated> {
        if victim == taker {
            return Err(Error::SelfTrade);
        }
        self.with_two((victim, taker), |victim, taker, markets, now| {
            liquidate((victim, taker), markets, market, Lots(lots), now)
        })
    }

    pub fn declare_isolated(&mut self, who: &str, market: u64) -> Result<Declared> {
        self.with(who, |account, markets, fund, now| declare_isolated(account, markets, market, fund, now))
    }

    pub fn buy(&mut self, who: &str, market: u64, side: Side, lots: u64) -> Result<()> {
        self.with(who, |account, markets, fund, now| {
            buy_from_estate(account, markets, fund, (market, side, Lots(lots)), now).map(drop)
        })
    }

    pub fn deleverage(&mut self, who: &str, market: u64) -> Result<Deleverage> {
        self.with(who, |account, markets, _, now| {
            deleverage_account(account, markets, (market, LINES_AND_POOLS_MAX), now)
        })
    }

    pub fn close_dust(&mut self, who: &str, market: u64) -> Result<()> {
        self.with(who, |account, markets, _, now| {
            close_against_dust(account, markets, (market, Lots(u64::MAX)), now).map(drop)
        })
    }

    pub fn settle_position(&mut self, who: &str, market: u64) -> Result<()> {
        self.with(who, |account, markets, _, now| settle_position(account, markets, market, now).map(drop))
    }
}
