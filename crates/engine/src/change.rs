//! Changes of parameters: what waits for the timelock, what happens at once, how far a step may go, where it may lead.
//!
//! Every parameter has a number, which never changes, and a [`Rule`]. Loosening waits in a proposal, and so does whatever
//! costs those who already hold a position: a higher requirement, fee or penalty pushes people out as surely as a lower one
//! lets the wrong ones in. What only keeps new risk, or money on its way out, a little longer happens at once.
//!
//! A proposal holds what the parameter was when it was made and comes to nothing if that has changed. So between two
//! moments a timelock apart the loosest value a parameter ever had moves by one step at most, however many proposals were
//! queued, and in whatever order they are executed (F3).

mod exchange;
mod market;
pub(crate) mod table;

use crate::state::{ExchangeParams, MarketParams};
use core::ops::RangeInclusive;

use crate::error::{Error, Result};
use crate::units::Price;

pub use exchange::EXCHANGE_PARAMETERS;
pub use market::MARKET_PARAMETERS;

/// Which changes of a parameter wait for the timelock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// To a larger value.
    Rising,
    /// To a smaller value.
    Falling,
    /// Every change.
    Always,
    /// There are none: it is what the market was listed with.
    Fixed,
}

/// How a parameter may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// Which changes wait.
    pub waits: Waits,
    /// A step is a quarter of the old value, or this where that is less.
    pub step: u64,
    /// Where changes may lead: at either end the parameter still does what it is for. A market or an exchange that was
    /// created outside comes towards it.
    pub band: RangeInclusive<u64>,
    /// What a change beyond the band is refused with.
    pub error: Error,
}

impl Rule {
    /// The largest step from a value.
    #[must_use]
    pub fn step_max(&self, from: u64) -> u64 {
        match self.waits {
            Waits::Fixed => 0,
            _ => step_max(self.step, from),
        }
    }

    /// Whether a change waits for the timelock. Refuses, in this order, with `NothingChanges`, `StepTooLarge` and the
    /// parameter's own rule.
    pub fn judge(&self, from: u64, to: u64) -> Result<bool> {
        if from == to {
            return Err(Error::NothingChanges);
        }
        if from.abs_diff(to) > self.step_max(from) {
            return Err(Error::StepTooLarge);
        }
        let comes_down = to > *self.band.end() && to < from;
        let comes_up = to < *self.band.start() && to > from;
        if !self.band.contains(&to) && !comes_down && !comes_up {
            return Err(self.error);
        }
        Ok(match self.waits {
            Waits::Rising => to > from,
            Waits::Falling => to < from,
            Waits::Always | Waits::Fixed => true,
        })
    }
}

/// The largest step from a value of a parameter that may change: a quarter of it, or `step` where that is less.
#[must_use]
pub fn step_max(step: u64, from: u64) -> u64 {
    (from >> 2).max(step)
}

/// A change that is within its step and its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// What the parameter is now.
    pub from: u64,
    /// Whether it waits for the timelock.
    pub waits: bool,
}

impl MarketParams {
    /// A parameter's value; signed ones as their two's complement. `UnknownParameter` where there is none of the number.
    pub fn parameter(&self, number: u16) -> Result<u64> {
        market::get(self, number)
    }

    /// Changes a parameter of a market whose mark is `mark`. Refuses, in this order, with `UnknownParameter`, what
    /// [`Rule::judge`] refuses with, and every listing rule that the parameters would break; those about a lot's worth are
    /// asked at the mark, and only where the change is about it, so that a market whose price has moved can be changed.
    #[inline(never)]
    pub fn change(&mut self, number: u16, to: u64, mark: Price) -> Result<Change> {
        let from = self.parameter(number)?;
        let waits = market::rule(number)?.judge(from, to)?;
        let before = (self.position_min, self.open_interest_max);
        market::set(self, number, to)?;
        self.validate_standing()?;
        if self.position_min < before.0 {
            self.rule_position_worth(mark)?;
        }
        if self.open_interest_max > before.1 {
            self.rule_open_interest_worth(mark)?;
        }
        Ok(Change { from, waits })
    }

    /// How a parameter may change.
    pub fn rule(number: u16) -> Result<Rule> {
        market::rule(number)
    }
}

impl ExchangeParams {
    /// A parameter's value. `UnknownParameter` where there is none of the number.
    pub fn parameter(&self, number: u16) -> Result<u64> {
        exchange::get(self, number)
    }

    /// Changes a parameter. Refuses, in this order, with `UnknownParameter`, what [`Rule::judge`] refuses with, and every
    /// rule of the exchange that the parameters would break.
    #[inline(never)]
    pub fn change(&mut self, number: u16, to: u64) -> Result<Change> {
        let from = self.parameter(number)?;
        let waits = exchange::rule(number)?.judge(from, to)?;
        exchange::set(self, number, to)?;
        self.validate()?;
        Ok(Change { from, waits })
    }

    /// How a parameter may change.
    pub fn rule(number: u16) -> Result<Rule> {
        exchange::rule(number)
    }
}
