//! Collateral that passed to insurance at a declaration: sold for the owner's debt, and what the debt does not need
//! returns.

use super::valuation::holding_mut;
use super::{AuctionInput, CollateralInput};
use crate::clearing::error::Result;
use crate::clearing::margin;
use crate::clearing::markets::MarketMut;
use crate::clearing::recovery::debt;
use crate::clearing::state::{AccountBooks, CollateralAsset, CollateralHolding};
use crate::units::{Atoms, Bps, Now, BPS};
use crate::wide;

/// Windows over which the price of an asset whose source stays silent falls from the haircut to nothing.
const SILENT_WINDOWS: u64 = 10;

/// What a sale by insurance did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Smallest units sold.
    pub amount: u64,
    /// The discount now.
    pub discount: Bps,
    /// Paid by the buyer.
    pub proceeds: Atoms,
    /// The part of it that served the owner's debts; the rest is the owner's.
    pub served: Atoms,
    /// Smallest units that returned to the owner, who owes nothing any more.
    pub returned: u64,
}

/// Buys what insurance owns of an account's collateral, at most as much as serves its owner's debts. `markets` are
/// those in which the owner owes. Insurance is in no hurry where there is a price: the discount grows to the haircut
/// over a window and stays there. Where the source is silent it grows on to a whole: nothing waits for a feed for ever.
/// Fails with `InsufficientCollateral`, and with `NothingOwed` where the owner owes nothing: then it is released; with
/// `CollateralNotRefreshed` and `TooMuch`.
pub fn buy_forfeited(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    input: AuctionInput<'_>,
    now: Now,
) -> Result<Recovered> {
    let AuctionInput { collateral, wanted } = input;
    let owed = debt::total(account)?;
    let asset = &mut *collateral.asset;
    let holding = holding_mut(account, collateral.at)?;
    if holding.forfeited == 0 {
        return Err(crate::Error::InsufficientCollateral.into());
    }
    if owed.is_zero() {
        return Err(crate::Error::NothingOwed.into());
    }
    asset.require_price(true, now)?;
    let discount = asset.discount_of_insurance(holding, now);
    let amount = asset.sellable((holding.forfeited, wanted), discount, owed)?;
    let proceeds = asset.price_of(amount, discount)?;
    holding.forfeited = holding.forfeited.checked_sub(amount).ok_or(crate::Error::InsufficientCollateral)?;
    asset.forfeited = asset.forfeited.checked_sub(amount).ok_or(crate::Error::NotConserved)?;
    let served = margin::deposit(account, markets, proceeds)?;
    let returned = release_forfeited(account, collateral)?;
    Ok(Recovered { amount, discount, proceeds, served, returned })
}

/// Returns what insurance owns of an account's collateral to the owner who owes nothing any more; nothing while he
/// owes. Returns how much.
pub fn release_forfeited(account: &mut AccountBooks, collateral: CollateralInput<'_>) -> Result<u64> {
    if !debt::total(account)?.is_zero() {
        return Ok(0);
    }
    let returned = collateral.asset.give_back(holding_mut(account, collateral.at)?)?;
    if returned != 0 {
        account.collateral.valued_until = 0;
    }
    Ok(returned)
}

impl CollateralAsset {
    /// Rounds down.
    fn discount_of_insurance(&self, holding: &CollateralHolding, now: Now) -> Bps {
        let haircut = self.haircut(now);
        if self.is_priced(now) {
            return self.discount_to(haircut, now.slot.saturating_sub(holding.forfeited_at));
        }
        let waited = now.slot.saturating_sub(self.mark.slot.max(holding.forfeited_at));
        let over = self.params.auction_slots.saturating_mul(SILENT_WINDOWS).max(1);
        let rest = BPS.saturating_sub(haircut.0.into());
        // Cannot fail: at most a whole.
        let grown = wide::mul_div_floor(rest, waited.min(over), over).unwrap_or(rest);
        Bps(haircut.0.saturating_add(u32::try_from(grown).unwrap_or(u32::MAX)))
    }
}
