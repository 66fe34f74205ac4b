//! What an account's other collateral counts, and what an auction of it would sell.

use super::SaleReport;
use crate::books::View;
use crate::pledge::{self, sale, Kinds};
use crate::state::AccountBooks;
use crate::units::Now;

/// No kind in particular, in [`SaleReport::first`].
pub const NO_KIND: u32 = u32::MAX;

/// What an account's other collateral counts at the marks of `kinds`, which kind is sold first, and what an attempt to buy up to
/// `wanted` smallest units (none: as many as allowed) of the kind at a number would do: see [`sale::quote`]. Counts are zero
/// where a kind that the account has an amount of was not passed.
#[must_use]
pub fn assess_sale<'v>(
    account: &AccountBooks,
    views: impl Iterator<Item = View<'v>> + Clone,
    kind: (&Kinds<'_>, usize),
    wanted: u64,
    now: Now,
) -> SaleReport {
    let (kinds, _) = kind;
    let first = sale::first(account, kinds, now).and_then(|first| u32::try_from(first).ok());
    let mut report = SaleReport { first: first.unwrap_or(NO_KIND), ..SaleReport::default() };
    let mut valued = *account;
    if pledge::value(&mut valued, kinds, now).is_ok() {
        (report.initial, report.maintenance) = (valued.pledge.initial, valued.pledge.maintenance);
    }
    match sale::quote(account, views, kind, wanted, now) {
        Ok(sold) => {
            (report.amount, report.proceeds, report.discount) = (sold.amount, sold.proceeds, sold.discount);
            report.is_bankrupt = sold.bankrupt.into();
        }
        Err(error) => report.refusal = error.into(),
    }
    report
}
