//! What accounts hold, declared once: see [`crate::state`] for the kinds of entry.

mod access;
mod collateral;
pub mod conservation;
mod guards;
mod insurance;
mod ladder;
mod loss;
mod margin_account;
mod market;

pub use collateral::{CollateralAsset, CollateralHolding, CollateralHoldings, CollateralParams, COLLATERAL_ASSETS};
pub use guards::{
    Breaker, ForcedFlow, GuardParams, Standing, Stress, StressParams, EXCHANGE_STRESSED, REASONS, SOURCE_GONE,
    STOPS_DRAWING, STOPS_FORCING, STOPS_FUNDING, STOPS_UNLOCKING,
};
pub use insurance::{Cover, Fund, FundParams, Layer, Reported, Reports, StakeBooks, Stream};
pub use ladder::{AdlCheckpoint, AdlPool, Block, Bucket, LadderBooks, LadderSide};
pub use loss::{EndedList, Estate, Held, HeldClaims, HeldPage, LossEvent, OwnedHeld};
pub use margin_account::{AccountBooks, DistressClock, MarketSlot, ObservedAt, Position};
pub use market::{
    Claims, Dust, MarketBooks, PendingWalk, Reference, SideBook, SideTotals, WaterfallParams, WaterfallStats,
};
