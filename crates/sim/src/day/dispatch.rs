//! Which verb of the venue each operation is.

use super::op::Op;
use super::run::{failed, Run};
use super::venue::{Outcome, Report, Stop};
use crate::decimal::Decimal;
use crate::quantity::{atoms, observation, ZERO};

impl Run<'_> {
    pub(super) fn apply(&mut self, op: &Op) -> Outcome {
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

    pub(super) fn apply_insurance(&mut self, op: &Op) -> Outcome {
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

    pub(super) fn apply_account(&mut self, op: &Op) -> Outcome {
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

    pub(super) fn apply_market(&mut self, op: &Op) -> Outcome {
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

    pub(super) fn apply_waterfall(&mut self, op: &Op) -> Outcome {
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

    pub(super) fn apply_guard(&mut self, op: &Op) -> Outcome {
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
}
