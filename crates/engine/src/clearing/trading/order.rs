//! What a taker wants, and what an order did.

use crate::clearing::error::{Error, Result};
use crate::clearing::state::{Fund, MarketBooks};
use crate::units::{Atoms, Lots, Now, Price, Side, LOTS_MAX};

/// Fills one order makes at most: every level of four makers.
pub const FILLS: usize = 16;

/// What the taker wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The market.
    pub market_index: u64,
    /// `Long` buys.
    pub side: Side,
    /// How much.
    pub lots: Lots,
    /// The worst price accepted.
    pub limit: Price,
    /// Never opens.
    pub reduce_only: bool,
    /// Where less fills the whole order is refused; zero: any fill will do.
    pub min_fill: Lots,
}

/// What an order finds: the clock, and the fund that reserve adequacy reads.
#[derive(Clone, Copy, Debug)]
pub struct Context<'f> {
    /// The insurance fund.
    pub fund: &'f Fund,
    /// The clock.
    pub now: Now,
}

/// One fill: of one level, told once however many steps it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Which of the makers passed.
    pub maker: usize,
    /// Which of its levels.
    pub level: usize,
    /// How many lots.
    pub lots: Lots,
    /// At which price.
    pub price: Price,
}

/// Fills in the order they came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fills {
    fills: [Filled; FILLS],
    count: usize,
    /// Lots of all of them.
    pub lots: Lots,
    /// Their value: the same number for both parties.
    pub value: Atoms,
    /// Fees of the makers.
    pub maker_fees: Atoms,
}

impl Fills {
    /// Each fill.
    #[must_use]
    pub fn each(&self) -> &[Filled] {
        self.fills.get(..self.count).unwrap_or(&self.fills)
    }

    /// Adds a fill; one that goes on with the last level joins it.
    pub fn add(&mut self, fill: &Filled, value: Atoms, maker_fee: Atoms) -> Result<()> {
        self.lots = self.lots.plus(fill.lots)?;
        self.value = self.value.plus(value)?;
        self.maker_fees = self.maker_fees.plus(maker_fee)?;
        let last = self.count.checked_sub(1).and_then(|at| self.fills.get_mut(at));
        if let Some(last) = last.filter(|last| last.maker == fill.maker && last.level == fill.level) {
            last.lots = last.lots.plus(fill.lots)?;
            return Ok(());
        }
        // Cannot be full: a maker has four levels a side, and an order goes on with a level before it takes another.
        let seat = self.fills.get_mut(self.count).ok_or(crate::Error::Overflow)?;
        *seat = *fill;
        self.count = self.count.wrapping_add(1);
        Ok(())
    }
}

/// What an order did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traded {
    /// Each fill, and what they add up to.
    pub fills: Fills,
    /// Lots the taker opened; the others closed its own.
    pub opened: Lots,
    /// Fee of the taker.
    pub taker_fee: Atoms,
}

impl Order {
    /// Whether it can be tried in a market. Fails with `NoUsableMark`, `ZeroAmount` and `WrongStep`.
    pub fn check(&self, market: &MarketBooks) -> Result<()> {
        if !market.is_usable() {
            return Err(Error::NoUsableMark);
        }
        if self.lots.is_zero() {
            return Err(crate::Error::ZeroAmount.into());
        }
        if self.lots.0 > LOTS_MAX || self.lots.0.checked_rem(market.params.step.0.max(1)) != Some(0) {
            return Err(crate::Error::WrongStep.into());
        }
        Ok(())
    }
}
