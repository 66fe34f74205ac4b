//! What guards markets: time and prices, pauses and freezes, permission, settlement, the grid.

use breakwater_engine::breaker::{self, Findings, Holds};
use breakwater_engine::clearing::guards::{self, ExchangeGuards, RefreshReport};
use breakwater_engine::clearing::ladder::LINES_AND_POOLS_MAX;
use breakwater_engine::clearing::markets::MarketMut;
use breakwater_engine::clearing::state::Stress;
use breakwater_engine::permission::{permit_either, permitted, Action, Conditions, Guards, PauseBits};
use breakwater_engine::price::Reasons;
use breakwater_engine::source::Observed;
use breakwater_engine::state::{Breaker, FreezeClock, Pauses};
use breakwater_engine::units::{Now, BPS};
use breakwater_engine::Error;
use serde_json::json;

use super::atomic::{Age, Touched};
use super::{passed, EngineVenue};
use crate::day::op::PauseOp;
use crate::day::venue::{AccountId, Books, MarketId, Outcome, Report, Stop};
use crate::quantity::per_unit;

/// What guards the exchange's markets beside their own books.
#[derive(Clone, Default)]
pub(super) struct Watch {
    pub breaker: Breaker,
    pub pauses: Pauses,
    /// Each market's pauses, and when its timelock runs out, unix seconds.
    pub markets: Vec<(Pauses, i64)>,
    freeze: FreezeClock,
    stress: Stress,
}

impl Watch {
    pub(super) fn of(&self, market: MarketId) -> ExchangeGuards<'_> {
        let (pauses, opens_at) = &self.markets[market];
        ExchangeGuards {
            guards: Guards { exchange: &self.breaker, pauses: [&self.pauses, pauses], opens_at: *opens_at },
            last_restart: 0,
            stress: &self.stress,
        }
    }
}

/// Runs a verb over one market.
fn on_one<R>(books: &mut [Books], at: MarketId, verb: impl FnOnce(&mut MarketMut<'_>) -> R) -> Outcome<R> {
    let mut books = passed(books, &[at]);
    books.first_mut().map(verb).ok_or_else(|| Error::MarketMissing.into())
}

impl EngineVenue {
    /// What time alone does to a market: funding and the vesting clock, under what stood still.
    pub(super) fn run_clocks(&mut self, at: MarketId) -> Outcome<()> {
        let EngineVenue { markets, watch, now, .. } = self;
        on_one(markets, at, |market| market.accrue(&watch.of(at), *now))?.map_err(Stop::from)
    }

    /// A mark older than a verb allows is refreshed from what its sources published last, where the line has not said
    /// otherwise. Whether it is then young enough is asked by permission and by the verb.
    pub(super) fn renew(&mut self, at: MarketId, age: Age) -> Outcome<()> {
        if self.refreshes && !self.is_young(at, age) {
            let _ = self.refresh(at)?;
        }
        Ok(())
    }

    pub(super) fn is_young(&self, at: MarketId, age: Age) -> bool {
        let market = &self.markets[at].market;
        let most = match age {
            Age::Any => return true,
            Age::Standing => market.params.mark_age_slots_max,
            Age::Acting => market.waterfall.action_age_slots,
        };
        let age = market.mark.age_slots(self.now).max(self.now.slot.saturating_sub(market.mark.slot));
        market.is_settled() || age <= most
    }

    /// Takes what the sources published last. A bad price is no error: it is written down.
    pub(super) fn refresh(&mut self, at: MarketId) -> Outcome {
        let [first, second] = self.published[at];
        let EngineVenue { markets, watch, now, .. } = self;
        let observed = Observed { first, second };
        let done = on_one(markets, at, |market| guards::refresh(market, &watch.of(at), observed, *now))??;
        Ok(refreshed(&done))
    }

    /// Whether an action may run in a market now.
    pub(super) fn permit(&self, action: Action, at: MarketId) -> Outcome<()> {
        Ok(permitted(action, &self.conditions(at))?)
    }

    /// The same of one of two, the second of which only reduces; whether it only does that.
    pub(super) fn permit_one_of(
        &self,
        actions: (Action, Action),
        at: MarketId,
        (is_marked, reduces): (bool, bool),
    ) -> Outcome<bool> {
        Ok(permit_either(actions, is_marked, &self.conditions(at), || reduces)?)
    }

    fn conditions(&self, at: MarketId) -> Conditions {
        self.watch.of(at).conditions(&self.markets[at].market, self.now)
    }

    /// Whether an action that concerns no market may run now.
    pub(super) fn permit_at_all(&self, action: Action) -> Outcome<()> {
        Ok(permitted(action, &Conditions::of_exchange(&self.watch.breaker, &self.watch.pauses, self.now))?)
    }

    /// Whether an account may take money out: every market it has lots in must permit it, and the exchange.
    pub(super) fn permit_withdrawal(&self, account: AccountId, markets: &[MarketId]) -> Outcome<()> {
        let mut action = Action::WithdrawFlat;
        for at in markets {
            if self.accounts[account].slot(*at as u64).is_ok_and(|slot| slot.position.lots != 0) {
                action = Action::Withdraw;
                self.permit(action, *at)?;
            }
        }
        self.permit_at_all(action)
    }

    /// Writes down in the exchange's breaker how much of what may leave has left.
    pub(super) fn watch_outflow(&mut self) {
        breaker::watch_outflow(&mut self.watch.breaker, &self.outflow, &self.params, self.now);
    }

    /// The same of how far insurance has fallen within the day.
    pub(super) fn watch_fund(&mut self) -> Outcome<()> {
        let (peak, own) = self.fund.drawdown(self.now)?;
        let (fall, guard) = (u128::from(peak.beyond(own).0), u128::from(self.params.drawdown_guard.0));
        let has_fallen = fall > 0 && fall * u128::from(BPS) >= u128::from(peak.0) * guard;
        let hold = self.params.guard_hold_seconds;
        let found = Findings::default().about(Reasons::DRAWDOWN, has_fallen);
        self.watch.breaker.observe(found, Holds { halt: hold, guard: hold }, self.now);
        Ok(())
    }

    /// Pauses until so many slots of 400 ms have passed; no bits lift what the authority paused.
    pub(super) fn set_pause(&mut self, market: Option<MarketId>, given: &PauseOp, freezes: bool) -> Outcome {
        let freeze = if freezes { PauseBits::FREEZE } else { PauseBits::NONE };
        let bits = PauseBits(given.bits.unwrap_or(0)).and(freeze);
        if PauseBits::ALL.and(bits) != PauseBits::ALL {
            return Err(Stop::Failed("`bits` has bits that are no pause".into()));
        }
        let seconds = given.slots.unwrap_or(0).saturating_mul(2).div_ceil(5);
        let before = self.watch.clone();
        let all: Vec<MarketId> = market.map_or_else(|| (0..self.markets.len()).collect(), |at| vec![at]);
        let touched = Touched::of(&[], all, Age::Any);
        let done = self.attempt(&touched, |venue| {
            let EngineVenue { watch: Watch { pauses, markets, freeze, .. }, now, .. } = venue;
            let own = market.map_or(pauses, |at| &mut markets[at].0);
            own.set_by_authority(freeze, bits, seconds, *now)?;
            touched.markets.iter().try_for_each(|at| venue.stand(*at))?;
            Ok(Report::from_iter([("until".into(), json!(venue.now.time.saturating_add_unsigned(seconds)))]))
        });
        if done.is_err() {
            self.watch = before;
        }
        done
    }

    fn stand(&mut self, at: MarketId) -> Outcome<()> {
        let EngineVenue { markets, watch, now, .. } = self;
        on_one(markets, at, |market| market.stand(&watch.of(at), *now))?.map_err(Stop::from)
    }

    /// Brings a market's breaker up to what its sources say and what has happened in it.
    pub(super) fn update_breaker(&mut self, market: Option<MarketId>, given: &PauseOp) -> Outcome {
        if given.bits.is_some() || given.slots.is_some() {
            return Err(Stop::Failed(
                "a breaker is brought up to date: it has no `bits` and no `slots` of its own".into(),
            ));
        }
        let Some(market) = market else {
            self.permit_at_all(Action::TripBreaker)?;
            self.watch_fund()?;
            self.watch_outflow();
            let level = self.watch.breaker.level(self.now);
            return Ok(Report::from_iter([("level".into(), json!(format!("{level:?}").to_lowercase()))]));
        };
        self.permit(Action::TripBreaker, market)?;
        let touched = Touched::of(&[], vec![market], Age::Any);
        self.attempt(&touched, |venue| venue.refresh(market))
    }

    /// Makes the average of the last marks final.
    pub(super) fn make_final(&mut self, market: MarketId) -> Outcome {
        self.permit(Action::Settle, market)?;
        let touched = Touched::of(&[], vec![market], Age::Any);
        self.attempt(&touched, |venue| {
            let EngineVenue { markets, watch, now, .. } = venue;
            let exponent = markets[market].market.params.lot_exponent;
            let price = on_one(markets, market, |books| books.settle_at_average(&watch.of(market), *now))??;
            Ok(Report::from_iter([("price".into(), json!(per_unit(i128::from(price.0), 1, exponent)))]))
        })
    }

    /// Moves all lines to the next grid.
    pub(super) fn move_grid(&mut self, market: MarketId) -> Outcome {
        self.permit(Action::Rebase, market)?;
        let touched = Touched::of(&[], vec![market], Age::Any);
        self.attempt(&touched, |venue| {
            let moved = on_one(&mut venue.markets, market, |books| books.migrate_grid(LINES_AND_POOLS_MAX))??;
            Ok(Report::from_iter([("lines".into(), json!(moved.visited)), ("finished".into(), json!(moved.finished))]))
        })
    }

    /// What breakers leave allowed in a market, and the bits of what has tripped.
    #[must_use]
    pub fn breaker_of(&self, at: MarketId, now: Now) -> (String, u64) {
        let market = &self.markets[at].market;
        let guards = self.watch.of(at);
        let level = guards.guards.level(&guards.of(market), now);
        (format!("{level:?}").to_lowercase(), market.breaker.as_ref().in_force(now).0)
    }
}

fn refreshed(done: &RefreshReport) -> Report {
    Report::from_iter([
        ("accepted".into(), json!(done.accepted)),
        ("quality".into(), json!(format!("{:?}", done.quality).to_lowercase())),
        ("reasons".into(), json!(done.reasons.0)),
        ("silent".into(), json!(done.silent)),
    ])
}
