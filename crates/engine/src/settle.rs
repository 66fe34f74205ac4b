//! Settling a market whose oracle is gone: an average of the last marks is final and positions close at it (G22, A56).
//!
//! Closing needs nobody on the other side: a position that leaves hands its lots to its side's residue, which is worth nothing
//! at the mark, and opposite residue cancels. So the market empties in whatever order its accounts come.

use crate::account::SLOTS;
use crate::books::{find, Books};
use crate::error::{Error, Result};
use crate::hand::Hand;
use crate::health::{self, Depth};
use crate::price::Quality;
use crate::state::{AccountBooks, Mark, MarketParams};
use crate::transfer;
use crate::units::{Atoms, Cash, Lots, Now, Price, Side, PICO_SIGNED};
use crate::wide;

/// Refuses with `SettleTooEarly` until the mark was published `settle_after_seconds` ago, and as many slots ago.
pub fn is_due(params: &MarketParams, mark: &Mark, now: Now) -> Result<()> {
    let least = params.settle_after_seconds;
    let seconds = u64::try_from(now.time.saturating_sub(mark.publish_time)).unwrap_or(0);
    if seconds < least || now.slot.saturating_sub(mark.slot) < least {
        return Err(Error::SettleTooEarly);
    }
    Ok(())
}

/// A position that left a settled market: `paid = equity at the final mark`, rounded down.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettleReport {
    /// It was long.
    pub long: bool,
    /// Lots closed.
    pub lots: Lots,
    /// What left the position: paid-in margin is free cash at once, profit vests like any other.
    pub paid: Atoms,
    /// What its owner's free cash, vesting profit and other positions gave first, because it owed at the mark.
    pub drawn: Atoms,
}

/// Atoms that moving between eight slots may have rounded away of a position whose owner is solvent.
const ROUNDED: i128 = 10;
const _: () = assert!(SLOTS == 8);

/// Makes the average of the last marks final: who prints the last one of a dying feed settles nothing at it. Refused with `MarketSettled` where it is, and with `SettleTooEarly` until the mark was published
/// `settle_after_seconds` ago.
///
/// Its publish time says how old it is: a mark is accepted within a minute of that, only a newer accepted one moves it, and
/// anyone may bring that. So nobody hurries the end by keeping prices away that others can bring, and nobody puts it off by
/// repeating the last price or showing bad ones. As many slots must have passed as seconds: a cluster that stood still for a
/// week comes back to markets that can be refreshed, not to the first one who settles them.
pub fn declare(books: &mut Books<'_>, now: Now) -> Result<()> {
    if books.market.is_settled() {
        return Err(Error::MarketSettled);
    }
    is_due(&books.market.params, &books.market.mark, now)?;
    let _ = books.begin(now)?;
    let market = &mut *books.market;
    market.settled = now.slot.max(1);
    market.mark.price = market.settlement_price()?;
    market.mark.sequence = market.mark.sequence.checked_add(1).ok_or(Error::Overflow)?;
    market.mark.ema = market.mark.price;
    market.mark.confidence = Price(0);
    market.mark.quality = Quality::Good.number();
    books.begin(now).map(drop)
}

/// Closes the position of `account` in a settled market at the final mark, whole. What it owes its owner's free cash,
/// vesting profit and other positions pay first: then `books` are all the account's markets, else its own is enough.
/// Refuses, in this order, with `NotSettled`, `NoPosition`, and `Bankrupt` where it still owes: that is resolved.
pub fn position(account: &mut AccountBooks, books: &mut [Books<'_>], market: u64, now: Now) -> Result<SettleReport> {
    let target = find(books, market)?;
    if !target.market.is_settled() {
        return Err(Error::NotSettled);
    }
    if account.slot(market)?.position.is_empty() {
        return Err(Error::NoPosition);
    }
    let _ = target.begin(now)?;
    let drawn = answer(account, books, market, now)?;
    let books = find(books, market)?;
    let mut hand = books.lift(account)?;
    let mut report = SettleReport { long: hand.side == Side::Long, lots: hand.lots, drawn, ..SettleReport::default() };
    books.leave_at_mark(&mut hand)?;
    books.make_whole(&mut hand)?;
    report.paid = crate::units::atoms_from(hand.cash).map_err(|_| Error::Bankrupt)?;
    books.release_all(account, &mut hand, now)?;
    books.place(account, hand)?;
    books.tidy_residue()?;
    let _ = books.provision_at(now)?;
    account.release_slot(market);
    Ok(report)
}

/// Draws what a position owes at the mark from everything its owner has, as liquidation would. Fails with `Bankrupt` where the
/// position answers alone, or its owner has nothing left.
fn answer(account: &mut AccountBooks, books: &mut [Books<'_>], market: u64, now: Now) -> Result<Atoms> {
    let view = find(books, market)?.view();
    let slot = account.slot(market)?;
    let equity = view.equity_at(&view.holding(slot)?, view.market.mark.price)?;
    if equity.0 >= 0 {
        return Ok(Atoms::ZERO);
    }
    if slot.position.isolated != 0 || account.swept != 0 {
        return Err(Error::Bankrupt);
    }
    let survey = health::survey(account, books.iter().map(Books::view), Depth::Maintenance, now)?;
    if survey.health.is_bankrupt() {
        return Err(Error::Bankrupt);
    }
    // Leaving its line and coming back costs up to an atom each.
    let need = equity.debt_ceil()?.plus(Atoms(2))?;
    transfer::draw_into(account, books, market, need, &mut survey.gains()?, now)
}

impl Books<'_> {
    /// Turns a hand's lots into cash at the mark; the lots become its side's residue, and with them cash that makes them worth
    /// nothing but the fraction of an atom that is rounded away.
    fn leave_at_mark(&mut self, hand: &mut Hand) -> Result<()> {
        let (side, lots) = (hand.side, hand.lots);
        if lots.is_zero() {
            return Ok(());
        }
        let exact = side.signed(self.market.mark.price.value(lots)?.0)?;
        let whole = Cash(exact).atoms_floor();
        let fraction = whole.checked_mul(PICO_SIGNED).and_then(|whole| exact.checked_sub(whole));
        let worth = side.signed(wide::mul_signed(self.market.mark_key(side)?, lots.0)?)?;
        let book = self.market.side_mut(side);
        book.lots = book.lots.plus(lots)?;
        book.residue.lots = book.residue.lots.plus(lots)?;
        book.residue.cash.add(fraction.and_then(|left| left.checked_sub(worth)).ok_or(Error::Overflow)?)?;
        hand.add(whole)?;
        hand.lots = Lots::ZERO;
        Ok(())
    }

    /// Gives back what rounding took on the way; the residue it went to has it.
    fn make_whole(&mut self, hand: &mut Hand) -> Result<()> {
        if !(-ROUNDED..0).contains(&hand.cash) {
            return Ok(());
        }
        let pico = hand.cash.checked_mul(PICO_SIGNED).ok_or(Error::Overflow)?;
        self.market.side_mut(hand.side).residue.cash.add(pico)?;
        hand.cash = 0;
        Ok(())
    }
}
