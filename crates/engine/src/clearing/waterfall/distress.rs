//! One print is not a fact: a state is confirmed when it was observed at an earlier accepted mark, published and accepted long
//! enough ago, and holds now (`reference/clocks.py`).

use crate::clearing::margin::{value_isolated, value_known, AccountValuation, NO_MARKET, ROUNDED_CASH};
use crate::clearing::markets::{MarketMut, MarketRef};
use crate::clearing::state::{AccountBooks, DistressClock, MarketBooks, ObservedAt};
use crate::error::{Error, Result};
use crate::units::{Bps, Now, BPS};

/// Whether a state may be acted on.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// It does not hold.
    Absent,
    /// It holds and is observed: come back at this slot, with marks published as much later.
    TooEarly(u64),
    /// It holds since this slot.
    Since(u64),
}

/// What an account's cross positions, or an isolated position, are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// In distress.
    pub distress: bool,
    /// Bankrupt.
    pub bankrupt: bool,
}

impl From<&AccountValuation> for State {
    fn from(valuation: &AccountValuation) -> State {
        let distress = valuation.is_in_distress() || valuation.is_bankrupt();
        State { distress, bankrupt: valuation.is_bankrupt() }
    }
}

/// When the marks that count were published: the earliest and the latest, and how long a confirmation takes.
#[derive(Clone, Copy)]
struct Published {
    earliest: i64,
    latest: i64,
    confirm_slots: u64,
    ttl_slots: u64,
}

impl Published {
    const NONE: Published = Published { earliest: i64::MAX, latest: 0, confirm_slots: 0, ttl_slots: u64::MAX };

    fn count(&mut self, market: &MarketBooks) -> Result<()> {
        let params = &market.waterfall;
        self.ttl_slots = self.ttl_slots.min(params.distress_ttl_slots);
        if market.is_settled() {
            // A final mark is published no more: slots alone tell the observations apart.
            self.confirm_slots = self.confirm_slots.max(params.confirm_slots);
            return Ok(());
        }
        let slots = if is_wide(market)? { params.confirm_wide_slots } else { params.confirm_slots };
        self.earliest = self.earliest.min(market.mark.publish_time);
        self.latest = self.latest.max(market.mark.publish_time);
        self.confirm_slots = self.confirm_slots.max(slots);
        Ok(())
    }
}

/// Whether spot is far from the EMA: the larger exceeds the smaller by more than `confirm_deviation`.
fn is_wide(market: &MarketBooks) -> Result<bool> {
    let (spot, ema) = (market.mark.price.0, market.mark.ema.0);
    let Bps(most) = market.waterfall.confirm_deviation;
    let bound = crate::wide::mul(spot.min(ema), BPS.checked_add(u64::from(most)).ok_or(Error::Overflow)?);
    Ok(crate::wide::mul(spot.max(ema), BPS) > bound)
}

fn published(account: &AccountBooks, markets: &[MarketMut<'_>], now: Now) -> Result<Published> {
    let mut found = Published::NONE;
    for slot in account.slots.iter().filter(|slot| slot.has_cross_lots()) {
        let market = markets.iter().find(|market| market.market.market_index == slot.market);
        let market = market.ok_or(Error::MarketMissing)?;
        if market.market.is_usable() {
            found.count(market.market)?;
        }
    }
    if let Some([earliest, latest]) = account.collateral.published(now) {
        // One print of other collateral is not a fact either.
        found.earliest = found.earliest.min(earliest);
        found.latest = found.latest.max(latest);
    }
    Ok(found)
}

impl ObservedAt {
    fn note(&mut self, holds: bool, latest: i64, now: Now) {
        if !holds {
            *self = ObservedAt::default();
        } else if self.slot == 0 {
            *self = ObservedAt { slot: now.slot, published: latest, observer: 0 };
        }
    }

    fn confirmed(&self, published: &Published, now: Now) -> Confirmation {
        if self.slot == 0 {
            return Confirmation::Absent;
        }
        let due = self.slot.saturating_add(published.confirm_slots);
        // A slot counts 400 ms: seconds times five are slots times two.
        let apart = published.earliest.saturating_sub(self.published).saturating_mul(5);
        let apart = u64::try_from(apart).unwrap_or(0);
        if now.slot < due || apart < published.confirm_slots.saturating_mul(2) {
            return Confirmation::TooEarly(due);
        }
        Confirmation::Since(self.slot)
    }
}

impl DistressClock {
    /// Of an uncertain state what holds is noted, and what may be cured goes on.
    fn observe(&mut self, (state, uncertain): (State, bool), published: &Published, now: Now) {
        if now.slot.saturating_sub(self.last) > published.ttl_slots {
            *self = DistressClock::default();
        }
        let distress = state.distress || (uncertain && self.distress.slot != 0);
        let bankrupt = state.bankrupt || (uncertain && self.bankrupt.slot != 0);
        self.distress.note(distress, published.latest, now);
        self.bankrupt.note(distress && bankrupt, published.latest, now);
        self.last = now.slot;
    }
}

/// Observes an account and its isolated positions: starts the clock of each state that holds, ends the clock of each
/// that is cured. An account found in distress loses its quotes. `markets` are all the markets it has a slot in. Returns
/// the state of its cross positions. Where their other collateral is not valued, that says nothing about them: their
/// clock neither starts, goes on nor ends.
pub fn observe(account: &mut AccountBooks, markets: &[MarketMut<'_>], now: Now) -> Result<State> {
    let valuation = value_known(account, markets, now)?;
    let state = State::from(&valuation);
    if !valuation.unvalued {
        let marks = published(account, markets, now)?;
        let since = account.clock.distress.slot;
        account.clock.observe((state, valuation.uncertain), &marks, now);
        if state.distress && since == 0 {
            account.lose_quotes();
        }
        account.collateral.observe(account.clock.distress.slot != 0, marks.ttl_slots, now.slot);
    }
    for slot in account.slots.iter_mut().filter(|slot| slot.market != NO_MARKET) {
        let Some(market) = markets.iter().find(|market| market.market.market_index == slot.market) else { continue };
        let market = market.as_ref();
        let Some(health) = value_isolated(&market, slot, now)? else {
            slot.clock = DistressClock::default();
            continue;
        };
        let mut marks = Published::NONE;
        marks.count(market.market)?;
        let bankrupt = health.solvency <= ROUNDED_CASH;
        let distress = health.solvency.0.saturating_add(ROUNDED_CASH.0) < health.maintenance.cash().0;
        let state = State { distress: distress || bankrupt, bankrupt };
        slot.clock.observe((state, false), &marks, now);
    }
    Ok(state)
}

/// Whether an observed distress is confirmed at the present marks.
pub fn distress(account: &AccountBooks, markets: &[MarketMut<'_>], now: Now) -> Result<Confirmation> {
    Ok(account.clock.distress.confirmed(&published(account, markets, now)?, now))
}

/// Whether an observed bankruptcy is confirmed at the present marks.
pub fn bankruptcy(account: &AccountBooks, markets: &[MarketMut<'_>], now: Now) -> Result<Confirmation> {
    Ok(account.clock.bankrupt.confirmed(&published(account, markets, now)?, now))
}

/// Whether an isolated position's observed distress is confirmed at the present mark.
pub fn isolated_distress(clock: &DistressClock, market: &MarketRef<'_>, now: Now) -> Result<Confirmation> {
    let mut marks = Published::NONE;
    marks.count(market.market)?;
    Ok(clock.distress.confirmed(&marks, now))
}

/// Whether an isolated position's observed bankruptcy is confirmed at the present mark.
pub fn isolated_bankruptcy(clock: &DistressClock, market: &MarketRef<'_>, now: Now) -> Result<Confirmation> {
    let mut marks = Published::NONE;
    marks.count(market.market)?;
    Ok(clock.bankrupt.confirmed(&marks, now))
}
