//! What is paid beside the waterfall: fees of openings, keepers' work.

use breakwater_engine::clearing::error::{Error, Result};
use breakwater_engine::clearing::margin::{spread, value, ROUNDED_CASH};
use breakwater_engine::clearing::markets::{find, MarketMut, MarketRef};
use breakwater_engine::clearing::state::{AccountBooks, Fund, MarketSlot};
use breakwater_engine::clearing::waterfall::{close_or_open, Declared, Fill, Resolved};
use breakwater_engine::units::{Bps, Lots, Now, Side};

use super::{slot_of, Listed, TestExchange};

impl TestExchange {
    /// Charges both sides of a fill a fee for what they open, all of which is the keepers'.
    pub fn set_fee(&mut self, fee: u32) {
        for listed in &mut self.listed {
            (listed.market.params.taker_fee, listed.market.params.maker_fee) = (Bps(fee), Bps(fee));
        }
    }

    /// A sync that a keeper makes, as the reference pays for it: for lots that it brings out of the water, and for those whose held
    /// money it collects.
    pub fn sync_paid(&mut self, who: &str, keeper: &str) -> Result<()> {
        let due = |exchange: &TestExchange| {
            (0..exchange.len()).map(|market| exchange.work_on(who, market)).collect::<Result<Vec<_>>>()
        };
        let before = due(self)?;
        self.sync(who)?;
        for (market, (was, after)) in before.into_iter().zip(due(self)?).enumerate() {
            self.pay(keeper, market, Lots(was.0 - after.0 + was.1))?;
        }
        Ok(())
    }

    pub fn declare_for(&mut self, who: &str, keeper: &str) -> Result<Declared> {
        let done = self.declare(who)?;
        if let Declared::Done { worst, worst_lots, .. } = done {
            self.pay(keeper, worst as usize, worst_lots)?;
        }
        Ok(done)
    }

    pub fn resolve_for(&mut self, market: u64, keeper: &str) -> Result<Resolved> {
        let done = self.resolve(market)?;
        self.pay(keeper, market as usize, done.lots)?;
        Ok(done)
    }

    /// What a refused verb may have changed, before it: accounts are written by verbs that succeed.
    pub fn save(&self) -> (Vec<Listed>, Fund, i128) {
        (self.listed.clone(), self.fund, self.outside)
    }

    pub fn restore_saved(&mut self, (listed, fund, outside): (Vec<Listed>, Fund, i128)) {
        (self.listed, self.fund, self.outside) = (listed, fund, outside);
    }

    fn pay(&mut self, keeper: &str, market: usize, lots: Lots) -> Result<()> {
        let account = self.accounts.entry(keeper.to_string()).or_default();
        let _ = self.listed[market].market.pay_work(account, lots)?;
        Ok(())
    }

    /// Lots of an account under water in a market, and those whose held money of ended events it has yet to collect.
    fn work_on(&self, who: &str, market: usize) -> Result<(u64, u64)> {
        let Some(slot) = self.accounts.get(who).and_then(|account| slot_of(account, market)) else { return Ok((0, 0)) };
        let view = self.view(market);
        let position = view.caught_up(slot)?;
        let sinks = slot.has_cross_lots() && view.market.is_usable() && view.equity(&position)?.0 < -ROUNDED_CASH.0;
        Ok((if sinks { position.lots.0 } else { 0 }, to_collect(&view, slot)?))
    }
}

fn to_collect(view: &MarketRef<'_>, slot: &MarketSlot) -> Result<u64> {
    let (mut lots, position) = (0, view.caught_up(slot)?);
    for side in Side::BOTH {
        let unseen = position.held.iter().filter(|_| position.side == Some(side));
        for held in unseen.chain([&side.of(slot.held)]) {
            if held.list != view.market.side(side).event.list && view.worth_of(side, held)? > 0 {
                lots += held.lots.0;
            }
        }
    }
    Ok(lots)
}

/// Closes the account's lots as far as they are opposite; returns what is left to open.
pub fn close_opposite(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    fill: &Fill,
    now: Now,
) -> Result<Lots> {
    let own = account.slot(fill.market_index).ok().map(|slot| (slot.position.side(), slot.position.size()));
    let opposite = own.filter(|(side, _)| *side == Some(fill.direction.opposite()));
    let closing = opposite.map_or(Lots::ZERO, |(_, size)| size.least(fill.lots));
    if !closing.is_zero() {
        let _ = close_or_open(account, markets, &Fill { lots: closing, ..*fill }, now)?;
    }
    Ok(fill.lots.minus(closing)?)
}

/// Opens lots and pays the fee of it: from free cash, then from the position.
pub fn open_for_a_fee(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], fill: &Fill, now: Now) -> Result<()> {
    let market = find(markets, fill.market_index)?;
    if market.market.is_settled() {
        return Err(Error::Settled);
    }
    market.market.need_fresh(now)?;
    market.open_own(account, fill.direction, (fill.lots, fill.price.value(fill.lots)?), now.slot)?;
    let fee = market.market.fee_on(fill.price.value_floor(fill.lots)?, market.market.params.taker_fee)?;
    let mut detached = market.detach(account)?;
    let _ = market.charge_fee(account, &mut detached, (fee, true))?;
    market.attach(account, detached)?;
    let fees = core::mem::take(&mut market.market.fees);
    market.market.keeper_pot = market.market.keeper_pot.plus(fees)?;
    let _ = market.set_rates(now.slot)?;
    let _ = spread(account, markets, now.slot)?;
    if value(account, markets, now)?.initial_surplus()?.0 < 0 {
        return Err(Error::InsufficientMargin);
    }
    Ok(())
}
