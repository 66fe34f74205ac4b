//! Units. Types, not comments, keep them apart, and only the products that mean something exist.

use crate::error::{Error, Result};
use crate::wide;

/// 1e-12 atom in an atom: the resolution of prices, indices and exact cash.
pub const PICO: u64 = 1_000_000_000_000;
/// [`PICO`] as the signed number cash is divided by.
pub const PICO_SIGNED: i128 = 1_000_000_000_000;
/// The largest open interest of a market side and the largest order: 2^53 lots.
pub const LOTS_MAX: u64 = 1 << 53;
/// The largest price: 2^60 in 1e-12 atom per lot, so that `LOTS_MAX * PRICE_MAX` is 2^113 and sums stay in an `i128`.
pub const PRICE_MAX: u64 = 1 << 60;
/// The largest amount of atoms anyone may hold or move: 2^62.
pub const ATOMS_MAX: u64 = 1 << 62;
/// One whole in basis points.
pub const BPS: u64 = 10_000;

/// A side of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Gains when the price rises.
    Long,
    /// Gains when the price falls.
    Short,
}

impl Side {
    /// Both sides, long first: the order every two-sided step is taken in.
    pub const BOTH: [Side; 2] = [Side::Long, Side::Short];

    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Side {
        match self {
            Side::Long => Side::Short,
            Side::Short => Side::Long,
        }
    }

    /// This side's of a pair that holds the longs' first.
    #[must_use]
    pub const fn of<T: Copy>(self, pair: [T; 2]) -> T {
        let [long, short] = pair;
        match self {
            Side::Long => long,
            Side::Short => short,
        }
    }

    /// Whether a taker of this side would rather trade at price `a` than at `b`.
    #[must_use]
    pub fn prefers(self, a: Price, b: Price) -> bool {
        match self {
            Side::Long => a < b,
            Side::Short => a > b,
        }
    }

    /// One of two things: the first for longs.
    #[must_use]
    pub fn pick<T>(self, long: T, short: T) -> T {
        match self {
            Side::Long => long,
            Side::Short => short,
        }
    }

    /// The same, to change.
    pub const fn of_mut<T>(self, pair: &mut [T; 2]) -> &mut T {
        let [long, short] = pair;
        match self {
            Side::Long => long,
            Side::Short => short,
        }
    }

    /// `value` for longs, `-value` for shorts. Fails on `i128::MIN`.
    pub fn signed(self, value: i128) -> Result<i128> {
        match self {
            Side::Long => Ok(value),
            Side::Short => value.checked_neg().ok_or(Error::Overflow),
        }
    }
}

/// USDC at 1e-6: money that exists, never negative.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Atoms(pub u64);

/// Signed cash at 1e-12 atom: exact, so that indices can move it without rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cash(pub i128);

/// A quantity of a market without its sign: `10^lot_exponent` of the base asset each.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lots(pub u64);

/// 1e-12 atom per lot.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(pub u64);

/// A fraction at 1e-4.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bps(pub u32);

impl Atoms {
    /// Nothing.
    pub const ZERO: Atoms = Atoms(0);

    /// The sum; fails above [`ATOMS_MAX`].
    pub fn plus(self, other: Atoms) -> Result<Atoms> {
        match self.0.checked_add(other.0) {
            Some(sum) if sum <= ATOMS_MAX => Ok(Atoms(sum)),
            _ => Err(Error::Overflow),
        }
    }

    /// The difference; fails when `other` is larger.
    pub fn minus(self, other: Atoms) -> Result<Atoms> {
        self.0.checked_sub(other.0).map(Atoms).ok_or(Error::Overflow)
    }

    /// The difference, or nothing when `other` is larger.
    #[must_use]
    pub fn beyond(self, other: Atoms) -> Atoms {
        Atoms(self.0.saturating_sub(other.0))
    }

    /// The smaller of the two.
    #[must_use]
    pub fn least(self, other: Atoms) -> Atoms {
        Atoms(self.0.min(other.0))
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The same money as exact cash. Cannot overflow: 2^64 * 1e12 is below 2^104.
    #[must_use]
    pub fn cash(self) -> Cash {
        Cash(i128::from(self.0).wrapping_mul(PICO_SIGNED))
    }

    /// `self * part / whole`, rounded down. `part <= whole` keeps it in range.
    pub fn share_floor(self, part: u64, whole: u64) -> Result<Atoms> {
        wide::mul_div_floor(self.0, part, whole).map(Atoms)
    }

    /// `self * part / whole`, rounded up.
    pub fn share_ceil(self, part: u64, whole: u64) -> Result<Atoms> {
        wide::mul_div_ceil(self.0, part, whole).map(Atoms)
    }
}

impl Cash {
    /// Nothing.
    pub const ZERO: Cash = Cash(0);

    /// The sum.
    pub fn plus(self, other: Cash) -> Result<Cash> {
        self.0.checked_add(other.0).map(Cash).ok_or(Error::Overflow)
    }

    /// The difference.
    pub fn minus(self, other: Cash) -> Result<Cash> {
        self.0.checked_sub(other.0).map(Cash).ok_or(Error::Overflow)
    }

    /// Whole atoms, rounded toward minus infinity: against whoever is paid.
    #[must_use]
    pub fn atoms_floor(self) -> i128 {
        self.0.div_euclid(PICO_SIGNED)
    }

    /// Whole atoms, rounded toward plus infinity: against whoever owes.
    pub fn atoms_ceil(self) -> Result<i128> {
        let up = self.0.checked_add(PICO_SIGNED.wrapping_sub(1)).ok_or(Error::Overflow)?;
        Ok(up.div_euclid(PICO_SIGNED))
    }

    /// The positive part in whole atoms, rounded down; zero for a debt.
    pub fn gain_floor(self) -> Result<Atoms> {
        atoms_from(self.atoms_floor().max(0))
    }

    /// The negative part in whole atoms, rounded up; zero for a credit.
    pub fn debt_ceil(self) -> Result<Atoms> {
        atoms_from(self.atoms_floor().min(0).checked_neg().ok_or(Error::Overflow)?)
    }
}

/// A non-negative count of atoms as [`Atoms`]; fails when negative or above [`ATOMS_MAX`].
pub fn atoms_from(value: i128) -> Result<Atoms> {
    match u64::try_from(value) {
        Ok(atoms) if atoms <= ATOMS_MAX => Ok(Atoms(atoms)),
        _ => Err(Error::Overflow),
    }
}

impl Price {
    /// The value of `lots` at this price, exact. Cannot overflow: both are below 2^64 and their product below 2^127 by
    /// [`LOTS_MAX`] and [`PRICE_MAX`]; anything beyond those is refused.
    pub fn value(self, lots: Lots) -> Result<Cash> {
        i128::try_from(wide::mul(self.0, lots.0)).map(Cash).map_err(|_| Error::Overflow)
    }

    /// The value of `lots` in atoms, rounded down.
    pub fn value_floor(self, lots: Lots) -> Result<Atoms> {
        wide::mul_div_floor(self.0, lots.0, PICO).map(Atoms)
    }

    /// The value of `lots` in atoms, rounded up.
    pub fn value_ceil(self, lots: Lots) -> Result<Atoms> {
        wide::mul_div_ceil(self.0, lots.0, PICO).map(Atoms)
    }

    /// The price moved up (`Long`) or down (`Short`) by a fraction of itself, rounded toward zero movement.
    pub fn moved(self, toward: Side, by: Bps) -> Result<Price> {
        let step = wide::mul_div_floor(self.0, u64::from(by.0), BPS)?;
        match toward {
            Side::Long => self.0.checked_add(step),
            Side::Short => self.0.checked_sub(step),
        }
        .map(Price)
        .ok_or(Error::Overflow)
    }
}

impl Bps {
    /// This fraction of an amount, rounded down: for what is paid out.
    pub fn of_floor(self, amount: Atoms) -> Result<Atoms> {
        amount.share_floor(u64::from(self.0), BPS)
    }

    /// This fraction of an amount, rounded up: for what is required or owed.
    pub fn of_ceil(self, amount: Atoms) -> Result<Atoms> {
        amount.share_ceil(u64::from(self.0), BPS)
    }
}

impl Lots {
    /// No lots.
    pub const ZERO: Lots = Lots(0);

    /// The sum; fails above [`LOTS_MAX`].
    pub fn plus(self, other: Lots) -> Result<Lots> {
        match self.0.checked_add(other.0) {
            Some(sum) if sum <= LOTS_MAX => Ok(Lots(sum)),
            _ => Err(Error::Overflow),
        }
    }

    /// The sum of open lots; fails with `OpenInterestCap` above [`LOTS_MAX`], which no side of a market holds (A36).
    pub fn opened(self, other: Lots) -> Result<Lots> {
        self.plus(other).map_err(|_| Error::OpenInterestCap)
    }

    /// The difference; fails when `other` is larger.
    pub fn minus(self, other: Lots) -> Result<Lots> {
        self.0.checked_sub(other.0).map(Lots).ok_or(Error::Overflow)
    }

    /// The smaller of the two.
    #[must_use]
    pub fn least(self, other: Lots) -> Lots {
        Lots(self.0.min(other.0))
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// The cluster's clock, as every verb is handed it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Slot: what auctions, windows and marks are timed by.
    pub slot: u64,
    /// Unix seconds: what publish times, funding and vesting are timed by.
    pub time: i64,
}
