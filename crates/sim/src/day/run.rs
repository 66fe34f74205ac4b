//! Goes through a day's lines.

use breakwater_engine::clearing::trading::Order;
use breakwater_engine::state::{ExchangeParams, Level, QuoteBooks};
use breakwater_engine::{Lots, Price, Side};
use serde_json::{json, Value};
use std::collections::BTreeMap;

use super::crowd::Row;
use super::op::{CollateralOp, CrossOp, LevelOp, LiquidateOp, MarketOp, Op, Preset, PriceOp, QuoteOp, TradeOp};
use super::params;
use super::policy::Keepers;
use super::report::{report, FinalState, Refused};
use super::script::Line;
use super::trace;
use super::venue::{
    AccountId, AssetId, Cross, Listing, MarketId, OrderAgainst, Outcome, Published, Report, Stop, Taker, Venue,
};
use crate::decimal::Decimal;
use crate::names::{Listed, Names};
use crate::quantity::{atoms, first_observation, lots, observation, price_per_lot, ZERO};

/// Who looks on.
pub trait Watcher {
    /// Whether entries of the trace are wanted.
    fn wants_trace(&self) -> bool {
        false
    }

    /// What an operation did.
    fn trace(&mut self, _entry: &Value) {}

    /// How many operations are done, of how many.
    fn progress(&mut self, _done: usize, _all: usize) {}
}

/// Nobody looks on.
impl Watcher for () {}

/// A run in progress.
pub(super) struct Run<'v> {
    pub venue: &'v mut dyn Venue,
    pub names: Names,
    preset: Preset,
    refused: Vec<Refused>,
    /// First price of each market in the script: what it is listed at.
    first: BTreeMap<String, Decimal>,
    keepers: Keepers,
    /// Mints by name; none where listing was refused.
    mints: BTreeMap<String, Option<(AssetId, i32)>>,
}

/// The script's own mistake.
fn failed(error: impl Into<String>) -> Stop {
    Stop::Failed(error.into())
}

/// Parameters of the exchange a script begins with, and what its markets' begin with.
pub fn exchange_of(lines: &[Line]) -> Result<(ExchangeParams, Preset), String> {
    let given = match lines.first() {
        Some(Line { op: Op::Exchange(given), .. }) => given.clone(),
        _ => super::op::ExchangeOp::default(),
    };
    let params = params::exchange(&given).map_err(|error| format!("line 1: {error}"))?;
    Ok((params, given.preset))
}

/// Runs a script. Refused operations are recorded; a script that makes no sense, or a failed `check`, stops the run with an
/// error that names the line.
pub fn run(
    lines: &[Line],
    preset: Preset,
    venue: &mut dyn Venue,
    watcher: &mut dyn Watcher,
) -> Result<FinalState, String> {
    let mut run = Run {
        venue,
        names: Names::default(),
        preset,
        refused: Vec::new(),
        first: first_prices(lines),
        keepers: Keepers::default(),
        mints: BTreeMap::new(),
    };
    let all: usize = lines.iter().map(|line| line.rows.len().max(1)).sum();
    let mut done = 0;
    for line in lines {
        let outcome = run.step(line, &mut |rows| watcher.progress(done + rows, all));
        done += line.rows.len().max(1);
        if watcher.wants_trace() {
            watcher.trace(&run.entry(line, &outcome)?);
        }
        match outcome {
            Ok(_) => {}
            Err(Stop::Refused(error)) => run.refuse(line, error),
            Err(Stop::Failed(error)) => return Err(format!("line {}: {error}", line.number)),
        }
        watcher.progress(done, all);
    }
    let faults = run.venue.faults();
    report(run.venue.state(), &run.names, run.refused, faults.is_empty())
}

fn first_prices(lines: &[Line]) -> BTreeMap<String, Decimal> {
    let mut first = BTreeMap::new();
    for line in lines {
        if let Op::Price(PriceOp { market, price, .. }) | Op::Publish(PriceOp { market, price, .. }) = &line.op {
            first.entry(market.clone()).or_insert(*price);
        }
        if let Op::CollateralPrice { mint, price, .. } = &line.op {
            first.entry(mint_key(mint)).or_insert(*price);
        }
    }
    first
}

/// A mint among the markets' names: no market is called so.
fn mint_key(mint: &str) -> String {
    format!("mint \n{mint}")
}

impl Run<'_> {
    fn refuse(&mut self, line: &Line, error: String) {
        self.refused.push(Refused { line: line.number, op: line.op.name(), error });
    }

    fn entry(&self, line: &Line, outcome: &Outcome) -> Result<Value, String> {
        let mut entry = trace::entry(line, self.venue.state(), outcome);
        if let (Op::Price(given), Some(entry)) = (&line.op, entry.as_object_mut()) {
            if let Some(at) = self.names.market(&given.market)?.id {
                let market = trace::market(self.venue.state(), at, self.venue.level(at))
                    .map_err(|error| format!("{error:?}"))?;
                entry.insert("market".into(), market);
            }
        }
        Ok(entry)
    }

    fn step(&mut self, line: &Line, progress: &mut dyn FnMut(usize)) -> Outcome {
        self.venue.set_refresh(line.refresh);
        let outcome = match &line.op {
            Op::Accounts { with, .. } => self.crowd(line, with, progress),
            Op::Sync { account } if account == "all" => self.sync_all(line),
            op => self.apply(op),
        };
        let touched = self.venue.take_touched();
        self.keepers.note(&mut *self.venue, &touched)?;
        let mut report = outcome?;
        if let Op::Price(given) = &line.op {
            if let Some(market) = self.names.market(&given.market).map_err(failed)?.id {
                let work = self.keepers.work(&mut *self.venue, market)?;
                if !work.is_empty() {
                    report.insert("keepers".into(), Value::Object(work));
                }
            }
        }
        Ok(report)
    }

    fn apply(&mut self, op: &Op) -> Outcome {
        match op {
            Op::Exchange(_) => Ok(Report::new()),
            Op::Market(given) => self.list(given),
            Op::Account { name, owner } => self.open(name, owner.as_deref()),
            Op::Advance { slots, seconds } => {
                let seconds = seconds.map_or_else(|| u32::try_from(*slots), Ok);
                self.venue.advance(*slots, seconds.map_err(|_| failed("`slots` is out of range"))?);
                Ok(Report::new())
            }
            Op::Policy(given) => {
                let keeper = self.account(&given.keeper)?;
                self.keepers.set(&mut *self.venue, keeper, given)
            }
            Op::Check {} => match self.venue.faults() {
                faults if faults.is_empty() => Ok(Report::new()),
                faults => Err(failed(format!("check failed: {}", faults.join("; ")))),
            },
            op => self.apply_insurance(op),
        }
    }

    fn apply_insurance(&mut self, op: &Op) -> Outcome {
        let read = |usd: &Decimal| atoms(*usd).map_err(Stop::Failed);
        match op {
            Op::Insurance { usd } => self.venue.insurance(read(usd)?),
            Op::Cover { market, usd } => {
                let market = self.market(market)?;
                self.venue.cover(market, read(usd)?)
            }
            Op::Stake { staker, usd } => self.venue.stake(staker, read(usd)?),
            Op::RequestUnstake { staker, usd } => self.venue.request_unstake(staker, read(usd)?),
            Op::Unstake { staker, usd } => self.venue.unstake(staker, read(usd)?),
            Op::Layer(given) => {
                let market = self.market(&given.market)?;
                self.venue.layer(market, given)
            }
            Op::Donate { market, side, usd } => {
                let market = self.market(market)?;
                self.venue.donate(market, (*side).into(), read(usd)?)
            }
            Op::FundEstate { market } => {
                let market = self.market(market)?;
                self.venue.fund_estate(market)
            }
            op => self.apply_account(op),
        }
    }

    fn apply_account(&mut self, op: &Op) -> Outcome {
        let read = |usd: &Decimal| atoms(*usd).map_err(Stop::Failed);
        match op {
            Op::Deposit { account, usd } => {
                let account = self.account(account)?;
                self.venue.deposit(account, read(usd)?)
            }
            Op::Withdraw { account, usd } => {
                let account = self.account(account)?;
                self.venue.withdraw(account, read(usd)?)
            }
            Op::Isolate { account, market, on } => {
                let (account, market) = (self.account(account)?, self.market(market)?);
                self.venue.isolate(account, market, *on)
            }
            Op::Sync { account } => {
                let account = self.account(account)?;
                self.venue.sync(account)
            }
            Op::Claim { account, market } => {
                let (account, market) = (self.account(account)?, self.market(market)?);
                self.venue.claim(account, market)
            }
            Op::SettlePosition { market, account } => {
                let (account, market) = (self.account(account)?, self.market(market)?);
                self.venue.settle_position(market, account)
            }
            op => self.apply_market(op),
        }
    }

    fn apply_market(&mut self, op: &Op) -> Outcome {
        match op {
            Op::Price(given) => {
                let published = self.published(given)?;
                self.venue.price(&published)
            }
            Op::Publish(given) => {
                let published = self.published(given)?;
                self.venue.publish(&published)
            }
            Op::Cross(given) => self.cross(given),
            Op::Quote(given) => self.quote(given),
            Op::CancelQuote { account, market } => {
                let (account, market) = (self.account(account)?, self.market(market)?);
                self.venue.cancel_quote(account, market)
            }
            Op::Trade(given) => self.trade(given),
            op => self.apply_waterfall(op),
        }
    }

    fn apply_waterfall(&mut self, op: &Op) -> Outcome {
        match op {
            Op::Liquidate(given) => self.liquidate(given),
            Op::Declare { account, market } => {
                let account = self.account(account)?;
                let market = market.as_deref().map(|market| self.market(market)).transpose()?;
                self.venue.declare(account, market, None)
            }
            Op::Buy { market, side, by, size } => {
                let (by, at) = (self.account(by)?, self.market(market)?);
                let lots = self.lots(market, *size)?;
                self.venue.buy(at, (*side).into(), by, lots)
            }
            Op::Resolve { market } => {
                let market = self.market(market)?;
                let done = self.venue.resolve(market, None)?;
                self.keepers.forget();
                Ok(done)
            }
            Op::Deleverage { account, market } => {
                let (account, market) = (self.account(account)?, self.market(market)?);
                self.venue.deleverage(account, market)
            }
            op => self.apply_guard(op),
        }
    }

    fn apply_guard(&mut self, op: &Op) -> Outcome {
        match op {
            Op::SettleMarket { market } => {
                let market = self.market(market)?;
                self.venue.settle_market(market)
            }
            Op::MigrateGrid { market } => {
                let market = self.market(market)?;
                self.venue.migrate_grid(market)
            }
            Op::Collateral(given) => self.accept(given),
            Op::CollateralPrice { mint, price, conf } => {
                let time = self.venue.state().now.time;
                let seen = observation([*price, *price, conf.unwrap_or(ZERO)], time).map_err(failed)?;
                let (mint, _) = self.mint(mint)?;
                self.venue.collateral_price(mint, &seen)
            }
            Op::DepositCollateral { account, mint, amount } => {
                let (account, (mint, amount)) = (self.account(account)?, self.units(mint, *amount)?);
                self.venue.deposit_collateral(account, mint, amount)
            }
            Op::WithdrawCollateral { account, mint, amount } => {
                let (account, (mint, amount)) = (self.account(account)?, self.units(mint, *amount)?);
                self.venue.withdraw_collateral(account, mint, amount)
            }
            Op::BuyCollateral { account, mint, amount, by } => {
                let (account, (mint, amount)) = (self.account(account)?, self.units(mint, *amount)?);
                if let Some(by) = by {
                    let _ = self.account(by)?;
                }
                self.venue.buy_collateral(account, mint, amount)
            }
            Op::Skim { vault } => self.venue.skim(*vault),
            Op::Pause(given) | Op::Freeze(given) | Op::Breaker(given) => {
                let market = given.market.as_deref().map(|market| self.market(market)).transpose()?;
                match op {
                    Op::Pause(_) => self.venue.pause(market, given),
                    Op::Freeze(_) => self.venue.freeze(market, given),
                    _ => self.venue.breaker(market, given),
                }
            }
            op => Err(failed(format!("`{}` is an operation of the script itself", op.name()))),
        }
    }

    // --- names and numbers

    fn account(&self, name: &str) -> Outcome<AccountId> {
        self.names.account(name).map_err(failed)
    }

    /// An operation in a market whose listing was refused is refused too.
    fn market(&self, name: &str) -> Outcome<MarketId> {
        self.names.market(name).map_err(failed)?.id.ok_or_else(|| Stop::Refused("MarketMissing".into()))
    }

    fn exponent(&self, market: &str) -> Outcome<i32> {
        Ok(self.names.market(market).map_err(failed)?.lot_exponent)
    }

    fn lots(&self, market: &str, size: Decimal) -> Outcome<Lots> {
        let lots = lots(size, self.exponent(market)?).map_err(failed)?;
        lots.ok_or_else(|| Stop::Refused("WrongStep".into()))
    }

    fn price(&self, market: &str, price: Decimal) -> Outcome<Price> {
        price_per_lot(price, self.exponent(market)?).ok_or_else(|| Stop::Refused("PriceOutOfBand".into()))
    }

    /// A mint's number, and 10^this of the asset is its smallest unit.
    fn mint(&self, name: &str) -> Outcome<(AssetId, i32)> {
        let found = self.mints.get(name).ok_or_else(|| failed(format!("no mint `{name}`")))?;
        found.ok_or_else(|| Stop::Refused("CollateralMissing".into()))
    }

    fn units(&self, mint: &str, amount: Decimal) -> Outcome<(AssetId, u64)> {
        let (mint, exponent) = self.mint(mint)?;
        let units = amount.scaled_exact(-exponent).and_then(|units| u64::try_from(units).ok());
        Ok((mint, units.ok_or_else(|| failed("`amount` is negative, finer than a unit or out of range"))?))
    }

    // --- operations

    fn accept(&mut self, given: &CollateralOp) -> Outcome {
        if self.mints.contains_key(&given.mint) {
            return Err(failed(format!("mint `{}` is listed twice", given.mint)));
        }
        let params = params::collateral(given).map_err(failed)?;
        let time = self.venue.state().now.time;
        let first = self.first.get(&mint_key(&given.mint)).copied();
        let first = first.ok_or_else(|| failed(format!("no `collateral_price` of `{}`", given.mint)))?;
        let accepted = self.venue.collateral(&params, &observation([first, first, ZERO], time).map_err(failed)?);
        let id = accepted.as_ref().ok().copied();
        self.mints.insert(given.mint.clone(), id.map(|id| (id, params.unit_exponent)));
        accepted.map(|_| Report::new())
    }

    fn list(&mut self, given: &MarketOp) -> Outcome {
        self.names.is_free(&given.name).map_err(failed)?;
        let first = self.first.get(&given.name).copied();
        let (params, waterfall, guards) = params::market(given, self.preset, first).map_err(failed)?;
        let time = self.venue.state().now.time;
        let first = first_observation(first, params.lot_exponent, time).map_err(failed)?;
        let listed = self.venue.list(&Listing { params, waterfall, guards, first });
        let id = listed.as_ref().ok().copied();
        self.names.add_market(&given.name, Listed { id, lot_exponent: params.lot_exponent });
        let id = listed?;
        Ok(Report::from_iter([("market_index".into(), json!(id)), ("lot_exponent".into(), json!(params.lot_exponent))]))
    }

    fn open(&mut self, name: &str, owner: Option<&str>) -> Outcome {
        if name == "all" {
            return Err(failed("`all` is every account: no one may be called so"));
        }
        self.names.is_free_account(name).map_err(failed)?;
        let id = self.venue.open(owner.unwrap_or(name))?;
        self.names.add_account(name, id);
        Ok(Report::new())
    }

    fn published(&self, given: &PriceOp) -> Outcome<Published> {
        let conf = given.conf.unwrap_or(ZERO);
        if conf.mantissa < 0 {
            return Err(failed("`conf` is negative"));
        }
        let source = match given.source {
            None | Some(1) => 0,
            Some(2) => 1,
            Some(_) => return Err(failed("`source` is 1 or 2")),
        };
        let (slots, seconds) = (given.slots.unwrap_or(1), given.seconds.unwrap_or(1));
        let time = self.venue.state().now.time + i64::from(seconds);
        let numbers = [given.price, given.ema.unwrap_or(given.price), conf];
        let observation = observation(numbers, time).map_err(failed)?;
        Ok(Published { market: self.market(&given.market)?, source, observation, slots, seconds })
    }

    fn cross(&mut self, given: &CrossOp) -> Outcome {
        let cross = Cross {
            buyer: self.account(&given.buyer)?,
            seller: self.account(&given.seller)?,
            market: self.market(&given.market)?,
            lots: self.lots(&given.market, given.size)?,
            price: self.price(&given.market, given.price)?,
            reduce_only: given.reduce_only,
        };
        self.venue.cross(&cross)
    }

    fn quote(&mut self, given: &QuoteOp) -> Outcome {
        let (account, market) = (self.account(&given.account)?, self.market(&given.market)?);
        let mut quote = QuoteBooks {
            mark_age_slots_max: given.age_slots.unwrap_or(0),
            reduce_only: u32::from(given.reduce_only),
            ..QuoteBooks::default()
        };
        for (side, levels) in [(Side::Long, &given.bids), (Side::Short, &given.asks)] {
            let seats = quote.side_mut(side);
            if levels.len() > seats.len() {
                return Err(failed(format!("at most {} levels a side", seats.len())));
            }
            for (seat, level) in seats.iter_mut().zip(levels) {
                *seat = self.level(&given.market, level)?;
            }
        }
        self.venue.quote(account, market, &quote)
    }

    fn level(&self, market: &str, level: &LevelOp) -> Outcome<Level> {
        let (price, pegged) = match (level.price, level.offset) {
            (Some(price), None) => (price, 0),
            (None, Some(offset)) => (offset, 1),
            _ => return Err(failed("a level has `price` or `offset`, one of the two")),
        };
        Ok(Level { size: self.lots(market, level.size)?, price: self.price(market, price)?, pegged })
    }

    fn trade(&mut self, given: &TradeOp) -> Outcome {
        let order = Order {
            market_index: self.market(&given.market)? as u64,
            side: given.side.into(),
            lots: self.lots(&given.market, given.size)?,
            limit: self.price(&given.market, given.limit)?,
            reduce_only: given.reduce_only,
            min_fill: given.min_fill.map_or(Ok(Lots::ZERO), |size| self.lots(&given.market, size))?,
        };
        let makers = given.makers.iter().map(|maker| self.account(maker)).collect::<Outcome<_>>()?;
        self.venue.trade(&OrderAgainst { account: self.account(&given.account)?, order, makers })
    }

    fn liquidate(&mut self, given: &LiquidateOp) -> Outcome {
        let taker = match (&given.by, &given.makers) {
            (Some(by), None) => Taker::Keeper(self.account(by)?),
            (None, Some(makers)) => {
                Taker::Makers(makers.iter().map(|maker| self.account(maker)).collect::<Outcome<_>>()?)
            }
            _ => return Err(failed("`by` or `makers`, one of the two")),
        };
        let (victim, market) = (self.account(&given.account)?, self.market(&given.market)?);
        let lots = match given.size {
            None => Lots(u64::MAX),
            Some(size) => self.lots(&given.market, size)?,
        };
        if lots.is_zero() {
            return Err(breakwater_engine::Error::ZeroAmount.into());
        }
        self.venue.liquidate(victim, market, &taker, lots)
    }

    fn sync_all(&mut self, line: &Line) -> Outcome {
        let accounts: Vec<AccountId> = (0..self.venue.state().accounts.len()).collect();
        let mut done = 0u64;
        for account in accounts {
            match self.venue.sync(account) {
                Ok(_) => done += 1,
                Err(Stop::Refused(error)) => self.refuse(line, error),
                failed => return failed,
            }
        }
        Ok(Report::from_iter([("synced".into(), json!(done))]))
    }

    /// Opens a file's accounts and their positions. What is refused of a row is recorded, and the rest goes on.
    fn crowd(&mut self, line: &Line, with: &str, progress: &mut dyn FnMut(usize)) -> Outcome {
        let mut opened = 0u64;
        for (at, row) in line.rows.iter().enumerate() {
            match self.row(row, with) {
                Ok(_) => opened += u64::from(row.opens.is_some()),
                Err(Stop::Refused(error)) => self.refuse(line, error),
                Err(Stop::Failed(error)) => return Err(failed(format!("{}: {error}", row.name))),
            }
            let _ = self.venue.take_touched();
            progress(at);
        }
        self.keepers.forget();
        Ok(Report::from_iter([("rows".into(), json!(line.rows.len())), ("opened".into(), json!(opened))]))
    }

    fn row(&mut self, row: &Row, with: &str) -> Outcome {
        if self.names.account(&row.name).is_err() {
            let _ = self.open(&row.name, None)?;
        }
        if row.usd.mantissa != 0 {
            let account = self.account(&row.name)?;
            let _ = self.venue.deposit(account, atoms(row.usd).map_err(failed)?)?;
        }
        let Some(opening) = &row.opens else { return Ok(Report::new()) };
        let size = Decimal { mantissa: opening.size.mantissa.abs(), ..opening.size };
        let (buyer, seller) =
            if opening.size.mantissa < 0 { (with, row.name.as_str()) } else { (row.name.as_str(), with) };
        self.cross(&CrossOp {
            market: opening.market.clone(),
            buyer: buyer.into(),
            seller: seller.into(),
            size,
            price: opening.price,
            reduce_only: false,
        })
    }
}
