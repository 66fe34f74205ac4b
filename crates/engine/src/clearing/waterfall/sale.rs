//! The sale of estate lots, while insurance covers both estates, at the mark less a discount that grows with the sale's clock
//! (`reference/sale.py`).

use super::fill::{close_or_open, Fill};
use crate::clearing::error::{Error, Result};
use crate::clearing::insurance::Drawn;
use crate::clearing::margin::touch;
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::recovery::vesting;
use crate::clearing::state::{AccountBooks, Fund, MarketBooks};
use crate::units::{Atoms, Bps, Lots, Now, Side};
use crate::wide;

/// What a purchase did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bought {
    /// Lots bought.
    pub lots: Lots,
    /// The sale's discount now.
    pub discount: Bps,
    /// What the estate paid of it.
    pub from_estate: Atoms,
    /// What the cover paid of it.
    pub from_cover: Drawn,
    /// What insurance paid the estates first.
    pub insured: Drawn,
}

/// Takes lots of a side's estate, at most all. `markets` are all of the buyer's, and the estate's.
pub fn buy_from_estate(
    buyer: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    fund: &mut Fund,
    (market_index, side, wanted): (u64, Side, Lots),
    now: Now,
) -> Result<Bought> {
    let market = find(markets, market_index)?;
    if !market.market.is_usable() {
        return Err(Error::NoUsableMark);
    }
    if market.market.side(side).estate.lots.is_zero() {
        return Err(Error::NoEstate);
    }
    let _ = touch(buyer, markets, now.slot)?;
    let market = find(markets, market_index)?;
    let shortfalls = market.as_ref().shortfalls(now.slot)?;
    if shortfalls.deficit()? > shortfalls.certain {
        return Err(Error::EstateUninsured);
    }
    let mut bought = Bought { insured: market.fund_insured(fund, now)?, ..Bought::default() };
    bought.lots = wanted.least(market.market.side(side).estate.lots);
    market.pay_discount(fund, side, now.slot, &mut bought)?;
    market.market.close_estate(side, bought.lots)?;
    let estate = &mut market.market.side_mut(side).estate;
    estate.sold = Lots(estate.sold.0.saturating_add(bought.lots.0));
    market.market.stats.sold = Lots(market.market.stats.sold.0.saturating_add(bought.lots.0));
    let _ = market.set_rates(now.slot)?;
    let price = market.market.mark.price;
    let fill = Fill { market_index, direction: side, lots: bought.lots, price, raises_a_side: false };
    let _ = close_or_open(buyer, markets, &fill, now)?;
    credit(buyer, markets, market_index, bought.from_estate.plus(bought.from_cover.cover)?)?;
    let _ = touch(buyer, markets, now.slot)?;
    let market = find(markets, market_index)?;
    market.end_estates()?;
    let _ = market.set_rates(now.slot)?;
    Ok(bought)
}

impl MarketBooks {
    /// The sale's discount: from zero to its largest over `sale_slots`. Rounds down.
    pub fn sale_discount(&self, side: Side, slot: u64) -> Result<Bps> {
        let sale = self.waterfall.sale_slots.saturating_mul(1 << 16).max(1);
        let age = self.side(side).estate.age(slot).min(sale);
        let bps = wide::mul_div_floor(u64::from(self.params.discount_max.0), age, sale)?;
        Ok(Bps(u32::try_from(bps).map_err(|_| crate::Error::Overflow)?))
    }
}

impl MarketMut<'_> {
    /// For x of Q lots at most x/Q of the estate's own equity pays the discount, then x/Q of the cover, both only beyond both
    /// shortfalls: an estate's equity is insurance too (I16). Rounds down.
    fn pay_discount(&mut self, fund: &mut Fund, side: Side, slot: u64, bought: &mut Bought) -> Result<()> {
        bought.discount = self.market.sale_discount(side, slot)?;
        let (lots, all) = (bought.lots, self.market.side(side).estate.lots);
        let part = |amount: Atoms| amount.share_floor(lots.0, all.0);
        let wanted = bought.discount.of_floor(self.market.mark.price.value_floor(lots)?)?;
        let shortfalls = self.as_ref().shortfalls(slot)?;
        let spare = shortfalls.certain.beyond(shortfalls.total()?);
        let equity = self.market.estate_equity(side)?.gain_floor()?;
        bought.from_estate = wanted.least(part(equity)?).least(spare);
        let of_cover = part(self.market.whole_cover()?.least(spare.minus(bought.from_estate)?))?;
        bought.from_cover = self.market.draw_cover(fund, wanted.minus(bought.from_estate)?.least(of_cover))?;
        self.market.side_mut(side).estate.cash.add(bought.from_estate.cash().0.wrapping_neg())?;
        // The discount leaves the market's classes here and comes back with the buyer's position.
        self.market.book_out(bought.from_estate.plus(bought.from_cover.due)?)?;
        Ok(())
    }
}

/// A discount is profit: it stays in the position, or vests.
fn credit(buyer: &mut AccountBooks, markets: &mut [MarketMut<'_>], market_index: u64, amount: Atoms) -> Result<()> {
    let market = find(markets, market_index)?;
    market.market.book_in(amount)?;
    market.credit(buyer, amount)
}

impl MarketMut<'_> {
    /// Profit that is booked into the market becomes a position's cash, or vests where there is none.
    pub fn credit(&mut self, account: &mut AccountBooks, amount: Atoms) -> Result<()> {
        if amount.is_zero() {
            return Ok(());
        }
        let slot = account.slot_or_new(self.market.market_index)?;
        if slot.position.lots == 0 {
            return Ok(vesting::add(self.market, slot, amount)?);
        }
        let mut detached = self.detach(account)?;
        detached.cash = detached.cash.plus(amount.cash())?;
        Ok(self.attach(account, detached)?)
    }
}
