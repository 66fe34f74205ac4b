//! Collateral other than the quote currency: what it counts, how it moves in and out, its sale in an account's distress
//! and, after a declaration, by insurance; how its parameters change. What belongs elsewhere: the quote currency, and
//! who is bankrupt.
//!
//! It backs cross positions like money, after a haircut and up to a cap, but it pays nobody: a lift, a charge and a
//! declaration move money. So that it never stops the waterfall (A23), nothing waits for it. Each asset's auction has a
//! clock of its own; what an asset counts falls with the price it is sold at, to nothing when its window ends; a
//! declaration passes what is left to insurance on the books, whether or not the vault can move a token.

mod asset;
mod auction;
mod change;
mod forfeited;
mod holding;
mod params;
mod sources;
mod valuation;

use crate::clearing::state::{CollateralAsset, COLLATERAL_ASSETS};

pub use asset::DELIST_SECONDS;
pub use auction::{buy_collateral, plan_auction, AuctionInput, AuctionPlan, Bought};
pub use change::COLLATERAL_PARAMETERS;
pub use forfeited::{buy_forfeited, release_forfeited, Recovered};
pub use holding::{deposit, withdraw};
pub use sources::CollateralRefreshed;
pub use valuation::{value, VALUATION_SLOTS};

/// Assets of other collateral by their number, to read: at least those an account holds.
pub type CollateralSet<'a> = [Option<&'a CollateralAsset>; COLLATERAL_ASSETS];

/// One asset to change, and the others to value.
pub struct CollateralInput<'a> {
    /// Number of the asset.
    pub at: usize,
    /// The asset.
    pub asset: &'a mut CollateralAsset,
    /// The others an account holds.
    pub others: CollateralSet<'a>,
}

impl CollateralInput<'_> {
    /// All of them, to value.
    pub(super) fn set(&self) -> CollateralSet<'_> {
        let mut set = self.others;
        if let Some(seat) = set.get_mut(self.at) {
            *seat = Some(&*self.asset);
        }
        set
    }
}
