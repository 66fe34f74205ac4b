//! Filling an order: the best offer left, level by level, until the order is filled or nothing more fits.

use super::fills::Fill;
use super::offers::{in_band, Offer, Standing};
use super::{Maker, Markets, Order, TradeReport, MAKERS};
use crate::books::Books;
use crate::error::{Error, Result};
use crate::hand::Hand;
use crate::provision::Provision;
use crate::reduce::{self, Reduction};
use crate::state::AccountBooks;
use crate::units::{Atoms, Lots, Now, Side};

/// A maker while the trade runs.
#[derive(Clone, Copy, Default)]
struct Seat {
    hand: Option<Hand>,
    standing: Standing,
}

/// An order while it fills.
pub(super) struct Run<'r, 'm, 'b, 'a> {
    markets: &'r mut Markets<'m, 'b>,
    makers: &'r mut [Maker<'a>],
    seats: [Seat; MAKERS],
    provision: Provision,
    /// What stood before, where the order may turn out to only reduce.
    reduction: Option<Reduction>,
    order: Order,
    now: Now,
    report: &'r mut TradeReport,
    /// Why nothing more was filled: the answer where nothing was.
    refusal: Error,
}

impl<'r, 'm, 'b, 'a> Run<'r, 'm, 'b, 'a> {
    /// Nothing has filled yet.
    pub fn new(
        markets: &'r mut Markets<'m, 'b>,
        makers: &'r mut [Maker<'a>],
        report: &'r mut TradeReport,
        found: (Provision, Option<Reduction>),
        asked: (Order, Now),
    ) -> Run<'r, 'm, 'b, 'a> {
        let ((provision, reduction), (order, now)) = (found, asked);
        let mut seats = [Seat::default(); MAKERS];
        let mark = &markets.traded.market.mark;
        for (maker, seat) in makers.iter().zip(&mut seats) {
            seat.standing.live = maker.quote.is_live(maker.account, now);
            seat.standing.pegs = maker.quote.pegs_to(mark, now);
        }
        // Only where all that were passed are dead: one that is not has an answer of its own.
        let dead = !makers.is_empty() && !seats.iter().any(|seat| seat.standing.live);
        let refusal = if dead { Error::QuoteNotLive } else { Error::NothingFilled };
        Run { markets, makers, seats, provision, reduction, order, now, report, refusal }
    }
}

impl Run<'_, '_, '_, '_> {
    #[inline(never)]
    pub fn fill_all(&mut self, taker: &mut AccountBooks, hand: &mut Hand) -> Result<()> {
        if !hand.opens(self.order.side)
            && !self.order.side.prefers(self.order.limit, self.markets.traded.market.mark.price)
        {
            let closed = self.markets.traded.close_against_residue(hand, self.order.lots)?;
            let mark = self.markets.traded.market.mark.price;
            self.report.value = mark.value_floor(closed)?;
            self.report.filled = closed;
            if !closed.is_zero() {
                self.report.fills.add(Fill { maker: None, lots: closed, price: mark })?;
            }
        }
        while self.report.filled < self.order.lots {
            let Some(offer) = self.best_offer()? else {
                self.refusal = self.nothing_left();
                break;
            };
            if self.order.side.prefers(self.order.limit, offer.price) {
                self.refusal = Error::LimitNotReached;
                break;
            }
            let opens = hand.opens(self.order.side);
            if opens && (self.order.reduce_only || !self.opening_allowed(taker)?) {
                break;
            }
            if hand.lots.is_zero() && self.report.opened.is_zero() {
                self.close_before_opening(taker, hand)?;
            }
            let wanted = self.order.lots.minus(self.report.filled)?;
            let wanted = hand.fillable(self.order.side, wanted);
            self.fill_one(hand, offer, wanted)?;
        }
        Ok(())
    }

    /// Whether the taker may open; after some of the order has filled, a refusal ends it instead of failing it.
    fn opening_allowed(&self, taker: &AccountBooks) -> Result<bool> {
        match self.markets.traded.may_open(taker, &self.provision, self.order.side, self.now) {
            Ok(()) => Ok(true),
            Err(_) if !self.report.filled.is_zero() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The best offer left that stands on its own side of the mark and within the band.
    #[inline(never)]
    fn best_offer(&self) -> Result<Option<Offer>> {
        let (taker, makers_side) = (self.order.side, self.order.side.opposite());
        let market = &*self.markets.traded.market;
        let edge = market.mark.price.moved(taker, market.params.band)?;
        let mut best: Option<Offer> = None;
        for ((at, maker), seat) in (0u8..).zip(self.makers.iter()).zip(&self.seats) {
            for (level, offered) in seat.standing.left(maker.quote.side(makers_side)) {
                let Some(price) = offered.price_at(&market.mark, makers_side) else { continue };
                if in_band(taker, price, market.mark.price, edge) {
                    let offer = Offer { maker: at, level, price };
                    best = Some(best.map_or(offer, |best| best.or_better(offer, taker)));
                }
            }
        }
        Ok(best)
    }

    /// Why no offer is left. A level that is stands through the mark or outside the band; one that waits for a newer mark
    /// fills after a refresh.
    fn nothing_left(&self) -> Error {
        let side = self.order.side.opposite();
        let mut seats =
            self.makers.iter().zip(&self.seats).map(|(maker, seat)| (maker.quote.side(side), seat.standing));
        if seats.clone().any(|(levels, standing)| standing.left(levels).next().is_some()) {
            Error::PriceOutOfBand
        } else if seats.any(|(levels, standing)| standing.waits_for_mark(levels)) {
            Error::StaleMark
        } else {
            self.refusal
        }
    }

    /// An order through zero leaves nothing of the position it closed: what is left is released before it opens.
    #[inline(never)]
    fn close_before_opening(&mut self, taker: &mut AccountBooks, hand: &mut Hand) -> Result<()> {
        let Some(Reduction { before, .. }) = self.reduction else { return Ok(()) };
        let Markets { traded, siblings, .. } = &mut *self.markets;
        reduce::close(taker, (traded, siblings), hand, (Atoms::ZERO, &before), self.now).map(drop)
    }

    #[inline(never)]
    fn fill_one(&mut self, hand: &mut Hand, offer: Offer, wanted: Lots) -> Result<()> {
        let direction = self.order.side.opposite();
        let books = &mut *self.markets.traded;
        let seat = self.seats.get_mut(usize::from(offer.maker)).ok_or(Error::QuoteNotLive)?;
        let maker = self.makers.get_mut(usize::from(offer.maker)).ok_or(Error::QuoteNotLive)?;
        maker.account.slot_or_new(books.market.id)?;
        let before = match seat.hand {
            Some(held) => held,
            None => {
                let mut lifted = books.lift(maker.account)?;
                books.shore_up(maker.account, &mut lifted)?;
                lifted
            }
        };
        seat.hand = Some(before);
        let reduces_only = maker.quote.reduce_only != 0;
        let level = maker.quote.side_mut(direction).get_mut(offer.level).ok_or(Error::QuoteNotLive)?;
        let lots = before.fillable(direction, wanted.least(level.size));
        // Rounded once, against the taker, and the same number for both.
        let value = match self.order.side {
            Side::Long => offer.price.value_ceil(lots)?,
            Side::Short => offer.price.value_floor(lots)?,
        };
        let mut after = before;
        after.fill(direction, lots, value)?;
        let fee = maker_fee(books, maker.account, (&before, &after), (direction, value))?;
        // Where a position leaves whole, whoever takes it over may hold dust: there is no more of it than before.
        let leaves = !hand.opens(self.order.side) && lots == hand.lots;
        let no_dust = leaves || books.check_size(after.lots).is_ok();
        let opens = before.opens(direction);
        let gate = (&self.provision, direction, self.now);
        if !no_dust || (opens && reduces_only) || !maker_takes(books, maker.account, (&after, fee), opens, gate)? {
            seat.standing.pass_over(offer.level);
            return Ok(());
        }
        level.size = level.size.minus(lots)?;
        books.charge_fee(maker.account, &mut after, fee)?;
        seat.hand = Some(after);
        self.report.maker_fees = self.report.maker_fees.plus(fee)?;
        self.report.fills.add(Fill { maker: Some(offer.maker), lots, price: offer.price })?;
        self.fill_taker(hand, (lots, value))
    }

    /// The taker's fee is charged once the order is filled: what a reduction can pay is known only then.
    fn fill_taker(&mut self, hand: &mut Hand, fill: (Lots, Atoms)) -> Result<()> {
        let (lots, value) = fill;
        if hand.opens(self.order.side) {
            self.report.opened = self.report.opened.plus(lots)?;
        }
        hand.fill(self.order.side, lots, value)?;
        let fee = self.markets.traded.fee_on(value, self.markets.traded.market.params.taker_fee)?;
        self.report.taker_fee = self.report.taker_fee.plus(fee)?;
        self.report.filled = self.report.filled.plus(lots)?;
        self.report.value = self.report.value.plus(value)?;
        Ok(())
    }

    /// Puts the makers back. Fails where nothing was filled, or less than the taker asks for.
    #[inline(never)]
    pub fn finish(mut self) -> Result<()> {
        if self.report.filled.is_zero() {
            return Err(self.refusal);
        }
        if self.report.filled < self.order.min_fill {
            return Err(Error::MinFillNotReached);
        }
        for (maker, seat) in self.makers.iter_mut().zip(&mut self.seats) {
            if let Some(hand) = seat.hand.take() {
                self.markets.traded.place(maker.account, hand)?;
            }
        }
        Ok(())
    }
}

/// A maker's fee on a fill: of what he reduces at most what is left (A50), judged by the position and what is free.
fn maker_fee(
    books: &Books<'_>,
    account: &AccountBooks,
    (before, after): (&Hand, &Hand),
    (direction, value): (Side, Atoms),
) -> Result<Atoms> {
    let fee = books.fee_on(value, books.market.params.maker_fee)?;
    if before.opens(direction) {
        return Ok(fee);
    }
    let reduction = Reduction::of_maker(books, account, before)?;
    Ok(fee.least(reduction.fee_max(books, account, after)?))
}

/// Whether a maker takes a fill, his fee paid: an opening needs the position's own initial margin, from its spare and released cash only;
/// a reduction never leaves him owing.
fn maker_takes(
    books: &Books<'_>,
    account: &AccountBooks,
    (after, fee): (&Hand, Atoms),
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
    let mut paid = *after;
    paid.add(i128::from(fee.beyond(account.free).0).wrapping_neg())?;
    Ok(books.standing_in_hand(account, &paid)?.is_initial())
}
