//! The auction of other collateral: in an account's distress anyone buys it for USDC, at a price that falls with time, so
//! that there is always a taker before anybody else bears a loss (I4, I11).

use super::{value, Kinds, Stock};
use crate::account::{Account, PLEDGES};
use crate::books::Books;
use crate::error::{Error, Result};
use crate::health::Health;
use crate::observe;
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
    account: &mut Account,
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
    observe::account(account, books, &before.health, now)?;
    if !before.health.is_distressed() {
        return Err(Error::NotInDistress);
    }
    if stock.held(account) == 0 {
        return Err(Error::InsufficientCollateral);
    }
    if first(account, &stock.kinds(), now) != Some(stock.at) {
        return Err(Error::CollateralFirst);
    }
    let discount = discount(account, &stock, now)?;
    let target = target(account, books, &before.health)?;
    let need = target.cash().minus(before.health.money())?.ceil_positive()?;
    let amount = allowed(stock.kind.mark.price, (stock.held(account), wanted), discount, need)?;
    let proceeds = execute(account, &mut stock, amount, discount, now)?;
    let after = transfer::top_up(account, books, None, now)?;
    observe::account(account, books, &after.health, now)?;
    let topped_up = before.moved.plus(after.moved)?;
    Ok(Sale { amount, discount, proceeds, topped_up, bankrupt: before.health.is_bankrupt() })
}

/// The kind that is sold first.
fn first(account: &Account, kinds: &Kinds<'_>, now: Now) -> Option<usize> {
    let held = |at: &usize| account.pledge.amounts.get(*at).is_some_and(|amount| *amount != 0);
    let priced = |at: &usize| kinds.get(*at).copied().flatten().is_some_and(|kind| kind.is_priced(now));
    (0..PLEDGES).filter(held).find(priced).or_else(|| (0..PLEDGES).find(held))
}

/// The discount now, rounded down. Fails with `StaleMark` where the mark does not hold at it.
fn discount(account: &Account, stock: &Stock<'_>, now: Now) -> Result<Bps> {
    let params = &stock.kind.params;
    let since = account.clock.since.max(account.pledge.deposited_at);
    let ripe = now.slot.saturating_sub(since).min(params.auction_slots);
    let start = u64::from(params.discount_start.0);
    let by_time = wide::mul_div_floor(BPS.saturating_sub(start), ripe, params.auction_slots.max(1))?;
    let discount = Bps(u32::try_from(start.saturating_add(by_time)).map_err(|_| Error::Overflow)?);
    if stock.kind.is_priced(now) || discount >= params.haircut {
        Ok(discount)
    } else {
        Err(Error::StaleMark)
    }
}

/// Maintenance and the largest buffer of the markets the account stands in, rounded up.
fn target(account: &Account, books: &[Books<'_>], health: &Health) -> Result<Atoms> {
    let stands = |books: &&Books<'_>| account.slot(books.market.id).is_ok_and(|slot| slot.position.lots != 0);
    let buffer = books.iter().filter(stands).map(|books| books.market.params.buffer).max().unwrap_or(Bps(0));
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

/// The collateral leaves, what it is sold for comes into free cash: rounded up, and within the haircut at least what it counted.
fn execute(account: &mut Account, stock: &mut Stock<'_>, amount: u64, discount: Bps, now: Now) -> Result<Atoms> {
    let kept = BPS.saturating_sub(u64::from(discount.0));
    let price = wide::mul_div_long_ceil(wide::mul(amount, stock.kind.mark.price.0), kept, SCALE)?;
    let counted = account.pledge.maintenance;
    stock.take(account, amount, now)?;
    let mut proceeds = Atoms(u64::try_from(price).map_err(|_| Error::Overflow)?);
    if discount <= stock.kind.params.haircut {
        proceeds = Atoms(proceeds.0.max(counted.minus(account.pledge.maintenance)?.0));
    }
    account.free = account.free.plus(proceeds)?;
    Ok(proceeds)
}
