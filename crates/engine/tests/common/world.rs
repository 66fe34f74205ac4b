//! An exchange over the engine's verbs: markets with ladders, accounts, quotes, the insurance fund and a clock.
//!
//! Like the program it rolls back: a verb that fails leaves everything as it was (I12).

use breakwater_engine::books::{Books, View};
use breakwater_engine::cover;
use breakwater_engine::liquidation::{self, LiquidationReport};
use breakwater_engine::outflow::{self, Allowance};
use breakwater_engine::price::Observation;
use breakwater_engine::quote;
use breakwater_engine::resolve::{self, Backing, ResolveReport};
use breakwater_engine::state::{
    AccountBooks, ExchangeParams, InsuranceBooks, LadderBooks, Level, MarketBooks, MarketParams, Outflow, QuoteBooks,
    StakeBooks,
};
use breakwater_engine::sync::SyncReport;
use breakwater_engine::trade::{self, Maker, Markets, Order, TradeReport};
use breakwater_engine::units::{Atoms, Now, Price, PRICE_MAX};
use breakwater_engine::{collateral, isolation, rebase, recovery, refresh, revenue, sync};
use breakwater_engine::{Lots, Result, Side};

/// A market and its ladder.
#[derive(Clone)]
pub struct Listed {
    pub market: Box<MarketBooks>,
    pub ladder: Box<LadderBooks>,
}

/// Everything.
#[derive(Clone)]
pub struct World {
    pub markets: Vec<Listed>,
    pub accounts: Vec<AccountBooks>,
    pub fund: InsuranceBooks,
    /// What the two vaults hold.
    pub collateral: i128,
    pub insurance: i128,
    pub now: Now,
    /// The exchange's parameters and what has left.
    pub params: ExchangeParams,
    pub outflow: Outflow,
    /// Whose each account is, and what each owner owes.
    pub owners: Vec<usize>,
    pub owed: Vec<Atoms>,
    /// Of three who stake, where a history has any.
    pub stakes: [StakeBooks; 3],
}

/// 1e-12 atom per lot at a price in USD, for lots of 1e-8: a dollar is 1e10.
pub fn usd(price: f64) -> u64 {
    (price * 1e10) as u64
}

fn seen(price: u64, time: i64) -> Observation {
    let price = i64::try_from(price / 100).unwrap();
    Observation { price, ema_price: price, confidence: 0, ema_confidence: 0, exponent: -8, publish_time: time }
}

pub fn books_of(markets: &mut [Listed]) -> Vec<Books<'_>> {
    markets.iter_mut().map(|listed| Books { market: &mut listed.market, ladder: &mut listed.ladder }).collect()
}

impl World {
    /// Markets numbered from zero, at 100 USD: an atom a lot.
    pub fn new(params: &[MarketParams], accounts: usize) -> World {
        let now = Now { slot: 1_000, time: 1_000_000 };
        let list = |(id, params): (usize, &MarketParams)| {
            let mut market = Box::new(MarketBooks::default());
            refresh::list(&mut market, params, id as u64, &seen(usd(100.0), now.time), now).unwrap();
            Listed { market, ladder: Box::new(LadderBooks::empty()) }
        };
        World {
            markets: params.iter().enumerate().map(list).collect(),
            accounts: vec![AccountBooks::default(); accounts],
            fund: InsuranceBooks::default(),
            collateral: 0,
            insurance: 0,
            now,
            params: ExchangeParams::bare(),
            outflow: Outflow::default(),
            owners: (0..accounts).collect(),
            owed: vec![Atoms::ZERO; accounts],
            stakes: [StakeBooks::default(); 3],
        }
    }

    /// Runs a verb; where it fails, nothing has happened.
    pub fn attempt<R>(&mut self, verb: impl FnOnce(&mut World) -> Result<R>) -> Result<R> {
        let before = self.clone();
        let result = verb(self);
        if result.is_err() {
            *self = before;
        }
        result
    }

    pub fn market(&self, market: usize) -> &MarketBooks {
        &self.markets[market].market
    }

    pub fn view(&self, market: usize) -> View<'_> {
        View { market: &self.markets[market].market, ladder: &self.markets[market].ladder }
    }

    pub fn views(&self) -> Vec<View<'_>> {
        (0..self.markets.len()).map(|market| self.view(market)).collect()
    }

    pub fn mark(&self, market: usize) -> u64 {
        self.market(market).mark.price.0
    }

    /// A position's equity at the mark in whole atoms.
    pub fn equity(&self, who: usize, market: usize) -> i128 {
        let Ok(slot) = self.accounts[who].slot(market as u64) else { return 0 };
        self.view(market).standing(slot).unwrap().equity.atoms_floor()
    }

    pub fn lots(&self, who: usize, market: usize) -> i64 {
        let Ok(slot) = self.accounts[who].slot(market as u64) else { return 0 };
        let Ok(held) = self.view(market).holding(slot) else { return 0 };
        let lots = i64::try_from(held.lots.0).unwrap();
        if held.side == Side::Long {
            lots
        } else {
            -lots
        }
    }

    pub fn pass(&mut self, slots: u64, seconds: i64) {
        self.now = Now { slot: self.now.slot + slots, time: self.now.time + seconds };
    }

    /// Every account of the owner that owes is passed, and every market.
    pub fn deposit(&mut self, who: usize, amount: u64) -> Result<()> {
        let (owner, owners) = (self.owners[who], &self.owners);
        let own = |(at, _): &(usize, &mut AccountBooks)| *at != who && owners[*at] == owner;
        let (before, rest) = self.accounts.split_at_mut(who);
        let (first, after) = rest.split_first_mut().unwrap();
        let others =
            before.iter_mut().enumerate().chain((who + 1..).zip(after)).filter(own).map(|(_, account)| account);
        let mut accounts: Vec<&mut AccountBooks> = std::iter::once(first).chain(others).collect();
        let terms = (&self.params, Atoms(amount));
        let mut books = books_of(&mut self.markets);
        let _ = recovery::deposit(&mut accounts, &mut books, &mut self.owed[owner], terms, self.now)?;
        self.collateral += i128::from(amount);
        Ok(())
    }

    pub fn withdraw(&mut self, who: usize, amount: u64) -> Result<()> {
        collateral::withdraw(&mut self.accounts[who], &mut books_of(&mut self.markets), Atoms(amount), self.now)?;
        let allowance = Allowance::of(&self.params, Atoms(self.collateral.try_into().unwrap()))?;
        let flow = &mut self.accounts[who].flow;
        outflow::withdraw(&mut self.outflow, flow, &allowance, Atoms(amount), self.now)
            .map_err(|refused| refused.error)?;
        self.collateral -= i128::from(amount);
        Ok(())
    }

    pub fn claim(&mut self, who: usize, market: usize) -> Result<Atoms> {
        recovery::claim(&mut self.accounts[who], &mut books_of(&mut self.markets)[market], self.now)
    }

    pub fn donate(&mut self, market: usize, side: Side, amount: u64) -> Result<recovery::Recovered> {
        let paid = recovery::donate(&mut books_of(&mut self.markets)[market], side, Atoms(amount), self.now)?;
        self.collateral += i128::from(amount);
        Ok(paid)
    }

    /// Notes what an account has come to owe more, as the program does after whatever may have left a debt.
    pub fn note_debt(&mut self, who: usize, before: Atoms) -> Result<()> {
        let owed = &mut self.owed[self.owners[who]];
        *owed = recovery::note_debt(*owed, before, &self.accounts[who])?;
        Ok(())
    }

    pub fn insure(&mut self, amount: u64) -> Result<()> {
        self.fund.pay_in(Atoms(amount))?;
        self.insurance += i128::from(amount);
        Ok(())
    }

    /// Sets aside what a market may have by now.
    pub fn refill(&mut self, market: usize) -> Result<Atoms> {
        cover::refill(&mut self.markets[market].market, &mut self.fund, self.now)
    }

    pub fn add_margin(&mut self, who: usize, market: usize, amount: u64) -> Result<()> {
        let mut books = books_of(&mut self.markets);
        collateral::add_margin(&mut self.accounts[who], &mut books[market], Atoms(amount), self.now)
    }

    pub fn take_margin(&mut self, who: usize, market: usize, amount: u64) -> Result<()> {
        let mut books = books_of(&mut self.markets);
        collateral::take_margin(&mut self.accounts[who], &mut books, market as u64, Atoms(amount), self.now)
    }

    pub fn isolate(&mut self, who: usize, market: usize, isolated: bool) -> Result<()> {
        let mut books = books_of(&mut self.markets);
        isolation::set_isolated(&mut self.accounts[who], &mut books, market as u64, isolated, self.now)
    }

    /// A quote of one level at a price.
    pub fn quote(&mut self, maker: usize, market: usize, side: Side, lots: u64, price: u64) -> Result<QuoteBooks> {
        let mut wanted = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
        wanted.side_mut(side)[0] = Level { size: Lots(lots), price: Price(price), pegged: 0 };
        let mut quote = QuoteBooks::default();
        let mut account = self.accounts[maker];
        quote::set(&mut quote, wanted, &mut account, self.view(market), self.views().into_iter(), self.now)?;
        self.accounts[maker] = account;
        Ok(quote)
    }

    /// A taker against one maker's quote.
    pub fn take(&mut self, pair: [usize; 2], market: usize, order: Order, quote: QuoteBooks) -> Result<TradeReport> {
        let [taker, maker] = pair;
        self.take_from(taker, market, order, &mut [(maker, quote)])
    }

    /// A taker against quotes of several makers, in the order they are passed.
    pub fn take_from(
        &mut self,
        taker: usize,
        market: usize,
        order: Order,
        offers: &mut [(usize, QuoteBooks)],
    ) -> Result<TradeReport> {
        let mut ours = self.accounts[taker];
        let mut theirs: Vec<AccountBooks> = offers.iter().map(|(maker, _)| self.accounts[*maker]).collect();
        let mut books = books_of(&mut self.markets);
        books.swap(0, market);
        let (traded, siblings) = books.split_first_mut().unwrap();
        let markets = Markets { traded, siblings, others: &[] };
        let seats = theirs.iter_mut().zip(offers.iter_mut());
        let mut makers: Vec<_> = seats.map(|(account, (_, quote))| Maker { account, quote }).collect();
        let report = trade::trade(&mut ours, markets, &mut makers, order, self.now)?;
        self.accounts[taker] = ours;
        for ((maker, _), account) in offers.iter().zip(theirs) {
            self.accounts[*maker] = account;
        }
        Ok(report)
    }

    /// The taker trades with the maker at a price: the maker quotes it just before.
    pub fn trade(&mut self, pair: [usize; 2], market: usize, side: Side, lots: u64, price: u64) -> Result<TradeReport> {
        let quote = self.quote(pair[1], market, side.opposite(), lots, price)?;
        let limit = if side == Side::Long { Price(PRICE_MAX) } else { Price(1) };
        let order = Order { side, lots: Lots(lots), limit, reduce_only: false, min_fill: Lots(0) };
        self.take(pair, market, order, quote)
    }

    /// A long and a short of as many lots at the mark, with margin put into each position first.
    pub fn open(&mut self, pair: [usize; 2], market: usize, lots: u64, margins: [u64; 2]) -> Result<TradeReport> {
        for (who, margin) in pair.into_iter().zip(margins) {
            if margin > 0 {
                self.add_margin(who, market, margin)?;
            }
        }
        self.trade(pair, market, Side::Long, lots, self.mark(market))
    }

    pub fn refresh(&mut self, market: usize, price: u64) -> Result<refresh::RefreshReport> {
        let now = self.now;
        let report = refresh::refresh(&mut books_of(&mut self.markets)[market], &seen(price, now.time), now)?;
        Ok(report)
    }

    /// A new price, after as many slots as its distance asks for.
    pub fn reprice(&mut self, market: usize, price: u64) {
        self.pass(20, 1);
        let report = self.refresh(market, price).unwrap();
        assert!(report.accepted, "{:?}", report.reasons);
    }

    pub fn liquidate(&mut self, who: usize, market: usize, by: usize, lots: u64) -> Result<LiquidationReport> {
        let (mut victim, mut liquidator) = (self.accounts[who], self.accounts[by]);
        let debt = victim.debt()?;
        let mut books = books_of(&mut self.markets);
        let parties = (&mut liquidator, &mut self.fund, self.params.staker_share);
        let report = liquidation::liquidate(&mut victim, &mut books, market as u64, parties, Lots(lots), self.now)?;
        self.accounts[who] = victim;
        self.accounts[by] = liquidator;
        self.note_debt(who, debt)?;
        self.move_tokens(report.to_insurance, report.from_insurance);
        Ok(report)
    }

    pub fn resolve(&mut self, who: usize, market: usize, against: Option<usize>) -> Result<ResolveReport> {
        let mut victim = self.accounts[who];
        let mut other = against.map(|other| self.accounts[other]);
        let debts = [Some(victim), other].map(|account| account.map_or(Ok(Atoms::ZERO), |account| account.debt()));
        let mut books = books_of(&mut self.markets);
        let backing = Backing { fund: &mut self.fund, against: other.as_mut() };
        let report = resolve::resolve(&mut victim, &mut books, market as u64, backing, self.now)?;
        self.accounts[who] = victim;
        if let (Some(at), Some(other)) = (against, other) {
            self.accounts[at] = other;
        }
        let [debt, their_debt] = debts;
        self.note_debt(who, debt?)?;
        against.map_or(Ok(()), |at| self.note_debt(at, their_debt?))?;
        self.move_tokens(Atoms::ZERO, report.from_insurance);
        Ok(report)
    }

    pub fn move_tokens(&mut self, to_insurance: Atoms, from_insurance: Atoms) {
        let into = i128::from(to_insurance.0) - i128::from(from_insurance.0);
        self.insurance += into;
        self.collateral -= into;
    }

    pub fn sync(&mut self, who: usize) -> Result<SyncReport> {
        sync::sync(&mut self.accounts[who], &mut books_of(&mut self.markets), None, self.now)
    }

    pub fn rebase(&mut self, market: usize, lines: u32) -> Result<rebase::RebaseReport> {
        rebase::rebase(&mut books_of(&mut self.markets)[market], lines)
    }

    pub fn provision(&mut self, market: usize) -> Result<breakwater_engine::provision::Provision> {
        let now = self.now;
        books_of(&mut self.markets)[market].begin(now)
    }

    /// Moves what a market has collected for insurance.
    pub fn collect_due(&mut self, market: usize) {
        let moved =
            revenue::collect_due(&mut self.markets[market].market, &mut self.fund, self.params.staker_share).unwrap();
        self.move_tokens(moved, Atoms::ZERO);
    }
}
