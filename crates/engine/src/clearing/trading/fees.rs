//! Fees: from free cash, then from the position; a share of them is insurance's, more of both in stress.

use crate::clearing::ladder::DetachedPosition;
use crate::clearing::markets::MarketMut;
use crate::clearing::state::{AccountBooks, MarketBooks};
use crate::error::Result;
use crate::units::{Atoms, Bps, BPS};

/// One whole as a rate times a multiple.
const BPS_SQUARED: u64 = BPS * BPS;

impl MarketBooks {
    /// Books a fee that is in the market already: insurance's share is due to the fund, the rest is the protocol's.
    pub fn collect_fee(&mut self, fee: Atoms) -> Result<()> {
        let insurance = self.measures().insurance_share.of_floor(fee)?;
        self.insurance_due = self.insurance_due.plus(insurance)?;
        self.fees = self.fees.plus(fee.minus(insurance)?)?;
        Ok(())
    }

    /// A trading fee on a value at a rate, times what the phase asks for; rounded up once.
    pub fn fee_on(&self, value: Atoms, rate: Bps) -> Result<Atoms> {
        // Cannot overflow: two 32-bit numbers.
        let rate = u64::from(rate.0).wrapping_mul(u64::from(self.measures().fee.0));
        value.share_ceil(rate, BPS_SQUARED)
    }
}

impl MarketMut<'_> {
    /// Charges a fee, at most what free cash and the position at the mark have (A50); what leaves the position lowers paid-in margin
    /// first. Returns what it was.
    pub fn charge_fee(
        &mut self,
        account: &mut AccountBooks,
        detached: &mut DetachedPosition,
        fee: Atoms,
    ) -> Result<Atoms> {
        let from_free = fee.least(account.free);
        let has = detached.equity(self.market.mark.price)?.gain_floor()?;
        let from_position = fee.minus(from_free)?.least(has);
        account.free = account.free.minus(from_free)?;
        self.market.book_in(from_free)?;
        detached.cash = detached.cash.minus(from_position.cash())?;
        let position = &mut account.slot_mut(self.market.market_index)?.position;
        position.paid_in = position.paid_in.beyond(from_position);
        let paid = from_free.plus(from_position)?;
        self.market.collect_fee(paid)?;
        Ok(paid)
    }
}
