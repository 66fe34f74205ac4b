//! What a day needs of an exchange, so that the engine alone and the compiled program can run the same one.

use breakwater_engine::state::{
    AccountBooks, InsuranceBooks, LadderBooks, Level, MarketBooks, MarketParams, QuoteBooks,
};
use std::collections::BTreeMap;

use breakwater_engine::price::Observation;
use breakwater_engine::trade::Order;
use breakwater_engine::units::Now;
use breakwater_engine::{Atoms, Lots, Price};

/// Where every day begins: noon of 10 October 2025 (UTC), at a slot that is not the first.
pub const START: Now = Now { slot: 1_000, time: 1_760_097_600 };

/// A market's number on the exchange, in the order of listing.
pub type MarketId = usize;
/// An account's number, in the order of opening.
pub type AccountId = usize;

/// An operation the exchange refused, by the name of the error. It changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl From<breakwater_engine::Error> for Refusal {
    fn from(error: breakwater_engine::Error) -> Refusal {
        Refusal(format!("{error:?}"))
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an operation comes to.
pub type Outcome<T = ()> = Result<T, Refusal>;

/// Everything money is made of on an exchange, as engine values.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The clock.
    pub now: Now,
    /// Tokens in the collateral vault.
    pub collateral_vault: Atoms,
    /// Tokens in the insurance vault.
    pub insurance_vault: Atoms,
    /// The insurance fund's books.
    pub fund: InsuranceBooks,
    /// Markets, in the order of listing.
    pub markets: Vec<Books>,
    /// Margin accounts, in the order of opening.
    pub accounts: Vec<AccountBooks>,
}

/// A market with its ladder, owned.
#[derive(Clone, Debug, PartialEq)]
pub struct Books {
    /// The market.
    pub market: MarketBooks,
    /// Its ladder: 205 kB, so on the heap.
    pub ladder: Box<LadderBooks>,
}

impl Books {
    /// For the engine to read.
    #[must_use]
    pub fn view(&self) -> breakwater_engine::books::View<'_> {
        breakwater_engine::books::View { market: &self.market, ladder: &self.ladder }
    }

    /// For the engine to change.
    pub fn books(&mut self) -> breakwater_engine::books::Books<'_> {
        breakwater_engine::books::Books { market: &mut self.market, ladder: &mut self.ladder }
    }
}

/// A trade between two: `maker` quotes, `order` takes it.
#[derive(Clone, Copy, Debug)]
pub struct Cross {
    /// Who quotes.
    pub maker: AccountId,
    /// Who takes.
    pub taker: AccountId,
    /// Side, size and limit of the taker; the maker quotes exactly that.
    pub order: Order,
}

/// An exchange. Each verb is one instruction, or, for `cross`, two in one transaction; a refused one changes nothing.
pub trait Venue {
    /// The clock.
    fn now(&self) -> Now;

    /// Moves slot and unix time together.
    fn advance(&mut self, slots: u64, seconds: i64);

    /// Puts the clock back: a refused price changes nothing, the time included.
    fn set_clock(&mut self, now: Now);

    /// A market's mark.
    fn mark(&self, market: MarketId) -> Price;

    /// A margin account's books.
    fn account(&self, account: AccountId) -> AccountBooks;

    /// A market with its ladder.
    fn books(&self, market: MarketId) -> Books;

    /// Most compute units each instruction has taken so far; empty where nothing counts them.
    fn units(&self) -> BTreeMap<&'static str, u64> {
        BTreeMap::new()
    }

    /// Lists a market at its first price.
    fn list(&mut self, params: &MarketParams, first: &Observation) -> Outcome<MarketId>;

    /// Opens a margin account.
    fn open(&mut self) -> Outcome<AccountId>;

    /// Pays into the insurance fund.
    fn fund(&mut self, amount: Atoms) -> Outcome;

    /// Pays collateral in.
    fn deposit(&mut self, account: AccountId, amount: Atoms) -> Outcome;

    /// Takes free cash out.
    fn withdraw(&mut self, account: AccountId, amount: Atoms) -> Outcome;

    /// Moves free cash into a position, or, negative, paid-in margin out of it.
    fn allocate(&mut self, account: AccountId, market: MarketId, amount: i64) -> Outcome;

    /// Publishes a price and refreshes the market.
    fn publish(&mut self, market: MarketId, observation: &Observation) -> Outcome;

    /// Replaces a maker's offers.
    fn quote(&mut self, account: AccountId, market: MarketId, quote: &QuoteBooks) -> Outcome;

    /// Trades against the quotes of up to four makers.
    fn trade(&mut self, account: AccountId, market: MarketId, order: Order, makers: &[AccountId]) -> Outcome;

    /// The maker quotes and the taker takes, both or neither.
    fn cross(&mut self, market: MarketId, cross: &Cross) -> Outcome;

    /// Tier 1; zero lots: as many as allowed.
    fn liquidate(&mut self, victim: AccountId, market: MarketId, by: AccountId, lots: Lots) -> Outcome;

    /// Tiers 2 to 4.
    fn resolve(&mut self, victim: AccountId, market: MarketId, against: Option<AccountId>) -> Outcome;

    /// Brings an account up to date and observes it; the payee is paid a little where ladder records run low.
    fn sync(&mut self, account: AccountId, payee: Option<AccountId>) -> Outcome;

    /// Moves lines to a new grid.
    fn rebase(&mut self, market: MarketId, lines: u32) -> Outcome;

    /// All of it, as it stands.
    fn state(&self) -> State;
}

/// Whether an order may close what an account has in a market. Then its other markets are passed to be changed: they pay what a
/// losing leg lacks. Else they are passed to be looked at, so that trades elsewhere need not wait.
#[must_use]
pub fn may_close(account: &AccountBooks, market: MarketId, order: &Order) -> bool {
    account.slot(market as u64).is_ok_and(|slot| slot.position.side() == Some(order.side.opposite()))
}

impl Cross {
    /// The maker's quote: one level at the limit, for the whole size, dead after this slot.
    #[must_use]
    pub fn quote(&self, now: Now) -> QuoteBooks {
        let mut quote = QuoteBooks { expires: now.slot, ..QuoteBooks::default() };
        let [level, ..] = quote.side_mut(self.order.side.opposite());
        *level = Level { size: self.order.lots, price: self.order.limit, pegged: 0 };
        quote
    }
}
