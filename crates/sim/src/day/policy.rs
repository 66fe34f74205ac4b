//! Keepers at work after every price: each does all that is due in the price's market and its budget pays for, in the order of
//! the waterfall, the most levered account first.

use breakwater_engine::{Atoms, Lots, Side};
use serde_json::{json, Map, Value};
use std::collections::{BTreeMap, BTreeSet};

use super::alarms::Alarms;
use super::op::{PolicyOp, Task};
use super::venue::{AccountId, MarketId, Outcome, Report, Stop, Taker, Venue};
use crate::quantity::atoms;

/// A keeper.
struct Keeper {
    /// What the script calls it.
    name: String,
    /// Value of the lots it may still take over and buy; none: unbounded.
    budget: Option<Atoms>,
    tasks: BTreeSet<Task>,
}

/// All keepers, and whom they watch.
#[derive(Default)]
pub struct Keepers {
    at_work: BTreeMap<AccountId, Keeper>,
    /// Built when work begins, and again after what changes more accounts than it names.
    alarms: Option<Alarms>,
}

impl Keepers {
    /// Gives a keeper its tasks; none ends its work.
    pub fn set(&mut self, venue: &mut dyn Venue, keeper: AccountId, given: &PolicyOp) -> Outcome {
        let budget = given.budget_usd.map(atoms).transpose().map_err(Stop::Failed)?;
        let tasks: BTreeSet<Task> = given.tasks.iter().copied().collect();
        if tasks.is_empty() {
            self.at_work.remove(&keeper);
        } else {
            self.at_work.insert(keeper, Keeper { name: given.keeper.clone(), budget, tasks });
        }
        self.alarms = None;
        let _ = venue.take_touched();
        Ok(Report::new())
    }

    /// Forgets whom to watch: more accounts have changed than an operation named.
    pub fn forget(&mut self) {
        self.alarms = None;
    }

    /// Accounts changed.
    pub fn note(&mut self, venue: &mut dyn Venue, touched: &[AccountId]) -> Outcome<()> {
        let Some(alarms) = &mut self.alarms else { return Ok(()) };
        touched.iter().try_for_each(|account| alarms.set(venue, *account))
    }

    /// What is due in a market after its price; what each keeper did, by task.
    pub fn work(&mut self, venue: &mut dyn Venue, market: MarketId) -> Outcome<Map<String, Value>> {
        let mut done = Map::new();
        let keepers: Vec<AccountId> = self.at_work.keys().copied().collect();
        for keeper in keepers {
            if self.alarms.is_none() {
                self.alarms = Some(Alarms::of(venue)?);
            }
            let Some(mut alarms) = self.alarms.take() else { continue };
            let report = self.work_of(venue, &mut alarms, (keeper, market))?;
            // A resolution charges accounts that it does not name.
            self.alarms = if report.contains_key("resolve") { None } else { Some(alarms) };
            if !report.is_empty() {
                let name = self.at_work.get(&keeper).map(|keeper| keeper.name.clone());
                done.insert(name.unwrap_or_default(), Value::Object(report));
            }
        }
        Ok(done)
    }

    fn work_of(
        &mut self,
        venue: &mut dyn Venue,
        alarms: &mut Alarms,
        (who, market): (AccountId, MarketId),
    ) -> Outcome<Report> {
        let Some(keeper) = self.at_work.get_mut(&who) else { return Ok(Report::new()) };
        let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
        let sick = alarms.ringing(venue, market)?;
        // A sync observes too.
        let observed = |task: &Task| *task == Task::Observe && keeper.tasks.contains(&Task::Sync);
        let tasks: Vec<Task> = keeper.tasks.iter().copied().filter(|task| !observed(task)).collect();
        for task in tasks {
            let name = task.name();
            let mut count = |outcome: Outcome| -> Outcome<bool> {
                match outcome {
                    Ok(report) => {
                        let acted = !report.contains_key("observed");
                        *counts.entry(name).or_default() += u64::from(acted);
                        Ok(acted)
                    }
                    Err(Stop::Refused(_)) => Ok(false),
                    Err(failed) => Err(failed),
                }
            };
            match task {
                Task::Observe => {
                    for account in &sick {
                        let _ = count(venue.observe(*account))?;
                    }
                }
                Task::Sync => {
                    for account in &sick {
                        let _ = count(venue.sync(*account))?;
                    }
                }
                Task::Liquidate => {
                    for account in sick.iter().filter(|account| **account != who) {
                        let _ = count(keeper.liquidate(venue, (who, *account), market))?;
                    }
                }
                Task::Declare => {
                    for account in &sick {
                        let _ = count(venue.declare(*account, None, Some(who)))?;
                        if is_isolated(venue, *account, market) {
                            let _ = count(venue.declare(*account, Some(market), Some(who)))?;
                        }
                    }
                }
                Task::Buy => {
                    for side in Side::BOTH {
                        let _ = count(keeper.buy(venue, who, (market, side)))?;
                    }
                }
                Task::Resolve => {
                    let _ = count(venue.resolve(market, Some(who)))?;
                }
            }
            for account in venue.take_touched() {
                alarms.set(venue, account)?;
            }
        }
        Ok(counts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| (name.into(), json!(count)))
            .collect())
    }
}

impl Keeper {
    /// Lots that the budget pays for at a market's mark.
    fn affords(&self, venue: &dyn Venue, market: MarketId) -> Lots {
        let Some(budget) = self.budget else { return Lots(u64::MAX) };
        let books = &venue.state().markets[market].market;
        let value = budget.cash().0.unsigned_abs();
        let lots = value.checked_div(u128::from(books.mark.price.0)).unwrap_or(0);
        let lots = u64::try_from(lots).unwrap_or(u64::MAX);
        let step = books.params.step.0.max(1);
        Lots(lots - lots % step)
    }

    /// Spends what lots taken in a market were worth.
    fn spend(&mut self, venue: &dyn Venue, market: MarketId, lots: Lots) -> Outcome<()> {
        if let Some(budget) = &mut self.budget {
            let value = venue.state().markets[market].market.mark.price.value_ceil(lots)?;
            *budget = budget.beyond(value);
        }
        Ok(())
    }

    fn liquidate(&mut self, venue: &mut dyn Venue, (who, victim): (AccountId, AccountId), market: MarketId) -> Outcome {
        let most = self.affords(venue, market);
        let before = size_of(venue, victim, market);
        if most.is_zero() || before.is_zero() {
            return Err(Stop::Refused("NothingToTake".into()));
        }
        let report = venue.liquidate(victim, market, &Taker::Keeper(who), most)?;
        let taken = Lots(before.0.saturating_sub(size_of(venue, victim, market).0));
        self.spend(venue, market, taken)?;
        Ok(report)
    }

    fn buy(&mut self, venue: &mut dyn Venue, who: AccountId, (market, side): (MarketId, Side)) -> Outcome {
        let most = self.affords(venue, market);
        let before = venue.state().markets[market].market.side(side).estate.lots;
        if most.is_zero() || before.is_zero() {
            return Err(Stop::Refused("NoEstate".into()));
        }
        let report = venue.buy(market, side, who, most.least(before))?;
        self.spend(venue, market, most.least(before))?;
        Ok(report)
    }
}

/// Lots of an account in a market, caught up.
fn size_of(venue: &dyn Venue, account: AccountId, market: MarketId) -> Lots {
    let state = venue.state();
    let slot = state.accounts[account].slot(market as u64);
    let position = slot.and_then(|slot| state.markets[market].view().caught_up(slot));
    position.map_or(Lots::ZERO, |position| position.lots)
}

fn is_isolated(venue: &dyn Venue, account: AccountId, market: MarketId) -> bool {
    venue.state().accounts[account].slot(market as u64).is_ok_and(|slot| slot.position.isolated != 0)
}

impl Task {
    /// Its operation's name.
    const fn name(self) -> &'static str {
        match self {
            Task::Observe => "observe",
            Task::Sync => "sync",
            Task::Liquidate => "liquidate",
            Task::Declare => "declare",
            Task::Buy => "buy",
            Task::Resolve => "resolve",
        }
    }
}
