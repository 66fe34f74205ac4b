//! The engine alone: its verbs without accounts of a chain, tokens or transactions.
//!
//! What the program adds is done here the way it does it: fresh marks before, conservation after, and that a refusal changes
//! nothing. On chain the runtime rolls back; here a copy of what a verb touches is put back, because the engine may leave
//! partial changes behind an error. A verb touches only what it names.

mod atomic;
mod clock;
mod collateral;
mod guards;
mod insurance;
mod margin;
mod trading;
mod verbs;
mod waterfall;

use breakwater_engine::clearing::markets::MarketMut;
use breakwater_engine::clearing::state::{AccountBooks, CollateralAsset, Fund, FundParams, LadderBooks, StakeBooks};
use breakwater_engine::price::Observation;
use breakwater_engine::state::{ExchangeParams, Outflow, QuoteBooks};
use breakwater_engine::units::Now;
use breakwater_engine::Atoms;
use std::collections::HashMap;

use super::venue::{AccountId, Books, MarketId, Outcome, Stop, START};

/// What the fund is run with: epochs of a day, income over a day, reports of a minute.
const FUND: FundParams = FundParams { epoch_seconds: 86_400, income_seconds: 86_400, report_slots: 150 };

/// An exchange on the engine alone.
pub struct EngineVenue {
    now: Now,
    params: ExchangeParams,
    refreshes: bool,
    markets: Vec<Books>,
    /// What each market's two sources published last.
    published: Vec<[Option<Observation>; 2]>,
    accounts: Vec<AccountBooks>,
    quotes: HashMap<(AccountId, MarketId), QuoteBooks>,
    fund: Fund,
    stakes: HashMap<String, StakeBooks>,
    /// Mints accepted beside the quote currency.
    assets: Vec<CollateralAsset>,
    watch: guards::Watch,
    /// What has left lately.
    outflow: Outflow,
    /// What came in less what went out: what all classes add up to (I1).
    outside: i128,
    /// Accounts that verbs changed since a keeper last asked.
    touched: Vec<AccountId>,
    /// Ladders to copy into, so that a copy allocates nothing.
    spare: Vec<Box<LadderBooks>>,
}

impl EngineVenue {
    /// An exchange without markets or accounts.
    pub fn new(params: &ExchangeParams) -> Outcome<EngineVenue> {
        params.validate()?;
        Ok(EngineVenue {
            now: START,
            params: *params,
            refreshes: true,
            markets: Vec::new(),
            published: Vec::new(),
            accounts: Vec::new(),
            quotes: HashMap::new(),
            fund: Fund { params: FUND, ..Fund::default() },
            stakes: HashMap::new(),
            assets: Vec::new(),
            watch: guards::Watch::default(),
            outflow: Outflow::default(),
            outside: 0,
            touched: Vec::new(),
            spare: Vec::new(),
        })
    }

    /// All markets an account has a slot in, with `market` first where one is given: what a client would pass.
    fn markets_of(&self, accounts: &[AccountId], market: Option<MarketId>) -> Vec<MarketId> {
        let mut passed: Vec<MarketId> = market.into_iter().collect();
        for account in accounts {
            for slot in &self.accounts[*account].slots {
                let Ok(at) = MarketId::try_from(slot.market) else { continue };
                if at < self.markets.len() && !passed.contains(&at) {
                    passed.push(at);
                }
            }
        }
        passed
    }
}

/// The markets passed to a verb, in the order they are passed.
fn passed<'b>(markets: &'b mut [Books], order: &[MarketId]) -> Vec<MarketMut<'b>> {
    let mut found: Vec<_> = markets.iter_mut().enumerate().filter(|(at, _)| order.contains(at)).collect();
    found.sort_by_key(|(at, _)| order.iter().position(|wanted| wanted == at));
    found.into_iter().map(|(_, books)| books.parts()).collect()
}

/// Two accounts to change; the program's name for passing one twice.
fn pair(accounts: &mut [AccountBooks], one: AccountId, other: AccountId) -> Outcome<[&mut AccountBooks; 2]> {
    accounts.get_disjoint_mut([one, other]).map_err(|_| duplicate())
}

fn duplicate() -> Stop {
    Stop::Refused("DuplicateAccount".into())
}

/// An amount that must be there.
fn not_zero(amount: Atoms) -> Outcome<Atoms> {
    if amount.is_zero() {
        return Err(breakwater_engine::Error::ZeroAmount.into());
    }
    Ok(amount)
}
