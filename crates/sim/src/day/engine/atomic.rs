//! A verb is all or nothing, begins at fresh marks and ends with every atom accounted for.

use breakwater_engine::clearing::margin::NO_MARKET;
use breakwater_engine::clearing::markets::MarketMut;
use breakwater_engine::clearing::state::{
    conservation, AccountBooks, CollateralAsset, Fund, HeldPage, LadderBooks, MarketBooks,
};
use breakwater_engine::clearing::waterfall::observe;
use breakwater_engine::state::{Breaker, Outflow, QuoteBooks};

use super::collateral::value_held;
use super::{passed, EngineVenue};
use crate::day::venue::{AccountId, Books, MarketId, Outcome, Stop};

/// Which marks are refreshed before a verb: those older, by publish time or slot, than it allows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// It looks at none.
    Any,
    /// It lets neither money out nor risk in: the market's limit.
    Standing,
    /// It lets money out or risk in, or acts against an account: a few slots (A55).
    Acting,
}

/// What a verb may change, and how old its marks may be.
#[derive(Clone)]
pub(super) struct Touched {
    pub accounts: Vec<AccountId>,
    pub markets: Vec<MarketId>,
    pub age: Age,
    /// Whether it moves no position: then ladders are not copied.
    pub moves_nothing: bool,
}

impl Touched {
    /// Accounts, markets and marks of a verb.
    pub(super) fn of(accounts: &[AccountId], markets: Vec<MarketId>, age: Age) -> Touched {
        Touched { accounts: accounts.to_vec(), markets, age, moves_nothing: false }
    }
}

/// A market as it was, with its ladder and its pages where the verb may move positions.
type Kept = (MarketId, MarketBooks, Option<(Box<LadderBooks>, Vec<HeldPage>)>);

/// Copies of what a verb may change.
struct Before {
    accounts: Vec<(AccountId, AccountBooks)>,
    markets: Vec<Kept>,
    quotes: Vec<((AccountId, MarketId), Option<QuoteBooks>)>,
    fund: Fund,
    assets: Vec<CollateralAsset>,
    breaker: Breaker,
    outflow: Outflow,
    outside: i128,
    sum: i128,
}

impl EngineVenue {
    /// Runs a verb; a refusal leaves everything as it was (I12).
    pub(super) fn attempt<T>(
        &mut self,
        touched: &Touched,
        verb: impl FnOnce(&mut EngineVenue) -> Outcome<T>,
    ) -> Outcome<T> {
        let before = self.copy(touched);
        let begun = self.begin(touched).and_then(|()| verb(self));
        let outcome = begun.and_then(|done| self.finish(touched, &before).map(|()| done));
        self.put_back(before, outcome.is_err());
        if outcome.is_ok() {
            self.touched.extend(&touched.accounts);
        }
        outcome
    }

    /// The same over the accounts' own markets, with `market` first.
    pub(super) fn attempt_of<T>(
        &mut self,
        accounts: &[AccountId],
        (market, age): (Option<MarketId>, Age),
        verb: impl FnOnce(&mut EngineVenue, &[MarketId]) -> Outcome<T>,
    ) -> Outcome<T> {
        let markets = self.markets_of(accounts, market);
        let touched = Touched::of(accounts, markets, age);
        self.attempt(&touched, |venue| verb(venue, &touched.markets))
    }

    /// Time first, then marks, then what other collateral is worth.
    fn begin(&mut self, touched: &Touched) -> Outcome<()> {
        for at in &touched.markets {
            self.run_clocks(*at)?;
            self.renew(*at, touched.age)?;
        }
        if touched.age != Age::Any {
            let EngineVenue { accounts, assets, now, .. } = self;
            touched.accounts.iter().try_for_each(|at| value_held(&mut accounts[*at], assets, *now))?;
        }
        Ok(())
    }

    /// Observes the accounts, gives back empty slots, stores h, and proves that every atom is where it was booked.
    fn finish(&mut self, touched: &Touched, before: &Before) -> Outcome<()> {
        let now = self.now;
        let EngineVenue { accounts, markets, .. } = self;
        let mut books = passed(markets, &touched.markets);
        for at in &touched.accounts {
            let account = &mut accounts[*at];
            if touched.age != Age::Any {
                let _ = observe(account, &books, now)?;
            }
            release(account);
        }
        for market in &mut books {
            let _ = market.store(now.slot)?;
        }
        for market in &books {
            verify(market)?;
        }
        drop(books);
        for at in &touched.markets {
            self.markets[*at].create_pages()?;
        }
        if self.fund != before.fund {
            self.watch_fund()?;
        }
        let (moved, came) = (self.sum(touched)? - before.sum, self.outside - before.outside);
        if moved != came {
            return Err(Stop::Failed(format!("{came} atoms came in, {moved} were booked")));
        }
        Ok(())
    }

    /// Atoms of the classes that a verb may change.
    fn sum(&self, touched: &Touched) -> Outcome<i128> {
        let accounts = touched.accounts.iter().map(|at| owned(&self.accounts[*at])).sum::<i128>();
        let markets = touched.markets.iter().map(|at| i128::from(self.markets[*at].market.booked)).sum::<i128>();
        Ok(accounts + markets + insured(&self.fund))
    }

    fn copy(&mut self, touched: &Touched) -> Before {
        let sum = self.sum(touched).unwrap_or(0);
        let refreshes = self.refreshes && !touched.markets.iter().all(|at| self.is_young(*at, touched.age));
        let mut markets = Vec::with_capacity(touched.markets.len());
        for at in &touched.markets {
            let Books { market, ladder: present, pages } = &self.markets[*at];
            let spare = &mut self.spare;
            let ladder = (refreshes || !touched.moves_nothing).then(|| {
                let mut copy = spare.pop().unwrap_or_else(|| Box::new(LadderBooks::empty()));
                copy.clone_from(present);
                (copy, pages.clone())
            });
            markets.push((*at, *market, ladder));
        }
        let keys = touched.accounts.iter().flat_map(|who| touched.markets.iter().map(|at| (*who, *at)));
        Before {
            accounts: touched.accounts.iter().map(|at| (*at, self.accounts[*at])).collect(),
            quotes: keys.map(|key| (key, self.quotes.get(&key).copied())).collect(),
            markets,
            fund: self.fund,
            assets: self.assets.clone(),
            breaker: self.watch.breaker,
            outflow: self.outflow,
            outside: self.outside,
            sum,
        }
    }

    /// Puts copies back where the verb was refused, and keeps their ladders to copy into again.
    fn put_back(&mut self, before: Before, refused: bool) {
        for (at, market, ladder) in before.markets {
            let books = &mut self.markets[at];
            if refused {
                books.market = market;
            }
            self.spare.extend(ladder.map(|(copy, pages)| {
                if !refused {
                    return copy;
                }
                books.pages = pages;
                std::mem::replace(&mut books.ladder, copy)
            }));
        }
        if !refused {
            return;
        }
        (self.fund, self.outside) = (before.fund, before.outside);
        self.assets = before.assets;
        (self.watch.breaker, self.outflow) = (before.breaker, before.outflow);
        for (at, account) in before.accounts {
            self.accounts[at] = account;
        }
        for (key, quote) in before.quotes {
            match quote {
                Some(quote) => self.quotes.insert(key, quote),
                None => self.quotes.remove(&key),
            };
        }
    }

    /// What is wrong with the sums over everything (I1, I2, I17).
    pub(super) fn all_faults(&self) -> Vec<String> {
        let mut faults = self.collateral_faults();
        let mut sum = insured(&self.fund) + self.accounts.iter().map(owned).sum::<i128>();
        let mut covers = 0u64;
        for (at, books) in self.markets.iter().enumerate() {
            sum += i128::from(books.market.booked);
            covers += books.market.cover.amount.0;
            if conservation::check(&books.market).is_err() {
                faults.push(format!("market {at}: its classes do not add up to what was booked"));
            }
        }
        if sum != self.outside {
            faults.push(format!("{} atoms came in, {sum} are booked", self.outside));
        }
        let whole = self.fund.check().is_err();
        if whole || covers != self.fund.covers.0 || self.fund.covers.0 > self.fund.protocol.0 + self.fund.staked.0 {
            faults.push(format!("covers of {covers} in a fund of {:?}", self.fund));
        }
        faults
    }
}

/// Free cash, and what is on its way there.
fn owned(account: &AccountBooks) -> i128 {
    i128::from(account.free.0) + i128::from(account.pledged.0)
}

/// What the insurance vault holds.
pub(super) fn insured(fund: &Fund) -> i128 {
    [fund.protocol, fund.staked, fund.layers].iter().map(|part| i128::from(part.0)).sum()
}

fn verify(market: &MarketMut<'_>) -> Outcome<()> {
    let number = market.market.market_index;
    conservation::check(market.market).map_err(|_| Stop::Failed(format!("market {number} is not conserved")))
}

fn release(account: &mut AccountBooks) {
    for at in 0..account.slots.len() {
        let market = account.slots[at].market;
        if market != NO_MARKET {
            account.release_slot(market);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::command::play_on;
    use crate::day::venue::{Cross, Published, Taker, Venue};
    use crate::decimal::Decimal;
    use crate::quantity::{observation, ZERO};
    use breakwater_engine::{Atoms, Lots, Price};

    const DAY: &str = r#"{"op":"exchange","preset":"without_guards"}
{"op":"market","name":"SOL","settle_after_seconds":86400}
{"op":"account","name":"a"}
{"op":"account","name":"b"}
{"op":"deposit","account":"a","usd":"1000"}
{"op":"deposit","account":"b","usd":"1000"}
{"op":"price","market":"SOL","price":"100"}
{"op":"cross","market":"SOL","buyer":"a","seller":"b","size":"100","price":"100"}
{"op":"price","market":"SOL","price":"99"}"#;

    /// I12: whatever a verb did before it was refused is undone.
    #[test]
    fn a_refusal_changes_nothing() {
        let (_, mut venue) = play_on(DAY).expect("a day");
        venue.advance(1, 1);
        let price = Decimal::parse("98").expect("a price");
        let observation = observation([price, ZERO, ZERO], venue.now.time - 100).expect("an observation");
        let old = Published { market: 0, source: 0, observation, slots: 3, seconds: 1 };
        let all = Price(1 << 59);
        let cross = |lots| Cross { market: 0, buyer: 0, seller: 1, lots: Lots(lots), price: all, reduce_only: false };
        let refused: [&dyn Fn(&mut EngineVenue) -> bool; 7] = [
            &|venue| venue.withdraw(0, Atoms(0)).is_err(),
            &|venue| venue.deposit(0, Atoms(1)).is_err(),
            &|venue| venue.cross(&cross(1_000_000_000_000)).is_err(),
            &|venue| venue.liquidate(0, 0, &Taker::Keeper(1), Lots(u64::MAX)).is_err(),
            &|venue| venue.declare(0, None, Some(1)).is_err(),
            &|venue| venue.resolve(0, Some(1)).is_err(),
            &|venue| venue.settle_position(0, 1).is_err(),
        ];
        for (at, refuses) in refused.iter().enumerate() {
            let before = (venue.now, venue.outside, venue.fund, venue.accounts.clone(), venue.markets[0].clone());
            assert!(refuses(&mut venue), "{at} is refused");
            assert_eq!(
                (venue.now, venue.outside, venue.fund, &venue.accounts),
                (before.0, before.1, before.2, &before.3)
            );
            assert_eq!(venue.markets[0].market, before.4.market, "{at}");
            assert!(venue.markets[0].ladder == before.4.ladder, "{at}: the ladder");
        }
        // A price that is older than the mark says nothing, which is no refusal: its time has passed.
        let before = venue.markets[0].market.mark;
        assert!(venue.price(&old).is_ok());
        assert_eq!(venue.markets[0].market.mark.price, before.price);
        assert!(venue.faults().is_empty());
    }
}
