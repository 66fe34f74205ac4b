//! The auction of other collateral: in an account's distress anyone buys it for USDC, at a price that falls with time, so
//! that there is always a taker before anybody else bears a loss (I4, I11).

use super::{value, Kinds, Stock};
use crate::account::PLEDGES;
use crate::books::{Books, View};
use crate::error::{Error, Result};
use crate::health::{self, Health};
use crate::observe;
use crate::state::{AccountBooks, CollateralBooks};
use crate::transfer;
use crate::units::{Atoms, Bps, Now, Price, BPS, PICO};
use crate::wide;

/// An amount whose rest would be worth less than a dollar takes the rest along: it would only have to be sold again.
const DUST: Atoms = Atoms(1_000_000);
/// 1e-12 atom times bps, in an atom.
const SCALE: u64 = PICO * BPS;

/// What a sale did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sale {
    /// Smallest units sold.
    pub amount: u64,
    /// The auction's discount now.
    pub discount: Bps,
    /// Paid by the buyer, into the account's free cash: what top-ups took on is in `topped_up`.
    pub proceeds: Atoms,
    /// Moved into positions below maintenance, before and after the sale.
    pub topped_up: Atoms,
    /// The account was bankrupt before it: nothing that only protects the solvent holds the sale up.
    pub bankrupt: bool,
}

/// Sells up to `wanted` smallest units (none: as many as allowed) of a kind of an account in distress. `books` are all the
/// account's markets, `stock` all kinds it has amounts of.
///
/// The price is the mark less a discount that starts small and reaches a whole after the kind's `auction_slots` of observed
/// distress, or since the last deposit where that is later. A mark that is old or not good holds only below the haircut:
/// until then nothing is sold at it (`StaleMark`), and afterwards it is, so that nothing waits for a feed. The kind sold is the
/// account's first with a good young mark, or its first where none has one: not the buyer's choice (F24); another is refused
/// with `CollateralFirst`. At most as much is sold as gives the account maintenance and the largest buffer of its markets in
/// money alone, or all where what is left would be dust; more is `TooMuch`.
///
/// Up to the haircut the buyer pays at least what the collateral counted, so health does not fall (I8). Beyond it health may
/// fall by the rest of the discount, which is what makes the sale end; the money behind the positions never falls.
///
/// Fails with `NotInDistress` where the account is healthy, and with `InsufficientCollateral` where it has none of the kind.
pub fn sell(
    account: &mut AccountBooks,
    books: &mut [Books<'_>],
    mut stock: Stock<'_>,
    wanted: u64,
    now: Now,
) -> Result<Sale> {
    for books in books.iter_mut() {
        let _ = books.begin(now)?;
    }
    value(account, &stock.kinds(), now)?;
    let before = transfer::top_up(account, books, None, now)?;
    observe::account(account, books.iter().map(Books::view), &before.health, now)?;
    let around = (books.iter().map(Books::view), &before.health);
    let (amount, discount) = plan(account, (&stock.kinds(), stock.at), around, wanted, now)?;
    let proceeds = execute(account, &mut stock, amount, discount, now)?;
    let after = transfer::top_up(account, books, None, now)?;
    observe::account(account, books.iter().map(Books::view), &after.health, now)?;
    let topped_up = before.moved.plus(after.moved)?;
    Ok(Sale { amount, discount, proceeds, topped_up, bankrupt: before.health.is_bankrupt() })
}

/// How much a call sells of a kind, and at which discount.
fn plan<'v>(
    account: &AccountBooks,
    (kinds, at): (&Kinds<'_>, usize),
    around: (impl Iterator<Item = View<'v>>, &Health),
    wanted: u64,
    now: Now,
) -> Result<(u64, Bps)> {
    let (views, health) = around;
    if !health.is_distressed() {
        return Err(Error::NotInDistress);
    }
    let (kind, held) = (kind_at(kinds, at)?, account.pledge.amounts.get(at).copied().unwrap_or(0));
    if held == 0 {
        return Err(Error::InsufficientCollateral);
    }
    if first(account, kinds, now) != Some(at) {
        return Err(Error::CollateralFirst);
    }
    let discount = discount(account, kind, now);
    // An old price holds only below the haircut: nothing waits for a feed for longer.
    if !kind.is_priced(now) && discount < kind.params.haircut {
        return Err(Error::StaleMark);
    }
    let need = target(account, views, health)?.cash().minus(health.money())?.ceil_positive()?;
    Ok((allowed(kind.mark.price, (held, wanted), discount, need)?, discount))
}

fn kind_at<'a>(kinds: &Kinds<'a>, at: usize) -> Result<&'a CollateralBooks> {
    kinds.get(at).copied().flatten().ok_or(Error::InsufficientCollateral)
}

/// What [`sell`] would do now, from markets that were just refreshed. A top-up that comes before it there may make a difference: of
/// the atoms that rounding takes, and of what claims were paid, which it collects where it touches a position. Refuses as [`sell`].
pub fn quote<'v>(
    account: &AccountBooks,
    views: impl Iterator<Item = View<'v>> + Clone,
    (kinds, at): (&Kinds<'_>, usize),
    wanted: u64,
    now: Now,
) -> Result<Sale> {
    let mut account = *account;
    value(&mut account, kinds, now)?;
    let health = health::cross(&account, views.clone(), now)?;
    observe::account(&mut account, views.clone(), &health, now)?;
    let (amount, discount) = plan(&account, (kinds, at), (views, &health), wanted, now)?;
    let held = account.pledge.amounts.get(at).copied().unwrap_or(0);
    let proceeds = kind_at(kinds, at)?.proceeds(held, amount, discount)?;
    Ok(Sale { amount, discount, proceeds, topped_up: Atoms::ZERO, bankrupt: health.is_bankrupt() })
}

/// The discount of a kind in an account's distress as it is observed now.
pub fn discount_now<'v>(
    account: &AccountBooks,
    views: impl Iterator<Item = View<'v>> + Clone,
    kind: &CollateralBooks,
    now: Now,
) -> Result<Bps> {
    let mut account = *account;
    // Distress, whatever it is worth: the discount of an account that is healthy says nothing.
    let distressed = Health { positions: 1, ..Health::default() };
    let distressed = Health { maintenance: Atoms(1), ..distressed };
    observe::account(&mut account, views, &distressed, now)?;
    Ok(discount(&account, kind, now))
}

/// The kind that is sold first.
pub fn first(account: &AccountBooks, kinds: &Kinds<'_>, now: Now) -> Option<usize> {
    let held = |at: &usize| account.pledge.amounts.get(*at).is_some_and(|amount| *amount != 0);
    let priced = |at: &usize| kinds.get(*at).copied().flatten().is_some_and(|kind| kind.is_priced(now));
    (0..PLEDGES).filter(held).find(priced).or_else(|| (0..PLEDGES).find(held))
}

/// The discount now, rounded down: from the kind's first to a whole, evenly over its `auction_slots` of observed distress, or
/// since the last deposit where that is later.
fn discount(account: &AccountBooks, kind: &CollateralBooks, now: Now) -> Bps {
    let params = &kind.params;
    let since = account.clock.since.max(account.pledge.deposited_at);
    let ripe = now.slot.saturating_sub(since).min(params.auction_slots);
    let start = u64::from(params.discount_start.0);
    let by_time = wide::mul_div_floor(BPS.saturating_sub(start), ripe, params.auction_slots.max(1));
    // Cannot fail: at most a whole.
    let discount = start.saturating_add(by_time.unwrap_or(BPS));
    Bps(u32::try_from(discount).unwrap_or(u32::MAX))
}

/// Maintenance and the largest buffer of the markets the account stands in, rounded up.
fn target<'v>(account: &AccountBooks, views: impl Iterator<Item = View<'v>>, health: &Health) -> Result<Atoms> {
    let stands = |view: &View<'_>| account.slot(view.market.id).is_ok_and(|slot| slot.position.lots != 0);
    let buffer = views.filter(stands).map(|view| view.market.params.buffer).max().unwrap_or(Bps(0));
    health.maintenance.plus(buffer.of_ceil(health.maintenance)?)
}

/// What this call sells of what is held.
fn allowed(price: Price, amounts: (u64, u64), discount: Bps, need: Atoms) -> Result<u64> {
    let (held, wanted) = amounts;
    let per_unit = wide::mul(price.0, BPS.saturating_sub(u64::from(discount.0)));
    // Cannot overflow: 2^62 atoms times 2^54.
    let cures = wide::div_ceil(wide::mul(need.0, SCALE), per_unit.max(1))?;
    let most = u64::try_from(cures).unwrap_or(u64::MAX).max(1).min(held);
    let amount = if wanted == 0 { most } else { wanted };
    if amount > most {
        return Err(Error::TooMuch);
    }
    let rest = wide::mul(held.saturating_sub(amount), price.0).checked_div(u128::from(PICO));
    Ok(if rest.is_some_and(|rest| rest < u128::from(DUST.0)) { held } else { amount })
}

/// The collateral leaves, what it is sold for comes into free cash.
fn execute(account: &mut AccountBooks, stock: &mut Stock<'_>, amount: u64, discount: Bps, now: Now) -> Result<Atoms> {
    let proceeds = stock.kind.proceeds(stock.held(account), amount, discount)?;
    stock.take(account, amount, now)?;
    account.free = account.free.plus(proceeds)?;
    Ok(proceeds)
}

impl CollateralBooks {
    /// What an amount of `held` sells for at a discount: rounded up, and within the haircut at least what it counted, so that
    /// health does not fall.
    pub fn proceeds(&self, held: u64, amount: u64, discount: Bps) -> Result<Atoms> {
        let kept = BPS.saturating_sub(u64::from(discount.0));
        let price = wide::mul_div_long_ceil(wide::mul(amount, self.mark.price.0), kept, SCALE)?;
        let proceeds = Atoms(u64::try_from(price).map_err(|_| Error::Overflow)?);
        if discount > self.params.haircut {
            return Ok(proceeds);
        }
        let left = held.checked_sub(amount).ok_or(Error::InsufficientCollateral)?;
        let counted = self.counted(held, self.mark.price)?.minus(self.counted(left, self.mark.price)?)?;
        Ok(Atoms(proceeds.0.max(counted.0)))
    }
}
