//! Other collateral in and out.

use super::valuation::{holding_mut, value};
use super::CollateralInput;
use crate::clearing::error::{Error, Result};
use crate::clearing::margin::{self, AccountValuation};
use crate::clearing::markets::MarketMut;
use crate::clearing::recovery::debt;
use crate::clearing::state::AccountBooks;
use crate::units::Now;

/// Credits collateral that arrived. With cross positions all of the account's markets are passed, and it is not in
/// distress afterwards: a deposit into distress cures it or is refused, so that nothing that comes in late holds
/// anything up (A23). Refuses, in this order: `ZeroAmount`; `CollateralClosed`; `PriceQuality` without a good mark of
/// now, so that nobody answers a fall that no price shows yet with what has fallen (F3); `BelowMinimum` for less than a
/// dollar; `CollateralCap` beyond what the exchange accepts, whom it would cure: money passes any cap and cures as
/// well; `InDistress`; `CollateralNotRefreshed`, for what is uncertain cures nothing.
pub fn deposit(
    account: &mut AccountBooks,
    markets: &[MarketMut<'_>],
    input: CollateralInput<'_>,
    amount: u64,
    now: Now,
) -> Result<()> {
    let asset = &mut *input.asset;
    if amount == 0 {
        return Err(crate::Error::ZeroAmount.into());
    }
    if !asset.is_open() {
        return Err(Error::CollateralClosed);
    }
    if !asset.is_priced(now) {
        return Err(crate::Error::PriceQuality.into());
    }
    if asset.is_dust(amount) {
        return Err(crate::Error::BelowMinimum.into());
    }
    let booked = asset.booked.checked_add(amount).filter(|booked| *booked <= asset.params.total_max);
    asset.booked = booked.ok_or(crate::Error::CollateralCap)?;
    let holding = holding_mut(account, input.at)?;
    holding.amount = holding.amount.checked_add(amount).ok_or(crate::Error::Overflow)?;
    account.collateral.valued_until = 0;
    let Some(valuation) = backed(account, markets, &input, now)? else { return Ok(()) };
    if valuation.is_in_distress() {
        return Err(Error::InDistress);
    }
    if valuation.uncertain {
        return Err(Error::CollateralNotRefreshed);
    }
    Ok(())
}

/// Takes collateral out. Without cross positions nothing else is asked: no price, no market (I10). With them all of the
/// account's markets are passed, it keeps its initial margin, net of holdback, and it is not in distress. Refuses, in
/// this order: `ZeroAmount`, `InsufficientCollateral`, `CollateralUnvalued`, `InDistress`, `InsufficientMargin`.
pub fn withdraw(
    account: &mut AccountBooks,
    markets: &[MarketMut<'_>],
    input: CollateralInput<'_>,
    amount: u64,
    now: Now,
) -> Result<()> {
    if amount == 0 {
        return Err(crate::Error::ZeroAmount.into());
    }
    if debt::total(account)?.is_zero() {
        let _ = input.asset.give_back(holding_mut(account, input.at)?)?;
    }
    holding_mut(account, input.at)?.take(amount)?;
    input.asset.booked = input.asset.booked.checked_sub(amount).ok_or(crate::Error::NotConserved)?;
    account.collateral.valued_until = 0;
    let Some(valuation) = backed(account, markets, &input, now)? else { return Ok(()) };
    if valuation.is_in_distress() {
        return Err(Error::InDistress);
    }
    if valuation.initial_surplus()?.0 < 0 {
        return Err(Error::InsufficientMargin);
    }
    Ok(())
}

/// The account's valuation after it was changed, where there are cross positions.
fn backed(
    account: &mut AccountBooks,
    markets: &[MarketMut<'_>],
    input: &CollateralInput<'_>,
    now: Now,
) -> Result<Option<AccountValuation>> {
    if !account.has_cross_lots() {
        return Ok(None);
    }
    value(account, &input.set(), now)?;
    Ok(Some(margin::value(account, markets, now)?))
}
