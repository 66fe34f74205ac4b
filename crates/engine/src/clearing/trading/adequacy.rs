//! Reserve adequacy (`reference/adequacy.py`): what a move of the mark would leave on each side against what insurance could pay. It
//! refuses orders that raise what is missing, and never guards a market (A67).

use super::maker::Agreed;
use crate::clearing::error::{Error, Result};
use crate::clearing::markets::{equity_at, CaughtUp, MarketRef};
use crate::clearing::shortfall::ceil;
use crate::clearing::state::{Fund, MarketBooks};
use crate::units::{Atoms, Bps, Cash, Price, Side, PRICE_MAX};
use crate::wide;

/// What stands on each side at the mark moved against it, and what insurance could pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Adequacy {
    /// Shortfall of each side, estates included, longs' first; rounded up.
    pub short: [Atoms; 2],
    /// Cover, layers, and the market's allowance of the common fund.
    pub reserve: Atoms,
}

impl Adequacy {
    /// What the worse side lacks beyond the reserve; zero where insurance could pay it.
    #[must_use]
    pub fn gap(&self) -> Atoms {
        let [long, short] = self.short;
        Atoms(long.0.max(short.0)).beyond(self.reserve)
    }

    /// Whether an order may leave `self` that found `before`: the gap has not grown, by more than entering lines rounds up.
    pub fn need_no_worse_than(&self, before: &Adequacy) -> Result<()> {
        if self.gap() <= before.gap() {
            Ok(())
        } else {
            Err(Error::ReserveInadequate)
        }
    }

    /// Whether a side's shortfall may change from a part of it to another.
    fn allows(&self, before: &Adequacy, side: Side, (was, becomes): (Atoms, Atoms)) -> bool {
        let mut after = *self;
        let short = side.of_mut(&mut after.short);
        *short = Atoms(short.0.saturating_add(becomes.0).saturating_sub(was.0));
        becomes <= was || after.gap() <= before.gap()
    }
}

impl MarketBooks {
    /// The mark moved against a side by `adequacy_move`; a short's rises to the end of the price range at most.
    fn stressed(&self, side: Side) -> Result<Price> {
        let step =
            wide::mul_div_floor(self.mark.price.0, u64::from(self.waterfall.adequacy_move.0), crate::units::BPS)?;
        Ok(match side {
            Side::Long => Price(self.mark.price.0.saturating_sub(step)),
            Side::Short => Price(self.mark.price.0.saturating_add(step).min(PRICE_MAX)),
        })
    }
}

impl MarketRef<'_> {
    /// Whether a market looks ahead, and what it sees; `None` where `adequacy_move` is zero. Reads as much of the ladders as a
    /// shortfall does, however many traders there are.
    pub fn adequacy(&self, fund: &Fund) -> Result<Option<Adequacy>> {
        if self.market.waterfall.adequacy_move == Bps(0) {
            return Ok(None);
        }
        let mut found = Adequacy { reserve: self.reserve(fund)?, ..Adequacy::default() };
        for side in Side::BOTH {
            *side.of_mut(&mut found.short) = self.short_at(side, self.market.stressed(side)?)?;
        }
        Ok(Some(found))
    }

    /// What insurance could pay here: cover, all layers, and the allowance as far as the common fund holds it.
    fn reserve(&self, fund: &Fund) -> Result<Atoms> {
        let layers = self.market.layers.iter().try_fold(Atoms::ZERO, |sum, layer| sum.plus(layer.amount))?;
        let allowance = self.market.allowance(fund)?.least(fund.common()?);
        Ok(self.market.whole_cover()?.plus(layers)?.plus(allowance)?)
    }

    /// Shortfall of a side at a price, estate included.
    fn short_at(&self, side: Side, price: Price) -> Result<Atoms> {
        let book = self.market.side(side);
        let key = book.index.get().checked_add(i128::from(price.0)).ok_or(crate::Error::Overflow)?;
        let seen = self.ladder.side(side).beyond(side, &self.market.grid.scale, key)?.shortfall;
        let seen = seen.checked_add(book.lacking.get()).ok_or(crate::Error::Overflow)?;
        let value = wide::mul_signed(key, book.estate.lots.0)?;
        let estate = Cash(book.estate.cash.get()).plus(Cash(side.signed(value)?))?;
        Ok(ceil(seen)?.plus(estate.debt_ceil()?)?)
    }

    /// Whether lots may move to a maker who opens from a party that only reduces: what the side would lack beyond the reserve has not
    /// grown, or the maker's level is passed over and the reduction is not (I9). The party's position is passed as it was and as it
    /// becomes.
    pub(super) fn reserve_allows(
        &self,
        fund: &Fund,
        before: &Adequacy,
        (agreed, own, rest): (&Agreed, &CaughtUp, &CaughtUp),
    ) -> Result<bool> {
        let found = self.adequacy(fund)?.unwrap_or_default();
        let was = self.short_of(&agreed.before)?.plus(self.short_of(own)?)?;
        let becomes = self.short_of(&agreed.after)?.plus(self.short_of(rest)?)?;
        Ok(agreed.after.side.is_none_or(|side| found.allows(before, side, (was, becomes))))
    }

    /// What one position adds to its side's shortfall at the mark moved against it.
    fn short_of(&self, position: &CaughtUp) -> Result<Atoms> {
        let Some(side) = position.side else { return Ok(Atoms::ZERO) };
        Ok(equity_at(position, self.market.stressed(side)?)?.debt_ceil()?)
    }
}
