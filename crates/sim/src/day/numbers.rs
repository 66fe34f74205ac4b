//! What a script calls things, and what it counts in, as the venue knows them.

use breakwater_engine::{Lots, Price};

use super::run::{failed, Run};
use super::venue::{AccountId, AssetId, MarketId, Outcome, Stop};
use crate::decimal::Decimal;
use crate::quantity::{lots, price_per_lot};

impl Run<'_> {
    pub(super) fn account(&self, name: &str) -> Outcome<AccountId> {
        self.names.account(name).map_err(failed)
    }

    /// An operation in a market whose listing was refused is refused too.
    pub(super) fn market(&self, name: &str) -> Outcome<MarketId> {
        self.names.market(name).map_err(failed)?.id.ok_or_else(|| Stop::Refused("MarketMissing".into()))
    }

    pub(super) fn exponent(&self, market: &str) -> Outcome<i32> {
        Ok(self.names.market(market).map_err(failed)?.lot_exponent)
    }

    pub(super) fn lots(&self, market: &str, size: Decimal) -> Outcome<Lots> {
        let lots = lots(size, self.exponent(market)?).map_err(failed)?;
        lots.ok_or_else(|| Stop::Refused("WrongStep".into()))
    }

    pub(super) fn price(&self, market: &str, price: Decimal) -> Outcome<Price> {
        price_per_lot(price, self.exponent(market)?).ok_or_else(|| Stop::Refused("PriceOutOfBand".into()))
    }

    /// A mint's number, and 10^this of the asset is its smallest unit.
    pub(super) fn mint(&self, name: &str) -> Outcome<(AssetId, i32)> {
        let found = self.mints.get(name).ok_or_else(|| failed(format!("no mint `{name}`")))?;
        found.ok_or_else(|| Stop::Refused("CollateralMissing".into()))
    }

    pub(super) fn units(&self, mint: &str, amount: Decimal) -> Outcome<(AssetId, u64)> {
        let (mint, exponent) = self.mint(mint)?;
        let units = amount.scaled_exact(-exponent).and_then(|units| u64::try_from(units).ok());
        Ok((mint, units.ok_or_else(|| failed("`amount` is negative, finer than a unit or out of range"))?))
    }
}
