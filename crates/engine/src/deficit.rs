//! Closing lots of a bankrupt position at the mark, and who pays what they owe, in order.

use crate::books::Books;
use crate::cover;
use crate::error::{Error, Result};
use crate::hand::Hand;
use crate::ladder::locate::Place;
use crate::ladder::LineIndex;
use crate::layer;
use crate::state::{AccountBooks, InsuranceBooks};
use crate::units::{Atoms, Cash, Lots, Now, Side, PICO};
use crate::vesting;
use crate::wide;

/// Who paid a deficit. `deficit = insured + absorbed + socialised + unfunded`.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The position's own spare, before there is a deficit.
    pub own: Atoms,
    /// What the lots owe beyond it, rounded up.
    pub deficit: Atoms,
    /// The cover, the layers behind it, and last the fund beyond it.
    pub insured: Atoms,
    /// The reserve: the share of the lots deleveraged now, rounded down.
    pub absorbed: Atoms,
    /// The reserve: everyone else's share; and vesting profit.
    pub socialised: Atoms,
    /// Nobody.
    pub unfunded: Atoms,
}

/// What is still to be paid, exact: each payer takes whole atoms off it, except the reserve, which is exact itself.
struct Bill {
    left: i128,
}

impl Bill {
    /// What is left in whole atoms, rounded up; nothing once it is paid.
    fn atoms(&self) -> Result<Atoms> {
        Cash(self.left).ceil_positive()
    }

    fn pay(&mut self, amount: Atoms) -> Result<()> {
        self.left = self.left.checked_sub(amount.cash().0).ok_or(Error::Overflow)?;
        Ok(())
    }
}

impl Books<'_> {
    /// Closes `lots` of a position that stands on a line, at the mark, and has what they owe paid. The rest keeps its line.
    /// `absorbing` is the lots deleveraged for it and the open interest that bore the charge.
    #[inline(never)]
    pub fn close_bankrupt(
        &mut self,
        account: &mut AccountBooks,
        lots: Lots,
        absorbing: (Lots, Lots),
        fund: &mut InsuranceBooks,
        now: Now,
    ) -> Result<Parts> {
        let id = self.market.id;
        let side = account.slot(id)?.position.side().ok_or(Error::NoPosition)?;
        let mut bill = Bill { left: self.take_off(account, side, lots)? };
        let mut parts = Parts { own: self.pay_own(account, side, &mut bill)?, ..Parts::default() };
        parts.deficit = bill.atoms()?;
        let covered = cover::draw(self.market, fund, parts.deficit)?;
        bill.pay(covered)?;
        let layered = layer::draw(self.market, fund, bill.atoms()?, covered)?;
        bill.pay(layered)?;
        parts.absorbed = self.pay_from_reserve(side, &mut bill, absorbing)?;
        let borne = vesting::haircut(self.market, bill.atoms()?)?;
        bill.pay(borne)?;
        let fund_beyond = fund.draw_beyond_covers(bill.atoms()?)?;
        bill.pay(fund_beyond)?;
        parts.unfunded = bill.atoms()?;
        bill.pay(parts.unfunded)?;
        parts.insured = covered.plus(layered)?.plus(fund_beyond)?;
        // At once: layers attach by it.
        self.market.tally.insured = self.market.tally.insured.plus(parts.insured)?;
        self.market.unfunded = self.market.unfunded.plus(parts.unfunded)?;
        self.market.book_in(parts.insured)?;
        let others = parts.insured.plus(parts.absorbed)?.plus(parts.unfunded)?;
        parts.socialised = parts.deficit.minus(others)?;
        // Payers round up: what they paid beyond the exact bill stays as residue of the side.
        self.market.side_mut(side).residue.cash.add(bill.left.checked_neg().ok_or(Error::Overflow)?)?;
        account.slot_mut(id)?.owe(side.opposite(), parts.deficit)?;
        self.leave_if_closed(account, side, now)?;
        Ok(parts)
    }

    /// Takes lots out of the position's line and the side's totals; returns what they owe at the mark, exact (negative: own).
    fn take_off(&mut self, account: &mut AccountBooks, side: Side, lots: Lots) -> Result<i128> {
        let at = self.stands(account, side)?.ok_or(Error::NotConserved)?;
        let mark_key = self.market.mark_key(side)?;
        let scale = self.market.grid.scale;
        let key = scale.key(side, at)?;
        let position = &mut account.slot_mut(self.market.id)?.position;
        let left = position.size().minus(lots)?;
        let ladder = self.ladder.side_mut(side);
        let book = self.market.side_mut(side);
        if left.is_zero() {
            ladder.leave(&scale, at, lots)?;
            book.members = book.members.checked_sub(1).ok_or(Error::NotConserved)?;
        } else {
            ladder.shrink(&scale, at, lots)?;
        }
        book.lots = book.lots.minus(lots)?;
        book.moment.add(wide::mul_signed(key, lots.0)?.checked_neg().ok_or(Error::Overflow)?)?;
        position.set_lots(side, left)?;
        if left.is_zero() {
            self.market.grid.forget(position.grid_epoch)?;
        }
        let owed = key.checked_sub(mark_key).ok_or(Error::Overflow)?;
        side.signed(wide::mul_signed(owed, lots.0)?)
    }

    /// The position's spare pays first; where the lots close with something left it becomes spare, rounded down.
    fn pay_own(&mut self, account: &mut AccountBooks, side: Side, bill: &mut Bill) -> Result<Atoms> {
        let position = &mut account.slot_mut(self.market.id)?.position;
        let book = self.market.side_mut(side);
        if bill.left < 0 {
            let gain = Cash(bill.left.checked_neg().ok_or(Error::Overflow)?).gain_floor()?;
            position.spare = position.spare.plus(gain)?;
            book.spare = book.spare.plus(gain)?;
            bill.left = bill.left.checked_add(gain.cash().0).ok_or(Error::Overflow)?;
            return Ok(Atoms::ZERO);
        }
        let own = bill.atoms()?.least(position.spare);
        position.spare = position.spare.minus(own)?;
        position.paid_in = position.paid_in.beyond(own);
        book.spare = book.spare.minus(own)?;
        bill.pay(own)?;
        Ok(own)
    }

    /// The reserve charged to the other side pays exactly; returns what the lots deleveraged now bore of it.
    fn pay_from_reserve(&mut self, side: Side, bill: &mut Bill, absorbing: (Lots, Lots)) -> Result<Atoms> {
        let owed = u128::try_from(bill.left.max(0)).map_err(|_| Error::Overflow)?;
        let book = self.market.side_mut(side.opposite());
        let drawn = owed.min(book.reserve.get());
        book.reserve.sub(drawn)?;
        bill.left =
            bill.left.checked_sub(i128::try_from(drawn).map_err(|_| Error::Overflow)?).ok_or(Error::Overflow)?;
        let (closed, open_interest) = absorbing;
        if open_interest.is_zero() {
            return Ok(Atoms::ZERO);
        }
        let borne = wide::mul_div_long_floor(drawn, closed.0, open_interest.0)?;
        let whole = borne.checked_div(u128::from(PICO)).ok_or(Error::Overflow)?;
        u64::try_from(whole).map(Atoms).map_err(|_| Error::Overflow)
    }

    /// A position closed to the last lot gives back what is left of its spare, and no longer holds its owner back.
    fn leave_if_closed(&mut self, account: &mut AccountBooks, side: Side, now: Now) -> Result<()> {
        let slot = account.slot_mut(self.market.id)?;
        if slot.position.lots != 0 {
            return Ok(());
        }
        let spare = core::mem::take(&mut slot.position.spare);
        account.forget_sweep(self.market.id);
        let book = self.market.side_mut(side);
        book.spare = book.spare.minus(spare)?;
        let mut hand = Hand { side, lots: Lots::ZERO, cash: i128::from(spare.0) };
        self.release_all(account, &mut hand, now)
    }

    /// Whether a position stands on a line of the present grid with nothing to catch up.
    fn stands(&self, account: &AccountBooks, side: Side) -> Result<Option<LineIndex>> {
        let slot = account.slot(self.market.id)?;
        let located = self.ladder.side(side).locate(&self.market.grid, side, &slot.position)?;
        Ok(match located.place {
            Place::Line(at) => Some(at),
            Place::Pool { .. } => None,
        })
    }
}
