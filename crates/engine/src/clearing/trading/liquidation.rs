//! Tier 1 into standing quotes: a keeper passes makers and needs no position of its own. The victim's lots are sold to the best of
//! their quotes, at the quote's price, which is no worse for the victim than the auction's. Who may be liquidated, how much of it and
//! at which discount and penalty is tier 1's; what a maker is asked is a fill's, but that lots only change hands.

use super::adequacy::Adequacy;
use super::maker::{Agreed, Gate, Maker};
use super::offers::{best, why_none, Offer, PassedOver};
use super::order::{Context, Filled, Fills, Order};
use crate::clearing::error::{Error, Result};
use crate::clearing::margin::{need_fresh, touch};
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::state::AccountBooks;
use crate::clearing::waterfall::{find_victim, observe, take_observer, Victim};
use crate::units::{Atoms, Bps, Cash, Lots, Price};

/// What a liquidation into quotes did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "a report is read once, and there is no heap to put its fills on")]
pub enum Sold {
    /// Too early: the state is observed. Come back at this slot.
    Observed(u64),
    /// Lots changed hands.
    Done {
        /// Each fill.
        fills: Fills,
        /// The auction's discount: the fills' was at most as much.
        discount: Bps,
        /// What the victim paid of it.
        paid: Atoms,
        /// What went to insurance.
        penalty: Atoms,
        /// Who is paid for the first observation, on these lots; 0: no account.
        observer: u64,
    },
}

/// A sale while it fills.
struct Sale<'s, 'f> {
    victim: &'s Victim,
    context: &'s Context<'f>,
    order: Order,
    discount: Bps,
    /// What the market's reserve was before the sale.
    reserve: Option<Adequacy>,
    passed: PassedOver,
    fills: Fills,
    paid: Atoms,
    penalty: Atoms,
}

/// Sells at most `wanted` lots of the victim's position to the makers' quotes. `markets` are all of the victim's, and the quotes'.
/// Fails with `Settled`, `NotInDistress`, `Bankrupt`, `UnderWater`, `MarkTooOld`, `NothingToTake`, and as an order does where nothing is filled.
pub fn liquidate_into_quotes(
    account: &mut AccountBooks,
    makers: &mut [Maker<'_>],
    markets: &mut [MarketMut<'_>],
    (market_index, wanted): (u64, Lots),
    context: &Context<'_>,
) -> Result<Sold> {
    let now = context.now;
    let market = &*find(markets, market_index)?.market;
    if !market.is_usable() {
        return Err(Error::NoUsableMark);
    }
    if market.is_settled() {
        return Err(Error::Settled);
    }
    let _ = touch(account, markets, now.slot)?;
    let _ = observe(account, markets, now)?;
    let victim = match find_victim(account, markets, market_index, now)? {
        Ok(found) => found,
        Err(due) => return Ok(Sold::Observed(due)),
    };
    need_fresh(account, markets, now)?;
    let market = find(markets, market_index)?;
    market.market.need_fresh(now)?;
    let mut sale = Sale::begin(&victim, account, (market, wanted), context)?;
    while sale.fills.lots < sale.order.lots {
        let Some(offer) = best(makers, market.market, &sale.order, &sale.passed, now)? else { break };
        let maker = makers.get_mut(offer.maker).ok_or(Error::NoPosition)?;
        if !sale.fill_one(account, maker, market, &offer)? {
            sale.passed.add(&offer);
        }
    }
    if sale.fills.lots.is_zero() {
        return Err(why_none(makers, market.market, &sale.order, &sale.passed, now));
    }
    let Sale { fills, discount, paid, penalty, .. } = sale;
    market.market.stats.partial_liquidations = market.market.stats.partial_liquidations.saturating_add(1);
    let observer = take_observer(account, market_index, false);
    let _ = touch(account, markets, now.slot)?;
    let _ = observe(account, markets, now)?;
    Ok(Sold::Done { fills, discount, paid, penalty, observer })
}

impl<'s, 'f> Sale<'s, 'f> {
    /// What may be sold now, and how far from the mark.
    fn begin(
        victim: &'s Victim,
        account: &AccountBooks,
        (market, wanted): (&MarketMut<'_>, Lots),
        context: &'s Context<'f>,
    ) -> Result<Sale<'s, 'f>> {
        let books = &*market.market;
        victim.need_solvent()?;
        let (lots, discount) = books.auction_terms(victim, (account, wanted), context.now)?;
        let side = victim.side.opposite();
        // Rounded toward the mark: never worse for the victim than the auction.
        let limit: Price = books.mark.price.moved(side, discount)?;
        let market_index = books.market_index;
        let order = Order { market_index, side, lots, limit, reduce_only: true, min_fill: Lots::ZERO };
        Ok(Sale {
            victim,
            context,
            order,
            discount,
            reserve: market.as_ref().adequacy(context.fund)?,
            passed: PassedOver::default(),
            fills: Fills::default(),
            paid: Atoms::ZERO,
            penalty: Atoms::ZERO,
        })
    }

    /// Lots of the position that are not sold yet.
    fn left(&self) -> Result<Lots> {
        Ok(self.victim.position.lots.minus(self.fills.lots)?)
    }

    /// One fill; `false` where the maker's level is passed over.
    fn fill_one(
        &mut self,
        account: &mut AccountBooks,
        maker: &mut Maker<'_>,
        market: &mut MarketMut<'_>,
        offer: &Offer,
    ) -> Result<bool> {
        let Some(agreed) = self.agree(maker, market, offer)? else { return Ok(false) };
        let Some((paid, penalty)) = self.cost(market, &agreed)? else { return Ok(false) };
        let view = market.as_ref();
        let own = view.caught_up(account.slot(self.order.market_index)?)?;
        if let Some(before) = self.reserve.filter(|_| !agreed.closes) {
            let rest = own.filled(self.order.side, agreed.take.lots, agreed.take.value.cash())?;
            if !view.reserve_allows(self.context.fund, &before, (&agreed, &own, &rest))? {
                return Ok(false);
            }
        }
        // What closes the maker's own lots leaves h on both sides.
        let h = if agreed.closes { market.market.side(self.victim.side).event.rate.get() } else { 0 };
        let _ = maker.fill(market, offer, &agreed, self.context.now)?;
        market.sell_lots(account, (&agreed, penalty), h)?;
        let lots = agreed.take.lots;
        market.take_of_slice(account, (self.victim, lots), self.context.now)?;
        let fill = Filled { maker: offer.maker, level: offer.level, lots, price: offer.price };
        self.fills.add(&fill, agreed.take.value, Atoms::ZERO)?;
        self.paid = self.paid.plus(paid)?;
        self.penalty = self.penalty.plus(penalty)?;
        let _ = market.set_rates(self.context.now.slot)?;
        Ok(true)
    }

    /// What a level fills, of which it leaves no dust: the position closes whole, or keeps its smallest size.
    fn agree(&self, maker: &mut Maker<'_>, market: &mut MarketMut<'_>, offer: &Offer) -> Result<Option<Agreed>> {
        let left = self.left()?;
        let gate = Gate { raises_a_side: false, leaves: left, now: self.context.now };
        let wanted = self.order.lots.minus(self.fills.lots)?;
        let agreed = maker.agree(market, offer, wanted, &gate)?;
        let least = market.market.params.position_min;
        let leaves_dust =
            |agreed: &Agreed| agreed.take.lots < left && left.0.saturating_sub(agreed.take.lots.0) < least.0;
        if !agreed.as_ref().is_some_and(leaves_dust) {
            return Ok(agreed);
        }
        maker.agree(market, offer, Lots(left.0.saturating_sub(least.0)), &gate)
    }

    /// What the quote's price costs the victim beyond the mark, and its penalty: together at most its worth's share of the lots and
    /// what its position has left, so that health never falls (I8); `None` where the price alone is more.
    fn cost(&self, market: &MarketMut<'_>, agreed: &Agreed) -> Result<Option<(Atoms, Atoms)>> {
        let mark = market.market.mark.price;
        let lots = agreed.take.lots;
        let beyond = mark.value(lots)?.minus(agreed.take.value.cash())?;
        let paid = Cash(self.victim.side.signed(beyond.0)?).gain_floor()?;
        let spent = self.paid.plus(self.penalty)?;
        let rest = Victim { equity: self.victim.equity.minus(spent.cash())?, ..*self.victim };
        let value = mark.value_floor(lots)?;
        let able = rest.able(value)?;
        if paid > able {
            return Ok(None);
        }
        let penalty = market.market.penalty_on(self.victim, value)?.least(able.minus(paid)?);
        Ok(Some((paid, penalty)))
    }
}

impl MarketMut<'_> {
    /// Lots leave the victim at a fill's value, the penalty paid.
    fn sell_lots(&mut self, account: &mut AccountBooks, (agreed, penalty): (&Agreed, Atoms), h: u128) -> Result<()> {
        self.pay_penalty(account, penalty)?;
        let mut detached = self.detach(account)?;
        self.close_lots(account, &mut detached, (agreed.take.lots, agreed.take.value.cash()), h)?;
        Ok(self.settle(account, detached)?)
    }
}
