//! The listing rules. A market that passes them cannot be liquidated into a loss in time, cannot be blinded by an honest
//! feed, cannot overflow, and leaves no parameter at a value that means "off" by accident.

use crate::state::{Bracket, ExchangeParams, MarketParams};
use core::ops::RangeInclusive;

use super::logarithm::{ln_ceil, MICROS};
use super::BRACKETS;
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
/// Tenfold its average or a tenth of it, spot is usable: an average over an hour lags that far behind a rally as behind
/// a crash, and liquidation must be blind in neither (A48).
const DIVERGENCE_USABLE: RangeInclusive<u32> = 90_000..=990_000;
/// Compounded, a hundredth per slot lets an honest move of 30 % through within 36 slots; doubling in a slot bounds
/// nothing.
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
const PROFIT_VESTING_SECONDS: RangeInclusive<u64> = 3_600..=30 * 86_400;
const FEE_MAX: u32 = 100;
const WALK: RangeInclusive<u32> = 8..=64;
/// Long enough for somebody to look, short enough to mend what is broken.
const TIMELOCK_SECONDS: RangeInclusive<u64> = 3_600..=30 * 86_400;
const SYNC_REWARD_MAX: u32 = 10;
/// From what changes nothing to five times as much.
const MULTIPLE: RangeInclusive<u32> = 10_000..=50_000;
/// A standard deviation of a whole in an hour is nobody's normal.
const VOLATILITY_NORMAL: RangeInclusive<u32> = 1..=10_000;
const VOLATILITY_WINDOW_SECONDS: RangeInclusive<u64> = 60..=7 * 86_400;
/// It follows, and an hour adds at most the brackets' own maintenance once more.
const MAINTENANCE_RATE: RangeInclusive<u32> = 1..=10_000;
const PHASE_HOLD_SECONDS: RangeInclusive<u64> = 60..=7 * 86_400;
const GAUGE_DISTANCE: RangeInclusive<u32> = 1..=5_000;
/// A hundredth an hour at least: flat money leaves within a time that is bounded (I10).
const OUTFLOW_HOUR_MIN: u32 = 100;
/// A dollar's floor at least: a share of next to nothing is nothing, and the last to leave would wait for good.
const OUTFLOW_FLOOR_MIN: u64 = 1_000_000;
/// Twice a burst is what only a queue takes.
const OUTFLOW_GUARD: RangeInclusive<u32> = 1..=20_000;
/// An hour: a guard that outlasts its reason by more is a way to keep people out.
const HOLD_SECONDS_MAX: u64 = 3_600;
/// Long enough that nobody is settled for an outage, short enough that nobody waits for ever.
const SETTLE_AFTER_SECONDS: RangeInclusive<u64> = 3_600..=30 * 86_400;
/// Two sources a fifth apart do not agree whatever anyone lists.
const DISAGREEMENT: RangeInclusive<u32> = 1..=2_000;
/// A smallest stake of at least a cent; of at most a million USD, so that staking stays open.
const STAKE_MIN: RangeInclusive<u64> = 10_000..=1_000_000_000_000;
/// A day, in which what is under water shows; a quarter, so that nobody is locked in.
const EXIT_COOLDOWN_SECONDS: RangeInclusive<u64> = 86_400..=90 * 86_400;
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
    /// cover, vesting, fees, impact, walk, `sync` reward, multiples, volatility, breakers.
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
        self.rule_vesting()?;
        self.rule_fees()?;
        self.rule_impact()?;
        rule(WALK.contains(&self.walk_max), Error::RuleWalk)?;
        rule(self.sync_reward.0 <= SYNC_REWARD_MAX, Error::RuleSyncReward)?;
        self.rule_multiples()?;
        self.rule_volatility()?;
        self.rule_breakers()
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

    /// What a liquidation at maintenance costs stays below maintenance, stressed or not: in time, it never creates debt.
    fn rule_penalties(&self) -> Result<()> {
        // Cannot overflow: two 32-bit numbers.
        let fee = u64::from(self.taker_fee.0).wrapping_mul(u64::from(self.stress_fee.0)).div_ceil(BPS);
        let parts = [self.discount_max, self.penalty];
        // Cannot overflow: below 2^51 and two 32-bit numbers.
        let cost = parts.iter().fold(fee, |sum, part| sum.wrapping_add(u64::from(part.0)));
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

    /// Moving the premium costs more than it earns (A8): `fees * impact_share >= cap * ema * max(1, ln(band / cap)) / period`,
    /// the cap being the largest premium. Wash trades of a share s of open interest cost its holder `fees * s` of it and move the
    /// premium by at most `s / impact_share * cap`, which pays `ema / period` of itself until it has decayed: hence the one. The
    /// logarithm is the time, in averages, a premium at the band would stand above the cap.
    ///
    /// A share of at most all keeps this so while open interest grows: lots opened at the mark dilute the premium by more.
    fn rule_impact(&self) -> Result<()> {
        let cap = self.premium_max().0;
        // Cannot overflow: below 2^33 * 2^32 * 2^20, and 2^11 * 2^24 * 2^14.
        let fees = u64::from(self.taker_fee.0).wrapping_add(u64::from(self.maker_fee.0));
        let cost = wide::mul(fees, u64::from(self.impact_share_bps.0)).wrapping_mul(u128::from(MICROS));
        let gain = wide::mul(u64::from(cap), ln_ceil(self.band.0, cap).max(MICROS)).wrapping_mul(u128::from(BPS));
        let cost = cost.checked_mul(u128::from(self.funding_period_seconds)).ok_or(Error::RuleImpact)?;
        let gain = gain.checked_mul(u128::from(self.funding_ema_seconds)).ok_or(Error::RuleImpact)?;
        let sizes = SHARE.contains(&self.impact_share_bps.0) && (1..=LOTS_MAX).contains(&self.impact_lots_min.0);
        rule(sizes && cost >= gain, Error::RuleImpact)
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

    fn rule_vesting(&self) -> Result<()> {
        let counts = u64::from(self.profit_counts.0) <= BPS;
        rule(PROFIT_VESTING_SECONDS.contains(&self.profit_vesting_seconds) && counts, Error::RuleVesting)
    }

    /// The market is stressed before it is guarded.
    fn rule_breakers(&self) -> Result<()> {
        let seconds = [self.halt_hold_seconds, self.guard_hold_seconds, self.grace_seconds];
        let holds = seconds.iter().all(|seconds| *seconds <= HOLD_SECONDS_MAX);
        let ends = SETTLE_AFTER_SECONDS.contains(&self.settle_after_seconds);
        let gauge = self.gauge_guard >= self.gauge_stress;
        rule(holds && ends && gauge && DISAGREEMENT.contains(&self.disagreement.0), Error::RuleBreakers)
    }

    fn rule_fees(&self) -> Result<()> {
        rule(self.maker_fee <= self.taker_fee && self.taker_fee.0 <= FEE_MAX, Error::RuleFees)
    }

    /// Even at its most volatile and in stress no position needs more than it is worth, insurance's share of fees does not fall
    /// when it is needed, and no threshold of the gauge always holds.
    fn rule_multiples(&self) -> Result<()> {
        let bounded = [self.volatility_multiplier_max, self.stress_margin, self.stress_fee];
        let bounded = bounded.iter().all(|multiple| MULTIPLE.contains(&multiple.0));
        rule(bounded, Error::RuleMultiples)?;
        let most = wide::mul(self.volatility_multiplier_max.0.into(), self.stress_margin.0.into());
        let whole = wide::mul(BPS, BPS * BPS);
        // Cannot overflow: three 32-bit numbers.
        let fits = |bracket: &Bracket| most.wrapping_mul(bracket.initial.0.into()) <= whole;
        let shares =
            self.insurance_share <= self.stress_insurance_share && u64::from(self.stress_insurance_share.0) <= BPS;
        let thresholds = self.gauge_stress.0 > 0 && self.gauge_guard.0 > 0;
        let gauge = GAUGE_DISTANCE.contains(&self.gauge_distance.0) && thresholds;
        let hold = PHASE_HOLD_SECONDS.contains(&self.phase_hold_seconds);
        rule(self.counted().iter().all(fits) && shares && gauge && hold, Error::RuleMultiples)
    }

    fn rule_volatility(&self) -> Result<()> {
        let holds = VOLATILITY_NORMAL.contains(&self.volatility_normal.0)
            && VOLATILITY_WINDOW_SECONDS.contains(&self.volatility_window_seconds)
            && MAINTENANCE_RATE.contains(&self.maintenance_rate.0);
        rule(holds, Error::RuleVolatility)
    }
}

impl ExchangeParams {
    /// Checks the exchange's rules, in the order below: deposits, the breaker's hold, outflow, insurance, timelock and cool-down.
    pub fn validate(&self) -> Result<()> {
        self.rule_deposits()?;
        self.rule_outflow()?;
        self.rule_insurance()
    }

    /// The smallest deposit is something, and the limit reaches it and stays within 2^56 atoms.
    fn rule_deposits(&self) -> Result<()> {
        let bounded = self.deposits_max.0 <= DEPOSITS_MAX && self.deposit_min <= self.deposits_max;
        rule(bounded && !self.deposit_min.is_zero(), Error::RuleDeposits)?;
        rule(self.guard_hold_seconds <= HOLD_SECONDS_MAX, Error::RuleBreakers)
    }

    /// Something always leaves, a day lets through at least what an hour does, and what is exempt is less than what is counted.
    fn rule_outflow(&self) -> Result<()> {
        let shares = OUTFLOW_HOUR_MIN <= self.outflow_hour.0
            && self.outflow_hour <= self.outflow_day
            && u64::from(self.outflow_day.0) <= BPS;
        let floor = (OUTFLOW_FLOOR_MIN..=DEPOSITS_MAX).contains(&self.outflow_floor.0);
        let guard = OUTFLOW_GUARD.contains(&self.outflow_guard.0);
        rule(shares && floor && guard && self.outflow_exempt <= self.outflow_floor, Error::RuleOutflow)
    }

    /// Shares and the target are at most one whole, a stake is something; a cool-down makes whoever exits bear what was coming.
    fn rule_insurance(&self) -> Result<()> {
        let shares = [self.insurance_target, self.staker_share, self.keeper_share];
        let shares = shares.iter().all(|share| u64::from(share.0) <= BPS);
        let stake = STAKE_MIN.contains(&self.stake_min.0);
        let cooldown = EXIT_COOLDOWN_SECONDS.contains(&self.exit_cooldown_seconds);
        rule(shares && stake && self.drawdown_guard.0 > 0, Error::RuleInsurance)?;
        // None at all: a network for tests.
        let timelock = self.timelock_seconds == 0 || TIMELOCK_SECONDS.contains(&self.timelock_seconds);
        rule(timelock && cooldown, Error::RuleTimelock)
    }
}
