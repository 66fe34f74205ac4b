//! Moments: random days that end in accounts in every state the waterfall knows, most of them not caught up.

use breakwater_engine::account::NO_MARKET;
use breakwater_engine::price::Observation;
use breakwater_engine::state::{CollateralBooks, ExchangeParams};
use breakwater_engine::units::Bps;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::pledged;
use crate::engine::EngineVenue;
use crate::replay::{self, random_day};
use crate::venue::{Books, MarketId, State, Venue};

/// Operations of a day after its opening.
const OPERATIONS: usize = 120;

/// An exchange at the end of a day.
pub struct Moment {
    /// Repeats the day.
    pub seed: u64,
    /// Markets and accounts.
    pub state: State,
    /// Kinds of other collateral, by number: all three, or the first two.
    pub kinds: Vec<CollateralBooks>,
}

/// A random day of two markets.
pub fn random(seed: u64) -> Result<Moment, String> {
    let lines = replay::parse(&random_day(seed, OPERATIONS))?;
    let mut venue = EngineVenue::new(&ExchangeParams::bare()).map_err(|refusal| refusal.to_string())?;
    let _ = replay::run(&lines, &mut venue)?;
    crash(&mut venue, seed);
    let mut state = venue.state();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    vary(&mut state, &mut rng);
    Ok(Moment::of(seed, state, &mut rng))
}

impl Moment {
    /// A state, in which a third of all accounts gets other collateral. Now and then the last kind is withheld: what has an
    /// amount of it cannot be valued.
    pub fn of(seed: u64, mut state: State, rng: &mut ChaCha8Rng) -> Moment {
        let mut kinds = pledged::kinds(state.now, rng).to_vec();
        if rng.random_range(0..6) == 0 {
            kinds.truncate(2);
        }
        for account in &mut state.accounts {
            if rng.random_range(0..3) == 0 {
                pledged::pledge(account, state.now, rng);
            }
        }
        Moment { seed, state, kinds }
    }
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
