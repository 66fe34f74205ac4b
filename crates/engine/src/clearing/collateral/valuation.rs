//! What an account's other collateral counts, stored for the slots it is good for.

use super::asset::MarkAge;
use super::CollateralSet;
use crate::clearing::state::{AccountBooks, CollateralHolding};
use crate::error::{Error, Result};
use crate::units::{Atoms, Now};

/// Slots a valuation counts at most, the one it was made in apart: a keeper or a wallet puts it into the transaction
/// that needs it, or into one just before.
pub const VALUATION_SLOTS: u64 = 8;

/// Values an account's other collateral. An asset whose source is silent is held at its last mark for distress and
/// bankruptcy, and counts nothing for opening and withdrawing: neither does silence put anyone in distress, nor does
/// anyone borrow on it (I19). One whose source lives and was not read lately counts twice its last mark for distress and
/// bankruptcy: nobody is declared on a mark that a newer one would contradict (A62), and a feed that is slow shields nobody
/// whom that does not save (A23). Fails with `CollateralUnvalued` where an asset that the account holds was not passed.
pub fn value(account: &mut AccountBooks, assets: &CollateralSet<'_>, now: Now) -> Result<()> {
    let mut found = Found { until: now.slot.saturating_add(VALUATION_SLOTS), ..Found::default() };
    let held = account.collateral.assets.iter().zip(assets).filter(|(holding, _)| holding.amount != 0);
    for (holding, asset) in held {
        let asset = asset.ok_or(Error::CollateralUnvalued)?;
        let age = asset.mark_age(now);
        let counts = if age == MarkAge::Old {
            asset.most_count(holding, now)?
        } else {
            asset.maintenance_count(holding, holding.amount, now)?
        };
        found.initial = found.initial.plus(asset.initial_count(holding, now)?)?;
        found.maintenance = found.maintenance.plus(counts)?;
        match age {
            MarkAge::Fresh(until) => {
                found.until = found.until.min(until);
                found.publish(asset.mark.publish_time.min(now.time));
            }
            MarkAge::Old => found.uncertain = 1,
            MarkAge::Silent => {}
        }
    }
    let holdings = &mut account.collateral;
    (holdings.initial, holdings.maintenance, holdings.uncertain) = (found.initial, found.maintenance, found.uncertain);
    (holdings.valued_until, holdings.published) = (found.until, [found.earliest, found.latest]);
    Ok(())
}

struct Found {
    initial: Atoms,
    maintenance: Atoms,
    uncertain: u64,
    until: u64,
    earliest: i64,
    latest: i64,
}

impl Default for Found {
    fn default() -> Self {
        Found {
            initial: Atoms::ZERO,
            maintenance: Atoms::ZERO,
            uncertain: 0,
            until: 0,
            earliest: i64::MAX,
            latest: i64::MIN,
        }
    }
}

impl Found {
    fn publish(&mut self, time: i64) {
        (self.earliest, self.latest) = (self.earliest.min(time), self.latest.max(time));
    }
}

/// An account's holding of an asset. Fails with `InsufficientCollateral` for a number that no asset has.
pub(super) fn holding_mut(account: &mut AccountBooks, at: usize) -> Result<&mut CollateralHolding> {
    account.collateral.assets.get_mut(at).ok_or(Error::InsufficientCollateral)
}
