//! Markets with their guards on, over the clearing rooms: every verb pays for time first, as an instruction does.

use std::collections::BTreeMap;

use breakwater_engine::clearing::error::Result;
use breakwater_engine::clearing::guards::{list, refresh, ExchangeGuards, GuardStatus, Listing, RefreshReport};
use breakwater_engine::clearing::margin::{deposit, touch, value, AccountValuation};
use breakwater_engine::clearing::markets::{MarketMut, MarketRef};
use breakwater_engine::clearing::state::{
    conservation, AccountBooks, Fund, GuardParams, LadderBooks, LadderSide, MarketBooks, Stress, WaterfallParams,
};
use breakwater_engine::clearing::trading::{trade, Context, Maker, Order};
use breakwater_engine::clearing::waterfall::{
    close_or_open, declare, liquidate, observe, settle_position, Declared, Fill, Liquidated,
};
use breakwater_engine::permission::{permitted, Action, Conditions, Guards, PauseBits};
use breakwater_engine::price::Observation;
use breakwater_engine::source::Observed;
use breakwater_engine::state::{Breaker, Level, MarketParams, Pause, Pauses, QuoteBooks};
use breakwater_engine::units::{Atoms, Bps, Lots, Now, Side};

pub const START: Now = Now { slot: 10_000, time: 1_000_000 };
/// Lots worth a USD at 100.
pub const USD: u64 = 1_000_000;

/// No source says anything.
pub const NOTHING: Observed = Observed { first: None, second: None };

/// Guards on; a gauge that two positions alone do not set off.
pub fn guarded() -> MarketParams {
    MarketParams { gauge_stress: Bps(9_000), gauge_guard: Bps(9_500), ..MarketParams::standard() }
}

/// `alice` long and `bob` short of the first market, and of as many more, a tenth of their money each.
pub fn paired(markets: usize, deposit: u64, lots: u64) -> Day {
    let mut day = Day::new(&vec![guarded(); markets]);
    for who in ["alice", "bob", "tom"] {
        day.deposit(who, deposit);
    }
    for index in 0..markets {
        day.pass_lots(index, ["alice", "bob"], lots).unwrap();
    }
    day
}

#[derive(Clone)]
pub struct Listed {
    pub market: MarketBooks,
    pub ladder: Box<LadderBooks>,
    pub pauses: Pauses,
}

/// Markets listed at 100 USD, what guards them, and accounts.
#[derive(Clone)]
pub struct Day {
    pub listed: Vec<Listed>,
    pub accounts: BTreeMap<String, AccountBooks>,
    pub fund: Fund,
    pub breaker: Breaker,
    pub pauses: Pauses,
    pub stress: Stress,
    pub last_restart: u64,
    pub now: Now,
}

/// Hundredths of a USD, sure, at the average.
pub fn says(cents: i64, publish_time: i64) -> Observation {
    let price = cents * 1_000_000;
    Observation { price, ema_price: price, exponent: -8, publish_time, ..Observation::default() }
}

pub fn first(cents: i64, publish_time: i64) -> Observed {
    Observed { first: Some(says(cents, publish_time)), second: None }
}

pub fn both(one: Observation, two: Observation) -> Observed {
    Observed { first: Some(one), second: Some(two) }
}

pub fn waterfall() -> WaterfallParams {
    WaterfallParams {
        confirm_slots: 5,
        confirm_wide_slots: 25,
        distress_ttl_slots: 1_500,
        sale_slots: 150,
        estate_slots: 10,
        resolve_wait_slots: 50,
        sibling_grace_slots: 150,
        open_layer_slots: 150,
        action_age_slots: 10,
        confirm_deviation: Bps(500),
        resolve_deviation: Bps(200),
        tolerance: Bps(1),
        work_share: Bps(2),
        ..WaterfallParams::default()
    }
}

pub fn listing(params: MarketParams, market_index: u64) -> Listing {
    Listing { params, waterfall: waterfall(), guards: GuardParams::recommended(), market_index }
}

impl Day {
    pub fn new(params: &[MarketParams]) -> Day {
        let mut day = Day {
            listed: Vec::new(),
            accounts: BTreeMap::new(),
            fund: Fund::default(),
            breaker: Breaker::default(),
            pauses: Pauses::default(),
            stress: Stress::default(),
            last_restart: 0,
            now: START,
        };
        for (index, params) in params.iter().enumerate() {
            let mut market = MarketBooks::default();
            list(&mut market, &listing(*params, index as u64), first(10_000, START.time), START).unwrap();
            let ladder = Box::new(LadderBooks { sides: [LadderSide::EMPTY; 2] });
            day.listed.push(Listed { market, ladder, pauses: Pauses::default() });
        }
        day
    }

    pub fn market(&self, index: usize) -> &MarketBooks {
        &self.listed[index].market
    }

    pub fn market_mut(&mut self, index: usize) -> &mut MarketBooks {
        &mut self.listed[index].market
    }

    pub fn view(&self, index: usize) -> MarketRef<'_> {
        MarketRef { market: &self.listed[index].market, ladder: &self.listed[index].ladder, pages: Default::default() }
    }

    /// So many slots pass, five to two seconds.
    pub fn wait(&mut self, slots: u64) -> &mut Day {
        let slot = self.now.slot + slots;
        let time = START.time + (slot - START.slot) as i64 * 2 / 5;
        self.now = Now { slot, time };
        self
    }

    pub fn pause(&mut self, market: Option<usize>, bits: PauseBits, seconds: i64) {
        let until = self.now.time + seconds;
        let pauses = market.map_or(&mut self.pauses, |market| &mut self.listed[market].pauses);
        pauses.authority = Pause { bits: bits.0 & !PauseBits::FREEZE.0, until };
        if bits.meets(PauseBits::FREEZE) {
            pauses.frozen_until = until;
        }
    }

    /// Runs something over a market under its guards, without paying for time first.
    pub fn bare<R>(&mut self, index: usize, act: impl FnOnce(&mut MarketMut<'_>, &ExchangeGuards<'_>, Now) -> R) -> R {
        let listed = &mut self.listed[index];
        let guards = Guards { exchange: &self.breaker, pauses: [&self.pauses, &listed.pauses], opens_at: 0 };
        let exchange = ExchangeGuards { guards, last_restart: self.last_restart, stress: &self.stress };
        act(
            &mut MarketMut { market: &mut listed.market, ladder: &mut listed.ladder, pages: Default::default() },
            &exchange,
            self.now,
        )
    }

    pub fn accrue(&mut self) {
        for index in 0..self.listed.len() {
            self.bare(index, |market, exchange, now| market.accrue(exchange, now).unwrap());
        }
    }

    pub fn take(&mut self, index: usize, observed: Observed) -> RefreshReport {
        let report = self.bare(index, |market, exchange, now| refresh(market, exchange, observed, now).unwrap());
        self.check();
        report
    }

    /// The first source says so many cents now.
    pub fn print(&mut self, index: usize, cents: i64) -> RefreshReport {
        let published = self.now.time;
        self.take(index, first(cents, published))
    }

    /// Every market's first source says so many cents now.
    pub fn print_all(&mut self, cents: i64) {
        for index in 0..self.listed.len() {
            let _ = self.print(index, cents);
        }
    }

    pub fn conditions(&mut self, index: usize) -> Conditions {
        self.bare(index, |market, exchange, now| exchange.conditions(market.market, now))
    }

    pub fn status(&mut self, index: usize) -> GuardStatus {
        self.bare(index, |market, exchange, now| exchange.status(market.market, now))
    }

    pub fn permits(&mut self, action: Action, index: usize) -> breakwater_engine::Result<()> {
        permitted(action, &self.conditions(index))
    }

    /// A verb over two accounts and all markets.
    fn with<R>(
        &mut self,
        names: [&str; 2],
        verb: impl FnOnce([&mut AccountBooks; 2], &mut [MarketMut<'_>], &mut Fund, Now) -> Result<R>,
    ) -> Result<R> {
        self.accrue();
        let mut after = self.clone();
        let now = after.now;
        let [mut one, mut two] = names.map(|name| after.accounts.get(name).copied().unwrap_or_default());
        let mut markets: Vec<MarketMut<'_>> = after
            .listed
            .iter_mut()
            .map(|listed| MarketMut {
                market: &mut listed.market,
                ladder: &mut listed.ladder,
                pages: Default::default(),
            })
            .collect();
        let result = verb([&mut one, &mut two], &mut markets, &mut after.fund, now)?;
        for market in &mut markets {
            let _ = market.store(now.slot)?;
        }
        after.accounts.insert(names[1].to_string(), two);
        after.accounts.insert(names[0].to_string(), one);
        after.check();
        *self = after;
        Ok(result)
    }

    pub fn check(&self) {
        self.listed.iter().for_each(|listed| conservation::check(&listed.market).unwrap());
    }

    pub fn deposit(&mut self, who: &str, amount: u64) {
        self.with([who, "-"], |[account, _], markets, _, _| deposit(account, markets, Atoms(amount))).unwrap();
    }

    /// A fill at the mark that pays no fees: as a take-over or an estate's sale.
    pub fn pass_lots(&mut self, index: usize, [buyer, seller]: [&str; 2], lots: u64) -> Result<()> {
        let price = self.market(index).mark.price;
        self.with([buyer, seller], |accounts, markets, _, now| {
            for (account, direction) in accounts.into_iter().zip(Side::BOTH) {
                let lots = Lots(lots);
                let fill = Fill { market_index: index as u64, direction, lots, price, raises_a_side: true };
                let _ = touch(account, markets, now.slot)?;
                let _ = close_or_open(account, markets, &fill, now)?;
                let _ = touch(account, markets, now.slot)?;
            }
            Ok(())
        })
    }

    /// The buyer takes the seller's quote at the mark; both pay their fees.
    pub fn trade(&mut self, index: usize, [buyer, seller]: [&str; 2], lots: u64) -> Result<()> {
        let price = self.market(index).mark.price;
        let mut quote = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
        quote.asks[0] = Level { size: Lots(lots), price, pegged: 0 };
        let order = Order {
            market_index: index as u64,
            side: Side::Long,
            lots: Lots(lots),
            limit: price,
            reduce_only: false,
            min_fill: Lots(lots),
        };
        self.with([buyer, seller], |[buyer, seller], markets, fund, now| {
            seller.checked_until = now.slot;
            quote.epoch = seller.quote_epoch;
            let mut makers = [Maker { account: seller, quote: &mut quote }];
            trade(buyer, &mut makers, markets, &order, &Context { fund, now }).map(drop)
        })
    }

    pub fn sync(&mut self, who: &str) {
        self.with([who, "-"], |[account, _], markets, _, now| {
            let _ = touch(account, markets, now.slot)?;
            observe(account, markets, now).map(drop).map_err(Into::into)
        })
        .unwrap();
    }

    pub fn liquidate(&mut self, index: usize, [victim, taker]: [&str; 2], lots: u64) -> Result<Liquidated> {
        self.with([victim, taker], |[victim, taker], markets, _, now| {
            liquidate((victim, taker), markets, index as u64, Lots(lots), now)
        })
    }

    pub fn declare(&mut self, who: &str) -> Result<Declared> {
        self.with([who, "-"], |[account, _], markets, fund, now| declare(account, markets, fund, now))
    }

    pub fn settle_position(&mut self, index: usize, who: &str) -> Result<Lots> {
        self.with([who, "-"], |[account, _], markets, _, now| settle_position(account, markets, index as u64, now))
    }

    pub fn value(&mut self, who: &str) -> AccountValuation {
        let account = self.accounts[who];
        self.with([who, "-"], |_, markets, _, now| value(&account, markets, now).map_err(Into::into)).unwrap()
    }

    pub fn lots(&self, index: usize, who: &str) -> i64 {
        self.accounts[who].slot(index as u64).map_or(0, |slot| slot.position.lots)
    }
}
