//! I17 on chain: an instruction that has some markets and the fund proves that the fund's sums changed by what those markets' parts
//! changed, since what is left for all others is the same before and after.

use crate::clearing::state::{Fund, MarketBooks};
use crate::error::{Error, Result};
use crate::wide::U128;

/// What the fund's sums hold for markets that were not passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// Their covers, atoms.
    pub covers: u128,
    /// Their layers with premiums, atoms.
    pub layers: u128,
    /// What they reported, atoms: shortfalls, what is uncovered of them, values of open interest.
    pub reported: [u128; 3],
}

impl Elsewhere {
    /// Subtracts the parts of the markets passed from the fund's sums. Fails with `NotConserved` where these exceed them.
    pub fn of<'m>(fund: &Fund, markets: impl Iterator<Item = &'m MarketBooks>) -> Result<Elsewhere> {
        let mut left = Elsewhere {
            covers: fund.covers.0.into(),
            layers: fund.layers.0.into(),
            reported: [fund.reports.shortfalls, fund.reports.uncovered, fund.reports.values].map(U128::get),
        };
        for market in markets {
            let layers = market.layers.iter().flat_map(|layer| [layer.amount, layer.earned]);
            left.covers = take(left.covers, market.cover.amount.0)?;
            left.layers = layers.into_iter().try_fold(left.layers, |left, part| take(left, part.0))?;
            let reported = &market.reported;
            for (left, part) in left.reported.iter_mut().zip([reported.shortfall, reported.uncovered, reported.value]) {
                *left = take(*left, part.0)?;
            }
        }
        Ok(left)
    }

    /// Checks the fund's own sums, and that other markets' parts are what they were. Fails with `NotConserved`.
    pub fn check<'m>(&self, fund: &Fund, markets: impl Iterator<Item = &'m MarketBooks>) -> Result<()> {
        fund.check()?;
        if Elsewhere::of(fund, markets)? == *self {
            Ok(())
        } else {
            Err(Error::NotConserved)
        }
    }
}

fn take(left: u128, part: u64) -> Result<u128> {
    left.checked_sub(u128::from(part)).ok_or(Error::NotConserved)
}
