//! An order: what it fills of the makers passed, and what it asks of the taker.

use super::maker::{take_lots, Maker, Take};
use super::offers::{best, Offer, PassedOver};
use crate::clearing::error::{Error, Result};
use crate::clearing::margin::{draw_into, spread, touch, value, AccountValuation};
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::state::{AccountBooks, MarketBooks};
use crate::units::{Atoms, Cash, Lots, Now, Price, Side, LOTS_MAX};

/// Fills one trade makes at most: every level of four makers.
pub const FILLS: usize = 16;

/// What the taker wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The market.
    pub market_index: u64,
    /// `Long` buys.
    pub side: Side,
    /// How much.
    pub lots: Lots,
    /// The worst price accepted.
    pub limit: Price,
    /// Never opens.
    pub reduce_only: bool,
    /// Where less fills the whole order is refused; zero: any fill will do.
    pub min_fill: Lots,
}

/// One fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Which of the makers passed.
    pub maker: usize,
    /// How many lots.
    pub lots: Lots,
    /// At which price.
    pub price: Price,
}

/// What an order did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traded {
    /// Lots filled.
    pub filled: Lots,
    /// Their value: the same number for both parties.
    pub value: Atoms,
    /// Lots the taker opened.
    pub opened: Lots,
    /// Fee of the taker.
    pub taker_fee: Atoms,
    /// Fees of all makers.
    pub maker_fees: Atoms,
    /// Each fill, in the order it came about.
    pub fills: [Filled; FILLS],
    /// How many of them.
    pub count: usize,
}

/// Trades: the best offer fills first, and a maker whose quote cannot fill is passed over (N4). `markets` are all of the taker's.
/// A taker's opening needs initial margin over the whole account; a reduction only that health does not fall (A47), and what its
/// losing leg lacks siblings pay (A51).
pub fn trade(
    taker: &mut AccountBooks,
    makers: &mut [Maker<'_>],
    markets: &mut [MarketMut<'_>],
    order: &Order,
    now: Now,
) -> Result<Traded> {
    check(order, find(markets, order.market_index)?.market)?;
    let _ = touch(taker, markets, now.slot)?;
    let before = value(taker, markets, now)?;
    let interest = find(markets, order.market_index)?.market.open_interest()?;
    let (mut traded, mut passed) = (Traded::default(), PassedOver::default());
    // The taker's opening is one: until his margin follows it, it would look bankrupt to the makers' gates.
    let mut opening = Take::default();
    let mut refusal = Error::Engine(crate::Error::NothingFilled);
    while traded.filled < order.lots && traded.count < FILLS {
        let offer = best(makers, find(markets, order.market_index)?.market, order, &passed, now)?;
        let Some(offer) = offer else { break };
        let wanted = closable(taker, order, order.lots.minus(traded.filled)?);
        if let Err(gate) = may_take(taker, markets, order, now) {
            refusal = gate;
            break;
        }
        if !fill_one(taker, makers, markets, (order, &offer, wanted), (&mut traded, &mut opening), now)? {
            passed.add(&offer);
        }
    }
    if !opening.lots.is_zero() {
        let market = find(markets, order.market_index)?;
        let fee = take_lots(taker, market, order.side, &opening, now)?;
        traded.taker_fee = traded.taker_fee.plus(fee)?;
    }
    if traded.filled.is_zero() {
        return Err(refusal);
    }
    if traded.filled < order.min_fill {
        return Err(Error::TooLittleFilled);
    }
    let _ = spread(taker, markets, now.slot)?;
    let _ = touch(taker, markets, now.slot)?;
    check_market(find(markets, order.market_index)?.market, taker, interest)?;
    check_taker(taker, markets, (&before, &traded), now)?;
    Ok(traded)
}

fn check(order: &Order, market: &MarketBooks) -> Result<()> {
    if !market.is_usable() {
        return Err(Error::NoUsableMark);
    }
    if order.lots.is_zero() {
        return Err(crate::Error::ZeroAmount.into());
    }
    if order.lots.0 > LOTS_MAX || order.lots.0.checked_rem(market.params.step.0.max(1)) != Some(0) {
        return Err(crate::Error::WrongStep.into());
    }
    Ok(())
}

/// Whether the order now closes lots of the taker's.
fn closes(taker: &AccountBooks, order: &Order) -> bool {
    let held = taker.slot(order.market_index).ok().and_then(|slot| slot.position.side());
    held == Some(order.side.opposite())
}

/// A fill never goes through zero: an order through zero is a full close and an opening.
fn closable(taker: &AccountBooks, order: &Order, wanted: Lots) -> Lots {
    match taker.slot(order.market_index) {
        Ok(slot) if closes(taker, order) => wanted.least(slot.position.size()),
        _ => wanted,
    }
}

/// What an opening asks; closing asks nothing.
fn may_take(taker: &AccountBooks, markets: &mut [MarketMut<'_>], order: &Order, now: Now) -> Result<()> {
    if closes(taker, order) {
        return Ok(());
    }
    if order.reduce_only {
        return Err(Error::NoPosition);
    }
    let market = find(markets, order.market_index)?;
    if market.market.is_settled() {
        return Err(Error::Settled);
    }
    if taker.slot(order.market_index).is_ok_and(|slot| slot.position.isolated != 0) {
        return Err(Error::Isolated);
    }
    market.may_open(order.side, true, now.slot)
}

/// One fill; `false` where the maker's level is passed over.
fn fill_one(
    taker: &mut AccountBooks,
    makers: &mut [Maker<'_>],
    markets: &mut [MarketMut<'_>],
    (order, offer, wanted): (&Order, &Offer, Lots),
    (traded, opening): (&mut Traded, &mut Take),
    now: Now,
) -> Result<bool> {
    let maker = makers.get_mut(offer.maker).ok_or(Error::NoPosition)?;
    let direction = order.side.opposite();
    let market = find(markets, order.market_index)?;
    if let Ok(slot) = maker.account.slot(order.market_index) {
        if !market.as_ref().has_pages_of(slot)? {
            return Ok(false);
        }
        market.bring_up(maker.account)?;
    }
    let lots = maker.fillable(order.market_index, direction, offer, wanted);
    // Rounded once, against the taker, and the same number for both.
    let value = match order.side {
        Side::Long => offer.price.value_ceil(lots)?,
        Side::Short => offer.price.value_floor(lots)?,
    };
    let params = &market.market.params;
    let (maker_fee, taker_fee) = (params.maker_fee, params.taker_fee);
    let theirs = Take { lots, value, fee: market.market.fee_on(value, maker_fee)? };
    if !maker.will_fill(market, direction, &theirs, now)? {
        return Ok(false);
    }
    let opens = !closes(taker, order);
    let ours = Take { fee: market.market.fee_on(value, taker_fee)?, ..theirs };
    cover_loss(taker, markets, order, &ours, now)?;
    let market = find(markets, order.market_index)?;
    let maker_fee = maker.fill(market, direction, offer, &theirs, now)?;
    traded.maker_fees = traded.maker_fees.plus(maker_fee)?;
    traded.note(&Filled { maker: offer.maker, lots, price: offer.price }, value, opens)?;
    if opens {
        opening.join(&ours)?;
    } else {
        let fee = take_lots(taker, market, order.side, &ours, now)?;
        traded.taker_fee = traded.taker_fee.plus(fee)?;
    }
    let _ = market.set_rates(now.slot)?;
    Ok(true)
}

/// What closing at a price takes beyond the position's equity the account's siblings pay (A51).
fn cover_loss(
    taker: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    order: &Order,
    take: &Take,
    now: Now,
) -> Result<()> {
    if !closes(taker, order) {
        return Ok(());
    }
    let slot = *taker.slot(order.market_index)?;
    let market = find(markets, order.market_index)?.as_ref();
    let position = market.caught_up(&slot)?;
    let worth = Cash(order.side.signed(market.market.mark.price.value(take.lots)?.0)?);
    let paid = Cash(order.side.signed(take.value.cash().0)?);
    let lack = market.equity(&position)?.plus(worth)?.minus(paid)?.debt_ceil()?;
    if !lack.is_zero() && slot.position.isolated == 0 {
        let _ = draw_into(taker, markets, (order.market_index, lack), now.slot)?;
    }
    Ok(())
}

impl Traded {
    fn note(&mut self, fill: &Filled, value: Atoms, opens: bool) -> Result<()> {
        if let Some(seat) = self.fills.get_mut(self.count) {
            *seat = *fill;
            self.count = self.count.wrapping_add(1);
        }
        self.filled = self.filled.plus(fill.lots)?;
        self.value = self.value.plus(value)?;
        if opens {
            self.opened = self.opened.plus(fill.lots)?;
        }
        Ok(())
    }
}

/// No dust, and open interest within its cap where it grew.
fn check_market(market: &MarketBooks, taker: &AccountBooks, before: Lots) -> Result<()> {
    let size = taker.slot(market.market_index).map_or(Lots::ZERO, |slot| slot.position.size());
    if !size.is_zero() && size < market.params.position_min {
        return Err(crate::Error::DustPosition.into());
    }
    let interest = market.open_interest()?;
    if interest > before && interest > market.params.open_interest_max {
        return Err(crate::Error::OpenInterestCap.into());
    }
    Ok(())
}

/// The whole account after the order: initial margin where it opened, else health must not have fallen.
fn check_taker(
    taker: &mut AccountBooks,
    markets: &[MarketMut<'_>],
    (before, traded): (&AccountValuation, &Traded),
    now: Now,
) -> Result<()> {
    let after = value(taker, markets, now)?;
    if after.initial_surplus()?.0 >= 0 {
        let live = markets.iter().map(|market| market.market.params.check_slots).min().unwrap_or(0);
        taker.checked_until = now.slot.saturating_add(live);
        return Ok(());
    }
    if !traded.opened.is_zero() {
        return Err(Error::InsufficientMargin);
    }
    if after.is_not_below(before)? {
        Ok(())
    } else {
        Err(Error::HealthFalls)
    }
}
