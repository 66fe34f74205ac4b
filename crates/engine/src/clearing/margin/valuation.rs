//! What an account is worth and must hold (`reference/valuation.py`). Solvency is gross; openings and withdrawals are net of
//! holdback. Compared, never divided.

use super::{Counted, NO_MARKET, ROUNDED_CASH};
use crate::clearing::markets::{equity_at, view, CaughtUp, MarketMut, MarketRef};
use crate::clearing::recovery::vesting;
use crate::clearing::state::{AccountBooks, Held, MarketBooks, MarketSlot};
use crate::error::{Error, Result};
use crate::margin::{requirement, Margin, Multiples};
use crate::units::{Atoms, Cash, Lots, Now, Price, Side, PRICE_MAX};

/// One position, valued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PositionHealth {
    /// What it counts for distress and bankruptcy.
    pub solvency: Cash,
    /// What it counts for opening and withdrawing: at the worse of spot and EMA widened by confidence, profit with its weight,
    /// net of the holdback its lots would leave.
    pub opening: Cash,
    /// Initial margin, rounded up.
    pub initial: Atoms,
    /// Maintenance margin, rounded up.
    pub maintenance: Atoms,
}

/// All cross positions with the money behind them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountValuation {
    /// Everything that is the account's, wherever it waits: free cash, vesting profit, held money, paid claims, positions.
    pub worth: Cash,
    /// Free cash and positions as they count for opening and withdrawing: vesting and held money are not money yet.
    pub opening: Cash,
    /// Sum of initial margins.
    pub initial: Atoms,
    /// Sum of maintenance margins.
    pub maintenance: Atoms,
    /// Value at the mark of those lots that need margin, rounded up: none in settled markets.
    pub notional: Atoms,
    /// What its lots in settled markets would leave behind: there solvency is net of it.
    pub settled_holdback: Cash,
    /// Cross positions.
    pub positions: u32,
    /// Those of them whose market has a usable mark.
    pub usable: u32,
    /// The part of `worth` that is other collateral, and the part of `opening`: it backs positions and pays nobody.
    pub collateral: Counted,
    /// Other collateral counts in `worth` at most as much: a newer mark may say less.
    pub uncertain: bool,
    /// The valuation of other collateral is missing or old: it counts as nothing here, and nothing follows from that.
    pub unvalued: bool,
}

impl AccountValuation {
    /// Bankrupt: nothing left but what roundings may have made. Zero is bankrupt.
    #[must_use]
    pub fn is_bankrupt(&self) -> bool {
        self.positions > 0 && !self.unvalued && self.worth.0 <= self.settled_holdback.0.saturating_add(ROUNDED_CASH.0)
    }

    /// In distress: worth less than maintenance margin, by more than roundings may have taken; or of money less than
    /// half of it, whatever other collateral is worth: the ladder sees money only, so collateral is sold before a
    /// position is under water.
    #[must_use]
    pub fn is_in_distress(&self) -> bool {
        let lacks = |cash: Cash, of: i128| cash.0.saturating_add(ROUNDED_CASH.0) < of;
        let maintenance = self.maintenance.cash().0;
        let short = lacks(self.worth, maintenance);
        let short_of_money = !self.collateral.maintenance.is_zero() && lacks(self.money(), maintenance / 2);
        self.positions > 0 && !self.unvalued && (short || short_of_money)
    }

    /// Worth without other collateral: what can pay. Saturates at a debt no account can have.
    #[must_use]
    pub fn money(&self) -> Cash {
        Cash(self.worth.0.saturating_sub(self.collateral.maintenance.cash().0))
    }

    /// What counts beyond initial margin, and of money alone beyond maintenance margin: the less of the two, negative
    /// where it lacks.
    pub fn initial_surplus(&self) -> Result<Cash> {
        let surplus = self.opening.minus(self.initial.cash())?;
        if self.collateral.initial.is_zero() {
            return Ok(surplus);
        }
        let money = self.opening.minus(self.collateral.initial.cash())?;
        Ok(surplus.least(money.minus(self.maintenance.cash())?))
    }

    /// Whether worth over maintenance has not fallen against an earlier valuation, by more than roundings: cross-multiplied.
    pub fn is_not_below(&self, before: &AccountValuation) -> Result<bool> {
        if self.positions == 0 {
            return Ok(true);
        }
        let rounded = self.worth.plus(ROUNDED_CASH)?.atoms_floor();
        let after = rounded.checked_mul(i128::from(before.maintenance.0)).ok_or(Error::Overflow)?;
        let was = before.worth.atoms_floor().checked_mul(i128::from(self.maintenance.0)).ok_or(Error::Overflow)?;
        Ok(after >= was)
    }

    /// Counts other collateral, once, where there are cross positions to back.
    fn count_collateral(&mut self, account: &AccountBooks, now: Now) -> Result<()> {
        if self.positions == 0 {
            return Ok(());
        }
        let counted = account.collateral.counted(now);
        self.unvalued = counted.is_none();
        self.uncertain = account.collateral.is_held() && account.collateral.uncertain != 0;
        self.collateral = counted.unwrap_or_default();
        self.worth = self.worth.plus(self.collateral.maintenance.cash())?;
        self.opening = self.opening.plus(self.collateral.initial.cash())?;
        Ok(())
    }

    fn add(&mut self, health: &PositionHealth, usable: bool) -> Result<()> {
        self.worth = self.worth.plus(health.solvency)?;
        self.opening = self.opening.plus(health.opening)?;
        self.initial = self.initial.plus(health.initial)?;
        self.maintenance = self.maintenance.plus(health.maintenance)?;
        self.positions = self.positions.saturating_add(1);
        self.usable = self.usable.saturating_add(u32::from(usable));
        Ok(())
    }
}

impl MarketBooks {
    /// Initial and maintenance margin of so many lots at the mark; none in a settled market, where it no longer moves.
    pub fn margin_of(&self, lots: Lots) -> Result<Margin> {
        if self.is_settled() {
            return Ok(Margin::default());
        }
        self.margin_at_mark(lots)
    }

    /// The same, also where the market is settled: what free cash is spread by.
    pub fn margin_at_mark(&self, lots: Lots) -> Result<Margin> {
        let multiples = Multiples { initial: self.stance.initial, maintenance: self.stance.maintenance };
        requirement(&self.params, multiples, self.mark.price.value_ceil(lots)?)
    }

    /// The worse of spot and EMA for a side, widened by the confidence interval. Saturates at the ends of the price range.
    fn cautious(&self, side: Side) -> Price {
        let mark = &self.mark;
        match side {
            Side::Long => Price(mark.price.0.min(mark.ema.0).saturating_sub(mark.confidence.0)),
            Side::Short => Price(mark.price.0.max(mark.ema.0).saturating_add(mark.confidence.0).min(PRICE_MAX)),
        }
    }

    /// Whether a silent market still counts at its last mark.
    #[must_use]
    pub const fn in_grace(&self, now: Now) -> bool {
        now.slot.saturating_sub(self.silent_since) <= self.waterfall.sibling_grace_slots
    }
}

impl MarketRef<'_> {
    /// Values a position with a paid-in margin; `h` is what each of its lots would leave behind.
    pub fn health_of(&self, position: &CaughtUp, paid_in: Atoms, h: u128, now: Now) -> Result<PositionHealth> {
        let margin = self.market.margin_of(position.lots)?;
        let equity = self.equity(position)?;
        let mut health =
            PositionHealth { initial: margin.initial, maintenance: margin.maintenance, ..PositionHealth::default() };
        if !self.market.is_usable() {
            health.solvency = if self.market.in_grace(now) { equity } else { self.assured_equity(position)? };
            health.opening = equity.least(Cash::ZERO);
            return Ok(health);
        }
        health.solvency = equity;
        health.opening = self.opening_equity(position, paid_in)?.minus(holdback(h, position.lots)?)?;
        Ok(health)
    }

    fn opening_equity(&self, position: &CaughtUp, paid_in: Atoms) -> Result<Cash> {
        let Some(side) = position.side else { return Ok(position.cash) };
        let cautious = equity_at(position, self.market.cautious(side))?;
        let profit = cautious.minus(paid_in.cash())?;
        if profit.0 <= 0 {
            return Ok(cautious);
        }
        let counts = self.market.params.profit_counts.of_floor(profit.gain_floor()?)?;
        let counted = paid_in.cash().plus(counts.cash())?;
        Ok(counted.least(cautious))
    }

    /// Equity at the worse of half and twice the last accepted mark: what nobody can take from its owner by silence.
    pub fn assured_equity(&self, position: &CaughtUp) -> Result<Cash> {
        let mark = self.market.mark.price.0;
        let half = equity_at(position, Price(mark / 2))?;
        let twice = equity_at(position, Price(mark.saturating_mul(2).min(PRICE_MAX)))?;
        Ok(half.least(twice))
    }

    /// Money of a slot that is not in its position: vesting profit, held money, claims that were paid.
    pub fn beside(&self, slot: &MarketSlot, position: &CaughtUp) -> Result<Cash> {
        let mut money = vesting::worth(self.market, slot)?.cash();
        for (side, held) in Side::BOTH.into_iter().zip(&slot.held) {
            money = money.plus(self.held_worth(side, held)?)?;
        }
        if let Some(side) = position.side {
            for held in &position.held {
                money = money.plus(self.held_worth(side, held)?)?;
            }
        }
        money.plus(self.claims_due(slot, position)?.cash())
    }

    fn held_worth(&self, side: Side, held: &Held) -> Result<Cash> {
        i128::try_from(self.worth_of(side, held)?).map(Cash).map_err(|_| Error::Overflow)
    }

    /// What a slot's held money of a side is worth, 1e-12 atom, rounded down.
    pub fn held_of(&self, slot: &MarketSlot, side: Side) -> Result<u128> {
        self.worth_of(side, &side.of(slot.held))
    }
}

/// An amount a lot, times lots.
pub fn holdback(h: u128, lots: Lots) -> Result<Cash> {
    let amount = crate::wide::mul_div_long_floor(h, lots.0, 1)?;
    i128::try_from(amount).map(Cash).map_err(|_| Error::Overflow)
}

/// Values an account's cross positions. `markets` are all the markets it has a slot in: else `MarketMissing`. Fails with
/// `CollateralUnvalued` where the valuation of its other collateral is missing or old.
pub fn value(account: &AccountBooks, markets: &[MarketMut<'_>], now: Now) -> Result<AccountValuation> {
    let valuation = value_known(account, markets, now)?;
    if valuation.unvalued {
        return Err(Error::CollateralUnvalued);
    }
    Ok(valuation)
}

/// The same, with other collateral that is not valued as nothing and no error: for what only reduces, which compares
/// two such valuations, and for observations, which then say nothing.
pub fn value_known(account: &AccountBooks, markets: &[MarketMut<'_>], now: Now) -> Result<AccountValuation> {
    let free = account.free.cash();
    let mut valuation = AccountValuation { worth: free, opening: free, ..AccountValuation::default() };
    for slot in account.slots.iter().filter(|slot| slot.market != NO_MARKET) {
        let market = view(markets, slot.market)?;
        let position = market.caught_up(slot)?;
        let beside = market.beside(slot, &position)?;
        valuation.worth = valuation.worth.plus(beside)?;
        let Some(side) = position.side else {
            valuation.worth = valuation.worth.plus(position.cash)?;
            valuation.opening = valuation.opening.plus(position.cash)?;
            continue;
        };
        if slot.position.isolated != 0 {
            continue;
        }
        let h = market.market.side(side).event.rate.get();
        if position.lots.is_zero() {
            // Deleveraging closed it whole: its cash is the account's.
            valuation.worth = valuation.worth.plus(position.cash)?;
            valuation.opening = valuation.opening.plus(position.cash)?;
            continue;
        }
        let health = market.health_of(&position, slot.position.paid_in, h, now)?;
        valuation.add(&health, market.market.is_usable())?;
        if !market.market.is_settled() {
            let value = market.market.mark.price.value_ceil(position.lots)?;
            valuation.notional = valuation.notional.plus(value)?;
        } else {
            valuation.settled_holdback = valuation.settled_holdback.plus(holdback(h, position.lots)?)?;
        }
    }
    valuation.count_collateral(account, now)?;
    Ok(valuation)
}

/// Values one isolated position, alone; `None` where the slot has none.
pub fn value_isolated(market: &MarketRef<'_>, slot: &MarketSlot, now: Now) -> Result<Option<PositionHealth>> {
    let position = market.caught_up(slot)?;
    let Some(side) = position.side.filter(|_| slot.position.isolated != 0) else { return Ok(None) };
    let h = market.market.side(side).event.rate.get();
    market.health_of(&position, slot.position.paid_in, h, now).map(Some)
}
