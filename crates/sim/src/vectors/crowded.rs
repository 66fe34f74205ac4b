//! Crowded days: eight markets, accounts of one to eight positions. Some markets fall or rise until a large account of the losing
//! side is bankrupt; its resolution brings most of the other side to pools, and few of those accounts are touched afterwards.

use breakwater_engine::price::Observation;
use breakwater_engine::recovery;
use breakwater_engine::state::{ExchangeParams, MarketParams};
use breakwater_engine::trade::Order;
use breakwater_engine::units::{Bps, PICO};
use breakwater_engine::{Atoms, Lots, Side};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::moment::Moment;
use crate::engine::EngineVenue;
use crate::venue::{AccountId, Cross, MarketId, Outcome, State, Venue};

const MARKETS: usize = 8;
const TRADERS: usize = 40;
/// A dollar in atoms.
const USD: u64 = 1_000_000;

/// A day in the making.
struct Day {
    rng: ChaCha8Rng,
    venue: EngineVenue,
    /// Quotes everything, with so much margin that it is deleveraged last.
    house: AccountId,
    traders: Vec<AccountId>,
    plans: Vec<Plan>,
}

/// What happens to a market.
struct Plan {
    winner: Side,
    /// How far the mark moves in the first crash, in percent; zero: nowhere.
    percent: u64,
    /// The account that goes bankrupt there, where the mark moves.
    whale: Option<AccountId>,
}

/// A crowded day.
pub fn crowded(seed: u64) -> Result<Moment, String> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut day = open(&mut rng).map_err(|refusal| format!("seed {seed}: {refusal}"))?;
    day.fill();
    day.crash();
    day.touch();
    day.again();
    let mut state = day.venue.state();
    vary(&mut state, &mut rng);
    Ok(Moment::of(seed, state, &mut rng))
}

fn open(rng: &mut ChaCha8Rng) -> Outcome<Day> {
    let mut venue = EngineVenue::new(&ExchangeParams::bare())?;
    venue.fund(Atoms(rng.random_range(1..3_000) * USD))?;
    let house = venue.open()?;
    venue.deposit(house, Atoms(40_000_000 * USD))?;
    let mut plans = Vec::new();
    for market in 0..MARKETS {
        let params = params(rng);
        let price = rng.random_range(PICO / 5..PICO);
        venue.list(&params, &seen(price, params.lot_exponent, venue.now().time))?;
        venue.allocate(house, market, 2_000_000 * USD as i64)?;
        let winner = if rng.random() { Side::Long } else { Side::Short };
        let percent = match rng.random_range(0..8) {
            0 | 1 => 0,
            2 => rng.random_range(30..50),
            _ => rng.random_range(10..26),
        };
        plans.push(Plan { winner, percent, whale: None });
    }
    let traders = (0..TRADERS).map(|_| venue.open()).collect::<Outcome<Vec<_>>>()?;
    Ok(Day { rng: ChaCha8Rng::seed_from_u64(rng.random()), venue, house, traders, plans })
}

fn params(rng: &mut ChaCha8Rng) -> MarketParams {
    let auction_slots = rng.random_range(1..30);
    MarketParams {
        auction_slots,
        cover_grant: Atoms(rng.random_range(0..400) * USD),
        deleverage_after_slots: rng.random_range(auction_slots + 1..2_000),
        slice_floor: Lots(rng.random_range(1..2_000) * USD),
        profit_vesting_seconds: rng.random_range(3_600..100_000),
        lot_exponent: rng.random_range(-10..=-6),
        step: Lots(if rng.random() { 1 } else { 1_000 }),
        buffer: Bps(rng.random_range(1..2_000)),
        ..MarketParams::bare()
    }
}

/// A good price, 1e-12 atom per lot.
fn seen(price: u64, lot_exponent: i32, publish_time: i64) -> Observation {
    let (price, confidence) = (price.cast_signed(), price / 1_000);
    let exponent = -18 - lot_exponent;
    Observation { price, confidence, ema_price: price, ema_confidence: confidence, exponent, publish_time }
}

impl Day {
    /// Everybody opens; then each whale, nearly as large as what there is on the winning side.
    fn fill(&mut self) {
        for trader in self.traders.clone() {
            let positions = if self.rng.random_range(0..6) == 0 { MARKETS } else { self.rng.random_range(1..=MARKETS) };
            let mut markets: Vec<_> = (0..MARKETS).collect();
            markets.shuffle(&mut self.rng);
            let _ = self.venue.deposit(trader, Atoms(self.rng.random_range(1..30) * USD));
            for market in markets.into_iter().take(positions) {
                self.enter(trader, market);
            }
        }
        for market in 0..MARKETS {
            if self.plans[market].percent > 0 {
                self.plans[market].whale = self.whale(market);
            }
        }
    }

    /// A position of fifty to three thousand dollars, up to fifteen times its margin.
    fn enter(&mut self, trader: AccountId, market: MarketId) {
        let dollars = self.rng.random_range(50..3_000);
        let leverage = self.rng.random_range(3..16);
        let _ = self.venue.deposit(trader, Atoms(dollars * USD / leverage));
        let winner = self.plans[market].winner;
        let side = if self.rng.random_range(0..5) < 3 { winner } else { winner.opposite() };
        let lots = self.lots(market, dollars);
        if self.trade(trader, market, (side, lots), false).is_ok() {
            let margin = (dollars * USD / leverage).saturating_sub(dollars * USD / 18);
            let _ = self.venue.allocate(trader, market, margin.cast_signed());
        }
    }

    fn whale(&mut self, market: MarketId) -> Option<AccountId> {
        let Plan { winner, .. } = self.plans[market];
        let views = self.traders.iter().filter_map(|at| self.venue.account(*at).slot(market as u64).ok().copied());
        let winners = views.filter(|slot| slot.position.side() == Some(winner));
        let all: u64 = winners.map(|slot| slot.position.size().0).sum();
        let lots = (all / 100 * self.rng.random_range(60..110)).next_multiple_of(1_000);
        let value = self.venue.mark(market).value_ceil(Lots(lots)).ok()?;
        let whale = self.venue.open().ok()?;
        self.venue.deposit(whale, Atoms(value.0 / 10 + USD)).ok()?;
        self.trade(whale, market, (winner.opposite(), Lots(lots)), false).ok()?;
        Some(whale)
    }

    /// So many dollars' worth of lots, in whole steps.
    fn lots(&self, market: MarketId, dollars: u64) -> Lots {
        let lots = u128::from(dollars * USD) * u128::from(PICO) / u128::from(self.venue.mark(market).0.max(1));
        Lots(u64::try_from(lots / 1_000 * 1_000).unwrap_or(0))
    }

    /// At the mark, against the house.
    fn trade(&mut self, taker: AccountId, market: MarketId, size: (Side, Lots), reduce_only: bool) -> Outcome {
        let (side, lots) = size;
        let order = Order { side, lots, limit: self.venue.mark(market), reduce_only, min_fill: Lots(0) };
        self.venue.cross(market, &Cross { maker: self.house, taker, order })
    }

    /// Marks move by their plans in steps; distress is observed, some of it liquidated, and the whales are resolved.
    fn crash(&mut self) {
        let first: Vec<_> = (0..MARKETS).map(|market| self.venue.mark(market).0).collect();
        for step in 1..=3 {
            let marks: Vec<_> = (0..MARKETS).map(|at| self.plans[at].moved(first[at], step)).collect();
            self.publish(&marks);
            self.observe(2);
        }
        self.liquidate();
        self.venue.advance(31, 12);
        self.resolve();
    }

    /// New marks in all markets, some seconds on.
    fn publish(&mut self, marks: &[u64]) {
        self.venue.advance(20, 8);
        for (market, mark) in marks.iter().enumerate() {
            let exponent = self.venue.books(market).market.params.lot_exponent;
            let _ = self.venue.publish(market, &seen(*mark, exponent, self.venue.now().time));
        }
    }

    /// Every whale is looked at, and one in some of the traders.
    fn observe(&mut self, one_in: u32) {
        let whales: Vec<_> = self.plans.iter().filter_map(|plan| plan.whale).collect();
        for account in whales.into_iter().chain(self.traders.clone()) {
            if !self.traders.contains(&account) || self.rng.random_range(0..one_in) == 0 {
                let _ = self.venue.sync(account, None);
            }
        }
    }

    fn liquidate(&mut self) {
        for trader in self.traders.clone() {
            let market = self.rng.random_range(0..MARKETS);
            let _ = self.venue.sync(self.house, None);
            let _ = self.venue.liquidate(trader, market, self.house, Lots::ZERO);
        }
    }

    /// Whales first, then half of the traders that are bankrupt.
    fn resolve(&mut self) {
        for market in 0..MARKETS {
            let Some(whale) = self.plans[market].whale else { continue };
            for _ in 0..3 {
                let _ = self.venue.resolve(whale, market, None);
            }
        }
        for trader in self.traders.clone() {
            if self.rng.random() {
                (0..MARKETS).for_each(|market| drop(self.venue.resolve(trader, market, None)));
            }
        }
    }

    /// A few accounts are caught up, and a few close part of what they have: profit that vests.
    fn touch(&mut self) {
        for trader in self.traders.clone() {
            match self.rng.random_range(0..8) {
                0 => drop(self.venue.sync(trader, None)),
                1 | 2 => self.reduce(trader),
                _ => {}
            }
        }
    }

    fn reduce(&mut self, trader: AccountId) {
        let account = self.venue.account(trader);
        let open = account.slots.iter().filter(|slot| slot.position.lots != 0);
        let Some(slot) = open.max_by_key(|slot| slot.position.size().0) else { return };
        let (market, size) = (slot.market as usize, slot.position.size().0);
        let Some(side) = slot.position.side() else { return };
        let lots = Lots((size / self.rng.random_range(2..8)).next_multiple_of(1_000));
        let _ = self.trade(trader, market, (side.opposite(), lots), true);
    }

    /// Half an hour on marks move once more, and whoever is bankrupt by then is resolved too. Grids that are due move, and now
    /// and then one is left on its way.
    fn again(&mut self) {
        self.venue.advance(4_500, 1_800);
        let marks: Vec<_> =
            (0..MARKETS).map(|at| self.venue.mark(at).0 / 100 * self.rng.random_range(94..=106)).collect();
        self.publish(&marks);
        self.observe(12);
        self.venue.advance(31, 12);
        self.resolve();
        for market in 0..MARKETS {
            let lines = if self.rng.random_range(0..30) == 0 { 700 } else { 2_048 };
            let _ = self.venue.rebase(market, lines);
        }
    }
}

impl Plan {
    /// Where the mark is after a third of its way for each step.
    fn moved(&self, first: u64, step: u64) -> u64 {
        let by = first / 300 * self.percent * step;
        self.winner.pick(first + by, first - by)
    }
}

/// What no verb of the venue does: claims paid back, margins at a multiple, positions taken aside, marks gone stale.
fn vary(state: &mut State, rng: &mut ChaCha8Rng) {
    if rng.random_range(0..12) == 0 {
        state.now.slot += 10_000;
    }
    for books in &mut state.markets {
        if rng.random_range(0..6) == 0 {
            books.market.stance.initial = Bps(rng.random_range(10_000..=40_000));
            books.market.stance.maintenance = Bps(rng.random_range(10_000..=40_000));
        }
        for side in Side::BOTH {
            let owed = books.market.side(side).claims.outstanding.0;
            if rng.random_range(0..3) > 0 {
                let _ = recovery::donate(&mut books.books(), side, Atoms(owed / rng.random_range(1..9)), state.now);
            }
        }
    }
    for books in &mut state.markets {
        // As the instruction leaves it that a client reads just before: a market that is moved to a new grid does not begin.
        let _ = books.books().begin(state.now);
    }
    for slot in state.accounts.iter_mut().flat_map(|account| &mut account.slots) {
        if slot.position.lots != 0 {
            slot.position.isolated = u32::from(rng.random_range(0..20) == 0);
        }
    }
}
