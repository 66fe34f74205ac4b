//! Collateral other than the quote currency: a mint that is accepted, and what an account holds of each.

use crate::error::{Error, Result};
use crate::state::{Mark, Second};
use crate::units::{Atoms, Bps};

/// Mints an exchange may accept besides the quote currency.
pub const COLLATERAL_ASSETS: usize = 3;

declare! {
    /// What a mint is accepted as collateral with.
    struct CollateralParams {
        /// Most of the mint's smallest units in accounts.
        total_max: u64,
        /// Value of it that counts in one account at most, before the haircut.
        account_max: Atoms,
        /// Slots ago its mark may have been published and accepted, at most, to count for opening and withdrawing, and
        /// to decide against an owner while the source lives.
        action_age_slots: u64,
        /// Seconds a published price may be old; a mark older than that says that the source is silent.
        price_age_seconds_max: u64,
        /// Seconds a published price may be ahead of the clock.
        price_ahead_seconds_max: u64,
        /// Slots of observed distress over which the price of an account's collateral falls to nothing.
        auction_slots: u64,
        /// 1: its mint may have a freeze authority.
        allows_freeze: u64,
        /// Taken off the value for distress and bankruptcy.
        haircut: Bps,
        /// Taken off the value for opening and withdrawing: never less than `haircut`.
        initial_haircut: Bps,
        /// Confidence over price, at most.
        confidence_max: Bps,
        /// How much the larger of spot and average exceeds the smaller, at most.
        divergence_max: Bps,
        /// How much the larger of two accepted marks exceeds the smaller per slot between them, compounded, at most.
        jump_per_slot: Bps,
        /// How much the larger of the two sources' prices exceeds the smaller, at most.
        disagreement: Bps,
        /// Discount the auction starts at.
        discount_start: Bps,
        /// 10^exponent of the asset in the mint's smallest unit (negative).
        unit_exponent: i32,
        /// 1: no deposits.
        closed: u32,
        /// 1: it is on its way out: no deposits, nothing counts for opening and withdrawing, and what counts for
        /// distress falls to nothing within a week.
        delisted: u32,
    }
    /// A mint accepted as collateral.
    struct CollateralAsset {
        /// What it is accepted with.
        params: CollateralParams,
        /// Its last accepted price, 1e-12 atom per smallest unit.
        mark: Mark,
        /// What is known of its second source.
        second: Second,
        /// Smallest units in accounts. Its vault holds at least this and `forfeited`.
        booked: u64,
        /// Smallest units owned by insurance: what declared accounts held, sold for their owners' debts.
        forfeited: u64,
        /// When it was delisted, unix seconds; 0: it is not.
        delisted_at: i64,
    }
    /// What an account holds of one asset.
    struct CollateralHolding {
        /// Smallest units that are the account's.
        amount: u64,
        /// Smallest units that insurance owns since a declaration and sells for the owner's debt.
        forfeited: u64,
        /// Slot of the last declaration that forfeited any.
        forfeited_at: u64,
        /// Slots of observed distress with some of it: the clock of its auction.
        auctioned_slots: u64,
    }
    /// What an account holds of every asset, and what that was last found to count.
    struct CollateralHoldings {
        /// By the assets' numbers.
        assets: [CollateralHolding; COLLATERAL_ASSETS],
        /// What they count for opening and withdrawing.
        initial: Atoms,
        /// What they count for distress and bankruptcy.
        maintenance: Atoms,
        /// 1: an asset counts there at most as much, for its source may live and was not read lately: such a valuation proves distress and
        /// bankruptcy, and disproves neither.
        uncertain: u64,
        /// The valuation counts up to this slot; 0: there is none.
        valued_until: u64,
        /// The earliest and the latest publish time of the marks it was made at whose source is not silent, unix
        /// seconds; both meaningless where every source is: then the first exceeds the second.
        published: [i64; 2],
        /// Slot of the last observation of distress; 0: the last observation found none.
        distress_at: u64,
    }
}

impl CollateralAsset {
    /// Smallest units that its vault holds at least: those of accounts and of insurance (I1).
    pub fn units(&self) -> Result<u64> {
        self.booked.checked_add(self.forfeited).ok_or(Error::Overflow)
    }

    /// All of a holding passes to insurance; returns how much.
    pub(in crate::clearing) fn forfeit(&mut self, holding: &mut CollateralHolding, slot: u64) -> Result<u64> {
        let amount = core::mem::take(&mut holding.amount);
        self.booked = self.booked.checked_sub(amount).ok_or(Error::NotConserved)?;
        self.forfeited = self.forfeited.checked_add(amount).ok_or(Error::Overflow)?;
        holding.forfeited = holding.forfeited.checked_add(amount).ok_or(Error::Overflow)?;
        (holding.forfeited_at, holding.auctioned_slots) = (slot, 0);
        Ok(amount)
    }

    /// What insurance owns of a holding returns to the owner, who owes nothing any more; returns how much.
    pub(in crate::clearing) fn give_back(&mut self, holding: &mut CollateralHolding) -> Result<u64> {
        let amount = core::mem::take(&mut holding.forfeited);
        self.forfeited = self.forfeited.checked_sub(amount).ok_or(Error::NotConserved)?;
        self.booked = self.booked.checked_add(amount).ok_or(Error::Overflow)?;
        holding.amount = holding.amount.checked_add(amount).ok_or(Error::Overflow)?;
        holding.forfeited_at = 0;
        Ok(amount)
    }
}
