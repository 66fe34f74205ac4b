//! Accounts that no program wrote: any bytes are answered, none is a panic.

use breakwater::layout::{books, books_mut};
use breakwater::state::{Collateral, Ladder, MarginAccount, Market};
use breakwater_engine::account::SLOTS;
use breakwater_engine::assess::{self, AccountReport, Refusal};
use breakwater_engine::books::View;
use breakwater_engine::ladder::locate::Place;
use breakwater_engine::ladder::LineIndex;
use breakwater_engine::margin;
use breakwater_engine::permission::Guards;
use breakwater_engine::pledge::Kinds;
use breakwater_engine::state::{Pause, Pauses};
use breakwater_engine::units::Now;
use breakwater_engine::{Atoms, Side};
use bytemuck::Zeroable;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::vectors::moment::Moment;

/// Words that arithmetic stumbles over.
const EDGES: [u64; 14] = [
    0,
    1,
    2,
    u64::MAX,
    u64::MAX - 1,
    1 << 63,
    (1 << 63) - 1,
    1 << 62,
    1 << 60,
    1 << 53,
    1 << 32,
    u32::MAX as u64,
    (u32::MAX as u64) << 32,
    0x8000_0000_8000_0000,
];

/// Pauses that have run out, and one that never does.
const PAUSES: Pauses = Pauses {
    authority: Pause { bits: u64::MAX, until: i64::MAX },
    guardian: Pause { bits: 1, until: i64::MIN },
    frozen_until: i64::MIN,
    resumed_at: i64::MIN,
};

/// Accounts of one trader, in the mirrors whose bytes can be changed.
struct Subject {
    account: Box<MarginAccount>,
    markets: Vec<(Box<Market>, Box<Ladder>)>,
    kinds: Vec<Collateral>,
    now: Now,
    /// Words of each of them that are not zero.
    used: Vec<Vec<usize>>,
}

impl Subject {
    fn of(moment: &Moment, at: usize) -> Subject {
        let mut account: Box<MarginAccount> = bytemuck::zeroed_box();
        *books_mut(&mut account.books) = moment.state.accounts[at];
        let markets = moment.state.markets.iter().map(|listed| {
            let (mut market, mut ladder): (Box<Market>, Box<Ladder>) = (bytemuck::zeroed_box(), bytemuck::zeroed_box());
            *books_mut(&mut market.books) = listed.market;
            *books_mut(&mut ladder.books) = *listed.ladder;
            (market, ladder)
        });
        let kinds = moment.kinds.iter().map(|kind| {
            let mut mirror = Collateral::zeroed();
            *books_mut(&mut mirror.books) = *kind;
            mirror
        });
        let (markets, kinds) = (markets.collect(), kinds.collect());
        let mut subject = Subject { account, markets, kinds, now: moment.state.now, used: Vec::new() };
        let used = |words: &[u64]| (0..words.len()).filter(|at| words[*at] != 0).collect();
        subject.used = (0..subject.len()).map(|part| used(subject.words(part))).collect();
        subject
    }

    fn len(&self) -> usize {
        1 + 2 * self.markets.len() + self.kinds.len()
    }

    /// The words of the account, then of markets and ladders by turns, then of kinds.
    fn words(&mut self, part: usize) -> &mut [u64] {
        let listed = 2 * self.markets.len();
        match part {
            0 => bytemuck::cast_slice_mut(std::slice::from_mut(&mut *self.account)),
            at if at > listed => bytemuck::cast_slice_mut(std::slice::from_mut(&mut self.kinds[at - listed - 1])),
            at if at % 2 == 1 => bytemuck::cast_slice_mut(std::slice::from_mut(&mut *self.markets[at / 2].0)),
            at => bytemuck::cast_slice_mut(std::slice::from_mut(&mut *self.markets[at / 2 - 1].1)),
        }
    }

    /// Asks everything that can be asked; returns whether the account could be assessed as a whole.
    fn ask(&self, rng: &mut ChaCha8Rng) -> bool {
        let account = books(&self.account.books);
        let pairs = self
            .markets
            .iter()
            .map(|(market, ladder)| View { market: books(&market.books), ladder: books(&ladder.books) });
        let kinds: Kinds<'_> = std::array::from_fn(|at| self.kinds.get(at).map(|kind| books(&kind.books)));
        let views = assess::views_of(account, pairs.clone());
        let mut report = AccountReport::default();
        assess::assess_valued(account, &views, &kinds, self.now, &mut report);
        let sale =
            assess::assess_sale(account, pairs.clone(), (&kinds, rng.random_range(0..4)), rng.random(), self.now);
        let place = match LineIndex::new(rng.random_range(0..4_096)) {
            Some(at) => Place::Line(at),
            None => Place::Pool { record: 0, pool: rng.random(), shares: 0 },
        };
        for view in pairs {
            let _ = (view.rank(Side::Long, &place), view.rank(Side::Short, &place));
            let _ = margin::requirement(&view.market.params, view.market.multiples(), Atoms(rng.random()));
            let guards = Guards { exchange: &view.market.breaker, pauses: [&PAUSES; 2], opens_at: rng.random() };
            let _ = guards.report(view.market, self.now);
        }
        for slot in &account.slots {
            let _ = assess::liquidation_price(account, slot.market, &views, self.now);
        }
        let slot = &account.slots[rng.random_range(0..SLOTS)];
        let _ = (sale, assess::assess_slot(slot, views[0]));
        report.refusal == Refusal::default()
    }

    /// The account, or a market it stands in or that market's ladder; seldom anything else.
    fn part(&self, rng: &mut ChaCha8Rng) -> usize {
        let slots = &books(&self.account.books).slots;
        let market = slots[rng.random_range(0..SLOTS)].market;
        match rng.random_range(0..10) {
            0..4 => 0,
            4..9 if market < self.markets.len() as u64 => 1 + 2 * market as usize + rng.random_range(0..2),
            _ => rng.random_range(0..self.len()),
        }
    }

    /// Changes some words, asks, and puts them back.
    fn attack(&mut self, rng: &mut ChaCha8Rng) -> bool {
        let mut undo = Vec::new();
        for _ in 0..rng.random_range(1..5) {
            let part = self.part(rng);
            let used = &self.used[part];
            let chosen =
                (!used.is_empty() && rng.random_range(0..8) > 0).then(|| used[rng.random_range(0..used.len())]);
            let words = self.words(part);
            let at = chosen.unwrap_or_else(|| rng.random_range(0..words.len()));
            // Now and then a whole record, pool or position at once.
            let run = if rng.random_range(0..8) == 0 { rng.random_range(2..24) } else { 1 };
            for (at, word) in words.iter_mut().enumerate().skip(at).take(run) {
                undo.push((part, at, *word));
                *word = changed(*word, rng);
            }
        }
        let answered = self.ask(rng);
        for (part, at, word) in undo.into_iter().rev() {
            self.words(part)[at] = word;
        }
        answered
    }
}

fn changed(word: u64, rng: &mut ChaCha8Rng) -> u64 {
    match rng.random_range(0..6) {
        0 | 1 => word ^ (1 << rng.random_range(0..64)),
        2 => EDGES[rng.random_range(0..EDGES.len())],
        3 => word.wrapping_add(rng.random_range(0..5)).wrapping_sub(2),
        4 => rng.random::<u64>() >> rng.random_range(0..64),
        _ => u64::from(rng.random::<u32>()) << (32 * rng.random_range(0..2)) | (word & u64::from(u32::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::moments;

    /// Attacks in all.
    const ATTACKS: usize = 200_000;

    #[test]
    fn what_overflows_here_panics() {
        let past = std::panic::catch_unwind(|| std::hint::black_box(u8::MAX) + std::hint::black_box(1));
        assert!(past.is_err(), "without overflow checks the other test proves nothing");
    }

    #[test]
    fn no_bytes_make_an_assessment_panic() {
        let moments = moments(3, 200).expect("moments");
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let (mut answered, mut asked) = (0, 0);
        while asked < ATTACKS {
            let moment = &moments[rng.random_range(0..moments.len())];
            let mut subject = Subject::of(moment, rng.random_range(0..moment.state.accounts.len()));
            for _ in 0..1_000 {
                answered += usize::from(subject.attack(&mut rng));
                asked += 1;
            }
        }
        println!("{answered} of {asked} assessed");
        assert!(answered > ATTACKS / 2 && answered < ATTACKS * 9 / 10, "{answered}");
    }
}
