//! Work is paid: never more than the lots could have cost to open, and nothing where nothing changed, so that no loop of calls earns
//! (A68).
//!
//! A verb's report says on how many lots it worked, and the exchange pays them: [`Declared`](super::Declared)'s worst leg,
//! [`Resolved`](super::Resolved)'s closed lots, the lots of whatever acts on a first observation to the account that made it,
//! [`sync_account`] for lots that it brought out of the water or whose held money it collected. What concerns no account's lots, a
//! mark, a grid or a breaker, counts as one smallest slice of a liquidation.

use super::distress::observe;
use crate::clearing::ladder::{Migrated, BUCKETS};
use crate::clearing::margin::{touch, Touched, MARKETS_MAX, NO_MARKET};
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::state::{AccountBooks, MarketBooks, ObservedAt};
use crate::error::{Error, Result};
use crate::state::Mark;
use crate::units::{Atoms, Lots, Now, Side, BPS};
use crate::wide;

impl MarketBooks {
    /// Pays a keeper for work on lots: `work_share` of their value, at most half of what the lowest fee on it would be, never more
    /// than the pot. Lots may be observed, declared and resolved, so it is at most a third of what opening them costs both parties.
    /// Rounds down.
    pub fn pay_work(&mut self, keeper: &mut AccountBooks, lots: Lots) -> Result<Atoms> {
        let value = self.mark.price.value_floor(lots)?;
        let lowest = u64::from(self.params.taker_fee.0);
        let both = lowest.saturating_add(u64::from(self.params.maker_fee.0));
        let half = value.share_floor(lowest, BPS.saturating_mul(2))?;
        let third = value.share_floor(both, BPS.saturating_mul(3))?;
        let paid = self.waterfall.work_share.of_floor(value)?.least(half).least(third).least(self.keeper_pot);
        self.keeper_pot = self.keeper_pot.minus(paid)?;
        self.book_out(paid)?;
        keeper.free = keeper.free.plus(paid)?;
        Ok(paid)
    }

    /// Pays for a refresh that accepted a mark where the one before was older than the market's limit.
    pub fn pay_refresh(&mut self, keeper: &mut AccountBooks, before: &Mark, now: Now) -> Result<Atoms> {
        let age = now.slot.saturating_sub(before.slot);
        if self.mark.sequence == before.sequence || age <= self.params.mark_age_slots_max {
            return Ok(Atoms::ZERO);
        }
        self.pay_work(keeper, self.smallest_slice()?)
    }

    /// Pays for a breaker's trip: a reason that did not hold before holds now.
    pub fn pay_trip(&mut self, keeper: &mut AccountBooks, (before, after): (u64, u64)) -> Result<Atoms> {
        if after & !before == 0 {
            return Ok(Atoms::ZERO);
        }
        self.pay_work(keeper, self.smallest_slice()?)
    }

    /// Pays for a step of a grid's migration: a whole migration, in whatever steps, as one smallest slice.
    pub fn pay_migration(&mut self, keeper: &mut AccountBooks, step: &Migrated) -> Result<Atoms> {
        let lines = u64::try_from(BUCKETS).map_err(|_| Error::Overflow)?;
        let lots = wide::mul_div_floor(self.smallest_slice()?.0, u64::from(step.visited), lines)?;
        self.pay_work(keeper, Lots(lots))
    }

    /// The smallest slice a liquidation takes; no more than is open.
    fn smallest_slice(&self) -> Result<Lots> {
        Ok(self.params.slice_floor.least(self.open_interest()?))
    }
}

/// What a sync did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// What the touch moved.
    pub touched: Touched,
    /// What the keeper was paid, by all markets.
    pub paid: Atoms,
}

/// Permissionless: touches an account and observes it; `keeper` is paid for lots that it brings out of the water and for those whose
/// held money it collects, and for a first observation once that is acted on. `markets` are all the account has a slot in.
pub fn sync_account(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    keeper: Option<(u64, &mut AccountBooks)>,
    now: Now,
) -> Result<Synced> {
    let before = waiting(account, markets)?;
    let mut synced = Synced { touched: touch(account, markets, now.slot)?, paid: Atoms::ZERO };
    let _ = observe(account, markets, now)?;
    let Some((address, keeper)) = keeper else { return Ok(synced) };
    note_observer(account, address, now);
    for (market_index, lots) in before.into_iter().flatten() {
        let left =
            account.slot(market_index).map_or(Ok(Lots::ZERO), |_| waits_in(account, find(markets, market_index)?))?;
        let market = find(markets, market_index)?;
        let paid = market.market.pay_work(keeper, Lots(lots.0.saturating_sub(left.0)))?;
        synced.paid = synced.paid.plus(paid)?;
    }
    Ok(synced)
}

/// Lots by market that wait for a sync.
fn waiting(account: &AccountBooks, markets: &mut [MarketMut<'_>]) -> Result<[Option<(u64, Lots)>; MARKETS_MAX]> {
    let mut found = [None; MARKETS_MAX];
    for (slot, seat) in account.slots.iter().zip(&mut found).filter(|(slot, _)| slot.market != NO_MARKET) {
        *seat = Some((slot.market, waits_in(account, find(markets, slot.market)?)?));
    }
    Ok(found)
}

/// Lots of an account in a market that stand under water though it may be lifted, or whose held money an ended list holds.
fn waits_in(account: &AccountBooks, market: &MarketMut<'_>) -> Result<Lots> {
    let slot = account.slot(market.market.market_index)?;
    let mut lots = Lots::ZERO;
    if slot.has_cross_lots() && market.market.is_usable() {
        let position = market.as_ref().caught_up(slot)?;
        if market.as_ref().equity(&position)?.0 < 0 {
            lots = position.lots;
        }
    }
    for side in Side::BOTH {
        let held = side.of(slot.held);
        if !held.is_none() && held.list != market.market.side(side).event.list {
            lots = Lots(lots.0.saturating_add(held.lots.0));
        }
    }
    Ok(lots)
}

fn clocks(account: &mut AccountBooks) -> impl Iterator<Item = &mut ObservedAt> {
    let own = [&mut account.clock.distress, &mut account.clock.bankrupt];
    let isolated = account.slots.iter_mut().flat_map(|slot| [&mut slot.clock.distress, &mut slot.clock.bankrupt]);
    own.into_iter().chain(isolated)
}

/// Remembers who made the first observation of what an account is found in now, by the first eight bytes of its address.
pub fn note_observer(account: &mut AccountBooks, observer: u64, now: Now) {
    for clock in clocks(account).filter(|clock| clock.slot == now.slot && clock.observer == 0) {
        clock.observer = observer;
    }
}

/// Takes the observer of a distress or of a bankruptcy that is acted on, so that it is paid once: of an isolated position in a market,
/// else of the account.
pub fn take_observer(account: &mut AccountBooks, market_index: u64, bankrupt: bool) -> u64 {
    let isolated = account.slots.iter_mut().find(|slot| slot.market == market_index && slot.position.isolated != 0);
    let clock = isolated.map_or(&mut account.clock, |slot| &mut slot.clock);
    let observed = if bankrupt { &mut clock.bankrupt } else { &mut clock.distress };
    core::mem::take(&mut observed.observer)
}
