//! What an account is worth against what it must hold. Compared, never divided.

use crate::account::{NO_MARKET, SLOTS};
use crate::books::{Holding, View};
use crate::error::{Error, Result};
use crate::state::{AccountBooks, MarketSlot, Pledge};
use crate::units::{Atoms, Cash, Now, Price, Side, BPS};
use crate::vesting;

/// One position, valued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Equity at spot.
    pub equity: Cash,
    /// What counts towards initial margin: at the worse of spot and EMA widened by confidence, profit with its haircut.
    pub initial_equity: Cash,
    /// Initial requirement, rounded up.
    pub initial: Atoms,
    /// Maintenance requirement, rounded up.
    pub maintenance: Atoms,
}

/// All cross positions, or one isolated position, with what backs them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Free cash, vesting profit, equity at spot and the worth of other collateral.
    pub equity: Cash,
    /// What counts towards initial margin.
    pub initial_equity: Cash,
    /// Sum of initial requirements.
    pub initial: Atoms,
    /// Sum of maintenance requirements.
    pub maintenance: Atoms,
    /// Positions with lots.
    pub positions: u32,
    /// Positions that could not be valued for want of a mark.
    pub unmarked: u32,
    /// The part of equity that is other collateral: it answers, but it is not money and pays nobody.
    pub pledged: Atoms,
}

impl Standing {
    /// What the position lacks to its initial margin, rounded up.
    pub fn lack(&self) -> Result<Atoms> {
        self.initial.cash().minus(self.initial_equity)?.ceil_positive()
    }

    /// Whether the position alone keeps its initial margin.
    #[must_use]
    pub fn is_initial(&self) -> bool {
        self.initial_equity >= self.initial.cash()
    }

    /// Whether the position alone keeps its maintenance margin.
    #[must_use]
    pub fn is_maintained(&self) -> bool {
        self.equity >= self.maintenance.cash()
    }

    /// What it holds above its initial margin, rounded down.
    pub fn surplus(&self) -> Result<Atoms> {
        self.initial_equity.least(self.equity).minus(self.initial.cash())?.gain_floor()
    }
}

impl Health {
    /// Whether initial margin is kept, with money of its own.
    #[must_use]
    pub fn is_initial(&self) -> bool {
        self.initial_equity >= self.initial.cash() && !self.is_unfunded()
    }

    /// Distress: equity below maintenance, or no money behind the positions.
    #[must_use]
    pub fn is_distressed(&self) -> bool {
        self.positions > 0 && (self.equity < self.maintenance.cash() || self.is_unfunded())
    }

    /// Equity in USDC: what can pay. Saturates at a debt no account can have.
    #[must_use]
    pub fn money(&self) -> Cash {
        Cash(self.equity.0.saturating_sub(self.pledged.cash().0))
    }

    /// The money is used up and only other collateral stands behind the positions. Their losses would be charged to the other
    /// side for as long as nobody may sell it, so it is distress, whatever the collateral is worth.
    #[must_use]
    pub fn is_unfunded(&self) -> bool {
        self.positions > 0 && !self.pledged.is_zero() && self.money().0 <= 0
    }

    /// Bankrupt: nothing left.
    #[must_use]
    pub fn is_bankrupt(&self) -> bool {
        self.positions > 0 && self.equity.0 <= 0
    }

    /// Whether equity over maintenance has not fallen against `before`: cross-multiplied, in whole atoms, the later rounded
    /// down and the earlier up.
    pub fn not_below(&self, before: &Health) -> Result<bool> {
        if self.positions == 0 {
            return Ok(self.equity.0 >= 0 || self.equity >= before.equity);
        }
        let after = self.equity.atoms_floor().checked_mul(i128::from(before.maintenance.0));
        let was = before.equity.atoms_ceil()?.checked_mul(i128::from(self.maintenance.0));
        Ok(after.ok_or(Error::Overflow)? >= was.ok_or(Error::Overflow)?)
    }

    /// Counts other collateral. Fails with `CollateralUnvalued` where its valuation is old: nobody is liquidated on a missing
    /// one and nobody borrows on an old one.
    fn count(&mut self, pledge: &Pledge, now: Now) -> Result<()> {
        if !pledge.is_valued(now) {
            return Err(Error::CollateralUnvalued);
        }
        self.equity = self.equity.plus(pledge.maintenance.cash())?;
        self.initial_equity = self.initial_equity.plus(pledge.initial.cash())?;
        self.pledged = pledge.maintenance;
        Ok(())
    }

    fn add(&mut self, standing: &Standing, vesting: Atoms, has_lots: bool) -> Result<()> {
        self.equity = self.equity.plus(standing.equity)?.plus(vesting.cash())?;
        self.initial_equity = self.initial_equity.plus(standing.initial_equity)?;
        self.initial = self.initial.plus(standing.initial)?;
        self.maintenance = self.maintenance.plus(standing.maintenance)?;
        self.positions = self.positions.saturating_add(u32::from(has_lots));
        Ok(())
    }
}

impl Cash {
    /// The smaller of the two.
    #[must_use]
    pub fn least(self, other: Cash) -> Cash {
        Cash(self.0.min(other.0))
    }

    /// The positive part in whole atoms, rounded up.
    pub fn ceil_positive(self) -> Result<Atoms> {
        crate::units::atoms_from(self.atoms_ceil()?.max(0))
    }
}

impl View<'_> {
    /// Values a slot's position.
    pub fn standing(&self, slot: &MarketSlot) -> Result<Standing> {
        self.standing_of(&self.holding(slot)?, slot.position.paid_in)
    }

    /// Values a slot's position without asking about initial margin.
    fn maintenance_standing(&self, slot: &MarketSlot) -> Result<Standing> {
        let holding = self.holding(slot)?;
        let equity = self.equity_at(&holding, self.market.mark.price)?;
        let maintenance = self.market.maintenance_of(holding.lots)?;
        Ok(Standing { equity, maintenance, ..Standing::default() })
    }

    /// Values a holding with a paid-in margin.
    pub fn standing_of(&self, holding: &Holding, paid_in: Atoms) -> Result<Standing> {
        let equity = self.equity_at(holding, self.market.mark.price)?;
        let cautious =
            if holding.lots.is_zero() { equity } else { self.equity_at(holding, self.cautious(holding.side))? };
        let profit = cautious.minus(paid_in.cash())?;
        let initial_equity = if profit.0 > 0 {
            let counts = self.market.params.profit_counts.of_floor(profit.gain_floor()?)?;
            paid_in.cash().plus(counts.cash())?
        } else {
            cautious
        };
        let required = self.market.margin_of(holding.lots)?;
        Ok(Standing { equity, initial_equity, initial: required.initial, maintenance: required.maintenance })
    }

    /// The worse of spot and EMA for a side, widened by the confidence interval. Saturates at the ends of the price range:
    /// a price, not money.
    fn cautious(&self, side: Side) -> Price {
        let mark = &self.market.mark;
        match side {
            Side::Long => Price(mark.price.0.min(mark.ema.0).saturating_sub(mark.confidence.0)),
            Side::Short => {
                let high = mark.price.0.max(mark.ema.0).saturating_add(mark.confidence.0);
                Price(high.min(crate::units::PRICE_MAX))
            }
        }
    }

    /// A standing without a usable mark: its last equity where negative, zero where positive, and nothing to maintain, so that
    /// an outage puts nobody in distress elsewhere (G8). Its initial requirement stays: nobody takes money out on it.
    fn unmarked(&self, slot: &MarketSlot) -> Result<Standing> {
        let last = self.standing(slot)?;
        let equity = last.equity.least(Cash::ZERO);
        Ok(Standing { equity, initial_equity: equity, initial: last.initial, maintenance: Atoms::ZERO })
    }
}

/// What a survey asks: initial margin costs as much again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Equity and maintenance: is there distress?
    Maintenance,
    /// Initial margin too: may risk rise, may money leave?
    Initial,
    /// The same of what is compared with itself because it may only reduce: other collateral that nobody valued lately counts
    /// as nothing on both sides, which never flatters the later one, so that no silent feed of it forbids a cure.
    Reduction,
}

/// An account's cross positions, valued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// All together.
    pub health: Health,
    /// Equity of each slot's cross position where a mark values it.
    pub equities: [Cash; SLOTS],
    /// Whether that is below the position's own maintenance margin.
    pub needy: [bool; SLOTS],
    /// What it holds above its initial margin; zero at the depth of maintenance.
    pub surplus: [Atoms; SLOTS],
}

impl Survey {
    /// What every position could give if it gave all it has, rounded down.
    pub fn gains(&self) -> Result<[Atoms; SLOTS]> {
        let mut gains = [Atoms::ZERO; SLOTS];
        for (gain, equity) in gains.iter_mut().zip(&self.equities) {
            *gain = equity.gain_floor()?;
        }
        Ok(gains)
    }
}

/// Health of an account's cross positions, from views of all its markets.
pub fn cross<'v>(account: &AccountBooks, views: impl Iterator<Item = View<'v>> + Clone, now: Now) -> Result<Health> {
    survey(account, views, Depth::Initial, now).map(|survey| survey.health)
}

/// Values an account's cross positions, from views of all its markets. At the depth of maintenance nothing of the health says
/// anything about initial margin.
pub fn survey<'v>(
    account: &AccountBooks,
    views: impl Iterator<Item = View<'v>> + Clone,
    depth: Depth,
    now: Now,
) -> Result<Survey> {
    let free = account.free.cash();
    let mut survey = Survey::default();
    survey.health.equity = free;
    survey.health.initial_equity = free;
    if account.pledge.is_held() {
        let counted = survey.health.count(&account.pledge, now);
        if depth != Depth::Reduction || counted != Err(Error::CollateralUnvalued) {
            counted?;
        }
    }
    let found = survey.equities.iter_mut().zip(&mut survey.needy).zip(&mut survey.surplus);
    let seats = account.slots.iter().zip(found).filter(|(slot, _)| slot.market != NO_MARKET);
    for (slot, ((equity, needy), surplus)) in seats {
        if slot.position.is_empty() && slot.vesting.is_empty() {
            continue;
        }
        let view = views.clone().find(|view| view.market.id == slot.market).ok_or(Error::MarketMissing)?;
        let vesting = vesting::worth(view.market, slot)?;
        let has_lots = slot.position.lots != 0;
        if slot.position.isolated != 0 {
            survey.health.add(&Standing::default(), vesting, false)?;
        } else if has_lots && !view.market.has_mark(now) {
            survey.health.add(&view.unmarked(slot)?, vesting, true)?;
            survey.health.unmarked = survey.health.unmarked.saturating_add(1);
        } else {
            let standing = match depth {
                Depth::Maintenance => view.maintenance_standing(slot)?,
                Depth::Initial | Depth::Reduction => {
                    let standing = view.standing(slot)?;
                    *surplus = standing.surplus()?;
                    standing
                }
            };
            *equity = standing.equity;
            *needy = has_lots && !standing.is_maintained();
            survey.health.add(&standing, vesting, has_lots)?;
        }
    }
    Ok(survey)
}

/// Health of one isolated position: it answers with its own cash only.
pub fn isolated(slot: &MarketSlot, view: View<'_>) -> Result<Health> {
    alone(slot, view, &view.holding(slot)?)
}

/// The same of a position that has been caught up already.
pub fn alone(slot: &MarketSlot, view: View<'_>, holding: &Holding) -> Result<Health> {
    let mut health = Health::default();
    health.add(&view.standing_of(holding, slot.position.paid_in)?, Atoms::ZERO, slot.position.lots != 0)?;
    Ok(health)
}

/// Health of what a slot belongs to: its own if isolated, else the account's.
pub fn of_slot<'v>(
    account: &AccountBooks,
    market: u64,
    views: impl Iterator<Item = View<'v>> + Clone,
    depth: Depth,
    now: Now,
) -> Result<Health> {
    let slot = account.slot(market)?;
    if slot.position.isolated == 0 {
        return survey(account, views, depth, now).map(|survey| survey.health);
    }
    let view = views.clone().find(|view| view.market.id == market).ok_or(Error::MarketMissing)?;
    isolated(slot, view)
}

/// `part / whole` of maintenance in bps, saturating: how deep a shortfall is, for the auction's discount.
#[must_use]
pub fn depth(health: &Health) -> u64 {
    let equity = health.equity.atoms_floor().max(0).unsigned_abs();
    let maintenance = u128::from(health.maintenance.0);
    let lack = maintenance.saturating_sub(equity).saturating_mul(u128::from(BPS));
    u64::try_from(lack.checked_div(maintenance).unwrap_or(0)).unwrap_or(BPS)
}
