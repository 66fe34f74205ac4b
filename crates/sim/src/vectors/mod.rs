//! Test vectors for clients: accounts as the chain holds them, byte for byte, with what the engine says of them.
//!
//! Random days end in accounts in every state the waterfall knows, most of them not caught up. Numbers are decimal strings,
//! because they exceed what JSON's numbers hold; `null` is "there is none", and an engine error is named.

mod numbers;
mod pledges;
mod rank;
mod sparse;

use breakwater::layout::{books_mut, Mirror};
use breakwater::state::{Ladder, MarginAccount, Market};
use breakwater_engine::account::NO_MARKET;
use breakwater_engine::pledge::CollateralBooks;
use breakwater_engine::price::Observation;
use breakwater_engine::units::{Bps, Now};
use breakwater_engine::{Account, ExchangeParams};
use bytemuck::Zeroable;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::engine::EngineVenue;
use crate::replay::{self, random_day};
use crate::svm::decode;
use crate::venue::{Books, MarketId, State, Venue};
use sparse::Sparse;

/// Operations of a day after its opening.
const OPERATIONS: usize = 120;

/// Accounts with their markets, day by day.
#[derive(Debug, Serialize)]
pub struct Vectors {
    /// What the days were made from.
    pub seed: u64,
    /// The days.
    pub days: Vec<Day>,
}

/// How one day ended.
#[derive(Debug, Serialize)]
pub struct Day {
    /// Repeats this day alone.
    pub seed: u64,
    /// Slot, then unix seconds.
    pub now: [String; 2],
    /// Account data of each market and of its ladder, in the order of listing.
    pub markets: Vec<[Sparse; 2]>,
    /// Account data of each kind of other collateral, by number.
    pub kinds: Vec<Sparse>,
    /// The accounts.
    pub accounts: Vec<Entry>,
}

/// One account and what the engine says of it.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// Account data.
    pub account: Sparse,
    /// What it comes to.
    pub expected: numbers::Expected,
    /// What its other collateral comes to, where it has any.
    pub pledge: Option<pledges::Expected>,
}

/// At least `count` accounts, the same for the same seed.
pub fn generate(seed: u64, count: usize) -> Result<Vectors, String> {
    let mut days = Vec::new();
    let mut accounts = 0;
    while accounts < count {
        let day = day(seed + days.len() as u64)?;
        accounts += day.accounts.len();
        days.push(day);
    }
    Ok(Vectors { seed, days })
}

fn day(seed: u64) -> Result<Day, String> {
    let lines = replay::parse(&random_day(seed, OPERATIONS))?;
    let mut venue = EngineVenue::new(&ExchangeParams::bare()).map_err(|refusal| refusal.to_string())?;
    let _ = replay::run(&lines, &mut venue)?;
    crash(&mut venue, seed);
    let mut state = venue.state();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    vary(&mut state, &mut rng);
    let now = state.now;
    let kinds = pledges::kinds(now, &mut rng);
    for account in &mut state.accounts {
        if rng.random_range(0..3) == 0 {
            pledges::pledge(account, now, &mut rng);
        }
    }
    let around = (&state.markets[..], &kinds[..]);
    let accounts = state.accounts.iter().map(|account| entry(account, around, now)).collect();
    Ok(Day {
        seed,
        now: [now.slot.to_string(), now.time.to_string()],
        markets: state.markets.iter().map(market).collect(),
        kinds: kinds.iter().enumerate().map(pledges::data).collect(),
        accounts,
    })
}

/// The last minutes of two days in three: a market falls or rises, whoever is bankrupt is resolved, and nobody looks after the
/// others, whom deleveraging has brought to a level of their own.
fn crash(venue: &mut EngineVenue, seed: u64) {
    let market = (seed % 2) as usize;
    let tenths = match seed % 3 {
        0 => return,
        1 => [9, 8, 7],
        _ => [11, 12, 13],
    };
    let all = 0..venue.state().accounts.len();
    let mark = venue.mark(market).0;
    for tenths in tenths {
        for slots in [1, 40] {
            venue.advance(slots, 1);
            // Refused where it makes no sense: most accounts are not bankrupt, some markets do not take the price.
            let _ = venue.publish(market, &observation(venue, market, mark / 10 * tenths));
            all.clone().for_each(|account| drop(venue.sync(account, None)));
        }
    }
    all.for_each(|account| drop(venue.resolve(account, market, None)));
}

/// A good price, 1e-12 atom per lot.
fn observation(venue: &EngineVenue, market: MarketId, price: u64) -> Observation {
    let exponent = -18 - venue.books(market).market.params.lot_exponent;
    let price = price as i64;
    Observation {
        price,
        confidence: price.unsigned_abs() / 1_000,
        ema_price: price,
        ema_confidence: price.unsigned_abs() / 1_000,
        exponent,
        publish_time: venue.now().time,
    }
}

/// What random days have no operation for: marks gone stale, markets settled, margins at a multiple, positions taken
/// aside.
fn vary(state: &mut State, rng: &mut ChaCha8Rng) {
    if rng.random_range(0..6) == 0 {
        state.now.slot += 10_000;
    }
    for Books { market, .. } in &mut state.markets {
        if rng.random_range(0..2) == 0 {
            // Independent of each other: what counts is the smaller.
            market.stance.initial = Bps(rng.random_range(10_000..=40_000));
            market.stance.maintenance = Bps(rng.random_range(10_000..=40_000));
        }
        if rng.random_range(0..8) == 0 {
            market.settled = state.now.slot;
        }
    }
    for books in &mut state.markets {
        // As the instruction leaves it that a client reads just before: a market that is moved to a new grid does not begin.
        let _ = books.books().begin(state.now);
    }
    for account in &mut state.accounts {
        for slot in account.slots.iter_mut().filter(|slot| slot.market != NO_MARKET && slot.position.lots != 0) {
            slot.position.isolated = u32::from(rng.random_range(0..5) == 0);
        }
    }
}

fn entry(account: &Account, (markets, kinds): (&[Books], &[CollateralBooks]), now: Now) -> Entry {
    let mut state = MarginAccount::zeroed();
    *books_mut(&mut state.books) = *account;
    Entry {
        account: Sparse::of(&decode::bytes(&state)),
        expected: numbers::expected(account, markets, now),
        pledge: account.pledge.is_held().then(|| pledges::expected(account, markets, kinds, now)),
    }
}

fn market(books: &Books) -> [Sparse; 2] {
    let mut market = Market::zeroed();
    *books_mut(&mut market.books) = books.market;
    market.index = books.market.id as u16;
    let mut ladder: Box<Ladder> = bytemuck::zeroed_box();
    copy_into(&mut ladder.books, &books.ladder);
    [Sparse::of(&decode::bytes(&market)), Sparse::of(&decode::bytes(&*ladder))]
}

fn copy_into<M: Mirror>(mirror: &mut M, books: &M::Books)
where
    M::Books: Copy,
{
    *books_mut(mirror) = *books;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_writes_the_same_vectors() {
        let once = || serde_json::to_string(&generate(7, 20).expect("vectors")).expect("json");
        assert_eq!(once(), once());
    }

    #[test]
    fn every_state_a_client_must_read_occurs() {
        let vectors = generate(0, 1_000).expect("vectors");
        let entries = || vectors.days.iter().flat_map(|day| &day.accounts).map(|entry| &entry.expected);
        let slots = || entries().flat_map(|expected| &expected.slots);
        let healths = || entries().filter_map(|expected| expected.health.as_ref().ok());
        assert!(entries().count() >= 1_000);
        assert!(healths().any(|health| health.distressed) && healths().any(|health| health.bankrupt));
        assert!(healths().any(|health| health.unmarked > 0));
        let pledged = |health: &&numbers::HealthNumbers| health.pledged != "0" && health.positions > 0;
        assert!(healths().filter(pledged).any(|health| health.distressed));
        assert!(healths().filter(pledged).any(|health| !health.distressed));
        assert!(entries().any(|expected| expected.health.as_ref().is_err_and(|error| error == "CollateralUnvalued")));
        pledges::tests::every_state_occurs(&vectors);
        assert!(slots().any(|slot| slot.standing.as_ref().is_some_and(|it| it.positions > 0 && it.initial == "0")));
        assert!(slots().any(|slot| slot.in_pool) && slots().any(|slot| slot.isolated.is_some()));
        assert!(slots().any(|slot| slot.claims.iter().any(|claim| claim != "0")));
        assert!(slots().any(|slot| slot.paid != "0") && slots().any(|slot| slot.maturing != "0"));
        assert!(slots().any(|slot| slot.liquidation_price.is_some()) && slots().any(|slot| slot.rank.is_some()));
    }
}
