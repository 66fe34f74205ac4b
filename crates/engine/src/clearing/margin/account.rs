//! An account's market slots.

use crate::clearing::state::{AccountBooks, DistressClock, Held, MarketSlot, Position};
use crate::error::{Error, Result};
use crate::state::{Slice, Units, Vesting};
use crate::units::{Atoms, Lots, Side, LOTS_MAX};

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
            fees_paid: Lots::ZERO,
            pledged: 0,
            quoted: [Lots::ZERO; 2],
            quoted_until: 0,
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

impl MarketSlot {
    /// Whether it has lots that are not isolated.
    #[must_use]
    pub const fn has_cross_lots(&self) -> bool {
        self.position.lots != 0 && self.position.isolated == 0
    }

    /// Whether nothing of the account is left in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let empty = self.position.lots == 0 && self.position.spare.is_zero() && self.vesting.is_empty();
        let owed = self.debt != [Atoms::ZERO; 2] || self.units.iter().any(|units| !units.is_zero());
        let bound = self.barred_until != 0 || self.pledged != 0 || self.has_quote();
        empty && !owed && self.held.iter().all(Held::is_none) && !bound
    }

    /// Whether a quote that may open stands here, live or not.
    #[must_use]
    pub fn has_quote(&self) -> bool {
        self.quoted != [Lots::ZERO; 2]
    }

    /// Lots it would have at most once its quote has filled on one side: what margin has to back.
    #[must_use]
    pub fn lots_once_filled(&self) -> Lots {
        let own = self.position.size();
        let [bids, asks] = self.quoted;
        let (adds, turns) = match self.position.side() {
            Some(Side::Short) => (asks, bids),
            _ => (bids, asks),
        };
        Lots(own.0.saturating_add(adds.0).max(turns.0.saturating_sub(own.0)).min(LOTS_MAX))
    }
}

impl AccountBooks {
    /// The account's slot in a market.
    pub fn slot(&self, market: u64) -> Result<&MarketSlot> {
        self.slots.iter().find(|slot| slot.market == market).ok_or(Error::MarketMissing)
    }

    /// The account's slot in a market, taking a free one where it has none. Fails with `SlotsFull`.
    pub fn slot_or_new(&mut self, market: u64) -> Result<&mut MarketSlot> {
        let taken = self.slots.iter().position(|slot| slot.market == market);
        let at = taken.or_else(|| self.slots.iter().position(|slot| slot.market == NO_MARKET));
        let slot = self.slots.get_mut(at.ok_or(Error::SlotsFull)?).ok_or(Error::SlotsFull)?;
        slot.market = market;
        Ok(slot)
    }

    /// Money out of a market: free cash, or on its way to serve debts where the market is pledged (A62).
    pub fn credit(&mut self, market: u64, amount: Atoms) -> Result<()> {
        let to = if self.slot(market)?.pledged == 0 { &mut self.free } else { &mut self.pledged };
        *to = to.plus(amount)?;
        Ok(())
    }

    /// Whether it has lots that are not isolated.
    #[must_use]
    pub fn has_cross_lots(&self) -> bool {
        self.slots.iter().any(MarketSlot::has_cross_lots)
    }

    /// Whether a slot's quote may open now: it has not expired, and the account was checked lately.
    #[must_use]
    pub fn quotes_in(&self, slot: &MarketSlot, at: u64) -> bool {
        slot.has_quote() && slot.position.isolated == 0 && self.checked_until.min(slot.quoted_until) >= at
    }

    /// Distress takes an account's quotes away: those set before are dead.
    pub fn lose_quotes(&mut self) {
        self.quote_epoch = self.quote_epoch.wrapping_add(1);
        self.checked_until = 0;
        for slot in &mut self.slots {
            (slot.quoted, slot.quoted_until) = ([Lots::ZERO; 2], 0);
        }
    }

    /// Gives back the slot of a market where nothing is left in it, not even a bar against opening there.
    pub fn release_slot(&mut self, market: u64) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.market == market) {
            if slot.is_empty() {
                *slot = MarketSlot::default();
            }
        }
    }

    /// The account's slot in a market, to change.
    pub fn slot_mut(&mut self, market: u64) -> Result<&mut MarketSlot> {
        self.slots.iter_mut().find(|slot| slot.market == market).ok_or(Error::MarketMissing)
    }
}
