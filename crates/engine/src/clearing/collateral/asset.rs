//! How old an asset's mark is, and what units count at it.

use crate::clearing::state::{CollateralAsset, CollateralHolding};
use crate::error::{Error, Result};
use crate::price::{self, Quality};
use crate::units::{Atoms, Bps, Now, Price, BPS, PICO};
use crate::wide;

/// Seconds over which what a delisted asset counts for distress falls to nothing: nobody is liquidated overnight.
pub const DELIST_SECONDS: u64 = 7 * 86_400;

/// How old an asset's mark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkAge {
    /// Of now: it counts up to this slot.
    Fresh(u64),
    /// Its source may live and has not been read lately: refresh it.
    Old,
    /// Nothing acceptable was published for as long as a price may be old: the last mark holds.
    Silent,
}

impl CollateralAsset {
    /// By publish time, a slot counting 400 ms, and by slots since it was accepted, whichever is older.
    pub(super) fn mark_age(&self, now: Now) -> MarkAge {
        let published = now.time.saturating_sub(self.mark.publish_time).max(0).unsigned_abs();
        // Five slots are two seconds; rounded up.
        let by_time = published.saturating_mul(5).div_ceil(2);
        let age = by_time.max(now.slot.saturating_sub(self.mark.slot));
        match self.params.action_age_slots.checked_sub(age) {
            Some(left) => MarkAge::Fresh(now.slot.saturating_add(left)),
            None if price::is_old(&self.params.bounds(), self.mark.publish_time, now) => MarkAge::Silent,
            None => MarkAge::Old,
        }
    }

    /// Whether its price is good and of now.
    #[must_use]
    pub fn is_priced(&self, now: Now) -> bool {
        let good = Quality::from_number(self.mark.quality) == Quality::Good;
        good && matches!(self.mark_age(now), MarkAge::Fresh(_))
    }

    /// Whether it takes deposits.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.params.closed == 0 && self.params.delisted == 0
    }

    /// Whether neither an account nor insurance has any and none can come in: its seat may be given to another mint.
    #[must_use]
    pub const fn is_removable(&self) -> bool {
        self.params.delisted != 0 && self.booked == 0 && self.forfeited == 0
    }

    /// What an amount of a holding counts for distress and bankruptcy, at the last mark. In an auction it counts at
    /// most what the auction sells it for: no sale lowers what an account is worth, and what the window has not sold
    /// counts nothing. Rounds down.
    pub(super) fn maintenance_count(&self, holding: &CollateralHolding, amount: u64, now: Now) -> Result<Atoms> {
        self.counted(amount, self.mark.price, self.taken_off(holding, now))
    }

    /// The most that a holding may count for distress and bankruptcy where its mark is old: at twice the larger of spot and
    /// average.
    pub(super) fn most_count(&self, holding: &CollateralHolding, now: Now) -> Result<Atoms> {
        let most = self.mark.price.max(self.mark.ema).0.saturating_mul(2);
        self.counted(holding.amount, Price(most), self.taken_off(holding, now))
    }

    /// What a holding counts for opening and withdrawing: nothing without a good mark of now, which is taken at the
    /// worse of spot and average less the confidence interval. Rounds down.
    pub(super) fn initial_count(&self, holding: &CollateralHolding, now: Now) -> Result<Atoms> {
        if !self.is_priced(now) || self.params.delisted != 0 {
            return Ok(Atoms::ZERO);
        }
        let cautious = self.mark.price.0.min(self.mark.ema.0).saturating_sub(self.mark.confidence.0);
        let taken_off = self.taken_off(holding, now).max(self.params.initial_haircut);
        self.counted(holding.amount, Price(cautious), taken_off)
    }

    /// Capped, then less a part, rounded down twice.
    fn counted(&self, amount: u64, price: Price, taken_off: Bps) -> Result<Atoms> {
        let value = wide::mul(amount, price.0).checked_div(u128::from(PICO)).ok_or(Error::Overflow)?;
        // What leaves 64 bits is beyond every cap.
        let value = Atoms(u64::try_from(value).unwrap_or(u64::MAX)).least(self.params.account_max);
        value.share_floor(BPS.saturating_sub(taken_off.0.into()), BPS)
    }

    fn taken_off(&self, holding: &CollateralHolding, now: Now) -> Bps {
        let haircut = self.haircut(now);
        if holding.auctioned_slots == 0 {
            haircut
        } else {
            haircut.max(self.discount(holding))
        }
    }

    /// The haircut now: of a delisted asset it rises evenly to a whole, rounded up.
    pub(super) fn haircut(&self, now: Now) -> Bps {
        let haircut = self.params.haircut;
        if self.delisted_at == 0 {
            return haircut;
        }
        let since = now.time.saturating_sub(self.delisted_at).max(0).unsigned_abs().min(DELIST_SECONDS);
        let rest = BPS.saturating_sub(haircut.0.into());
        // Cannot fail: at most a whole.
        let added = wide::mul_div_ceil(rest, since, DELIST_SECONDS).unwrap_or(rest);
        Bps(haircut.0.saturating_add(u32::try_from(added).unwrap_or(u32::MAX)))
    }

    /// The auction's discount of a holding: from the first to a whole, evenly over its window. Rounds down.
    pub(super) fn discount(&self, holding: &CollateralHolding) -> Bps {
        self.discount_to(Bps(10_000), holding.auctioned_slots)
    }

    /// A discount that grows evenly from the first to a largest over the window. Rounds down.
    pub(super) fn discount_to(&self, most: Bps, slots: u64) -> Bps {
        let start = self.params.discount_start;
        let room = u64::from(most.0.saturating_sub(start.0));
        let window = self.params.auction_slots.max(1);
        // Cannot fail: at most `room`, which is at most a whole.
        let grown = wide::mul_div_floor(room, slots.min(window), window).unwrap_or(room);
        Bps(start.0.saturating_add(u32::try_from(grown).unwrap_or(u32::MAX)))
    }

    /// What an amount sells for at a discount, rounded up.
    pub(super) fn price_of(&self, amount: u64, discount: Bps) -> Result<Atoms> {
        let kept = BPS.saturating_sub(discount.0.into());
        let price = wide::mul_div_long_ceil(wide::mul(amount, self.mark.price.0), kept, SCALE)?;
        crate::units::atoms_from(i128::try_from(price).map_err(|_| Error::Overflow)?)
    }

    /// The least amount that sells for a sum at a discount, and all where the rest would be worth less than a dollar:
    /// it would only have to be sold again. Fails with `TooMuch` where more is wanted.
    pub(super) fn sellable(&self, (held, wanted): (u64, u64), discount: Bps, need: Atoms) -> Result<u64> {
        let per_unit = wide::mul(self.mark.price.0, BPS.saturating_sub(discount.0.into()));
        // Cannot overflow: 2^62 atoms times 2^54.
        let cures = wide::div_ceil(wide::mul(need.0, SCALE), per_unit.max(1))?;
        let most = u64::try_from(cures).unwrap_or(u64::MAX).max(1).min(held);
        let amount = if wanted == 0 { most } else { wanted };
        if amount > most {
            return Err(Error::TooMuch);
        }
        let rest = wide::mul(held.saturating_sub(amount), self.mark.price.0).checked_div(u128::from(PICO));
        Ok(if rest.is_some_and(|rest| rest < u128::from(DUST.0)) { held } else { amount })
    }

    /// Whether an amount is worth less than a dollar.
    pub(super) fn is_dust(&self, amount: u64) -> bool {
        let value = wide::mul(amount, self.mark.price.0).checked_div(u128::from(PICO));
        value.is_some_and(|value| value < u128::from(DUST.0))
    }
}

/// A dollar.
const DUST: Atoms = Atoms(1_000_000);
/// 1e-12 atom times bps, in an atom.
const SCALE: u64 = PICO * BPS;
