//! One side of a market, twice: the ladder, and a list of positions in big fractions.

#[path = "list.rs"]
mod list;

use std::collections::BTreeMap;

use breakwater_engine::clearing::ladder::{Leaver, Place, SideAt, Visited};
use breakwater_engine::clearing::state::{
    Claims, EndedList, Held, LadderBooks, LadderSide, LossEvent, Position, SideTotals,
};
use breakwater_engine::state::{Grid, Scale};
use breakwater_engine::wide::I128;
use breakwater_engine::{Error, Lots, Price, Side};
use num_bigint::BigInt;

use crate::common::Rng;

/// The mark at birth.
pub const MARK: u64 = 1 << 40;
const FRACTION: u32 = 64;

/// A position by the list: fractions.
#[derive(Clone)]
struct Seat {
    lots: BigInt,
    keyed: BigInt,
    held: BTreeMap<u64, BigInt>,
}

/// One side.
pub struct OneSide {
    side: Side,
    books: Box<LadderBooks>,
    totals: SideTotals,
    event: LossEvent,
    claims: Claims,
    grid: Grid,
    mark: u64,
    positions: BTreeMap<usize, Position>,
    seats: BTreeMap<usize, Seat>,
    ended: BTreeMap<u64, EndedList>,
    final_held: BTreeMap<u64, (BigInt, BigInt)>,
    opened: usize,
    slack: u64,
    /// What the last walk looked at.
    pub visited: Visited,
    pub walks: u64,
    pub whole: u64,
    /// A walk ended inside a tie: the two can no longer be compared.
    pub tied: bool,
}

fn fine(number: i128) -> BigInt {
    BigInt::from(number) << FRACTION
}

fn float(fraction: &BigInt) -> f64 {
    let shifted: BigInt = fraction >> (FRACTION - 20);
    i128::try_from(shifted).unwrap() as f64 / f64::from(1 << 20)
}

impl OneSide {
    pub fn new(side: Side) -> OneSide {
        let books: Box<LadderBooks> = {
            let side = Box::new([LadderSide::EMPTY]);
            let [one] = *side;
            Box::new(LadderBooks { sides: [one, one] })
        };
        let scale = Scale::around(Price(MARK), [I128::ZERO; 2]).unwrap();
        OneSide {
            side,
            books,
            totals: SideTotals::default(),
            event: LossEvent::default(),
            claims: Claims::default(),
            grid: Grid { scale, ..Grid::default() },
            mark: MARK,
            positions: BTreeMap::new(),
            seats: BTreeMap::new(),
            ended: BTreeMap::new(),
            final_held: BTreeMap::new(),
            opened: 0,
            slack: 4,
            visited: Visited::default(),
            walks: 0,
            whole: 0,
            tied: false,
        }
    }

    fn ladder(&self) -> &LadderSide {
        self.books.side(self.side)
    }

    fn mark_key(&self) -> i128 {
        i128::from(self.mark)
    }

    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// Opens lots whose key is about so far from the mark.
    pub fn open(&mut self, lots: u64, distance: u64) -> usize {
        let wanted = self.mark_key() - self.side.signed(i128::from(distance)).unwrap();
        let line = if distance == 0 {
            // Exactly at a line: the mark moves there.
            let line = self.grid.scale.snap(self.side, wanted).unwrap();
            self.mark = u64::try_from(self.grid.scale.key(self.side, line).unwrap()).unwrap();
            line
        } else {
            match self.side {
                Side::Long => self.grid.scale.at_or_below(wanted.max(0)),
                Side::Short => self.grid.scale.at_or_above(wanted),
            }
            .unwrap_or_else(|| self.grid.scale.snap(self.side, wanted.max(0)).unwrap())
        };
        let key = self.grid.scale.key(self.side, line).unwrap();
        let mut position = Position {
            checkpoint_seen: self.totals.sequence,
            grid_epoch: 0,
            line: u32::from(line.get()),
            ..Position::default()
        };
        position.set_lots(self.side, Lots(lots)).unwrap();
        self.books.side_mut(self.side).enter(&self.grid.scale, line, Lots(lots)).unwrap();
        self.totals.lots = self.totals.lots.plus(Lots(lots)).unwrap();
        self.totals.lots_times_key.add(key * i128::from(lots)).unwrap();
        self.totals.members += 1;
        self.opened += 1;
        self.positions.insert(self.opened, position);
        let seat = Seat { lots: fine(lots.into()), keyed: fine(key * i128::from(lots)), held: BTreeMap::new() };
        self.seats.insert(self.opened, seat);
        self.opened
    }

    pub fn reprice(&mut self, thousandths: u64) {
        self.mark = (self.mark / 1_000 * thousandths).clamp(MARK / 4, MARK * 4);
    }

    fn equity(&self, seat: &Seat) -> BigInt {
        let worth = &seat.lots * self.mark_key() - &seat.keyed;
        if self.side == Side::Long {
            worth
        } else {
            -worth
        }
    }

    pub fn solvent_lots(&self) -> u64 {
        let solvent = self.seats.values().filter(|seat| seat.lots > BigInt::ZERO && self.equity(seat) >= BigInt::ZERO);
        let lots: BigInt = solvent.map(|seat| &seat.lots).sum();
        u64::try_from(lots >> FRACTION).unwrap()
    }

    /// Lots on lines and in pools at or inside the mark, as the ladder has them.
    fn solvent_on_ladder(&self) -> u64 {
        let beyond = self.ladder().beyond(self.side, &self.grid.scale, self.mark_key()).unwrap().lots;
        self.totals.lots.0 - u64::try_from(beyond).unwrap()
    }

    pub fn try_deleverage(&mut self, q: u64, h: u128, limit: u32) -> Result<u64, Error> {
        let mark_key = self.mark_key();
        let before = self.side_equity();
        let solvent = self.solvent_on_ladder();
        let mut side = SideAt {
            side: self.side,
            totals: &mut self.totals,
            event: &mut self.event,
            ladder: self.books.side_mut(self.side),
            grid: &self.grid,
            claims_now: self.claims.now,
            mark_key,
            h,
        };
        let done = side.deleverage(Lots(q), limit)?;
        assert!(done.closed.0 <= q);
        assert!(done.visited.levels() <= limit);
        assert!(done.stopped || limit < u32::MAX || done.closed.0 == q.min(solvent), "a walk without limit ends");
        let after = self.side_equity();
        assert_eq!(before - after, i128::try_from(done.left).unwrap(), "what left is what is held");
        self.walks += u64::from(!done.closed.is_zero());
        self.slack += 2 + u64::from(done.visited.levels().min(8) + done.visited.pools);
        self.visited = done.visited;
        Ok(done.closed.0)
    }

    /// Deleverages both; returns how many lots closed.
    pub fn deleverage(&mut self, q: u64, h: u128, limit: u32) -> u64 {
        let ties = self.ties(h);
        match self.try_deleverage(q, h, limit) {
            Ok(closed) => {
                // A lot of slack: what the list has closed so far is within it of the ladder's.
                let (slack, at) = (fine(i128::from(self.slack)), fine(i128::from(closed)));
                self.tied |= ties.iter().any(|(from, to)| at > from + &slack && &at + &slack < *to);
                self.eager(closed, h);
                closed
            }
            Err(Error::RecordsFull) => 0,
            Err(error) => panic!("{error:?}"),
        }
    }

    fn side_equity(&self) -> i128 {
        let worth = self.mark_key() * i128::from(self.totals.lots.0) - self.totals.lots_times_key.get();
        self.side.signed(worth).unwrap()
    }

    /// Charges the present list some tenths of what it holds.
    pub fn haircut(&mut self, tenths: u64) {
        let (list, held) = (self.event.list, self.event.held.get());
        let done = self.event.pay(&mut self.claims, held / 10 * u128::from(tenths)).unwrap();
        for seat in self.seats.values_mut().filter(|_| held > 0) {
            if let Some(amount) = seat.held.get_mut(&list) {
                *amount -= &*amount * BigInt::from(done.paid) / BigInt::from(held);
            }
        }
        if let Some(closed) = done.closed {
            // What a list that closed still holds stays its owners'.
            if closed.held.get() == 0 {
                self.seats.values_mut().for_each(|seat| drop(seat.held.insert(list, BigInt::ZERO)));
            }
            self.ended.insert(closed.list, closed);
        }
    }

    pub fn end_event(&mut self) {
        let ended = self.event.end().unwrap();
        self.ended.insert(ended.list, ended);
    }

    fn peek(&self, who: usize) -> (Place, Leaver) {
        let position = &self.positions[&who];
        let located = self.ladder().locate(&self.grid, self.side, position).unwrap();
        let leaver = self.ladder().peek(&self.grid, self.side, position, &located, self.mark_key()).unwrap();
        (located.place, leaver)
    }

    pub fn place(&self, who: usize) -> Place {
        self.peek(who).0
    }

    pub fn lots(&self, who: usize) -> u64 {
        self.peek(who).1.lots.0
    }

    pub fn steps_to_checkpoint(&self, who: usize) -> Option<u32> {
        let position = self.positions.get(&who)?;
        let line = breakwater_engine::ladder::LineIndex::stored(position.line).unwrap();
        let key = self.grid.scale.key(self.side, line).unwrap();
        let found = self.ladder().first_checkpoint(position.checkpoint_seen, 0, self.side, key).unwrap();
        found.0.map(|_| found.1)
    }

    pub fn touch_any(&mut self, rng: &mut Rng) {
        let all: Vec<usize> = self.positions.keys().copied().collect();
        if !all.is_empty() {
            self.touch(all[rng.within(0, all.len() as u64 - 1) as usize]);
        }
    }

    /// Takes a position out for good: what peeking saw is what leaves.
    pub fn touch(&mut self, who: usize) {
        let (_, seen) = self.peek(who);
        let position = self.positions[&who];
        let located = self.ladder().locate(&self.grid, self.side, &position).unwrap();
        let mark_key = self.mark_key();
        let ladder = self.books.side_mut(self.side);
        let leaver = ladder.take_out(&self.grid, self.side, &position, &located, mark_key).unwrap();
        assert_eq!(leaver, seen, "taking out takes what peeking saw");
        self.compare(who, &leaver);
        self.totals.lots = self.totals.lots.minus(leaver.lots_out).unwrap();
        self.totals.lots_times_key.add(-leaver.lots_times_key_out).unwrap();
        for held in leaver.held.iter().filter(|held| !held.is_none()) {
            self.collect(held);
        }
        self.slack += 1;
        self.positions.remove(&who);
        self.seats.remove(&who);
    }

    fn collect(&mut self, held: &Held) {
        if held.list == self.event.list {
            self.event.units.sub(held.units.get()).unwrap();
            self.event.held.sub(held.worth(self.event.index).unwrap()).unwrap();
        } else {
            let ended = self.ended.get_mut(&held.list).unwrap();
            ended.units.sub(held.units.get()).unwrap();
            ended.held.sub(held.worth(ended.index).unwrap()).unwrap();
        }
    }

    fn worth(&self, held: &Held) -> u128 {
        if held.is_none() {
            return 0;
        }
        let index = if held.list == self.event.list { self.event.index } else { self.ended[&held.list].index };
        held.worth(index).unwrap()
    }

    fn compare(&self, who: usize, leaver: &Leaver) {
        let seat = &self.seats[&who];
        let slack = self.slack as f64;
        let (lots, list) = (leaver.lots.0 as f64, float(&seat.lots));
        let bound = 100.0 * slack + 1e-5 * list;
        assert!((lots - list).abs() <= bound, "{who}: {lots} lots, the list has {list}, bound {bound}");
        let worth = self.mark_key() * i128::from(leaver.lots.0) - leaver.lots_times_key;
        let (equity, listed) = (self.side.signed(worth).unwrap() as f64, float(&self.equity(seat)));
        let value = 100.0 * slack * self.mark as f64;
        let bound = value + 1e-5 * listed.abs();
        assert!((equity - listed).abs() <= bound, "{who}: equity {equity}, the list has {listed}, bound {bound}");
        let held: u128 = leaver.held.iter().map(|held| self.worth(held)).sum();
        let listed = float(&seat.held.values().sum());
        let bound = value + 1e-5 * listed;
        assert!((held as f64 - listed).abs() <= bound, "{who}: {held} held, the list has {listed}, bound {bound}");
    }

    /// Every position, and the totals.
    pub fn check(&self) {
        for who in self.positions.keys() {
            self.compare(*who, &self.peek(*who).1);
        }
        let ladder = self.ladder();
        let (mut lots, mut keyed) = (0u64, 0i128);
        for (line, bucket) in ladder.buckets.iter().enumerate() {
            let at = breakwater_engine::ladder::LineIndex::stored(line as u32).unwrap();
            lots += bucket.lots.0;
            keyed += self.grid.scale.key(self.side, at).unwrap() * i128::from(bucket.lots.0);
        }
        for pool in &ladder.pools {
            lots += pool.lots.0;
            keyed += pool.lots_times_key.get();
        }
        assert_eq!(
            (lots, keyed),
            (self.totals.lots.0, self.totals.lots_times_key.get()),
            "lines and pools are the totals"
        );
    }

    pub fn check_empty(&self) {
        assert_eq!((self.totals.lots, self.totals.lots_times_key), (Lots::ZERO, I128::ZERO));
        assert_eq!(self.ladder().live_pools, 0);
        assert_eq!(self.event.units.get(), 0, "every owner of held money has left");
        assert!(self.ended.values().all(|ended| ended.units.get() == 0));
    }
}
