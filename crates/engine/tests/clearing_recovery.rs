//! Claims and held money as units against book-keeping that visits every owner (`reference/claims.py`,
//! `reference/holdback.py`).
//!
//! Bounds, in atoms: T rounds up once a loss and payments are shared by T, so an owner may be paid late by as many atoms as
//! there were losses; each touch rounds down once. Never more than was paid in. Held money: units and index round down, an
//! owner has at most an atom a haircut less than the books say, and never more than the list holds.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

mod common;
#[path = "common/histories.rs"]
mod histories;

use std::collections::HashMap;

use breakwater_engine::clearing::recovery::{ListState, WHOLE};
use breakwater_engine::clearing::state::{Claims, EndedList, Held, LossEvent};
use breakwater_engine::state::{Seen, Units};
use breakwater_engine::units::Atoms;
use breakwater_engine::wide::{self, U128};
use breakwater_engine::Lots;
use common::Rng;
use histories::play;
use num_bigint::BigInt;

const PICO: i128 = 1_000_000_000_000;
/// The books' fraction of a 1e-12 atom: 2^-40.
const FINE: u32 = 40;

/// An owner of lots and of held money, as the engine and as the books see it.
#[derive(Default)]
struct Owner {
    lots: u64,
    seen: Seen,
    units: Units,
    held: Held,
    got: i128,
    returned: i128,
    touches: i128,
    // By the books, 2^-40 of a 1e-12 atom.
    owed: BigInt,
    due: BigInt,
    holds: BigInt,
    ended: BigInt,
}

struct Side {
    claims: Claims,
    event: LossEvent,
    ended: HashMap<u64, EndedList>,
    owners: Vec<Owner>,
    paid_in: i128,
    losses: i128,
    haircuts: i128,
    epochs: i128,
}

fn fine(pico: u128) -> BigInt {
    BigInt::from(pico) << FINE
}

fn atoms(fine: &BigInt) -> i128 {
    i128::try_from(fine.clone() >> FINE).unwrap() / PICO
}

impl Side {
    fn state(&self, list: u64) -> ListState {
        if list == self.event.list {
            self.event.list_state()
        } else {
            self.ended[&list].state()
        }
    }

    fn lose(&mut self, per_lot: u64) {
        let lots: u64 = self.owners.iter().map(|owner| owner.lots).sum();
        self.claims.lose(u128::from(per_lot), Lots(lots)).unwrap();
        self.losses += 1;
        for owner in &mut self.owners {
            owner.owed += fine(u128::from(owner.lots) * u128::from(per_lot));
        }
    }

    /// The owner leaves an amount behind: what an older list came to returns first.
    fn hold(&mut self, at: usize, amount: u128) {
        let stale = !self.owners[at].held.is_none() && self.owners[at].held.list != self.event.list;
        if stale {
            self.collect(at);
        }
        let held = self.event.hold(amount, Lots(7)).unwrap();
        let owner = &mut self.owners[at];
        owner.held.join(&held).unwrap();
        owner.holds += fine(amount);
    }

    fn charge_held(&mut self, amount: u128) {
        let before = self.event.held.get();
        let paid = self.event.pay(&mut self.claims, amount).unwrap();
        assert_eq!(paid.paid, amount.min(before));
        self.losses += 1;
        self.haircuts += 1;
        for owner in self.owners.iter_mut().filter(|_| before > 0) {
            let lost = &owner.holds * BigInt::from(paid.paid) / BigInt::from(before);
            owner.holds -= &lost;
            owner.owed += lost;
        }
        if let Some(closed) = paid.closed {
            // What a list that closed still holds stays its owners'.
            for owner in &mut self.owners {
                let left = std::mem::take(&mut owner.holds);
                owner.ended += if closed.held.get() == 0 { BigInt::ZERO } else { left };
            }
            self.ended.insert(closed.list, closed);
        }
    }

    fn end(&mut self) {
        let ended = self.event.end().unwrap();
        self.ended.insert(ended.list, ended);
        for owner in &mut self.owners {
            owner.ended += std::mem::take(&mut owner.holds);
        }
    }

    fn pay(&mut self, amount: u64) {
        let (before, epoch) = (self.claims.paid, self.claims.now.epoch);
        let over = self.claims.pay(Atoms(amount)).unwrap();
        let paid = i128::from(self.claims.paid.0) - i128::from(before.0);
        assert_eq!(paid + i128::from(over.0), i128::from(amount), "what is not paid is handed back");
        let ended = self.claims.now.epoch != epoch;
        self.epochs += i128::from(ended);
        self.paid_in += paid;
        let total: BigInt = self.owners.iter().map(|owner| &owner.owed).sum();
        let paid = fine((paid * PICO) as u128).min(total.clone());
        for owner in self.owners.iter_mut().filter(|_| total > BigInt::ZERO) {
            let part = &paid * &owner.owed / &total;
            owner.due += &part;
            owner.owed = if ended { BigInt::ZERO } else { &owner.owed - part };
        }
    }

    /// Collects claims, and what an ended list came to.
    fn collect(&mut self, at: usize) {
        let state = (!self.owners[at].held.is_none()).then(|| self.state(self.owners[at].held.list));
        let (owner, claims) = (&mut self.owners[at], &mut self.claims);
        let mut due = claims.refresh(&mut owner.units).unwrap();
        let since = claims.now.since(&owner.seen).unwrap();
        let lots = Lots(owner.lots);
        due = due.plus(claims.gather_lots(&mut owner.units, since, claims.now.epoch, lots).unwrap()).unwrap();
        if let Some(state) = state {
            due = due.plus(claims.gather_held(&mut owner.units, &mut owner.held, &state).unwrap()).unwrap();
        }
        owner.seen = claims.now;
        owner.got += i128::from(claims.collect(due).unwrap().0);
        owner.touches += 1;
        let list = owner.held.list;
        if list != self.event.list {
            if let Some(ended) = self.ended.get_mut(&list) {
                let worth = owner.held.worth(ended.index).unwrap();
                assert!(worth <= ended.held.get(), "an owner takes what its list holds");
                ended.held.sub(worth).unwrap();
                ended.units.sub(owner.held.units.get()).unwrap();
                owner.returned += worth as i128;
                owner.held = Held::default();
            }
        }
    }
}

fn history(rng: &mut Rng) -> i128 {
    let (claims, event) = (Claims::default(), LossEvent::default());
    let (ended, owners) = (HashMap::new(), Vec::new());
    let mut side = Side { claims, event, ended, owners, paid_in: 0, losses: 0, haircuts: 0, epochs: 0 };
    for _ in 0..rng.within(20, 140) {
        let at = rng.within(0, side.owners.len().max(1) as u64 - 1) as usize;
        match rng.within(0, 99) {
            0..=19 => {
                side.owners.push(Owner { lots: 1 + rng.magnitude(40), seen: side.claims.now, ..Owner::default() });
            }
            _ if side.owners.is_empty() => {}
            20..=34 => side.lose(rng.magnitude(38)),
            35..=54 => side.hold(at, u128::from(rng.magnitude(40)) * 1_000_000),
            55..=69 => {
                let held = side.event.held.get();
                let amount = if rng.one_in(6) { held } else { held / u128::from(rng.within(2, 40)) };
                side.charge_held(amount);
            }
            70..=74 => side.end(),
            75..=86 => {
                let amount = if rng.one_in(4) { side.claims.outstanding.0 } else { rng.magnitude(38) };
                side.pay(amount);
            }
            _ => side.collect(at),
        }
    }
    side.end();
    (0..side.owners.len()).for_each(|at| side.collect(at));
    let mut worst = 0;
    for owner in &side.owners {
        let late = atoms(&owner.due) - owner.got;
        let dust = 2 + side.losses + 2 * owner.touches + side.losses * side.epochs;
        assert!((-dust..=dust).contains(&late), "paid {} of {}, dust {dust}", owner.got, atoms(&owner.due));
        let missing = atoms(&owner.ended) - owner.returned / PICO;
        assert!((-1..=1 + side.haircuts).contains(&missing), "returned {} of {}", owner.returned, owner.ended);
        worst = worst.max(late.abs()).max(missing.abs());
    }
    let got: i128 = side.owners.iter().map(|owner| owner.got).sum();
    assert_eq!(got + i128::from(side.claims.paid.0), side.paid_in, "what was collected was paid in");
    for ended in side.ended.values() {
        assert_eq!(ended.units.get(), 0, "every owner has left");
    }
    worst
}

#[test]
fn units_of_lots_and_of_held_money_equal_book_keeping() {
    let found = play(2_000, history);
    println!("{} histories, at most {} atoms apart", found.len(), found.iter().max().unwrap());
}

#[test]
fn a_list_that_has_paid_everything_closes_and_the_next_one_is_whole() {
    let (mut claims, mut event) = (Claims::default(), LossEvent::default());
    let mut first = event.hold(1_000 * PICO as u128, Lots(10)).unwrap();
    let closed = event.pay(&mut claims, 2_000 * PICO as u128).unwrap();
    assert_eq!(closed.paid, 1_000 * PICO as u128, "held money pays at most what is held");
    let closed = closed.closed.unwrap();
    assert_eq!((event.list, event.index, event.held), (first.list + 1, WHOLE, U128::ZERO));

    let second = event.hold(50 * PICO as u128, Lots(1)).unwrap();
    assert_eq!(second.worth(event.index).unwrap(), 50 * PICO as u128, "who leaves later has lost nothing");
    assert_eq!(first.worth(closed.index).unwrap(), 0);
    let mut units = Units::default();
    let paid = claims.gather_held(&mut units, &mut first, &closed.state()).unwrap();
    assert_eq!((paid.0, claims.worth(&units).unwrap()), (0, Atoms(1_000)), "what was lost is a claim");
}

#[test]
fn a_list_of_which_next_to_nothing_is_left_closes_and_the_rest_stays_its_owners() {
    let (mut claims, mut event) = (Claims::default(), LossEvent::default());
    let first = event.hold(1_000_000 * PICO as u128, Lots(10)).unwrap();
    let closed = event.pay(&mut claims, 999_500 * PICO as u128).unwrap();
    assert_eq!(closed.rest, 0, "nothing is the dust's");
    let closed = closed.closed.unwrap();
    assert_eq!(closed.held.get(), 500 * PICO as u128);
    assert!(first.worth(closed.index).unwrap() + PICO as u128 > 500 * PICO as u128);

    // Who leaves later is alone with what later charges take.
    let second = event.hold(2_000 * PICO as u128, Lots(1)).unwrap();
    let kept = event.pay(&mut claims, 1_900 * PICO as u128).unwrap();
    assert_eq!((kept.rest, kept.closed), (0, None));
    assert_eq!(second.worth(event.index).unwrap() / PICO as u128, 99);
    assert_eq!(claims.outstanding, Atoms(999_500 + 1_900), "claims are what was charged");
}

#[test]
fn no_payment_of_claims_waits() {
    let mut claims = Claims::default();
    claims.lose(1 << 40, Lots(1 << 20)).unwrap();
    let owed = claims.outstanding;
    let over = claims.pay(Atoms(owed.0 - 1)).unwrap();
    assert_eq!(over, Atoms::ZERO);
    assert_eq!(claims.paid, Atoms(owed.0 - 1), "all but the last atom is with its owners, none waits");
}

#[test]
fn held_money_taken_in_parts_is_what_it_was_whole() {
    let mut rng = Rng::of(9);
    for _ in 0..2_000 {
        let mut event = LossEvent::default();
        let mut whole =
            event.hold(u128::from(rng.magnitude(60)) << rng.within(0, 30), Lots(rng.magnitude(50))).unwrap();
        whole.lowered = Atoms(rng.magnitude(40));
        let before = whole;
        let of = 1 + (u128::from(rng.magnitude(60)) << rng.within(0, 40));
        let part = u128::from(rng.magnitude(60)) % (of + 1);
        let mut taken = whole.take(part, of).unwrap();
        taken.join(&whole).unwrap();
        assert_eq!(taken, if before.units.get() == 0 && taken.is_none() { Held::default() } else { before });
    }
}

#[test]
fn wide_products_equal_big_numbers() {
    let mut rng = Rng::of(4);
    let mut wide_number = |bits| (u128::from(rng.magnitude(63)) << 63 | u128::from(rng.magnitude(63))) >> (126 - bits);
    for _ in 0..4_000 {
        let (a, b, c) = (wide_number(110), wide_number(70), wide_number(80) + 1);
        let exact: BigInt = BigInt::from(a) * BigInt::from(b);
        let floor = u128::try_from(exact.clone() >> 63u32).ok();
        assert_eq!(wide::mul_high(a, b).ok(), floor);
        let up = floor.map(|floor| floor + u128::from(BigInt::from(floor) << 63u32 != exact));
        assert_eq!(wide::mul_high_ceil(a, b).ok(), up);
        let part = b.min(c);
        let share = u128::try_from(BigInt::from(a) * BigInt::from(part) / BigInt::from(c)).ok();
        assert_eq!(wide::mul_div_wide_floor(a, part, c).ok(), share);
    }
}
