//! Lists of held money that ended: what their owners have yet to collect. A list keeps its seat until its last unit is
//! collected, and an event whose list has no seat does not end, so that no owner's money waits for another's.
//! A list that is not found closed with nothing in it.

use super::ENDED_LISTS;
use crate::clearing::recovery::ListState;
use crate::clearing::state::{EndedList, Held, LadderSide, LossEvent};
use crate::error::{Error, Result};

impl LadderSide {
    fn seat_of(list: u64) -> Result<usize> {
        let ring = u64::try_from(ENDED_LISTS).map_err(|_| Error::Overflow)?;
        let seat = list.checked_rem(ring).ok_or(Error::Overflow)?;
        usize::try_from(seat).map_err(|_| Error::Overflow)
    }

    /// Whether a list may end: its seat is free.
    pub fn has_seat(&self, list: u64) -> Result<bool> {
        Ok(self.ended.get(Self::seat_of(list)?).is_some_and(|seat| seat.list == 0))
    }

    /// Keeps a list that ended, where anything of it is to collect.
    pub fn set_ended(&mut self, ended: EndedList) -> Result<()> {
        if ended.units.get() == 0 {
            return Ok(());
        }
        let seat = self.ended.get_mut(Self::seat_of(ended.list)?).ok_or(Error::Overflow)?;
        if seat.list != 0 {
            return Err(Error::RecordsFull);
        }
        *seat = ended;
        Ok(())
    }

    /// A list that ended and still has owners.
    pub fn ended(&self, list: u64) -> Result<Option<&EndedList>> {
        Ok(self.ended.get(Self::seat_of(list)?).filter(|seat| list != 0 && seat.list == list))
    }

    /// Takes an owner's money of an ended list out, 1e-12 atom; zero where the list closed empty. Frees the seat with the
    /// last unit: what rounding left is returned beside it, for the dust.
    pub fn collect_ended(&mut self, held: &Held) -> Result<(u128, u128)> {
        let Some(seat) = self.ended.get_mut(Self::seat_of(held.list)?).filter(|seat| seat.list == held.list) else {
            return Ok((0, 0));
        };
        let worth = held.worth(seat.index)?.min(seat.held.get());
        seat.held.sub(worth)?;
        seat.units.sub(held.units.get().min(seat.units.get()))?;
        if seat.units.get() != 0 {
            return Ok((worth, 0));
        }
        let rest = seat.held.get();
        *seat = EndedList::default();
        Ok((worth, rest))
    }

    /// What a list is worth and has earned now; `None` where it closed empty.
    pub fn list_state(&self, event: &LossEvent, list: u64) -> Result<Option<ListState>> {
        if list == event.list {
            return Ok(Some(event.list_state()));
        }
        Ok(self.ended(list)?.map(EndedList::state))
    }

    /// What held money is worth now, 1e-12 atom, rounded down.
    pub fn held_worth(&self, event: &LossEvent, held: &Held) -> Result<u128> {
        if held.is_none() {
            return Ok(0);
        }
        match self.list_state(event, held.list)? {
            Some(state) => held.worth(state.index),
            None => Ok(0),
        }
    }
}
