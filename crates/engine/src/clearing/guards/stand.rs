//! What stands still under pauses, halts, restarts and silence, and what time alone does: the vesting clock and funding.

use super::ExchangeGuards;
use crate::breaker::Level;
use crate::clearing::markets::MarketMut;
use crate::clearing::state::{MarketBooks, EXCHANGE_STRESSED, SOURCE_GONE, STOPS_FORCING};
use crate::permission::{permitted, Action, Conditions, PauseBits};
use crate::price::Quality;
use crate::units::Now;
use crate::Result;

impl MarketMut<'_> {
    /// What every instruction does first with each market passed: the vesting clock and funding run up to now, under what stood still
    /// until now. However often it is called, it adds up to the same (A49).
    pub fn accrue(&mut self, exchange: &ExchangeGuards<'_>, now: Now) -> Result<()> {
        self.stand(exchange, now)?;
        let (runs, halted_until) = (self.market.funding_runs(), self.market.breaker.halted_until);
        let paid = self.market.funding_books()?.accrue(runs, halted_until, now)?;
        if paid != 0 {
            self.market.pay_funding(paid)?;
        }
        Ok(())
    }

    /// Sets what stands still from now on, and silences or restores the market. No account pays funding for the time of a pause
    /// that has ended since it was last paid, seen or not (F21). Called after what pauses, halts or prices changed.
    pub fn stand(&mut self, exchange: &ExchangeGuards<'_>, now: Now) -> Result<()> {
        self.run_vesting_clock(now)?;
        let paused_until = exchange.guards.held_until(now);
        self.market.funding_books()?.stand_still(paused_until)?;
        let conditions = exchange.conditions(self.market, now);
        let stops = exchange.guards.stops(exchange.of(self.market), now);
        let gone = self.market.standing.stopped & SOURCE_GONE;
        self.market.standing.stopped = stops | gone;
        let (may_force, may_sell) =
            (passes(Action::DeclareBankruptcy, &conditions), passes(Action::BuyFromEstate, &conditions));
        self.market.standing.set(STOPS_FORCING, !may_force);
        self.market.standing.set(EXCHANGE_STRESSED, now.time < exchange.stress.until);
        self.market.guarded = (conditions.level >= Level::Guarded).into();
        self.silence_or_restore(conditions.paused.meets(PauseBits::FREEZE), may_sell, now)
    }

    fn silence_or_restore(&mut self, is_frozen: bool, may_sell: bool, now: Now) -> Result<()> {
        let silent = is_frozen || self.market.is_without_price();
        let was_silent = self.market.silent_since != 0;
        if silent && !self.market.is_settled() {
            return self.silence(now);
        }
        if may_sell {
            self.market.resume_sale(now.slot);
        } else {
            self.market.stop_sale(now.slot);
        }
        if was_silent {
            self.end_silence(now);
            let _ = self.store(now.slot)?;
        }
        Ok(())
    }
}

impl MarketBooks {
    /// Whether there is no price to value it at: what the source said last is bad, or it says nothing any more.
    #[must_use]
    pub const fn is_without_price(&self) -> bool {
        self.mark.quality == Quality::Bad.number() || self.standing.has(SOURCE_GONE)
    }
}

/// Whether an action may run now, but for the mark, which whoever acts renews, and for a grid migration, which ends by itself.
fn passes(action: Action, now: &Conditions) -> bool {
    let renewed = Conditions { fresh: true, quality: Quality::Good, rebasing: false, ..*now };
    permitted(action, &renewed).is_ok()
}
