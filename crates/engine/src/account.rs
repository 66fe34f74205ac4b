//! A margin account's books: free cash and up to eight market slots.

use crate::claims::{Seen, Units};
use crate::error::{Error, Result};
use crate::units::{Atoms, Lots, Now, Side};

/// Market slots of an account.
pub const SLOTS: usize = 8;
/// Market number of a slot that is not in use.
pub const NO_MARKET: u64 = u64::MAX;

/// A position: lots, a line of the ladder, spare cash and paid-in margin.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Signed lots: long above zero.
    pub lots: i64,
    /// Cash beyond what the key says; all of the cash when there are no lots.
    pub spare: Atoms,
    /// Paid-in margin m: what the owner put in and has not taken out. Part of no total.
    pub paid_in: Atoms,
    /// Loss and claim units of its side when the lots last changed.
    pub seen: Seen,
    /// The side's last record when it entered its line.
    pub record_seen: u32,
    /// Grid epoch its line belongs to.
    pub grid_epoch: u32,
    /// Line number on that grid.
    pub line: u32,
    /// 1: answers with its own cash only.
    pub isolated: u32,
}

/// Profit that is not money yet: one amount with one end.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maturing {
    /// As of `index`.
    pub amount: Atoms,
    /// Unlocked up to here, unix seconds of the market's clock for it, which stress slows.
    pub since: i64,
    /// All unlocked here, by the same clock.
    pub end: i64,
    /// The market's haircut index `amount` is as of.
    pub index: u64,
    /// The epoch of that index: an earlier one was haircut to nothing.
    pub epoch: u64,
}

/// When distress began and when it was last observed.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// First observation of this distress, slot; 0: not in distress.
    pub since: u64,
    /// Last observation, slot.
    pub last: u64,
}

/// What the current liquidation window has taken.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// Slot the window began in.
    pub start: u64,
    /// The position's size then.
    pub base: Lots,
    /// Lots taken since.
    pub taken: Lots,
}

/// What an account has in one market.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The market's number, or [`NO_MARKET`].
    pub market: u64,
    /// Its position.
    pub position: Position,
    /// Its profit that is not money yet.
    pub maturing: Maturing,
    /// Claim units that survived earlier lots, long then short.
    pub units: [Units; 2],
    /// The auction clock of an isolated position.
    pub clock: Clock,
    /// The liquidation window.
    pub slice: Slice,
    /// Deficits of this account that others bore here, by the side that bore them: long, then short.
    pub debt: [Atoms; 2],
    /// May not open here before this slot (it was deleveraged out of distress).
    pub barred_until: u64,
    /// 1: it was under water when the account's bankruptcy was swept, and is neither solvent nor resolved yet.
    pub swept: u64,
}

impl Default for Slot {
    fn default() -> Self {
        Slot {
            market: NO_MARKET,
            position: Position::default(),
            maturing: Maturing::default(),
            units: [Units::default(); 2],
            clock: Clock::default(),
            slice: Slice::default(),
            debt: [Atoms::ZERO; 2],
            barred_until: 0,
            swept: 0,
        }
    }
}

/// Kinds of collateral besides USDC.
pub const PLEDGES: usize = 3;

/// Other collateral, and what it was last found worth.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pledge {
    /// Smallest units of each kind's mint.
    pub amounts: [u64; PLEDGES],
    /// What they count towards initial margin, after haircut and cap.
    pub initial: Atoms,
    /// What they count towards maintenance margin: at the last mark even where that is old.
    pub maintenance: Atoms,
    /// Slot of the valuation: it counts for a few slots. 0: there is none.
    pub valued_at: u64,
    /// Slot of the last deposit: what came into a distress that was running already is not sold at its late price.
    pub deposited_at: u64,
}

/// What the account moved in and out lately, for the exchange's bound on outflow.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Deposited in the day that began at `deposited_since`: as much may leave without being counted.
    pub deposited: Atoms,
    /// When that day began, unix seconds.
    pub deposited_since: i64,
    /// Withdrawn under the exemption of small amounts in the day that began at `exempt_since`.
    pub exempt: Atoms,
    /// When that day began, unix seconds.
    pub exempt_since: i64,
    /// A withdrawal in the queue, what was collected of it taken off.
    pub requested: Atoms,
    /// When it may leave, unix seconds; it lapses an hour later, and its place with it. Zero: no place is taken.
    pub ready_at: i64,
}

/// A margin account.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Cash that backs nothing.
    pub free: Atoms,
    /// The auction clock of the cross positions.
    pub clock: Clock,
    /// Quotes are live up to this slot: extended by a whole-account check only.
    pub checked_until: u64,
    /// Quotes set under an earlier number are dead: distress raises it.
    pub quote_epoch: u64,
    /// Positions of a swept bankruptcy that are neither solvent nor resolved yet.
    pub swept: u64,
    /// Collateral other than USDC.
    pub pledge: Pledge,
    /// What moved in and out lately.
    pub flow: Flow,
    /// Market slots.
    pub slots: [Slot; SLOTS],
}

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

impl Slot {
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
            && self.maturing.amount.is_zero()
            && long.is_zero()
            && short.is_zero()
            && self.debt == [Atoms::ZERO; 2]
    }
}

impl Account {
    /// Index of the slot of a market.
    #[must_use]
    pub fn find(&self, market: u64) -> Option<usize> {
        self.slots.iter().position(|slot| slot.market == market)
    }

    /// The slot of a market.
    pub fn slot(&self, market: u64) -> Result<&Slot> {
        self.slots.iter().find(|slot| slot.market == market).ok_or(Error::NoPosition)
    }

    /// The slot of a market, to change.
    pub fn slot_mut(&mut self, market: u64) -> Result<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.market == market).ok_or(Error::NoPosition)
    }

    /// The slot of a market, taking a free one where it has none yet.
    pub fn slot_or_new(&mut self, market: u64) -> Result<&mut Slot> {
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
                *slot = Slot::default();
            }
        }
    }
}
