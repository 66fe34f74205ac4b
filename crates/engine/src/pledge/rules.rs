//! What a kind of collateral may be accepted with. One rule, one error: a listing that passes it can be priced, valued and
//! sold, and its caps bound what it can cost (F3).

use crate::state::CollateralParams;
use core::ops::RangeInclusive;

use crate::error::{Error, Result};
use crate::units::{Atoms, Bps, Price, PRICE_MAX};

/// A haircut of a whole counts nothing: the collateral may lie there until it is taken out.
const HAIRCUT: RangeInclusive<u32> = 200..=10_000;
/// The classic token program's mints with up to nine decimals.
const UNIT_EXPONENT: RangeInclusive<i32> = -9..=0;
/// A smallest unit at birth, 1e-12 atom: fine enough to value, and a thousandfold rise stays in range.
const BIRTH: RangeInclusive<u64> = 1_000..=PRICE_MAX / 1_000;
/// What the exchange accepts of one kind is worth at most 2^56 atoms at birth, and so is what counts in an account: like all USDC
/// the exchange may hold.
const WORTH_MAX: u64 = 1 << 56;
const MARK_AGE_SLOTS: RangeInclusive<u64> = 1..=1_500;
const PRICE_AGE_SECONDS: RangeInclusive<u64> = 1..=600;
const PRICE_AHEAD_SECONDS_MAX: u64 = 60;
/// Half a minute so that buyers can come, a day at most so that insurance does not wait for them.
const AUCTION_SLOTS: RangeInclusive<u64> = 75..=216_000;
const CONFIDENCE: RangeInclusive<u32> = 1..=2_000;
/// At most tenfold, up or down.
const DIVERGENCE: RangeInclusive<u32> = 1..=90_000;
/// As for markets: an honest move gets through, and doubling in a slot would bound nothing.
const JUMP_PER_SLOT: RangeInclusive<u32> = 100..=9_999;

impl CollateralParams {
    /// Defaults for a liquid asset of nine decimals: a fifth of the value is not counted, at most a million USD counts in an
    /// account, its price falls to nothing in ten minutes of distress.
    #[must_use]
    pub const fn standard() -> CollateralParams {
        CollateralParams {
            total_max: 1_000_000 * 1_000_000_000,
            account_max: Atoms(1_000_000 * 1_000_000),
            mark_age_slots_max: 150,
            price_age_seconds_max: 60,
            price_ahead_seconds_max: 10,
            auction_slots: 1_500,
            haircut: Bps(2_000),
            confidence_max: Bps(200),
            divergence_max: Bps(2_000),
            jump_per_slot: Bps(1_000),
            discount_start: Bps(100),
            unit_exponent: -9,
        }
    }

    /// Checks the rule for a kind whose first price is `birth`, 1e-12 atom per smallest unit. Fails with `RuleCollateral`.
    pub fn validate(&self, birth: Price) -> Result<()> {
        let caps = self.total_max > 0 && (1..=WORTH_MAX).contains(&self.account_max.0);
        let prices = PRICE_AGE_SECONDS.contains(&self.price_age_seconds_max)
            && self.price_ahead_seconds_max <= PRICE_AHEAD_SECONDS_MAX
            && MARK_AGE_SLOTS.contains(&self.mark_age_slots_max)
            && CONFIDENCE.contains(&self.confidence_max.0)
            && DIVERGENCE.contains(&self.divergence_max.0)
            && JUMP_PER_SLOT.contains(&self.jump_per_slot.0);
        // Below the haircut, or the first sale would already lower health.
        let auction = AUCTION_SLOTS.contains(&self.auction_slots)
            && self.discount_start.0 > 0
            && self.discount_start < self.haircut;
        let unit = UNIT_EXPONENT.contains(&self.unit_exponent) && BIRTH.contains(&birth.0);
        let holds = caps && prices && auction && unit && HAIRCUT.contains(&self.haircut.0);
        if holds && self.worth(birth).is_some_and(|worth| worth <= u128::from(WORTH_MAX)) {
            Ok(())
        } else {
            Err(Error::RuleCollateral)
        }
    }

    /// What the exchange accepts of it at a price, atoms.
    fn worth(&self, birth: Price) -> Option<u128> {
        crate::wide::mul(self.total_max, birth.0).checked_div(u128::from(crate::units::PICO))
    }
}
