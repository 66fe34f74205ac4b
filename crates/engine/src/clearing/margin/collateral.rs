//! What an account's other collateral counts, and the clocks of its auctions, as far as margin and waterfall need them:
//! numbers that a valuation stored.

use crate::clearing::state::{AccountBooks, CollateralHolding, CollateralHoldings};
use crate::error::{Error, Result};
use crate::units::{Atoms, Now};

/// A gap in the observations of a distress after which the auctions of its collateral begin again. A shorter one that
/// is longer than an observation holds does not count: neither does the owner gain by it, nor is collateral sold
/// cheaply for a distress that was cured unobserved.
pub const AUCTION_GAP_SLOTS: u64 = 1_500;

/// What other collateral counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// For opening and withdrawing.
    pub initial: Atoms,
    /// For distress and bankruptcy.
    pub maintenance: Atoms,
}

impl CollateralHoldings {
    /// Whether the account has any.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.assets.iter().any(|holding| holding.amount != 0)
    }

    /// Whether neither the account nor, for its owner's debt, insurance has any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.assets.iter().all(|holding| holding.amount == 0 && holding.forfeited == 0)
    }

    /// What it counts; `None` where the valuation is missing or old.
    #[must_use]
    pub fn counted(&self, now: Now) -> Option<Counted> {
        if !self.is_held() {
            return Some(Counted::default());
        }
        let valued = now.slot <= self.valued_until;
        valued.then_some(Counted { initial: self.initial, maintenance: self.maintenance })
    }

    /// Publish times of the marks of a valuation that counts, earliest and latest; `None` where none is of a living
    /// source.
    #[must_use]
    pub fn published(&self, now: Now) -> Option<[i64; 2]> {
        let [earliest, latest] = self.published;
        let counts = self.is_held() && now.slot <= self.valued_until && earliest <= latest;
        counts.then_some(self.published)
    }

    /// Advances the clock of each asset's auction by the slots in which distress was observed at both ends, or ends
    /// all. An asset's clock depends on no other asset (A23).
    pub fn observe(&mut self, in_distress: bool, ttl_slots: u64, slot: u64) {
        let gap = slot.saturating_sub(self.distress_at);
        let goes_on = in_distress && self.distress_at != 0 && gap <= AUCTION_GAP_SLOTS;
        for holding in &mut self.assets {
            if !goes_on || holding.amount == 0 {
                holding.auctioned_slots = 0;
            } else if gap <= ttl_slots {
                holding.auctioned_slots = holding.auctioned_slots.saturating_add(gap);
            }
        }
        self.distress_at = if in_distress { slot } else { 0 };
    }
}

impl CollateralHolding {
    /// Takes units out of the account. Fails with `InsufficientCollateral`.
    pub fn take(&mut self, amount: u64) -> Result<()> {
        self.amount = self.amount.checked_sub(amount).ok_or(Error::InsufficientCollateral)?;
        if self.amount == 0 {
            self.auctioned_slots = 0;
        }
        Ok(())
    }
}

/// Fails with `CollateralUnvalued` where an account's cross positions are backed by collateral whose valuation is
/// missing or old: nothing is decided against its owner on one (I19), and no money leaves on one.
pub fn require_valued(account: &AccountBooks, now: Now) -> Result<()> {
    if account.has_cross_lots() && account.collateral.counted(now).is_none() {
        return Err(Error::CollateralUnvalued);
    }
    Ok(())
}
