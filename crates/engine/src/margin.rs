//! Margin requirements, and how many lots restore one.
//!
//! A requirement is marginal, like income tax: each bracket's fraction applies to the part of the notional inside it, so
//! that no lot costs the owner of a large position more than its own margin. The market's multiples then raise the sum.

use crate::error::{Error, Result};
use crate::state::{Bracket, MarketBooks, MarketParams};
use crate::units::{Atoms, Bps, Cash, Lots, Price, BPS};
use crate::wide;

/// What a notional requires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Margin {
    /// To open, take cash out or be isolated.
    pub initial: Atoms,
    /// To stay out of distress.
    pub maintenance: Atoms,
}

/// What volatility and the market's phase multiply the brackets' requirements by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiples {
    /// Of initial margin.
    pub initial: Bps,
    /// Of maintenance margin.
    pub maintenance: Bps,
}

impl Multiples {
    /// The brackets' own requirements.
    pub const WHOLE: Multiples = Multiples { initial: Bps(10_000), maintenance: Bps(10_000) };
}

/// A sum of fractions of amounts in 64 bits: whole ten-thousandths on one side, what is left of them on the other, rounded
/// up once at the end. One 64-bit division a bracket, and none of 128 bits, which the SVM emulates.
#[derive(Clone, Copy, Default)]
struct Sum {
    whole: u64,
    parts: u64,
}

impl Sum {
    /// Adds `fraction` of `ten_thousands * 1e4 + rest` atoms.
    fn add(&mut self, ten_thousands: u64, rest: u64, fraction: Bps) -> Result<()> {
        let fraction = u64::from(fraction.0);
        let whole = ten_thousands.checked_mul(fraction).and_then(|whole| self.whole.checked_add(whole));
        let parts = rest.checked_mul(fraction).and_then(|parts| self.parts.checked_add(parts));
        self.whole = whole.ok_or(Error::Overflow)?;
        self.parts = parts.ok_or(Error::Overflow)?;
        Ok(())
    }

    /// The sum times a multiple, rounded up once.
    fn ceil(self, multiple: Bps) -> Result<Atoms> {
        if u64::from(multiple.0) == BPS {
            // The atoms `parts` is worth are at most 4 * 1e4 within listing's bounds.
            return Atoms(self.whole).plus(Atoms(self.parts.div_ceil(BPS)));
        }
        let multiple = u64::from(multiple.0);
        let (carried, parts) = split(self.parts);
        let (ten_thousands, rest) = split(self.whole.checked_add(carried).ok_or(Error::Overflow)?);
        // Cannot overflow: below 1e8, times 32 bits.
        let fine = rest.wrapping_mul(BPS).wrapping_add(parts).wrapping_mul(multiple).div_ceil(BPS * BPS);
        let whole = ten_thousands.checked_mul(multiple).ok_or(Error::Overflow)?;
        Atoms(whole).plus(Atoms(fine))
    }
}

/// Ten-thousands and the rest.
const fn split(amount: u64) -> (u64, u64) {
    let ten_thousands = amount / BPS;
    // Cannot overflow: the quotient times its divisor is at most the dividend.
    (ten_thousands, amount.wrapping_sub(ten_thousands.wrapping_mul(BPS)))
}

/// Calls `visit` with each bracket's part of `notional` as ten-thousands and rest, and the bracket.
fn each_bracket(
    params: &MarketParams,
    notional: Atoms,
    mut visit: impl FnMut(u64, u64, &Bracket) -> Result<()>,
) -> Result<()> {
    let (last, bounded) = params.counted().split_last().ok_or(Error::RuleBracketsRise)?;
    let mut reached = Atoms::ZERO;
    let bounds = bounded.iter().map(|bracket| (bracket, bracket.up_to.least(notional)));
    for (bracket, bound) in bounds.chain(core::iter::once((last, notional))) {
        let (ten_thousands, rest) = split(bound.minus(reached)?.0);
        visit(ten_thousands, rest, bracket)?;
        if bound == notional {
            break;
        }
        reached = bound;
    }
    Ok(())
}

/// Initial and maintenance margin of a notional, each rounded up once. Continuous and rising in the notional. Fails with
/// `RuleBracketsRise` when no bracket counts, and with `Overflow` where a multiple beyond listing's takes it out of range.
pub fn requirement(params: &MarketParams, multiples: Multiples, notional: Atoms) -> Result<Margin> {
    let (mut initial, mut maintenance) = (Sum::default(), Sum::default());
    each_bracket(params, notional, |ten_thousands, rest, bracket| {
        initial.add(ten_thousands, rest, bracket.initial)?;
        maintenance.add(ten_thousands, rest, bracket.maintenance)
    })?;
    let (initial, maintenance) = (initial.ceil(multiples.initial)?, maintenance.ceil(multiples.maintenance)?);
    Ok(Margin { initial, maintenance })
}

/// Maintenance margin of a notional alone, with its multiple, rounded up once.
pub fn maintenance_at(params: &MarketParams, multiple: Bps, notional: Atoms) -> Result<Atoms> {
    let mut maintenance = Sum::default();
    each_bracket(params, notional, |ten_thousands, rest, bracket| {
        maintenance.add(ten_thousands, rest, bracket.maintenance)
    })?;
    maintenance.ceil(multiple)
}

impl MarketBooks {
    /// Initial and maintenance margin of so many lots at the mark, as the market stands.
    pub fn margin_of(&self, lots: Lots) -> Result<Margin> {
        requirement(&self.params, self.multiples(), self.at_risk(lots, self.mark.price)?)
    }

    /// Maintenance margin alone.
    pub fn maintenance_of(&self, lots: Lots) -> Result<Atoms> {
        self.maintenance_of_at(lots, self.mark.price)
    }

    /// Maintenance margin alone, as it would be at another mark.
    pub fn maintenance_of_at(&self, lots: Lots, price: Price) -> Result<Atoms> {
        maintenance_at(&self.params, self.multiples().maintenance, self.at_risk(lots, price)?)
    }

    /// The value margin is asked for: none in a settled market, where it no longer moves.
    fn at_risk(&self, lots: Lots, price: Price) -> Result<Atoms> {
        if self.is_settled() {
            return Ok(Atoms::ZERO);
        }
        price.value_ceil(lots)
    }
}

/// A position to reduce, and the account it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restore {
    /// q: the position's size.
    pub lots: Lots,
    /// P: the mark.
    pub price: Price,
    /// E: equity the requirement is held against.
    pub equity: Cash,
    /// M: maintenance of all positions that equity answers for, this one included, each with its market's multiple.
    pub maintenance: Atoms,
    /// k: the multiple of maintenance in this position's market.
    pub multiple: Bps,
    /// c: what closing costs of the notional closed, discount and penalty.
    pub cost: Bps,
    /// b: beyond maintenance by this fraction of it.
    pub buffer: Bps,
}

/// The smallest x, at most q, with
///
/// ```text
/// E - c x P >= (1 + b) M - (1 + b) k [m(q P) - m((q - x) P)]
/// ```
///
/// or q when even closing all does not reach it. m is the maintenance of the brackets in exact numbers, k its multiple; x is
/// rounded up to a lot. (The books round k m up to the atom, which moves either side by an atom: far less than the buffer.)
/// `(1 + b) k` is rounded down to the basis point: what is freed is never overstated, so x always restores, and at one whole
/// it is exact.
///
/// Each lot closed frees `(1 + b) k` times its bracket's fraction and costs c. Listing keeps c below every fraction and k is at
/// least one, so the gap closes at one rate per bracket, slower in each lower one: walk them from the top. Where a cost
/// beyond listing's bound makes closing useless, that is q as well.
///
/// Exact in 1e-12 atom times bps^2; fails with `Overflow` beyond 2^58 atoms (288 billion USD) of equity or notional.
pub fn lots_to_restore(params: &MarketParams, restore: &Restore) -> Result<Lots> {
    let Restore { lots, price, .. } = *restore;
    let notional = price.value(lots)?.0;
    let mut gap = gap(restore)?;
    let mut top = notional;
    for (index, bracket) in params.counted().iter().enumerate().rev() {
        let bottom = index.checked_sub(1).and_then(|below| params.counted().get(below));
        let bottom = bottom.map_or(0, |below| below.up_to.cash().0);
        if gap <= 0 || bottom >= top {
            continue;
        }
        let rate = rate(restore, bracket)?;
        if rate <= 0 {
            return Ok(lots);
        }
        // Cannot overflow: bottom is below top, and neither is negative.
        let room = top.wrapping_sub(bottom);
        let closes = room.checked_mul(rate).ok_or(Error::Overflow)?;
        top = if closes >= gap { top.wrapping_sub(div_ceil(gap, rate)?) } else { bottom };
        gap = gap.checked_sub(closes).ok_or(Error::Overflow)?;
    }
    if gap > 0 {
        return Ok(lots);
    }
    let closed = div_ceil(notional.wrapping_sub(top), i128::from(price.0).max(1))?;
    Ok(Lots(u64::try_from(closed).map_err(|_| Error::Overflow)?).least(lots))
}

/// `(1 + b) M - E` in 1e-12 atom times bps^2: how far the account is from restored; not positive when it already is.
fn gap(restore: &Restore) -> Result<i128> {
    let required = restore.maintenance.cash().0.checked_mul(i128::from(buffered(restore)));
    let held = restore.equity.0.checked_mul(i128::from(BPS));
    required
        .zip(held)
        .and_then(|(required, held)| required.checked_sub(held))
        .and_then(|gap| gap.checked_mul(i128::from(BPS)))
        .ok_or(Error::Overflow)
}

/// What closing a unit of notional in a bracket brings, in bps^2: `(1 + b) k m - c`. Listing keeps `k m` within one whole, so
/// it has no more bits than without k.
fn rate(restore: &Restore, bracket: &Bracket) -> Result<i128> {
    let frees = i128::from(freeing(restore)).checked_mul(i128::from(bracket.maintenance.0));
    let costs = i128::from(restore.cost.0).checked_mul(i128::from(BPS));
    frees.zip(costs).and_then(|(frees, costs)| frees.checked_sub(costs)).ok_or(Error::Overflow)
}

/// `1 + b` in bps. Cannot overflow: both are below 2^33.
fn buffered(restore: &Restore) -> u64 {
    BPS.wrapping_add(u64::from(restore.buffer.0))
}

/// `(1 + b) k` in bps, rounded down; exact where k is one whole. Saturates far beyond listing's bounds.
fn freeing(restore: &Restore) -> u64 {
    match u64::from(restore.multiple.0) {
        BPS => buffered(restore),
        multiple => buffered(restore).saturating_mul(multiple) / BPS,
    }
}

/// `n / d`, rounded up, of two that are not negative.
fn div_ceil(n: i128, d: i128) -> Result<i128> {
    let quotient = wide::div_ceil(n.unsigned_abs(), d.unsigned_abs())?;
    i128::try_from(quotient).map_err(|_| Error::Overflow)
}
