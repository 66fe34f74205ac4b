//! The program's gate over engine values: nothing is paused here, so breakers, marks and timelocks decide.

use breakwater_engine::breaker;
use breakwater_engine::permission::{permitted, Action, Conditions, Guards};
use breakwater_engine::state::{AccountBooks, Pause, Pauses};
use breakwater_engine::Result;

use super::EngineVenue;
use crate::venue::MarketId;

/// Nothing is paused.
const NOTHING: Pauses = Pauses { authority: NEVER, guardian: NEVER, frozen_until: 0, resumed_at: 0 };
const NEVER: Pause = Pause { bits: 0, until: 0 };

impl EngineVenue {
    /// What holds in a market now.
    pub(super) fn conditions(&self, market: MarketId) -> Conditions {
        self.guards(market).conditions(&self.markets[market].market, self.now)
    }

    /// What stands still in a market now, as the engine's bits.
    pub(super) fn stops(&self, market: MarketId) -> u64 {
        self.guards(market).stops(&self.markets[market].market, self.now)
    }

    fn guards(&self, market: MarketId) -> Guards<'_> {
        Guards { exchange: &self.money.breaker, pauses: [&NOTHING; 2], opens_at: self.opens_at[market] }
    }

    /// What holds for an action that concerns no market.
    pub(super) fn exchange_conditions(&self) -> Conditions {
        Conditions::of_exchange(&self.money.breaker, &NOTHING, self.now)
    }

    /// Whether an action is permitted in a market.
    pub(super) fn pass(&self, action: Action, market: MarketId) -> Result<()> {
        permitted(action, &self.conditions(market))
    }

    /// Whether an account may take free cash out: every market it has lots in must permit it, and the exchange.
    pub(super) fn pass_withdrawal(&self, account: &AccountBooks, markets: &[MarketId]) -> Result<()> {
        let mut action = Action::WithdrawFlat;
        for market in markets {
            if account.slot(self.markets[*market].market.id).is_ok_and(|slot| slot.position.lots != 0) {
                action = Action::Withdraw;
                self.pass(action, *market)?;
            }
        }
        permitted(action, &self.exchange_conditions())
    }

    /// Writes down in the exchange's breaker how far insurance has fallen.
    pub(super) fn watch_fund(&mut self) -> Result<()> {
        breaker::watch_fund(&mut self.money.breaker, &self.money.fund, &self.params, self.now)
    }

    /// The same of what has left the vault.
    pub(super) fn watch_outflow(&mut self) {
        breaker::watch_outflow(&mut self.money.breaker, &self.money.outflow, &self.params, self.now);
    }
}
