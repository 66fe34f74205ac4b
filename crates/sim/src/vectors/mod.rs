//! Test vectors for clients: accounts as the chain holds them, byte for byte, with what the engine says of them.
//!
//! Random days end in accounts in every state the waterfall knows, most of them not caught up. Numbers are decimal strings,
//! because they exceed what JSON's numbers hold; `null` is "there is none", and an engine error is named.

mod numbers;
mod rank;
mod sparse;

use breakwater::layout::{books_mut, Mirror};
use breakwater::state::{Ladder, MarginAccount, Market};
use breakwater_engine::account::{Pledge, NO_MARKET};
use breakwater_engine::pledge::VALUATION_SLOTS;
use breakwater_engine::price::Observation;
use breakwater_engine::units::{Bps, Now};
use breakwater_engine::{Account, Atoms, ExchangeParams};
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
    let accounts = state.accounts.iter().map(|account| entry(account, &state.markets, now)).collect();
    Ok(Day {
        seed,
        now: [now.slot.to_string(), now.time.to_string()],
        markets: state.markets.iter().map(market).collect(),
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

/// What random days have no operation for: marks gone stale, markets settled, margins at a multiple, positions taken aside,
/// other collateral.
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
    for account in &mut state.accounts {
        if rng.random_range(0..4) == 0 {
            account.pledge = pledge(state.now, rng);
        }
        for slot in account.slots.iter_mut().filter(|slot| slot.market != NO_MARKET && slot.position.lots != 0) {
            slot.position.isolated = u32::from(rng.random_range(0..5) == 0);
        }
    }
}

/// Other collateral as a valuation leaves it, of up to 10,000 USD; one in six was valued too long ago, or never.
fn pledge(now: Now, rng: &mut ChaCha8Rng) -> Pledge {
    let maintenance = rng.random_range(0..10_000_000_000);
    let age = rng.random_range(0..=VALUATION_SLOTS);
    Pledge {
        amounts: [0, rng.random_range(1..1_000_000_000), 0],
        initial: Atoms(rng.random_range(0..=maintenance)),
        maintenance: Atoms(maintenance),
        valued_at: match rng.random_range(0..12) {
            0 => 0,
            1 => now.slot.saturating_sub(VALUATION_SLOTS + 1),
            _ => now.slot.saturating_sub(age),
        },
        ..Pledge::default()
    }
}

fn entry(account: &Account, markets: &[Books], now: Now) -> Entry {
    let mut state = MarginAccount::zeroed();
    *books_mut(&mut state.books) = *account;
    Entry { account: Sparse::of(&decode::bytes(&state)), expected: numbers::expected(account, markets, now) }
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
        assert!(slots().any(|slot| slot.standing.as_ref().is_some_and(|it| it.positions > 0 && it.initial == "0")));
        assert!(slots().any(|slot| slot.in_pool) && slots().any(|slot| slot.isolated.is_some()));
        assert!(slots().any(|slot| slot.claims.iter().any(|claim| claim != "0")));
        assert!(slots().any(|slot| slot.paid != "0") && slots().any(|slot| slot.maturing != "0"));
        assert!(slots().any(|slot| slot.liquidation_price.is_some()) && slots().any(|slot| slot.rank.is_some()));
    }
}
