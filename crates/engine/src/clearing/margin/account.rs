//! An account's market slots.

use crate::clearing::state::{AccountBooks, DistressClock, MarketSlot, Position};
use crate::error::{Error, Result};
use crate::state::{Slice, Units, Vesting};
use crate::units::{Atoms, Lots, Side};

/// Markets an account may have a slot in.
pub const MARKETS_MAX: usize = 8;
/// The number of no market: a free slot.
pub const NO_MARKET: u64 = u64::MAX;

impl Default for MarketSlot {
    fn default() -> Self {
        MarketSlot {
            market: NO_MARKET,
            position: Position::default(),
            vesting: Vesting::default(),
            units: [Units::default(); 2],
            held: Default::default(),
            clock: DistressClock::default(),
            slice: Slice::default(),
            debt: [Atoms::ZERO; 2],
            barred_until: 0,
        }
    }
}

impl Position {
    /// Its side; `None` without lots.
    #[must_use]
    pub fn side(&self) -> Option<Side> {
        match self.lots {
            0 => None,
            lots if lots > 0 => Some(Side::Long),
            _ => Some(Side::Short),
        }
    }

    /// Its lots without their sign.
    #[must_use]
    pub fn size(&self) -> Lots {
        Lots(self.lots.unsigned_abs())
    }

    /// Sets its lots.
    pub fn set_lots(&mut self, side: Side, lots: Lots) -> Result<()> {
        let lots = i64::try_from(lots.0).map_err(|_| Error::Overflow)?;
        self.lots = match side {
            Side::Long => lots,
            Side::Short => lots.wrapping_neg(),
        };
        Ok(())
    }
}

impl AccountBooks {
    /// The account's slot in a market.
    pub fn slot(&self, market: u64) -> Result<&MarketSlot> {
        self.slots.iter().find(|slot| slot.market == market).ok_or(Error::MarketMissing)
    }

    /// The account's slot in a market, to change.
    pub fn slot_mut(&mut self, market: u64) -> Result<&mut MarketSlot> {
        self.slots.iter_mut().find(|slot| slot.market == market).ok_or(Error::MarketMissing)
    }
}
