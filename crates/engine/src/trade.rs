//! Trading: a taker against the quotes passed, best price first.

use crate::books::{Books, View};
use crate::error::{Error, Result};
use crate::funding::{self, Fills};
use crate::hand::Hand;
use crate::health::{self, Health};
use crate::provision::Provision;
use crate::state::{AccountBooks, QuoteBooks};
use crate::units::{Atoms, Lots, Now, Price, Side, LOTS_MAX};

/// Makers one trade fills at most.
pub const MAKERS: usize = 4;

/// What the taker wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// `Long` buys.
    pub side: Side,
    /// How much.
    pub lots: Lots,
    /// The worst price accepted.
    pub limit: Price,
    /// Never opens.
    pub reduce_only: bool,
}

/// A maker and his quote.
pub struct Maker<'a> {
    /// His account.
    pub account: &'a mut AccountBooks,
    /// His quote in the market.
    pub quote: &'a mut QuoteBooks,
}

/// What a trade did: `value` is what the taker paid or was paid for `filled`, fees apart.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TradeReport {
    /// Lots filled, those against residue included.
    pub filled: Lots,
    /// Their value.
    pub value: Atoms,
    /// Lots the taker opened.
    pub opened: Lots,
    /// Fee of the taker.
    pub taker_fee: Atoms,
    /// Fees of all makers.
    pub maker_fees: Atoms,
}

/// A maker while the trade runs.
#[derive(Clone, Copy, Default)]
struct Seat {
    hand: Option<Hand>,
    /// Levels that did not fill.
    passed_over: u32,
    live: bool,
}

/// The best offer left.
#[derive(Clone, Copy)]
struct Offer {
    maker: usize,
    level: usize,
    price: Price,
}

struct Run<'r, 'b, 'm> {
    books: &'r mut Books<'b>,
    makers: &'r mut [Maker<'m>],
    seats: [Seat; MAKERS],
    provision: Provision,
    order: Order,
    now: Now,
    report: TradeReport,
    /// What the premium is sampled from.
    fills: Fills,
    /// Why nothing more was filled: the answer where nothing was.
    refusal: Error,
}

/// Trades. `others` are the taker's other markets, read only. The taker is checked over his whole account; a maker at the
/// position alone, because what backs his quote is in it. A reducing order needs no initial margin as long as health does not
/// fall.
pub fn trade(
    taker: &mut AccountBooks,
    books: &mut Books<'_>,
    others: &[View<'_>],
    makers: &mut [Maker<'_>],
    order: Order,
    now: Now,
) -> Result<TradeReport> {
    check_order(&order, books)?;
    let provision = books.begin(now)?;
    taker.slot_or_new(books.market.id)?.lift_bar(now);
    let before = health_before(taker, books, others, &order, now)?;
    let had = books.market.open_interest();
    let mut hand = books.lift(taker)?;
    books.shore_up(taker, &mut hand)?;
    let (seats, report, fills) = ([Seat::default(); MAKERS], TradeReport::default(), Fills::default());
    let mut run = Run { books, makers, seats, provision, order, now, report, fills, refusal: Error::NothingFilled };
    run.check_makers()?;
    run.fill_all(taker, &mut hand)?;
    let fills = run.fills;
    let report = run.finish()?;
    funding::sample(books.market, &fills)?;
    settle_taker(taker, books, &mut hand, &report, now)?;
    books.tidy_residue()?;
    let grew = books.market.open_interest();
    if grew > had && grew > books.market.params.open_interest_max {
        return Err(Error::OpenInterestCap);
    }
    // Through zero is a full close and an opening: what opens needs initial margin, whatever it closed before.
    let before = before.filter(|_| report.opened.is_zero());
    check_taker(taker, books, others, before, now)?;
    taker.release_slot(books.market.id);
    Ok(report)
}

fn check_order(order: &Order, books: &Books<'_>) -> Result<()> {
    if order.lots.is_zero() {
        return Err(Error::ZeroAmount);
    }
    if order.lots.0 > LOTS_MAX || order.lots.0.checked_rem(books.market.params.step.0) != Some(0) {
        return Err(Error::WrongStep);
    }
    Ok(())
}

/// Health before the order, where it may turn out to only reduce.
fn health_before(
    taker: &AccountBooks,
    books: &Books<'_>,
    others: &[View<'_>],
    order: &Order,
    now: Now,
) -> Result<Option<Health>> {
    let position = &taker.slot(books.market.id)?.position;
    let reduces = position.side() == Some(order.side.opposite());
    if !reduces {
        return Ok(None);
    }
    health_of(taker, books, others, now).map(Some)
}

fn health_of(taker: &AccountBooks, books: &Books<'_>, others: &[View<'_>], now: Now) -> Result<Health> {
    let views = others.iter().copied().chain(core::iter::once(books.view()));
    health::of_slot(taker, books.market.id, views, now)
}

fn settle_taker(
    taker: &mut AccountBooks,
    books: &mut Books<'_>,
    hand: &mut Hand,
    report: &TradeReport,
    now: Now,
) -> Result<()> {
    if hand.lots.is_zero() {
        books.release_all(taker, hand, now)?;
    } else if !report.opened.is_zero() {
        books.draw_initial(taker, hand)?;
    }
    books.check_size(hand.lots)?;
    books.place(taker, *hand)
}

fn check_taker(
    taker: &mut AccountBooks,
    books: &Books<'_>,
    others: &[View<'_>],
    before: Option<Health>,
    now: Now,
) -> Result<()> {
    let after = health_of(taker, books, others, now)?;
    if after.is_initial() {
        // Of an isolated position this says nothing about the others.
        if taker.slot(books.market.id)?.position.isolated == 0 {
            taker.checked_until = now.slot.saturating_add(books.market.params.check_slots);
        }
        return Ok(());
    }
    match before {
        Some(before) if after.not_below(&before)? => Ok(()),
        Some(_) => Err(Error::HealthFalls),
        None => Err(Error::InsufficientMargin),
    }
}

impl Run<'_, '_, '_> {
    /// Makers are passed in the order of their best price; dead quotes are refused, so that a client learns of them.
    fn check_makers(&mut self) -> Result<()> {
        let maker_side = self.order.side.opposite();
        let mut last = None;
        for (maker, seat) in self.makers.iter().zip(&mut self.seats) {
            if !maker.quote.is_live(maker.account, self.now) {
                return Err(Error::QuoteNotLive);
            }
            seat.live = true;
            let offers = maker.quote.side(maker_side).iter().filter(|level| !level.size.is_zero());
            let prices = offers.filter_map(|level| level.price_at(&self.books.market.mark, maker_side));
            let best = match self.order.side {
                Side::Long => prices.min(),
                Side::Short => prices.max(),
            };
            let Some(best) = best else { return Err(Error::QuoteNotLive) };
            if last.is_some_and(|last| better(self.order.side, best, last)) {
                return Err(Error::QuotesOutOfOrder);
            }
            last = Some(best);
        }
        Ok(())
    }

    fn fill_all(&mut self, taker: &mut AccountBooks, hand: &mut Hand) -> Result<()> {
        if !hand.opens(self.order.side) && !better(self.order.side, self.order.limit, self.books.market.mark.price) {
            let closed = self.books.close_against_residue(hand, self.order.lots)?;
            self.report.value = self.books.market.mark.price.value_floor(closed)?;
            self.report.filled = closed;
        }
        while self.report.filled < self.order.lots {
            let Some(offer) = self.best_offer()? else {
                self.refusal = if self.is_offered() { Error::PriceOutOfBand } else { Error::NothingFilled };
                break;
            };
            if better(self.order.side, self.order.limit, offer.price) {
                self.refusal = Error::LimitNotReached;
                break;
            }
            if hand.lots.is_zero() && !self.report.filled.is_zero() {
                self.books.release_all(taker, hand, self.now)?;
            }
            let opens = hand.opens(self.order.side);
            if opens && (self.order.reduce_only || !self.opening_allowed(taker)?) {
                break;
            }
            let wanted = self.order.lots.minus(self.report.filled)?;
            let wanted = hand.fillable(self.order.side, wanted);
            self.fill_one(taker, hand, offer, wanted)?;
        }
        Ok(())
    }

    /// Whether the taker may open; after some of the order has filled, a refusal ends it instead of failing it.
    fn opening_allowed(&self, taker: &AccountBooks) -> Result<bool> {
        match self.books.may_open(taker, &self.provision, self.order.side, self.now) {
            Ok(()) => Ok(true),
            Err(_) if !self.report.filled.is_zero() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The best offer not passed over that stands on its own side of the mark and within the band.
    fn best_offer(&self) -> Result<Option<Offer>> {
        let maker_side = self.order.side.opposite();
        let mark = &self.books.market.mark;
        let edge = mark.price.moved(maker_side.opposite(), self.books.market.params.band)?;
        let mut best: Option<Offer> = None;
        for (at, (maker, seat)) in self.makers.iter().zip(&self.seats).enumerate() {
            for (level, offer) in maker.quote.side(maker_side).iter().enumerate() {
                let passed = (seat.passed_over >> level) & 1 == 1;
                if !seat.live || passed || offer.size.is_zero() {
                    continue;
                }
                let Some(price) = offer.price_at(mark, maker_side) else { continue };
                let behind = !better(self.order.side, price, mark.price);
                let inside = !better(self.order.side, edge, price);
                let leads = best.is_none_or(|best| better(self.order.side, price, best.price));
                if behind && inside && leads {
                    best = Some(Offer { maker: at, level, price });
                }
            }
        }
        Ok(best)
    }

    /// Whether a level is left that nobody passed over: then what is offered stands through the mark or outside the band.
    fn is_offered(&self) -> bool {
        let maker_side = self.order.side.opposite();
        self.makers.iter().zip(&self.seats).any(|(maker, seat)| {
            let mut levels = maker.quote.side(maker_side).iter().enumerate();
            levels.any(|(level, offer)| (seat.passed_over >> level) & 1 == 0 && !offer.size.is_zero())
        })
    }

    fn fill_one(&mut self, taker: &mut AccountBooks, hand: &mut Hand, offer: Offer, wanted: Lots) -> Result<()> {
        let direction = self.order.side.opposite();
        let seat = self.seats.get_mut(offer.maker).ok_or(Error::QuoteNotLive)?;
        let maker = self.makers.get_mut(offer.maker).ok_or(Error::QuoteNotLive)?;
        maker.account.slot_or_new(self.books.market.id)?;
        let mut theirs = match seat.hand {
            Some(held) => held,
            None => {
                let mut lifted = self.books.lift(maker.account)?;
                self.books.shore_up(maker.account, &mut lifted)?;
                lifted
            }
        };
        seat.hand = Some(theirs);
        let level = maker.quote.side_mut(direction).get_mut(offer.level).ok_or(Error::QuoteNotLive)?;
        let lots = theirs.fillable(direction, wanted.least(level.size));
        // Rounded once, against the taker, and the same number for both.
        let value = match self.order.side {
            Side::Long => offer.price.value_ceil(lots)?,
            Side::Short => offer.price.value_floor(lots)?,
        };
        let opens = theirs.opens(direction);
        theirs.fill(direction, lots, value)?;
        let maker_fee = self.books.fee_on(value, self.books.market.params.maker_fee)?;
        let mut paid = theirs;
        paid.add(i128::from(maker_fee.beyond(maker.account.free).0).wrapping_neg())?;
        // Where a position leaves whole, whoever takes it over may hold dust: there is no more of it than before.
        let leaves = !hand.opens(self.order.side) && lots == hand.lots;
        let no_dust = leaves || self.books.check_size(theirs.lots).is_ok();
        if !no_dust || !maker_takes(self.books, maker.account, &paid, opens, (&self.provision, direction, self.now))? {
            seat.passed_over |= 1u32.wrapping_shl(u32::try_from(offer.level).unwrap_or(0));
            return Ok(());
        }
        level.size = level.size.minus(lots)?;
        self.books.charge_fee(maker.account, &mut theirs, maker_fee)?;
        seat.hand = Some(theirs);
        self.fills.add(self.books.market, lots, offer.price)?;
        self.fill_taker(taker, hand, (lots, value))?;
        self.report.maker_fees = self.report.maker_fees.plus(maker_fee)?;
        Ok(())
    }

    fn fill_taker(&mut self, taker: &mut AccountBooks, hand: &mut Hand, fill: (Lots, Atoms)) -> Result<()> {
        let (lots, value) = fill;
        if hand.opens(self.order.side) {
            self.report.opened = self.report.opened.plus(lots)?;
        }
        hand.fill(self.order.side, lots, value)?;
        let fee = self.books.fee_on(value, self.books.market.params.taker_fee)?;
        self.books.charge_fee(taker, hand, fee)?;
        self.report.taker_fee = self.report.taker_fee.plus(fee)?;
        self.report.filled = self.report.filled.plus(lots)?;
        self.report.value = self.report.value.plus(value)?;
        Ok(())
    }

    /// Puts the makers back. Fails where nothing was filled.
    fn finish(mut self) -> Result<TradeReport> {
        if self.report.filled.is_zero() {
            return Err(self.refusal);
        }
        for (maker, seat) in self.makers.iter_mut().zip(&mut self.seats) {
            if let Some(hand) = seat.hand.take() {
                self.books.place(maker.account, hand)?;
            }
        }
        Ok(self.report)
    }
}

/// Whether a maker takes a fill, his fee paid: an opening needs the position's own initial margin, from its spare and released cash only;
/// a reduction never leaves him owing.
fn maker_takes(
    books: &Books<'_>,
    account: &AccountBooks,
    after: &Hand,
    opens: bool,
    gate: (&Provision, Side, Now),
) -> Result<bool> {
    if !opens {
        return Ok(!after.lots.is_zero() || after.cash >= 0);
    }
    let (provision, direction, now) = gate;
    if books.may_open(account, provision, direction, now).is_err() {
        return Ok(false);
    }
    Ok(books.standing_in_hand(account, after)?.is_initial())
}

/// Whether price `a` is better for a taker of a side than `b`.
fn better(taker: Side, a: Price, b: Price) -> bool {
    match taker {
        Side::Long => a < b,
        Side::Short => a > b,
    }
}
