//! Claims as units against book-keeping that visits every holder (`reference/claims.py`).
//!
//! Dust bound, in atoms: T rounds up once per loss and each payment is shared by T, so a holder may be paid late by as many atoms as
//! there were losses, and each touch rounds down once; an epoch may end 32 atoms early. Never more than was paid in.
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

use breakwater_engine::claims::WHOLE;
use breakwater_engine::state::{Claims, Seen, Units};
use breakwater_engine::units::{Atoms, Cash};
use breakwater_engine::Lots;
use common::Rng;
use histories::play;
use num_bigint::BigInt;

const PICO: i128 = 1_000_000_000_000;

/// A holder, as the engine and as the books see him.
#[derive(Default)]
struct Holder {
    lots: u64,
    seen: Seen,
    units: Units,
    got: i128,
    touches: i128,
    /// By the books, 2^-20 of a 1e-12 atom.
    owed: i128,
    due: i128,
}

impl Holder {
    fn touch(&mut self, claims: &mut Claims, lots: u64) {
        let held = claims.refresh(&mut self.units).unwrap();
        let gathered = claims.now.since(&self.seen).unwrap();
        let more = claims.gather(&mut self.units, gathered, claims.now.epoch, self.lots).unwrap();
        self.got += i128::from(claims.collect(held.plus(more).unwrap()).unwrap().0);
        self.seen = claims.now;
        self.lots = lots;
        self.touches += 1;
    }
}

/// A payment by the books: in proportion to what each is owed; all of it where it ends the epoch.
fn share(holders: &mut [Holder], paid: i128, ended: bool) {
    let total: i128 = holders.iter().map(|holder| holder.owed).sum();
    let paid = ((paid * PICO) << 20).min(total);
    for holder in holders.iter_mut().filter(|_| total > 0) {
        let part = i128::try_from(BigInt::from(paid) * holder.owed / total).unwrap();
        holder.due += part;
        holder.owed = if ended { 0 } else { holder.owed - part };
    }
}

fn history(rng: &mut Rng) -> i128 {
    let mut claims = Claims::default();
    let mut holders: Vec<Holder> = Vec::new();
    let (mut losses, mut epochs, mut paid_in, mut worst) = (0i128, 0i128, 0i128, 0i128);
    for _ in 0..rng.within(20, 120) {
        match rng.within(0, 99) {
            0..=24 => {
                let mut holder = Holder::default();
                holder.touch(&mut claims, 1 + rng.magnitude(40));
                holders.push(holder);
            }
            25..=49 => {
                let lots: u64 = holders.iter().map(|holder| holder.lots).sum();
                let per_lot = rng.magnitude(38);
                claims.lose(u128::from(per_lot), Lots(lots)).unwrap();
                holders
                    .iter_mut()
                    .for_each(|holder| holder.owed += (i128::from(holder.lots) * i128::from(per_lot)) << 20);
                losses += 1;
            }
            50..=74 => {
                let amount = if rng.one_in(4) { claims.outstanding.0 } else { rng.magnitude(38) };
                let (before, epoch) = (claims.paid, claims.now.epoch);
                let over = claims.pay(Atoms(amount)).unwrap();
                let paid = i128::from(claims.paid.0) - i128::from(before.0);
                assert!(i128::from(over.0) <= i128::from(amount) || paid == 0);
                share(&mut holders, paid, claims.now.epoch != epoch);
                epochs += i128::from(claims.now.epoch != epoch);
                paid_in += paid;
            }
            _ if holders.is_empty() => {}
            _ => {
                let at = rng.within(0, holders.len() as u64 - 1) as usize;
                let lots = if rng.one_in(2) { 0 } else { 1 + rng.magnitude(40) };
                holders[at].touch(&mut claims, lots);
            }
        }
    }
    for holder in &mut holders {
        holder.touch(&mut claims, 0);
        let due = (holder.due >> 20) / PICO;
        let late = due - holder.got;
        let dust = 2 + losses + holder.touches + 33 * epochs;
        assert!((-1 - 33 * epochs - losses..=dust).contains(&late), "paid {} of {due}, dust {dust}", holder.got);
        worst = worst.max(late.abs());
    }
    let got: i128 = holders.iter().map(|holder| holder.got).sum();
    assert_eq!(got + i128::from(claims.paid.0), paid_in, "what was collected was paid in");
    worst
}

#[test]
fn units_equal_book_keeping() {
    let found = play(2_000, history);
    println!("{} histories, at most {} atoms late", found.len(), found.iter().max().unwrap());
}

/// A million USD lost, a third returned: H = 2/3, which 63 bits do not hold. Rounded down, the units would be paid more than came
/// in: 1e24 * (1 - H) exceeds the third by some 1e-12 atom, and with each payment by some more. Rounded up they never are.
#[test]
fn index_rounded_down_would_overpay() {
    let (lots, lost) = (1_000_000_000_000u64, PICO.unsigned_abs());
    let mut claims = Claims::default();
    claims.lose(lost, Lots(lots)).unwrap();
    let third = Atoms(lots / 3);
    let mut units = Units { index: WHOLE, ..Units::default() };
    let _ = claims.gather(&mut units, (lost, lost), 0, lots).unwrap();
    assert_eq!(claims.pay(third), Ok(Atoms::ZERO));
    let rounded_down = claims.index - 1;
    let overpaid = (BigInt::from(units.units.get()) * (WHOLE - rounded_down)) >> 63u32;
    assert!(overpaid > BigInt::from(third.cash().0), "{overpaid}");
    let Cash(paid) = claims.refresh(&mut units).unwrap();
    assert!(paid <= third.cash().0 && third.cash().0 - paid < PICO, "{paid}");
}

/// G9: A loses 100 and is repaid 100; B joins; both lose 50; the pool pays 100. Each loss is repaid once, and A's closed position
/// keeps its claim.
#[test]
fn g9_each_loss_is_repaid_once() {
    let mut claims = Claims::default();
    let (mut a, mut b) = (Holder::default(), Holder::default());
    a.touch(&mut claims, 1);
    claims.lose(100 * PICO.unsigned_abs(), Lots(1)).unwrap();
    assert_eq!(claims.pay(Atoms(100)), Ok(Atoms::ZERO));
    b.touch(&mut claims, 1);
    claims.lose(50 * PICO.unsigned_abs(), Lots(2)).unwrap();
    // A closes before anything is repaid.
    a.touch(&mut claims, 0);
    assert_eq!(a.got, 100);
    assert_eq!(claims.pay(Atoms(130)), Ok(Atoms(30)), "what exceeds the claims belongs to insurance");
    a.touch(&mut claims, 0);
    b.touch(&mut claims, 0);
    assert_eq!((a.got, b.got), (150, 50));
}
