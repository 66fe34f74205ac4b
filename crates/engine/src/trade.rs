//! Trading: a taker against the quotes passed, best price first whatever their order.

mod fills;
mod offers;
mod run;

pub use fills::{Fill, Fills, FILLS};

use crate::books::{Books, View};
use crate::error::{Error, Result};
use crate::funding;
use crate::hand::Hand;
use crate::health::{self, Depth, Health};
use crate::provision::Provision;
use crate::reduce::{self, Reduction};
use crate::state::{AccountBooks, MarketBooks, QuoteBooks};
use crate::units::{Atoms, Lots, Now, Price, Side, LOTS_MAX};
use run::Run;

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
    /// Where less fills the whole order is refused; zero: any fill will do.
    pub min_fill: Lots,
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
    /// Each fill, in the order it came about.
    pub fills: Fills,
}

/// The markets of a taker.
pub struct Markets<'m, 'b> {
    /// The one traded in.
    pub traded: &'m mut Books<'b>,
    /// His others that may be drawn on: they pay what a closing leg lacks.
    pub siblings: &'m mut [Books<'b>],
    /// His others that are only looked at.
    pub others: &'m [View<'m>],
}

/// Trades. The best offer fills first; a maker whose quote cannot fill is passed over (N4). The taker is checked over his whole account; a maker at the position alone, because what backs his quote is in it.
/// A reducing order needs no initial margin as long as health does not fall.
#[inline(never)]
pub fn trade(
    taker: &mut AccountBooks,
    mut markets: Markets<'_, '_>,
    makers: &mut [Maker<'_>],
    order: Order,
    now: Now,
) -> Result<TradeReport> {
    check_order(&order, markets.traded)?;
    let provision = markets.begin(now)?;
    let id = markets.traded.market.id;
    taker.slot_or_new(id)?.lift_bar(now);
    let before = markets.health_before(taker, &order, now)?;
    let had = markets.traded.market.open_interest();
    let mut hand = markets.traded.lift(taker)?;
    markets.traded.shore_up(taker, &mut hand)?;
    let equity = hand.equity(markets.traded.market.mark.price)?;
    let reduction = before.map(|before| Reduction { before, equity, lots: hand.lots });
    let mut report = TradeReport::default();
    let mut run = Run::new(&mut markets, makers, &mut report, (provision, reduction), (order, now));
    run.fill_all(taker, &mut hand)?;
    run.finish()?;
    // Through zero is a full close and an opening: what opens needs initial margin, whatever it closed before.
    let reduction = reduction.filter(|_| report.opened.is_zero());
    markets.settle_taker(taker, hand, (&mut report, reduction.as_ref()), now)?;
    markets.traded.tidy_residue()?;
    if markets.traded.has_reserve() {
        // Who closed under water was paid for by the account: what others were charged for it is theirs again (A51).
        let _ = markets.traded.provision_at(now)?;
    }
    let grew = markets.traded.market.open_interest();
    if grew > had && grew > markets.traded.market.params.open_interest_max {
        return Err(Error::OpenInterestCap);
    }
    markets.check_taker(taker, reduction.map(|reduction| reduction.before), now)?;
    taker.release_slot(id);
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

/// What makers filled moves the premium.
fn sample_premium(market: &mut MarketBooks, report: &TradeReport) -> Result<()> {
    let mut fills = funding::Fills::default();
    for fill in report.fills.iter().filter(|fill| fill.maker.is_some()) {
        fills.add(market, fill.lots, fill.price)?;
    }
    funding::sample(market, &fills)
}

impl Markets<'_, '_> {
    /// Begins the market traded in, and those that may be drawn on: what they owe is no matter of the order.
    fn begin(&mut self, now: Now) -> Result<Provision> {
        for sibling in self.siblings.iter_mut() {
            let _ = sibling.begin(now)?;
        }
        self.traded.begin(now)
    }

    #[inline(never)]
    fn health(&self, taker: &AccountBooks, depth: Depth, now: Now) -> Result<Health> {
        let siblings = self.siblings.iter().map(Books::view);
        let views = self.others.iter().copied().chain(siblings).chain(core::iter::once(self.traded.view()));
        health::of_slot(taker, self.traded.market.id, views, depth, now)
    }

    /// Health before the order, where it may turn out to only reduce.
    fn health_before(&self, taker: &AccountBooks, order: &Order, now: Now) -> Result<Option<Health>> {
        let position = &taker.slot(self.traded.market.id)?.position;
        let reduces = position.side() == Some(order.side.opposite());
        reduces.then(|| self.health(taker, Depth::Reduction, now)).transpose()
    }

    /// Charges the taker's fee and puts his position back. A reduction pays no more of the fee than it can.
    #[inline(never)]
    fn settle_taker(
        &mut self,
        taker: &mut AccountBooks,
        mut hand: Hand,
        (report, reduction): (&mut TradeReport, Option<&Reduction>),
        now: Now,
    ) -> Result<()> {
        let books = &mut *self.traded;
        sample_premium(books.market, report)?;
        let most = reduction.map(|reduction| reduction.fee_max(books, taker, &hand)).transpose()?;
        let fee = report.taker_fee.least(most.unwrap_or(report.taker_fee));
        report.taker_fee = match reduction {
            Some(Reduction { before, .. }) if hand.lots.is_zero() => {
                reduce::close(taker, (books, self.siblings), &mut hand, (fee, before), now)?
            }
            _ => {
                books.charge_fee(taker, &mut hand, fee)?;
                fee
            }
        };
        if !report.opened.is_zero() {
            books.draw_initial(taker, &mut hand)?;
        }
        books.check_size(hand.lots)?;
        books.place(taker, hand)
    }

    #[inline(never)]
    fn check_taker(&self, taker: &mut AccountBooks, before: Option<Health>, now: Now) -> Result<()> {
        let depth = if before.is_some() { Depth::Reduction } else { Depth::Initial };
        let after = self.health(taker, depth, now)?;
        let market = &*self.traded.market;
        if after.is_initial() {
            // Of an isolated position this says nothing about the others.
            if taker.slot(market.id)?.position.isolated == 0 {
                taker.checked_until = now.slot.saturating_add(market.params.check_slots);
            }
            return Ok(());
        }
        match before {
            Some(before) if after.not_below(&before)? => Ok(()),
            Some(_) => Err(Error::HealthFalls),
            None => Err(Error::InsufficientMargin),
        }
    }
}
