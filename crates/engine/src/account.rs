//! A margin account's books: free cash and up to eight market slots.

use crate::error::{Error, Result};
use crate::state::{AccountBooks, DistressClock, MarketSlot, Position, Slice, Units, Vesting};
use crate::units::{Atoms, Lots, Now, Side};

/// Market slots of an account.
pub const SLOTS: usize = 8;
/// Market number of a slot that is not in use.
pub const NO_MARKET: u64 = u64::MAX;

impl Default for MarketSlot {
    fn default() -> Self {
        MarketSlot {
            market: NO_MARKET,
            position: Position::default(),
            vesting: Vesting::default(),
            units: [Units::default(); 2],
            clock: DistressClock::default(),
            slice: Slice::default(),
            debt: [Atoms::ZERO; 2],
            barred_until: 0,
            swept: 0,
        }
    }
}

/// Kinds of collateral besides USDC.
pub const PLEDGES: usize = 3;

// Accounts have as many.
const _: fn(&AccountBooks) -> (&[MarketSlot; SLOTS], &[u64; PLEDGES]) = |books| (&books.slots, &books.pledge.amounts);

impl Position {
    /// Its side; `None` without lots.
    #[must_use]
    pub const fn side(&self) -> Option<Side> {
        match self.lots {
            0 => None,
            lots if lots > 0 => Some(Side::Long),
            _ => Some(Side::Short),
        }
    }

    /// Lots without their sign.
    #[must_use]
    pub const fn size(&self) -> Lots {
        Lots(self.lots.unsigned_abs())
    }

    /// Signed lots of a side and size. Fails beyond `i64`.
    pub fn set_lots(&mut self, side: Side, size: Lots) -> Result<()> {
        let lots = i64::try_from(size.0).map_err(|_| Error::Overflow)?;
        self.lots = match side {
            Side::Long => lots,
            Side::Short => lots.checked_neg().ok_or(Error::Overflow)?,
        };
        Ok(())
    }

    /// Whether it holds neither lots nor cash.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lots == 0 && self.spare.is_zero()
    }
}

impl MarketSlot {
    /// Records a deficit of this account that a side bore. An isolated position leaves no debt.
    pub fn owe(&mut self, bearer: Side, deficit: Atoms) -> Result<()> {
        if self.position.isolated == 0 {
            let debt = bearer.of_mut(&mut self.debt);
            *debt = debt.plus(deficit)?;
        }
        Ok(())
    }

    /// Forgets a bar that is over.
    pub const fn lift_bar(&mut self, now: Now) {
        if self.barred_until <= now.slot {
            self.barred_until = 0;
        }
    }

    /// Whether nothing of the account is left in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let [long, short] = &self.units;
        self.position.is_empty()
            && self.vesting.is_empty()
            && long.is_zero()
            && short.is_zero()
            && self.debt == [Atoms::ZERO; 2]
    }
}

impl AccountBooks {
    /// Index of the slot of a market.
    #[must_use]
    pub fn find(&self, market: u64) -> Option<usize> {
        self.slots.iter().position(|slot| slot.market == market)
    }

    /// The slot of a market.
    pub fn slot(&self, market: u64) -> Result<&MarketSlot> {
        self.slots.iter().find(|slot| slot.market == market).ok_or(Error::NoPosition)
    }

    /// The slot of a market, to change.
    pub fn slot_mut(&mut self, market: u64) -> Result<&mut MarketSlot> {
        self.slots.iter_mut().find(|slot| slot.market == market).ok_or(Error::NoPosition)
    }

    /// The slot of a market, taking a free one where it has none yet.
    pub fn slot_or_new(&mut self, market: u64) -> Result<&mut MarketSlot> {
        let at = match self.find(market) {
            Some(at) => at,
            None => self.find(NO_MARKET).ok_or(Error::SlotsFull)?,
        };
        let slot = self.slots.get_mut(at).ok_or(Error::SlotsFull)?;
        slot.market = market;
        Ok(slot)
    }

    /// Deficits of this account that others bore, in all markets.
    pub fn debt(&self) -> Result<Atoms> {
        let mut sum = Atoms::ZERO;
        for slot in &self.slots {
            let [long, short] = slot.debt;
            if long.0 | short.0 != 0 {
                sum = sum.plus(long)?.plus(short)?;
            }
        }
        Ok(sum)
    }

    /// Whether any cross position has lots.
    #[must_use]
    pub fn has_cross_lots(&self) -> bool {
        self.slots.iter().any(|slot| slot.position.lots != 0 && slot.position.isolated == 0)
    }

    /// A swept position that is closed or solvent again no longer holds its owner back.
    pub fn forget_sweep(&mut self, market: u64) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.market == market) {
            self.swept = self.swept.saturating_sub(core::mem::take(&mut slot.swept));
        }
    }

    /// Gives back the slot of a market where nothing is left in it, not even a bar against opening there.
    pub fn release_slot(&mut self, market: u64) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.market == market) {
            if slot.is_empty() && slot.barred_until == 0 {
                *slot = MarketSlot::default();
            }
        }
    }
}
