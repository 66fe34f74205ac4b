//! What a mint may be accepted with. One rule, one error: a listing that passes it can be priced, valued and sold, and
//! its caps bound what it can cost (F3).

use crate::clearing::state::CollateralParams;
use crate::error::{Error, Result};
use crate::price::Bounds;
use crate::units::{Atoms, Bps, Price, PICO, PRICE_MAX};
use crate::wide;
use core::ops::RangeInclusive;

/// A haircut of a whole counts nothing: the collateral may lie there until it is taken out.
pub(super) const HAIRCUT: RangeInclusive<u64> = 200..=10_000;
/// Mints with up to nine decimals.
const UNIT_EXPONENT: RangeInclusive<i32> = -9..=0;
/// A smallest unit at listing, 1e-12 atom: fine enough to value, and a thousandfold rise stays in range.
const BIRTH: RangeInclusive<u64> = 1_000..=PRICE_MAX / 1_000;
/// What the exchange accepts of one asset is worth at most 2^56 atoms at listing, and so is what counts in an account:
/// like all money the exchange may hold.
pub(super) const WORTH_MAX: u64 = 1 << 56;
/// At most a minute: money leaves and risk enters at a mark of now (A55).
pub(super) const ACTION_AGE_SLOTS: RangeInclusive<u64> = 3..=150;
pub(super) const PRICE_AGE_SECONDS: RangeInclusive<u64> = 1..=600;
pub(super) const PRICE_AHEAD_SECONDS: RangeInclusive<u64> = 0..=60;
/// Half a minute so that buyers can come, a day at most so that insurance does not wait for them.
pub(super) const AUCTION_SLOTS: RangeInclusive<u64> = 75..=216_000;
pub(super) const CONFIDENCE: RangeInclusive<u64> = 1..=2_000;
/// At most tenfold, up or down.
pub(super) const DIVERGENCE: RangeInclusive<u64> = 1..=90_000;
/// As for markets: an honest move gets through, and doubling in a slot would bound nothing.
pub(super) const JUMP_PER_SLOT: RangeInclusive<u64> = 100..=9_999;
pub(super) const DISAGREEMENT: RangeInclusive<u64> = 10..=1_000;
pub(super) const FLAG: RangeInclusive<u64> = 0..=1;

impl CollateralParams {
    /// Defaults for a liquid asset of nine decimals: a fifth of the value is not counted, a quarter for opening; at
    /// most a million USD counts in an account; its price falls to nothing in ten minutes of distress.
    #[must_use]
    pub const fn recommended() -> CollateralParams {
        CollateralParams {
            total_max: 1_000_000 * 1_000_000_000,
            account_max: Atoms(1_000_000 * 1_000_000),
            action_age_slots: 10,
            price_age_seconds_max: 60,
            price_ahead_seconds_max: 10,
            auction_slots: 1_500,
            allows_freeze: 0,
            haircut: Bps(2_000),
            initial_haircut: Bps(2_500),
            confidence_max: Bps(200),
            divergence_max: Bps(2_000),
            jump_per_slot: Bps(1_000),
            disagreement: Bps(200),
            discount_start: Bps(100),
            unit_exponent: -9,
            closed: 0,
            delisted: 0,
        }
    }

    /// Checks the rule for an asset whose first price is `birth`, 1e-12 atom per smallest unit. Fails with
    /// `RuleCollateral`.
    pub fn validate(&self, birth: Price) -> Result<()> {
        self.validate_standing()?;
        let open = self.closed == 0 && self.delisted == 0;
        if open && BIRTH.contains(&birth.0) && self.worth(birth).is_some_and(|worth| worth <= u128::from(WORTH_MAX)) {
            Ok(())
        } else {
            Err(Error::RuleCollateral)
        }
    }

    /// The part of the rule that asks for no price: what must hold after any change. Fails with `RuleCollateral`.
    pub fn validate_standing(&self) -> Result<()> {
        let caps = self.total_max > 0 && (1..=WORTH_MAX).contains(&self.account_max.0);
        let prices = PRICE_AGE_SECONDS.contains(&self.price_age_seconds_max)
            && PRICE_AHEAD_SECONDS.contains(&self.price_ahead_seconds_max)
            && ACTION_AGE_SLOTS.contains(&self.action_age_slots)
            && CONFIDENCE.contains(&self.confidence_max.0.into())
            && DIVERGENCE.contains(&self.divergence_max.0.into())
            && JUMP_PER_SLOT.contains(&self.jump_per_slot.0.into())
            && DISAGREEMENT.contains(&self.disagreement.0.into());
        // Below the haircut, or the first sale would already lower health; and nothing is opened on what distress does
        // not count.
        let haircuts = HAIRCUT.contains(&self.haircut.0.into())
            && HAIRCUT.contains(&self.initial_haircut.0.into())
            && self.haircut <= self.initial_haircut
            && self.discount_start.0 > 0
            && self.discount_start < self.haircut;
        let flags = [self.allows_freeze, self.closed.into(), self.delisted.into()];
        let rest = AUCTION_SLOTS.contains(&self.auction_slots)
            && UNIT_EXPONENT.contains(&self.unit_exponent)
            && flags.iter().all(|flag| FLAG.contains(flag));
        if caps && prices && haircuts && rest {
            Ok(())
        } else {
            Err(Error::RuleCollateral)
        }
    }

    /// What the exchange accepts of it at a price, atoms.
    fn worth(&self, birth: Price) -> Option<u128> {
        wide::mul(self.total_max, birth.0).checked_div(u128::from(PICO))
    }

    /// What its prices are graded by: good or bad, but for what two sources leave in between.
    pub(super) const fn bounds(&self) -> Bounds {
        Bounds {
            price_age_seconds_max: self.price_age_seconds_max,
            price_ahead_seconds_max: self.price_ahead_seconds_max,
            confidence_good: self.confidence_max,
            confidence_usable: self.confidence_max,
            divergence_good: self.divergence_max,
            divergence_usable: self.divergence_max,
            jump_per_slot: self.jump_per_slot,
        }
    }
}
