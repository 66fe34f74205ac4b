//! Debts: what the positions of a declared account lacked, owed by its owner to the side that is charged for it.

use crate::clearing::state::{AccountBooks, MarketBooks};
use crate::error::{Error, Result};
use crate::units::{Atoms, Side};

/// What an account owes, in all markets and to both sides.
pub fn total(account: &AccountBooks) -> Result<Atoms> {
    let debts = account.slots.iter().flat_map(|slot| slot.debt);
    debts.filter(|debt| !debt.is_zero()).try_fold(Atoms::ZERO, Atoms::plus)
}

/// Serves an account's debts from an amount, in proportion; `pay` books a part. Returns what they took.
pub fn serve(
    account: &mut AccountBooks,
    amount: Atoms,
    mut pay: impl FnMut(u64, Side, Atoms) -> Result<()>,
) -> Result<Atoms> {
    let owed = total(account)?;
    let served = amount.least(owed);
    let (mut left, mut weights) = (served, owed);
    for slot in &mut account.slots {
        for side in Side::BOTH {
            let debt = side.of_mut(&mut slot.debt);
            if debt.is_zero() {
                continue;
            }
            let part = if *debt == weights { left } else { left.share_floor(debt.0, weights.0)? };
            left = left.minus(part)?;
            weights = weights.minus(*debt)?;
            *debt = debt.minus(part)?;
            if !part.is_zero() {
                pay(slot.market, side, part)?;
            }
        }
    }
    Ok(served)
}

impl MarketBooks {
    /// Books what a debt to a side pays, money that came into the market: the side's claims first, what exceeds them is the
    /// cover's.
    pub fn pay_debt(&mut self, side: Side, amount: Atoms) -> Result<()> {
        self.book_in(amount)?;
        let over = self.side_mut(side).claims.pay(amount)?;
        self.cover.due = self.cover.due.plus(over)?;
        self.refresh_cover_units(side)
    }

    /// A gift pays a side's claims, at most what is owed; returns what it took. Fails with `NothingOwed` where nothing is.
    #[must_use = "what the claims do not take is the giver's"]
    pub fn donate(&mut self, side: Side, amount: Atoms) -> Result<Atoms> {
        let taken = amount.least(self.side(side).claims.outstanding);
        if taken.is_zero() {
            return Err(Error::NothingOwed);
        }
        self.pay_debt(side, taken)?;
        Ok(taken)
    }

    /// Collects what the claims of held money that estates own were paid: the cover's.
    pub fn refresh_cover_units(&mut self, side: Side) -> Result<()> {
        let book = self.side_mut(side);
        let due = book.claims.refresh(&mut book.cover_units)?;
        let paid = book.claims.collect(due)?;
        self.cover.due = self.cover.due.plus(paid)?;
        Ok(())
    }

    /// What held money pays of a charge, at most `amount` (1e-12 atom). What estates own of it earns the cover claims.
    pub fn charge_held(&mut self, side: Side, amount: u128) -> Result<super::HeldPayment> {
        self.refresh_cover_units(side)?;
        let book = self.side_mut(side);
        let payment = book.event.pay(&mut book.claims, amount)?;
        book.cover_units.units.add(payment.cover_claims)?;
        Ok(payment)
    }
}
