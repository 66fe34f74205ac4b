//! The engine alone: the program's verbs without accounts, tokens or a chain.
//!
//! What the program adds to the engine is done here the way it does it: the gate before, the vaults after, and that a
//! refusal changes nothing. On chain the runtime rolls back; here a copy of what a verb touches is put back, because the
//! engine may leave partial changes behind an error.

mod gate;
mod verbs;

use breakwater_engine::state::{
    AccountBooks, Breaker, ExchangeParams, InsuranceBooks, LadderBooks, MarketBooks, Outflow, QuoteBooks,
};
use std::collections::HashMap;

use breakwater_engine::units::Now;
use breakwater_engine::Atoms;

use crate::venue::{AccountId, Books, MarketId, Outcome, Refusal, State, START};

/// An exchange on the engine alone.
pub struct EngineVenue {
    now: Now,
    params: ExchangeParams,
    markets: Vec<Books>,
    /// When each market's timelock runs out, unix seconds.
    opens_at: Vec<i64>,
    accounts: Vec<AccountBooks>,
    /// What each account's owner owes: here each has one.
    owed: Vec<Atoms>,
    quotes: HashMap<(AccountId, MarketId), QuoteBooks>,
    money: Money,
}

/// The vaults, the fund, the breaker that watches them, and what has left lately.
#[derive(Clone, Copy, Default)]
struct Money {
    collateral: Atoms,
    insurance: Atoms,
    fund: InsuranceBooks,
    outflow: Outflow,
    breaker: Breaker,
}

/// What a verb may change.
#[derive(Clone, Copy)]
struct Touched<'a> {
    accounts: &'a [AccountId],
    markets: &'a [MarketId],
}

/// Copies of what a verb may change.
struct Before {
    accounts: Vec<(AccountId, AccountBooks, Atoms)>,
    markets: Vec<(MarketId, Books)>,
    quotes: HashMap<(AccountId, MarketId), QuoteBooks>,
    money: Money,
}

impl EngineVenue {
    /// An exchange without markets or accounts.
    pub fn new(params: &ExchangeParams) -> Outcome<EngineVenue> {
        params.validate()?;
        Ok(EngineVenue {
            now: START,
            params: *params,
            markets: Vec::new(),
            opens_at: Vec::new(),
            accounts: Vec::new(),
            owed: Vec::new(),
            quotes: HashMap::new(),
            money: Money::default(),
        })
    }

    /// Runs a verb over markets where what their guards stop stands still; a refusal leaves everything as it was (I12).
    fn attempt<T>(&mut self, touched: Touched<'_>, verb: impl FnOnce(&mut EngineVenue) -> Outcome<T>) -> Outcome<T> {
        let before = self.copy(touched);
        let outcome = self.stand(touched.markets).and_then(|()| verb(self));
        if outcome.is_err() {
            self.restore(before);
        }
        outcome
    }

    /// Tells markets what stands still in them.
    fn stand(&mut self, markets: &[MarketId]) -> Outcome {
        for at in markets {
            let stops = self.stops(*at);
            self.markets[*at].market.stop(stops, self.now)?;
        }
        Ok(())
    }

    fn copy(&self, touched: Touched<'_>) -> Before {
        let quotes = self.quotes.iter().filter(|((account, _), _)| touched.accounts.contains(account));
        Before {
            accounts: touched.accounts.iter().map(|at| (*at, self.accounts[*at], self.owed[*at])).collect(),
            markets: touched.markets.iter().map(|at| (*at, self.markets[*at].clone())).collect(),
            quotes: quotes.map(|(key, quote)| (*key, *quote)).collect(),
            money: self.money,
        }
    }

    fn restore(&mut self, before: Before) {
        self.money = before.money;
        for (at, market) in before.markets {
            self.markets[at] = market;
        }
        self.quotes.retain(|(account, _), _| !before.accounts.iter().any(|(at, ..)| at == account));
        self.quotes.extend(before.quotes);
        for (at, account, owed) in before.accounts {
            self.accounts[at] = account;
            self.owed[at] = owed;
        }
    }

    /// All markets an account has a slot in, with `market` first where one is given: what a client would pass.
    fn markets_of(&self, account: AccountId, market: Option<MarketId>) -> Vec<MarketId> {
        let mut passed: Vec<_> = market.into_iter().collect();
        let slots = self.accounts[account].slots.iter().filter_map(|slot| usize::try_from(slot.market).ok());
        passed.extend(slots.filter(|at| *at < self.markets.len() && Some(*at) != market));
        passed
    }

    fn list_books(&mut self, market: MarketBooks, ladder: Box<LadderBooks>) -> MarketId {
        self.markets.push(Books { market, ladder });
        self.opens_at.push(self.now.time.saturating_add_unsigned(self.params.timelock_seconds));
        self.markets.len() - 1
    }

    fn everything(&self) -> State {
        State {
            now: self.now,
            collateral_vault: self.money.collateral,
            insurance_vault: self.money.insurance,
            fund: self.money.fund,
            markets: self.markets.clone(),
            accounts: self.accounts.clone(),
        }
    }
}

/// The books passed to a verb, in the order they are passed.
fn passed<'b>(markets: &'b mut [Books], order: &[MarketId]) -> Vec<breakwater_engine::books::Books<'b>> {
    let mut found: Vec<_> = markets.iter_mut().enumerate().filter(|(at, _)| order.contains(at)).collect();
    found.sort_by_key(|(at, _)| order.iter().position(|wanted| wanted == at));
    found.into_iter().map(|(_, books)| books.books()).collect()
}

/// Two accounts to change; the program's name for passing one twice.
fn pair(accounts: &mut [AccountBooks], one: AccountId, other: AccountId) -> Outcome<[&mut AccountBooks; 2]> {
    accounts.get_disjoint_mut([one, other]).map_err(|_| duplicate())
}

fn duplicate() -> Refusal {
    Refusal("DuplicateAccount".into())
}
