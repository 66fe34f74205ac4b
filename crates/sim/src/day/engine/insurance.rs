//! What insures markets: the protocol's tranche, stakes, covers, layers, and what debts and gifts pay.

use breakwater_engine::clearing::insurance::LayerTerms;
use breakwater_engine::clearing::shortfall::fund_estate;
use breakwater_engine::clearing::state::StakeBooks;
use breakwater_engine::permission::Action;
use breakwater_engine::{wide, Atoms, Bps, Error, Side};
use serde_json::json;

use super::atomic::{Age, Touched};
use super::{not_zero, passed, EngineVenue};
use crate::day::op::{LayerOp, VaultOp};
use crate::day::venue::{MarketId, Outcome, Report, Stop};
use crate::quantity::{atoms, usd};

impl EngineVenue {
    fn attempt_in<T>(&mut self, markets: &[MarketId], verb: impl FnOnce(&mut EngineVenue) -> Outcome<T>) -> Outcome<T> {
        let touched = Touched::of(&[], markets.to_vec(), Age::Any);
        self.attempt(&touched, verb)
    }

    pub(super) fn pay_insurance(&mut self, amount: Atoms) -> Outcome {
        let amount = not_zero(amount)?;
        self.permit_at_all(Action::FundInsurance)?;
        self.attempt_in(&[], |venue| {
            venue.fund.donate(amount, venue.now)?;
            venue.outside += i128::from(amount.0);
            Ok(Report::new())
        })
    }

    /// A gift that is set aside for a market at once.
    pub(super) fn set_aside(&mut self, market: MarketId, amount: Atoms) -> Outcome {
        let amount = not_zero(amount)?;
        self.permit(Action::FundInsurance, market)?;
        self.attempt_in(&[market], |venue| {
            let EngineVenue { markets, fund, now, .. } = venue;
            markets[market].market.fund_cover(fund, amount, *now)?;
            venue.outside += i128::from(amount.0);
            Ok(Report::new())
        })
    }

    pub(super) fn put_stake(&mut self, staker: &str, amount: Atoms) -> Outcome {
        self.permit_at_all(Action::FundInsurance)?;
        let mut stake = self.stake_of(staker);
        self.attempt_in(&[], |venue| {
            let EngineVenue { fund, params, now, .. } = venue;
            let shares = fund.stake(&mut stake, amount, params, *now)?;
            venue.outside += i128::from(amount.0);
            venue.stakes.insert(staker.to_string(), stake);
            Ok(Report::from_iter([("shares".into(), json!(shares.to_string()))]))
        })
    }

    /// Asks for the exit of shares worth so much, all of them where they are worth less.
    pub(super) fn ask_exit(&mut self, staker: &str, amount: Atoms) -> Outcome {
        self.permit_at_all(Action::RequestExit)?;
        let mut stake = self.stake_of(staker);
        let shares = self.shares_for(&stake, amount, stake.shares.get())?;
        self.fund.request_unstake(&mut stake, shares, &self.params, self.now)?;
        self.stakes.insert(staker.to_string(), stake);
        Ok(Report::from_iter([("leaves_at".into(), json!(stake.leaves_at))]))
    }

    /// Of so many shares, those worth an amount; all where it is more.
    fn shares_for(&self, stake: &StakeBooks, amount: Atoms, shares: u128) -> Outcome<u128> {
        let worth = stake.worth(&self.fund)?;
        if amount >= worth {
            return Ok(shares);
        }
        Ok(wide::mul_div_long_floor(stake.shares.get(), amount.0, worth.0)?.min(shares))
    }

    /// Takes out what is leaving, at most what is worth so much; the rest goes on leaving.
    pub(super) fn take_exit(&mut self, staker: &str, amount: Atoms) -> Outcome {
        self.permit_at_all(Action::Unstake)?;
        let mut stake = self.stake_of(staker);
        let (all, leaves_at) = (stake.leaving.get(), stake.leaves_at);
        let now_leaving = self.shares_for(&stake, amount, all)?;
        stake.leaving = wide::U128::new(now_leaving);
        self.attempt_in(&[], |venue| {
            let EngineVenue { fund, params, now, .. } = venue;
            let exit = fund.unstake(&mut stake, params, *now)?;
            let waits = stake.leaving.get() + (all - now_leaving);
            if waits > 0 {
                (stake.leaving, stake.leaves_at) = (wide::U128::new(waits), leaves_at);
            }
            venue.outside -= i128::from(exit.paid.0);
            venue.stakes.insert(staker.to_string(), stake);
            Ok(Report::from_iter([("paid_usd".into(), json!(usd(exit.paid)))]))
        })
    }

    fn stake_of(&self, staker: &str) -> StakeBooks {
        self.stakes.get(staker).copied().unwrap_or_default()
    }

    /// Lays a layer, full from the beginning, in a free seat.
    pub(super) fn lay(&mut self, market: MarketId, layer: &LayerOp) -> Outcome {
        let read = |amount| atoms(amount).map_err(Stop::Failed);
        let (amount, attachment) = (read(layer.usd)?, read(layer.attachment_usd)?);
        self.permit(Action::FundLayer, market)?;
        let until = self.now.slot.saturating_add(layer.seconds.saturating_mul(5) / 2);
        let terms = LayerTerms { attachment, limit: amount, premium: Bps(layer.premium_bps), until };
        self.attempt_in(&[market], |venue| {
            let EngineVenue { markets, fund, now, .. } = venue;
            let books = &mut markets[market].market;
            let free = books.layers.iter().position(|layer| layer.amount.is_zero() && layer.earned.is_zero());
            let seat = free.ok_or(Error::LayerTaken)?;
            books.offer_layer(seat, &terms, now.slot)?;
            books.fund_layer(fund, seat, amount, *now)?;
            venue.outside += i128::from(amount.0);
            let underwriter = &layer.underwriter;
            Ok(Report::from_iter([("until_slot".into(), json!(until)), ("underwriter".into(), json!(underwriter))]))
        })
    }

    pub(super) fn pay_claims(&mut self, market: MarketId, side: Side, amount: Atoms) -> Outcome {
        let amount = not_zero(amount)?;
        self.permit(Action::Donate, market)?;
        self.attempt_in(&[market], |venue| {
            let taken = venue.markets[market].market.donate(side, amount)?;
            venue.outside += i128::from(taken.0);
            Ok(Report::from_iter([("taken_usd".into(), json!(usd(taken)))]))
        })
    }

    pub(super) fn fund_estates(&mut self, market: MarketId) -> Outcome {
        self.permit(Action::FundEstate, market)?;
        let markets = self.with_holders(market);
        self.attempt_in(&markets, |venue| {
            let EngineVenue { markets: books, fund, now, .. } = venue;
            let drawn = fund_estate(&mut passed(books, &markets), fund, market as u64, *now)?;
            Ok(Report::from_iter([("insured_usd".into(), json!(usd(drawn.total()?)))]))
        })
    }

    /// Nothing is sent to a vault unasked here; what markets collected for insurance moves to its vault with it.
    pub(super) fn book_gifts(&mut self, vault: VaultOp) -> Outcome {
        self.permit_at_all(Action::Skim)?;
        let mut moved = Atoms::ZERO;
        if vault == VaultOp::Insurance {
            let all: Vec<MarketId> = (0..self.markets.len()).collect();
            moved = self.attempt_in(&all, |venue| {
                let EngineVenue { markets, fund, params, now, .. } = venue;
                let mut moved = Atoms::ZERO;
                for books in markets.iter_mut() {
                    moved = moved.plus(books.market.collect_income(fund, params, *now)?.to_transfer()?)?;
                }
                Ok(moved)
            })?;
        }
        Ok(Report::from_iter([("booked_usd".into(), json!(usd(Atoms::ZERO))), ("moved_usd".into(), json!(usd(moved)))]))
    }
}
