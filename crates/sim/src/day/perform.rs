//! Operations that are more than a verb's name: what they ask is read first.

use breakwater_engine::clearing::trading::Order;
use breakwater_engine::state::{Level, QuoteBooks};
use breakwater_engine::{Lots, Side};
use serde_json::json;

use super::crowd::Row;
use super::op::{CollateralOp, CrossOp, LevelOp, LiquidateOp, MarketOp, PriceOp, QuoteOp, TradeOp};
use super::params;
use super::run::{failed, mint_key, Run};
use super::script::Line;
use super::venue::{AccountId, Cross, Listing, OrderAgainst, Outcome, Published, Report, Stop, Taker};
use crate::decimal::Decimal;
use crate::names::Listed;
use crate::quantity::{atoms, first_observation, observation, ZERO};

impl Run<'_> {
    pub(super) fn accept(&mut self, given: &CollateralOp) -> Outcome {
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

    pub(super) fn list(&mut self, given: &MarketOp) -> Outcome {
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

    pub(super) fn open(&mut self, name: &str, owner: Option<&str>) -> Outcome {
        if name == "all" {
            return Err(failed("`all` is every account: no one may be called so"));
        }
        self.names.is_free_account(name).map_err(failed)?;
        let id = self.venue.open(owner.unwrap_or(name))?;
        self.names.add_account(name, id);
        Ok(Report::new())
    }

    pub(super) fn published(&self, given: &PriceOp) -> Outcome<Published> {
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

    pub(super) fn cross(&mut self, given: &CrossOp) -> Outcome {
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

    pub(super) fn quote(&mut self, given: &QuoteOp) -> Outcome {
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

    pub(super) fn level(&self, market: &str, level: &LevelOp) -> Outcome<Level> {
        let (price, pegged) = match (level.price, level.offset) {
            (Some(price), None) => (price, 0),
            (None, Some(offset)) => (offset, 1),
            _ => return Err(failed("a level has `price` or `offset`, one of the two")),
        };
        Ok(Level { size: self.lots(market, level.size)?, price: self.price(market, price)?, pegged })
    }

    pub(super) fn trade(&mut self, given: &TradeOp) -> Outcome {
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

    pub(super) fn liquidate(&mut self, given: &LiquidateOp) -> Outcome {
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

    pub(super) fn sync_all(&mut self, line: &Line) -> Outcome {
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
    pub(super) fn crowd(&mut self, line: &Line, with: &str, progress: &mut dyn FnMut(usize)) -> Outcome {
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

    pub(super) fn row(&mut self, row: &Row, with: &str) -> Outcome {
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
