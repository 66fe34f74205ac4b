//! What a day needs of an exchange: one function an operation, so that any venue runs the same day.

use breakwater_engine::clearing::error::Error;
use breakwater_engine::clearing::margin::AccountValuation;
use breakwater_engine::clearing::markets::{MarketMut, MarketRef};
use breakwater_engine::clearing::pages::{Pages, PagesRef};
use breakwater_engine::clearing::state::{
    AccountBooks, CollateralParams, Fund, GuardParams, HeldPage, LadderBooks, MarketBooks, WaterfallParams,
};
use breakwater_engine::price::Observation;
use breakwater_engine::state::{MarketParams, QuoteBooks};
use breakwater_engine::units::Now;
use breakwater_engine::{Atoms, Lots, Price, Side};
use serde_json::{Map, Value};

use super::op::{LayerOp, PauseOp, VaultOp};

/// Where every day begins: noon of 10 October 2025 (UTC), at a slot that is not the first.
pub const START: Now = Now { slot: 1_000, time: 1_760_097_600 };

/// A market's number on the exchange, in the order of listing.
pub type MarketId = usize;
/// An account's number, in the order of opening.
pub type AccountId = usize;
/// A mint's number among those accepted beside the quote currency.
pub type AssetId = usize;
/// What an operation did, as the trace prints it.
pub type Report = Map<String, Value>;

/// Why an operation did nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The exchange refused it, by the name of the error. It changed nothing, and the run goes on.
    Refused(String),
    /// The script makes no sense, or an invariant fails: the run ends.
    Failed(String),
}

/// What an operation comes to.
pub type Outcome<T = Report> = Result<T, Stop>;

/// A market with its ladder, owned.
#[derive(Clone, Debug)]
pub struct Books {
    /// The market.
    pub market: MarketBooks,
    /// Its ladder: some 300 kB, so on the heap.
    pub ladder: Box<LadderBooks>,
    /// The pages of its ended lists.
    pub pages: Vec<HeldPage>,
}

impl Books {
    /// For the engine to read.
    #[must_use]
    pub fn view(&self) -> MarketRef<'_> {
        let mut pages = PagesRef::default();
        pages.0.iter_mut().zip(self.pages.iter().rev()).for_each(|(seat, page)| *seat = Some(page));
        MarketRef { market: &self.market, ladder: &self.ladder, pages }
    }

    /// For the engine to change, with the newest pages: days are too short for an account to have money on an older one.
    pub fn parts(&mut self) -> MarketMut<'_> {
        let mut pages = Pages::default();
        pages.0.iter_mut().zip(self.pages.iter_mut().rev()).for_each(|(seat, page)| *seat = Some(page));
        MarketMut { market: &mut self.market, ladder: &mut self.ladder, pages }
    }

    /// Creates the pages that are due, as any signer may.
    pub fn create_pages(&mut self) -> Result<(), Error> {
        for side in Side::BOTH {
            while self.market.is_page_due(side) {
                let mut page = HeldPage::EMPTY;
                // Nobody paid rent for it, so nobody is paid.
                let _ = self.market.create_page(side, &mut page, &mut AccountBooks::default())?;
                self.pages.push(page);
            }
        }
        Ok(())
    }
}

/// A market to list at its first price.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// Its parameters.
    pub params: MarketParams,
    /// Those of its waterfall.
    pub waterfall: WaterfallParams,
    /// Those of its guards.
    pub guards: GuardParams,
    /// Its first price.
    pub first: Observation,
}

/// What a source publishes, and the time that passes before.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    /// Where.
    pub market: MarketId,
    /// 0: the first source, 1: the second.
    pub source: usize,
    /// What it says.
    pub observation: Observation,
    /// Slots that pass first.
    pub slots: u64,
    /// Seconds that pass first.
    pub seconds: u32,
}

/// A trade between two: at or above the mark the seller offers what the buyer takes, below it the other way round.
#[derive(Clone, Copy, Debug)]
pub struct Cross {
    /// Where.
    pub market: MarketId,
    /// Who buys.
    pub buyer: AccountId,
    /// Who sells.
    pub seller: AccountId,
    /// How much.
    pub lots: Lots,
    /// At what.
    pub price: Price,
    /// Whether neither may open.
    pub reduce_only: bool,
}

/// An order against standing quotes.
#[derive(Clone, Debug)]
pub struct OrderAgainst {
    /// Whose.
    pub account: AccountId,
    /// Side, size, limit and smallest fill.
    pub order: breakwater_engine::clearing::trading::Order,
    /// Whose quotes.
    pub makers: Vec<AccountId>,
}

/// Who takes the lots of an account in distress.
#[derive(Clone, Debug)]
pub enum Taker {
    /// A keeper's account, which takes over or closes its own.
    Keeper(AccountId),
    /// Standing quotes.
    Makers(Vec<AccountId>),
}

/// Everything money is made of on an exchange, as engine values.
#[derive(Clone, Copy)]
pub struct State<'a> {
    /// The clock.
    pub now: Now,
    /// The insurance fund.
    pub fund: &'a Fund,
    /// Markets, in the order of listing.
    pub markets: &'a [Books],
    /// Margin accounts, in the order of opening.
    pub accounts: &'a [AccountBooks],
}

/// An exchange. Each verb is one instruction, or what a wallet sends in one transaction; a refused one changes nothing.
pub trait Venue {
    /// All of it, as it stands.
    fn state(&self) -> State<'_>;

    /// What is wrong with its sums; nothing where every atom is accounted for.
    fn faults(&self) -> Vec<String>;

    /// What an account is worth and must hold, as it stands.
    fn valuation(&mut self, account: AccountId) -> Outcome<AccountValuation>;

    /// Accounts that verbs have changed since this was last asked.
    fn take_touched(&mut self) -> Vec<AccountId>;

    /// Whether marks older than the next operations allow are refreshed first.
    fn set_refresh(&mut self, refresh: bool);

    /// Lets time pass.
    fn advance(&mut self, slots: u64, seconds: u32);

    /// Lists a market.
    fn list(&mut self, listing: &Listing) -> Outcome<MarketId>;

    /// Opens a margin account of an owner.
    fn open(&mut self, owner: &str) -> Outcome<AccountId>;

    /// Pays into the protocol's tranche.
    fn insurance(&mut self, amount: Atoms) -> Outcome;

    /// Sets aside for a market.
    fn cover(&mut self, market: MarketId, amount: Atoms) -> Outcome;

    /// Stakes.
    fn stake(&mut self, staker: &str, amount: Atoms) -> Outcome;

    /// Asks for a stake's exit.
    fn request_unstake(&mut self, staker: &str, amount: Atoms) -> Outcome;

    /// Takes a stake out.
    fn unstake(&mut self, staker: &str, amount: Atoms) -> Outcome;

    /// Lays outside capital.
    fn layer(&mut self, market: MarketId, layer: &LayerOp) -> Outcome;

    /// Pays collateral in.
    fn deposit(&mut self, account: AccountId, amount: Atoms) -> Outcome;

    /// Takes money out.
    fn withdraw(&mut self, account: AccountId, amount: Atoms) -> Outcome;

    /// Isolates a position, or makes it cross again.
    fn isolate(&mut self, account: AccountId, market: MarketId, on: bool) -> Outcome;

    /// A source publishes, without a refresh.
    fn publish(&mut self, published: &Published) -> Outcome;

    /// A source publishes and the market is refreshed.
    fn price(&mut self, published: &Published) -> Outcome;

    /// Two accounts trade: both sides of it or neither.
    fn cross(&mut self, cross: &Cross) -> Outcome;

    /// Replaces an account's offers.
    fn quote(&mut self, account: AccountId, market: MarketId, quote: &QuoteBooks) -> Outcome;

    /// Removes an account's offers.
    fn cancel_quote(&mut self, account: AccountId, market: MarketId) -> Outcome;

    /// Trades against quotes.
    fn trade(&mut self, order: &OrderAgainst) -> Outcome;

    /// Brings an account up to date and observes it.
    fn sync(&mut self, account: AccountId) -> Outcome;

    /// Observes an account and moves nothing.
    fn observe(&mut self, account: AccountId) -> Outcome;

    /// Tier 1: at most so many lots.
    fn liquidate(&mut self, victim: AccountId, market: MarketId, taker: &Taker, lots: Lots) -> Outcome;

    /// Declares a bankrupt account, or one isolated position. Who does it is paid where it is named.
    fn declare(&mut self, account: AccountId, market: Option<MarketId>, keeper: Option<AccountId>) -> Outcome;

    /// Buys lots from an estate.
    fn buy(&mut self, market: MarketId, side: Side, by: AccountId, lots: Lots) -> Outcome;

    /// Tiers 2 to 4.
    fn resolve(&mut self, market: MarketId, keeper: Option<AccountId>) -> Outcome;

    /// Pre-emptive deleveraging.
    fn deleverage(&mut self, account: AccountId, market: MarketId) -> Outcome;

    /// Collects what an account's claims were paid.
    fn claim(&mut self, account: AccountId, market: MarketId) -> Outcome;

    /// Pays a side's claims.
    fn donate(&mut self, market: MarketId, side: Side, amount: Atoms) -> Outcome;

    /// Pays what insured estates lack.
    fn fund_estate(&mut self, market: MarketId) -> Outcome;

    /// Makes the last mark final.
    fn settle_market(&mut self, market: MarketId) -> Outcome;

    /// Moves all lines to the next grid.
    fn migrate_grid(&mut self, market: MarketId) -> Outcome;

    /// Closes a position of a settled market.
    fn settle_position(&mut self, market: MarketId, account: AccountId) -> Outcome;

    /// Accepts another mint at its first price.
    fn collateral(&mut self, params: &CollateralParams, first: &Observation) -> Outcome<AssetId>;

    /// Its source publishes, and its mark is refreshed.
    fn collateral_price(&mut self, mint: AssetId, observation: &Observation) -> Outcome;

    /// Pays in smallest units of a mint.
    fn deposit_collateral(&mut self, account: AccountId, mint: AssetId, amount: u64) -> Outcome;

    /// Takes them out.
    fn withdraw_collateral(&mut self, account: AccountId, mint: AssetId, amount: u64) -> Outcome;

    /// Buys them from an account in distress, or from insurance, at most so many.
    fn buy_collateral(&mut self, account: AccountId, mint: AssetId, amount: u64) -> Outcome;

    /// Books what was sent to a vault unasked.
    fn skim(&mut self, vault: VaultOp) -> Outcome;

    /// Pauses action classes.
    fn pause(&mut self, market: Option<MarketId>, pause: &PauseOp) -> Outcome;

    /// Freezes.
    fn freeze(&mut self, market: Option<MarketId>, pause: &PauseOp) -> Outcome;

    /// What breakers leave allowed in a market, and the bits of what has tripped.
    fn level(&self, market: MarketId) -> (String, u64);

    /// Brings breakers up to date.
    fn breaker(&mut self, market: Option<MarketId>, pause: &PauseOp) -> Outcome;
}

impl Stop {
    /// A refusal by its name.
    pub fn refused(name: impl std::fmt::Debug) -> Stop {
        Stop::Refused(format!("{name:?}"))
    }
}

impl From<breakwater_engine::Error> for Stop {
    fn from(error: breakwater_engine::Error) -> Stop {
        match error {
            breakwater_engine::Error::NotConserved => Stop::Failed("the engine says NotConserved".into()),
            error => Stop::refused(error),
        }
    }
}

impl From<breakwater_engine::clearing::error::Error> for Stop {
    fn from(error: breakwater_engine::clearing::error::Error) -> Stop {
        match error {
            breakwater_engine::clearing::error::Error::Engine(error) => error.into(),
            error => Stop::refused(error),
        }
    }
}
