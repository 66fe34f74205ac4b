//! The waterfall: partial liquidation, declaration, sale, resolution, deleveraging, settlement.

use breakwater_engine::clearing::ladder::LINES_AND_POOLS_MAX;
use breakwater_engine::clearing::waterfall::{
    buy_from_estate, declare_isolated, deleverage_account, liquidate, resolve, settle_position, Declared, Deleverage,
    Liquidated, Resolved,
};
use breakwater_engine::permission::Action;
use breakwater_engine::{Lots, Side};
use serde_json::json;

use super::atomic::{Age, Touched};
use super::{collateral, duplicate, pair, passed, EngineVenue};
use crate::day::venue::{AccountId, MarketId, Outcome, Report, Taker};
use crate::quantity::{per_unit, size, usd};

impl EngineVenue {
    fn lots(&self, market: MarketId, lots: Lots) -> serde_json::Value {
        json!(size(i128::from(lots.0), self.markets[market].market.params.lot_exponent))
    }

    /// The market and those whose events hold money of its estates.
    pub(super) fn with_holders(&self, market: MarketId) -> Vec<MarketId> {
        let mut passed = vec![market];
        for seat in Side::BOTH.iter().flat_map(|side| &self.markets[market].market.side(*side).estate.owned) {
            let holder = MarketId::try_from(seat.market).ok().and_then(|number| number.checked_sub(1));
            if let Some(holder) = holder.filter(|holder| !passed.contains(holder)) {
                passed.push(holder);
            }
        }
        passed
    }

    pub(super) fn take_from(&mut self, victim: AccountId, market: MarketId, taker: &Taker, lots: Lots) -> Outcome {
        let keeper = match taker {
            Taker::Keeper(keeper) => keeper,
            Taker::Makers(makers) => return self.sell_to(victim, market, makers, lots),
        };
        if *keeper == victim {
            return Err(duplicate());
        }
        let done = self.attempt_of(&[victim, *keeper], (Some(market), Age::Acting), |venue, markets| {
            venue.permit(Action::Liquidate, market)?;
            let EngineVenue { accounts, markets: books, now, .. } = venue;
            let [victim, taker] = pair(accounts, victim, *keeper)?;
            Ok(liquidate((victim, taker), &mut passed(books, markets), market as u64, lots, *now)?)
        })?;
        Ok(match done {
            Liquidated::Observed(due) => observed(due),
            Liquidated::Done { lots, discount, paid, penalty, .. } => Report::from_iter([
                ("size".into(), self.lots(market, lots)),
                ("discount_bps".into(), json!(discount.0)),
                ("discount_usd".into(), json!(usd(paid))),
                ("penalty_usd".into(), json!(usd(penalty))),
            ]),
        })
    }

    pub(super) fn declare_account(
        &mut self,
        account: AccountId,
        market: Option<MarketId>,
        keeper: Option<AccountId>,
    ) -> Outcome {
        let keeper = keeper.filter(|keeper| *keeper != account);
        let touched: Vec<AccountId> = [Some(account), keeper].into_iter().flatten().collect();
        let done = self.attempt_of(&touched, (market, Age::Acting), |venue, markets| {
            match market {
                Some(market) => venue.permit(Action::DeclareBankruptcy, market)?,
                None => venue.permit_at_all(Action::DeclareBankruptcy)?,
            }
            let EngineVenue { accounts, markets: books, assets, fund, now, .. } = venue;
            let mut passed = passed(books, markets);
            let declared = match market {
                None => collateral::declare(&mut accounts[account], assets, &mut passed, fund, *now)?,
                Some(market) => declare_isolated(&mut accounts[account], &mut passed, market as u64, fund, *now)?,
            };
            if let (Declared::Done { worst, worst_lots, .. }, Some(keeper)) = (&declared, keeper) {
                let worst = passed.iter_mut().find(|market| market.market.market_index == *worst);
                let paid = worst.map(|market| market.market.pay_work(&mut accounts[keeper], *worst_lots));
                paid.transpose()?;
            }
            Ok(declared)
        })?;
        Ok(match done {
            Declared::Observed(due) => observed(due),
            Declared::Done { positions, lacked, paid, insured, worst, worst_lots, .. } => Report::from_iter([
                ("positions".into(), json!(positions)),
                ("lacked_usd".into(), json!(usd(lacked))),
                ("paid_usd".into(), json!(usd(paid))),
                ("insured_usd".into(), json!(usd(insured))),
                ("worst_size".into(), self.lots(MarketId::try_from(worst).unwrap_or(0), worst_lots)),
            ]),
        })
    }

    pub(super) fn buy_lots(&mut self, market: MarketId, side: Side, by: AccountId, lots: Lots) -> Outcome {
        let done = self.attempt_of(&[by], (Some(market), Age::Acting), |venue, markets| {
            venue.permit(Action::BuyFromEstate, market)?;
            let EngineVenue { accounts, markets: books, fund, now, .. } = venue;
            let mut passed = passed(books, markets);
            Ok(buy_from_estate(&mut accounts[by], &mut passed, fund, (market as u64, side, lots), *now)?)
        })?;
        Ok(Report::from_iter([
            ("size".into(), self.lots(market, done.lots)),
            ("discount_bps".into(), json!(done.discount.0)),
            ("from_estate_usd".into(), json!(usd(done.from_estate))),
            ("from_cover_usd".into(), json!(usd(done.from_cover.total()?))),
            ("insured_usd".into(), json!(usd(done.insured.total()?))),
        ]))
    }

    pub(super) fn resolve_estates(&mut self, market: MarketId, keeper: Option<AccountId>) -> Outcome {
        let accounts: Vec<AccountId> = keeper.into_iter().collect();
        let mut markets = self.with_holders(market);
        markets.extend(self.markets_of(&accounts, None).into_iter().filter(|at| *at != market));
        let touched = Touched::of(&accounts, unique(markets), Age::Acting);
        let done = self.attempt(&touched, |venue| {
            venue.permit(Action::Resolve, market)?;
            let EngineVenue { accounts, markets: books, fund, now, .. } = venue;
            let mut passed = passed(books, &touched.markets);
            let resolved = resolve(&mut passed, fund, (market as u64, LINES_AND_POOLS_MAX), *now)?;
            if let Some(keeper) = keeper {
                let found = passed.iter_mut().find(|passed| passed.market.market_index == market as u64);
                let paid = found.map(|passed| passed.market.pay_work(&mut accounts[keeper], resolved.lots));
                paid.transpose()?;
            }
            Ok(resolved)
        })?;
        self.resolution(market, &done)
    }

    fn resolution(&self, market: MarketId, done: &Resolved) -> Outcome {
        let [long, short] = done.charges;
        let exponent = self.markets[market].market.params.lot_exponent;
        let rate = |rate: u128| json!(per_unit(i128::try_from(rate).unwrap_or(i128::MAX), 1, exponent));
        let [of_long, of_short] = done.deleveraged;
        Ok(Report::from_iter([
            ("deficit_usd".into(), json!(usd(done.deficit))),
            ("insured_usd".into(), json!(usd(done.insured.total()?))),
            ("deleveraged".into(), self.lots(market, Lots(of_long.0.saturating_add(of_short.0)))),
            ("absorbed_usd".into(), json!(usd(done.absorbed))),
            ("socialized_usd".into(), json!(usd(done.socialized))),
            ("from_held_usd".into(), json!(usd(done.from_held))),
            ("from_vesting_usd".into(), json!(usd(done.from_vesting))),
            ("last_resort_usd".into(), json!(usd(done.last_resort))),
            ("unfunded_usd".into(), json!(usd(done.unfunded))),
            ("charge_per_unit".into(), json!({"long": rate(long.rate), "short": rate(short.rate)})),
            ("forced".into(), json!(done.forced)),
        ]))
    }

    pub(super) fn deleverage(&mut self, account: AccountId, market: MarketId) -> Outcome {
        let done = self.attempt_of(&[account], (Some(market), Age::Acting), |venue, markets| {
            venue.permit(Action::Deleverage, market)?;
            let EngineVenue { accounts, markets: books, now, .. } = venue;
            let what = (market as u64, LINES_AND_POOLS_MAX);
            Ok(deleverage_account(&mut accounts[account], &mut passed(books, markets), what, *now)?)
        })?;
        let exponent = self.markets[market].market.params.lot_exponent;
        Ok(match done {
            Deleverage::Observed(due) => observed(due),
            Deleverage::Done(lots, price) => Report::from_iter([
                ("size".into(), self.lots(market, lots)),
                ("price".into(), json!(per_unit(i128::from(price.0), 1, exponent))),
            ]),
        })
    }

    pub(super) fn settle(&mut self, account: AccountId, market: MarketId) -> Outcome {
        let lots = self.attempt_of(&[account], (Some(market), Age::Standing), |venue, markets| {
            venue.permit(Action::SettlePosition, market)?;
            let EngineVenue { accounts, markets: books, now, .. } = venue;
            Ok(settle_position(&mut accounts[account], &mut passed(books, markets), market as u64, *now)?)
        })?;
        Ok(Report::from_iter([("size".into(), self.lots(market, lots))]))
    }
}

/// Too early is no failure: what holds is observed, and this is when to come back.
pub(super) fn observed(due: u64) -> Report {
    Report::from_iter([("observed".into(), json!(true)), ("due_slot".into(), json!(due))])
}

fn unique(markets: Vec<MarketId>) -> Vec<MarketId> {
    let mut found: Vec<MarketId> = Vec::new();
    for at in markets {
        if !found.contains(&at) {
            found.push(at);
        }
    }
    found
}
