//! Phases of a market: normal, stressed, recovery; and the stance they and volatility put its margins in.
//!
//! A phase rises at once and falls one step at a time, each after a hold of calm. It is looked at by refreshes alone, so that
//! every instruction between two of them sees the same market, and it follows from the books: nobody can claim it (F19).

use crate::error::{Error, Result};
use crate::margin::Multiples;
use crate::market::{UNCOVERED, UNKNOWN};
use crate::price::Reasons;
use crate::provision::Provision;
use crate::state::{MarketBooks, MarketParams, Stance};
use crate::units::{Bps, Now, BPS};
use crate::wide;

const WHOLE: Bps = Bps(10_000);
const HOUR: u64 = 3_600;

/// How cautious a market is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing asks for more than the brackets do.
    #[default]
    Normal,
    /// Something asks for it now, or did less than a hold ago.
    Stressed,
    /// On the way back.
    Recovery,
}

/// What a phase asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measures {
    /// Multiple of margins.
    pub margin: Bps,
    /// Multiple of trading fees.
    pub fee: Bps,
    /// Share of trading fees that goes to insurance.
    pub insurance_share: Bps,
}

impl Measures {
    /// What a second counts for unlocking profit, 1e-4: as much less as margins are higher. Rounds down.
    #[must_use]
    pub fn unlocking_speed(&self) -> u64 {
        let margin = u64::from(self.margin.0).max(BPS);
        (BPS * BPS).checked_div(margin).unwrap_or(0)
    }
}

impl Phase {
    /// As `Stance.phase` stores it.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Phase::Normal => 0,
            Phase::Stressed => 1,
            Phase::Recovery => 2,
        }
    }

    /// From a stored number; an unknown one is stressed.
    #[must_use]
    pub const fn from_number(number: u32) -> Phase {
        match number {
            0 => Phase::Normal,
            2 => Phase::Recovery,
            _ => Phase::Stressed,
        }
    }

    /// The next step down.
    #[must_use]
    pub const fn below(self) -> Phase {
        match self {
            Phase::Stressed => Phase::Recovery,
            Phase::Normal | Phase::Recovery => Phase::Normal,
        }
    }

    /// What it asks for: recovery half of what stress does, rounded up.
    #[must_use]
    pub const fn measures(self, params: &MarketParams) -> Measures {
        let normal = Measures { margin: WHOLE, fee: WHOLE, insurance_share: params.insurance_share };
        let stressed = Measures {
            margin: params.stress_margin,
            fee: params.stress_fee,
            insurance_share: params.stress_insurance_share,
        };
        match self {
            Phase::Normal => normal,
            Phase::Stressed => stressed,
            Phase::Recovery => Measures {
                margin: mean(normal.margin, stressed.margin),
                fee: mean(normal.fee, stressed.fee),
                insurance_share: mean(normal.insurance_share, stressed.insurance_share),
            },
        }
    }
}

/// The mean, rounded up. Listing keeps both far below 2^31.
const fn mean(a: Bps, b: Bps) -> Bps {
    Bps(a.0.saturating_add(b.0).saturating_add(1) >> 1)
}

/// What a refresh sees that may ask for a higher phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signs {
    /// The cascade gauge; none while a rebase hides it.
    pub gauge: Option<Bps>,
    /// Volatility's multiple of margins.
    pub volatility: Bps,
    /// U of both sides exceeds the cover.
    pub uninsured: bool,
    /// A breaker holds a reason other than a stale source.
    pub tripped: bool,
}

impl Signs {
    /// What a market shows after a provision.
    #[must_use]
    pub fn read(market: &MarketBooks, gauge: Option<Bps>, provision: &Provision) -> Signs {
        Signs {
            gauge,
            volatility: market.volatility.multiple(&market.params),
            // A rebase says nothing about U: that is not known, not uninsured.
            uninsured: !provision.unknown && provision.is_uninsured(),
            // That nobody published says nothing about risk: the market is halted, and that is all (A20).
            tripped: Reasons(market.breaker.reasons).without(Reasons::STALE) != Reasons::NONE,
        }
    }

    /// Whether any of them asks for the stressed phase. Volatility does from three quarters of the way between one whole and its
    /// largest multiple.
    #[must_use]
    pub fn ask(&self, params: &MarketParams) -> bool {
        let way = |multiple: Bps| u64::from(multiple.0).saturating_sub(BPS);
        let room = way(params.volatility_multiplier_max);
        // Cannot overflow: 32-bit numbers.
        let volatile = room > 0 && way(self.volatility).wrapping_mul(4) >= room.wrapping_mul(3);
        let cascading = self.gauge.is_some_and(|gauge| gauge >= params.gauge_stress);
        cascading || volatile || self.uninsured || self.tripped
    }
}

/// Brings a market's stance up to now; every refresh does. What has passed since the last one counts as the stance was then.
pub fn advance(market: &mut MarketBooks, gauge: Option<Bps>, provision: &Provision, now: Now) -> Result<()> {
    let signs = Signs::read(market, gauge, provision);
    market.take_stance(&signs, now)
}

impl MarketBooks {
    /// The phase it is in.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.stance.phase()
    }

    /// What multiplies its margins now.
    #[must_use]
    pub fn multiples(&self) -> Multiples {
        self.stance.multiples()
    }

    /// Takes the stance the signs ask for.
    pub fn take_stance(&mut self, signs: &Signs, now: Now) -> Result<()> {
        let lag = self.held_back(now)?;
        self.stance.lag = i64::try_from(lag).map_err(|_| Error::Overflow)?;
        self.stance.update(&self.params, signs, false, now)
    }

    /// Sets what pauses and halts stop from now on: [`STOPS_FUNDING`], [`STOPS_UNLOCKING`].
    ///
    /// [`STOPS_FUNDING`]: crate::market::STOPS_FUNDING
    /// [`STOPS_UNLOCKING`]: crate::market::STOPS_UNLOCKING
    pub fn stop(&mut self, stops: u64, now: Now) -> Result<()> {
        self.set_stopped(stops | (self.stopped & (UNCOVERED | UNKNOWN)), now)
    }

    /// Sets what stands still from now on. Time that stands does not count for vesting profit, whoever touches whose
    /// account meanwhile.
    pub fn set_stopped(&mut self, stopped: u64, now: Now) -> Result<()> {
        let before = self.held_back(now)?;
        self.stopped = stopped;
        let shift = before.checked_sub(self.held_back(now)?).ok_or(Error::Overflow)?;
        let lag = i128::from(self.stance.lag).checked_add(shift).ok_or(Error::Overflow)?;
        self.stance.lag = i64::try_from(lag).map_err(|_| Error::Overflow)?;
        Ok(())
    }

    /// What unlocking has been held back by since listing, 1e-4 seconds, if what holds now has held since the stance moved.
    fn held_back(&self, now: Now) -> Result<i128> {
        let since =
            i128::try_from(wide::mul(self.stance.since_moved(now), self.slowness())).map_err(|_| Error::Overflow)?;
        since.checked_add(i128::from(self.stance.lag)).ok_or(Error::Overflow)
    }

    /// What a second does not count for, 1e-4: all of it while unlocking stands; else it goes on as much slower as margins
    /// are higher in the present phase. Rounds down the speed.
    fn slowness(&self) -> u64 {
        if self.unlock_time_stands() {
            return BPS;
        }
        BPS.saturating_sub(self.phase().measures(&self.params).unlocking_speed())
    }

    /// The clock profit unlocks by, unix seconds: behind the clock by what stress and stops have held back, to the second
    /// rounded up.
    pub fn unlock_time(&self, now: Now) -> Result<i64> {
        let lag = u128::try_from(self.held_back(now)?).map_err(|_| Error::Overflow)?;
        if lag == 0 {
            return Ok(now.time);
        }
        let seconds = i64::try_from(wide::div_ceil(lag, u128::from(BPS))?).map_err(|_| Error::Overflow)?;
        now.time.checked_sub(seconds).ok_or(Error::Overflow)
    }
}

impl Stance {
    /// The phase it is in.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        Phase::from_number(self.phase)
    }

    /// What multiplies margins in it.
    #[must_use]
    pub fn multiples(&self) -> Multiples {
        Multiples { initial: self.initial, maintenance: self.maintenance.min(self.initial) }
    }

    /// Follows the signs up to now; what has passed since it last did counts as the stance was then. Where other markets are
    /// `stressed`, multiples are those of stress whatever the phase, which the market's own signs alone move.
    pub fn update(&mut self, params: &MarketParams, signs: &Signs, stressed: bool, now: Now) -> Result<()> {
        let passed = self.since_moved(now);
        self.approach(params.maintenance_rate, passed);
        self.step(signs, params, passed, now);
        let phase = if stressed { Phase::Stressed } else { self.phase() };
        let margin = phase.measures(params).margin;
        let initial = if margin == WHOLE {
            signs.volatility
        } else {
            let product = wide::mul_div_ceil(u64::from(signs.volatility.0), u64::from(margin.0), BPS)?;
            Bps(u32::try_from(product).map_err(|_| Error::Overflow)?)
        };
        self.initial = initial;
        self.maintenance = self.maintenance.min(initial);
        self.moved_at = now.time;
        Ok(())
    }

    /// Seconds since it was last brought up.
    fn since_moved(&self, now: Now) -> u64 {
        u64::try_from(now.time.saturating_sub(self.moved_at)).unwrap_or(0)
    }

    /// Lets the maintenance multiple rise towards the initial one that stood until now, by `rate` bps an hour, at most an hour's
    /// worth at once: an owner who was told of a target by a market that then fell silent has time when it wakes. Time in
    /// which it stood where it should be is not saved up, and what an hour's 3,600 parts leave over is carried, so that it
    /// makes no difference how often anyone refreshes.
    fn approach(&mut self, rate: Bps, passed: u64) {
        let room = self.initial.0.saturating_sub(self.maintenance.0);
        // Cannot overflow: 32 bits times an hour, and less than a bps-hour.
        let allowance = u64::from(rate.0).wrapping_mul(passed.min(HOUR)).wrapping_add(u64::from(self.carried));
        let step = allowance / HOUR;
        if step >= u64::from(room) {
            (self.maintenance, self.carried) = (self.maintenance.max(self.initial), 0);
            return;
        }
        let rest = allowance.wrapping_sub(step.wrapping_mul(HOUR));
        self.maintenance = Bps(self.maintenance.0.saturating_add(u32::try_from(step).unwrap_or(room)));
        self.carried = u32::try_from(rest).unwrap_or(0);
    }

    /// Up at once, down one step after a hold of calm. While a rebase hides the gauge nothing is known to be calm, and an hour
    /// in which nobody looked proves nothing.
    fn step(&mut self, signs: &Signs, params: &MarketParams, passed: u64, now: Now) {
        if signs.ask(params) {
            self.phase = Phase::Stressed.number();
            self.calm_since = 0;
            return;
        }
        if signs.gauge.is_none() {
            return;
        }
        if self.calm_since == 0 || passed > HOUR {
            self.calm_since = now.time;
        }
        let calm = u64::try_from(now.time.saturating_sub(self.calm_since)).unwrap_or(0);
        let phase = Phase::from_number(self.phase);
        if phase != Phase::Normal && calm >= params.phase_hold_seconds {
            self.phase = phase.below().number();
            self.calm_since = now.time;
        }
    }
}
