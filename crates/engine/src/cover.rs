//! Tier 2: the insurance fund and each market's cover inside it.

use crate::error::{Error, Result};
use crate::layer;
use crate::phase::Phase;
use crate::state::{ExchangeParams, InsuranceBooks, MarketBooks};
use crate::units::{Atoms, Bps, Now};
use crate::wide::U128;

/// Seconds over which a fall of the fund is measured: a day.
const PEAK_SECONDS: u64 = 86_400;

impl InsuranceBooks {
    /// Pays into the protocol's tranche.
    pub fn pay_in(&mut self, amount: Atoms) -> Result<()> {
        self.share_out(amount, Bps(0))
    }

    /// Revenue: stakers have their share of it, rounded down, where there are any; the rest is the protocol's.
    pub fn share_out(&mut self, amount: Atoms, staker_share: Bps) -> Result<()> {
        let has_stakers = self.shares != U128::ZERO && staker_share.0 != 0;
        let to_stakers = if has_stakers { staker_share.of_floor(amount)? } else { Atoms::ZERO };
        self.booked = self.booked.plus(amount)?;
        self.staked = self.staked.plus(to_stakers)?;
        self.protocol = self.protocol.plus(amount.minus(to_stakers)?)?;
        self.peak = Atoms(self.peak.0.max(self.own()?.0));
        Ok(())
    }

    /// What pays deficits in any market: the protocol's tranche, then the stakers'. Layers stand apart.
    pub fn own(&self) -> Result<Atoms> {
        self.protocol.plus(self.staked)
    }

    /// What no cover has set aside.
    pub fn beyond_covers(&self) -> Result<Atoms> {
        Ok(self.own()?.beyond(self.covers))
    }

    /// Takes at most `amount` of what no cover has set aside.
    #[must_use = "what was taken must move"]
    pub fn draw_beyond_covers(&mut self, amount: Atoms) -> Result<Atoms> {
        let drawn = amount.least(self.beyond_covers()?);
        self.lose(drawn)?;
        Ok(drawn)
    }

    /// A loss: the protocol's tranche first, then the stakers'. One that leaves next to nothing for a share begins a new epoch.
    pub fn lose(&mut self, amount: Atoms) -> Result<()> {
        let from_protocol = amount.least(self.protocol);
        let from_stakers = amount.minus(from_protocol)?;
        self.protocol = self.protocol.minus(from_protocol)?;
        self.booked = self.booked.minus(amount)?;
        if from_stakers.is_zero() {
            return Ok(());
        }
        self.staked = self.staked.minus(from_stakers)?;
        self.bury_worthless_shares()
    }

    /// Takes what leaves by its owner's will out of the protocol's tranche: no loss, so the peak leaves with it.
    pub fn release(&mut self, amount: Atoms) -> Result<()> {
        self.protocol = self.protocol.minus(amount)?;
        self.booked = self.booked.minus(amount)?;
        self.peak = self.peak.beyond(amount);
        Ok(())
    }

    /// Begins a new day of the fund's peak where the last is over. Before anything of the day is lost.
    pub fn begin_day(&mut self, now: Now) -> Result<()> {
        if self.day_is_over(now) {
            self.peak = self.own()?;
            self.peak_since = now.time;
        }
        Ok(())
    }

    /// The most the fund came to in the present day, stakes and exits apart, and what it comes to: what a fall is measured by.
    pub fn drawdown(&self, now: Now) -> Result<(Atoms, Atoms)> {
        let own = self.own()?;
        Ok(if self.day_is_over(now) { (own, own) } else { (self.peak, own) })
    }

    fn day_is_over(&self, now: Now) -> bool {
        u64::try_from(now.time.saturating_sub(self.peak_since)).unwrap_or(0) >= PEAK_SECONDS
    }
}

/// What the market's cover may pay in the present event: a market at one accepted mark is one event, however many accounts
/// a bankruptcy is split over (G11).
pub fn usable(market: &MarketBooks) -> Result<Atoms> {
    let cover = &market.cover;
    if cover.event == market.mark.sequence {
        return Ok(cover.event_left.least(cover.amount));
    }
    market.params.event_share.of_floor(cover.amount)
}

/// What the cover and the layers behind it may pay in the present event.
pub fn capacity(market: &MarketBooks) -> Result<Atoms> {
    let usable = usable(market)?;
    usable.plus(layer::capacity(market, usable)?)
}

/// Whether the market's U is known and the cover with the layers pays all of it: where nothing is open there is none.
pub fn insures(market: &MarketBooks, now: Now) -> Result<bool> {
    if market.open_interest().is_zero() {
        return Ok(true);
    }
    Ok(is_known(market, now) && market.shortfall <= capacity(market)?)
}

/// What may not leave the fund: U of all markets with the target, and no less than every market's cover and U. `ordered` are
/// all markets of the exchange in the order of their numbers, else `AllMarkets`. One with open interest must have a fresh mark
/// (`StaleMark`), stand in the normal phase and not be rebasing (`ExitWaits`); one that is settled, only the last.
pub fn must_stay<'m>(
    ordered: impl Iterator<Item = &'m MarketBooks>,
    count: u64,
    params: &ExchangeParams,
    now: Now,
) -> Result<Atoms> {
    let mut passed = 0u64;
    let (mut value, mut shortfall, mut bound) = (Atoms::ZERO, Atoms::ZERO, Atoms::ZERO);
    for market in ordered {
        if market.id != passed {
            return Err(Error::AllMarkets);
        }
        passed = passed.saturating_add(1);
        let uncovered = if market.open_interest().is_zero() { Atoms::ZERO } else { calm_shortfall(market, now)? };
        value = value.plus(market.mark.price.value_ceil(market.open_interest())?)?;
        shortfall = shortfall.plus(uncovered)?;
        bound = bound.plus(Atoms(uncovered.0.max(market.cover.amount.0)))?;
    }
    if passed != count {
        return Err(Error::AllMarkets);
    }
    let target = params.insurance_target.of_ceil(value)?;
    Ok(Atoms(shortfall.plus(target)?.0.max(bound.0)))
}

/// U of a market where nothing is going on.
fn calm_shortfall(market: &MarketBooks, now: Now) -> Result<Atoms> {
    if !market.is_settled() && !market.has_mark(now) {
        return Err(Error::StaleMark);
    }
    if is_calm(market, now) {
        Ok(market.shortfall)
    } else {
        Err(Error::ExitWaits)
    }
}

/// Whether money may leave what insures a market: its U is known and it stands in the normal phase, or is settled.
#[must_use]
pub fn is_calm(market: &MarketBooks, now: Now) -> bool {
    is_known(market, now) && (market.phase() == Phase::Normal || market.is_settled())
}

/// Whether U at the last provision is U now: the mark is fresh or final, and no rebase hides it.
fn is_known(market: &MarketBooks, now: Now) -> bool {
    market.grid.cursor == 0 && (market.is_settled() || market.has_mark(now))
}

/// Takes at most `amount` from the cover, within what the event may use.
#[must_use = "what was drawn must move"]
pub fn draw(market: &mut MarketBooks, fund: &mut InsuranceBooks, amount: Atoms) -> Result<Atoms> {
    if amount.is_zero() {
        return Ok(amount);
    }
    let left = usable(market)?;
    let drawn = amount.least(left);
    if drawn.is_zero() {
        return Ok(drawn);
    }
    let cover = &mut market.cover;
    cover.event = market.mark.sequence;
    cover.event_left = left.minus(drawn)?;
    cover.amount = cover.amount.minus(drawn)?;
    fund.covers = fund.covers.minus(drawn)?;
    fund.lose(drawn)?;
    Ok(drawn)
}

/// Once per epoch sets aside what the market earned for insurance since the last time, as far as the fund reaches. The first
/// refill adds the listing grant, which listing books as earned. The fund's day begins here: before anything is drawn.
pub fn refill(market: &mut MarketBooks, fund: &mut InsuranceBooks, now: Now) -> Result<Atoms> {
    fund.begin_day(now)?;
    if !epoch_is_over(market, now) {
        return Ok(Atoms::ZERO);
    }
    let added = market.cover.earned.least(fund.beyond_covers()?);
    if added.is_zero() {
        return Ok(added);
    }
    fund.covers = fund.covers.plus(added)?;
    market.cover.amount = market.cover.amount.plus(added)?;
    market.cover.earned = Atoms::ZERO;
    market.cover.epoch_start = now.time;
    Ok(added)
}

/// Returns the cover of a market without open interest to the fund once its epoch is over, so that money can drain (I11): U is
/// nothing there. The next refill may set as much aside again, at once: nobody takes a market's cover away for good.
pub fn release_idle(market: &mut MarketBooks, fund: &mut InsuranceBooks, now: Now) -> Result<Atoms> {
    if !market.open_interest().is_zero() || !epoch_is_over(market, now) {
        return Ok(Atoms::ZERO);
    }
    let released = core::mem::take(&mut market.cover.amount);
    market.cover.earned = market.cover.earned.plus(released)?;
    fund.covers = fund.covers.minus(released)?;
    Ok(released)
}

fn epoch_is_over(market: &MarketBooks, now: Now) -> bool {
    let age = u64::try_from(now.time.saturating_sub(market.cover.epoch_start)).unwrap_or(0);
    age >= market.params.cover_epoch_seconds
}
