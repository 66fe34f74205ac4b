//! The day written down, for other networks to play: prices, people, what traders did, and what came of it.

use breakwater_engine::state::{AccountBooks, MarketParams, QuoteBooks};
use std::collections::BTreeMap;
use std::path::Path;

use breakwater_engine::price::Observation;
use breakwater_engine::trade::Order;
use breakwater_engine::units::Now;
use breakwater_engine::{Atoms, Lots, Price, Side};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::record::Tiers;
use super::report::{tiers, TierReport};
use super::{house, paths, Plan, PLANS};
use crate::engine::EngineVenue;
use crate::venue::{AccountId, Books, Cross, MarketId, Outcome, State, Venue};

/// A day, as the file has it. Money in atoms, prices in 1e-8 USD, positions in lots, above zero bought.
#[derive(Serialize)]
struct Script {
    seed: u64,
    slots_a_step: u64,
    seconds_a_step: i64,
    steps_a_minute: usize,
    quote_steps: usize,
    ema_steps: i64,
    insurance: u64,
    makers: usize,
    maker: u64,
    maker_level: u64,
    keeper: u64,
    budget: Budget,
    markets: Vec<MarketScript>,
    /// What each trader brings.
    traders: Vec<u64>,
    /// How traders opened, in their order.
    opening: Vec<Deal>,
    /// What they did after each step's prices.
    steps: Vec<Vec<Deal>>,
    /// What the waterfall did on the engine.
    tiers: TierReport,
}

/// Keepers' actions a step, for a crowd of so many traders; fewer from one minute until another.
#[derive(Serialize)]
struct Budget {
    crowd: usize,
    calm: usize,
    congested: usize,
    from_minute: usize,
    to_minute: usize,
}

#[derive(Serialize)]
struct MarketScript {
    name: &'static str,
    lot_exponent: i32,
    maker_margin: u64,
    /// Initial and maintenance of each bracket, in parts of ten thousand, with its bound in atoms.
    brackets: Vec<(u64, u32, u32)>,
    step: u64,
    position_min: u64,
    open_interest_max: u64,
    slice_floor: u64,
    cover_grant: u64,
    discount_max: u32,
    penalty: u32,
    check_slots: u64,
    gauge_distance: u32,
    prices: Vec<i64>,
}

/// A trade that was accepted.
#[derive(Clone, Copy, Serialize)]
struct Deal {
    trader: usize,
    market: MarketId,
    lots: i64,
    reduce_only: bool,
}

impl MarketScript {
    fn of(plan: &house::Plan, day: &Plan, prices: &[i64]) -> MarketScript {
        let params = plan.params(day);
        let brackets = params.counted().iter().map(|one| (one.up_to.0, one.initial.0, one.maintenance.0)).collect();
        MarketScript {
            name: plan.name,
            lot_exponent: plan.lot_exponent,
            maker_margin: plan.maker_usd * house::USD,
            brackets,
            step: params.step.0,
            position_min: params.position_min.0,
            open_interest_max: params.open_interest_max.0,
            slice_floor: params.slice_floor.0,
            cover_grant: params.cover_grant.0,
            discount_max: params.discount_max.0,
            penalty: params.penalty.0,
            check_slots: params.check_slots,
            gauge_distance: params.gauge_distance.0,
            prices: prices.to_vec(),
        }
    }
}

/// Runs a day on the engine, guards off, and writes it down.
pub fn write(plan: &Plan, to: &Path) -> Result<(), String> {
    let plan = &Plan { guards: false, ..*plan };
    let engine = EngineVenue::new(&plan.exchange()).map_err(|error| format!("the exchange is refused: {error}"))?;
    let mut recorder = Recorder { venue: engine, steps: vec![Vec::new()] };
    let day = super::run(&mut recorder, plan, &mut |_| ())?;
    let all = day.state.markets.iter().fold(Tiers::default(), |sum, books| sum.plus(Tiers::of(&books.market)));
    // The same seed draws the same prices first and the same people next.
    let mut rng = ChaCha8Rng::seed_from_u64(plan.seed);
    let prices = PLANS.map(|market| paths::path(market.anchors, market.noise_bps, &mut rng));
    let mut steps = recorder.steps.into_iter();
    let opening = steps.next().unwrap_or_default();
    let script = Script {
        seed: plan.seed,
        slots_a_step: super::SLOTS_A_STEP,
        seconds_a_step: super::SECONDS_A_STEP,
        steps_a_minute: paths::STEPS_A_MINUTE,
        quote_steps: super::QUOTE_STEPS,
        ema_steps: super::EMA_STEPS,
        insurance: house::scaled(house::FUND_USD, plan.traders),
        makers: house::MAKERS,
        maker: house::MAKER_USD * house::USD,
        maker_level: super::crowd::LEVEL_USD * house::USD,
        keeper: house::KEEPER_USD * house::USD,
        budget: Budget {
            crowd: super::CROWD,
            calm: super::BUDGET,
            congested: super::BUDGET_CONGESTED,
            from_minute: super::CONGESTED.start,
            to_minute: super::CONGESTED.end,
        },
        markets: PLANS.iter().zip(&prices).map(|(market, path)| MarketScript::of(market, plan, path)).collect(),
        traders: house::drawn(plan.traders, &mut rng),
        opening,
        steps: steps.take(prices[0].len()).collect(),
        tiers: tiers(all),
    };
    let json = serde_json::to_string(&script).map_err(|error| error.to_string())?;
    std::fs::write(to, json + "\n").map_err(|error| format!("{}: {error}", to.display()))
}

/// The engine, and what traders did on it: before the first step, and after each step's prices.
struct Recorder {
    venue: EngineVenue,
    steps: Vec<Vec<Deal>>,
}

impl Recorder {
    fn note(&mut self, account: AccountId, market: MarketId, order: Order) {
        // Makers and keepers, one a market, open their accounts first.
        let Some(trader) = account.checked_sub(house::MAKERS + PLANS.len()) else { return };
        let size = i64::try_from(order.lots.0).unwrap_or(i64::MAX);
        let lots = if order.side == Side::Long { size } else { -size };
        if let Some(step) = self.steps.last_mut() {
            step.push(Deal { trader, market, lots, reduce_only: order.reduce_only });
        }
    }
}

impl Venue for Recorder {
    fn now(&self) -> Now {
        self.venue.now()
    }

    fn advance(&mut self, slots: u64, seconds: i64) {
        self.steps.push(Vec::new());
        self.venue.advance(slots, seconds);
    }

    fn set_clock(&mut self, now: Now) {
        self.venue.set_clock(now);
    }

    fn mark(&self, market: MarketId) -> Price {
        self.venue.mark(market)
    }

    fn account(&self, account: AccountId) -> AccountBooks {
        self.venue.account(account)
    }

    fn books(&self, market: MarketId) -> Books {
        self.venue.books(market)
    }

    fn units(&self) -> BTreeMap<&'static str, u64> {
        self.venue.units()
    }

    fn list(&mut self, params: &MarketParams, first: &Observation) -> Outcome<MarketId> {
        self.venue.list(params, first)
    }

    fn open(&mut self) -> Outcome<AccountId> {
        self.venue.open()
    }

    fn fund(&mut self, amount: Atoms) -> Outcome {
        self.venue.fund(amount)
    }

    fn deposit(&mut self, account: AccountId, amount: Atoms) -> Outcome {
        self.venue.deposit(account, amount)
    }

    fn withdraw(&mut self, account: AccountId, amount: Atoms) -> Outcome {
        self.venue.withdraw(account, amount)
    }

    fn allocate(&mut self, account: AccountId, market: MarketId, amount: i64) -> Outcome {
        self.venue.allocate(account, market, amount)
    }

    fn publish(&mut self, market: MarketId, observation: &Observation) -> Outcome {
        self.venue.publish(market, observation)
    }

    fn quote(&mut self, account: AccountId, market: MarketId, quote: &QuoteBooks) -> Outcome {
        self.venue.quote(account, market, quote)
    }

    fn trade(&mut self, account: AccountId, market: MarketId, order: Order, makers: &[AccountId]) -> Outcome {
        self.venue.trade(account, market, order, makers)?;
        self.note(account, market, order);
        Ok(())
    }

    fn cross(&mut self, market: MarketId, cross: &Cross) -> Outcome {
        self.venue.cross(market, cross)
    }

    fn liquidate(&mut self, victim: AccountId, market: MarketId, by: AccountId, lots: Lots) -> Outcome {
        self.venue.liquidate(victim, market, by, lots)
    }

    fn resolve(&mut self, victim: AccountId, market: MarketId, against: Option<AccountId>) -> Outcome {
        self.venue.resolve(victim, market, against)
    }

    fn sync(&mut self, account: AccountId, payee: Option<AccountId>) -> Outcome {
        self.venue.sync(account, payee)
    }

    fn rebase(&mut self, market: MarketId, lines: u32) -> Outcome {
        self.venue.rebase(market, lines)
    }

    fn state(&self) -> State {
        self.venue.state()
    }
}
