//! The list: every position of a side sorted and changed at once, in big fractions.

use std::collections::BTreeSet;

use breakwater_engine::clearing::ladder::Place;
use breakwater_engine::Side;
use num_bigint::BigInt;

use super::{fine, float, OneSide};

impl OneSide {
    /// Solvent positions by their distance from bankruptcy, those that stand as far from the mark together: a pool's members
    /// do, whatever rounding took from each.
    fn groups(&self) -> Vec<Vec<usize>> {
        let solvent = |who: &&usize| {
            let seat = &self.seats[*who];
            seat.lots > BigInt::ZERO && self.equity(seat) >= BigInt::ZERO
        };
        let distance = |who: &usize| float(&self.equity(&self.seats[who])) / float(&self.seats[who].lots);
        let mut order: Vec<(f64, usize)> = self.seats.keys().filter(solvent).map(|who| (distance(who), *who)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut groups: Vec<(f64, Vec<usize>)> = Vec::new();
        for (distance, who) in order {
            match groups.last_mut() {
                Some((first, group)) if distance <= *first * (1.0 + 1e-6) + 1e-3 => group.push(who),
                _ => groups.push((distance, vec![who])),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// Lots, equity, and whether a group has nothing beyond what it leaves.
    fn sums(&self, group: &[usize], h: &BigInt) -> (BigInt, BigInt, bool) {
        let lots: BigInt = group.iter().map(|who| &self.seats[who].lots).sum();
        let equity: BigInt = group.iter().map(|who| self.equity(&self.seats[who])).sum();
        // A rounding of the level is no distance: 2^-10 of a 1e-12 atom a lot.
        let thin = equity <= h * &lots + (&lots >> 10u32);
        (lots, equity, thin)
    }

    /// Quantities that end inside a group of thin lots on several lines and pools: which of them closes first is the ladder's
    /// choice, and the list would close them alike.
    pub(super) fn ties(&self, h: u128) -> Vec<(BigInt, BigInt)> {
        let (mut before, mut ties) = (BigInt::ZERO, Vec::new());
        for group in self.groups() {
            let (lots, _, thin) = self.sums(&group, &BigInt::from(h));
            if !thin {
                break;
            }
            let places: BTreeSet<String> = group.iter().map(|who| self.seat_of(*who)).collect();
            let after = &before + lots;
            if places.len() > 1 {
                ties.push((before, after.clone()));
            }
            before = after;
        }
        ties
    }

    fn seat_of(&self, who: usize) -> String {
        match self.place(who) {
            Place::Bucket(line) => format!("line {}", line.get()),
            Place::Pool { pool, .. } => format!("pool {pool:?}"),
        }
    }

    /// The list, changed at once.
    pub(super) fn eager(&mut self, q: u64, h: u128) {
        let h = BigInt::from(h);
        let mut left = fine(i128::from(q));
        let groups = self.groups();
        let mut rest = groups.iter();
        let mut covered: Vec<usize> = Vec::new();
        for group in rest.by_ref() {
            let (lots, _, thin) = self.sums(group, &h);
            if !thin || left == BigInt::ZERO {
                covered.extend(group);
                break;
            }
            let closes = left.clone().min(lots.clone());
            for who in group {
                let own = self.equity(&self.seats[who]);
                let leaves = &own * &closes / &lots;
                let seat = self.seats[who].clone();
                let stays = &seat.lots - &seat.lots * &closes / &lots;
                self.whole += u64::from(closes == lots && h > BigInt::ZERO);
                self.set(*who, stays, own - &leaves);
                self.leave(*who, leaves, &h);
            }
            left -= closes;
        }
        covered.extend(rest.flatten());
        if left > BigInt::ZERO {
            self.fill_water(&covered, left, &h);
        }
    }

    fn fill_water(&mut self, order: &[usize], q: BigInt, h: &BigInt) {
        let (mut lots, mut equity, mut walked) = (BigInt::ZERO, BigInt::ZERO, 0);
        for who in order {
            let seat = &self.seats[who];
            let beyond = self.equity(seat) - h * &seat.lots;
            if lots > q && &equity * &seat.lots <= &beyond * (&lots - &q) {
                break;
            }
            lots += &seat.lots;
            equity += beyond;
            walked += 1;
        }
        let kept = (&lots - &q).max(BigInt::ZERO);
        for who in &order[..walked] {
            let seat = self.seats[who].clone();
            let own = self.equity(&seat);
            let beyond = &own - h * &seat.lots;
            let stays = if equity == BigInt::ZERO { BigInt::ZERO } else { &beyond * &kept / &equity };
            let leaves = h * (&seat.lots - &stays);
            self.set(*who, stays, own - &leaves);
            self.leave(*who, leaves, h);
        }
    }

    fn set(&mut self, who: usize, lots: BigInt, equity: BigInt) {
        let mark = self.mark_key();
        let signed = if self.side == Side::Long { equity } else { -equity };
        let seat = self.seats.get_mut(&who).unwrap();
        seat.keyed = &lots * mark - signed;
        seat.lots = lots;
    }

    fn leave(&mut self, who: usize, amount: BigInt, h: &BigInt) {
        if *h > BigInt::ZERO {
            *self.seats.get_mut(&who).unwrap().held.entry(self.event.list).or_default() += amount;
        }
    }
}
