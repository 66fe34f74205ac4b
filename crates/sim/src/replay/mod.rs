//! `replay`: runs a day written down, on any venue, and prints where everybody stands.

mod params;
mod random;
mod report;
mod script;

pub use params::exchange as exchange_params;
pub use random::random_day;
pub use report::{report, FinalState, Refused};
pub use script::{parse, Line, Op};

use breakwater_engine::state::ExchangeParams;
use std::collections::BTreeMap;

use breakwater_engine::trade::Order;
use breakwater_engine::{Lots, Side};

use crate::audit::audit;
use crate::decimal::Decimal;
use crate::names::{Listed, Names};
use crate::quantity::{atoms as positive, first_observation, lots, observation, price_per_lot as per_lot, ZERO};
use crate::venue::{AccountId, Cross, MarketId, Outcome, Refusal, Venue};
use params::USD_DECIMALS;

/// A run in progress.
struct Run<'v> {
    venue: &'v mut dyn Venue,
    names: Names,
    refused: Vec<Refused>,
    /// First price of each market in the script: what it is listed at.
    first: BTreeMap<String, Decimal>,
}

/// Parameters of the exchange a script begins with.
pub fn exchange_of(lines: &[Line]) -> Result<ExchangeParams, String> {
    match lines.first() {
        Some(Line { number, op: Op::Exchange(given) }) => {
            params::exchange(given).map_err(|error| format!("line {number}: {error}"))
        }
        _ => Ok(ExchangeParams::bare()),
    }
}

/// Runs a script. Refused operations are recorded; a script that makes no sense, or a failed `check`, stops the run with an
/// error that names the line.
pub fn run(lines: &[Line], venue: &mut dyn Venue) -> Result<FinalState, String> {
    let mut run = Run { venue, names: Names::default(), refused: Vec::new(), first: first_prices(lines) };
    for line in lines {
        run.step(line).map_err(|error| format!("line {}: {error}", line.number))?;
    }
    let Run { venue, names, refused, .. } = run;
    report(&venue.state(), &names, refused)
}

fn first_prices(lines: &[Line]) -> BTreeMap<String, Decimal> {
    let mut first = BTreeMap::new();
    for line in lines {
        if let Op::Price { market, price, .. } = &line.op {
            first.entry(market.clone()).or_insert(*price);
        }
    }
    first
}

impl Run<'_> {
    fn step(&mut self, line: &Line) -> Result<(), String> {
        let outcome = match &line.op {
            Op::Exchange(_) => Ok(()),
            Op::Check {} => return self.check(),
            op => self.apply(op)?,
        };
        if let Err(Refusal(error)) = outcome {
            self.refused.push(Refused { line: line.number, op: line.op.name(), error });
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        let audit = audit(&self.venue.state());
        if audit.conserved() {
            return Ok(());
        }
        Err(format!("check failed: {}", audit.faults.join("; ")))
    }

    /// Runs one operation. The outer error is the script's, the inner the exchange's.
    fn apply(&mut self, op: &Op) -> Result<Outcome, String> {
        match op {
            Op::Market(given) => self.list(given),
            Op::Account { name } => self.open(name),
            Op::Insurance { usd } => Ok(self.venue.fund(positive(*usd)?)),
            Op::Deposit { account, usd } => {
                let account = self.names.account(account)?;
                Ok(self.venue.deposit(account, positive(*usd)?))
            }
            Op::Withdraw { account, usd } => {
                let account = self.names.account(account)?;
                Ok(self.venue.withdraw(account, positive(*usd)?))
            }
            Op::Allocate { account, market, usd } => self.allocate(account, market, *usd),
            Op::Price { market, price, conf, ema } => self.price(market, *price, *conf, *ema),
            Op::Cross { market, buyer, seller, size, price } => self.cross(market, (buyer, seller), *size, *price),
            Op::Advance { slots, seconds } => {
                self.venue.advance(u64::from(*slots), i64::from(seconds.unwrap_or(*slots)));
                Ok(Ok(()))
            }
            Op::Liquidate { account, market, by, size } => self.liquidate((account, by), market, *size),
            Op::Resolve { account, market, against } => self.resolve(account, market, against.as_deref()),
            Op::Sync { account } => {
                let account = self.names.account(account)?;
                Ok(self.venue.sync(account, None))
            }
            Op::Exchange(_) | Op::Check {} => Ok(Ok(())),
        }
    }

    fn list(&mut self, given: &script::MarketOp) -> Result<Outcome, String> {
        self.names.is_free(&given.name)?;
        let first = self.first.get(&given.name).copied();
        let params = params::market(given, first)?;
        let observation = first_observation(first, params.lot_exponent, self.venue.now().time)?;
        let listed = self.venue.list(&params, &observation);
        let id = listed.as_ref().ok().copied();
        self.names.add_market(&given.name, Listed { id, lot_exponent: params.lot_exponent });
        Ok(listed.map(|_| ()))
    }

    fn open(&mut self, name: &str) -> Result<Outcome, String> {
        self.names.is_free_account(name)?;
        let opened = self.venue.open();
        if let Ok(id) = &opened {
            self.names.add_account(name, *id);
        }
        Ok(opened.map(|_| ()))
    }

    fn allocate(&mut self, account: &str, market: &str, usd: Decimal) -> Result<Outcome, String> {
        let account = self.names.account(account)?;
        let amount = usd.scaled_exact(USD_DECIMALS).and_then(|atoms| i64::try_from(atoms).ok());
        let amount = amount.ok_or("`usd` is finer than 1e-6 or out of range")?;
        self.in_market(market, |venue, market| venue.allocate(account, market, amount))
    }

    /// A refused price takes its slot and second back with it: nothing has changed.
    fn price(
        &mut self,
        market: &str,
        price: Decimal,
        conf: Option<Decimal>,
        ema: Option<Decimal>,
    ) -> Result<Outcome, String> {
        let conf = conf.unwrap_or(ZERO);
        if conf.mantissa < 0 {
            return Err("`conf` is negative".into());
        }
        let observation = observation([price, ema.unwrap_or(price), conf], self.venue.now().time + 1)?;
        self.in_market(market, |venue, market| {
            venue.advance(1, 1);
            venue.publish(market, &observation)
        })
    }

    fn cross(&mut self, market: &str, parties: (&str, &str), size: Decimal, price: Decimal) -> Result<Outcome, String> {
        let (buyer, seller) = (self.names.account(parties.0)?, self.names.account(parties.1)?);
        let exponent = self.names.market(market)?.lot_exponent;
        let Some(lots) = lots(size, exponent)? else { return Ok(Err(Refusal("WrongStep".into()))) };
        let Some(price) = per_lot(price, exponent) else { return Ok(Err(Refusal("PriceOutOfBand".into()))) };
        self.in_market(market, |venue, market| {
            let mark = venue.mark(market);
            let seller_quotes = price >= mark;
            let (maker, taker) = if seller_quotes { (seller, buyer) } else { (buyer, seller) };
            let side = if seller_quotes { Side::Long } else { Side::Short };
            let order = Order { side, lots, limit: price, reduce_only: false, min_fill: Lots(0) };
            venue.cross(market, &Cross { maker, taker, order })
        })
    }

    fn liquidate(&mut self, parties: (&str, &str), market: &str, size: Option<Decimal>) -> Result<Outcome, String> {
        let (victim, by) = (self.names.account(parties.0)?, self.names.account(parties.1)?);
        let exponent = self.names.market(market)?.lot_exponent;
        let wanted = match size {
            None => Some(Lots::ZERO),
            Some(size) => lots(size, exponent)?,
        };
        let Some(wanted) = wanted else { return Ok(Err(Refusal("WrongStep".into()))) };
        if size.is_some() && wanted.is_zero() {
            return Ok(Err(Refusal("ZeroAmount".into())));
        }
        self.in_market(market, |venue, market| venue.liquidate(victim, market, by, wanted))
    }

    fn resolve(&mut self, account: &str, market: &str, against: Option<&str>) -> Result<Outcome, String> {
        let victim = self.names.account(account)?;
        let against: Option<AccountId> = against.map(|name| self.names.account(name)).transpose()?;
        self.in_market(market, |venue, market| venue.resolve(victim, market, against))
    }

    /// An operation in a market whose listing was refused is refused too.
    fn in_market(
        &mut self,
        market: &str,
        verb: impl FnOnce(&mut dyn Venue, MarketId) -> Outcome,
    ) -> Result<Outcome, String> {
        let Some(id) = self.names.market(market)?.id else { return Ok(Err(Refusal("MarketMissing".into()))) };
        let before = self.venue.now();
        let outcome = verb(self.venue, id);
        if outcome.is_err() {
            self.venue.set_clock(before);
        }
        Ok(outcome)
    }
}
