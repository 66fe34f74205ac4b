//! Keepers: they read what anyone can read, and act within a budget.

use breakwater_engine::state::AccountBooks;
use std::collections::BTreeMap;

use breakwater_engine::health::{self, Health};
use breakwater_engine::units::Now;
use breakwater_engine::Lots;

use super::house::{House, PLANS};
use crate::venue::{AccountId, Books, MarketId, Refusal, Venue};

/// What keepers found and did in one step.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// Accounts below maintenance.
    pub distressed: usize,
    /// Accounts with nothing left.
    pub bankrupt: usize,
    /// Actions taken, refused ones included: they cost a transaction too.
    pub actions: usize,
    /// Refusals by name.
    pub refused: BTreeMap<String, usize>,
}

/// An account in trouble.
struct Case {
    account: AccountId,
    health: Health,
}

/// One step of the keepers' work: the largest requirement first.
pub fn work(venue: &mut dyn Venue, house: &House, budget: usize) -> Round {
    let markets: Vec<Books> = (0..PLANS.len()).map(|market| venue.books(market)).collect();
    let mut cases = find(venue, house, &markets);
    let mut round = Round {
        distressed: cases.len(),
        bankrupt: cases.iter().filter(|case| case.health.is_bankrupt()).count(),
        ..Round::default()
    };
    cases.sort_by_key(|case| std::cmp::Reverse(case.health.maintenance));
    for case in cases {
        if round.actions >= budget {
            break;
        }
        if case.health.is_bankrupt() {
            round.resolve(venue, house, case.account, budget);
        } else {
            round.liquidate(venue, house, case.account, &markets);
        }
    }
    round
}

fn find(venue: &dyn Venue, house: &House, markets: &[Books]) -> Vec<Case> {
    let now = venue.now();
    let everyone = house.traders.iter().map(|trader| trader.account).chain(house.makers.iter().copied());
    everyone
        .filter_map(|account| {
            let health = health_of(&venue.account(account), markets, now)?;
            health.is_distressed().then_some(Case { account, health })
        })
        .collect()
}

fn health_of(account: &AccountBooks, markets: &[Books], now: Now) -> Option<Health> {
    health::cross(account, markets.iter().map(Books::view), now).ok()
}

impl Round {
    fn note(&mut self, outcome: Result<(), Refusal>) -> Option<Refusal> {
        self.actions += 1;
        let refusal = outcome.err()?;
        *self.refused.entry(refusal.0.clone()).or_default() += 1;
        Some(refusal)
    }

    /// Tier 1 on the largest position.
    fn liquidate(&mut self, venue: &mut dyn Venue, house: &House, account: AccountId, markets: &[Books]) {
        let books = venue.account(account);
        let largest = (0..PLANS.len()).max_by_key(|market| {
            let size = books.slot(*market as u64).map(|slot| slot.position.size());
            let mark = markets[*market].market.mark.price;
            size.ok().and_then(|size| mark.value_floor(size).ok())
        });
        let Some(market) = largest else { return };
        let outcome = venue.liquidate(account, market, house.keepers[market], Lots::ZERO);
        if self.note(outcome) == Some(Refusal("NotInDistress".into())) {
            self.sync(venue, account);
        }
    }

    /// Money waited for it (claims that were paid, profit that unlocked): a sync hands it out.
    fn sync(&mut self, venue: &mut dyn Venue, account: AccountId) {
        let outcome = venue.sync(account, None);
        self.note(outcome);
    }

    /// Tiers 2 to 4 on every position; where it is too early, tier 1 while the cover pays, and the clock is started.
    fn resolve(&mut self, venue: &mut dyn Venue, house: &House, account: AccountId, budget: usize) {
        for market in held(&venue.account(account)) {
            if self.actions >= budget {
                return;
            }
            let outcome = venue.resolve(account, market, None);
            match self.note(outcome).map(|refusal| refusal.0).as_deref() {
                Some("TooEarly") => self.too_early(venue, house, account, market),
                Some("NotBankrupt") => self.sync(venue, account),
                Some("NobodySolvent") => self.cross(venue, house, account, market),
                _ => {}
            }
        }
    }

    fn too_early(&mut self, venue: &mut dyn Venue, house: &House, account: AccountId, market: MarketId) {
        if venue.account(account).clock.since == 0 {
            self.sync(venue, account);
        }
        let outcome = venue.liquidate(account, market, house.keepers[market], Lots::ZERO);
        self.note(outcome);
    }

    /// Nobody solvent stands on the other side: close against somebody who is not.
    fn cross(&mut self, venue: &mut dyn Venue, house: &House, account: AccountId, market: MarketId) {
        let lots = |account: AccountId| venue.account(account).slot(market as u64).map_or(0, |slot| slot.position.lots);
        let mine = lots(account);
        let others: Vec<AccountId> = house
            .traders
            .iter()
            .map(|trader| trader.account)
            .filter(|other| lots(*other).signum() == -mine.signum())
            .collect();
        for other in others {
            if venue.resolve(account, market, Some(other)).is_ok() {
                break;
            }
        }
    }
}

fn held(account: &AccountBooks) -> Vec<MarketId> {
    let slots = account.slots.iter().filter(|slot| slot.position.lots != 0);
    slots.filter_map(|slot| usize::try_from(slot.market).ok()).collect()
}
