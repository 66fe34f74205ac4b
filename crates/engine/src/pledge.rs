//! Collateral other than USDC: what it counts, and its sale in an account's distress.
//!
//! It answers for cross positions like money, after a haircut and up to a cap, but it pays nobody: what a liquidation charges,
//! a top-up moves and a sweep shares out is USDC. So that no loss is borne by others while there is collateral to sell, an
//! account whose money is used up is in distress whatever its collateral is worth, and insurance pays nothing for an account
//! that still holds any ([`sale`]).

pub mod rules;
pub mod sale;

use crate::account::PLEDGES;
use crate::books::View;
use crate::error::{Error, Result};
use crate::health;
use crate::price::{self, Bounds, Graded, Observation, Quality, Reasons};
use crate::state::{AccountBooks, CollateralBooks, CollateralParams, Pledge};
use crate::units::{Atoms, Bps, Now, Price, BPS, PICO};
use crate::wide;

/// Slots a valuation counts, the one it was made in apart: a keeper or a wallet puts it into the transaction that needs it, or
/// into one just before.
pub const VALUATION_SLOTS: u64 = 8;

/// The kinds an account has amounts of, by their number.
pub type Kinds<'a> = [Option<&'a CollateralBooks>; PLEDGES];

/// What a refresh of a kind's price did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceReport {
    /// The quality of what the oracle said.
    pub quality: Quality,
    /// Why it is not better.
    pub reasons: Reasons,
    /// Whether there is a new mark.
    pub accepted: bool,
}

impl Pledge {
    /// Whether there is any.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        let [a, b, c] = self.amounts;
        a | b | c != 0
    }

    /// Whether its valuation still counts.
    #[must_use]
    pub const fn is_valued(&self, now: Now) -> bool {
        self.valued_at != 0 && now.slot.saturating_sub(self.valued_at) <= VALUATION_SLOTS
    }

    /// The amounts with their kinds. Fails with `CollateralUnvalued` where one was not passed.
    fn each<'a>(&self, kinds: &Kinds<'a>) -> impl Iterator<Item = Result<(u64, &'a CollateralBooks)>> {
        let held = self.amounts.into_iter().zip(*kinds).filter(|(amount, _)| *amount != 0);
        held.map(|(amount, kind)| Ok((amount, kind.ok_or(Error::CollateralUnvalued)?)))
    }
}

impl CollateralBooks {
    /// Lists a kind over zeroed books. The first price must be good, and say something: fails with what
    /// [`Observation::per_lot`] refuses, as [`CollateralParams::validate`], and with `PriceFromFuture` and `PriceQuality`.
    pub fn list(&mut self, params: &CollateralParams, observation: &Observation, now: Now) -> Result<()> {
        params.validate(observation.per_lot(params.unit_exponent)?.positive()?.price)?;
        *self = CollateralBooks { params: *params, ..CollateralBooks::default() };
        if price::age(&Bounds::of_collateral(params), observation.publish_time, now).is_none() {
            return Err(Error::PriceFromFuture);
        }
        if self.refresh(Some(observation), now)?.quality == Quality::Good {
            Ok(())
        } else {
            Err(Error::PriceQuality)
        }
    }

    /// Takes what its source published, if it says anything. A bad price keeps the old mark and is no error; one that says
    /// nothing changes nothing, as for markets ([`price::grade`]).
    pub fn refresh(&mut self, observation: Option<&Observation>, now: Now) -> Result<PriceReport> {
        let per_lot = |published: &Observation| {
            let seen = published.per_lot(self.params.unit_exponent).ok()?;
            Some((published.publish_time, seen))
        };
        let bounds = Bounds::of_collateral(&self.params);
        let graded = match observation.and_then(per_lot) {
            Some(published) => price::grade_within((&bounds, &self.mark), published, true, now)?,
            None => None,
        };
        let graded = graded.unwrap_or_else(|| Graded::nothing(&self.mark));
        let before = self.mark.sequence;
        graded.record(&mut self.mark);
        let accepted = self.mark.sequence != before;
        Ok(PriceReport { quality: graded.quality, reasons: graded.reasons, accepted })
    }

    /// Whether its price is good and young.
    #[must_use]
    pub fn is_priced(&self, now: Now) -> bool {
        let young = now.slot.saturating_sub(self.mark.slot) <= self.params.mark_age_slots_max;
        young && Quality::from_number(self.mark.quality) == Quality::Good
    }

    /// What an amount counts at a price: capped, then without the haircut, rounded down twice.
    pub fn counted(&self, amount: u64, price: Price) -> Result<Atoms> {
        let value = wide::mul(amount, price.0).checked_div(u128::from(PICO)).ok_or(Error::Overflow)?;
        // What leaves 64 bits is beyond every cap.
        let value = Atoms(u64::try_from(value).unwrap_or(u64::MAX));
        Bps(WHOLE.saturating_sub(self.params.haircut.0)).of_floor(value.least(self.params.account_max))
    }

    /// The worse of spot and average less the confidence interval, as for positions. Saturates at nothing: a price, not money.
    fn cautious(&self) -> Price {
        Price(self.mark.price.0.min(self.mark.ema.0).saturating_sub(self.mark.confidence.0))
    }
}

/// One whole.
const WHOLE: u32 = 10_000;
const _: () = assert!(BPS == 10_000);

/// Stores what an account's other collateral counts. Maintenance takes every kind at its last mark even where that is old: an
/// outage of its feed puts nobody in distress. Initial margin takes only those with a good young mark, at the cautious price:
/// nobody borrows on an old one. Fails with `CollateralUnvalued` when a kind the account has an amount of was not passed.
pub fn value(account: &mut AccountBooks, kinds: &Kinds<'_>, now: Now) -> Result<()> {
    let (mut initial, mut maintenance) = (Atoms::ZERO, Atoms::ZERO);
    for held in account.pledge.each(kinds) {
        let (amount, kind) = held?;
        maintenance = maintenance.plus(kind.counted(amount, kind.mark.price)?)?;
        if kind.is_priced(now) {
            initial = initial.plus(kind.counted(amount, kind.cautious())?)?;
        }
    }
    let pledge = &mut account.pledge;
    (pledge.initial, pledge.maintenance, pledge.valued_at) = (initial, maintenance, now.slot.max(1));
    Ok(())
}

/// Credits collateral that arrived. Refuses, in this order: `ZeroAmount`; `Bankrupt` while a swept bankruptcy is resolved, which
/// nothing that comes later is part of; `PriceQuality` without a good young mark, so that nobody answers a fall that no price
/// shows yet with what has fallen (F3); `CollateralCap` beyond what the exchange accepts. What was valued before counts no longer.
pub fn deposit(account: &mut AccountBooks, kind: (usize, &mut CollateralBooks), amount: u64, now: Now) -> Result<()> {
    let (at, kind) = kind;
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    if account.swept != 0 {
        return Err(Error::Bankrupt);
    }
    if !kind.is_priced(now) {
        return Err(Error::PriceQuality);
    }
    let booked = kind.booked.checked_add(amount).filter(|booked| *booked <= kind.params.total_max);
    kind.booked = booked.ok_or(Error::CollateralCap)?;
    let held = account.pledge.amounts.get_mut(at).ok_or(Error::NotConserved)?;
    *held = held.checked_add(amount).ok_or(Error::Overflow)?;
    (account.pledge.valued_at, account.pledge.deposited_at) = (0, now.slot);
    Ok(())
}

/// Collateral on its way out: the kind that leaves, and all others the account has amounts of.
pub struct Stock<'a> {
    /// Number of the kind.
    pub at: usize,
    /// Its books.
    pub kind: &'a mut CollateralBooks,
    /// The others.
    pub others: Kinds<'a>,
}

impl Stock<'_> {
    /// All kinds, to value.
    fn kinds(&self) -> Kinds<'_> {
        let mut kinds = self.others;
        if let Some(seat) = kinds.get_mut(self.at) {
            *seat = Some(&*self.kind);
        }
        kinds
    }

    fn held(&self, account: &AccountBooks) -> u64 {
        account.pledge.amounts.get(self.at).copied().unwrap_or(0)
    }

    /// Takes an amount out of the account and of the books, and values what is left.
    fn take(&mut self, account: &mut AccountBooks, amount: u64, now: Now) -> Result<()> {
        let held = account.pledge.amounts.get_mut(self.at).ok_or(Error::NotConserved)?;
        *held = held.checked_sub(amount).ok_or(Error::InsufficientCollateral)?;
        self.kind.booked = self.kind.booked.checked_sub(amount).ok_or(Error::NotConserved)?;
        value(account, &self.kinds(), now)
    }
}

/// Takes collateral out. Without positions nothing else is asked: no price, no market (I10). With positions all of the
/// account's markets are passed, and it keeps its initial margin after it. Refuses, in this order: `ZeroAmount`, `Bankrupt` in a
/// swept bankruptcy, `InsufficientCollateral`, `InsufficientMargin`.
pub fn withdraw<'v>(
    account: &mut AccountBooks,
    mut stock: Stock<'_>,
    views: impl Iterator<Item = View<'v>> + Clone,
    amount: u64,
    now: Now,
) -> Result<()> {
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    if account.swept != 0 {
        return Err(Error::Bankrupt);
    }
    stock.take(account, amount, now)?;
    if account.slots.iter().any(|slot| slot.position.lots != 0) {
        let health = health::cross(account, views, now)?;
        if !health.is_initial() || health.is_distressed() {
            return Err(Error::InsufficientMargin);
        }
    }
    Ok(())
}
