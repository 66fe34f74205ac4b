//! One fill between a taker and a maker, and what it asks of each.

use crate::books::{Books, Holding};
use crate::error::{Error, Result};
use crate::hand::Hand;
use crate::health::Standing;
use crate::provision::Provision;
use crate::state::AccountBooks;
use crate::units::{Atoms, Bps, Cash, Lots, Now, Side, BPS, PICO_SIGNED};

impl Hand {
    /// Whether a fill in a direction (`Long`: buys) opens; else it reduces.
    #[must_use]
    pub fn opens(&self, direction: Side) -> bool {
        self.lots.is_zero() || self.side == direction
    }

    /// The most a single fill may take: a fill never goes through zero, an order through zero is a full close and an opening.
    #[must_use]
    pub fn fillable(&self, direction: Side, lots: Lots) -> Lots {
        if self.opens(direction) {
            lots
        } else {
            lots.least(self.lots)
        }
    }

    /// Adds or closes lots for a value in whole atoms: the same number the other party is credited or debited.
    pub fn fill(&mut self, direction: Side, lots: Lots, value: Atoms) -> Result<()> {
        if self.opens(direction) {
            self.side = direction;
            self.lots = self.lots.plus(lots)?;
        } else {
            self.lots = self.lots.minus(lots)?;
        }
        self.add(direction.opposite().signed(i128::from(value.0))?)
    }

    /// The hand as a holding to value.
    pub fn holding(&self) -> Result<Holding> {
        let cash = Cash(self.cash.checked_mul(PICO_SIGNED).ok_or(Error::Overflow)?);
        Ok(Holding { side: self.side, lots: self.lots, cash })
    }
}

impl Books<'_> {
    /// Values a hand with its slot's paid-in margin.
    pub fn standing_in_hand(&self, account: &AccountBooks, hand: &Hand) -> Result<Standing> {
        let paid_in = account.slot(self.market.id)?.position.paid_in;
        self.view().standing_of(&hand.holding()?, paid_in)
    }

    /// Draws what a hand lacks to its initial margin from free cash. Fails with `InsufficientMargin` where that does not reach.
    pub fn draw_initial(&mut self, account: &mut AccountBooks, hand: &mut Hand) -> Result<()> {
        let lack = self.standing_in_hand(account, hand)?.lack()?;
        if lack.is_zero() {
            return Ok(());
        }
        self.pay_margin(account, hand, lack).map_err(|error| match error {
            Error::InsufficientFreeCash => Error::InsufficientMargin,
            other => other,
        })
    }

    /// Tops a touched cross position below its maintenance margin up to its initial margin, as far as free cash reaches.
    pub fn shore_up(&mut self, account: &mut AccountBooks, hand: &mut Hand) -> Result<()> {
        let isolated = account.slot(self.market.id)?.position.isolated != 0;
        if hand.lots.is_zero() || isolated || account.free.is_zero() {
            return Ok(());
        }
        let standing = self.standing_in_hand(account, hand)?;
        if standing.is_maintained() {
            return Ok(());
        }
        let amount = standing.lack()?.least(account.free);
        self.pay_margin(account, hand, amount)
    }

    /// Whether an account may open on a side now: not uninsured, not barred.
    pub fn may_open(&self, account: &AccountBooks, provision: &Provision, side: Side, now: Now) -> Result<()> {
        if account.swept != 0 {
            return Err(Error::Bankrupt);
        }
        if account.slot(self.market.id)?.barred_until > now.slot {
            return Err(Error::Barred);
        }
        if !provision.may_open(side) {
            return Err(Error::Uninsured);
        }
        Ok(())
    }

    /// A trading fee on a value, rounded up once: the rate times the phase's multiple.
    pub fn fee_on(&self, value: Atoms, rate: Bps) -> Result<Atoms> {
        let multiple = u64::from(self.market.phase().measures(&self.market.params).fee.0);
        if multiple == BPS {
            return rate.of_ceil(value);
        }
        // Cannot overflow: two 32-bit numbers.
        value.share_ceil(u64::from(rate.0).wrapping_mul(multiple), BPS * BPS)
    }

    /// Charges a fee: from free cash, then from the position.
    pub fn charge_fee(&mut self, account: &mut AccountBooks, hand: &mut Hand, fee: Atoms) -> Result<()> {
        let from_free = fee.least(account.free);
        let from_hand = fee.minus(from_free)?;
        account.free = account.free.minus(from_free)?;
        self.market.book_in(from_free)?;
        if !from_hand.is_zero() {
            let _ = self.take(account, hand, from_hand)?;
        }
        self.collect_fee(fee)
    }

    /// A market's closing checks after lots changed hands: no dust, and open interest within its cap where it grew.
    pub fn check_size(&self, lots: Lots) -> Result<()> {
        if !lots.is_zero() && lots < self.market.params.position_min {
            return Err(Error::DustPosition);
        }
        Ok(())
    }
}
