//! A market whose positions open and close in pairs, and its two naive sides: the lazy ladder and the eager one, step by step.

use super::eager::{float, Eager};
use super::Rng;
use breakwater_engine::books::{Books, View};
use breakwater_engine::hand::Hand;
use breakwater_engine::ladder::locate::Place;
use breakwater_engine::price::Observation;
use breakwater_engine::state::{AccountBooks, LadderBooks, MarketBooks, MarketParams};
use breakwater_engine::units::{Atoms, Now, Price, PICO_SIGNED};
use breakwater_engine::{rebase, refresh, totals, Lots, Side};

/// Engine and reference.
pub struct Pairs {
    /// The engine's market.
    pub market: Box<MarketBooks>,
    /// Its ladder.
    pub ladder: Box<LadderBooks>,
    /// One position each.
    pub accounts: Vec<AccountBooks>,
    /// The reference, long then short.
    pub eager: [Eager; 2],
    /// Deleveragings so far.
    pub events: u32,
    /// The largest difference in lots seen.
    pub worst_lots: f64,
}

/// Lots and cash of a position as the engine sees it.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Lots.
    pub lots: u64,
    /// Cash without spare.
    pub cash: i128,
    /// Spare and freed cash.
    pub spare: i128,
}

pub fn at(side: Side) -> usize {
    usize::from(side == Side::Short)
}

impl Pairs {
    /// A market at 100 USD, one atom a lot.
    pub fn new() -> Pairs {
        let mut market = Box::new(MarketBooks::default());
        let price = 10_000_000_000;
        let seen =
            Observation { price, ema_price: price, confidence: 0, ema_confidence: 0, exponent: -8, publish_time: 1 };
        refresh::list(&mut market, &MarketParams::bare(), 7, &seen, Now { slot: 1, time: 1 }).unwrap();
        let eager = [Eager::new(Side::Long), Eager::new(Side::Short)];
        Pairs {
            market,
            ladder: Box::new(LadderBooks::empty()),
            accounts: Vec::new(),
            eager,
            events: 0,
            worst_lots: 0.0,
        }
    }

    pub fn mark(&self) -> Price {
        self.market.mark.price
    }

    pub fn books(&mut self) -> Books<'_> {
        Books { market: &mut self.market, ladder: &mut self.ladder }
    }

    pub fn view(&self) -> View<'_> {
        View { market: &self.market, ladder: &self.ladder }
    }

    /// A position as the engine sees it, untouched.
    pub fn seen(&self, who: usize) -> Seen {
        let slot = self.accounts[who].slot(7).unwrap();
        let held = self.view().holding(slot).unwrap();
        let mut spare = slot.position.spare.cash().0;
        if let Some(side) = slot.position.side() {
            let found = self.ladder.side(side).locate(&self.market.grid, side, &slot.position).unwrap();
            spare += found.freed_per_lot * i128::from(slot.position.size().0);
        }
        Seen { lots: held.lots.0, cash: held.cash.0 - spare, spare }
    }

    /// Who has lots on a side, as stored.
    pub fn members(&self, side: Side) -> Vec<usize> {
        (0..self.accounts.len()).filter(|who| self.accounts[*who].slots[0].position.side() == Some(side)).collect()
    }

    /// Takes a position into the hand.
    pub fn lift(&mut self, who: usize) -> Hand {
        let mut account = self.accounts[who];
        let side = account.slots[0].position.side();
        if let Some(side) = side {
            let position = &account.slots[0].position;
            let found = self.ladder.side(side).locate(&self.market.grid, side, position).unwrap();
            if matches!(found.place, Place::Pool { .. }) {
                self.eager[at(side)].someone_left();
            }
            self.eager[at(side)].seats.retain(|seat| seat.who != who);
        }
        let hand = self.books().lift(&mut account).unwrap();
        self.accounts[who] = account;
        hand
    }

    /// Pays what a position owes at the mark, so that it may close.
    fn help(&mut self, who: usize, hand: &mut Hand) {
        let owed = hand.equity(self.mark()).unwrap().debt_ceil().unwrap();
        let mut account = self.accounts[who];
        account.free = owed;
        self.books().pay_margin(&mut account, hand, owed).unwrap();
        self.accounts[who] = account;
    }

    /// Puts it back and tells the reference.
    pub fn place(&mut self, who: usize, hand: Hand) {
        let mut account = self.accounts[who];
        self.books().place(&mut account, hand).unwrap();
        self.accounts[who] = account;
        let seen = self.seen(who);
        let left = hand.cash * PICO_SIGNED - seen.cash - seen.spare;
        assert!((0..PICO_SIGNED).contains(&left), "placing costs less than an atom, not {left}");
        self.eager[at(hand.side)].put(who, seen.lots, seen.cash, seen.spare);
    }

    /// A new account with margin in the hand.
    fn enter(&mut self, margin: u64) -> (usize, Hand) {
        let mut account = AccountBooks { free: Atoms(margin), ..AccountBooks::default() };
        account.slot_or_new(7).unwrap();
        let mut hand = self.books().lift(&mut account).unwrap();
        self.books().pay_margin(&mut account, &mut hand, Atoms(margin)).unwrap();
        self.accounts.push(account);
        (self.accounts.len() - 1, hand)
    }

    /// A long and a short open against each other at the mark, with margins in bps of the value.
    pub fn open(&mut self, lots: u64, margins: [u64; 2]) -> [usize; 2] {
        let value = self.mark().value_ceil(Lots(lots)).unwrap();
        Side::BOTH.map(|side| {
            let margin = value.0 * margins[at(side)] / 10_000 + 1;
            let (who, mut hand) = self.enter(margin);
            hand.fill(side, Lots(lots), value).unwrap();
            self.place(who, hand);
            who
        })
    }

    /// Closes lots of a position at the mark, exactly as the other side does: fractions of the atom are residue.
    pub fn close(&mut self, who: usize, lots: u64) {
        let mut hand = self.lift(who);
        self.help(who, &mut hand);
        let exact = hand.side.signed(self.mark().value(Lots(lots)).unwrap().0).unwrap();
        let whole = exact.div_euclid(PICO_SIGNED);
        hand.lots = hand.lots.minus(Lots(lots)).unwrap();
        hand.add(whole).unwrap();
        let side = hand.side;
        self.market.side_mut(side).residue.cash.add(exact - whole * PICO_SIGNED).unwrap();
        self.place(who, hand);
    }

    /// Deleverages a side and closes as many lots of the other; returns how many closed.
    pub fn deleverage(&mut self, side: Side, q: u64, limit: usize) -> u64 {
        let mark = self.mark();
        let before: Vec<(usize, u64)> = self.members(side).into_iter().map(|who| (who, self.seen(who).lots)).collect();
        let had = self.market.side(side).lots.0;
        let solvent = float(self.eager[at(side)].solvent_lots(mark));
        let done = self.books().side_at(side).unwrap().deleverage(Lots(q), limit).unwrap();
        let closed = done.closed.0;
        assert_eq!(self.market.side(side).lots.0, had - closed, "exactly what it says closes");
        assert!(closed <= q);
        if done.lines + done.pools < u32::try_from(limit).unwrap() {
            let dust = 1.0 + self.eager[at(side)].seats.iter().map(|seat| seat.dust_lots).sum::<f64>();
            assert!(closed as f64 >= (q as f64).min(solvent - dust), "{closed} of {q}, {solvent} solvent");
        }
        let level = self.eager[at(side)].deleverage(mark, closed, done.lines + done.pools);
        for (who, lots) in before {
            assert!(self.seen(who).lots <= lots, "position {who} grew");
        }
        self.events += u32::from(closed > 0);
        if let Some(distance) = level.and_then(|level| level.distance) {
            self.check_level(side, distance);
        }
        self.close_on(side.opposite(), closed);
        closed
    }

    fn close_on(&mut self, side: Side, mut lots: u64) {
        for who in self.members(side) {
            let here = lots.min(self.seen(who).lots);
            if here > 0 {
                self.close(who, here);
                lots -= here;
            }
        }
        // Members hold less than the side by what rounding made residue.
        if lots > 0 {
            let residue = self.market.side(side).residue.lots.0;
            assert!(lots <= residue, "{lots} lots nobody holds, {residue} of residue");
            let book = self.market.side_mut(side);
            book.residue.lots.0 -= lots;
            book.lots.0 -= lots;
            let settled = book.index.get() + i128::from(self.market.mark.price.0);
            let cash = side.signed(settled * i128::from(lots)).unwrap();
            self.market.side_mut(side).residue.cash.add(cash).unwrap();
        }
    }

    /// Nobody solvent is more levered than the continuous water level, beyond the dust of his lots.
    fn check_level(&self, side: Side, distance: f64) {
        for seat in &self.eager[at(side)].seats {
            let seen = self.seen(seat.who);
            let equity = seen.cash + side.signed(i128::from(self.mark().0) * i128::from(seen.lots)).unwrap();
            let excess = seen.lots as f64 - equity as f64 / distance;
            let allowed = seat.dust_lots + seat.dust_equity / distance + 1.0;
            assert!(
                equity < 0 || excess <= allowed,
                "position {} is {excess} lots above the level at {distance}, allowed {allowed}: {seat:?} {seen:?}",
                seat.who
            );
        }
    }

    /// X of a side moves; what a charge takes is in its reserve.
    pub fn shift(&mut self, side: Side, by: i128, charged: bool) {
        let book = self.market.side_mut(side);
        book.index.add(by).unwrap();
        if charged {
            book.reserve.add(by.unsigned_abs() * u128::from(book.lots.0)).unwrap();
        }
        self.eager[at(side)].shift(by);
    }

    /// A new mark.
    pub fn reprice(&mut self, price: u64) {
        let moved = price.abs_diff(self.mark().0);
        self.market.mark.price = Price(price);
        self.eager.iter_mut().for_each(|side| side.reprice(moved));
    }

    /// Rebases in steps, if one is due; says whether it was.
    pub fn rebase(&mut self, rng: &mut Rng) -> bool {
        let lines = u32::try_from(rng.within(1, 4096)).unwrap();
        let before = Side::BOTH.map(|side| self.market.side(side).index.get());
        let Ok(mut step) = rebase::rebase(&mut self.books(), lines) else { return false };
        let next = if step.finished { self.market.grid.scale } else { self.market.grid.next };
        while !step.finished {
            step = rebase::rebase(&mut self.books(), lines).unwrap();
        }
        for (side, before) in Side::BOTH.into_iter().zip(before) {
            self.eager[at(side)].rebase(&next);
            // Its end provisions.
            self.eager[at(side)].shift(self.market.side(side).index.get() - before);
        }
        true
    }

    /// Every position against the reference; both sides' totals.
    pub fn check(&mut self) {
        totals::check(&self.market).unwrap();
        let mark = self.mark();
        for side in Side::BOTH {
            let mut sum = 0u64;
            for seat in self.eager[at(side)].seats.clone() {
                let seen = self.seen(seat.who);
                sum += seen.lots;
                let off = (seen.lots as f64 - float(seat.lots)).abs();
                assert!(
                    off <= 1.0 + seat.dust_lots,
                    "{side:?} {}: {} lots, not {}, dust {}",
                    seat.who,
                    seen.lots,
                    float(seat.lots),
                    seat.dust_lots
                );
                let equity = seen.cash + side.signed(i128::from(seen.lots) * i128::from(mark.0)).unwrap();
                let equity_off = (equity as f64 - float(seat.equity(side, mark))).abs();
                let dust = 2.0 + seat.dust_equity + float(seat.equity(side, mark)).abs() * 1e-9;
                assert!(
                    equity_off <= dust,
                    "{side:?} {}: equity {equity} off by {equity_off}, dust {}",
                    seat.who,
                    seat.dust_equity
                );
                assert!((seen.spare - (seat.spare >> super::eager::FRACTION)).abs() <= 1, "spare of {}", seat.who);
                self.worst_lots = self.worst_lots.max(off);
            }
            let book = self.market.side(side);
            assert!(sum + book.residue.lots.0 <= book.lots.0, "{side:?}: members and residue exceed the side");
        }
    }
}
