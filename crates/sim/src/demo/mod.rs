//! `demo`: the afternoon of 10 October 2025 on the compiled program, tier by tier, to the atom.

mod crowd;
mod guards;
mod house;
mod keepers;
mod paths;
mod record;
mod report;
mod script;
mod svg;
mod table;

pub use guards::{compare, Comparison};
pub use house::PLANS;
pub use report::write as write_report;
pub use script::write as write_script;
pub use svg::draw;
pub use table::print;

use breakwater_engine::state::{ExchangeParams, MarketParams};
use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::audit::{audit, Audit};
use crate::venue::{State, Venue};
use house::House;
use keepers::Round;
use paths::{MINUTES, STEPS_A_MINUTE};
use record::Sample;

/// Slots a step: a quarter of a minute at 400 ms, rounded.
const SLOTS_A_STEP: u64 = 37;
const SECONDS_A_STEP: i64 = 15;
/// Steps between two rounds of quotes: a quote lives for 150 slots.
const QUOTE_STEPS: usize = 3;
/// Weight of a step in the feed's moving average, one in this many.
const EMA_STEPS: i64 = 120;
/// The crash, in minutes: everybody wants into the same blocks, and keepers get fewer transactions in.
const CONGESTED: std::ops::Range<usize> = 56..82;
/// Actions a step that get through, for a crowd of [`CROWD`]; a smaller one has fewer keepers too.
const BUDGET: usize = 16;
const BUDGET_CONGESTED: usize = 1;
/// The crowd that budgets and covers are made for.
const CROWD: usize = 300;

/// A day to run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Everything random follows from it.
    pub seed: u64,
    /// How many traders.
    pub traders: usize,
    /// Whether the exchange reacts before anything fails: volatility, phases, breakers.
    pub guards: bool,
}

impl Default for Plan {
    /// 300 traders, the waterfall alone, and a seed with which every market uses every tier.
    fn default() -> Plan {
        Plan { seed: 12, traders: 300, guards: false }
    }
}

impl Plan {
    /// What the exchange is created with.
    #[must_use]
    pub const fn exchange(&self) -> ExchangeParams {
        if self.guards {
            // The day begins with a listing: nobody is there yet to wait for.
            ExchangeParams { timelock_seconds: 0, ..ExchangeParams::standard() }
        } else {
            ExchangeParams::bare()
        }
    }

    /// What its markets are listed with, but for their own.
    const fn market(&self) -> MarketParams {
        if self.guards {
            MarketParams::standard()
        } else {
            MarketParams::bare()
        }
    }
}

/// A day that was run.
pub struct Day {
    /// Samples by market.
    pub samples: [Vec<Sample>; 3],
    /// The exchange at the end.
    pub state: State,
    /// Where every atom is.
    pub audit: Audit,
    /// Compute units by instruction, the dearest.
    pub units: BTreeMap<&'static str, u64>,
    /// What keepers were refused, by name.
    pub refused: BTreeMap<String, usize>,
}

/// A run in progress.
struct Run<'v> {
    venue: &'v mut dyn Venue,
    house: House,
    rng: ChaCha8Rng,
    prices: [Vec<i64>; 3],
    averages: [i64; 3],
    samples: [Vec<Sample>; 3],
    refused: BTreeMap<String, usize>,
    /// Keepers' actions saved up, in parts of [`CROWD`].
    credit: usize,
}

/// Runs a day; `say` hears how it goes.
pub fn run(venue: &mut dyn Venue, plan: &Plan, say: &mut dyn FnMut(&str)) -> Result<Day, String> {
    let mut rng = ChaCha8Rng::seed_from_u64(plan.seed);
    let prices = PLANS.map(|market| paths::path(market.anchors, market.noise_bps, &mut rng));
    let house = house::build(venue, plan, &mut rng).map_err(|refusal| format!("opening the house: {refusal}"))?;
    let averages = PLANS.map(|market| market.anchors[0].1);
    let samples = [Vec::new(), Vec::new(), Vec::new()];
    let mut run = Run { venue, house, rng, prices, averages, samples, refused: BTreeMap::new(), credit: 0 };
    crowd::quote_all(run.venue, &run.house);
    let opened = crowd::open_all(run.venue, &run.house, &mut run.rng);
    say(&format!(
        "{} traders, {opened} with positions; {} makers, {} keepers",
        plan.traders,
        run.house.makers.len(),
        PLANS.len()
    ));
    for step in 0..=MINUTES * STEPS_A_MINUTE {
        let round = run.step(step);
        if step % (5 * STEPS_A_MINUTE) == 0 {
            say(&run.progress(step, &round));
        }
    }
    run.settle();
    Ok(run.finish())
}

impl Run<'_> {
    fn step(&mut self, step: usize) -> Round {
        self.publish(step);
        if step.is_multiple_of(QUOTE_STEPS) {
            crowd::quote_all(self.venue, &self.house);
        }
        let minute = step / STEPS_A_MINUTE;
        let earned = if CONGESTED.contains(&minute) { BUDGET_CONGESTED } else { BUDGET };
        // Nobody saves up more than a calm step's worth.
        self.credit =
            (self.credit + earned * self.house.traders.len()).min(earned.max(2) * CROWD.max(self.house.traders.len()));
        let round = keepers::work(self.venue, &self.house, self.credit / CROWD);
        self.credit = self.credit.saturating_sub(round.actions * CROWD);
        for (name, count) in &round.refused {
            *self.refused.entry(name.clone()).or_default() += count;
        }
        crowd::unload(self.venue, &self.house);
        crowd::act(self.venue, &self.house, 3, &mut self.rng);
        for (market, samples) in self.samples.iter_mut().enumerate() {
            samples.push(record::sample(self.venue, market, self.prices[market][step]));
        }
        round
    }

    fn publish(&mut self, step: usize) {
        self.venue.advance(SLOTS_A_STEP, SECONDS_A_STEP);
        let time = self.venue.now().time;
        for (market, plan) in PLANS.iter().enumerate() {
            let price = self.prices[market][step];
            let average = &mut self.averages[market];
            *average += (price - *average) / EMA_STEPS;
            // A price the market calls bad keeps the old mark; the next one explains itself by the slots that passed.
            let _ = self.venue.publish(market, &plan.observation(price, *average, time));
        }
    }

    /// After the bell keepers have all the time they need: everybody is brought up to date, everything bankrupt resolved.
    fn settle(&mut self) {
        let last = MINUTES * STEPS_A_MINUTE;
        for _ in 0..12 {
            self.publish(last);
            let round = keepers::work(self.venue, &self.house, usize::MAX);
            if round.distressed == 0 {
                break;
            }
        }
        self.publish(last);
        let everyone = self.house.traders.iter().map(|trader| trader.account).chain(self.house.makers.iter().copied());
        for account in everyone {
            let _ = self.venue.sync(account, None);
        }
    }

    fn progress(&self, step: usize, round: &Round) -> String {
        let minute = step / STEPS_A_MINUTE;
        let clock = format!("{}:{:02}", 20 + minute / 60, minute % 60);
        let prices: Vec<String> =
            PLANS.iter().zip(&self.prices).map(|(plan, path)| table::quote(plan.name, path[step])).collect();
        let tiers = self
            .samples
            .iter()
            .filter_map(|samples| samples.last())
            .fold(record::Tiers::default(), |sum, sample| sum.plus(sample.tiers));
        format!(
            "{clock}  {}  distress {:3}, bankrupt {:3} | liquidations {:4}, insured {:>9}, absorbed {:>9}, socialised {:>9}",
            prices.join("  "),
            round.distressed,
            round.bankrupt,
            tiers.partial_liquidations,
            table::dollars(tiers.insured),
            table::dollars(tiers.absorbed),
            table::dollars(tiers.socialised),
        )
    }

    fn finish(self) -> Day {
        let state = self.venue.state();
        let audit = audit(&state);
        let units = self.venue.units();
        Day { samples: self.samples, state, audit, units, refused: self.refused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineVenue;
    use record::Tiers;

    fn day(guards: bool) -> Day {
        let plan = Plan { guards, ..Plan::default() };
        let mut venue = EngineVenue::new(&plan.exchange()).expect("an exchange");
        run(&mut venue, &plan, &mut |_| ()).expect("a day")
    }

    #[test]
    fn guards_leave_less_to_bear() {
        let (bare, guarded) = (day(false), day(true));
        assert!(guarded.audit.conserved(), "{:?}", guarded.audit.faults);
        let Comparison { off, on } = Comparison::of(&bare, &guarded);
        assert!(on.deficit < off.deficit && on.socialised < off.socialised, "{off:?} {on:?}");
    }

    #[test]
    fn the_day_uses_every_tier_to_the_atom() {
        let day = day(false);
        assert!(day.audit.conserved(), "{:?}", day.audit.faults);
        let tiers = day.state.markets.iter().fold(Tiers::default(), |sum, books| sum.plus(Tiers::of(&books.market)));
        let used = [tiers.partial_liquidations, tiers.insured, tiers.deleveraged, tiers.absorbed, tiers.socialised];
        assert!(used.iter().all(|amount| *amount > 0), "{tiers:?}");
        assert!(draw(&day).ends_with("</svg>\n"));
    }
}
