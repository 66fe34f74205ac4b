//! The listing rules. A market that passes them cannot be liquidated into a loss in time, cannot be blinded by an honest
//! feed, cannot overflow, and leaves no parameter at a value that means "off" by accident.

use core::ops::RangeInclusive;

use super::{Bracket, ExchangeParams, MarketParams, BRACKETS};
use crate::error::{Error, Result};
use crate::units::{Atoms, Bps, Price, ATOMS_MAX, BPS, LOTS_MAX, PICO};
use crate::wide;

/// A lot at birth: at least 2^24 (a grid needs 2^17, so the price may fall a hundredfold before none can be built), and at
/// most two atoms, so that rounding to a lot is rounding to the atom.
const BIRTH: RangeInclusive<u64> = (1 << 24)..=2 * PICO;
/// Together with a source's exponent of -12 to 0 the shift to 1e-12 atom per lot stays within the powers of ten of a `u64`.
const LOT_EXPONENT: RangeInclusive<i32> = -18..=6;
/// The smallest position at birth, in atoms: a cent. Each position can make a record wait for it.
const POSITION_WORTH_MIN: Atoms = Atoms(10_000);
/// A wick of 70 % in minutes stands 70 % off an average over an hour, and liquidation must not be blind in it.
const DIVERGENCE_USABLE: RangeInclusive<u32> = 7_000..=20_000;
/// A hundredth per slot lets an honest fall of 30 % through within 30 slots; a whole per slot bounds nothing.
const JUMP_PER_SLOT: RangeInclusive<u32> = 100..=9_999;
/// Confidence beyond a fifth of the price says nothing.
const CONFIDENCE_MAX: u32 = 2_000;
const PRICE_AGE_SECONDS: RangeInclusive<u64> = 1..=600;
const PRICE_AHEAD_SECONDS_MAX: u64 = 60;
const MARK_AGE_SLOTS: RangeInclusive<u64> = 1..=1_500;
const BAND: RangeInclusive<u32> = 1..=2_000;
const FUNDING_EMA_SECONDS: RangeInclusive<u64> = 60..=7 * 86_400;
const FUNDING_PERIOD_SECONDS: RangeInclusive<u64> = 3_600..=86_400;
const FUNDING_RATE_MAX: u32 = 1_000;
/// Two days of slots: past that a clock measures nothing.
const SLOTS: RangeInclusive<u64> = 1..=432_000;
/// "Few": a quote lives on a check of the whole account that others' trades have made old.
const CHECK_SLOTS: RangeInclusive<u64> = 1..=150;
const BUFFER: RangeInclusive<u32> = 1..=5_000;
/// A share that is neither nothing nor more than all.
const SHARE: RangeInclusive<u32> = 1..=10_000;
const COVER_EPOCH_SECONDS: RangeInclusive<u64> = 3_600..=30 * 86_400;
/// At least an hour: profit of a moment must not be money while the other side's loss is still being found (F1, F9).
const MATURING_SECONDS: RangeInclusive<u64> = 3_600..=30 * 86_400;
const FEE_MAX: u32 = 100;
const WALK: RangeInclusive<u32> = 8..=64;
/// Long enough for somebody to look, short enough to mend what is broken.
const TIMELOCK_SECONDS: RangeInclusive<u64> = 3_600..=30 * 86_400;
const COOLDOWN_SECONDS: RangeInclusive<u64> = 3_600..=30 * 86_400;
const SYNC_REWARD_MAX: u32 = 10;
/// The largest deposit limit, atoms: 72 billion USD, which leaves margins of a hundredfold notional in range.
const DEPOSITS_MAX: u64 = 1 << 56;

fn rule(holds: bool, error: Error) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(error)
    }
}

impl MarketParams {
    /// Checks every listing rule, in the order below, for a market whose first mark is `birth` (1e-12 atom per lot). One
    /// error per rule: brackets, margins, penalties, lot value, step, open interest, band, price bounds, funding, auction,
    /// cover, maturing, fees, walk, `sync` reward.
    pub fn validate(&self, birth: Price) -> Result<()> {
        self.check(Some(birth))
    }

    /// Checks what holds at any price: every listing rule but those about a lot's worth.
    pub fn validate_standing(&self) -> Result<()> {
        self.check(None)
    }

    fn check(&self, birth: Option<Price>) -> Result<()> {
        self.rule_brackets()?;
        self.rule_margins()?;
        self.rule_penalties()?;
        self.rule_lot_value(birth)?;
        self.rule_step()?;
        birth.map_or(Ok(()), |birth| self.rule_position_worth(birth))?;
        self.rule_open_interest()?;
        birth.map_or(Ok(()), |birth| self.rule_open_interest_worth(birth))?;
        rule(BAND.contains(&self.band.0), Error::RuleBand)?;
        self.rule_price_bounds()?;
        self.rule_funding()?;
        self.rule_auction()?;
        self.rule_cover()?;
        self.rule_maturing()?;
        self.rule_fees()?;
        rule(WALK.contains(&self.walk_max), Error::RuleWalk)?;
        rule(self.sync_reward.0 <= SYNC_REWARD_MAX, Error::RuleSyncReward)
    }

    fn rule_brackets(&self) -> Result<()> {
        let counted = self.counted();
        let mut last_bound = Atoms::ZERO;
        let mut last = Bracket::default();
        let mut rises = !counted.is_empty();
        for (number, bracket) in (1..=BRACKETS).zip(counted) {
            let unbounded = number == counted.len();
            rises &= unbounded || (bracket.up_to > last_bound && bracket.up_to.0 <= ATOMS_MAX);
            rises &= bracket.initial >= last.initial && bracket.maintenance >= last.maintenance;
            last_bound = bracket.up_to;
            last = *bracket;
        }
        rule(rises, Error::RuleBracketsRise)
    }

    fn rule_margins(&self) -> Result<()> {
        let whole = |fraction: Bps| u64::from(fraction.0) <= BPS;
        let holds = |bracket: &Bracket| bracket.maintenance < bracket.initial && whole(bracket.initial);
        rule(self.counted().iter().all(holds), Error::RuleInitialAboveMaintenance)
    }

    /// What a liquidation at maintenance costs stays below maintenance: in time, it never creates debt.
    fn rule_penalties(&self) -> Result<()> {
        let parts = [self.discount_max, self.penalty, self.taker_fee];
        // Cannot overflow: three 32-bit numbers.
        let cost = parts.iter().fold(0u64, |sum, part| sum.wrapping_add(u64::from(part.0)));
        let holds = |bracket: &Bracket| cost < u64::from(bracket.maintenance.0);
        rule(self.counted().iter().all(holds), Error::RulePenaltyBelowMaintenance)
    }

    /// The smallest maintenance fraction. Fractions rise, so it is the first bracket's.
    fn maintenance_min(&self) -> Bps {
        self.counted().first().map_or(Bps(0), |bracket| bracket.maintenance)
    }

    fn rule_lot_value(&self, birth: Option<Price>) -> Result<()> {
        let worth = birth.is_none_or(|birth| BIRTH.contains(&birth.0));
        rule(worth && LOT_EXPONENT.contains(&self.lot_exponent), Error::RuleLotValue)
    }

    fn rule_step(&self) -> Result<()> {
        let multiple = self.position_min.0.checked_rem(self.step.0) == Some(0);
        rule(multiple && self.position_min >= self.step && self.position_min.0 <= LOTS_MAX, Error::RuleStep)
    }

    /// The smallest position is worth something at `price`.
    pub(crate) fn rule_position_worth(&self, price: Price) -> Result<()> {
        rule(price.value_floor(self.position_min)? >= POSITION_WORTH_MIN, Error::RuleStep)
    }

    fn rule_open_interest(&self) -> Result<()> {
        let bounded = self.open_interest_max >= self.position_min && self.open_interest_max.0 <= LOTS_MAX;
        rule(bounded, Error::RuleOpenInterest)
    }

    /// The whole side may grow a hundredfold in value from `price` before amounts of atoms leave their bound.
    pub(crate) fn rule_open_interest_worth(&self, price: Price) -> Result<()> {
        let worth = price.value_ceil(self.open_interest_max)?;
        rule(wide::mul(worth.0, 100) <= u128::from(ATOMS_MAX), Error::RuleOpenInterest)
    }

    fn rule_price_bounds(&self) -> Result<()> {
        let ages = PRICE_AGE_SECONDS.contains(&self.price_age_seconds_max)
            && self.price_ahead_seconds_max <= PRICE_AHEAD_SECONDS_MAX
            && MARK_AGE_SLOTS.contains(&self.mark_age_slots_max);
        let confidence = self.confidence_good.0 > 0
            && self.confidence_good <= self.confidence_usable
            && self.confidence_usable.0 <= CONFIDENCE_MAX;
        let divergence = self.divergence_good.0 > 0
            && self.divergence_good <= self.divergence_usable
            && DIVERGENCE_USABLE.contains(&self.divergence_usable.0);
        let jump = JUMP_PER_SLOT.contains(&self.jump_per_slot.0);
        rule(ages && confidence && divergence && jump, Error::RulePriceBounds)
    }

    /// One accrual takes less than the smallest maintenance fraction: funding alone never takes anyone from initial margin
    /// through bankruptcy between two touches (F7).
    fn rule_funding(&self) -> Result<()> {
        let times = FUNDING_EMA_SECONDS.contains(&self.funding_ema_seconds)
            && FUNDING_PERIOD_SECONDS.contains(&self.funding_period_seconds)
            && (1..=self.funding_period_seconds).contains(&self.funding_gap_seconds_max);
        let step = wide::mul(self.funding_gap_seconds_max, u64::from(self.funding_rate_max.0));
        let room = wide::mul(self.funding_period_seconds, u64::from(self.maintenance_min().0));
        rule(times && self.funding_rate_max.0 <= FUNDING_RATE_MAX && step < room, Error::RuleFunding)
    }

    fn rule_auction(&self) -> Result<()> {
        let clocks = [self.auction_slots, self.observe_slots, self.slice_window_slots];
        let times = clocks.iter().all(|slots| SLOTS.contains(slots)) && CHECK_SLOTS.contains(&self.check_slots);
        let after = self.deleverage_after_slots;
        // Deleveraging a solvent account is for when the auction found nobody, so it comes after it.
        let later = after == 0 || (after > self.auction_slots && SLOTS.contains(&after));
        let discount = self.discount_max.0 > 0 && self.discount_start <= self.discount_max;
        let depth = u64::from(self.discount_depth.0) <= BPS;
        // A slice that rounds to nothing would close the window for good.
        let slice = SHARE.contains(&self.slice.0) && self.slice_floor >= self.step && self.slice_floor.0 <= LOTS_MAX;
        rule(times && later && discount && depth && slice && BUFFER.contains(&self.buffer.0), Error::RuleAuction)
    }

    fn rule_cover(&self) -> Result<()> {
        let epoch = COVER_EPOCH_SECONDS.contains(&self.cover_epoch_seconds);
        let share = SHARE.contains(&self.event_share.0);
        rule(epoch && share && self.cover_grant.0 <= ATOMS_MAX, Error::RuleCover)
    }

    fn rule_maturing(&self) -> Result<()> {
        let counts = u64::from(self.profit_counts.0) <= BPS;
        rule(MATURING_SECONDS.contains(&self.maturing_seconds) && counts, Error::RuleMaturing)
    }

    fn rule_fees(&self) -> Result<()> {
        rule(self.maker_fee <= self.taker_fee && self.taker_fee.0 <= FEE_MAX, Error::RuleFees)
    }
}

impl ExchangeParams {
    /// Checks the exchange's rules: the smallest deposit is something, and the limit reaches it and stays within 2^56 atoms;
    /// the timelock is an hour to a month, or none on networks for tests, and the stakers' cool-down an hour to a month.
    pub fn validate(&self) -> Result<()> {
        let bounded = self.deposits_max.0 <= DEPOSITS_MAX && self.deposit_min <= self.deposits_max;
        rule(bounded && !self.deposit_min.is_zero(), Error::RuleDeposits)?;
        let timelock = self.timelock_seconds == 0 || TIMELOCK_SECONDS.contains(&self.timelock_seconds);
        rule(timelock && COOLDOWN_SECONDS.contains(&self.exit_cooldown_seconds), Error::RuleTimelock)
    }
}
