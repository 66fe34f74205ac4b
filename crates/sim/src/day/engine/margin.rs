//! Money in and out of accounts, and what a touch does.

use breakwater_engine::clearing::margin::{deposit, isolate, touch, value, withdraw, NO_MARKET};
use breakwater_engine::clearing::state::Held;
use breakwater_engine::clearing::waterfall::observe;
use breakwater_engine::outflow::{self, Allowance};
use breakwater_engine::permission::Action;
use breakwater_engine::state::Units;
use breakwater_engine::{Atoms, Error};
use serde_json::json;

use super::atomic::{insured, Age, Touched};
use super::{not_zero, passed, EngineVenue};
use crate::day::venue::{AccountId, MarketId, Outcome, Report, Stop};
use crate::quantity::usd;

impl EngineVenue {
    /// Fails with `BelowMinimum`, and with `DepositsFull` where one that restores nothing is beyond the cap.
    pub(super) fn pay_in(&mut self, account: AccountId, amount: Atoms) -> Outcome {
        let amount = not_zero(amount)?;
        if amount < self.params.deposit_min {
            return Err(Error::BelowMinimum.into());
        }
        self.permit_at_all(Action::Deposit)?;
        self.attempt_of(&[account], (None, Age::Any), |venue, markets| {
            if !venue.has_room(amount) && !venue.restores(account, markets, amount)? {
                return Err(Stop::Refused("DepositsFull".into()));
            }
            let EngineVenue { accounts, markets: books, now, .. } = venue;
            let served = deposit(&mut accounts[account], &mut passed(books, markets), amount)?;
            accounts[account].flow.deposit(amount, *now)?;
            venue.outside += i128::from(amount.0);
            Ok(Report::from_iter([("debt_served_usd".into(), json!(usd(served)))]))
        })
    }

    /// Whether the cap on deposits leaves room.
    fn has_room(&self, amount: Atoms) -> bool {
        self.collateral().is_ok_and(|held| held.0.saturating_add(amount.0) <= self.params.deposits_max.0)
    }

    /// What the collateral vault holds: all that came in, insurance apart.
    fn collateral(&self) -> Outcome<Atoms> {
        let held = u64::try_from(self.outside - insured(&self.fund));
        held.map(Atoms).map_err(|_| Stop::Failed("the collateral vault holds less than nothing".into()))
    }

    /// Whether an account below its initial margin lacks so much at least: such a deposit passes any cap (A53).
    fn restores(&mut self, account: AccountId, markets: &[MarketId], amount: Atoms) -> Outcome<bool> {
        let valuation = value(&self.accounts[account], &passed(&mut self.markets, markets), self.now)?;
        let lacks = valuation.initial_surplus()?.debt_ceil()?;
        Ok(valuation.positions > 0 && amount <= lacks)
    }

    pub(super) fn pay_out(&mut self, account: AccountId, amount: Atoms) -> Outcome {
        let amount = not_zero(amount)?;
        self.attempt_of(&[account], (None, Age::Acting), |venue, markets| {
            venue.permit_withdrawal(account, markets)?;
            let allowance = Allowance::of(&venue.params, venue.collateral()?)?;
            let EngineVenue { accounts, markets: books, outflow, now, .. } = venue;
            let owner = &mut accounts[account];
            let got = withdraw(owner, &mut passed(books, markets), amount, *now)?;
            outflow::withdraw(outflow, &mut owner.flow, &allowance, got, *now).map_err(|refused| refused.error)?;
            venue.outside -= i128::from(got.0);
            venue.watch_outflow();
            Ok(Report::from_iter([("paid_usd".into(), json!(usd(got)))]))
        })
    }

    pub(super) fn set_isolated(&mut self, account: AccountId, market: MarketId, on: bool) -> Outcome {
        if !on {
            return Err(Stop::Refused("CannotIsolate".into()));
        }
        self.attempt_of(&[account], (Some(market), Age::Acting), |venue, markets| {
            venue.permit(Action::Isolate, market)?;
            let EngineVenue { accounts, markets: books, now, .. } = venue;
            isolate(&mut accounts[account], &mut passed(books, markets), market as u64, *now)?;
            Ok(Report::new())
        })
    }

    pub(super) fn touch_account(&mut self, account: AccountId) -> Outcome {
        self.permit_at_all(Action::Sync)?;
        let markets = self.markets_of(&[account], None);
        let moves_nothing = self.is_at_rest(account)?;
        let all = Touched { moves_nothing, ..Touched::of(&[account], markets, Age::Standing) };
        self.attempt(&all, |venue| {
            let EngineVenue { accounts, markets: books, now, .. } = venue;
            let touched = touch(&mut accounts[account], &mut passed(books, &all.markets), now.slot)?;
            Ok(Report::from_iter([
                ("spread_usd".into(), json!(usd(touched.spread))),
                ("lifted_usd".into(), json!(usd(touched.lifted))),
                ("moved".into(), json!(touched.moved)),
            ]))
        })
    }

    /// Whether a touch can move nothing of an account: it has one position, on its line, and nothing beside it.
    fn is_at_rest(&self, account: AccountId) -> Outcome<bool> {
        let books = &self.accounts[account];
        let mut slots = books.slots.iter().filter(|slot| slot.market != NO_MARKET);
        let (Some(slot), None) = (slots.next(), slots.next()) else { return Ok(false) };
        let nothing_beside = books.free.is_zero()
            && books.pledged.is_zero()
            && slot.vesting.is_empty()
            && slot.held.iter().all(Held::is_none)
            && slot.units.iter().all(Units::is_zero);
        let view = self.markets[slot.market as usize].view();
        let paid = view.market.sides.iter().any(|side| !side.claims.paid.is_zero());
        Ok(nothing_beside && !paid && view.market.grid.cursor == 0 && view.caught_up(slot)?.settled)
    }

    pub(super) fn look_at(&mut self, account: AccountId) -> Outcome {
        let markets = self.markets_of(&[account], None);
        let all = Touched { moves_nothing: true, ..Touched::of(&[account], markets, Age::Acting) };
        self.attempt(&all, |venue| {
            let EngineVenue { accounts, markets: books, now, .. } = venue;
            let state = observe(&mut accounts[account], &passed(books, &all.markets), *now)?;
            Ok(Report::from_iter([
                ("distress".into(), json!(state.distress)),
                ("bankrupt".into(), json!(state.bankrupt)),
            ]))
        })
    }

    /// Collects what one market's claims were paid. Fails with `NothingToClaim`.
    pub(super) fn collect_claims(&mut self, account: AccountId, market: MarketId) -> Outcome {
        self.permit(Action::Claim, market)?;
        self.attempt_of(&[account], (Some(market), Age::Any), |venue, _| {
            let EngineVenue { accounts, markets: books, .. } = venue;
            let mut books = passed(books, &[market]);
            let Some(market) = books.first_mut() else { return Err(Error::MarketMissing.into()) };
            let slot = accounts[account].slot(market.market.market_index).map_err(|_| Error::NothingToClaim)?;
            let view = market.as_ref();
            let due = view.claims_due(slot, &view.caught_up(slot)?)?;
            if due.is_zero() {
                return Err(Error::NothingToClaim.into());
            }
            market.bring_up(&mut accounts[account])?;
            Ok(Report::from_iter([("claimed_usd".into(), json!(usd(due)))]))
        })
    }
}
