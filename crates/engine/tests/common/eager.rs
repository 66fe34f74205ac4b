//! The naive ladder: every position of a side in a list, sorted and changed at once (`reference/ladder.py`, `Eager`).
//!
//! Numbers are fractions with 40 binary digits, quotients through big integers, so that what this rounds is a millionth of a
//! millionth of what the engine rounds.

use breakwater_engine::state::Scale;
use breakwater_engine::{Price, Side};
use num_bigint::BigInt;

/// Binary digits behind the point.
pub const FRACTION: u32 = 40;

/// What joining a pool may cost, 1e-12 atom: a thousandth of an atom.
const JOINING: f64 = 2_147_483_648.0;

/// A position: lots and cash as fractions; cash excludes the spare.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
    /// Whose.
    pub who: usize,
    /// Lots.
    pub lots: i128,
    /// Cash with index, without spare; 1e-12 atom.
    pub cash: i128,
    /// Spare and what rebases freed; 1e-12 atom.
    pub spare: i128,
    /// Brought to a water level since it was last touched: it stands on no line.
    pub levelled: bool,
    /// Bound on how far the lazy ladder's lots may be off.
    pub dust_lots: f64,
    /// Bound on how far its equity may be off, 1e-12 atom.
    pub dust_equity: f64,
}

/// One side, eagerly.
pub struct Eager {
    /// Which.
    pub side: Side,
    /// Cash index X, only to find keys at a rebase.
    pub index: i128,
    /// Everyone.
    pub seats: Vec<Seat>,
}

/// A level some positions were brought to.
pub struct Level {
    /// Distance from the mark, 1e-12 atom per lot; `None`: everything closed.
    pub distance: Option<f64>,
}

/// Whole numbers as fractions.
pub fn fraction(whole: i128) -> i128 {
    whole.checked_shl(FRACTION).filter(|shifted| shifted >> FRACTION == whole).expect("fits")
}

/// A fraction as a float, for bounds only.
pub fn float(value: i128) -> f64 {
    value as f64 / (1u64 << FRACTION) as f64
}

/// `a * b / c` to the last binary digit.
fn ratio(a: i128, b: i128, c: i128) -> i128 {
    i128::try_from(BigInt::from(a) * b / c).expect("fits")
}

impl Seat {
    /// Equity without spare, 1e-12 atom.
    pub fn equity(&self, side: Side, mark: Price) -> i128 {
        self.cash + side.signed(self.lots * i128::from(mark.0)).unwrap()
    }
}

impl Eager {
    /// Nobody yet.
    pub fn new(side: Side) -> Eager {
        Eager { side, index: 0, seats: Vec::new() }
    }

    /// The seat of a position.
    pub fn seat(&self, who: usize) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.who == who)
    }

    /// Takes over what a position holds after a touch.
    pub fn put(&mut self, who: usize, lots: u64, cash: i128, spare: i128) {
        self.seats.retain(|seat| seat.who != who);
        if lots > 0 {
            let (lots, cash, spare) = (fraction(i128::from(lots)), fraction(cash), fraction(spare));
            self.seats.push(Seat { who, lots, cash, spare, levelled: false, dust_lots: 0.0, dust_equity: 0.0 });
        }
    }

    /// Everyone else in the pool of a leaver may hold up to a lot less: what rounding took is residue.
    pub fn someone_left(&mut self) {
        for seat in self.seats.iter_mut().filter(|seat| seat.levelled) {
            seat.dust_lots += 1.0;
            seat.dust_equity += 1.0;
        }
    }

    /// X moves: every lot is paid or charged at once.
    pub fn shift(&mut self, by: i128) {
        self.index += by;
        for seat in &mut self.seats {
            seat.cash += self.side.signed(seat.lots * by).unwrap();
            seat.dust_equity += seat.dust_lots * by.unsigned_abs() as f64;
        }
    }

    /// The mark moves: only what dust is worth changes.
    pub fn reprice(&mut self, by: u64) {
        for seat in &mut self.seats {
            seat.dust_equity += seat.dust_lots * by as f64;
        }
    }

    /// Lots with equity at the mark, those of everyone solvent.
    pub fn solvent_lots(&self, mark: Price) -> i128 {
        self.seats.iter().filter(|seat| seat.equity(self.side, mark) > 0).map(|seat| seat.lots).sum()
    }

    /// Moves everyone who stands on a line to the next grid: inward, the difference is spare.
    pub fn rebase(&mut self, next: &Scale) {
        for seat in self.seats.iter_mut().filter(|seat| !seat.levelled) {
            // On a line lots and cash are whole, and the key is exact: -q K + q X = cash.
            let whole = seat.lots >> FRACTION;
            let key = self.index - self.side.signed((seat.cash >> FRACTION) / whole).unwrap();
            let moved = next.key(self.side, next.snap(self.side, key).unwrap()).unwrap().abs_diff(key);
            let freed = seat.lots * i128::try_from(moved).unwrap();
            seat.cash -= freed;
            seat.spare += freed;
        }
    }

    /// Brings the most levered solvent positions to the water level that closes exactly `q` lots.
    pub fn deleverage(&mut self, mark: Price, q: u64, groups: u32) -> Option<Level> {
        let side = self.side;
        let mut order: Vec<usize> = (0..self.seats.len()).filter(|at| self.seats[*at].equity(side, mark) > 0).collect();
        order.sort_by(|a, b| {
            let (a, b) = (&self.seats[*a], &self.seats[*b]);
            let left = BigInt::from(a.equity(side, mark)) * b.lots;
            left.cmp(&(BigInt::from(b.equity(side, mark)) * a.lots))
        });
        let all: i128 = order.iter().map(|at| self.seats[*at].lots).sum();
        let q = fraction(i128::from(q)).min(all);
        if q == 0 {
            return None;
        }
        let (mut lots, mut equity, mut walked) = (0i128, 0i128, 0usize);
        for (count, at) in order.iter().enumerate() {
            let seat = &self.seats[*at];
            // The level E/(S - q) lies at or before this position's distance e/s.
            let reached =
                lots > q && BigInt::from(equity) * seat.lots <= BigInt::from(seat.equity(side, mark)) * (lots - q);
            if reached {
                break;
            }
            lots += seat.lots;
            equity += seat.equity(side, mark);
            walked = count + 1;
        }
        self.level(&order[..walked], mark, (lots, equity, q), f64::from(groups))
    }

    fn level(&mut self, walked: &[usize], mark: Price, sums: (i128, i128, i128), groups: f64) -> Option<Level> {
        let (lots, equity, q) = sums;
        let (side, kept) = (self.side, lots - q);
        let dust_lots: f64 = walked.iter().map(|at| self.seats[*at].dust_lots).sum();
        let dust_equity: f64 = walked.iter().map(|at| self.seats[*at].dust_equity).sum();
        for at in walked {
            let seat = &mut self.seats[*at];
            let own = seat.equity(side, mark);
            seat.lots = if kept == 0 { 0 } else { ratio(own, kept, equity) };
            seat.cash = own - side.signed(seat.lots * i128::from(mark.0)).unwrap();
            seat.levelled = true;
            // s = e (S - q) / E: what each of the three is off by, and the lot of each group that rounding leaves over.
            let share = own as f64 / equity as f64;
            // Whoever joins a pool is measured by its share's value, rounded up: at most 2^62 shares by 2^-32 of 1e-12 atom.
            seat.dust_equity += JOINING;
            let own_dust = seat.dust_equity * float(kept) / float(equity);
            seat.dust_lots =
                1.0 + groups + share * dust_lots + own_dust + float(seat.lots) * dust_equity / float(equity);
        }
        Some(Level { distance: (kept > 0).then(|| equity as f64 / kept as f64) })
    }
}
