//! An order: what it fills of the makers passed, and what it asks of the taker.

use super::adequacy::Adequacy;
use super::fees::Backing;
use super::maker::{take_lots, Agreed, Gate, Maker, Take};
use super::offers::{best, why_none, Offer, PassedOver};
use super::order::{Context, Filled, Order, Traded};
use super::taker::{backing, check_market, check_taker, closing, cover_loss, may_take};
use crate::clearing::error::{Error, Result};
use crate::clearing::margin::{spread, touch, value_known};
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::state::AccountBooks;
use crate::units::{Atoms, Cash, Lots};

/// An order while it fills.
struct Run<'r, 'f> {
    order: &'r Order,
    context: &'r Context<'f>,
    /// What the market's reserve was before the order; none where the market does not look ahead.
    reserve: Option<Adequacy>,
    /// What answers for the lots that the order closes, as it stands.
    backing: Backing,
    /// The taker's opening is one: until margin follows it, it would look bankrupt to the makers' gates.
    opening: Take,
    traded: Traded,
    passed: PassedOver,
}

/// Trades: the best offer fills first, and a maker whose quote cannot fill is passed over (N4). `markets` are all of the taker's.
/// A taker's opening needs initial margin over the whole account at fresh marks, and raises no shortfall beyond the reserve; a reduction
/// needs only that health does not fall (A47), and what its losing leg lacks siblings pay (A51).
pub fn trade(
    taker: &mut AccountBooks,
    makers: &mut [Maker<'_>],
    markets: &mut [MarketMut<'_>],
    order: &Order,
    context: &Context<'_>,
) -> Result<Traded> {
    let now = context.now;
    order.check(find(markets, order.market_index)?.market)?;
    let _ = touch(taker, markets, now.slot)?;
    let before = value_known(taker, markets, now)?;
    let backing = backing(taker, markets, (order, &before), now)?;
    let market = find(markets, order.market_index)?;
    let (interest, reserve) = (market.market.open_interest()?, market.as_ref().adequacy(context.fund)?);
    let (opening, traded, passed) = (Take::default(), Traded::default(), PassedOver::default());
    let mut run = Run { order, context, reserve, backing, opening, traded, passed };
    run.fill_all(taker, makers, markets)?;
    run.open(taker, markets)?;
    let _ = spread(taker, markets, now.slot)?;
    let _ = touch(taker, markets, now.slot)?;
    let market = find(markets, order.market_index)?;
    check_market(market.market, taker, interest)?;
    let opened = !run.traded.opened.is_zero();
    if let Some(before) = run.reserve.filter(|_| opened) {
        let after = market.as_ref().adequacy(context.fund)?.unwrap_or_default();
        after.need_no_worse_than(&before)?;
    }
    check_taker(taker, markets, (&before, opened), now)?;
    Ok(run.traded)
}

impl Run<'_, '_> {
    fn left(&self) -> Result<Lots> {
        Ok(self.order.lots.minus(self.traded.fills.lots)?)
    }

    /// Fills until the order is filled, no offer is left, or the taker may not go on. Fails where nothing or too little was filled.
    fn fill_all(
        &mut self,
        taker: &mut AccountBooks,
        makers: &mut [Maker<'_>],
        markets: &mut [MarketMut<'_>],
    ) -> Result<()> {
        let now = self.context.now;
        let mut refusal = None;
        while !self.left()?.is_zero() {
            let market = find(markets, self.order.market_index)?;
            let Some(offer) = best(makers, market.market, self.order, &self.passed, now)? else { break };
            if let Err(gate) = may_take(taker, markets, self.order, now) {
                refusal = Some(gate);
                break;
            }
            let maker = makers.get_mut(offer.maker).ok_or(Error::NoPosition)?;
            if !self.fill_one(taker, maker, markets, &offer)? {
                self.passed.add(&offer);
            }
        }
        if self.traded.fills.lots.is_zero() {
            let market = find(markets, self.order.market_index)?;
            return Err(refusal.unwrap_or_else(|| why_none(makers, market.market, self.order, &self.passed, now)));
        }
        if self.traded.fills.lots < self.order.min_fill {
            return Err(Error::TooLittleFilled);
        }
        Ok(())
    }

    /// One fill, which never goes through zero: an order through zero is a full close and an opening. `false` where the maker's
    /// level is passed over.
    fn fill_one(
        &mut self,
        taker: &mut AccountBooks,
        maker: &mut Maker<'_>,
        markets: &mut [MarketMut<'_>],
        offer: &Offer,
    ) -> Result<bool> {
        let (order, now) = (self.order, self.context.now);
        let closes = closing(taker, order);
        let wanted = self.left()?.least(closes.unwrap_or(Lots(u64::MAX)));
        let gate = Gate { raises_a_side: true, leaves: closes.unwrap_or(Lots::ZERO), now };
        let market = find(markets, order.market_index)?;
        let Some(agreed) = maker.agree(market, offer, wanted, &gate)? else { return Ok(false) };
        if closes.is_some() && !agreed.closes && !self.reserve_allows(taker, market, &agreed)? {
            return Ok(false);
        }
        let fee = market.market.fee_on(agreed.take.value, market.market.params.taker_fee)?;
        let ours = Take { fee, ..agreed.take };
        if closes.is_some() {
            cover_loss(taker, markets, order, &ours, now)?;
        }
        let market = find(markets, order.market_index)?;
        let maker_fee = maker.fill(market, offer, &agreed, now)?;
        let fill = Filled { maker: offer.maker, level: offer.level, lots: ours.lots, price: offer.price };
        self.traded.fills.add(&fill, ours.value, maker_fee)?;
        if closes.is_some() {
            self.close(taker, market, &ours)?;
        } else {
            self.traded.opened = self.traded.opened.plus(ours.lots)?;
            self.opening.join(&ours)?;
        }
        let _ = market.set_rates(now.slot)?;
        Ok(true)
    }

    /// Closes lots of the taker's; the fee takes at most what is left (A50).
    fn close(&mut self, taker: &mut AccountBooks, market: &mut MarketMut<'_>, take: &Take) -> Result<()> {
        let side = self.order.side;
        let worth = market.market.mark.price.value(take.lots)?;
        let gained = Cash(side.signed(worth.minus(take.value.cash())?.0)?);
        let lots = taker.slot(self.order.market_index)?.position.size();
        let of = |lots| market.market.margin_of(lots).map(|margin| margin.maintenance);
        let freed = of(lots)?.beyond(of(lots.minus(take.lots)?)?);
        let left = self.backing.after(gained, freed)?;
        let fee = take.fee.least(self.backing.fee_max(&left)?);
        let paid = take_lots(taker, market, (side, Atoms::ZERO), &Take { fee, ..*take }, self.context.now)?;
        self.traded.taker_fee = self.traded.taker_fee.plus(paid)?;
        self.backing = Backing { worth: left.worth.minus(paid.cash())?, ..left };
        Ok(())
    }

    /// What the order opens, after all makers' gates.
    fn open(&mut self, taker: &mut AccountBooks, markets: &mut [MarketMut<'_>]) -> Result<()> {
        if self.opening.lots.is_zero() {
            return Ok(());
        }
        let market = find(markets, self.order.market_index)?;
        let fee = take_lots(taker, market, (self.order.side, Atoms::ZERO), &self.opening, self.context.now)?;
        // h a lot is what the lots that are there now would leave.
        let _ = market.set_rates(self.context.now.slot)?;
        self.traded.taker_fee = self.traded.taker_fee.plus(fee)?;
        Ok(())
    }

    fn reserve_allows(&self, taker: &AccountBooks, market: &MarketMut<'_>, agreed: &Agreed) -> Result<bool> {
        let Some(before) = self.reserve else { return Ok(true) };
        let view = market.as_ref();
        let own = view.caught_up(taker.slot(self.order.market_index)?)?;
        let rest = own.filled(self.order.side, agreed.take.lots, agreed.take.value.cash())?;
        view.reserve_allows(self.context.fund, &before, (agreed, &own, &rest))
    }
}
