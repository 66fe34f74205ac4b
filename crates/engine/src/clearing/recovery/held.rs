//! Held money: what lots left behind, in units of a list's haircut index (`reference/holdback.py`, `reference/attribution.py`).
//!
//! A charge that held money pays lowers the index, so every owner pays in proportion without being visited; what a unit
//! loses so is a claim on recovery, earned per unit of the list. A list of which a charge leaves less than [`LIST_INDEX_LOW`]
//! closes: what is left of it is its owners' to collect, and money that lots leave afterwards enters a list of its own. Else units
//! would grow so large beside a small index that a later charge could not leave a part of them.

use super::WHOLE;
use crate::clearing::state::Claims;
use crate::clearing::state::{EndedList, Held, HeldClaims, LossEvent, MarketBooks};
use crate::error::{Error, Result};
use crate::units::{Atoms, Lots, Side, PICO};
use crate::wide::{self, U128};

/// An index below which a list closes, 2^-10: as little escapes later charges of its event, and units of at most 2^102 amounts stay
/// below 2^113.
pub const LIST_INDEX_LOW: u64 = 1 << 53;

/// What a list is worth and has earned: of the present one, or of one that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListState {
    /// Haircut index, 2^63 = one.
    pub index: u64,
    /// Claims a unit has earned.
    pub claims: HeldClaims,
}

impl LossEvent {
    /// The present list.
    #[must_use]
    pub fn list_state(&self) -> ListState {
        ListState { index: self.index, claims: self.claims }
    }

    /// Books an amount (1e-12 atom) that lots leave as units of the present list, rounded down.
    pub fn hold(&mut self, amount: u128, lots: Lots) -> Result<Held> {
        let units = wide::mul_div_long_floor(amount, WHOLE, self.index)?;
        self.held.add(amount)?;
        self.units.add(units)?;
        self.held_lots = Lots(self.held_lots.0.checked_add(lots.0).ok_or(Error::Overflow)?);
        let state = self.list_state();
        Ok(Held {
            list: self.list,
            units: U128::new(units),
            entered: U128::new(amount),
            earned: U128::new(wide::mul_high(units, state.claims.units.get())?),
            epoch: state.claims.epoch,
            lots,
            lowered: Atoms::ZERO,
        })
    }
}

/// What held money paid of a charge.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeldPayment {
    /// Paid, 1e-12 atom.
    pub paid: u128,
    /// What was left of a list that closed empty: the dust's, 1e-12 atom.
    pub rest: u128,
    /// The list that closed because next to nothing was left of it; what it still holds is its owners'.
    pub closed: Option<EndedList>,
    /// Claim units that what estates own of it earned.
    pub cover_claims: u128,
}

impl LossEvent {
    /// Begins the list after `list`, empty.
    fn next_list(&mut self) -> Result<EndedList> {
        let ended =
            EndedList { list: self.list, index: self.index, held: self.held, units: self.units, claims: self.claims };
        self.list = self.list.checked_add(1).ok_or(Error::Overflow)?;
        self.index = WHOLE;
        (self.held, self.units, self.estate_units) = (U128::ZERO, U128::ZERO, U128::ZERO);
        (self.held_lots, self.claims) = (Lots::ZERO, HeldClaims::default());
        Ok(ended)
    }

    /// Pays at most `amount` (1e-12 atom) in proportion to what is held; what each unit loses becomes its claim.
    pub fn pay(&mut self, claims: &mut Claims, amount: u128) -> Result<HeldPayment> {
        let held = self.held.get();
        let paid = amount.min(held);
        if paid == 0 {
            return Ok(HeldPayment::default());
        }
        let left = held.checked_sub(paid).ok_or(Error::Overflow)?;
        let index = wide::mul_div_wide_floor(u128::from(self.index), left, held)?;
        let index = u64::try_from(index).map_err(|_| Error::Overflow)?;
        // A fraction of an atom is nobody's to collect.
        let empty = left < u128::from(PICO);
        let closes = empty || index < LIST_INDEX_LOW;
        let (index, rest) = if empty { (0, left) } else { (index, 0) };
        let lost = paid.checked_add(rest).ok_or(Error::Overflow)?;
        let earned = claims.lose_held(self, self.index.saturating_sub(index), lost)?;
        let cover_claims = wide::mul_high(self.estate_units.get(), earned)?;
        self.index = index;
        self.held = U128::new(left);
        if !closes {
            return Ok(HeldPayment { paid, cover_claims, ..HeldPayment::default() });
        }
        let mut closed = self.next_list()?;
        closed.held.sub(rest)?;
        Ok(HeldPayment { paid, rest, closed: Some(closed), cover_claims })
    }

    /// Takes what an estate owns of the present list out at its worth, 1e-12 atom, rounded down.
    pub fn release(&mut self, held: &Held) -> Result<u128> {
        let worth = held.worth(self.index)?;
        self.units.sub(held.units.get())?;
        self.estate_units.sub(held.units.get())?;
        self.held.sub(worth)?;
        Ok(worth)
    }

    /// Ends the event: what its list still holds is its owners' to collect.
    pub fn end(&mut self) -> Result<EndedList> {
        let ended = self.next_list()?;
        let number = self.number.checked_add(1).ok_or(Error::Overflow)?;
        *self = LossEvent { number, list: self.list, index: WHOLE, ..LossEvent::default() };
        Ok(ended)
    }
}

impl MarketBooks {
    /// A side's loss event begins, where none lives; the tolerance of both is fixed with the first (A70).
    pub fn begin_event(&mut self, side: Side) -> Result<()> {
        let interest = self.open_interest()?;
        self.begin_event_of(side, interest);
        Ok(())
    }

    /// The same, of an open interest that was there before.
    pub fn begin_event_of(&mut self, side: Side, interest: Lots) {
        if self.side(side).event.alive != 0 {
            return;
        }
        if self.tolerance_lots.is_zero() {
            self.tolerance_lots = interest;
        }
        self.side_mut(side).event.alive = 1;
    }
}

impl EndedList {
    /// Its final state.
    #[must_use]
    pub fn state(&self) -> ListState {
        ListState { index: self.index, claims: self.claims }
    }
}

impl Held {
    /// Whether there is none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.list == 0
    }

    /// What it is worth at a list's index, 1e-12 atom, rounded down.
    pub fn worth(&self, index: u64) -> Result<u128> {
        wide::mul_div_long_floor(self.units.get(), index, WHOLE)
    }

    /// Joins more of the same list. Fails with `NotConserved` where the lists differ.
    pub fn join(&mut self, other: &Held) -> Result<()> {
        if other.is_none() {
            return Ok(());
        }
        if self.is_none() {
            *self = *other;
            return Ok(());
        }
        if self.list != other.list {
            return Err(Error::NotConserved);
        }
        // What was earned in an epoch that was paid in full is gone, and so is its offset.
        let epoch = self.epoch.max(other.epoch);
        let earned = self.earned_in(epoch).checked_add(other.earned_in(epoch)).ok_or(Error::Overflow)?;
        self.earned = U128::new(earned);
        self.epoch = epoch;
        self.units.add(other.units.get())?;
        self.entered.add(other.entered.get())?;
        self.lots = Lots(self.lots.0.checked_add(other.lots.0).ok_or(Error::Overflow)?);
        self.lowered = self.lowered.plus(other.lowered)?;
        Ok(())
    }

    /// Takes `part` of `whole` out: units, worth and lots rounded down. All of it where the two are equal.
    pub fn take(&mut self, part: u128, whole: u128) -> Result<Held> {
        if part >= whole {
            return Ok(core::mem::take(self));
        }
        let share = |amount: u128| wide::mul_div_wide_floor(amount, part, whole);
        let lots = u64::try_from(share(u128::from(self.lots.0))?).map_err(|_| Error::Overflow)?;
        let lowered = u64::try_from(share(u128::from(self.lowered.0))?).map_err(|_| Error::Overflow)?;
        let taken = Held {
            list: self.list,
            units: U128::new(share(self.units.get())?),
            entered: U128::new(share(self.entered.get())?),
            earned: U128::new(share(self.earned.get())?),
            epoch: self.epoch,
            lots: Lots(lots),
            lowered: Atoms(lowered),
        };
        self.units.sub(taken.units.get())?;
        self.entered.sub(taken.entered.get())?;
        self.earned.sub(taken.earned.get())?;
        self.lots = self.lots.minus(taken.lots)?;
        self.lowered = self.lowered.minus(taken.lowered)?;
        Ok(taken)
    }

    /// What it was charged since it entered or last gathered, 1e-12 atom, and what that earned in claim units of the
    /// state's epoch, rounded up; brings it up to the state.
    pub fn gather(&mut self, state: &ListState) -> Result<(u128, u128)> {
        let worth = self.worth(state.index)?;
        let lost = self.entered.get().saturating_sub(worth);
        let earned = wide::mul_high_ceil(self.units.get(), state.claims.units.get())?;
        let since = earned.saturating_sub(self.earned_in(state.claims.epoch));
        self.entered = U128::new(worth);
        self.earned = U128::new(earned);
        self.epoch = state.claims.epoch;
        Ok((lost, since))
    }

    fn earned_in(&self, epoch: u64) -> u128 {
        if self.epoch == epoch {
            self.earned.get()
        } else {
            0
        }
    }
}

impl Default for LossEvent {
    fn default() -> Self {
        LossEvent {
            number: 0,
            alive: 0,
            list: 1,
            index: WHOLE,
            held: U128::ZERO,
            units: U128::ZERO,
            estate_units: U128::ZERO,
            held_lots: Lots::ZERO,
            claims: HeldClaims::default(),
            charged: U128::ZERO,
            furthest: crate::wide::I128::ZERO,
            rate: U128::ZERO,
            window_high: U128::ZERO,
            previous_high: U128::ZERO,
            window_start: 0,
            zero_since: 0,
        }
    }
}
