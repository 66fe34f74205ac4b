//! What is written of a moment: accounts as the chain holds them, and what the engine says of them.

use anchor_lang::prelude::Pubkey;
use breakwater::layout::{books_mut, Mirror};
use breakwater::state::{Collateral, Ladder, MarginAccount, Market};
use breakwater_engine::assess::{self, AccountReport, SaleReport, NO_KIND};
use breakwater_engine::pledge::Kinds;
use breakwater_engine::state::{AccountBooks, CollateralBooks};
use bytemuck::Zeroable;
use serde::Serialize;

use super::bytes::encoded;
use super::moment::Moment;
use super::sparse::Sparse;
use crate::svm::decode;
use crate::venue::Books;

/// The address of the exchange that everything belongs to.
const EXCHANGE: Pubkey = Pubkey::new_from_array([7; 32]);

/// How one day ended.
#[derive(Debug, Serialize)]
pub struct Day {
    /// Repeats this day alone.
    pub seed: u64,
    /// Slot, then unix seconds.
    pub now: [String; 2],
    /// Account data of each market and of its ladder, in the order of listing.
    pub markets: Vec<[Sparse; 2]>,
    /// Account data of each kind of other collateral, by number.
    pub kinds: Vec<Sparse>,
    /// The accounts.
    pub accounts: Vec<Entry>,
}

/// One account and what the engine says of it.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// Account data.
    pub account: Sparse,
    /// Bytes of its `AccountReport`, once its other collateral is valued.
    pub report: String,
    /// Attempts to buy some of its other collateral, where it has any.
    pub sales: Vec<Attempt>,
}

/// An attempt to buy.
#[derive(Debug, Serialize)]
pub struct Attempt {
    /// Number of the kind.
    pub kind: usize,
    /// Smallest units; none: as many as allowed.
    pub wanted: String,
    /// Bytes of the `SaleReport`.
    pub report: String,
}

impl Day {
    /// Writes a moment down.
    #[must_use]
    pub fn of(moment: &Moment) -> Day {
        let now = moment.state.now;
        Day {
            seed: moment.seed,
            now: [now.slot.to_string(), now.time.to_string()],
            markets: moment.state.markets.iter().map(market).collect(),
            kinds: moment.kinds.iter().enumerate().map(kind).collect(),
            accounts: moment
                .state
                .accounts
                .iter()
                .zip(0..)
                .map(|(account, index)| entry(account, index, moment))
                .collect(),
        }
    }
}

impl Moment {
    /// The kinds by number.
    #[must_use]
    pub fn kinds(&self) -> Kinds<'_> {
        std::array::from_fn(|at| self.kinds.get(at))
    }

    /// The engine's report on an account.
    #[must_use]
    pub fn assess(&self, account: &AccountBooks) -> AccountReport {
        let views = assess::views_of(account, self.state.markets.iter().map(Books::view));
        let mut report = AccountReport::default();
        assess::assess_valued(account, &views, &self.kinds(), self.state.now, &mut report);
        report
    }

    /// Attempts to buy an account's other collateral: of each kind as much as allowed, and a seventh of what it has.
    #[must_use]
    pub fn attempts(&self, account: &AccountBooks) -> Vec<(usize, u64, SaleReport)> {
        if !account.pledge.is_held() {
            return Vec::new();
        }
        let held = account.pledge.amounts.iter().enumerate();
        let wanted = held.flat_map(|(at, held)| [(at, 0), (at, held / 7 + 1)]);
        let views = self.state.markets.iter().map(Books::view);
        let sale = |(at, wanted)| {
            let report = assess::assess_sale(account, views.clone(), (&self.kinds(), at), wanted, self.state.now);
            debug_assert!(report.first != NO_KIND);
            (at, wanted, report)
        };
        wanted.map(sale).collect()
    }
}

fn entry(account: &AccountBooks, index: u16, moment: &Moment) -> Entry {
    let mut state = MarginAccount::zeroed();
    (state.exchange, state.index) = (EXCHANGE, index);
    *books_mut(&mut state.books) = *account;
    let sale = |(kind, wanted, report): (usize, u64, SaleReport)| Attempt {
        kind,
        wanted: wanted.to_string(),
        report: encoded(&report),
    };
    Entry {
        account: Sparse::of(&decode::bytes(&state)),
        report: encoded(&moment.assess(account)),
        sales: moment.attempts(account).into_iter().map(sale).collect(),
    }
}

fn market(books: &Books) -> [Sparse; 2] {
    let mut market = Market::zeroed();
    market.exchange = EXCHANGE;
    *books_mut(&mut market.books) = books.market;
    market.index = books.market.id as u16;
    let mut ladder: Box<Ladder> = bytemuck::zeroed_box();
    copy_into(&mut ladder.books, &books.ladder);
    [Sparse::of(&decode::bytes(&market)), Sparse::of(&decode::bytes(&*ladder))]
}

fn kind((index, kind): (usize, &CollateralBooks)) -> Sparse {
    let mut state = Collateral::zeroed();
    (state.exchange, state.index) = (EXCHANGE, index as u8);
    *books_mut(&mut state.books) = *kind;
    Sparse::of(&decode::bytes(&state))
}

fn copy_into<M: Mirror>(mirror: &mut M, books: &M::Books)
where
    M::Books: Copy,
{
    *books_mut(mirror) = *books;
}
