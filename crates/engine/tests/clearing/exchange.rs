//! An exchange of two markets on the clearing rooms, with every verb of the reference.

#[path = "collateral.rs"]
pub mod collateral;
#[path = "ends.rs"]
mod ends;
#[path = "insurers.rs"]
mod insurers;
#[path = "paid.rs"]
mod paid;
#[path = "quoting.rs"]
mod quoting;
#[path = "terms.rs"]
mod terms;
#[path = "verbs.rs"]
mod verbs;

use std::collections::BTreeMap;

use breakwater_engine::clearing::error::Result;
use breakwater_engine::clearing::ladder::LINES_AND_POOLS_MAX;
use breakwater_engine::clearing::margin::NO_MARKET;
use breakwater_engine::clearing::markets::{MarketMut, MarketRef};
use breakwater_engine::clearing::pages::{Pages, PagesRef};
use breakwater_engine::clearing::shortfall::{end_loss_events, fund_estate};
use breakwater_engine::clearing::state::{
    conservation, AccountBooks, DistressClock, Fund, HeldPage, LadderBooks, LadderSide, MarketBooks, MarketSlot,
    Reports, StakeBooks,
};
use breakwater_engine::clearing::waterfall::{observe, resolve, Resolved};
use breakwater_engine::state::{ExchangeParams, Grid, Mark, Scale};
use breakwater_engine::units::{Atoms, Now, Price, Side};
use breakwater_engine::wide::I128;
use terms::{exchange_params, fund_params, params, waterfall};

pub use terms::{Terms, SLOTS};

/// The reference's slot zero.
pub const FIRST_SLOT: u64 = 1_000;

#[derive(Clone)]
pub struct Listed {
    market: MarketBooks,
    ladder: Box<LadderBooks>,
    pages: Vec<HeldPage>,
}

impl Listed {
    /// With its pages, or without.
    fn view(&self, passed: bool) -> MarketRef<'_> {
        let mut pages = PagesRef::default();
        pages.0.iter_mut().zip(self.pages.iter().rev().filter(|_| passed)).for_each(|(seat, page)| *seat = Some(page));
        MarketRef { market: &self.market, ladder: &self.ladder, pages }
    }

    fn change(&mut self, passed: bool) -> MarketMut<'_> {
        let mut pages = Pages::default();
        let all = self.pages.iter_mut().rev().filter(|_| passed);
        pages.0.iter_mut().zip(all).for_each(|(seat, page)| *seat = Some(page));
        MarketMut { market: &mut self.market, ladder: &mut self.ladder, pages }
    }
}

/// Markets, accounts and the fund, and the clock.
#[derive(Clone)]
pub struct TestExchange {
    listed: Vec<Listed>,
    pub accounts: BTreeMap<String, AccountBooks>,
    pub fund: Fund,
    pub stakes: BTreeMap<String, StakeBooks>,
    pub params: ExchangeParams,
    pub assets: collateral::Assets,
    /// What came in less what went out.
    pub outside: i128,
    /// In slots of the reference.
    pub slot: u64,
    pub published: u64,
    /// Levels that a resolution walks in one call.
    pub levels_max: u32,
    /// Whether instructions are passed the pages of ended lists.
    pub pages_passed: bool,
    /// Whether keepers create pages as soon as they may.
    pub pages_created: bool,
}

fn empty_ladder() -> Box<LadderBooks> {
    Box::new(LadderBooks { sides: [LadderSide::EMPTY; 2] })
}

impl TestExchange {
    pub fn new(terms: &Terms) -> TestExchange {
        let covers = terms.cover * terms.prices.len() as u64;
        let allowance = terms.common * u64::from(terms.weight) / 10_000;
        let mut exchange = TestExchange {
            listed: Vec::new(),
            accounts: BTreeMap::new(),
            stakes: BTreeMap::new(),
            params: exchange_params(),
            fund: Fund {
                booked: Atoms(terms.common + covers),
                protocol: Atoms(terms.common + covers),
                covers: Atoms(covers),
                allowances: Atoms(allowance * terms.prices.len() as u64),
                weights: u64::from(terms.weight) * terms.prices.len() as u64,
                epoch_common: Atoms(terms.common),
                epoch: 1,
                reports: Reports { markets: terms.prices.len() as u64, ..Reports::default() },
                params: fund_params(),
                ..Fund::default()
            },
            assets: collateral::Assets::new(Now { slot: FIRST_SLOT * SLOTS, time: 0 }),
            outside: i128::from(terms.common + covers),
            slot: 0,
            published: 0,
            levels_max: LINES_AND_POOLS_MAX,
            pages_passed: true,
            pages_created: true,
        };
        for (index, price) in terms.prices.iter().enumerate() {
            exchange.list(terms, index as u64, Price(*price), allowance);
        }
        exchange
    }

    fn list(&mut self, terms: &Terms, index: u64, price: Price, allowance: u64) {
        let scale = Scale::around(price, [I128::ZERO; 2]).unwrap();
        let now = self.now();
        let mut market = MarketBooks {
            params: params(terms),
            waterfall: waterfall(terms),
            market_index: index,
            grid: Grid { scale, ..Grid::default() },
            ..MarketBooks::default()
        };
        market.mark = Mark { price, ema: price, slot: now.slot, ..Mark::default() };
        // The first refill waits for nothing.
        market.cover.refilled_at = i64::MIN;
        market.cover.amount = Atoms(terms.cover);
        (market.cover.allowance, market.cover.epoch) = (Atoms(allowance), 1);
        market.vesting.index = 1 << 63;
        for side in &mut market.sides {
            side.event.window_start = now.slot;
        }
        self.listed.push(Listed { market, ladder: empty_ladder(), pages: Vec::new() });
        self.create_pages();
    }

    /// What takers pay from now on, in every market.
    pub fn set_taker_fee(&mut self, fee: u32) {
        for listed in &mut self.listed {
            listed.market.params.taker_fee = breakwater_engine::Bps(fee);
        }
    }

    pub fn now(&self) -> Now {
        Now { slot: (FIRST_SLOT + self.slot) * SLOTS, time: self.slot as i64 }
    }

    /// A market's parameters, to set.
    pub fn market_mut(&mut self, index: usize) -> &mut MarketBooks {
        &mut self.listed[index].market
    }

    pub fn market(&self, index: usize) -> &MarketBooks {
        &self.listed[index].market
    }

    pub fn view(&self, index: usize) -> MarketRef<'_> {
        self.listed[index].view(true)
    }

    pub fn pages(&self, index: usize) -> &[HeldPage] {
        &self.listed[index].pages
    }

    /// The present list of a side gets a number, as if those before had ended.
    pub fn start_lists_at(&mut self, market: usize, side: Side, list: u64) {
        self.listed[market].market.side_mut(side).event.list = list;
        self.create_pages();
    }

    /// Whether accounts, markets and the fund are the same but for who was observed; pages and ladders follow.
    pub fn is_like(&self, other: &TestExchange) -> bool {
        let unobserved = |account: &AccountBooks| {
            let mut account = AccountBooks { clock: DistressClock::default(), ..*account };
            account.slots.iter_mut().for_each(|slot| slot.clock = DistressClock::default());
            account
        };
        let accounts =
            |exchange: &TestExchange| -> Vec<AccountBooks> { exchange.accounts.values().map(unobserved).collect() };
        let markets = self.listed.iter().zip(&other.listed).all(|(one, two)| one.market == two.market);
        markets && accounts(self) == accounts(other) && self.fund == other.fund
    }

    /// Keepers create the pages that are due.
    pub fn create_pages(&mut self) {
        if !self.pages_created {
            return;
        }
        for listed in &mut self.listed {
            for side in Side::BOTH {
                while listed.market.is_page_due(side) {
                    listed.pages.push(HeldPage::EMPTY);
                    let page = listed.pages.last_mut().unwrap();
                    let _ = listed.market.create_page(side, page, &mut AccountBooks::default()).unwrap();
                }
            }
        }
    }

    pub fn len(&self) -> usize {
        self.listed.len()
    }

    /// Runs a verb over one account and all markets, and stores h in every market.
    fn with<R>(
        &mut self,
        who: &str,
        verb: impl FnOnce(&mut AccountBooks, &mut [MarketMut<'_>], &mut Fund, Now) -> Result<R>,
    ) -> Result<R> {
        let (now, passed) = (self.now(), self.pages_passed);
        let mut account = self.accounts.get(who).copied().unwrap_or_default();
        self.assets.value(&mut account, self.asset_now());
        let mut markets: Vec<MarketMut<'_>> = self.listed.iter_mut().map(|listed| listed.change(passed)).collect();
        let result = verb(&mut account, &mut markets, &mut self.fund, now)?;
        watch_account(&mut account, &markets, now)?;
        release(&mut account);
        self.accounts.insert(who.to_string(), account);
        Ok(result)
    }

    fn with_two<R>(
        &mut self,
        names: (&str, &str),
        verb: impl FnOnce(&mut AccountBooks, &mut AccountBooks, &mut [MarketMut<'_>], Now) -> Result<R>,
    ) -> Result<R> {
        let mut second = self.accounts.get(names.1).copied().unwrap_or_default();
        self.assets.value(&mut second, self.asset_now());
        let result = self.with(names.0, |first, markets, _, now| {
            let result = verb(first, &mut second, markets, now)?;
            watch_account(&mut second, markets, now)?;
            Ok(result)
        })?;
        release(&mut second);
        self.accounts.insert(names.1.to_string(), second);
        Ok(result)
    }

    /// The end of an instruction: h is stored, and every market's classes add up.
    pub fn settle(&mut self) -> Result<()> {
        let slot = self.now().slot;
        for listed in &mut self.listed {
            // No page is needed to read h.
            let mut market = listed.change(false);
            let _ = market.store(slot)?;
            conservation::check(market.market)?;
        }
        self.check_collateral();
        self.create_pages();
        Ok(())
    }

    /// A verb over markets alone.
    fn with_markets<R>(&mut self, verb: impl FnOnce(&mut [MarketMut<'_>], &mut Fund, Now) -> Result<R>) -> Result<R> {
        let (now, passed) = (self.now(), self.pages_passed);
        let mut markets: Vec<MarketMut<'_>> = self.listed.iter_mut().map(|listed| listed.change(passed)).collect();
        verb(&mut markets, &mut self.fund, now)
    }

    pub fn fund_estate(&mut self, market: usize) -> Result<()> {
        self.with_markets(|markets, fund, now| fund_estate(markets, fund, market as u64, now).map(drop))
    }

    pub fn resolve(&mut self, market: u64) -> Result<Resolved> {
        let levels_max = self.levels_max;
        self.with_markets(|markets, fund, now| resolve(markets, fund, (market, levels_max), now))
    }

    /// The same, but no other market is passed.
    pub fn resolve_alone(&mut self, market: u64) -> Result<Resolved> {
        let levels_max = self.levels_max;
        self.with_markets(|markets, fund, now| {
            let alone = markets.iter_mut().filter(|of| of.market.market_index == market);
            let mut alone: Vec<MarketMut<'_>> = alone.map(reborrow).collect();
            resolve(&mut alone, fund, (market, levels_max), now)
        })
    }

    pub fn end_loss_events(&mut self, market: usize) -> Result<u32> {
        self.with_markets(|markets, _, now| end_loss_events(&mut markets[market], now))
    }

    pub fn gift(&mut self, market: usize, side: Side, amount: u64) -> Result<()> {
        let taken = self.with_markets(|markets, _, _| Ok(markets[market].market.donate(side, Atoms(amount))?))?;
        self.outside += i128::from(taken.0);
        Ok(())
    }

    pub fn silence(&mut self, market: usize) -> Result<()> {
        self.with_markets(|markets, _, now| Ok(markets[market].silence(now)?))
    }

    /// Makes the last mark final.
    pub fn settle_market(&mut self, market: usize) -> Result<()> {
        self.with_markets(|markets, _, now| Ok(markets[market].make_final(now)?))
    }

    /// Moves all lines to the next grid.
    pub fn migrate_grid(&mut self, market: usize) -> Result<()> {
        self.migrate_lines(market, LINES_AND_POOLS_MAX)
    }

    /// Moves so many lines of each side.
    pub fn migrate_lines(&mut self, market: usize, lines: u32) -> Result<()> {
        self.with_markets(|markets, _, _| Ok(markets[market].migrate_grid(lines).map(drop)?))
    }

    pub fn restore(&mut self, market: usize) -> Result<()> {
        self.with_markets(|markets, _, now| Ok(markets[market].restore(now)?))
    }

    /// One market accepts a mark, and nobody looks at any account.
    pub fn tick_unwatched(&mut self, slots: u64, market: usize, mark: u64) {
        let accounts = core::mem::take(&mut self.accounts);
        let at = u64::try_from(u128::from(mark) << 40).unwrap();
        self.tick(slots, &BTreeMap::from([(market, at)]), &BTreeMap::new()).unwrap();
        self.accounts = accounts;
    }

    /// Every market with a source accepts a mark, and keepers observe every account.
    pub fn tick(&mut self, slots: u64, marks: &BTreeMap<usize, u64>, funding: &BTreeMap<usize, i128>) -> Result<()> {
        let before = self.now().slot;
        self.slot += slots;
        self.published += slots;
        let published = self.published;
        self.with_markets(|markets, _, now| {
            for (index, market) in markets.iter_mut().enumerate() {
                market.run_vesting_clock(Now { slot: before, ..now })?;
                if !market.market.is_usable() {
                    continue;
                }
                if let Some(paid) = funding.get(&index) {
                    market.market.pay_funding(*paid)?;
                }
                let price = marks.get(&index).map_or(market.market.mark.price, |price| Price(*price));
                let sequence = market.market.mark.sequence + 1;
                let publish_time = 2 * published as i64;
                let mark = Mark { price, ema: price, slot: now.slot, publish_time, sequence, ..market.market.mark };
                market.accept_mark(mark, now)?;
            }
            Ok(())
        })?;
        self.assets.publish(self.asset_now());
        let names: Vec<String> = self.accounts.keys().cloned().collect();
        let watched = self.assets.watched;
        for who in names {
            self.with(&who, |account, _, _, now| {
                watch(&mut account.clock, now);
                if watched && account.collateral.distress_at != 0 {
                    account.collateral.observe(true, u64::MAX, now.slot);
                }
                account.slots.iter_mut().for_each(|slot| watch(&mut slot.clock, now));
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Keepers looked all the while.
fn watch(clock: &mut DistressClock, now: Now) {
    clock.last = now.slot;
}

fn reborrow<'m>(of: &'m mut MarketMut<'_>) -> MarketMut<'m> {
    let MarketMut { market, ladder, pages } = of;
    MarketMut { market, ladder, pages: Pages(pages.0.each_mut().map(Option::as_deref_mut)) }
}

/// Observes an account at the end of an instruction, where what it is worth can be seen.
fn watch_account(account: &mut AccountBooks, markets: &[MarketMut<'_>], now: Now) -> Result<()> {
    match observe(account, markets, now) {
        Err(breakwater_engine::Error::PageMissing | breakwater_engine::Error::Rebasing) => Ok(()),
        observed => Ok(observed.map(drop)?),
    }
}

fn release(account: &mut AccountBooks) {
    let markets: Vec<u64> =
        account.slots.iter().map(|slot| slot.market).filter(|market| *market != NO_MARKET).collect();
    for market in markets {
        account.release_slot(market);
    }
}

/// The slot of an account in a market, where it has one.
pub fn slot_of(account: &AccountBooks, market: usize) -> Option<&MarketSlot> {
    account.slot(market as u64).ok()
}
