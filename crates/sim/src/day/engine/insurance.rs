//! What insures a market: the protocol's tranche, covers, layers.

use breakwater_engine::clearing::shortfall::fund_estate;
use breakwater_engine::{Atoms, Error};
use serde_json::json;

use super::atomic::{Age, Touched};
use super::{not_zero, passed, EngineVenue};
use crate::day::op::LayerOp;
use crate::day::venue::{MarketId, Outcome, Report, Stop};
use crate::quantity::{atoms, usd};

impl EngineVenue {
    fn attempt_in<T>(&mut self, market: MarketId, verb: impl FnOnce(&mut EngineVenue) -> Outcome<T>) -> Outcome<T> {
        let touched = Touched { accounts: Vec::new(), markets: vec![market], age: Age::Any };
        self.attempt(&touched, verb)
    }

    pub(super) fn pay_insurance(&mut self, amount: Atoms) -> Outcome {
        let amount = not_zero(amount)?;
        self.fund.protocol = self.fund.protocol.plus(amount)?;
        self.outside += i128::from(amount.0);
        Ok(Report::new())
    }

    /// Sets common money aside. Fails with `InsufficientFreeCash` where there is less.
    pub(super) fn set_aside(&mut self, market: MarketId, amount: Atoms) -> Outcome {
        let amount = not_zero(amount)?;
        if self.fund.common()? < amount {
            return Err(Error::InsufficientFreeCash.into());
        }
        self.attempt_in(market, |venue| {
            let cover = &mut venue.markets[market].market.cover;
            cover.amount = cover.amount.plus(amount)?;
            venue.fund.covers = venue.fund.covers.plus(amount)?;
            Ok(Report::new())
        })
    }

    pub(super) fn lay(&mut self, market: MarketId, layer: &LayerOp) -> Outcome {
        let amount = not_zero(atoms(layer.usd).map_err(Stop::Failed)?)?;
        if layer.attachment_usd.mantissa != 0 || layer.premium_bps != 0 {
            return Err(Stop::Failed("a layer's attachment and premium are not on this venue yet".into()));
        }
        let slots = layer.seconds.saturating_mul(5) / 2;
        self.attempt_in(market, |venue| {
            let until = venue.now.slot.saturating_add(slots);
            let EngineVenue { markets, fund, .. } = venue;
            markets[market].market.offer_layer(fund, amount, until)?;
            venue.outside += i128::from(amount.0);
            Ok(Report::from_iter([("until_slot".into(), json!(until))]))
        })
    }

    pub(super) fn pay_claims(&mut self, market: MarketId, side: breakwater_engine::Side, amount: Atoms) -> Outcome {
        let amount = not_zero(amount)?;
        self.attempt_in(market, |venue| {
            let taken = venue.markets[market].market.donate(side, amount)?;
            venue.outside += i128::from(taken.0);
            Ok(Report::from_iter([("taken_usd".into(), json!(usd(taken)))]))
        })
    }

    pub(super) fn fund_estates(&mut self, market: MarketId) -> Outcome {
        let markets = self.with_holders(market);
        let touched = Touched { accounts: Vec::new(), markets, age: Age::Standing };
        self.attempt(&touched, |venue| {
            let EngineVenue { markets: books, fund, now, .. } = venue;
            let drawn = fund_estate(&mut passed(books, &touched.markets), fund, market as u64, *now)?;
            Ok(Report::from_iter([("insured_usd".into(), json!(usd(drawn.total()?)))]))
        })
    }
}
