//! The auction of other collateral: in an account's distress anyone buys it for money, at a price that falls with time
//! to nothing.
//!
//! Assets are sold in any order, each by a clock of its own: one that cannot be sold, because its vault is frozen or
//! its feed is silent, delays no other (A23). The buyer's choice costs the owner nothing: no sale lowers what the
//! account is worth.

use super::asset::MarkAge;
use super::valuation::{holding_mut, value};
use super::{CollateralInput, CollateralSet};
use crate::clearing::error::{Error, Result};
use crate::clearing::margin::{self, touch, AccountValuation};
use crate::clearing::markets::MarketMut;
use crate::clearing::recovery::debt;
use crate::clearing::state::{AccountBooks, CollateralAsset, CollateralHolding};
use crate::clearing::waterfall::{distress, observe, Confirmation};
use crate::units::{Atoms, Bps, Now};

/// What a purchase of other collateral is handed.
pub struct AuctionInput<'a> {
    /// The asset that is bought, and the others that the account holds.
    pub collateral: CollateralInput<'a>,
    /// Smallest units; zero: as many as allowed.
    pub wanted: u64,
}

/// What a purchase may take now.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuctionPlan {
    /// The distress is not confirmed: come back at this slot.
    Observed(u64),
    /// So many units.
    Sale {
        /// Smallest units.
        amount: u64,
        /// The auction's discount.
        discount: Bps,
        /// What they cost.
        proceeds: Atoms,
    },
}

/// What a purchase did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bought {
    /// Too early: the distress is observed. Come back at this slot.
    Observed(u64),
    /// Collateral changed hands.
    Done {
        /// Smallest units sold.
        amount: u64,
        /// The auction's discount.
        discount: Bps,
        /// Paid by the buyer.
        proceeds: Atoms,
        /// The part of it that served the owner's debts, like any money that comes in; the rest backs the positions.
        served: Atoms,
    },
}

/// Buys collateral of an account in confirmed distress, at most as much as brings its money to maintenance margin and
/// the largest buffer of its markets. `markets` are all the markets it has a slot in. The price is the mark less a
/// discount that grows from the first to a whole over the slots of observed distress; a mark that is not good and of
/// now serves only beyond the haircut: a silent feed delays a sale and does not prevent it. Fails with
/// `CollateralUnvalued`, `NotInDistress`, `InsufficientCollateral`, `CollateralNotRefreshed`, `StaleMark` and
/// `TooMuch`.
pub fn buy_collateral(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    input: AuctionInput<'_>,
    now: Now,
) -> Result<Bought> {
    let AuctionInput { collateral, wanted } = input;
    let _ = touch(account, markets, now.slot)?;
    let plan = plan(account, markets, (&collateral.set(), collateral.at), wanted, now)?;
    let (amount, discount, proceeds) = match plan {
        AuctionPlan::Observed(due) => return Ok(Bought::Observed(due)),
        AuctionPlan::Sale { amount, discount, proceeds } => (amount, discount, proceeds),
    };
    holding_mut(account, collateral.at)?.take(amount)?;
    collateral.asset.booked = collateral.asset.booked.checked_sub(amount).ok_or(crate::Error::NotConserved)?;
    let served = margin::deposit(account, markets, proceeds)?;
    let _ = touch(account, markets, now.slot)?;
    value(account, &collateral.set(), now)?;
    let _ = observe(account, markets, now)?;
    Ok(Bought::Done { amount, discount, proceeds, served })
}

/// What [`buy_collateral`] would do now; refuses as it does. A touch that comes before it there may make a difference
/// of the atoms that rounding takes.
pub fn plan_auction(
    account: &AccountBooks,
    markets: &[MarketMut<'_>],
    from: (&CollateralSet<'_>, usize),
    wanted: u64,
    now: Now,
) -> Result<AuctionPlan> {
    plan(&mut account.clone(), markets, from, wanted, now)
}

fn plan(
    account: &mut AccountBooks,
    markets: &[MarketMut<'_>],
    (assets, at): (&CollateralSet<'_>, usize),
    wanted: u64,
    now: Now,
) -> Result<AuctionPlan> {
    value(account, assets, now)?;
    let _ = observe(account, markets, now)?;
    // The clocks have moved.
    value(account, assets, now)?;
    let valuation = margin::value(account, markets, now)?;
    if !valuation.is_in_distress() {
        return Err(Error::NotInDistress);
    }
    match distress(account, markets, now)? {
        Confirmation::Absent => return Err(Error::NotInDistress),
        Confirmation::TooEarly(due) => return Ok(AuctionPlan::Observed(due)),
        Confirmation::Since(_) => {}
    }
    let holding = *holding_mut(account, at)?;
    let asset = assets.get(at).copied().flatten().filter(|_| holding.amount != 0);
    let asset = asset.ok_or(crate::Error::InsufficientCollateral)?;
    let need = need(account, markets, &valuation)?;
    asset.sale_of(&holding, wanted, need, now)
}

/// What the account's money lacks to maintenance margin and the largest buffer of its markets, rounded up, and what its
/// owner owes.
fn need(account: &AccountBooks, markets: &[MarketMut<'_>], valuation: &AccountValuation) -> Result<Atoms> {
    let stands =
        |market: &&MarketMut<'_>| account.slot(market.market.market_index).is_ok_and(|slot| slot.has_cross_lots());
    let buffer = markets.iter().filter(stands).map(|market| market.market.params.buffer).max();
    let buffer = buffer.unwrap_or_default().of_ceil(valuation.maintenance)?;
    let target = valuation.maintenance.plus(buffer)?.cash();
    let lack = target.minus(valuation.money())?.atoms_ceil()?.max(0);
    Ok(crate::units::atoms_from(lack)?.plus(debt::total(account)?)?)
}

impl CollateralAsset {
    fn sale_of(&self, holding: &CollateralHolding, wanted: u64, need: Atoms, now: Now) -> Result<AuctionPlan> {
        let discount = self.discount(holding);
        self.require_price(discount >= self.haircut(now), now)?;
        let amount = self.sellable((holding.amount, wanted), discount, need)?;
        let left = holding.amount.checked_sub(amount).ok_or(crate::Error::InsufficientCollateral)?;
        let counted = |amount| self.maintenance_count(holding, amount, now);
        let least = counted(holding.amount)?.minus(counted(left)?)?;
        let proceeds = self.price_of(amount, discount)?.max(least);
        Ok(AuctionPlan::Sale { amount, discount, proceeds })
    }

    /// A price to sell at: a good one of now, or, where `beyond` the haircut, the last one of a silent source.
    pub(super) fn require_price(&self, beyond: bool, now: Now) -> Result<()> {
        if self.mark_age(now) == MarkAge::Old {
            return Err(Error::CollateralNotRefreshed);
        }
        if !self.is_priced(now) && !beyond {
            return Err(crate::Error::StaleMark.into());
        }
        Ok(())
    }
}
